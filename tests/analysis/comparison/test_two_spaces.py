"""Two spaces side by side: answers by hand, by brute force, and by simulation."""

from itertools import combinations

import numpy as np
import pytest

from embedkit.analysis.comparison.alignment import align, centred, overlay, padded, rotation
from embedkit.analysis.comparison.cka import cka
from embedkit.analysis.comparison.displacement import second_order_shifts
from embedkit.analysis.comparison.distances import agree_on_distances
from embedkit.analysis.comparison.shifts import WordShifts, by_frequency, correlation_with_frequency
from embedkit.analysis.comparison.two_spaces import Comparison, compare, shared_words
from embedkit.analysis.comparison.wordwise import word_mean
from embedkit.analysis.neighbors import nearest, neighbor_table
from embedkit.analysis.overlap import chance_jaccard, jaccards
from embedkit.errors import SpaceError, UsageError
from embedkit.spaces.space import EmbeddingSpace


def space(
    vectors: np.ndarray, name: str = "x/input", labels: list[str] | None = None, **columns: object
) -> EmbeddingSpace:
    return EmbeddingSpace(name, tuple(labels or (f"w{i}" for i in range(len(vectors)))), vectors, columns)


def blobs(count: int = 300, dimensions: int = 12, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(8, dimensions))
    return centres[rng.integers(8, size=count)] + 0.5 * rng.normal(size=(count, dimensions)) + 0.8


def turned(vectors: np.ndarray, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return vectors @ np.linalg.qr(rng.normal(size=(vectors.shape[1],) * 2))[0]


def quick(a: EmbeddingSpace, b: EmbeddingSpace, **options: object) -> Comparison:
    return compare(a, b, **({"k": 5, "resamples": 100} | options))


def test_a_rotated_copy_has_not_changed() -> None:
    vectors = blobs()
    lengths = np.random.default_rng(2).uniform(0.5, 2, size=(len(vectors), 1))
    found = quick(space(vectors), space(turned(vectors) * lengths, "y/input"))
    figures, words = found.figures, found.words
    assert figures.neighbors.value == 1.0
    assert (words.jaccard == 1).all()
    assert np.abs(words.shift).max() < 1e-5
    assert np.abs(words.second_order).max() < 1e-5
    assert figures.alignment.fitted == pytest.approx(1, abs=1e-5)
    assert figures.alignment.held_out.value == pytest.approx(1, abs=1e-5)
    assert figures.cka.plain == pytest.approx(1, abs=1e-5)
    assert figures.cka.debiased == pytest.approx(1, abs=1e-5)
    assert figures.distances.correlation == pytest.approx(1, abs=1e-5)


def test_two_swapped_words_moved_most() -> None:
    vectors = blobs()
    swapped = turned(vectors)
    # Two words of different blobs, so that they have something to swap.
    other = int(np.argmax(np.linalg.norm(vectors - vectors[17], axis=1)))
    swapped[[17, other]] = swapped[[other, 17]]
    words = quick(space(vectors), space(swapped, "y/input")).words
    assert set(words.moved_most(2, floor=0).tolist()) == {17, other}
    assert set(np.argsort(-words.shift)[:2].tolist()) == {17, other}
    assert words.second_order[17] > 2 * np.delete(words.second_order, [17, other]).max()


def test_unrelated_spaces_stand_at_chance() -> None:
    rng = np.random.default_rng(3)
    found = quick(space(rng.normal(size=(400, 20))), space(rng.normal(size=(400, 10)), "y/input")).figures
    assert found.neighbors.value < 2 * found.neighbors_chance
    # Fitted on its own words the alignment flatters itself as much as with shuffled labels; held out it does not.
    assert found.alignment.fitted == pytest.approx(found.alignment.shuffled_fitted, abs=0.03)
    assert found.alignment.fitted > 0.1
    assert abs(found.alignment.held_out.value) < 0.05
    assert found.cka.plain == pytest.approx(found.cka.shuffled, abs=0.02)
    assert abs(found.cka.debiased) < 0.03
    assert found.distances.correlation == pytest.approx(0, abs=0.05)


def test_only_what_both_have_is_compared() -> None:
    vectors = blobs(60)
    a = space(vectors, labels=[f"w{i}" for i in range(60)], count=np.arange(1000, 940, -1))
    labels = [f"w{i}" for i in range(59, 9, -1)] + ["W0", "other"]
    b = space(np.vstack([turned(vectors)[59:9:-1], np.ones((2, 12))]), "y/input", labels)
    found = quick(a, b, restrict=51)
    # Of the first 51 words of a, w10 … w50; of b all but "other".
    assert found.words.labels == tuple(f"w{i}" for i in range(10, 51))
    assert found.figures.shared == 41
    assert (found.figures.a.words, found.figures.a.considered, found.figures.b.words) == (60, 51, 52)
    assert found.words.ranks[0].tolist() == [11, 50]
    assert found.words.counts[0, 0] == 990
    assert np.isnan(found.words.counts[0, 1])
    assert found.figures.neighbors.value == 1
    near, _ = found.words.nearest(0, 3)
    among = a.take(np.arange(10, 51))
    assert near == tuple(answer.word for answer in nearest(among, "w10", k=3))


def test_readable_refusals() -> None:
    a, b = space(blobs(30)), space(blobs(30), "y/input", [f"v{i}" for i in range(30)])
    with pytest.raises(UsageError, match=r"x/input and y/input share no word \(their first are 'w0', 'v0'\)"):
        compare(a, b)
    few = space(blobs(3), "y/input")
    with pytest.raises(
        UsageError, match="share 3 words; to compare the 10 nearest of each there have to be 21 or more"
    ):
        compare(a, few)
    constant = space(np.ones((30, 4)), "y/input")
    for pair in ((a, constant), (constant, a)):
        with pytest.raises(SpaceError, match="y/input: all 30 shared words point the same way"):
            compare(*pair)
    with pytest.raises(UsageError, match="k is 0"):
        compare(a, a, k=0)
    with pytest.raises(UsageError, match="restrict is 0"):
        compare(a, a, restrict=0)


def test_rare_words_stay_out_of_the_table() -> None:
    vectors = blobs(40)
    counts = np.full(40, 100)
    counts[[3, 5]] = 2
    other = turned(vectors)
    other[3] = -other[3]
    words = quick(space(vectors, count=counts), space(other, "y/input", count=np.full(40, 80))).words
    assert words.moved_most(1, floor=1).tolist() == [3]
    assert 3 not in words.moved_most(40)
    assert len(words.moved_most(40)) == 38
    unknown = quick(space(vectors), space(other, "y/input")).words
    assert [unknown.eligible(floor).sum() for floor in (50, 1, 0, -1)] == [20, 20, 40, 40]


def test_jaccards_by_hand() -> None:
    one = np.array([[1, 2, 3], [1, 2, 3], [1, 2, 3]])
    other = np.array([[3, 2, 1], [4, 5, 1], [4, 5, 6]])
    assert jaccards(one, other).tolist() == [1, 1 / 5, 0]


def test_chance_is_the_mean_over_all_subsets() -> None:
    subsets = [set(s) for s in combinations(range(7), 3)]
    expected = np.mean([len(subsets[0] & s) / len(subsets[0] | s) for s in subsets])
    assert chance_jaccard(8, 3) == pytest.approx(expected)
    assert chance_jaccard(8, 7) == 1
    assert chance_jaccard(50_000, 10) == pytest.approx(10 / (2 * 49_999 - 10), rel=0.1)


def test_chance_is_that_of_unrelated_spaces_with_hubs() -> None:
    means = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        # Vectors with a common direction have hubs.
        one, other = (space(rng.normal(size=(200, 6)) + 1) for _ in range(2))
        means.append(jaccards(*(neighbor_table(each, np.arange(200), k=5)[0] for each in (one, other))).mean())
    assert np.mean(means) == pytest.approx(chance_jaccard(200, 5), abs=4 * np.std(means) / np.sqrt(20))
    assert np.std(means) > 0


def test_second_order_shift_by_hand() -> None:
    # The nearest of word 0 is 1 in the one space and 2 in the other; its cosines to the two are (1, 0) and (0.6, 0.8).
    a = np.array([[1, 0], [1, 0], [0, 1.0]])
    b = np.array([[1, 0], [0.6, 0.8], [0.8, -0.6]])
    near_a, near_b = np.array([[1], [0], [0]]), np.array([[2], [0], [0]])
    shifts = second_order_shifts(a, b, near_a, near_b)
    assert shifts[0] == pytest.approx(1 - 0.6)
    # Words 1 and 2 have one neighbour in both: one positive number each, and so no shift; or 0 on one side.
    assert shifts[1] == pytest.approx(0)
    assert shifts[2] == pytest.approx(1)


def test_the_rotation_is_found_and_the_narrower_space_padded() -> None:
    vectors = centred(blobs(80, 6))
    a, b = padded(vectors, turned(np.pad(vectors, ((0, 0), (0, 3)))))
    assert a.shape == b.shape == (80, 9)
    assert np.allclose(a @ rotation(a.T @ b), b, atol=1e-5)
    found, cosines = align(blobs(80, 6), turned(np.pad(blobs(80, 6), ((0, 0), (0, 3)))), resamples=100)
    assert found.dimensions == 9
    assert cosines.shape == (80,)


def test_few_words_for_many_dimensions_flatter_only_the_fit() -> None:
    rng = np.random.default_rng(4)
    found, _ = align(rng.normal(size=(40, 40)), rng.normal(size=(40, 40)), resamples=100)
    assert found.fitted > 0.6
    assert abs(found.held_out.value) < 0.1


def gram_cka(a: np.ndarray, b: np.ndarray) -> float:
    """Linear CKA from N × N matrices."""
    count = len(a)
    centring = np.eye(count) - 1 / count
    k, m = centring @ a @ a.T @ centring, centring @ b @ b.T @ centring
    return (k * m).sum() / np.sqrt((k * k).sum() * (m * m).sum())


def gram_debiased_cka(a: np.ndarray, b: np.ndarray) -> float:
    """The same from the unbiased HSIC of Song et al. (2012), equation 5."""

    def hsic(k: np.ndarray, m: np.ndarray) -> float:
        n, one = len(k), np.ones(len(k))
        k, m = k - np.diag(np.diag(k)), m - np.diag(np.diag(m))
        middle = (one @ k @ one) * (one @ m @ one) / ((n - 1) * (n - 2))
        return float(np.trace(k @ m) + middle - 2 / (n - 2) * (one @ k @ m @ one)) / (n * (n - 3))

    k, m = a @ a.T, b @ b.T
    return hsic(k, m) / np.sqrt(hsic(k, k) * hsic(m, m))


def test_cka_is_that_of_the_gram_matrices() -> None:
    a = blobs(90, 7)
    b = np.hstack([a[:, :3], blobs(90, 5, seed=6)])
    found = cka(a, b)
    assert found.plain == pytest.approx(gram_cka(a, b), rel=1e-5)
    assert found.debiased == pytest.approx(gram_debiased_cka(a, b), rel=1e-5)
    assert cka(a, np.ones((90, 3))).plain == cka(np.ones((90, 3)), a).debiased == 0


@pytest.mark.parametrize("scale", [1e-30, 1e-6, 1e12])
def test_cka_is_the_same_at_any_scale_and_for_vectors_that_nearly_agree(scale: float) -> None:
    a, b = blobs(90, 7), blobs(90, 5, seed=6)
    found = cka(a, b)
    assert cka(scale * a, b).debiased == pytest.approx(found.debiased, rel=1e-5)
    narrow = 1 + 1e-5 * a
    assert cka(narrow, b).plain == pytest.approx(found.plain, rel=1e-5)
    assert cka(b, narrow).interval == (found.interval and pytest.approx(found.interval))


def test_the_second_map_lies_over_the_first() -> None:
    points = np.random.default_rng(0).normal(size=(40, 2))
    turn = np.array([[0.0, -1.0], [-1.0, 0.0]])  # a reflection
    moved = 3 * points @ turn + 7
    matrix, shift = overlay(moved, points)
    assert np.allclose(moved @ matrix + shift, points)
    matrix, shift = overlay(np.ones((5, 2)), points[:5])
    assert np.allclose(np.ones((5, 2)) @ matrix + shift, points[:5].mean(axis=0))


def test_the_interval_of_cka_covers() -> None:
    """Both spaces are the same factors with noise of their own: CKA of the population is that of the covariances."""
    rng = np.random.default_rng(7)
    mix, other = rng.normal(size=(4, 6)), rng.normal(size=(4, 5))
    noise = 0.7
    cross = mix.T @ other
    within, beyond = mix.T @ mix + noise**2 * np.eye(6), other.T @ other + noise**2 * np.eye(5)
    truth = np.square(cross).sum() / np.sqrt(np.square(within).sum() * np.square(beyond).sum())
    hits = 0
    for _ in range(100):
        factors = rng.normal(size=(300, 4))
        a = factors @ mix + noise * rng.normal(size=(300, 6))
        b = factors @ other + noise * rng.normal(size=(300, 5))
        interval = cka(a, b).interval
        assert interval is not None
        hits += interval.low <= truth <= interval.high
    assert 88 <= hits <= 100


def test_distances_agree_as_scipy_says() -> None:
    from scipy.stats import spearmanr

    a = blobs(40)
    b = a + np.random.default_rng(5).normal(size=a.shape)
    first, second = np.triu_indices(40, k=1)
    expected = spearmanr((a @ a.T)[first, second], (b @ b.T)[first, second]).statistic
    found = agree_on_distances(a, b, resamples=200)
    assert found.all_pairs
    assert found.pairs == 780
    assert found.correlation == pytest.approx(expected)
    assert found.interval is not None
    assert found.interval.low < expected < found.interval.high
    sampled = agree_on_distances(a, b, pairs=200, resamples=100)
    assert (sampled.pairs, sampled.all_pairs) == (200, False)
    assert agree_on_distances(a, np.ones((40, 2))).correlation is None


def test_no_word_is_drawn_as_a_pair_with_itself() -> None:
    # Of words at right angles all pairs are equally far apart, and only a word with itself is nearer.
    others = np.random.default_rng(0).normal(size=(100, 5))
    found = agree_on_distances(np.eye(100), others, pairs=4_900, resamples=100)
    assert (found.all_pairs, found.correlation, found.interval) == (False, None, None)


def test_a_mean_over_words() -> None:
    assert word_mean(np.array([2.0])).interval is None
    found = word_mean(np.arange(100) % 2, resamples=500)
    assert (found.value, found.words) == (0.5, 100)
    assert found.interval is not None
    # Twice the standard error of 100 coins is 0.1.
    assert found.interval.low == pytest.approx(0.4, abs=0.03)
    assert found.interval.high == pytest.approx(0.6, abs=0.03)


def test_shapes_are_checked_and_the_seed_settles_everything() -> None:
    a, b = space(blobs(50)), space(blobs(50, seed=3), "y/input")
    one, other = quick(a, b, seed=4), quick(a, b, seed=4)
    assert one.figures == other.figures
    assert one.figures != quick(a, b, seed=5).figures
    words = one.words
    with pytest.raises(ValueError, match="jaccard of shape"):
        WordShifts(**{**{name: getattr(words, name) for name in words.__dataclass_fields__}, "jaccard": np.zeros(3)})
    assert shared_words(a, b, 10).rows.shape == (10, 2)


def shifts(second_order: np.ndarray, counts: np.ndarray) -> WordShifts:
    size = len(second_order)
    near = np.zeros((size, 1), dtype=np.int32)
    ranks = np.column_stack([np.arange(1, size + 1)] * 2)
    labels = tuple(f"w{i}" for i in range(size))
    both = np.column_stack([counts, counts + 1])
    return WordShifts(labels, ranks, both, second_order, second_order, second_order, near, near)


def test_shifts_by_frequency() -> None:
    counts = np.repeat([100.0, 10.0, 1.0], 10)
    moved = np.repeat([0.1, 0.2, 0.4], 10) + np.tile(np.arange(10) / 1000, 3)
    bands = by_frequency(shifts(moved, counts), 3)
    assert [(band.low, band.high, band.words) for band in bands] == [(1, 1, 10), (10, 10, 10), (100, 100, 10)]
    assert [band.median for band in bands] == pytest.approx([0.4045, 0.2045, 0.1045])
    assert bands[0].lower == pytest.approx(0.4009)
    assert correlation_with_frequency(shifts(moved, counts)) == pytest.approx(-0.94, abs=0.02)
    assert correlation_with_frequency(shifts(moved, np.ones(30))) is None
    # Words of one count are not parted.
    assert [band.words for band in by_frequency(shifts(moved, np.array([5.0] * 25 + [1.0] * 5)), 6)] == [5, 25]
    unknown = by_frequency(shifts(moved, np.full(30, np.nan)), 3)
    assert [(band.low, band.high) for band in unknown] == [(21, 30), (11, 20), (1, 10)]
    assert correlation_with_frequency(shifts(moved, np.full(30, np.nan))) == pytest.approx(-1)
