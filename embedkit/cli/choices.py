"""What the value of an option can be: one of a table's names, a whole number, or a seed."""

import types
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from cyclopts import UNSET, App, Parameter, Token
from cyclopts.argument import ArgumentCollection

from embedkit.analysis.postprocessing import POSTPROCESSES
from embedkit.errors import UsageError

LARGEST_SEED = 2**32 - 1
"""What every generator takes that is seeded here."""


def one_of(names: Iterable[str]) -> Any:
    """The type of an option that is one of these names: help, completion and errors read them off a `Literal`."""
    return Literal[tuple(names)]


def whole_numbers(app: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
    """Before any command: cyclopts would round what is given for an option that takes whole numbers.

    Raises:
        UsageError: a fraction is given, on the command line or in a file, which is named.
    """
    for argument in arguments:
        if _is_whole(argument.hint):
            for token in argument.tokens:
                _refuse_fraction(argument.name, token)


def _is_whole(hint: Any) -> bool:
    """Whether a type is of whole numbers: `int`, `int | None`, `tuple[int, ...]`."""
    parts = [part for part in get_args(hint) if part not in (type(None), Ellipsis)]
    if get_origin(hint) in (Union, types.UnionType, Annotated, tuple, list):
        return all(map(_is_whole, parts[:1] if get_origin(hint) is Annotated else parts))
    return hint is int


def _refuse_fraction(name: str, token: Token) -> None:
    value = token.value if token.implicit_value is UNSET else token.implicit_value
    try:
        is_fraction = not isinstance(value, bool) and not float(value).is_integer()
    except (TypeError, ValueError, OverflowError):
        return  # it is no number at all, which cyclopts says, or one of too many digits
    if is_fraction:
        option = str(token.keyword).strip("[]")  # cyclopts has the keys of a file in brackets
        where = f"{name} {value}" if token.source == "cli" else f"{token.source}: {option} = {value}"
        raise UsageError(f"{where}: must be a whole number")


def _check_seed(_kind: Any, seed: int | None) -> None:
    """Raises:
    UsageError: it is none.
    """
    if seed is not None and not 0 <= seed <= LARGEST_SEED:
        raise UsageError(f"--seed {seed}: must be from 0 to {LARGEST_SEED:,}")


Seed = Annotated[int, Parameter(validator=_check_seed)]
"""The type of --seed."""

if TYPE_CHECKING:
    Postprocess = str
else:
    Postprocess = one_of(POSTPROCESSES)
