"""Reports from what is stored with a run: a recipe says which sections, in which order."""

import shlex
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from embedkit.analysis.comparison.series import Series
from embedkit.analysis.comparison.shifts import FLOOR
from embedkit.analysis.comparison.stored import SERIES
from embedkit.config import RESTRICT
from embedkit.errors import ReportError, refuse_single_text
from embedkit.numerals import listed, lower_first, plural, upper_first, with_article
from embedkit.report import summaries
from embedkit.report.embedded import EmbeddedSpace
from embedkit.report.embedded_network import MEGABYTES
from embedkit.report.findings import Finding, findings_of, not_beyond, of_standing, strongest
from embedkit.report.headlines import headline_box
from embedkit.report.lineage import Lineage
from embedkit.report.material import Material, material_of
from embedkit.report.origins import trace_lineage
from embedkit.report.page import Report, Section
from embedkit.report.parts import Brief
from embedkit.report.provenance import chain, rebuild
from embedkit.report.recipes import Recipe, SectionRecipe, Style, load_recipe
from embedkit.report.sections.spec import section_specs
from embedkit.runs.folder import Run, resume_command
from embedkit.tasks import kinds, run_kinds


def run_report(
    run: Run,
    baseline: Run | None = None,
    encoder: Run | None = None,
    *,
    tooltip: Sequence[str] = (),
    network_megabytes: float | None = None,
    style: Style = "full",
) -> Report:
    """All about a run of any kind.

    Args:
        baseline: a run of word vectors that its spaces are shown next to; with a kind whose report shows others alone.
        encoder: a run whose phrases are shown too; the same.
        tooltip: the space's own columns that stand with a point of a map at once; by default the first short ones.
        network_megabytes: what its network may take in the page, by default `MEGABYTES`; 0 leaves it out.
        style: "brief" for the first page alone.

    Raises:
        ReportError: there is no report about its kind, or it shows no other run; it has not finished, the recipe is
            wrong, or there is no such column.
        RunError, SpaceError: something stored with the run is damaged.
    """
    network_megabytes = MEGABYTES if network_megabytes is None else network_megabytes
    options = report_options(tooltip, network_megabytes, style)
    if baseline is None and encoder is None:
        recipe = recipe_of(run)
        material = material_of(run)
        material = replace(material, tooltip=tuple(tooltip), network_megabytes=network_megabytes, style=style)
        return compose(recipe, material, f"{_typed('report', run.name)}{options}")
    if not run.task.report_beside:
        raise ReportError(
            f"{run.path} is {with_article(run.kind)} run; its report shows no baseline and no phrases of other runs"
        )
    beside = () if baseline is None else (baseline,)
    with_baseline = () if baseline is None else ("--baseline", baseline.name)
    with_phrases = () if encoder is None else ("--phrases", encoder.name)
    command = _typed("report", run.name, *with_baseline, *with_phrases) + options
    material = Material(run, beside, encoder, tooltip=tuple(tooltip), network_megabytes=network_megabytes, style=style)
    return compose(recipe_of(run), material, command)


def _typed(*words: str) -> str:
    """A command of the kit as a person types it."""
    return shlex.join(["embedkit", *words])


def report_options(tooltip: Sequence[str], network_megabytes: float, style: Style = "full") -> str:
    """The options of a page as a person types them, each after a blank; "" where they are the defaults."""
    refuse_single_text(tooltip)
    columns = f" --tooltip {shlex.quote(','.join(tooltip))}" if tooltip else ""
    network = "" if network_megabytes == MEGABYTES else f" --network-megabytes {network_megabytes:g}"
    return columns + network + ("" if style == "full" else f" --style {style}")


def recipe_of(run: Run) -> str:
    """The name of the recipe of the report about a run.

    Raises:
        ReportError: there is no report about its kind.
    """
    kind = run.subject
    recipe = next((each.recipe for each in run_kinds() if each.kind == kind), "")
    if not recipe:
        described = ", ".join(kinds("recipe"))
        raise ReportError(f"{run.path} is {with_article(kind)} run, of which there is no report; kinds are {described}")
    return recipe


def analogy_report(run: Run, *beside: Run, keys: Sequence[str] = (), questions: str = "") -> Report:
    """How the spaces of runs of any kind with saved score sheets answer analogies.

    Args:
        beside: runs whose spaces stand beside those of the first.
        keys: the only spaces that are shown, as "RUN/SPACE"; by default all.
        questions: the only question set whose scores are shown; by default all.

    Raises:
        ReportError: the run has not finished, has no score sheet, or the recipe is wrong.
        RunError, SpaceError: something stored with a run is damaged.
    """
    for scored in (run, *beside):
        if not scored.artefacts("analogies", ".json"):
            raise ReportError(f"{scored.path} has no score sheet; make one with `embedkit analogy`")
    material = Material(run, beside, keys=tuple(keys), questions=questions)
    return compose("analogy", material, _analogy_command(material))


def _analogy_command(material: Material) -> str:
    spaces = material.keys or [each.name for each in (material.run, *material.beside)]
    words = [word for space in spaces for word in ("--space", space)]
    return _typed("analogy", *words, *(("--questions", material.questions) if material.questions else ()))


def comparison_report(run: Run, which: str, other: Run, other_which: str, *, floor: int = FLOOR) -> Report:
    """Two spaces side by side, from what `save_comparison` kept with the run of the first.

    Args:
        floor: words that stand less often in a training text are left out of the tables of moved words.

    Raises:
        ReportError: a run has not finished, a space has changed since it was compared, or the recipe is wrong.
        UsageError: the two were not compared.
        RunError, SpaceError: something stored with a run is damaged.
    """
    beside = () if other == run else (other,)
    keys = (f"{run.name}/{which}", f"{other.name}/{other_which}")
    material = Material(run, beside, keys=keys, floor=floor)
    return compose("compare", material, _compare_command(material))


def _compare_command(material: Material) -> str:
    below = () if material.floor in (None, FLOOR) else ("--floor", str(material.floor))
    return _typed("compare", *material.keys, *below)


def over_training_report(run: Run) -> Report:
    """A run over its training, from what `save_over_training` kept with it.

    Raises:
        ReportError: the run has not finished, or the recipe is wrong.
        RunError: what is kept is damaged.
    """
    return compose("over-training", Material(run), _over_training_command(Material(run)))


def _over_training_command(material: Material) -> str:
    return _typed("compare", material.run.name, "--over-training")


def series_report(runs: Sequence[Run], name: str) -> Report:
    """Spaces of several periods or checkpoints on one alignment, from what is kept with the run of the first.

    Args:
        runs: those that the spaces are from, the first of which keeps the series of this name.

    Raises:
        ReportError: a run has not finished, or the recipe is wrong.
        UsageError: there is no such series.
        RunError: what is kept is damaged.
    """
    run, *beside = runs
    series = SERIES.load(run, name)
    keys = tuple(key for period in series.periods for key in period.spaces)
    if any("@" in key for key in keys):  # snapshots
        keys = ()
    material = Material(run, tuple(beside), keys=keys, series=(name, *_series_options(series)))
    return compose("series", material, _series_command(material))


def _series_command(material: Material) -> str:
    series = SERIES.load(material.run, material.series[0])
    sources = [",".join(period.spaces) for period in series.periods]
    if not material.keys:  # snapshots
        sources = [",".join(each.name for each in material.runs)]
    return _typed("compare", *sources, "--series", *_series_options(series))


def _series_options(series: Series) -> tuple[str, ...]:
    """Those that a series was made with, as they are typed."""
    return (
        *(() if series.restrict == RESTRICT else ("--restrict", str(series.restrict or 0))),
        *(() if series.floor == FLOOR else ("--floor", str(series.floor))),
        *(("--words", ",".join(path.word for path in series.asked)) if series.asked else ()),
    )


def cell_report(run: Run, *, trace: str = "") -> Report:
    """What goes on inside a run's recurrent cell: its traces and its probes.

    Args:
        trace: the only trace that is shown; by default all.

    Raises:
        ReportError: the run has not finished, or the recipe is wrong.
        UsageError: there is no such trace.
        RunError, SpaceError: something stored with the run is damaged.
    """
    return compose("cell", Material(run, trace=trace), _cell_command(Material(run, trace=trace)))


def _cell_command(material: Material) -> str:
    named = ("--name", material.trace) if material.trace else ()
    typed = "FILE" if material.run.task.tracer else "TEXT"
    return _typed(*(("trace", typed) if material.trace else ("probe",)), "--run", material.run.name, *named)


COMMANDS: Mapping[str, Callable[[Material], str]] = {
    "analogy": _analogy_command,
    "compare": _compare_command,
    "over-training": _over_training_command,
    "series": _series_command,
    "cell": _cell_command,
}
"""What a person types for a page that another command than `report` renders, by the recipe."""


def compose(recipe_name: str, material: Material, command: str) -> Report:
    """The report of a recipe that comes with the kit or a task. Raises as `recipe_report`."""
    return recipe_report(load_recipe(recipe_name, section_specs()), material, command)


def recipe_report(recipe: Recipe, material: Material, command: str, lineage: Lineage | None = None) -> Report:
    """The report of a recipe, from what is stored; the same whenever that is the same.

    Args:
        lineage: what the page says that it was made from; by default what `lineage_of` gives.

    Raises:
        ReportError: the run has not finished, or the recipe is wrong.
        RunError, SpaceError: something stored with a run is damaged.
    """
    run = material.run
    for source in (run, *material.others, *(named for _, named in material.named)):
        if not source.finished:
            raise ReportError(f"{source.path} has not finished; go on with `{resume_command(source)}`")
    lineage = lineage or lineage_of(recipe, material, command)
    if "comparison" in _names(recipe) and material.comparison is None:
        raise ReportError(f"{recipe.name}: two spaces are compared first; `embedkit compare A B` renders its report")
    sections, spaces, findings = _sections(recipe, material)
    if all(section.name == "provenance" for section in sections):
        raise ReportError(f"{recipe.name}: run {run.name} has nothing that this recipe shows")
    brief = material.style == "brief"
    with _drawn_from("what a page says first", run, ("metrics.json", "config.toml", "provenance.json")):
        summary = _summary_line(material)
        headlines = headline_box(material, *(() if recipe.text else (recipe.name, recipe.sections[0].name)))
    return Report(
        title=_worded(recipe.title, material).replace("{run}", run.name).replace("{other}", _other(material)),
        summary=summary,
        sections=() if brief else sections,
        spaces=() if brief else spaces,
        footer=(*rebuild(material.all_runs, command), chain(lineage)),
        lineage=lineage,
        brief=_brief(_worded(recipe.question, material), findings, several=_several(material), alone=brief),
        headlines=headlines,
    )


def lineage_of(recipe: Recipe, material: Material, command: str) -> Lineage:
    """What a report of this recipe is made from, with the checksums of its files as they are now.

    Raises:
        RunError: a run's provenance or configuration is damaged.
    """
    return trace_lineage(recipe.name, command, material, material.all_runs, recipe_text=recipe.text)


def _summary_line(material: Material) -> str:
    """What the run is; of a comparison also what stands beside it."""
    if _several(material):
        what = "The newest finished run of each kind" if not material.named else "The runs of its sections"
        return f"{what}: {', '.join(run.name for run in material.all_runs)}."
    line = summaries.summary_line(material.run)
    if material.comparison is None or not material.beside:
        return line
    other = material.beside[0]
    summary_lines = ((material.run, line), (other, summaries.summary_line(other)))
    return " ".join(f"{run.name}: {lower_first(sentence)}" for run, sentence in summary_lines)


def _other(material: Material) -> str:
    """What stands beside the run in a title: another run, or another of its own spaces."""
    if material.beside:
        return material.beside[0].name
    return "" if material.comparison is None else material.comparison.other_which


def _worded(text: str, material: Material) -> str:
    """A text of a recipe with what a point is: {noun}, {nouns}, or {Noun} at the start of a sentence."""
    noun = material.noun
    for name, words in (("{noun}", noun), ("{Noun}", upper_first(noun)), ("{nouns}", plural(noun, 2))):
        text = text.replace(name, words)
    return text


def _names(recipe: Recipe) -> set[str]:
    return {entry.name for entry in recipe.sections}


@contextmanager
def _drawn_from(what: str, run: Run, sources: Sequence[str]) -> Iterator[None]:
    """Whatever goes wrong in drawing from files that anybody may have touched is said of these files. Whether one of
    them was touched cannot be known, so it is not said that it was: the fault can be the section's own.

    Raises:
        ReportError: it could not be drawn; its cause is the error itself.
    """
    try:
        yield
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        files = listed([f"{run.path}/{source}" for source in sources])
        why = f"{type(error).__name__}: {error}"
        raise ReportError(
            f"{what} cannot be drawn ({why:.200}): if {files} was changed or is of another version, make it again; if "
            "not, the fault is embedkit's: please report what the same command prints with EMBEDKIT_DEBUG=1"
        ) from error


def _several(material: Material) -> bool:
    """Whether a report is about several runs, each in sections of its own."""
    return bool(material.others or material.named)


def _brief(question: str, findings: Sequence[Finding], *, several: bool, alone: bool) -> Brief | None:
    """The first page; None where there is nothing to say first.

    Args:
        several: it is about several runs: a result of each, and what those can be trusted for.
        alone: it is all of the page, so that its evidence is elsewhere.
    """
    results = strongest(findings, one_each=several)
    if several:
        sections = {finding.anchor for finding in results}
        findings = [finding for finding in findings if finding.standing != "trust" or finding.anchor in sections]
    trust, unanswered = of_standing(findings, "trust"), (*of_standing(findings, "open"), *not_beyond(findings))
    return Brief(question, results, trust, unanswered, linked=not alone) if question or results else None


def _sections(
    recipe: Recipe, material: Material
) -> tuple[tuple[Section, ...], tuple[EmbeddedSpace, ...], Sequence[Finding]]:
    """The recipe's sections, the spaces that they draw on and their findings; sections that have nothing to show are
    left out."""
    sections: list[Section] = []
    findings: list[Finding] = []
    spaces: dict[str, EmbeddedSpace] = {}
    counts: Counter[str] = Counter()
    for entry in recipe.sections:
        spec = section_specs()[entry.name]
        own_material = _own_material(entry, material) if entry.kind or entry.run else material
        if own_material is None:
            continue
        with _drawn_from(f"the section {entry.name!r}", own_material.run, spec.sources):
            parts = tuple(spec.build(own_material))
            statements = spec.finding(own_material) if parts and spec.finding is not None else None
        if not parts:
            continue
        spaces |= {space.key: space for space in own_material.all_embedded}
        counts[entry.name] += 1
        anchor = entry.name if counts[entry.name] == 1 else f"{entry.name}-{counts[entry.name]}"
        heading, caption = (_worded(text, own_material) for text in (entry.heading, entry.caption))
        own_findings = findings_of(statements, anchor, heading)
        findings += own_findings
        text = own_findings[0].text if own_findings else ""
        sections.append(Section(anchor, heading, caption, parts, text, folded=recipe.folds and not entry.open))
    return tuple(sections), tuple(spaces.values()), findings


def _own_material(entry: SectionRecipe, material: Material) -> Material | None:
    """The material of a section that shows a run of its own; None where there is none."""
    of_kind = (run for run in (material.run, *material.others) if run.subject == entry.kind)
    run = dict(material.named).get(entry.run) if entry.run else next(of_kind, None)
    return None if run is None else replace(material_of(run), network_megabytes=material.network_megabytes)
