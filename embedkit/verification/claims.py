"""What a page says of itself and no artefact can give: the versions that rendered it, its command and its recipe.

None of it is believed. A page that other versions rendered is not proven here, and a command has to be one that makes
such a page: of the kit's commands, with the page's own runs, recipe and options.
"""

import shlex
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import version
from typing import Any

import embedkit
from embedkit.report.lineage import VERSION, Lineage
from embedkit.studies.verdicts import DIFFERS, UNCHECKED
from embedkit.tasks import all_tasks
from embedkit.verification.checks import Check

_WORDS = ("embedkit", "report", "analogy", "compare", "trace", "TEXT", "FILE", "probe", "evaluate")
_OPTIONS = (
    *("--baseline", "--phrases", "--tooltip", "--space", "--questions", "--floor", "--over-training", "--run"),
    *("--name", "--evaluate", "--series", "--network-megabytes", "--style"),
)


def claims(lineage: Lineage) -> Iterator[Check]:
    """What can be said of a page's words about itself."""
    if not _renders(lineage):
        yield Check("page", lineage.command, DIFFERS, "the command that the page gives renders no such page")
    if lineage.recipe_text:
        why = "the page brings its recipe along: title, headings and captions are those of whoever wrote it"
        yield Check("page", f"the recipe {lineage.recipe}", UNCHECKED, why)


def other_renderer(lineage: Lineage) -> str:
    """Why a page cannot be rendered again here as it was, in words; "" where it can."""
    if lineage.version < VERSION:
        return (
            f"embedkit {lineage.embedkit} rendered it, before pages came out again to the byte: its figures, tables "
            "and texts are checked each, what stands between them is not; render it again"
        )
    stated = {"embedkit": lineage.embedkit, "bokeh": lineage.bokeh}
    here = {"embedkit": embedkit.__version__, "bokeh": version("bokeh")}
    others = [f"{name} {stated[name]}, and this is {here[name]}" for name in here if stated[name] != here[name]]
    if not others:
        return ""
    return (
        f"it says that it was rendered by {'; by '.join(others)}: only those versions can tell whether it was altered; "
        "verify it with them, or render it again"
    )


def _renders(lineage: Lineage) -> bool:
    try:
        words = shlex.split(lineage.command)
    except ValueError:
        return False
    if words[:1] != ["embedkit"] or shlex.join(words) != lineage.command:
        return False
    own = {*_texts(lineage.arguments), *(run.name for run in lineage.runs), lineage.recipe}
    commands = {command.name for task in all_tasks() for command in (task.command, *task.commands) if command}
    known = {*_WORDS, *_OPTIONS, *commands, *own}
    path = f"{lineage.recipe}.toml"
    # Several spaces of one period stand between commas.
    known |= {word for word in words if set(word.split(",")) <= known}
    return all(word in known or (lineage.recipe_text and word.replace("\\", "/").endswith(path)) for word in words)


def _texts(value: Any) -> Iterable[str]:
    """The values of a material as they stand in a command: each text and number, and texts with commas between."""
    if isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list | tuple):
        yield ",".join(str(each) for each in value)
        for each in value:
            yield from _texts(each)
    elif isinstance(value, str | int | float):
        yield f"{value:g}" if isinstance(value, float) else str(value)
