"""Sentences about scenes: who is named, in which order, and what is read back."""

import pytest

from embedkit.tasks.caption.sentences import Digit, Mention, describe, parse


@pytest.mark.parametrize(
    ("digits", "caption"),
    [
        ([(4, "large", 9, 9)], "a large four"),
        ([(7, "large", 20, 30), (3, "small", 21, 8)], "a small three above a large seven"),
        ([(7, "large", 20, 8), (3, "small", 21, 30)], "a small three below a large seven"),
        ([(3, "small", 8, 20), (7, "large", 30, 22)], "a small three left of a large seven"),
        ([(3, "small", 30, 20), (7, "large", 8, 22)], "a small three right of a large seven"),
        ([(7, "small", 8, 8), (7, "large", 8, 30)], "a large seven below a small seven"),
        ([(7, "small", 8, 8), (7, "small", 8, 30)], "two small sevens"),
        ([(6, "large", 8, 8), (6, "large", 8, 30), (6, "large", 30, 30)], "three large sixes"),
        ([(7, "small", 5, 5), (4, "large", 30, 30), (7, "small", 5, 30)], "a large four and two small sevens"),
        (
            [(9, "large", 35, 8), (1, "small", 20, 8), (2, "small", 20, 30)],
            "a small one above a small two and left of a large nine",
        ),
    ],
)
def test_what_is_said_of_a_scene(digits: list[tuple[int, str, int, int]], caption: str) -> None:
    scene = [Digit(*each) for each in digits]
    assert describe(scene) == caption
    assert describe(scene[::-1]) == caption


def test_a_caption_is_read_back() -> None:
    assert parse("a small one above a small two and left of a large nine") == Mention(
        ((1, "small", 1), (1, "small", 2), (1, "large", 9)), ("above", "left of")
    )
    assert parse("a large four and two small sevens") == Mention(((1, "large", 4), (2, "small", 7)), ())


@pytest.mark.parametrize("text", ["", "a", "two small seven", "a small sevens", "a small seven above", "small seven"])
def test_what_is_no_sentence(text: str) -> None:
    assert parse(text) is None
