"""Frozen dataclasses as JSON files, read back by their types."""

import json
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
    except (json.JSONDecodeError, UnicodeDecodeError, EmbedkitError) as error:
        raise RunError(f"{path}: damaged ({error}); make it again") from None
    except (cattrs.BaseValidationError, AttributeError, KeyError, TypeError, ValueError) as error:
        reasons = cattrs.transform_error(error)[:2] if isinstance(error, cattrs.BaseValidationError) else [str(error)]
        raise RunError(f"{path}: damaged or of another version ({'; '.join(reasons)}); make it again") from None
