"""What a page says of itself and no artefact can give: the versions that rendered it, its command and its recipe.

None of it is believed. A page that other versions rendered is not proven here, and a command has to be one that makes
such a page: the whole line follows from the page's arguments.
"""

import shlex
from collections.abc import Iterator, Sequence
from contextlib import suppress
from importlib.metadata import version
from itertools import pairwise, product

import embedkit
from embedkit.errors import EmbedkitError
from embedkit.report.compose import COMMANDS, report_options
from embedkit.report.lineage import VERSION, Lineage
from embedkit.report.material import Material
from embedkit.report.origins import restore_material
from embedkit.report.recipes import stated_recipe
from embedkit.report.sections.spec import section_specs
from embedkit.runs.folder import runs_folder
from embedkit.studies.verdicts import DIFFERS, UNCHECKED
from embedkit.tasks import all_tasks, run_kinds
from embedkit.verification.checks import Check


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
    """Whether the page's command is one that its arguments give; so too where those cannot be read, which is told of
    the page itself."""
    try:
        words = shlex.split(lineage.command)
        expected = set(_commands(lineage))
    except EmbedkitError:
        return True
    except ValueError:  # quotation marks that do not close
        return False
    return shlex.join(words) == lineage.command and shlex.join(_named(words, lineage)) in expected


def _named(words: Sequence[str], lineage: Lineage) -> Iterator[str]:
    """The words of a command, in which a path of a run is its name, and that of a recipe the recipe's."""
    for before, word in pairwise(("", *words)):
        path = word.replace("\\", "/")
        if before in ("--baseline", "--phrases") and "/" in path:
            yield path.rstrip("/").rpartition("/")[2]
        elif lineage.recipe_text and (path == f"{lineage.recipe}.toml" or path.endswith(f"/{lineage.recipe}.toml")):
            yield lineage.recipe
        else:
            yield word


def _commands(lineage: Lineage) -> Iterator[str]:
    """Every command that renders a page of this recipe and these arguments.

    Raises:
        EmbedkitError: the arguments or the recipe are damaged, or of another version.
    """
    material = restore_material(lineage.arguments, Material, runs_folder(), lineage.recipe)
    recipe = stated_recipe(lineage.recipe, lineage.recipe_text, section_specs())
    if not lineage.recipe_text and lineage.recipe in COMMANDS:
        with suppress(EmbedkitError, ValueError):  # `report` may render such a page too, of other arguments
            yield COMMANDS[lineage.recipe](material)
    run = material.run.name
    for command in (command for task in all_tasks() if task.recipe == lineage.recipe for command in task.commands):
        yield shlex.join(["embedkit", command.name, "--evaluate", "--run", run])
    heads = [[lineage.recipe, run]]
    if not lineage.recipe_text and any(kind.recipe == lineage.recipe for kind in run_kinds()):
        heads.append([run])
    if material.others or recipe.run or recipe.runs:
        heads.append([lineage.recipe])
    beside, encoder = material.beside, material.encoder
    baselines = [["--baseline", beside[0].name]] if len(beside) == 1 else []
    baselines += [[]] if not beside or recipe.beside else []
    phrases = [["--phrases", encoder.name]] if encoder is not None else []
    phrases += [[]] if encoder in (None, material.run) or recipe.phrases else []
    tooltips = {material.tooltip, *([()] if material.tooltip == recipe.tooltip else [])}
    for head, baseline, phrase, tooltip in product(heads, baselines, phrases, tooltips):
        words = shlex.join(["embedkit", "report", *head, *baseline, *phrase])
        yield words + report_options(tooltip, material.network_megabytes, material.style)
