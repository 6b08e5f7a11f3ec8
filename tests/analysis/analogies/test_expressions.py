"""One analogy at a time: four words in a plane by hand; any method answers as it answers whole question sets."""

import numpy as np
import pytest

from embedkit.analysis.analogies.coverage import CoveredQuestions
from embedkit.analysis.analogies.expressions import alone, parse_expression, solve, solve_by
from embedkit.analysis.analogies.landings import land
from embedkit.errors import UsageError
from embedkit.spaces import EmbeddingSpace

# man and king differ by what woman and queen differ by; all on the unit circle but for their lengths.
PLANE = EmbeddingSpace(
    "plane",
    ("man", "king", "woman", "queen", "apple"),
    np.array([[1, 0], [0.6, 0.8], [0, 2], [-0.8, 0.6], [-1, -1]]),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("king - man + woman", (("king", "woman"), ("man",))),
        ("man king woman", (("king", "woman"), ("man",))),
        ("- man + king", (("king",), ("man",))),
        ("twenty-one + one", (("twenty-one", "one"), ())),
        ("a - b - c", (("a",), ("b", "c"))),
    ],
)
def test_expressions(text: str, expected: tuple) -> None:
    assert parse_expression(text) == expected


@pytest.mark.parametrize("text", ["", "king", "king -", "king man", "king - - man", "a b c d", "+ - +"])
def test_what_is_no_expression_says_how_to_write_one(text: str) -> None:
    with pytest.raises(UsageError, match="king - man \\+ woman"):
        parse_expression(text)


def test_the_answer_in_a_plane() -> None:
    answer = solve(PLANE, ["king", "woman"], ["man"], k=2)
    # king - man + woman = (-0.4, 1.8), of length sqrt(3.4); queen = (-0.8, 0.6): (0.32 + 1.08) / sqrt(3.4).
    assert answer.answers[0].word == "queen"
    assert answer.answers[0].cosine == pytest.approx(1.4 / np.sqrt(3.4), abs=1e-6)
    assert answer.answers[1].word == "apple"
    # With nothing excluded woman herself is nearer: 1.8 / sqrt(3.4).
    assert [a.word for a in answer.honest] == ["woman", "queen"]
    assert answer.honest[0].cosine == pytest.approx(1.8 / np.sqrt(3.4), abs=1e-6)
    assert answer.vocabulary == 5


def test_an_expression_as_text_is_the_two_lists_of_its_words() -> None:
    assert solve(PLANE, "king - man + woman", k=2) == solve(PLANE, ["king", "woman"], ["man"], k=2)
    assert solve(PLANE, "man king woman").answers[0].word == "queen"
    with pytest.raises(UsageError, match="cannot read 'king'"):
        solve(PLANE, "king")
    with pytest.raises(UsageError, match="whole expression as text"):
        solve(PLANE, "king + woman", ["man"])  # type: ignore[call-overload]


def test_only_the_first_words_may_answer() -> None:
    assert [a.word for a in solve(PLANE, ["king", "woman"], ["man"], restrict=3).answers] == []
    assert [a.word for a in solve(PLANE, ["apple"], ["man"], restrict=4).answers] == ["queen", "woman", "king"]


def test_words_that_cancel_out_and_unknown_words_are_said() -> None:
    with pytest.raises(UsageError, match="nothing"):
        solve(PLANE, ["king"], ["king"])
    with pytest.raises(UsageError, match="did you mean queen"):
        solve(PLANE, ["quene"], ["man"])
    with pytest.raises(UsageError, match="did you mean king"):
        solve(PLANE, ["King"], ["man"])


def test_equal_cosines_go_to_the_first_word() -> None:
    twins = EmbeddingSpace("twins", ("man", "king", "woman", "other", "queen"), PLANE.vectors[[0, 1, 2, 3, 3]])
    assert solve(twins, ["king", "woman"], ["man"]).answers[0].word == "other"


@pytest.fixture(scope="module")
def space() -> EmbeddingSpace:
    rng = np.random.default_rng(3)
    return EmbeddingSpace("some", tuple(f"w{i}" for i in range(300)), rng.normal(size=(300, 12)).astype(np.float32))


@pytest.mark.parametrize("method", alone())
def test_a_question_lands_where_question_sets_do(space: EmbeddingSpace, method: str) -> None:
    pairs = np.array([[1, 2], [3, 4], [5, 6], [7, 8]])
    questions = CoveredQuestions(
        pairs[:, 0], pairs[:, 1:], np.zeros(4, dtype=np.int64), np.array([0, 1, 2]), np.array([1, 2, 3])
    )
    found = land(space.unit, space.vectors, questions, methods=[method])[method]
    for number, (example, query) in enumerate(zip(questions.example, questions.query, strict=True)):
        (a, a2), b = pairs[example], pairs[query][0]
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
    with pytest.raises(UsageError, match="k is 0; ask for at least one answer"):
        solve_by(space, "w1", "w2", "w3", method="3CosAdd", k=0)
    assert len(solve_by(space, "w1", "w2", "w3", method="3CosAdd", k=1).answers) == 1
