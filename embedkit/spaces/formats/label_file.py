"""Labels that stand in a file of their own, one a line, beside vectors that have none."""

import codecs
from pathlib import Path

from embedkit.errors import SpaceError

_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def labels_for(path: Path, count: int, what: str, *, encoding: str = "") -> list[str]:
    """The labels of so many vectors. A heading, as TensorBoard's metadata has one, is one line more.

    Raises:
        SpaceError: it cannot be read, or has another number of lines.
    """
    labels = lines_of(path, encoding)
    if len(labels) == count + 1 and "\t" in labels[0]:
        labels = labels[1:]
    if len(labels) != count:
        raise SpaceError(f"{path}: {len(labels):,} labels for the {count:,} vectors of {what}; one a line is due")
    if labels and all("\t" in label for label in labels):
        labels = [label.partition("\t")[0] for label in labels]
    return labels


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
