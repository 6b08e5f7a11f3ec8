"""A space over its training."""

from dataclasses import dataclass

import numpy as np
import pytest

from embedkit.analysis.analogies.categories import Category
from embedkit.analysis.analogies.questions import AnalogySet
from embedkit.analysis.comparison.churn import over_training
from embedkit.analysis.comparison.two_spaces import compare
from embedkit.errors import UsageError
from embedkit.spaces.space import EmbeddingSpace

WORDS = tuple(f"w{i}" for i in range(60))


@dataclass(frozen=True)
class Taken:
    step: int
    space: EmbeddingSpace
    tokens_seen: int = 100
    share: float = 0.5


def course(*vectors: np.ndarray) -> list[Taken]:
    return [Taken(10 * (i + 1), EmbeddingSpace(f"x after {i}", WORDS, each)) for i, each in enumerate(vectors)]


def drifting(count: int = 4, noise: float = 0.3) -> list[np.ndarray]:
    """From noise towards an end, in equal steps."""
    rng = np.random.default_rng(0)
    start, end = rng.normal(size=(60, 8)), rng.normal(size=(60, 8))
    shares = np.linspace(0, 1, count)
    return [(1 - share) * start + share * end + 0.01 * noise * rng.normal(size=(60, 8)) for share in shares]


def test_churn_is_that_of_a_comparison() -> None:
    vectors = drifting()
    found = over_training("x", course(*vectors), k=5, frequent=40, resamples=100)
    assert (found.words, found.k, found.restrict) == (40, 5, None)
    assert [each.step for each in found.snapshots] == [10, 20, 30, 40]
    spaces = [taken.space.head(40) for taken in course(*vectors)]
    for number in range(3):
        beside = found.snapshots[number]
        assert beside.to_next is not None
        assert beside.to_last is not None
        assert beside.cka_to_last is not None
        to_next = compare(spaces[number], spaces[number + 1], k=5, resamples=100).figures
        to_last = compare(spaces[number], spaces[3], k=5, resamples=100).figures
        assert beside.to_next.value == pytest.approx(1 - to_next.neighbors.value)
        assert beside.to_last.value == pytest.approx(1 - to_last.neighbors.value)
        assert beside.cka_to_last.plain == pytest.approx(to_last.cka.plain)
        assert found.churn_chance == pytest.approx(1 - to_last.neighbors_chance)
    assert found.snapshots[3].to_next is found.snapshots[3].to_last is found.snapshots[3].cka_to_last is None


def test_what_stands_still_does_not_churn_and_what_drifts_comes_nearer() -> None:
    vectors = drifting()
    still = over_training("x", course(vectors[0], 2 * vectors[0], vectors[0]), k=5, resamples=100)
    assert [each.to_next.value for each in still.snapshots[:2] if each.to_next] == [0, 0]
    course_ = over_training("x", course(*vectors), k=5, resamples=100)
    to_last = [each.to_last.value for each in course_.snapshots if each.to_last]
    assert to_last == sorted(to_last, reverse=True)
    assert to_last[0] > 0.7


def test_every_snapshot_answers_the_same_questions() -> None:
    vectors = np.random.default_rng(1).normal(size=(60, 8))
    planted = vectors.copy()
    planted[1::2] = planted[::2] + 0.7
    pairs = [(f"w{2 * i}", f"w{2 * i + 1}") for i in range(8)]
    quads = [(*one, *other) for one in pairs for other in pairs if one != other] + [("w0", "w1", "w2", "elsewhere")]
    questions = AnalogySet("planted", (Category.from_quadruples("pairs", quads),))
    found = over_training("x", course(vectors, planted), k=5, questions=questions, resamples=100)
    shares = [each.analogies for each in found.snapshots]
    assert all(share is not None and (share.covered, share.total) == (56, 57) for share in shares)
    assert shares[0] is not None
    assert shares[1] is not None
    assert shares[0].accuracy < 0.3 < shares[1].accuracy
    assert shares[1].interval is None  # eight word pairs are too few
    assert found.questions == "planted"


def test_too_little_is_refused() -> None:
    vectors = drifting()
    with pytest.raises(UsageError, match="1 snapshots; a course needs two or more"):
        over_training("x", course(vectors[0]), k=5)
    with pytest.raises(UsageError, match="10 words are too few to compare 5 neighbours"):
        over_training("x", course(*vectors), k=5, frequent=10)


def test_the_least_is_enough() -> None:
    vectors = drifting(2)
    assert over_training("x", course(*vectors), k=1, frequent=20, resamples=100).snapshots[0].step == 10
    assert over_training("x", course(*vectors), k=10, frequent=21, resamples=100).snapshots[1].step == 20
    for k, frequent in ((1, 19), (10, 20), (0, 60)):
        with pytest.raises(UsageError, match="words are too few to compare"):
            over_training("x", course(*vectors), k=k, frequent=frequent)
