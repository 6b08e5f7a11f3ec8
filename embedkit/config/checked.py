"""What every configuration has in common: it is checked when it is built, and can be read from a TOML table."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal, TypeVar, get_args, get_origin, get_type_hints

from embedkit.errors import UsageError, unknown


@dataclass(frozen=True)
class Checked:
    """Refuses a choice that is not in its list and a number outside its range when a configuration is built."""

    _AT_LEAST_ZERO: ClassVar[tuple[str, ...]] = ()
    _AT_LEAST_ONE: ClassVar[tuple[str, ...]] = ()
    _ABOVE_ZERO: ClassVar[tuple[str, ...]] = ()
    _SHARES: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        for name, hint in get_type_hints(type(self)).items():
            if get_origin(hint) is Literal and getattr(self, name) not in get_args(hint):
                raise unknown(name.replace("_", " "), str(getattr(self, name)), get_args(hint))
        for names, fits, what in (
            (self._AT_LEAST_ZERO, lambda value: value >= 0, "at least 0"),
            (self._AT_LEAST_ONE, lambda value: value >= 1, "at least 1"),
            (self._ABOVE_ZERO, lambda value: value > 0, "above zero"),
            (self._SHARES, lambda value: 0 <= value < 1, "at least 0 and below 1"),
        ):
            for name in names:
                value = getattr(self, name)
                if value is not None and not fits(value):
                    raise UsageError(f"--{name.replace('_', '-')} {value}: must be {what}")


Config = TypeVar("Config", bound=Checked)


def from_table(kind: type[Config], table: Mapping[str, Any]) -> Config:
    """A configuration from a TOML table.

    Raises:
        UsageError: a key that the configuration does not have; the nearest is said.
    """
    names = [field.name for field in fields(kind)]
    for key in table:
        if key not in names:
            raise unknown("option", key, names)
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
    return kind(**values)
