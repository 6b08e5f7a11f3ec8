"""Intervals over word pairs: errors worked out by hand and by brute force, and how often they hold what is true."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from embedkit.analysis.intervals import Estimate, Interval, PairedOutcomes, estimate, percentiles

SETS = 1_000
STATES = np.repeat(np.arange(27), [12, 10, 6, 6, 4, 3, *[2] * 6, *[1] * 15])
"""Of each of Google's 68 cities its state."""


def category(table: list[list[float]] | np.ndarray, *, lowest: int = 0) -> PairedOutcomes:
    """(n, n) outcomes, a row an example pair and a column a query pair; the diagonal is no question."""
    table = np.asarray(table, dtype=float)
    example, query = np.nonzero(~np.eye(len(table), dtype=bool))
    return PairedOutcomes(example, query, len(table), table[example, query][None], lowest)


def half_width(found: Estimate) -> float:
    assert found.interval is not None
    return (found.interval.high - found.interval.low) / 2


def test_the_error_of_four_pairs_is_the_one_worked_out_by_hand() -> None:
    """Twelve differences with mean 0: pair 0 asked gives 1 three times, pair 1 asked -1 three times.

    Residuals are the outcomes. Sums by pair: pair 0 has +1 +1 +1 as asked and -1 as given, 2; pair 1 -2; pairs 2 and 3
    are given to 0 and to 1, 0. By couple of pairs: {0, 1} 0; {0, 2}, {0, 3} 1; {1, 2}, {1, 3} -1. Squares by pair 8,
    by couple 4: couples of questions that share a pair give 8 - 4 = 4. Every question shares no pair with the two of
    the other two words: 24 couples. 4 / 24 = 1/6; independent questions would give 6 / (12 · 11), which is less.
    """
    table = np.zeros((4, 4))
    table[1:, 0], table[[0, 2, 3], 1] = 1, -1
    moments = category(table, lowest=-1).moments
    assert (moments.mean, moments.freedom) == (0, 3)
    assert moments.shared == pytest.approx(1 / 6)
    assert moments.independent == pytest.approx(6 / 132)


def test_many_independent_questions_have_the_interval_of_clopper_and_pearson() -> None:
    """With each pair in one question the error is that of a share; of 3,000 t is the normal's."""
    from scipy.stats import binomtest

    right = np.arange(3000) < 120
    (found,) = estimate([PairedOutcomes(np.arange(3000), np.arange(3000, 6000), 6000, right[None])]).micro or ()
    assert found.interval is not None
    exact = binomtest(120, 3000).proportion_ci()
    assert (found.interval.low, found.interval.high) == pytest.approx((exact.low, exact.high), rel=1e-3)


def test_the_error_is_the_sum_over_questions_that_share_a_pair() -> None:
    """Against the sum written out, on questions of which some are missing."""
    rng = np.random.default_rng(0)
    example, query = np.nonzero(~np.eye(9, dtype=bool) & (rng.random((9, 9)) < 0.7))
    outcomes = rng.integers(-1, 2, (2, len(example))) + rng.integers(-1, 2, 9)[query]
    moments = PairedOutcomes(example, query, 9, outcomes / 2, -1).moments
    ends = list(zip(example.tolist(), query.tolist(), strict=True))
    apart = [set(one).isdisjoint(other) for one, other in product(ends, ends)]
    for row, shared in zip(outcomes / 2, moments.shared, strict=True):
        products = np.outer(row - row.mean(), row - row.mean()).ravel()
        assert shared == pytest.approx(products[~np.array(apart)].sum() / sum(apart))


def test_questions_without_a_common_pair_are_independent() -> None:
    """Each pair in one question: the error is that of a mean, s²/Q."""
    right = np.random.default_rng(1).random(40) < 0.4
    moments = PairedOutcomes(np.arange(40), np.arange(40, 80), 80, right[None]).moments
    assert moments.shared == pytest.approx(right.var(ddof=1) / 40)
    assert moments.independent == pytest.approx(right.var(ddof=1) / 40)


def test_the_error_of_several_draws_is_added() -> None:
    """Three draws with means 1/4, 1/4 and 5/8 of eight questions without a common pair: the mean of their variance,
    3/64, is 1/64. Of a method that draws nothing it is 0."""
    draws = np.zeros((3, 2, 8))
    draws[:2, 0, :2] = draws[2, 0, :5] = draws[:, 1, :4] = 1
    outcomes = PairedOutcomes(np.arange(8), np.arange(8, 16), 16, draws)
    assert outcomes.moments.mean == pytest.approx([3 / 8, 1 / 2])
    assert outcomes.moments.drawn == pytest.approx([1 / 64, 0])
    drawn, fixed = estimate([outcomes]).micro or ()
    (averaged,) = estimate([replace(outcomes, outcomes=draws[:, :1].mean(axis=0))]).micro or ()
    assert half_width(drawn) > half_width(averaged)
    (alone,) = estimate([replace(outcomes, outcomes=draws[0, 1:])]).micro or ()
    assert fixed.interval == alone.interval


def logistic(values: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-values))


def answers(rng: np.random.Generator, pairs: int, middle: float, source: float, target: float) -> np.ndarray:
    """(SETS, n, n) answers right or wrong, given a pair of some worth as source and as target."""
    as_source, as_target = rng.standard_normal((2, SETS, pairs))
    chances = logistic(middle + source * as_source[:, :, None] + target * as_target[:, None, :])
    return (rng.random(chances.shape) < chances).astype(float)


def expected(middle: float, source: float, target: float) -> float:
    """The accuracy over all pairs that there might be, by quadrature."""
    points, weights = np.polynomial.hermite_e.hermegauss(60)
    return float(weights @ logistic(middle + np.hypot(source, target) * points) / weights.sum())


def covers(found: Estimate, truth: float) -> bool:
    assert found.interval is not None
    return found.interval.low <= truth <= found.interval.high


MODELS = {
    "pairs matter both ways": (20, 0.0, 1.0, 1.0),
    "pairs matter as targets alone": (35, 1.0, 0.0, 2.0),
    "few are right": (50, -3.0, 1.0, 1.0),
    "pairs matter little": (20, -0.5, 0.5, 0.3),
}


@pytest.mark.parametrize("model", MODELS)
def test_ninety_five_in_a_hundred_intervals_hold_the_truth(model: str) -> None:
    pairs, *effects = MODELS[model]
    tables = answers(np.random.default_rng(7), pairs, *effects)
    truth = expected(*effects)
    found = [(estimate([category(table)]).micro or ())[0] for table in tables]
    held = [covers(one, truth) for one in found if one.interval is not None]
    assert len(held) > 0.95 * SETS
    assert 0.93 <= np.mean(held) <= 0.97


@pytest.mark.parametrize("model", ["pairs matter both ways", "few are right"])
def test_intervals_over_questions_would_hold_it_far_less_often(model: str) -> None:
    """What the simulation is there to find: the same data, each question taken as independent."""
    pairs, *effects = MODELS[model]
    tables = answers(np.random.default_rng(7), pairs, *effects)
    outcomes = tables[:, ~np.eye(pairs, dtype=bool)]
    means, errors = outcomes.mean(axis=1), outcomes.std(axis=1) / outcomes.shape[1] ** 0.5
    held = np.abs(means - expected(*effects)) <= 1.96 * errors
    assert np.mean(held) < 0.7


@pytest.mark.parametrize("average", ["micro", "macro"])
def test_averages_of_categories_hold_the_truth_as_often(average: str) -> None:
    """Three categories of other sizes and difficulties, as the questions weigh and as the categories do."""
    rng = np.random.default_rng(11)
    sizes, middles = [8, 15, 20], [-2.0, 2.0, 0.0]
    tables = [answers(rng, pairs, middle, 1.0, 1.0) for pairs, middle in zip(sizes, middles, strict=True)]
    truths = [expected(middle, 1.0, 1.0) for middle in middles]
    weights = [pairs * (pairs - 1) for pairs in sizes] if average == "micro" else None
    truth = np.average(truths, weights=weights)
    held = [covers(getattr(estimate([category(one) for one in each]), average)[0], truth) for each in zip(*tables)]  # noqa: B905
    assert 0.93 <= np.mean(held) <= 0.97


def test_differences_of_two_methods_hold_the_truth() -> None:
    """Both answer the same questions; what a pair is worth to one it is worth to the other, and a little else."""
    rng = np.random.default_rng(13)
    as_source, as_target, own = rng.standard_normal((3, SETS, 20))
    both = as_source[:, :, None] + as_target[:, None, :]
    one = rng.random(both.shape) < logistic(0.5 + both + own[:, None, :])
    other = rng.random(both.shape) < logistic(both)
    truth = expected(0.5, 1.0, 2**0.5) - expected(0.0, 1.0, 1.0)
    differences = one.astype(float) - other
    held = [covers((estimate([category(each, lowest=-1)]).micro or ())[0], truth) for each in differences]
    assert 0.93 <= np.mean(held) <= 0.97


@pytest.mark.parametrize(("right", "tells"), [(0, False), (2, False), (3, True), (17, True), (18, False), (20, False)])
def test_too_few_right_or_wrong_have_no_interval(right: int, tells: bool) -> None:
    """Of twenty pairs so many are right whenever they are asked about: three of either kind at least."""
    table = np.tile(np.arange(20) < right, (20, 1)).astype(float)
    (found,) = estimate([category(table)]).micro or ()
    assert found.value == pytest.approx(right / 20)
    assert (found.interval is not None) == tells
    # Against a method that is always wrong all of it is difference.
    (gain,) = estimate([category(table, lowest=-1)]).micro or ()
    assert (gain.interval is not None) == tells


def test_fewer_than_twelve_clusters_have_no_interval() -> None:
    table = (np.random.default_rng(5).random((14, 14)) < 0.5).astype(float)
    alone = category(table)
    assert (estimate([alone]).micro or ())[0].interval is not None
    shared = replace(alone, clusters=np.array([*range(11), 0, 1, 2]))
    assert shared.independent_pairs == pytest.approx(14**2 / (3 * 4 + 8))
    assert (estimate([shared]).micro or ())[0].interval is None
    # Two such categories are twenty.
    assert (estimate([shared, shared]).micro or ())[0].interval is not None


def test_states_of_googles_cities_count_as_twelve() -> None:
    outcomes = np.zeros((1, 1))
    cities = PairedOutcomes(np.array([0]), np.array([1]), 68, outcomes, clusters=STATES)
    assert cities.independent_pairs == pytest.approx(68**2 / 380)
    assert cities.moments.freedom == 1  # that of a single question; no more than there are questions


def test_the_error_is_the_sum_over_questions_that_share_a_cluster() -> None:
    """Against the sum written out; clusters of three, two and one pairs."""
    rng = np.random.default_rng(3)
    clusters = np.array([0, 0, 0, 1, 1, 2, 3, 4, 5])
    example, query = np.nonzero(~np.eye(9, dtype=bool) & (rng.random((9, 9)) < 0.7))
    outcomes = rng.integers(0, 2, (2, len(example))).astype(float)
    moments = PairedOutcomes(example, query, 9, outcomes, clusters=clusters).moments
    ends = [{clusters[one], clusters[other]} for one, other in zip(example, query, strict=True)]
    apart = np.array([one.isdisjoint(other) for one, other in product(ends, ends)])
    for row, shared in zip(outcomes, moments.shared, strict=True):
        products = np.outer(row - row.mean(), row - row.mean()).ravel()
        assert shared == pytest.approx(-products[apart].sum() / apart.sum())


def test_clusters_by_word_hold_the_truth_where_pairs_share_words() -> None:
    """68 cities in 27 states, whose worth is their state's: with each city by itself it is held far less often."""
    rng, sets = np.random.default_rng(17), 250
    chances = logistic(0.5 * rng.standard_normal((sets, 68, 1)) + 2 * rng.standard_normal((sets, 1, 27))[:, :, STATES])
    tables = (rng.random(chances.shape) < chances).astype(float)
    held: dict[str, list[bool]] = {"by word": [], "by pair": []}
    for table in tables:
        for name, clusters in (("by word", STATES), ("by pair", None)):
            (found,) = estimate([replace(category(table), clusters=clusters)]).micro or ()
            if found.interval is not None:
                held[name].append(covers(found, 0.5))
    assert len(held["by word"]) > 0.9 * sets
    assert 0.9 <= np.mean(held["by word"]) <= 0.99
    assert np.mean(held["by pair"]) < 0.75


def test_methods_are_estimated_side_by_side() -> None:
    """Accuracies and a difference in one call are what they are in three."""
    rng = np.random.default_rng(3)
    example, query = np.nonzero(~np.eye(12, dtype=bool))
    rows = np.array([rng.random(132) < 0.5, rng.random(132) < 0.9], dtype=float)
    rows = np.vstack([rows, rows[1] - rows[0]])
    together = estimate([PairedOutcomes(example, query, 12, rows, np.array([0, 0, -1]))])
    for number, lowest in enumerate((0, 0, -1)):
        alone = estimate([PairedOutcomes(example, query, 12, rows[number : number + 1], lowest)])
        for several, one in ((together.micro, alone.micro), (together.categories[0], alone.categories[0])):
            assert several is not None
            assert one is not None
            assert several[number] == one[0]


def test_an_average_is_over_questions_or_over_categories() -> None:
    """6 of 6 and 0 of 20 questions."""
    found = estimate([category(np.ones((3, 3))), category(np.zeros((5, 5)))])
    assert found.micro is not None
    assert found.macro is not None
    assert (found.micro[0].value, found.macro[0].value) == (pytest.approx(6 / 26), 0.5)
    assert (found.micro[0].questions, found.micro[0].pairs) == (26, 8)


@pytest.mark.parametrize("pairs", [2, 3])
def test_too_few_pairs_have_a_mean_and_no_interval(pairs: int) -> None:
    found = estimate([category(np.eye(pairs)[::-1])])
    assert found.categories[0] is not None
    assert found.categories[0][0].interval is None
    assert found.categories[0][0].questions == pairs * (pairs - 1)


def test_a_category_too_small_to_tell_widens_the_average() -> None:
    table = (np.random.default_rng(5).random((14, 14)) < 0.5).astype(float)
    (alone,) = estimate([category(table)]).macro or ()
    (both,) = estimate([category(table), category(np.ones((2, 2)))]).macro or ()
    assert half_width(both) > 2 * half_width(alone)


@pytest.mark.parametrize("pairs", [0, 1])
def test_no_question_is_no_estimate(pairs: int) -> None:
    none = category(np.ones((pairs, pairs)))
    some = category(np.ones((6, 6)))
    assert estimate([none]) == estimate([none])
    assert estimate([none]).micro is None
    found = estimate([some, none])
    assert found.categories[1] is None
    assert found.micro == found.macro == found.categories[0]
    assert estimate([]).macro is None


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"query": np.array([0, 2])}, "not among the 2"),
        ({"query": np.array([0, 0])}, "two different pairs"),
        ({"outcomes": np.ones((1, 3))}, "shape"),
    ],
)
def test_what_cannot_be_questions_is_refused(change: dict[str, np.ndarray], told: str) -> None:
    fields = {"example": np.array([1, 0]), "query": np.array([0, 1]), "outcomes": np.ones((1, 2))} | change
    with pytest.raises(ValueError, match=told):
        PairedOutcomes(pairs=2, **fields)


def test_percentiles_of_draws_and_of_none() -> None:
    assert percentiles(np.arange(41.0)) == Interval(1, 39)
    assert percentiles(np.array([])) is None
