"""What the value of an option can be: one of a table's names, or a seed."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from embedkit.analysis.postprocessing import POSTPROCESSES
from embedkit.errors import UsageError

LARGEST_SEED = 2**32 - 1
"""What every generator takes that is seeded here."""


def one_of(names: Iterable[str]) -> Any:
    """The type of an option that is one of these names: help, completion and errors read them off a `Literal`."""
    return Literal[tuple(names)]


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
