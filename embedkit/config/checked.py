"""What every configuration has in common: it is checked when it is built, and can be read from a TOML table."""

from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal, TypeVar, get_args, get_origin, get_type_hints

from embedkit.config.bounds import Bound
from embedkit.errors import UsageError, unknown
from embedkit.hints import fits, in_words

_stored: ContextVar[bool] = ContextVar("stored", default=False)
"""Whether what is built was written down by a run."""


@dataclass(frozen=True)
class Checked:
    """Refuses a choice that is not in its list and a number out of bounds when a configuration is built.

    The choices are those of a field's `Literal`, the bounds stand in its type (see `bounds`) and hold in a subclass too
    that gives the field another default. What is None is not checked for bounds.

    Attributes:
        HANGING: options that were chosen for others, which are named: where the command line gives another of those
            than a file has, the file's value of the first is left out.
    """

    HANGING: ClassVar[Mapping[str, tuple[str, ...]]] = {}

    _choices: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    _bounds: ClassVar[Mapping[str, tuple[Bound, ...]]] = {}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        hints = get_type_hints(cls)
        cls._choices = {name: get_args(hint) for name, hint in hints.items() if get_origin(hint) is Literal}
        bounds = {name: tuple(_bounds_in(hint)) for name, hint in get_type_hints(cls, include_extras=True).items()}
        cls._bounds = {**cls._bounds, **{name: each for name, each in bounds.items() if each}}

    def __post_init__(self) -> None:
        for name, choices in self._choices.items():
            if getattr(self, name) not in choices:
                raise unknown(name.replace("_", " "), str(getattr(self, name)), choices)
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, float) and _stored.get():
                continue  # earlier versions took any fraction, and what was trained with it is trained
            for bound in self._bounds.get(field.name, ()):
                if value is not None and not bound.holds(self, field, value):
                    raise UsageError(f"--{field.name.replace('_', '-')} {value}: must be {bound.demand}")


def _bounds_in(hint: Any) -> Iterator[Bound]:
    """The bounds in a type: of `Annotated[int, bound]`, and of `Annotated[int, bound] | None`."""
    yield from (extra for extra in getattr(hint, "__metadata__", ()) if isinstance(extra, Bound))
    for part in get_args(hint):
        yield from _bounds_in(part)


Config = TypeVar("Config", bound=Checked)


def from_table(kind: type[Config], table: Mapping[str, Any], *, stored: bool = False) -> Config:
    """A configuration from a TOML table.

    Args:
        stored: a run was trained with it, perhaps by an earlier version: what that did not look at is taken as it is.

    Raises:
        UsageError: a key that the configuration does not have; the nearest is in the message. Or a value of another
            type.
    """
    hints = get_type_hints(kind)
    names = [field.name for field in fields(kind)]
    for key in table:
        if key not in names:
            raise unknown("option", key, names)
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
    for key, value in values.items():
        if not fits(value, hints[key]):
            raise UsageError(f"{key} is {table[key]!r}; it must be {in_words(hints[key])}")
    token = _stored.set(stored)
    try:
        return kind(**values)
    finally:
        _stored.reset(token)


def is_stored() -> bool:
    """Whether what is being built was written down by a run."""
    return _stored.get()
