"""What a person types for a space, opened: a file is read with a bar of progress, and said to be kept."""

from typing import TYPE_CHECKING, Annotated

from cyclopts import Group, Parameter

from embedkit.cli.progress import Steps
from embedkit.errors import UsageError
from embedkit.numerals import plural
from embedkit.spaces.reading import AS_IT_IS, Reading, options_of

if TYPE_CHECKING:
    from embedkit.runs.folder import Run
    from embedkit.spaces.space import EmbeddingSpace

HowRead = Annotated[Reading, Parameter(name="*", group=Group("How a file is read", sort_key=5))]
"""The options of a command that takes an embedding file."""


def opened(source: str | None, reading: Reading = AS_IT_IS) -> "EmbeddingSpace":
    """The space that a person named; None for the newest run of words.

    Raises:
        UsageError, RunError, SpaceError: as `open_space`.
    """
    from embedkit.spaces.open import open_space

    return open_space(source, steps=Steps(), **options_of(reading))


def of_words(space: "EmbeddingSpace", what: str) -> "EmbeddingSpace":
    """The space, whose points are words.

    Raises:
        UsageError: they are something else, of which nobody asks `what`, such as "analogies".
    """
    if space.of_words:
        return space
    points = plural(space.noun, 2)
    raise UsageError(f"{space.name} contains {points}, and {what} are about words; if they are words, add --noun word")


def home(source: str | None, reading: Reading = AS_IT_IS) -> "tuple[Run, str]":
    """The run that keeps what is found out about that space, and its name there.

    Raises:
        UsageError, RunError, SpaceError: as `open_space`.
    """
    from embedkit.spaces.open import home_of

    return home_of(source, steps=Steps(), **options_of(reading))
