"""How new a text is, by hand and against a plain search."""

import numpy as np
import pytest

from embedkit.analysis import novelty as module
from embedkit.analysis.novelty import novelty

TRAINED = ["in the north of", "at the end", "of the", "he was born in the city"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("of the", "exact"),
        ("the north of", "contained"),
        ("the", "contained"),
        ("was born in", "contained"),
        ("in the south of", "one edit"),  # exchanged
        ("in north of", "one edit"),  # taken out
        ("in the far north of", "one edit"),  # put in
        ("at the end of", "one edit"),  # after its last
        ("of a", "one edit"),
        ("it", "new"),  # no training text is a single word
        ("the of", "new"),  # the same tokens in another order
        ("in a south of", "new"),
        ("north the in of", "new"),
        ("city at", "new"),  # from one training text into the next
    ],
)
def test_by_hand(text: str, kind: str) -> None:
    assert novelty([text.split()], [each.split() for each in TRAINED]) == [kind]


def test_tokens_may_be_characters() -> None:
    assert novelty(["noth", "xorth", "nort", "south"], ["north"]) == ["one edit", "one edit", "contained", "new"]


def test_without_training_texts_all_are_new_and_without_texts_there_is_nothing() -> None:
    assert novelty([["a"], ["a", "b"]], []) == ["new", "new"]
    assert novelty([], [["a"]]) == []


def plainly(text: tuple[str, ...], trained: list[tuple[str, ...]]) -> str:
    def shortened(tokens: tuple[str, ...]) -> list[tuple[str, ...]]:
        return [tokens[:i] + tokens[i + 1 :] for i in range(len(tokens))]

    if text in trained:
        return "exact"
    if any(each[i : i + len(text)] == text for each in trained for i in range(len(each) - len(text) + 1)):
        return "contained"
    for each in trained:
        exchanged = len(each) == len(text) and sum(a != b for a, b in zip(each, text, strict=True)) == 1
        if exchanged or text in shortened(each) or each in shortened(text):
            return "one edit"
    return "new"


def test_a_plain_search_finds_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BLOCK", 7)
    rng = np.random.default_rng(0)
    kinds = set()
    for words in (2, 3, 5, 20):
        drawn = [
            [tuple(map(str, rng.integers(words, size=rng.integers(1, 7)))) for _ in range(count)] for count in (50, 30)
        ]
        expected = [plainly(text, drawn[1]) for text in drawn[0]]
        assert novelty(*drawn) == expected
        kinds |= set(expected)
    assert len(kinds) == 4
