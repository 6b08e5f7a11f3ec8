"""From labels to tokens: the collapse of CTC by hand, prefix beam search and alignment against brute force."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest

from embedkit.errors import UsageError
from embedkit.runs.folder import Run
from embedkit.tasks.speech.labels import Search, Spoken, align, collapse, prefix_beam, runs


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
    ranked = prefix_beam(scores, 10_000)
    assert {each.tokens for each in ranked} == set(sums)
    for each in ranked:
        assert np.exp(each.log_probability) == pytest.approx(sums[each.tokens])
    assert ranked[0].tokens == max(sums, key=lambda tokens: sums[tokens])


def test_the_best_sequence_need_not_be_the_likeliest_path() -> None:
    # Two steps, blank 0.6 and a 0.4 each: the path blank-blank has 0.36, "a" has 0.24 + 0.24 + 0.16 = 0.64.
    scores = np.log([[0.6, 0.4], [0.6, 0.4]])
    assert collapse(scores.argmax(axis=1).tolist()) == []
    best = prefix_beam(scores, 4)[0]
    assert best.tokens == (0,)
    assert np.exp(best.log_probability) == pytest.approx(0.64)


class Bigrams:
    """A language of two tokens by a table: what comes after the last token, and what an end there adds."""

    def __init__(self, first: list[float], after: list[list[float]], ends: list[float]) -> None:
        self.first, self.after, self.ends = np.array(first), np.array(after), [0.0, *ends]

    def next(self, tokens: tuple[int, ...]) -> np.ndarray:
        return self.after[tokens[-1]] if tokens else self.first

    def end(self, tokens: tuple[int, ...]) -> float:
        return self.ends[tokens[-1] + 1 if tokens else 0]

    def of(self, tokens: tuple[int, ...]) -> float:
        """All that it adds to a text."""
        return sum(self.next(tokens[:i])[token] for i, token in enumerate(tokens)) + self.end(tokens)


def test_a_language_moves_the_choice() -> None:
    scores = np.log([[0.1, 0.5, 0.4]])
    assert prefix_beam(scores, 4)[0].tokens == (0,)
    best = prefix_beam(scores, 4, Bigrams(np.log([0.1, 0.9]).tolist(), [[0, 0], [0, 0]], [0, 0]))[0]
    assert (best.tokens, best.score) == ((1,), pytest.approx(np.log(0.4 * 0.9)))
    assert best.log_probability == pytest.approx(np.log(0.4))
    # An end that adds much makes the text that has it the best.
    assert prefix_beam(scores, 4, Bigrams([0, 0], [[0, 0], [0, 0]], [0, 1.0]))[0].tokens == (1,)


@pytest.mark.parametrize("seed", range(5))
def test_with_a_language_a_wide_beam_is_exact(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores = np.log(rng.dirichlet(np.full(3, 0.7), size=4).clip(1e-4))
    language = Bigrams(rng.normal(size=2).tolist(), rng.normal(size=(2, 2)).tolist(), rng.normal(size=2).tolist())
    sums = by_brute_force(scores)
    ranked = prefix_beam(scores, 10_000, language)
    assert {each.tokens for each in ranked} == set(sums)
    for each in ranked:
        assert each.score == pytest.approx(np.log(sums[each.tokens]) + language.of(each.tokens))
    assert ranked[0].tokens == max(sums, key=lambda tokens: np.log(sums[tokens]) + language.of(tokens))


def test_a_search_is_refused_that_makes_no_sense(tmp_path: Path) -> None:
    for options, message in (({"beams": 0}, "at least 1"), ({"weight": -1.0}, "--language-weight -1")):
        with pytest.raises(UsageError, match=message):
            Search(**options)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="a language model needs at least 2"):
        Search(1, Run(tmp_path))


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
