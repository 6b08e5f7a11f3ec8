"""Axes of the reader's own: places by hand."""

import numpy as np
import pytest

from embedkit.analysis.maps.axes import Axis, axes
from embedkit.errors import UsageError
from embedkit.spaces import EmbeddingSpace

# Unit vectors in the plane, but for "long", whose length must not matter, and "nothing", which has no direction.
WORDS = {"man": (1, 0), "woman": (0, 1), "poor": (0, -1), "rich": (0, 1), "long": (0, 7), "nothing": (0, 0)}
WORDS |= {"king": (0.6, 0.8), "queen": (-0.6, 0.8)}
SPACE = EmbeddingSpace("try", tuple(WORDS), np.array(list(WORDS.values()), dtype=float))


def test_a_point_lies_where_its_cosine_with_the_direction_is() -> None:
    made = axes(SPACE, axes=["man→woman", "poor→rich"])
    half = 0.5**0.5
    places = dict(zip(made.labels, made.points.tolist(), strict=True))
    assert places["man"] == pytest.approx([-half, 0], abs=1e-6)
    assert places["woman"] == pytest.approx([half, 1], abs=1e-6)
    assert places["long"] == pytest.approx([half, 1], abs=1e-6)
    assert places["king"] == pytest.approx([0.2 * half, 0.8], abs=1e-6)
    assert places["nothing"] == pytest.approx([0, 0], abs=1e-6)
    assert made.fidelity is not None
    assert made.parameters["axes"] == [{"from": ["man"], "to": ["woman"]}, {"from": ["poor"], "to": ["rich"]}]
    assert made.parameters["cosines_between_axes"] == {"1–2": pytest.approx(half, abs=1e-6)}


def test_means_of_several_words_and_three_axes() -> None:
    made = axes(SPACE, axes=["man, woman → king,queen", "man:woman", Axis(("poor",), ("rich",))], dimensions=3)
    # The means are (0.5, 0.5) and (0, 0.8): a direction of (-0.5, 0.3) to unit length.
    direction = np.array([-0.5, 0.3]) / np.hypot(0.5, 0.3)
    assert made.points[0] == pytest.approx([direction[0], -(0.5**0.5), 0], abs=1e-6)
    assert set(made.parameters["cosines_between_axes"]) == {"1–2", "1–3", "2–3"}


def test_words_may_come_from_the_whole_of_a_space_of_which_a_part_is_mapped() -> None:
    part = SPACE.head(2)
    made = axes(part, axes=["man→woman", "poor→rich"], vocabulary=SPACE)
    assert len(made.labels) == 2
    assert (made.points == axes(SPACE, axes=["man→woman", "poor→rich"]).points[:2]).all()
    with pytest.raises(UsageError, match="'poor'"):
        axes(part, axes=["man→woman", "poor→rich"])


@pytest.mark.parametrize("text", ["man→woman", "man->woman", "man:woman", " man → woman "])
def test_an_axis_is_written_in_several_ways(text: str) -> None:
    assert Axis.parse(text) == Axis(("man",), ("woman",))
    assert str(Axis.parse(text)) == "man → woman"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["man→woman"], "1 axis; a map has 2 or 3"),
        (["man→woman"] * 4, "4 axes"),
        (["man", "poor→rich"], "'man' is no axis"),
        (["man→", "poor→rich"], "is no axis"),
        (["a→b→c", "poor→rich"], "is no axis"),
        (["man,→woman", "poor→rich"], "from a word to a word"),
        (["man→womann", "poor→rich"], "did you mean woman"),
        (["man→man", "poor→rich"], "has no direction"),
        (["rich→woman", "poor→rich"], "has no direction"),
    ],
)
def test_wrong_axes_are_said(given: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        axes(SPACE, axes=given)


def test_as_many_dimensions_as_axes() -> None:
    with pytest.raises(UsageError, match="dimensions is 3, but there are 2 axes"):
        axes(SPACE, axes=["man→woman", "poor→rich"], dimensions=3)
