"""Whether the data blocks of two pages are the same but for what another processor rounds otherwise."""

import base64
import json
import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from embedkit.report.digests import canonical_data
from embedkit.report.markup import json_text

_DIGITS = 1e-12
"""By which numbers of a figure may be off, relatively: two ways to one interval round in other places."""
_COSINE = 1e-5  # by which cosines of a space in the page may be off where another processor computed them


_AXES = 1e-5  # by which the axes may be off that place what is typed on a map: they are found by least squares
_NETWORK = re.compile(r"network-\d+")


def nearly(name: str, one: str, other: str) -> bool:
    """Whether two data blocks of one name hold the same vectors, cosines or figures but for rounding.

    Args:
        one, other: JSON.
    """
    if name.startswith("figure-"):
        return _near_values(canonical_data(name, one), canonical_data(name, other))
    first, second = json.loads(one), json.loads(other)
    if _NETWORK.fullmatch(name):
        return _near_values(first, second, _AXES)
    try:
        if name.startswith("vectors-"):
            rows, others = (_unpacked(each, "<i2").astype(int) for each in (first, second))
            return rows.shape == others.shape and bool((np.abs(rows - others) <= 1).all())
        return name == "spaces" and len(first) == len(second) and all(map(_near_space, first, second))
    except (KeyError, TypeError, ValueError):
        return False


def _unpacked(text: str, kind: str) -> np.ndarray:
    """The numbers of a text in base64 as `report.packing.packed` writes them: of no other character than a page has.

    Raises:
        ValueError: it is written otherwise.
    """
    data = base64.b64decode(text, validate=True)
    if base64.b64encode(data).decode("ascii") != text:
        raise ValueError("base64 that ends in other bits than are read")
    return np.frombuffer(data, kind)


def _near_values(one: Any, other: Any, digits: float = _DIGITS) -> bool:
    """Whether two values of JSON differ in the last digits of their numbers at most."""
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=digits, abs_tol=0 if digits == _DIGITS else digits)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_near_values(one[key], other[key], digits) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(_near_values(*pair, digits) for pair in zip(one, other, strict=True))
    return type(one) is type(other) and one == other


def _near_space(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    # As text: to Python 1, 1.0 and true are equal.
    if json_text({**one, "cosines": ""}) != json_text({**other, "cosines": ""}):
        return False
    first, second = (_unpacked(each["cosines"], "<f4") for each in (one, other))
    return first.shape == second.shape and bool(np.allclose(first, second, rtol=0, atol=_COSINE))
