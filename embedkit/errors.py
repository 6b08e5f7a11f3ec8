"""Errors that a person reads. The command line prints them as one line; nothing else is caught there."""

from collections.abc import Iterable
from difflib import get_close_matches

from embedkit.addresses import masked


class EmbedkitError(Exception):
    """What is wrong, where (file, line), and what to do about it, in one line whatever it quotes, and without what is
    secret in an address. Exit code 1."""

    def __init__(self, message: str = "") -> None:
        super().__init__(masked(" ".join(line.strip() for line in message.splitlines())))


class EmbedkitWarning(UserWarning):
    """What a person should know of a piece of work that goes on. The command line prints it as one line."""


class UsageError(EmbedkitError):
    """The call itself is wrong: an unknown name, an option out of range. Exit code 2."""


class MissingPackageError(UsageError):
    """What was asked for takes an optional package that is not installed here."""


class SingleTextError(UsageError, ValueError):
    """A text where a sequence of texts is expected: it would be taken apart into its characters."""


class CorpusError(EmbedkitError):
    """A corpus is missing, damaged or not what its card says."""


class VocabularyError(EmbedkitError):
    """A vocabulary cannot be built, read, or does not fit what it is used with."""


class SpaceError(EmbedkitError):
    """An embedding space or embedding file is malformed."""


class RunError(EmbedkitError):
    """A run folder is missing or incomplete, or the run cannot do what is needed."""


class TrainingError(EmbedkitError):
    """Training cannot start or cannot go on."""


class ReportError(EmbedkitError):
    """A report cannot be built from what is at hand."""


def refuse_single_text(texts: object) -> None:
    """Raises:
    SingleTextError: this is a text, and not several.
    """
    if isinstance(texts, str | bytes):
        raise SingleTextError("a sequence of texts is expected, and this is a single text; put it in a list")


def unknown(kind: str, name: str, choices: Iterable[str], *, hint: str = "") -> UsageError:
    """The error for a name that is not in a table: names the nearest ones, else lists all.

    >>> str(unknown("cell", "ltsm", ["lstm", "gru"]))
    "unknown cell 'ltsm'; did you mean lstm?"
    """
    return UsageError(f"unknown {kind} {name!r}; {advice(name, choices)}" + (f" {hint}" if hint else ""))


def advice(name: str, choices: Iterable[str], *, near: int = 3, most: int | None = 12) -> str:
    """What to write instead of a name that is not among the choices: the `near` nearest ones, else the first `most`.

    >>> advice("frost", ["lstm", "gru"])
    'there are: lstm, gru'
    """
    choices = [choice for choice in choices if choice != name]
    if alike := get_close_matches(name, choices, n=near, cutoff=0.5):
        return did_you_mean(alike)
    if choices:
        return "there are: " + ", ".join(map(visible, choices[:most])) + (", …" if choices[:most] != choices else "")
    return "there are none yet"


def did_you_mean(alike: Iterable[str]) -> str:
    return f"did you mean {' or '.join(map(visible, alike))}?"


def visible(name: str) -> str:
    r"""A name in which no character hides: what cannot be seen stands as an escape, such as \u200b."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in name)
