"""Files are written whole or not at all: a temporary file beside the target, then a rename."""

import hashlib
import json
import os
import re
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn

from embedkit.errors import RunError, UsageError, did_you_mean
from embedkit.leftovers import sweep_once, temporary_name
from embedkit.shortage import room_for

_BLOCK = 1 << 20
_MARK = "\ufeff"
_HALF = re.compile(r"\\u[dD][89a-fA-F]")  # half of a character beyond the first 65,536, as JSON writes it


@contextmanager
def whole_file(path: str | Path, needed: int | None = None) -> Iterator[Path]:
    """Yield a temporary path in the target's folder; on success it is renamed to `path`, on any error removed.

    The temporary name keeps the target's suffix, so that writers which look at it behave. What dead processes left in
    the folder is removed first.

    Args:
        needed: bytes that the file will have, for the error, where that is known.

    Raises:
        NoRoomError: the disk is full, however the writer says so.
        UsageError: a folder has that path.
    """
    path = Path(path)
    if path.is_dir():
        raise UsageError(f"{path}: a folder, and a file is written; name one in it")
    path.parent.mkdir(parents=True, exist_ok=True)
    sweep_once(path.parent)
    temporary = path.with_name(temporary_name(path.suffix))
    with room_for(path, needed):
        try:
            yield temporary
            # Flush to the disk before the rename, so that a power cut leaves the old file or the new one.
            with open(temporary, "rb") as handle:
                os.fsync(handle.fileno())
            os.replace(temporary, path)
        except OSError as error:
            if error.filename == str(temporary):
                error.filename = str(path)
            raise
        finally:
            with suppress(OSError):  # what went wrong before says more
                temporary.unlink(missing_ok=True)


def require_file(path: str | Path, option: str = "") -> None:
    """Refuse a path that a person typed where there is no file; pipes and devices are files too.

    Args:
        option: that the path was typed for, such as "--file".

    Raises:
        UsageError: it is a folder, or nothing; the nearest names are named.
    """
    before = f"{option} " if option else ""
    if os.path.isdir(path):
        raise UsageError(f"{before}{path}: a folder, and a file is expected; name one in it")
    if not os.path.exists(path):
        raise UsageError(f"{before}{missing_file(Path(path))}")


def missing_file(path: Path) -> UsageError:
    """The error for a path where there is no file: what else is there, or the nearest names."""
    folder = path.parent
    if not os.path.isdir(folder):
        return UsageError(f"{path}: no such file, and no folder {folder}")
    if os.path.exists(path):
        return UsageError(f"{path}: neither a file nor a folder")
    if os.path.islink(path):
        return UsageError(f"{path}: a link to {path.readlink()}, where there is no file")
    alike = get_close_matches(path.name, sorted(each.name for each in folder.iterdir()), n=3, cutoff=0.6)
    nearest = f"; {did_you_mean(str(folder / name) for name in alike)}" if alike else ""
    return UsageError(f"{path}: no such file{nearest}")


def sha256(paths: Iterable[Path]) -> str:
    """ "sha256:…" over the bytes of the files as they lie on the disk, one after the other."""
    digest = hashlib.sha256()
    for path in paths:
        with open(path, "rb") as handle:
            while block := handle.read(_BLOCK):
                digest.update(block)
    return f"sha256:{digest.hexdigest()}"


def write_text(path: str | Path, text: str) -> None:
    """Write UTF-8 text, whole or not at all."""
    content = text.encode()
    with whole_file(path, len(content)) as temporary:
        temporary.write_bytes(content)


def write_json(path: str | Path, value: Any) -> None:
    """Write JSON, whole or not at all.

    Raises:
        RunError: a value is NaN or infinite, which JSON cannot hold: weights that are damaged or diverged give such.
    """
    try:
        text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    except ValueError as error:
        why = "a figure is no number, as weights give that are damaged or diverged"
        raise RunError(f"{path} is not written: {why} ({error})") from None
    write_text(path, text + "\n")


def append_line(path: str | Path, line: str) -> None:
    """Write a line at the end of a file. A kill can cut it short: whoever reads lets a last line without end go."""
    with room_for(path), open(path, "a", encoding="utf-8") as handle:
        handle.write(line + "\n")


def read_json(path: str | Path) -> Any:
    """Raises:
    OSError: the file cannot be read.
    ValueError: it is not UTF-8, or as `parse_json`.
    """
    return parse_json(Path(path).read_text(encoding="utf-8"))


def parse_json(text: str | bytes, *, constants: bool = True) -> Any:
    """Args:
        constants: whether NaN and infinity are taken, which JSON does not have.

    Raises:
        ValueError: it is not JSON, is nested too deeply, or has a number of too many digits or half of a character,
            which no file can hold; a `json.JSONDecodeError` where a line is known.
    """
    try:
        text = text.removeprefix(_MARK) if isinstance(text, str) else text.decode(json.detect_encoding(text))
        value = json.loads(text) if constants else json.loads(text, parse_constant=_not_json)
        if _HALF.search(text):
            json.dumps(value, ensure_ascii=False).encode()
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except UnicodeEncodeError as error:
        half = error.object[error.start].encode("unicode_escape").decode("ascii")
        raise ValueError(f"{half} in a text is half of a character") from None
    except ValueError as error:
        raise _readable(error) from None
    return value


def _not_json(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is none of its numbers")


def read_toml(path: str | Path) -> dict[str, Any]:
    """Raises:
    OSError: the file cannot be read.
    ValueError: it is not UTF-8, or as `parse_toml`.
    """
    return parse_toml(Path(path).read_text(encoding="utf-8"))


def parse_toml(text: str) -> dict[str, Any]:
    """The table of a text, which may begin with a byte-order mark, as editors on Windows write it.

    Raises:
        ValueError: it is not TOML, is nested too deeply, or has a number of too many digits.
    """
    try:
        return tomllib.loads(text.removeprefix(_MARK))
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except ValueError as error:
        raise _readable(error) from None


def _readable(error: ValueError) -> ValueError:
    """Python refuses to read a number of thousands of digits in words of its own; the others say what is wrong."""
    if "integer string conversion" in str(error):
        return ValueError("a number in it has thousands of digits")
    return error


_PACKED = {"corpora": "corpora/cards", "reports": "report/recipes"}


def shipped(folder: str) -> Path:
    """The checkout's top-level folder `corpora` or `reports`; in an installed package, where the wheel packs it."""
    package = Path(__file__).resolve().parent
    packed = package / _PACKED[folder]
    return packed if packed.is_dir() else package.parent / folder


class OutsideError(ValueError):
    """A name leads out of the folder in which its file has to lie."""


def file_inside(folder: Path, name: str) -> Path | None:
    """The file in a folder of a name that was read from outside; None where there is none.

    Raises:
        OutsideError: the name leads out of the folder.
    """
    path = folder / name
    try:
        inside, there = path.resolve().is_relative_to(folder.resolve()), path.is_file()
    except (OSError, RuntimeError, ValueError):  # links in a circle, or a name that no file can have
        return None
    if not inside:
        raise OutsideError(f"{name!r} leads out of {folder}")
    return path if there else None
