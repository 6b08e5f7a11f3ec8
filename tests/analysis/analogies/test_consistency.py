"""Consistency of offsets: three pairs by hand, and spaces in which the answer is planted."""

import numpy as np
import pytest

from embedkit.analysis.analogies.consistency import Consistency, consistency, offset_consistency
from embedkit.analysis.analogies.coverage import CoveredQuestions
from embedkit.errors import UsageError


def found(sources: np.ndarray, targets: np.ndarray, *, shuffles: int = 20, seed: int = 0) -> Consistency:
    result = offset_consistency(
        np.asarray(sources, dtype=float),
        np.asarray(targets, dtype=float),
        shuffles=shuffles,
        rng=np.random.default_rng(seed),
    )
    assert result is not None
    return result


def test_equal_offsets_by_hand() -> None:
    # Every true offset is (0, 1): three cosines of 1. The sources lie on a line, a step apart. The two orders that
    # leave none in its place give offsets (1, 1), (1, 1), (-2, 1) or their mirror images: cosines 1, and twice
    # (-2 + 1) / sqrt(2 · 5). Of nine comparisons six are won and three are equal: (6 + 1.5) / 9.
    score = found([[0, 0], [1, 0], [2, 0]], [[0, 1], [1, 1], [2, 1]])
    assert score.pcs == pytest.approx(7.5 / 9)
    assert score.ocs == pytest.approx(1)
    assert (score.pairs, score.shuffles) == (3, 20)


def test_offsets_in_three_directions_by_hand() -> None:
    # Offsets (1, 0), (0, 1), (-1, 0): cosines 0, -1, 0.
    score = found([[0, 0], [5, 5], [9, 1]], [[1, 0], [5, 6], [8, 1]])
    assert score.ocs == pytest.approx(-1 / 3)


def test_an_offset_of_no_length_has_cosine_0() -> None:
    score = found([[0, 0], [3, 0], [5, 5]], [[0, 1], [3, 1], [5, 5]])
    assert score.ocs == pytest.approx(1 / 3)
    assert np.isfinite(score.pcs)


def test_pairs_without_a_relation_are_at_chance() -> None:
    rng = np.random.default_rng(1)
    scores = [found(*rng.normal(size=(2, 20, 30)), seed=s).pcs for s in range(20)]
    assert np.mean(scores) == pytest.approx(0.5, abs=0.02)


def test_two_clusters_without_a_relation_are_concentrated_and_not_consistent() -> None:
    rng = np.random.default_rng(2)
    far = np.zeros(30)
    far[0] = 30
    score = found(rng.normal(size=(25, 30)), far + rng.normal(size=(25, 30)))
    assert score.ocs > 0.9
    assert score.pcs == pytest.approx(0.5, abs=0.1)


def test_a_relation_shows_the_more_the_less_noise_there_is() -> None:
    rng = np.random.default_rng(3)
    sources, offset = rng.normal(size=(25, 30)), rng.normal(size=30)
    clean, noisy, lost = (
        found(sources, sources + offset + noise * rng.normal(size=sources.shape)) for noise in (0.1, 1.0, 20.0)
    )
    assert clean.pcs > 0.99
    assert clean.pcs > noisy.pcs > 0.6
    assert lost.pcs < 0.6
    assert clean.ocs > noisy.ocs > lost.ocs


def test_a_category_has_its_own_pairs_and_their_first_targets() -> None:
    rng = np.random.default_rng(5)
    vectors = rng.normal(size=(40, 10)).astype(np.float32)
    vectors[10:15] = vectors[0:5] + 1
    none = np.empty(0, dtype=np.int64)
    questions = CoveredQuestions(
        source=np.array([0, 20, 1, 2, 21, 3, 4]),
        targets=np.array([[10, -1], [30, 31], [11, 35], [12, -1], [31, -1], [13, 36], [14, -1]]),
        category=np.array([4, 1, 4, 4, 1, 4, 4]),
        example=none,
        query=none,
    )
    score = consistency(vectors, questions, 4)
    assert score is not None
    assert (score.pairs, score.ocs) == (5, pytest.approx(1))
    vectors[10:15] += rng.normal(size=(5, 10))
    again, other = consistency(vectors, questions, 4), consistency(vectors, questions, 4, seed=1)
    assert consistency(vectors, questions, 4) == again
    assert again != other
    # Two pairs are too few, and a category that no pair is of has none.
    assert consistency(vectors, questions, 1) is None
    assert consistency(vectors, questions, 0) is None


def test_shuffles_are_at_least_one() -> None:
    with pytest.raises(UsageError, match="at least one"):
        offset_consistency(np.ones((3, 2)), np.ones((3, 2)), shuffles=0, rng=np.random.default_rng(0))
