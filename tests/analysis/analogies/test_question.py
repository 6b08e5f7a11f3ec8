"""One question by any method: as whole question sets are answered, and refused where a category is needed."""

import numpy as np
import pytest

from embedkit.analysis.analogies.covered import CoveredQuestions
from embedkit.analysis.analogies.expressions import solve
from embedkit.analysis.analogies.landings import land
from embedkit.analysis.analogies.question import alone, solve_by
from embedkit.errors import UsageError
from embedkit.spaces.space import EmbeddingSpace


@pytest.fixture(scope="module")
def space() -> EmbeddingSpace:
    rng = np.random.default_rng(3)
    return EmbeddingSpace("some", tuple(f"w{i}" for i in range(300)), rng.normal(size=(300, 12)).astype(np.float32))


@pytest.mark.parametrize("method", alone())
def test_a_question_lands_where_question_sets_do(space: EmbeddingSpace, method: str) -> None:
    pairs = np.array([[1, 2], [3, 4], [5, 6], [7, 8]])
    asked = CoveredQuestions(
        pairs[:, 0], pairs[:, 1:], np.zeros(4, dtype=np.int64), np.array([0, 1, 2]), np.array([1, 2, 3])
    )
    found = land(space.unit, space.vectors, asked, methods=[method])[method]
    for number, (given, wanted) in enumerate(zip(asked.given, asked.asked, strict=True)):
        (a, a2), b = pairs[given], pairs[wanted][0]
        alone = solve_by(space, f"w{a}", f"w{a2}", f"w{b}", method=method, restrict=None)
        assert alone.answers[0].word == f"w{found.best[number]}"
        assert alone.honest[0].word == f"w{found.honest[number]}"
        assert len(alone.answers) == 10


def test_the_usual_method_ranks_as_expressions_do(space: EmbeddingSpace) -> None:
    by_method = solve_by(space, "w1", "w2", "w3", method="3CosAdd", restrict=200)
    expected = solve(space, ("w2", "w3"), ("w1",), restrict=200)
    assert [each.word for each in by_method.answers] == [each.word for each in expected.answers]
    assert by_method.vocabulary == 200


def test_methods_that_learn_from_a_category_are_refused(space: EmbeddingSpace) -> None:
    with pytest.raises(UsageError, match="3CosAvg learns from other pairs of a category; of one question take 3CosAdd"):
        solve_by(space, "w1", "w2", "w3", method="3CosAvg")
    with pytest.raises(UsageError, match="did you mean 3CosMul"):
        solve_by(space, "w1", "w2", "w3", method="3CosMull")
    with pytest.raises(UsageError, match="wx"):
        solve_by(space, "wx", "w2", "w3", method="3CosAdd")
