"""The test against a Gaussian: noise of any shape is no evidence, planted groups are, and the null fits the space."""

from typing import Any

import numpy as np
import pytest

from embedkit.analysis.clusters.clusterability import MatchedGaussian, NullTest, against_gaussian
from embedkit.analysis.clusters.partition import Partition
from embedkit.errors import UsageError
from embedkit.spaces import EmbeddingSpace
from tests.progress import Recorder

PARTITION = Partition(min_size=10, neighbors=10)
ELONGATED = np.arange(1, 41) ** -1.0


def space_of(vectors: np.ndarray) -> EmbeddingSpace:
    return EmbeddingSpace("drawn", tuple(map(str, range(len(vectors)))), vectors)


def noise(shape: str, seed: int, n: int = 500) -> np.ndarray:
    rng = np.random.default_rng(seed)
    drawn = rng.normal(size=(n, 40))
    return {
        "round": drawn,
        "elongated": drawn * ELONGATED,
        "off centre": drawn * ELONGATED + 0.5,
        "heavy tails": drawn * ELONGATED / np.sqrt(rng.chisquare(3, size=(n, 1)) / 3),
        "longer one way": drawn * ELONGATED * np.exp(drawn[:, :1]),
    }[shape]


def compared_with_null(vectors: np.ndarray, **options: Any) -> NullTest:
    found = against_gaussian(space_of(vectors), PARTITION, **options)
    assert found is not None
    return found


@pytest.mark.parametrize("shape", ["round", "elongated", "off centre", "heavy tails", "longer one way"])
def test_noise_is_no_evidence(shape: str) -> None:
    tests = [compared_with_null(noise(shape, seed)) for seed in range(3)]
    # Each is significant with a probability of 1 in 20.
    assert sum(test.significant for test in tests) <= 1
    assert {test.verdict.partition(" (")[0] for test in tests if not test.significant} == {"no evidence of clusters"}


def test_clusters_are_found_in_noise_and_in_its_null_alike() -> None:
    found = compared_with_null(noise("elongated", 0))
    assert found.clusters >= 2
    assert found.null_clusters >= 2
    assert 0.1 < found.share < 0.9
    assert 0.1 < found.null_share < 0.9


@pytest.mark.parametrize("stretch", [np.ones(40), ELONGATED**0.25], ids=["round", "elongated"])
def test_planted_groups_are_found(stretch: np.ndarray) -> None:
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(6, 40))
    vectors = (rng.normal(size=(500, 40)) + 1.2 * centres[rng.integers(6, size=500)]) * stretch
    found = compared_with_null(vectors)
    assert found.significant
    assert found.p == 0.05
    assert found.observed > max(found.null)
    assert found.verdict == "clusters beyond what a Gaussian of the same covariance shows (p ≤ 0.05)"


def test_the_p_value_counts_the_observed_one() -> None:
    def p(observed: float, *null: float) -> float:
        return NullTest(observed, null, 2, 0.5, 2, 0.5, 100, 100, {}, 0).p

    assert p(0.3, 0.1, 0.2, 0.25) == 1 / 4
    assert p(0.2, 0.1, 0.2, 0.25) == 3 / 4  # ties count against it
    assert p(0, *[0] * 19) == 1


def test_the_null_has_the_mean_and_covariance_of_the_directions() -> None:
    unit = space_of(noise("off centre", 0, 3000)).unit
    rng = np.random.default_rng(1)
    drawn = MatchedGaussian.of(unit, rng).draw(20_000, rng)
    assert np.linalg.norm(drawn, axis=1) == pytest.approx(1)
    assert drawn.mean(axis=0) == pytest.approx(unit.mean(axis=0), abs=0.01)
    largest, own = (np.linalg.eigvalsh(np.cov(rows.T))[::-1][:10] for rows in (drawn, unit))
    assert largest == pytest.approx(own, rel=0.06)
    # Drawn from the covariance of the unit vectors itself they would be rounder.
    plain = rng.multivariate_normal(unit.mean(axis=0), np.cov(unit.T), size=20_000)
    plain /= np.linalg.norm(plain, axis=1, keepdims=True)
    assert np.linalg.eigvalsh(np.cov(plain.T))[-1] < 0.9 * own[0]


def test_the_null_is_fitted_until_it_is_as_elongated_as_the_space() -> None:
    # After one round the longest axis has 0.914 of its variance, after two 0.969.
    unit = space_of(noise("elongated", 0, 3000)).unit
    rng = np.random.default_rng(1)
    drawn = MatchedGaussian.of(unit, rng).draw(20_000, rng)
    longest, own = (np.linalg.eigvalsh(np.cov(rows.T))[-1] for rows in (drawn, unit))
    assert longest == pytest.approx(own, rel=0.02)


def test_a_sample_is_stated_and_its_least_size_in_proportion() -> None:
    vectors = noise("round", 0, 600)
    found = against_gaussian(space_of(vectors), Partition(60, 60), sample=300, draws=3, seed=5)
    assert found is not None
    assert (found.points, found.total, found.seed, len(found.null)) == (300, 600, 5, 3)
    assert (found.partition["min_size"], found.partition["neighbors"]) == (30, 30)
    small = against_gaussian(space_of(vectors), Partition(4, 4), sample=300, draws=1)
    assert small is not None
    assert small.partition["min_size"] == 4
    again = against_gaussian(space_of(vectors), Partition(60, 60), sample=300, draws=3, seed=5)
    assert again == found


def test_progress_is_told() -> None:
    told = Recorder()
    against_gaussian(space_of(noise("round", 0, 60)), PARTITION, draws=4, progress=told)
    assert told.shares == [0.25, 0.5, 0.75, 1]
    assert told.texts[1] == "Gaussian sample 2 of 4"


@pytest.mark.parametrize("vectors", [np.zeros((0, 3)), np.ones((39, 3))], ids=["none", "too few"])
def test_too_few_points_are_not_tested(vectors: np.ndarray) -> None:
    assert against_gaussian(space_of(vectors), PARTITION) is None


@pytest.mark.parametrize("vectors", [np.zeros((50, 3)), np.ones((50, 3)), np.ones((50, 1))])
def test_where_all_vectors_are_the_same_there_is_no_evidence(vectors: np.ndarray) -> None:
    assert compared_with_null(vectors, draws=3).p == 1


def test_wrong_calls_are_said() -> None:
    with pytest.raises(UsageError, match="0 draws"):
        compared_with_null(noise("round", 0), draws=0)
