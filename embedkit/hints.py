"""Whether a value that was read from outside is of the type that an annotation states, and that type in words; and a
dataclass of such values."""

import types
from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Annotated, Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

_T = TypeVar("_T")

_LARGEST = 2**63  # beyond it no library that counts takes a number
_WORDS = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}


def fits(value: Any, hint: Any) -> bool:
    """Whether a value is of a type: texts, numbers, lists as tuples, tables of them, choices and None."""
    origin, parts = get_origin(hint), get_args(hint)
    if hint is Any:
        return True
    if origin is Annotated:
        return fits(value, parts[0])
    if origin in (Union, types.UnionType):
        return any(fits(value, part) for part in parts)
    if origin is Literal:
        return isinstance(value, str)  # which one is asked elsewhere
    if origin is tuple:
        kinds = [parts[0]] * len(value) if isinstance(value, tuple) and parts[1:] == (...,) else parts
        return isinstance(value, tuple) and len(value) == len(kinds) and all(map(fits, value, kinds))
    if origin is Mapping:
        return isinstance(value, Mapping) and all(fits(k, parts[0]) and fits(v, parts[1]) for k, v in value.items())
    if isinstance(value, bool):
        return hint is bool
    if isinstance(value, int) and abs(value) >= _LARGEST:
        return False
    return isinstance(value, (int, float) if hint is float else hint)


def record_of(kind: type[_T], values: Mapping[str, Any]) -> _T:
    """A dataclass of values that were read from outside.

    Raises:
        ValueError: a field is not there or of another type, or there is no such field.
    """
    hints = get_type_hints(kind)
    needed = {each.name for each in fields(cast(Any, kind)) if each.default is MISSING}
    for name in (*sorted(needed - values.keys()), *values):
        if name not in values or name not in hints or not fits(values[name], hints[name]):
            raise ValueError(f"{name} is {repr(values[name]) if name in values else 'missing'}")
        if get_origin(hints[name]) is Literal and values[name] not in get_args(hints[name]):
            raise ValueError(f"{name} is {values[name]!r}; it must be {in_words(hints[name])}")
    return kind(**values)


def in_words(hint: Any) -> str:
    """A type as a person who writes TOML calls it.

    >>> in_words(Mapping[str, int])
    'a table, each value of it a whole number'
    >>> in_words(tuple[str, ...] | None)
    'a list, each of it a text'
    """
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return in_words(parts[0])
    if origin in (Union, types.UnionType):
        return " or ".join(in_words(part) for part in parts if part is not type(None))
    if origin is Literal:
        return "one of " + ", ".join(map(str, parts))
    if origin is tuple:
        return f"a list, each of it {in_words(parts[0])}"
    if origin is Mapping:
        return f"a table, each value of it {in_words(parts[1])}"
    return _WORDS.get(hint, str(hint))
