"""One analogy at a time: four words in a plane by hand."""

import numpy as np
import pytest

from embedkit.analysis.analogies.expressions import parse_expression, solve
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
