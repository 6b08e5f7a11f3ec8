"""Edits by hand."""

import pytest

from embedkit.analysis.edits import alignment, edits


@pytest.mark.parametrize(
    ("reference", "hypothesis", "pairs"),
    [
        ("a b", "a b", [("a", "a"), ("b", "b")]),
        ("a b", "a c", [("a", "a"), ("b", "c")]),
        ("a b", "b", [("a", None), ("b", "b")]),
        ("a", "a x", [("a", "a"), (None, "x")]),
        ("", "x", [(None, "x")]),
        ("a", "", [("a", None)]),
        # Of equal ways: from the end on a substitution goes first, and an omission before an insertion.
        ("a b", "b c", [("a", "b"), ("b", "c")]),
        ("a a", "a", [("a", None), ("a", "a")]),
    ],
)
def test_words_side_by_side(reference: str, hypothesis: str, pairs: list[tuple[str | None, str | None]]) -> None:
    assert alignment(reference.split(), hypothesis.split()) == pairs


def test_edits_are_those_of_levenshtein() -> None:
    assert edits(list("kitten"), list("kitten")) == 0
    assert edits(list("kitten"), list("sitting")) == 3
    assert edits(list("sunday"), list("saturday")) == 3
    assert edits([], list("ab")) == edits(list("ab"), []) == 2
