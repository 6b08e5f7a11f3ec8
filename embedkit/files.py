"""Files are written whole or not at all: a temporary file beside the target, then a rename."""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

_BLOCK = 1 << 20


@contextmanager
def whole_file(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path in the target's folder; on success it is renamed to `path`, on any error removed.

    The temporary name keeps the target's suffix, so that writers which look at it behave.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{uuid4().hex[:8]}-{path.name}")
    try:
        yield temporary
        # Flush to the disk before the rename, so that a power cut leaves the old file or the new one.
        with open(temporary, "rb") as handle:
            os.fsync(handle.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


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
    with whole_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: str | Path, value: Any) -> None:
    """Write JSON, whole or not at all. NaN is refused: it is not JSON."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def read_json(path: str | Path) -> Any:
    return json.loads(Path(path).read_text(encoding="utf-8"))


_PACKED = {"corpora": "corpora/cards", "reports": "report/recipes"}


def shipped(folder: str) -> Path:
    """The checkout's top-level folder `corpora` or `reports`; in an installed package, where the wheel packs it."""
    package = Path(__file__).resolve().parent
    packed = package / _PACKED[folder]
    return packed if packed.is_dir() else package.parent / folder
