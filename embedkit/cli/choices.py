"""Choices of an option that come from a table."""

from collections.abc import Iterable
from typing import Any, Literal


def one_of(names: Iterable[str]) -> Any:
    """The type of an option that is one of these names: help, completion and errors read them off a `Literal`."""
    return Literal[tuple(names)]
