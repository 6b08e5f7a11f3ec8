"""What lies in a folder after a command: whether each file is whole, and what is in it but for times."""

import hashlib
import json
import re
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

TIMES = re.compile(r"started|.*seconds|.*_per_second")
"""Keys whose values are of the clock."""
_PAGE_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\+00:00| UTC)|[0-9a-f]{64}")
"""What is of the clock on a page: when something was started, and digests of files that say it."""


def files_in(folder: Path) -> list[str]:
    """Every file and every empty folder, hidden ones too."""
    found = folder.rglob("*")
    return sorted(str(path.relative_to(folder)) for path in found if not path.is_dir() or not any(path.iterdir()))


def half_written(folder: Path, whole: dict[str, str]) -> list[str]:
    """The files that cannot be read to their end, temporary ones left out. A text of which nothing else is known must
    be that of `whole`, as `contents` gives it."""
    wrong = []
    for name in files_in(folder):
        if any(part.startswith(".") for part in Path(name).parts) or (folder / name).is_dir():
            continue
        check = _CHECKS.get(Path(name).suffix)
        try:
            if check is not None:
                check(folder / name)
            elif name in whole and _digest((folder / name).read_bytes()) != whole[name]:
                wrong.append(name)
        except Exception:
            wrong.append(name)
    return wrong


def contents(folder: Path) -> dict[str, str]:
    """File → a digest of what is in it, without what is of the clock."""
    return {name: _content(folder / name) for name in files_in(folder)}


def difference(one: dict[str, str], other: dict[str, str]) -> str:
    """The files in which two folders differ."""
    return ", ".join(name for name in sorted(one.keys() | other.keys()) if one.get(name) != other.get(name))


def _content(path: Path) -> str:
    if path.is_dir() or path.name == ".lock":  # which says who wrote last
        return ""
    if path.suffix == ".json":
        return _digest(_plain(json.loads(path.read_bytes())))
    if path.suffix == ".jsonl":
        return _digest("\n".join(_plain(json.loads(line)) for line in path.read_bytes().splitlines()))
    if path.suffix == ".npz":
        with np.load(path, allow_pickle=False) as arrays:
            return _digest("\n".join(f"{key} {_array(arrays[key])}" for key in sorted(arrays.files)))
    if path.suffix == ".html":
        return _digest(_PAGE_TIME.sub("", path.read_text(encoding="utf-8")))
    return _digest(path.read_bytes())


def _array(array: np.ndarray) -> str:
    if array.ndim == 0 and array.dtype.kind == "U" and str(array).startswith("{"):
        return _plain(json.loads(str(array)))
    return f"{array.dtype} {array.shape} {_digest(np.ascontiguousarray(array).tobytes())}"


def _plain(value: Any) -> str:
    return json.dumps(_without_times(value), sort_keys=True)


def _without_times(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_times(each) for key, each in value.items() if not TIMES.fullmatch(key)}
    return [_without_times(each) for each in value] if isinstance(value, list) else value


def _digest(content: bytes | str) -> str:
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()


def _whole_lines(path: Path) -> None:
    """All but the last, which a kill may cut short."""
    for line in path.read_bytes().split(b"\n")[:-1]:
        json.loads(line)


def _whole_archive(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        if archive.testzip() is not None:
            raise ValueError(path)


def _whole_tensors(path: Path) -> None:
    from safetensors.numpy import load_file

    load_file(path)


def _whole_page(path: Path) -> None:
    if not path.read_bytes().rstrip().endswith(b"</html>"):
        raise ValueError(path)


_CHECKS: dict[str, Callable[[Path], object]] = {
    ".json": lambda path: json.loads(path.read_bytes()),
    ".jsonl": _whole_lines,
    ".toml": lambda path: tomllib.loads(path.read_text(encoding="utf-8")),
    ".npz": _whole_archive,
    ".zip": _whole_archive,
    ".safetensors": _whole_tensors,
    ".html": _whole_page,
}
