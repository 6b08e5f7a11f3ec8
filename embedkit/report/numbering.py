"""Numbers of Bokeh's models that are the same whenever a figure is drawn again.

Bokeh numbers its models through a process: p1001 in one rendering is p4711 in the next.
"""

import re
from collections.abc import Mapping
from typing import Any

_MODEL = re.compile(r"p\d+(?:-\d+)?")


def numbered(value: Any, prefix: str) -> Any:
    """A document of Bokeh's, JSON-ready, its models numbered in the order in which it names them.

    Args:
        prefix: what goes before the number: "p3-" gives p3-0, p3-1, …
    """
    return _numbered(value, prefix, {})


def _numbered(value: Any, prefix: str, numbers: dict[str, str]) -> Any:
    if isinstance(value, list | tuple):
        return [_numbered(each, prefix, numbers) for each in value]
    if not isinstance(value, Mapping):
        return value
    return {
        key: numbers.setdefault(each, f"{prefix}{len(numbers)}")
        if key in ("id", "root_id") and isinstance(each, str) and _MODEL.fullmatch(each)
        else _numbered(each, prefix, numbers)
        for key, each in value.items()
    }
