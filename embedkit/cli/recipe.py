"""What `embedkit report` renders: by which recipe, about which runs."""

import shlex
from dataclasses import dataclass, replace
from pathlib import Path

from embedkit.cli.opening import home
from embedkit.errors import RunError, UsageError, unknown
from embedkit.files import require_file
from embedkit.numerals import with_article
from embedkit.report.compose import recipe_of, recipe_report, report_options
from embedkit.report.embedded_columns import check_tooltip
from embedkit.report.embedded_network import MEGABYTES
from embedkit.report.material import Material, encodes
from embedkit.report.page import Report
from embedkit.report.recipes import Recipe, Style, installed_recipes, load_recipe, read_recipe
from embedkit.report.sections.spec import section_specs
from embedkit.runs.folder import Run, list_runs, open_run, runs_folder
from embedkit.spaces.reading import AS_IT_IS, Reading
from embedkit.spaces.source import embedding_source, refuse_missing_file
from embedkit.tasks import all_tasks, kinds

_NO_RECIPE = Recipe("", ())
"""Where none is named: it names no runs either."""


@dataclass(frozen=True)
class ReportRequest:
    """A report that somebody asked for, with all that it needs to be rendered.

    Attributes:
        command: what to type to get it again.
        name: of the file that is rendered, without its suffix.
    """

    recipe: Recipe
    material: Material
    command: str
    name: str

    def report(self) -> Report:
        return recipe_report(self.recipe, self.material, self.command)


def report_request(
    first: str | None,
    second: str | None,
    baseline: str | None,
    phrases: str | None,
    reading: Reading = AS_IT_IS,
    tooltip: tuple[str, ...] = (),
    network_megabytes: float = MEGABYTES,
    style: Style = "full",
) -> ReportRequest:
    """The recipe and the runs that the two words and the options of `embedkit report` name.

    Args:
        tooltip: columns that stand with a point of a map at once, before those that a recipe names.
        network_megabytes: what a network may take in the page.
        style: "brief" for the first page alone.

    Raises:
        UsageError: there is no such recipe or run, a run is of another kind, or the options do not go with it.
        ReportError: the recipe is wrong, or the run's spaces have no such column.
    """
    recipe = _recipe_of(first, alone=second is None)
    if recipe is None and second is not None:
        raise unknown("recipe", str(first), installed_recipes(), hint="(or the path of a .toml)")
    source = second if recipe else first
    run, newest = _run_and_newest(recipe, source, str(first), reading)
    material = _material(recipe or _NO_RECIPE, run, newest, baseline, phrases)
    material = replace(material, tooltip=tooltip or material.tooltip, network_megabytes=network_megabytes, style=style)
    # Before anything is made; of a copy, which keeps none of the spaces as they are now.
    if material.tooltip and (spaces := replace(material).spaces):
        check_tooltip(material.tooltip, list(spaces.values()))
    options = report_options(tooltip, network_megabytes, style)
    if recipe is None:
        own = load_recipe(recipe_of(run), section_specs())
        return ReportRequest(own, material, _command("", run.name, baseline, phrases) + options, run.name)
    recipe_names_run = not source and bool(newest or recipe.run or recipe.runs)
    command = _command(str(first), "" if recipe_names_run else run.name, baseline, phrases) + options
    several = newest or (recipe.runs and not source)
    return ReportRequest(recipe, material, command, recipe.name if several else f"{recipe.name}-{run.name}")


def _recipe_of(word: str | None, *, alone: bool) -> Recipe | None:
    """The recipe that the first word names; None where it names a run or a file."""
    if word is None:
        return None
    if word.endswith(".toml"):
        require_file(word)
        return read_recipe(Path(word), section_specs())
    if alone and (Path(word).exists() or (runs_folder() / word / "config.toml").is_file()):
        return None
    return load_recipe(word, section_specs()) if word in installed_recipes() else None


def _run_and_newest(
    recipe: Recipe | None, source: str | None, word: str, reading: Reading
) -> tuple[Run, tuple[Run, ...]]:
    """The run that a report is about, and the newest of each kind that its sections ask for where none is named.

    Args:
        source: the run or file that was named.
        word: how the recipe was named.
        reading: how a file is read.
    """
    if reading != AS_IT_IS and not source:
        option = next(iter(reading.to_json()))
        raise UsageError(f"--{option} is about how a file is read; name the file")
    if source:
        return _run_named(source, reading=reading), ()
    if recipe is None:
        return open_run(), ()
    newest = () if recipe.run else _newest(recipe, word)
    own = recipe.run or next(iter(recipe.runs), "")
    if own:
        return _run_named(own, recipe.folder), newest
    matching = [task.kind for task in all_tasks() if recipe.name in task.newest_in]
    return (newest[0] if newest else open_run(kinds=matching)), newest


def _newest(recipe: Recipe, word: str) -> tuple[Run, ...]:
    """The newest finished run of each kind that the recipe's sections ask for; none where they ask for no kind."""
    newest = {_subject(run): run for run in list_runs() if run.finished and _subject(run) in recipe.kinds}
    if recipe.kinds and not (newest or recipe.runs):
        names = ", ".join(recipe.kinds)
        raise UsageError(f"{word}: no finished run in {runs_folder()}/ is of a kind that it shows ({names})")
    return tuple(newest[kind] for kind in recipe.kinds if kind in newest)


def _subject(run: Run) -> str:
    """What a run is about; "" of one that cannot be read."""
    try:
        return run.subject
    except RunError:
        return ""


def _material(recipe: Recipe, run: Run, newest: tuple[Run, ...], baseline: str | None, phrases: str | None) -> Material:
    """All runs that a report shows: what the options name goes before what the recipe names."""
    beside = () if baseline else tuple(_run_named(name, recipe.folder) for name in recipe.beside)
    named = tuple((name, _run_named(name, recipe.folder)) for name in recipe.runs)
    if (baseline or phrases) and not run.task.report_beside:
        nouns = " or ".join(task.noun for task in all_tasks() if task.report_beside)
        raise UsageError(f"run {run.name} is {with_article(run.kind)} run; --baseline and --phrases go with {nouns}")
    if baseline:
        beside = (open_run(baseline, kinds=kinds("baseline")),)
    encoder = run if encodes(run) else None
    if phrases:
        encoder = _run_named(phrases, kinds=kinds("encoder"))
    elif recipe.phrases:
        encoder = _run_named(recipe.phrases, recipe.folder, kinds("encoder"))
    return Material(run, beside, encoder, others=newest, named=named, tooltip=recipe.tooltip)


def _command(recipe: str, run: str, baseline: str | None, phrases: str | None) -> str:
    """What to type for a report; what is empty is left out."""
    words = ["embedkit report", *(shlex.quote(word) for word in (recipe, run) if word)]
    words += [f"--baseline {shlex.quote(baseline)}"] if baseline else []
    words += [f"--phrases {shlex.quote(phrases)}"] if phrases else []
    return " ".join(words)


def _run_named(source: str, folder: Path = Path(), kinds: tuple[str, ...] = (), reading: Reading = AS_IT_IS) -> Run:
    """What a name stands for: a file, which is read into a run of its own, a run's folder, or a run by its name.

    Args:
        folder: what a path is relative to.
        kinds: of run that are accepted; all if empty.
    """
    path = folder / source
    if embedding_source(path) is not None:
        return home(str(path), reading)[0]
    if reading != AS_IT_IS:
        return home(source, reading)[0]  # which says that it is no file
    at_path = folder != Path() and (path / "config.toml").is_file()
    try:
        return open_run(str(path) if at_path else source, kinds=kinds)
    except UsageError:
        refuse_missing_file(str(path))
        raise
