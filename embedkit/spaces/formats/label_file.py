"""Labels that stand in a file of their own beside vectors that have none: one a line, an array of numpy's, or a list or
a vocabulary in JSON."""

import codecs
import csv
import io
from pathlib import Path
from typing import Any

import numpy as np

from embedkit.errors import SpaceError
from embedkit.files import parse_json, require_file
from embedkit.spaces.formats.array_damage import DAMAGE, why
from embedkit.spaces.formats.json_tables import in_order
from embedkit.spaces.formats.strangers import stranger
from embedkit.spaces.tables.naming import USUAL_NAMES, key_of

_LOOK = 65_536
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def labels_for(path: Path, count: int, what: str, *, encoding: str = "") -> list[str]:
    """The labels of so many vectors. A heading, as TensorBoard's metadata has one, is one line more.

    Raises:
        SpaceError: it cannot be read, or has another number of lines.
    """
    array = listed_labels(path)
    labels = lines_of(path, encoding) if array is None else array
    if len(labels) != count and array is None:
        labels = _below_heading(labels)
    if len(labels) != count:
        due = "one a line" if array is None else "one each"
        raise SpaceError(f"{path}: {len(labels):,} labels for the {count:,} vectors of {what}; {due} is due")
    if array is None and labels and all("\t" in label for label in labels):
        labels = [label.partition("\t")[0] for label in labels]
    return labels


def listed_labels(path: Path) -> list[str] | None:
    """The labels of an array of numpy's, or of a list or a vocabulary in JSON; None where the file is neither.

    Raises:
        SpaceError: it cannot be read, or the array is not of texts or numbers, one a vector.
    """
    data = _read(path)
    if data.startswith(b"\x93NUMPY"):
        return _of_array(path, data)
    if data.lstrip()[:1] not in (b"[", b"{"):
        return None
    try:
        value = parse_json(data.decode("utf-8-sig"))
    except ValueError:
        return None  # labels that begin with a bracket
    if isinstance(value, list) and all(isinstance(each, str | int | float | None) for each in value):
        if None in value:
            raise SpaceError(f"{path}: label {value.index(None) + 1:,} is null; name it")
        return [str(each) for each in value]
    return None if not isinstance(value, dict) else _of_vocabulary(value)


def _of_array(path: Path, data: bytes) -> list[str]:
    try:
        array = np.lib.format.read_array(io.BytesIO(data), allow_pickle=False)
    except DAMAGE as error:
        raise SpaceError(f"{path}: {why(error, '.npy', 'an array of str')}") from None
    if array.ndim != 1 or array.dtype.kind not in "USiu":
        raise SpaceError(f"{path}: an array of {array.dtype} and shape {array.shape}; one text a vector is due")
    return [
        each.decode("utf-8", "backslashreplace") if isinstance(each, bytes) else str(each) for each in array.tolist()
    ]


def _of_vocabulary(value: dict[str, Any]) -> list[str] | None:
    labels = in_order(value, len(value))
    return None if labels is None else [str(label) for label in labels]


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
    data = _read(path)
    if (name := stranger(data[:_LOOK])) is not None:
        raise SpaceError(f"{path}: {name}")
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


def _read(path: Path) -> bytes:
    require_file(path, "--labels")
    try:
        return path.read_bytes()
    except OSError as error:
        raise SpaceError(f"{path}: {error.strerror or error}") from None
