"""From labels to tokens: the collapse of CTC by hand, prefix beam search and alignment against brute force."""

from itertools import product

import numpy as np
import pytest

from embedkit.tasks.speech.labels import Spoken, align, collapse, prefix_beam, runs


@pytest.mark.parametrize(
    ("path", "tokens"),
    [
        ([], []),
        ([0, 0], []),
        ([1, 1, 1], [0]),
        ([1, 0, 1], [0, 0]),
        ([0, 3, 3, 0, 3, 1], [2, 2, 0]),
    ],
)
def test_repeats_are_one_and_blanks_are_none(path: list[int], tokens: list[int]) -> None:
    assert collapse(path) == tokens


def test_a_token_knows_its_steps() -> None:
    assert runs([0, 3, 3, 0, 3, 1]) == [Spoken(2, 1, 3), Spoken(2, 4, 5), Spoken(0, 5, 6)]


def by_brute_force(scores: np.ndarray) -> dict[tuple[int, ...], float]:
    """The probability of every token sequence, summed over all paths."""
    sums: dict[tuple[int, ...], float] = {}
    for path in product(range(scores.shape[1]), repeat=len(scores)):
        tokens = tuple(collapse(path))
        sums[tokens] = sums.get(tokens, 0.0) + float(np.exp(sum(scores[i, label] for i, label in enumerate(path))))
    return sums


@pytest.mark.parametrize("seed", range(5))
def test_a_wide_prefix_beam_is_exact(seed: int) -> None:
    scores = np.log(np.random.default_rng(seed).dirichlet(np.full(3, 0.7), size=5).clip(1e-4))
    sums = by_brute_force(scores)
    found = prefix_beam(scores, 10_000)
    assert {each.tokens for each in found} == set(sums)
    for each in found:
        assert np.exp(each.log_probability) == pytest.approx(sums[each.tokens])
    assert found[0].tokens == max(sums, key=lambda tokens: sums[tokens])


def test_the_best_sequence_need_not_be_the_likeliest_path() -> None:
    # Two steps, blank 0.6 and a 0.4 each: the path blank-blank has 0.36, "a" has 0.24 + 0.24 + 0.16 = 0.64.
    scores = np.log([[0.6, 0.4], [0.6, 0.4]])
    assert collapse(scores.argmax(axis=1).tolist()) == []
    best = prefix_beam(scores, 4)[0]
    assert best.tokens == (0,)
    assert np.exp(best.log_probability) == pytest.approx(0.64)


def test_a_language_model_and_a_bonus_move_the_choice() -> None:
    scores = np.log([[0.1, 0.5, 0.4]])
    assert prefix_beam(scores, 4)[0].tokens == (0,)

    def second_token(tokens: tuple[int, ...]) -> np.ndarray:
        return np.log([0.1, 0.9])

    best = prefix_beam(scores, 4, language=second_token, weight=1.0)[0]
    assert (best.tokens, best.score) == ((1,), pytest.approx(np.log(0.4 * 0.9)))
    assert prefix_beam(np.log([[0.5, 0.3, 0.2]]), 4)[0].tokens == ()
    assert prefix_beam(np.log([[0.5, 0.3, 0.2]]), 4, bonus=1.0)[0].tokens == (0,)


@pytest.mark.parametrize("tokens", [(0,), (0, 1), (1, 1), (0, 1, 0)])
def test_an_alignment_is_the_likeliest_path_of_its_tokens(tokens: tuple[int, ...]) -> None:
    scores = np.log(np.random.default_rng(3).dirichlet(np.ones(3), size=6))
    paths = [path for path in product(range(3), repeat=6) if tuple(collapse(path)) == tokens]
    best = max(paths, key=lambda path: sum(scores[i, label] for i, label in enumerate(path)))
    assert align(scores, tokens) == runs(best)


def test_too_few_steps_have_no_alignment() -> None:
    assert align(np.log([[0.5, 0.5], [0.5, 0.5]]), (0, 0)) == []  # a blank has to stand between
    assert align(np.zeros((0, 2)), (0,)) == []
    assert align(np.log([[0.5, 0.5]]), ()) == []
