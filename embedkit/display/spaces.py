"""A space, and what was asked of one."""

from collections.abc import Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING

import numpy as np

from embedkit.display.markup import frame, note, table

if TYPE_CHECKING:
    from embedkit.analysis.analogies.expressions import AnalogyAnswer
    from embedkit.analysis.neighbors import Answer
    from embedkit.spaces.space import EmbeddingSpace

POINTS, VALUES = 8, 5
"""So many points of a space are shown, and so many numbers of each."""


def space_html(space: "EmbeddingSpace") -> str:
    """How large a space is, and its first points."""
    count = min(POINTS, len(space))
    values = min(VALUES, space.dimensions)
    columns = ["", *space.columns, *(str(i) for i in range(values)), *(["…"] if values < space.dimensions else [])]
    rows = [
        (
            space.labels[row],
            *(_value(column[row]) for column in space.columns.values()),
            *(f"{value:.3f}" for value in space.vectors[row, :values]),
            *(["…"] if values < space.dimensions else []),
        )
        for row in range(count)
    ]
    summary = f"{len(space):,} points of {space.dimensions:,} dimensions"
    summary += "." if count == len(space) else f"; the first {count} are shown."
    return frame(space.name, note(summary), table(columns, rows))


def answers_html(answers: "Sequence[Answer]") -> str:
    """Words by falling cosine."""
    rows = [(i, answer.word, f"{answer.cosine:.3f}") for i, answer in enumerate(answers, 1)]
    return frame("Nearest by cosine", table(("", "word", "cosine"), rows, words=(0, 1)))


def analogy_html(answer: "AnalogyAnswer") -> str:
    """The answers with the words of the question excluded, and the honest ranking beside them."""
    rows = [
        (i, *_cells(best), *_cells(honest))
        for i, (best, honest) in enumerate(zip_longest(answer.answers, answer.honest), 1)
    ]
    columns = ("", "answer", "cosine", "with nothing excluded", "cosine")
    candidates = "All" if answer.restrict is None else "The first"
    summary = (
        f"The words of the question are excluded on the left. {candidates} {answer.vocabulary:,} words may answer."
    )
    return frame(answer.expression, table(columns, rows, words=(0, 1, 3)), note(summary))


def _cells(answer: "Answer | None") -> tuple[str, str]:
    return ("", "") if answer is None else (answer.word, f"{answer.cosine:.3f}")


def _value(value: object) -> str:
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, int | np.integer):
        return f"{int(value):,}"
    return f"{float(value):.4g}" if isinstance(value, float | np.floating) else str(value)
