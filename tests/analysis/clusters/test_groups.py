"""The test for groups: ways, valleys and what hangs together by hand; bent shapes are one, planted groups several."""

import numpy as np
import pytest

from embedkit.analysis.clusters.clustering import FINE
from embedkit.analysis.clusters.groups import (
    GroupTest,
    _falls_apart_at,
    _Look,
    _neighbours,
    _on_way,
    count_on_ways,
    holm,
    look_for_groups,
    valley_p,
)
from embedkit.analysis.clusters.partition import Partition
from embedkit.errors import UsageError
from embedkit.spaces import EmbeddingSpace
from tests.progress import Recorder


def test_points_are_counted_around_both_ends_and_midway() -> None:
    """From (0, 0) to (6, 0): a third of the way is 2 long, and (3, 4) is a third centre, whose side begins at y = 2."""
    centres = np.array([[0.0, 0], [6, 0], [3, 4]])
    around = np.array(
        [[0.0, 0], [-0.9, -3], [0.9, 1], [1.1, 0], [3, 1], [3, 1.9], [3, 2.1], [3, -7], [5.2, 0], [7.1, 0]]
    )
    assert _on_way(around, centres, 0, 1) == [3, 3, 1]
    # Beyond an end a centre takes nothing away.
    assert _on_way(around, np.array([[0.0, 0], [6, 0], [9, 4]]), 0, 1) == [3, 4, 1]
    assert _on_way(around, np.zeros((2, 2)), 0, 1) == [0, 0, 0]


def test_neighbours_have_no_third_centre_in_the_ball_between_them() -> None:
    """(1, 0.1) is in the balls over (0, 0) with (2, 0) and with (1, 3): 1.01 + 8.41 < 10."""
    centres = np.array([[0.0, 0], [1, 0.1], [2, 0], [1, 3]])
    assert _neighbours(centres).tolist() == [[0, 1], [1, 2], [1, 3]]


def test_a_valley_is_certain_on_both_sides_of_it() -> None:
    """None of eight midway: with 7 there for every 10 at an end each would be there with 7 / 17."""
    counts = np.array([[8, 0, 8], [8, 0, 1], [8, 0, 0], [30, 29, 31], [0, 0, 0]])
    p = valley_p(counts)
    assert p[:3] == pytest.approx([(10 / 17) ** 8, 10 / 17, 1])
    assert 0.8 < p[3] < 0.95
    assert p[4] == 1


def test_what_hangs_together_by_any_way_is_one() -> None:
    """A ring of four parts: one valley leaves it whole, two do not; the shallower of the two counts."""
    pairs = np.array([[0, 1], [1, 2], [2, 3], [0, 3]])
    assert _falls_apart_at(4, pairs, np.array([0.001, 0.9, 0.8, 0.7])) == 0.7
    assert _falls_apart_at(4, pairs, np.array([0.001, 0.9, 0.02, 0.7])) == 0.02
    whole, valley = [40, 40, 40], [40, 4, 50]
    one = _Look.of(4, pairs, np.array([valley, whole, whole, whole]), looks=3)
    assert (one.p, one.groups, one.midway) == (1, 1, None)
    two = _Look.of(4, pairs, np.array([valley, whole, [20, 2, 20], whole]), looks=3)
    assert two.groups == 2
    assert two.midway == pytest.approx((4 + 2) / (40 + 20))
    assert two.p == pytest.approx(3 * valley_p(np.array([[20, 2, 20]]))[0])


def test_p_values_of_a_page_are_corrected_as_holm_has_it() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.9]) == [1, 1]
    assert holm([]) == []
    tests = [GroupTest(p, 2, 5, 0.1, 100, 100, 100, 0) for p in (0.01, 0.04, 0.03)]
    assert [(round(each.among(tests).p, 6), each.among(tests).spaces) for each in tests] == [
        (0.03, 3),
        (0.06, 3),
        (0.06, 3),
    ]


def test_the_verdict_says_how_many_or_that_there_is_no_evidence() -> None:
    assert (
        GroupTest(1e-5, 3, 5, 0.1, 100, 100, 100, 0).verdict
        == "3 groups at least, with fewer points on every way between them (p < 0.001)"
    )
    assert GroupTest(0.0501, 1, 5, None, 100, 100, 100, 0).verdict == "no evidence of groups (p = 0.05)"


def space_of(vectors: np.ndarray) -> EmbeddingSpace:
    return EmbeddingSpace("drawn", tuple(map(str, range(len(vectors)))), vectors)


def look(vectors: np.ndarray, **options: int) -> GroupTest:
    found = look_for_groups(space_of(vectors), Partition(**FINE), **options)
    assert found is not None
    return found


def shape(name: str, rng: np.random.Generator, n: int = 400) -> np.ndarray:
    """A connected shape in some of 30 dimensions, with noise, so far from the origin that directions have its form."""
    angle, height = 2 * np.pi * rng.random(n), rng.random(n)
    turn = np.pi * (1.5 + 3 * rng.random(n))
    x, y = rng.uniform(-1, 1, (2, n))
    flat = {
        "cloud": rng.normal(size=(n, 30)),
        "heavy tails": rng.standard_t(3, size=(n, 30)),
        "ring": np.column_stack([np.cos(angle), np.sin(angle)]),
        "cube": rng.uniform(-1, 1, (n, 3)),
        "roll": np.column_stack([turn * np.cos(turn), 21 * height, turn * np.sin(turn)]) / 14,
        "sheet": np.column_stack([x, y, x**2 - y**2]),
    }[name]
    vectors = 0.02 * rng.normal(size=(n, 31))
    vectors[:, : flat.shape[1]] += flat
    vectors[:, 30] = 10 * np.sqrt((flat**2).sum(axis=1).mean())
    return vectors


@pytest.mark.parametrize(
    ("name", "n"),
    [("cloud", 400), ("heavy tails", 400), ("ring", 400), ("cube", 400), ("roll", 2000), ("sheet", 2000)],
)
def test_a_shape_without_groups_hangs_together_however_bent(name: str, n: int) -> None:
    found = look(shape(name, np.random.default_rng(0), n))
    assert (found.significant, found.groups, found.midway) == (False, 1, None)


def test_centres_that_know_the_points_would_part_a_cloud() -> None:
    """What the folds are for: the same counts around centres that were fitted to the points that are counted."""
    points = Partition(**FINE).place(space_of(shape("cloud", np.random.default_rng(0))).unit)
    fold = np.arange(len(points)) % 5
    pairs, counts = count_on_ways(points, 20, fold, 0)
    twice, known = count_on_ways(np.vstack([points, points]), 20, np.repeat([0, 1], len(points)), 0)
    assert len(pairs)
    assert len(twice)
    assert np.median(valley_p(counts)) > 0.8
    assert np.median(valley_p(known)) < 0.4


@pytest.mark.parametrize("apart", [1, 3])
def test_planted_groups_are_evident(apart: float) -> None:
    rng = np.random.default_rng(0)
    centres = apart * rng.choice([-1.0, 1.0], size=(5, 10))
    found = look(centres[rng.integers(5, size=400)] + rng.normal(size=(400, 10)))
    assert found.significant
    assert 2 <= found.groups <= 5
    assert found.midway is not None
    assert found.midway < (0.4 if apart == 1 else 0.02)


@pytest.mark.parametrize("seed", range(4))
def test_two_bent_groups_are_told_from_one_another(seed: int) -> None:
    """A ring around a heap, which no straight cut parts."""
    rng = np.random.default_rng(seed)
    angle = 2 * np.pi * rng.random(400)
    ring = np.column_stack([np.cos(angle), np.sin(angle)]) + 0.05 * rng.normal(size=(400, 2))
    points = np.vstack([ring, 0.15 * rng.normal(size=(200, 2))])
    found = look(np.column_stack([points, np.full(600, 10.0)]))
    assert found.significant
    assert found.groups == 2


def test_a_heap_of_copies_is_no_group() -> None:
    cloud = np.random.default_rng(0).normal(size=(100, 8))
    found = look(np.vstack([cloud, np.repeat(cloud[:1] + 9, 100, axis=0)]))
    assert (found.sample, found.points, found.total, found.groups) == (200, 101, 200, 1)


def test_a_sample_is_stated_and_comes_out_again() -> None:
    vectors = np.random.default_rng(0).normal(size=(300, 6))
    found = look(vectors, sample=120, seed=5)
    assert (found.sample, found.points, found.total, found.seed) == (120, 120, 300, 5)
    assert look(vectors, sample=120, seed=5) == found


def test_progress_is_told() -> None:
    told = Recorder()
    look_for_groups(space_of(np.random.default_rng(0).normal(size=(100, 4))), Partition(**FINE), progress=told)
    assert told.shares == [0.5, 1]
    assert told.texts == ["ways between 5 parts", "ways between 10 parts"]


@pytest.mark.parametrize("vectors", [np.zeros((0, 3)), np.ones((90, 3)), np.eye(49)], ids=["none", "same", "too few"])
def test_too_few_distinct_vectors_are_not_look(vectors: np.ndarray) -> None:
    assert look_for_groups(space_of(vectors), Partition(**FINE)) is None


def test_wrong_calls_are_said() -> None:
    with pytest.raises(UsageError, match="sample of 0 points"):
        look(np.eye(60), sample=0)
