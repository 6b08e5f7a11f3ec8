"""What one look of a verification comes to, and the errors that altered artefacts turn up as."""

from dataclasses import dataclass

from embedkit.errors import EmbedkitError

UNPROVEN = "not proven"
"""The verdict on a page that only another version of what rendered it could render again."""


@dataclass(frozen=True)
class Check:
    """One thing that was looked at: `verdict` is MATCH, DIFFERS, UNCHECKED or UNPROVEN, `why` what was found.

    `kind` says what it is one of, such as "scores"; empty where it stands for itself.
    """

    step: str
    what: str
    verdict: str
    why: str = ""
    kind: str = ""


DAMAGE = (EmbedkitError, ArithmeticError, AttributeError, LookupError, OSError, TypeError, ValueError)
"""What comes of artefacts that somebody altered: a byte can turn up as any of these."""


def error_line(error: BaseException) -> str:
    """An error in a line; one that was not meant for readers with its kind."""
    return str(error) if isinstance(error, EmbedkitError) else f"{type(error).__name__}: {error}"
