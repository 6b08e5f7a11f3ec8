"""The least that an analysis takes is taken, and one less is refused or has no figure."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from embedkit.analysis.analogies.consistency import offset_consistency
from embedkit.analysis.analogies.coverage import CoveredQuestions
from embedkit.analysis.analogies.expressions import solve
from embedkit.analysis.analogies.score_sheet import no_headline
from embedkit.analysis.association import weat
from embedkit.analysis.association.weat import division_p
from embedkit.analysis.cells.probes import LEAST_STRETCHES, LEAST_TOKENS, _too_even, _too_seldom
from embedkit.analysis.clusters.agreement import agreement
from embedkit.analysis.clusters.clustering import cluster
from embedkit.analysis.clusters.groups import look_for_groups
from embedkit.analysis.clusters.partition import Partition
from embedkit.analysis.comparison.cka import GROUPS, cka
from embedkit.analysis.comparison.series import Period, series
from embedkit.analysis.comparison.two_spaces import FEWEST, compare
from embedkit.analysis.comparison.wordwise import word_mean
from embedkit.analysis.maps.fidelity import measure
from embedkit.analysis.maps.layouts import FEWEST as FEWEST_LAID_OUT
from embedkit.analysis.maps.projection import METHODS
from embedkit.analysis.maps.stability import stability
from embedkit.analysis.organisation.columns import organised_by
from embedkit.errors import EmbedkitError
from embedkit.spaces import EmbeddingSpace

Call = Callable[[], Any]


def space(n: int = 30, seed: int = 0, **columns: np.ndarray) -> EmbeddingSpace:
    vectors = np.random.default_rng(seed).normal(size=(n, 4))
    return EmbeddingSpace(f"try {seed}", tuple(f"w{i}" for i in range(n)), vectors, columns)


def vectors(n: int = 6) -> np.ndarray:
    return np.random.default_rng(1).normal(size=(n, 3))


def consistency_of(shuffles: int) -> object:
    return offset_consistency(vectors(), vectors()[::-1], shuffles=shuffles, rng=np.random.default_rng(0))


def periods(words: int) -> list[Period]:
    return [Period(f"{seed}", (space(words, seed),), (f"{seed}",)) for seed in (1, 2)]


def umap_of(neighbors: int) -> object:
    return METHODS["umap"].project(space(8), neighbors=neighbors, seed=1)


@pytest.mark.parametrize(
    ("enough", "too_little"),
    [
        (lambda: consistency_of(1), lambda: consistency_of(0)),
        (lambda: solve(space(), "w1 - w2 + w3", k=1), lambda: solve(space(), "w1 - w2 + w3", k=0)),
        (
            lambda: look_for_groups(space(), Partition(5, 5), sample=1),
            lambda: look_for_groups(space(), Partition(5, 5), sample=0),
        ),
        (lambda: cluster(space(), min_size=2), lambda: cluster(space(), min_size=1)),
        (lambda: cluster(space(), neighbors=1), lambda: cluster(space(), neighbors=0)),
        (lambda: cluster(space(), dimensions=1), lambda: cluster(space(), dimensions=0)),
        (lambda: compare(space(), space(seed=1), k=1), lambda: compare(space(), space(seed=1), k=0)),
        (
            lambda: compare(space(), space(seed=1), k=2, resamples=100),
            lambda: compare(space(), space(seed=1), k=2, resamples=99),
        ),
        (
            lambda: compare(space(FEWEST), space(FEWEST, 1), k=2),
            lambda: compare(space(FEWEST - 1), space(FEWEST, 1), k=2),
        ),
        (lambda: compare(space(41), space(41, 1), k=20), lambda: compare(space(40), space(40, 1), k=20)),
        (lambda: series(periods(FEWEST)), lambda: series(periods(FEWEST - 1))),
        (
            lambda: measure(vectors(), vectors(), neighbors=(1,)),
            lambda: measure(vectors(), vectors(), neighbors=(0, 5)),
        ),
        (lambda: measure(vectors(3), vectors(3)), lambda: measure(vectors(2), vectors(2))),
        (lambda: measure(vectors(), vectors(), neighbors=(5, 1)), lambda: measure(vectors(), vectors(), neighbors=())),
        (lambda: umap_of(2), lambda: umap_of(1)),
        (
            lambda: METHODS["tsne"].project(space(8), perplexity=1, seed=1),
            lambda: METHODS["tsne"].project(space(8), perplexity=0.99),
        ),
        (
            lambda: METHODS["umap"].project(space(8), min_distance=0, seed=1),
            lambda: METHODS["umap"].project(space(8), min_distance=-0.01),
        ),
        (lambda: stability(space(), "pca", seeds=2), lambda: stability(space(), "pca", seeds=1)),
        (lambda: stability(space(), "pca", seeds=2, k=1), lambda: stability(space(), "pca", seeds=2, k=0)),
        (lambda: organised_by(space(x=np.arange(30)), k=1), lambda: organised_by(space(x=np.arange(30)), k=0)),
        (
            lambda: organised_by(space(x=np.arange(30)), shuffles=1),
            lambda: organised_by(space(x=np.arange(30)), shuffles=0),
        ),
        (
            lambda: organised_by(space(x=np.arange(30)), points=0),
            lambda: organised_by(space(x=np.arange(30)), points=-1),
        ),
    ],
)
def test_the_least_is_taken_and_one_less_is_refused(enough: Call, too_little: Call) -> None:
    enough()
    with pytest.raises(EmbedkitError):
        too_little()


@pytest.mark.parametrize(
    ("enough", "too_little"),
    [
        (lambda: word_mean(np.array([1.0, 3.0])).interval, lambda: word_mean(np.array([1.0])).interval),
        (lambda: word_mean(vectors()[0], resamples=1).interval, lambda: word_mean(vectors()[0], resamples=0).interval),
        (
            lambda: cka(vectors(2 * GROUPS), vectors(2 * GROUPS)).interval,
            lambda: cka(vectors(2 * GROUPS - 1), vectors(2 * GROUPS - 1)).interval,
        ),
        (
            lambda: agreement(np.array([0, 1]), np.array([0, 0]), method="x").rand,
            lambda: agreement(np.array([0]), np.array([0]), method="x").rand,
        ),
        (
            lambda: agreement(np.array([0, 1]), np.array([0, 1]), method="x").information,
            lambda: agreement(np.array([0, 0]), np.array([1, 1]), method="x").information,
        ),
        (
            lambda: measure(vectors(), vectors(), labels=["a", "a", *[None] * 4]).neighborhood_hit,
            lambda: measure(vectors(), vectors(), labels=["a", *[None] * 5]).neighborhood_hit,
        ),
        (lambda: no_headline(49, 100, "questions") or None, lambda: no_headline(50, 100, "questions") or None),
        (lambda: look_for_groups(space(50), Partition(5, 5)), lambda: look_for_groups(space(49), Partition(5, 5))),
    ],
)
def test_of_the_least_there_is_a_figure_and_of_one_less_none(enough: Call, too_little: Call) -> None:
    assert enough() is not None
    assert too_little() is None


@pytest.mark.parametrize("method", ["umap", "tsne", "pca-umap"])
def test_points_that_are_just_enough_are_laid_out_by_the_method_itself(method: str) -> None:
    options = {"seed": 1}
    assert "laid_out" not in METHODS[method].project(space(FEWEST_LAID_OUT), **options).parameters
    assert "laid_out" in METHODS[method].project(space(FEWEST_LAID_OUT - 1), **options).parameters


def test_divisions_are_all_looked_at_up_to_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = np.arange(4.0), np.arange(4.0) + 1
    monkeypatch.setattr(weat, "EXACT", 70)  # C(8, 4)
    assert division_p(x, y, rng=np.random.default_rng(0))[1:] == (70, True)
    monkeypatch.setattr(weat, "EXACT", 69)
    assert division_p(x, y, rng=np.random.default_rng(0))[1:] == (69, False)


def half(present: int, stretches: int) -> np.ndarray:
    """200 tokens of which so many have a feature, in so many stretches."""
    made = np.zeros(200)
    starts = np.arange(stretches) * 10
    made[starts] = 1
    left = present - stretches
    made[starts[0] + 100 : starts[0] + 100 + left] = 1
    return made


def test_a_feature_is_probed_from_a_number_of_tokens_and_stretches_on() -> None:
    # The stretch of all the other tokens is one of them.
    enough, fewer = half(LEAST_TOKENS, LEAST_STRETCHES - 1), half(LEAST_TOKENS - 1, LEAST_STRETCHES - 1)
    assert _too_seldom(enough, enough) == _too_seldom(1 - enough, 1 - enough) == ""
    assert _too_seldom(enough, fewer) == "of 200 tokens of the held-out half 49 have it; at least 50 have to"
    assert _too_seldom(1 - fewer, enough) == "of 200 tokens of the first half 49 do not have it; at least 50 have to"
    together = half(LEAST_TOKENS, LEAST_STRETCHES - 2)
    assert _too_seldom(together, enough) == "it stands in 9 stretches of the first half; at least 10 are needed"
    assert _too_seldom(np.zeros(200), enough) == "no token of the first half has it"
    assert _too_seldom(enough, np.ones(200)) == "every token of the held-out half has it"


def test_a_feature_of_a_size_is_probed_from_a_number_of_values_and_moves_on() -> None:
    def values(known: int, moves: int) -> np.ndarray:
        made = np.full(120, np.nan)
        made[:known] = np.minimum(np.arange(known), moves) / 1000
        return made

    enough = values(LEAST_TOKENS, LEAST_STRETCHES)
    assert _too_even(enough, enough) == ""
    assert _too_even(values(LEAST_TOKENS - 1, LEAST_STRETCHES), enough) == "it does not vary over the first half"
    assert _too_even(enough, values(LEAST_TOKENS, 0)) == "it does not vary over the held-out half"
    few = values(LEAST_TOKENS, LEAST_STRETCHES - 1)
    assert _too_even(enough, few) == "it changes 9 times in the held-out half; at least 10 are needed"


def test_many_pairs_fit_together_as_few_do() -> None:
    pairs = np.arange(300)
    made = CoveredQuestions(pairs, pairs[:, None] + 300, 0 * pairs, pairs[:-1], pairs[1:])
    assert len(made) == 299
    for source, targets in ((pairs - 1, pairs[:, None]), (pairs, pairs[:, None] - 1), (pairs, np.empty((300, 0)))):
        with pytest.raises(EmbedkitError, match="a pair has no source or no first target"):
            CoveredQuestions(source, targets.astype(np.int64), 0 * pairs, pairs, pairs)
