"""Labels that stand in a file of their own, one a line, beside vectors that have none."""

import codecs
import csv
from pathlib import Path

from embedkit.errors import SpaceError
from embedkit.spaces.tables.naming import USUAL_NAMES, key_of

_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def labels_for(path: Path, count: int, what: str, *, encoding: str = "") -> list[str]:
    """The labels of so many vectors. A heading, as TensorBoard's metadata has one, is one line more.

    Raises:
        SpaceError: it cannot be read, or has another number of lines.
    """
    labels = lines_of(path, encoding)
    if len(labels) != count:
        labels = _below_heading(labels)
    if len(labels) != count:
        raise SpaceError(f"{path}: {len(labels):,} labels for the {count:,} vectors of {what}; one a line is due")
    if labels and all("\t" in label for label in labels):
        labels = [label.partition("\t")[0] for label in labels]
    return labels


def _below_heading(lines: list[str]) -> list[str]:
    """The values of a table of one column below its name; the lines themselves where none is there."""
    rows = [row for row in csv.reader(line + "\n" for line in lines) if row]
    if rows and all(len(row) == 1 for row in rows) and key_of(rows[0][0]) in USUAL_NAMES:
        return [row[0] for row in rows[1:]]
    return lines[1:] if lines and "\t" in lines[0] else lines


def lines_of(path: Path, encoding: str = "") -> list[str]:
    """The lines of a text without their ends.

    Raises:
        SpaceError: it cannot be read.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SpaceError(f"{path}: {error.strerror or error}") from None
    encoding = encoding or next((name for mark, name in _MARKS.items() if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise SpaceError(f"{path}:{line}: not {encoding}; name its encoding by --encoding, such as latin-1") from None
    except LookupError:
        raise SpaceError(f"{path}: there is no encoding {encoding!r}") from None
    lines = text.replace("\r\n", "\n").split("\n")
    return lines[:-1] if lines[-1] == "" else lines
