"""What a category's other pairs teach: who is left out, the mean offset by hand, and planted classes."""

import numpy as np
import pytest

from embedkit.analysis.analogies import lrcos
from embedkit.analysis.analogies.coverage import CoveredQuestions
from embedkit.analysis.analogies.landings import Landings, land
from embedkit.analysis.analogies.lrcos import RANDOM_WORDS, boundary, class_boundaries, mean_offset_queries, teachers_of


def test_pairs_that_share_a_word_are_left_out() -> None:
    # 0 : 10, 1 : 10 or 11, 2 : 11, 3 : 12, 12 : 13, and in another category 0 : 10 again and 4 : 14.
    source = np.array([0, 1, 2, 3, 12, 0, 4])
    targets = np.array([[10, -1], [10, 11], [11, -1], [12, -1], [13, -1], [10, -1], [14, -1]])
    category = np.array([0, 0, 0, 0, 0, 1, 1])
    teachers = teachers_of(source, targets, category, np.arange(7))
    assert [pairs.tolist() for pairs in teachers] == [
        [2, 3, 4],  # shares 10 with pair 1
        [3, 4],  # shares 10 with pair 0 and 11 with pair 2
        [0, 3, 4],
        [0, 1, 2],  # its target is the source of pair 4
        [0, 1, 2],
        [6],
        [5],
    ]
    assert teachers_of(source, targets, category, np.array([3]))[0].tolist() == [0, 1, 2]


def test_the_mean_offset_by_hand() -> None:
    vectors = np.array([[0, 0], [1, 1], [4, 0], [2, 0], [1, 5], [9, 9]], dtype=np.float32)
    source, targets = np.array([0, 1, 2]), np.array([[3, -1], [4, 5], [5, -1]])
    # Offsets to the first target: (2, 0), (0, 4), (5, 9). Pair 0 has the mean of the others, pair 2 has pair 0's.
    queries = mean_offset_queries(vectors, source, targets, np.array([0, 2, 1]), [np.array([1, 2]), np.array([0]), []])
    assert queries.tolist() == [[2.5, 6.5], [6, 0], [1, 1]]
    assert queries.dtype == np.float32


def of_pairs(source: np.ndarray, target: np.ndarray) -> CoveredQuestions:
    n = len(source)
    example, query = np.nonzero(~np.eye(n, dtype=bool))
    return CoveredQuestions(source, target[:, None], np.zeros(n, dtype=np.int64), example, query)


def accuracy(landings: Landings, questions: CoveredQuestions) -> float:
    return float((landings.best == questions.answers[:, 0]).mean())


def normed(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_lrcos_finds_a_class_that_offsets_cannot() -> None:
    """Targets are at (4, 4), sources at (5, -5) and at (-5, 5) in turn, and all else of a target is its source's own
    with noise. So offsets are of two kinds and their mean is neither, while one plane parts targets from other words.
    About every source lie decoys that are nearer than its target."""
    rng = np.random.default_rng(0)
    pairs, decoys = 24, 6
    side = np.where(np.arange(pairs) % 2, 5, -5)
    source = np.column_stack([side, -side, rng.normal(size=(pairs, 40))])
    near = np.repeat(source, decoys, axis=0) + 0.3 * rng.normal(size=(pairs * decoys, 42))
    target = source + 0.3 * rng.normal(size=source.shape)
    target[:, :2] = 4
    vectors = np.vstack([source, target, near, 2 * rng.normal(size=(400, 42))]).astype(np.float32)
    questions = of_pairs(np.arange(pairs), np.arange(pairs, 2 * pairs))
    scores = {name: accuracy(found, questions) for name, found in land(normed(vectors), vectors, questions).items()}
    assert min(scores.pop("LRCos"), scores.pop("LRCos raw")) > 0.9
    assert max(scores.values()) < 0.6


def test_what_shares_a_word_would_give_the_answer_away() -> None:
    """Cities of four states, and nothing but chance between a city and its state. Whoever learns from dallas : texas
    that texas is a target answers houston with the nearest state it has seen; left out, texas is no such state."""
    rng = np.random.default_rng(1)
    states, cities = 4, 6
    middle = 2 * rng.normal(size=(states, 30))
    city = np.repeat(middle, cities, axis=0) + rng.normal(size=(states * cities, 30))
    state = middle + rng.normal(size=(states, 30))
    vectors = np.vstack([city, state, rng.normal(size=(300, 30))]).astype(np.float32)
    source = np.arange(states * cities)
    target = states * cities + np.repeat(np.arange(states), cities)
    category, query_pairs = np.zeros(len(source), dtype=np.int64), source

    teachers = teachers_of(source, target[:, None], category, query_pairs)
    assert all(len(pairs) == (states - 1) * cities for pairs in teachers)
    leaking = [np.setdiff1d(source, [pair]) for pair in source]

    def chances(pairs: list[np.ndarray]) -> np.ndarray:
        """(A, states) how likely each state is a target, by what was learnt for each query city."""
        weights = class_boundaries(vectors, source, target[:, None], category, query_pairs, pairs, seed=0)
        return 1 / (1 + np.exp(-(state @ weights[:, :-1].T + weights[:, -1]).T))

    def share_of_own(chance: np.ndarray) -> float:
        """How often the own state's chance is the lowest of all: it is the one that was left out."""
        return float((chance.argmin(axis=1) == np.repeat(np.arange(states), cities)).mean())

    assert chances(leaking).min() > 0.9  # every state was among the positive ones
    assert share_of_own(chances(teachers)) > 0.9
    # The answer that leaks is right, and the honest one is not: but for nearness there is nothing to learn.
    cosines = normed(vectors[source]) @ normed(state).T
    best = (chances(leaking) * cosines).argmax(axis=1)
    assert (best == np.repeat(np.arange(states), cities)).mean() > 0.9
    questions = of_pairs(source, target)
    found = land(normed(vectors), vectors, questions, methods=["LRCos raw"])["LRCos raw"]
    assert accuracy(found, questions) < 0.5


def test_what_is_positive_and_negative(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[set[int], set[int]]] = []

    def spy(positive: np.ndarray, negative: np.ndarray) -> np.ndarray:
        words = [vectors[:, 0].astype(int).tolist() for vectors in (positive, negative)]
        seen.append((set(words[0]), set(words[1])))
        assert len(words[0] + words[1]) == len(set(words[0] + words[1]))
        return np.zeros(6)

    monkeypatch.setattr(lrcos, "boundary", spy)
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(400, 5))
    vectors[:, 0] = np.arange(400)  # a word's vector says which it is
    source = np.array([0, 1, 2, 3, 10])
    targets = np.array([[10, -1], [11, 21], [12, -1], [2, 21], [13, 23]])
    category = np.zeros(5, dtype=np.int64)
    teachers = teachers_of(source, targets, category, np.array([0, 1]))
    assert [pairs.tolist() for pairs in teachers] == [[1, 2, 3], [0, 2, 4]]
    class_boundaries(vectors, source, targets, category, np.array([0, 1]), teachers, seed=0)
    (positive, negative), (other_positive, other_negative) = seen
    # All answers of the teaching pairs; word 2 is the source of one and the answer of another, so it is positive.
    assert positive == {11, 21, 12, 2}
    assert other_positive == {10, 12, 13, 23}
    own = set(source.tolist()) | set(targets[targets >= 0].tolist())
    assert negative & own == {1, 3}
    assert other_negative & own == {0, 2}  # 10 is the answer of a teaching pair
    assert len(negative - own) == RANDOM_WORDS
    assert negative - own == other_negative - own  # drawn once for a category


@pytest.mark.parametrize("length", [0.1, 1, 5])
def test_scikit_learn_has_the_same_boundary(length: float) -> None:
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(0)
    positive, negative = length * rng.normal(size=(12, 30)), length * rng.normal(size=(50, 30))
    positive[:, 0] += length
    theirs = LogisticRegression(class_weight="balanced", max_iter=1000)
    theirs.fit(np.concatenate([positive, negative]), np.arange(62) < 12)
    expected = [*theirs.coef_[0], theirs.intercept_[0]]
    assert boundary(positive, negative) == pytest.approx(expected, rel=1e-4, abs=1e-6)


def test_the_seed_draws_the_random_words() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(2000, 20)).astype(np.float32)
    source, targets, category = np.arange(6), np.arange(6, 12)[:, None], np.zeros(6, dtype=np.int64)
    teachers = teachers_of(source, targets, category, np.arange(6))

    def weights(seed: int) -> np.ndarray:
        return class_boundaries(vectors, source, targets, category, np.arange(6), teachers, seed=seed)

    assert (weights(0) == weights(0)).all()
    assert not np.isclose(weights(0), weights(1)).any()


def test_with_no_other_pair_only_b_is_left() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(200, 10)).astype(np.float32)
    # Both pairs have one answer, so neither may learn from the other.
    questions = of_pairs(np.array([0, 1]), np.array([5, 5]))
    found = land(normed(vectors), vectors, questions)
    for method in ("3CosAvg", "3CosAvg raw", "LRCos", "LRCos raw"):
        for field in ("best", "honest", "rank"):
            assert (getattr(found[method], field) == getattr(found["only-b"], field)).all(), method
