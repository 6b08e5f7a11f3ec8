"""Frozen dataclasses as JSON files, read back by their types."""

from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from embedkit.errors import EmbedkitError, RunError
from embedkit.files import read_json, write_json

_T = TypeVar("_T")


def save_record(path: Path, record: Any) -> Path:
    """Write a dataclass of numbers, texts, tuples, mappings and other such dataclasses, whole or not at all."""
    write_json(path, asdict(record))
    return path


def load_record(path: Path, kind: type[_T]) -> _T:
    """Read what `save_record` wrote.

    Raises:
        RunError: the file is damaged, or of a version with other fields.
    """
    import cattrs

    converter = cattrs.Converter(forbid_extra_keys=True)
    try:
        return converter.structure(read_json(path), kind)
    except (cattrs.BaseValidationError, EmbedkitError, AttributeError, KeyError, TypeError, ValueError) as error:
        reasons = cattrs.transform_error(error)[:2] if isinstance(error, cattrs.BaseValidationError) else [str(error)]
        raise RunError(f"{path}: damaged or of another version ({'; '.join(reasons)}); make it again") from None
