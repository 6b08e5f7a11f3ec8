"""Which points of several spaces are the same: those of one label, letter for letter.

Texts that come again in a table are numbered when it is read, "hello (2)". Which of them is the second depends on the
order of the rows, so in tables of another order they are nobody's.
"""

import re
import warnings
from collections.abc import Iterator, Sequence

import numpy as np

from embedkit.analysis.neighbors import restricted
from embedkit.errors import EmbedkitWarning, UsageError
from embedkit.numerals import counted
from embedkit.spaces.columns import own_columns
from embedkit.spaces.space import EmbeddingSpace

_NUMBERED = re.compile(r"(.+) \(\d+\)", re.DOTALL)


def shared_rows(spaces: Sequence[EmbeddingSpace], restrict: int | None = None) -> np.ndarray:
    """(N, S) int64: the places of the N points that all S spaces have, of the first `restrict` of each, in the order of
    the first space. Texts that come again are left out, with a warning, unless all rows are the same in all spaces.

    Raises:
        UsageError: restrict is below 1, or all that is shared are such texts.
    """
    most = [restricted(space, restrict) for space in spaces]
    labels = [space.labels[:count] for space, count in zip(spaces, most, strict=True)]
    if all(len(each) == len(labels[0]) and all(map(str.__eq__, each, labels[0])) for each in labels[1:]):
        return np.repeat(np.arange(most[0])[:, None], len(spaces), axis=1)
    again = {label for space in spaces for label in _texts_again(space)}
    rows, left_out = [], 0
    for row, label in enumerate(labels[0]):
        places = [row, *(space.index_of(label) for space in spaces[1:])]
        if all(place is not None and place < count for place, count in zip(places, most, strict=True)):
            if label in again:
                left_out += 1
            else:
                rows.append(places)
    if left_out:
        column = _names_in_all(spaces)
        message = (
            f"{counted(left_out, 'text')} that come{'s' if left_out == 1 else ''} again and stand in another order "
            f"elsewhere are left out, since which is which is not known; of files --label {column or 'COLUMN'} names "
            f"points by {'it' if column else 'a column of its own values'}"
        )
        if not rows:
            raise UsageError(f"{' and '.join(space.name for space in spaces)} share nothing else: {message}")
        warnings.warn(message, EmbedkitWarning, stacklevel=2)
    return np.array(rows, dtype=np.int64).reshape(len(rows), len(spaces))


def _texts_again(space: EmbeddingSpace) -> Iterator[str]:
    """The labels of texts that come again, numbered or not."""
    for label in space.labels:
        if label.endswith(")") and (match := _NUMBERED.fullmatch(label)) and space.index_of(match[1]) is not None:
            yield label
            yield match[1]


def _names_in_all(spaces: Sequence[EmbeddingSpace]) -> str:
    """A column of identifiers that all spaces have; empty where there is none."""
    names = [{column.name for column in own_columns(space) if column.kind == "id"} for space in spaces]
    return next(iter(sorted(set.intersection(*names))), "")
