"""The page that has every command with its options, as `--help` prints them: made of the commands themselves."""

import io
from collections.abc import Iterator

from cyclopts import App
from rich.console import Console

from embedkit.cli.app import app

WIDTH = 88
"""Characters of a line."""
INTRODUCTION = """\
# Commands

What `--help` prints of each command, made of the commands themselves when this site is built. Defaults that a preset
has are those of the call without options; `train speech` has those of espeak-ng's digits where that is installed.
"""


def text() -> str:
    """The page in Markdown."""
    return "\n".join((INTRODUCTION, *(_section(names) for names in names_of(app))))


def names_of(group: App, names: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """What is typed for each command after the program's name, ("train", "lm"): a group, then its commands."""
    yield names
    for name in group:
        if not name.startswith("-"):
            yield from names_of(group[name], (*names, name))


def _section(names: tuple[str, ...]) -> str:
    printed = io.StringIO()
    app.help_print(names, console=Console(file=printed, width=WIDTH, color_system=None))
    lines = "\n".join(line.rstrip() for line in printed.getvalue().strip().splitlines())
    return f"## {' '.join(('embedkit', *names))}\n\n```text\n{lines}\n```\n"
