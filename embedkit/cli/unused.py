"""Options that a call does not look at: they are refused, and not ignored."""

from embedkit.errors import UsageError
from embedkit.numerals import listed


def refuse_unused(what: str, **options: object) -> None:
    """
    Args:
        what: the options go with, such as "a question set, and words are given".
        options: by their parameters' names; what was not given is None, or False of a flag.

    Raises:
        UsageError: one of them was given.
    """
    flags = [flag_of(name) for name, value in options.items() if value is not None and value is not False]
    if flags:
        go, them = ("goes", "it") if len(flags) == 1 else ("go", "them")
        raise UsageError(f"{listed(flags)} {go} with {what}; leave {them} out")


def flag_of(name: str) -> str:
    """A parameter's name as the command line has it.

    >>> flag_of("top_k"), flag_of("k")
    ('--top-k', '-k')
    """
    return f"-{name}" if len(name) == 1 else f"--{name.replace('_', '-')}"
