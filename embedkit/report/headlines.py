"""The headline box: at most five figures that matter for a kind of run, from what is stored with it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from statistics import median
from typing import TypeVar

import numpy as np

from embedkit.analysis.analogies.scores import AnalogyScore
from embedkit.analysis.cells.probes import PROBE_SHEETS
from embedkit.analysis.clusters.clustering import Clustering
from embedkit.analysis.comparison.stored import load_over_training
from embedkit.analysis.maps.fidelity import AtK, Fidelity
from embedkit.analysis.maps.projection import Projection, title_of
from embedkit.numerals import ends, percent, percent_ends, signed
from embedkit.report.material import Material
from embedkit.report.page import Headline, Headlines
from embedkit.report.provenance import effort, held_out
from embedkit.report.sections import cells as cell
from embedkit.report.sections import comparison
from embedkit.runs.folder import Run
from embedkit.spaces.stored import load_trace
from embedkit.tasks.caption import sections as caption
from embedkit.tasks.classify import sections as classifier
from embedkit.tasks.classify.gradients import sections as gradients
from embedkit.tasks.classify.temporal_order import sections as temporal_order
from embedkit.tasks.echo import sections as echo
from embedkit.tasks.echo.capacity.score import capacities
from embedkit.tasks.echo.score import LEARNED
from embedkit.tasks.execute import sections as execution
from embedkit.tasks.execute.curricula.score import score_curricula
from embedkit.tasks.seq2seq import sections as phrases
from embedkit.tasks.writing.score import KEYPAD_SCORES, SPLITS

MOST = 5

T = TypeVar("T")
Chooser = Callable[[Material], Iterable[Headline]]


def headline_box(recipe: str, material: Material) -> Headlines | None:
    """The figures of a report by its recipe, or else by the kind of its run; None where nothing is known.

    Of several runs it has the first figure of each, and says whose it is.
    """
    if material.others or material.named:
        runs = dict.fromkeys((*(material.others or (material.run,)), *(run for _, run in material.named)))
        boxes = [(run, headline_box("", replace(material, run=run, others=(), named=()))) for run in runs]
        firsts = [(run, box.items[0]) for run, box in boxes if box is not None][:MOST]
        return Headlines(tuple(replace(item, detail=f"{run.name}: {item.detail}") for run, item in firsts))
    choose = CHOSEN.get(recipe) or CHOSEN.get(told(material.run), _trained)
    chosen = tuple(choose(material))[:MOST] if material.comparison is None else _compared(material)
    return Headlines(chosen) if chosen else None


def told(run: Run) -> str:
    """The kind of a run; of a lab its experiment."""
    return str(run.config["lab"]) if run.kind == "lab" else run.kind


def _trained(material: Material) -> Iterable[Headline]:
    yield from held_out(material.run)
    yield from effort(material.run)


def _language_model(material: Material) -> Iterable[Headline]:
    yield from held_out(material.run)
    yield from _words(material)
    yield from effort(material.run)


def _vectors(material: Material) -> Iterable[Headline]:
    for key, space in _own(material, material.spaces).items():
        yield Headline(f"{len(space):,} × {space.dimensions:,}", "words × dimensions", material.called(key))
    yield from _words(material)
    yield from effort(material.run)


def _words(material: Material) -> Iterable[Headline]:
    """What is known of a run's spaces of words."""
    yield from best_analogies(material.sheets_of(material.run))
    named = {key: material.called(key) for key in material.spaces}
    yield from trust({named[key]: maps for key, maps in _own(material, material.maps).items()}, "word map")
    yield from evidence({named[key]: found for key, found in _own(material, material.clusterings).items()})


def _own(material: Material, by_key: Mapping[str, T]) -> dict[str, T]:
    """Of the run that the report is about, without those beside it."""
    return {key: value for key, value in by_key.items() if key.rpartition("/")[0] == material.run.name}


def best_analogies(sheets: Iterable[tuple[str, AnalogyScore]]) -> Iterable[Headline]:
    """The best of the scores that may be quoted; nothing where too few questions are covered by all."""
    scored = [(name, sheet, sheet.headline) for name, sheet in sheets]
    known = [(name, sheet, best) for name, sheet, best in scored if best is not None]
    if known:
        name, sheet, best = max(known, key=lambda each: each[2].accuracy.value)
        yield _analogies(name, sheet, best.accuracy.value, percent_ends(best.accuracy.interval))


def _analogies(name: str, sheet: AnalogyScore, share: float, between: str) -> Headline:
    covered = f"{sheet.micro.covered:,} covered questions ({percent(sheet.micro.coverage)} of {sheet.micro.total:,})"
    return Headline(percent(share), "analogies right", f"95 % {between}, of {covered}; {name}")


def trust(maps: Mapping[str, Iterable[Projection]], noun: str) -> Iterable[Headline]:
    """The most trustworthy flat map, by what a reader calls its space."""
    best = most_trusted(maps)
    if best is not None:
        name, projection, fidelity, at = best
        title = title_of(projection.method)
        detail = f"{title} of the {name}, {at.k} nearest of {fidelity.sample:,} of {fidelity.points:,} points; 1 is all"
        yield Headline(f"{at.trustworthiness:.2f}", f"trustworthiness of the {noun}", f"{detail}, 0.5 is chance")


def most_trusted(maps: Mapping[str, Iterable[Projection]]) -> tuple[str, Projection, Fidelity, AtK] | None:
    """None where no flat map was measured."""
    measured = [
        (name, each, each.fidelity, each.fidelity.near())
        for name, projections in maps.items()
        for each in projections
        if each.fidelity is not None and each.dimensions == 2
    ]
    return max(measured, key=lambda each: each[3].trustworthiness, default=None)


def evidence(clusterings: Mapping[str, Clustering]) -> Iterable[Headline]:
    """Whether clusters stand out against noise of the same covariance, in one space or in how many of several."""
    tests = {name: c.evidence.test for name, c in clusterings.items() if c.evidence is not None and c.evidence.test}
    if not tests:
        if clusterings:
            yield Headline("not tested", "evidence of clusters", "whether noise would look the same is not known")
        return
    each = "; ".join(f"{name} p = {test.p:.2g} over {test.points:,} points" for name, test in tests.items())
    found = sum(test.found for test in tests.values())
    value = f"{found} of {len(tests)}" if len(tests) > 1 else "yes" if found else "none"
    name = "spaces with evidence of clusters" if len(tests) > 1 else "evidence of clusters"
    yield Headline(value, name, f"against Gaussian noise of the same covariance: {each}")


def _phrases(material: Material) -> Iterable[Headline]:
    if material.phrases is not None:
        yield from phrases.headlines(material.phrases)
        if material.phrases.purity is not None:
            own = next(iter(material.phrases.purity.spaces.values()))
            detail = f"95 % {percent_ends(own.interval)}, chance {percent(own.chance)}, of {own.n:,} templated phrases"
            yield Headline(percent(own.value), "of the nearest are of a phrase's kind", detail)
        yield from trust({"phrases": material.phrases.maps}, "phrase atlas")
    yield from _trained(material)


def _captions(material: Material) -> Iterable[Headline]:
    yield from caption.headlines(material.run).items[:3]
    yield from _trained(material)


def _execution(material: Material) -> Iterable[Headline]:
    yield execution.headlines(material.run).items[0]
    yield from _trained(material)


def _echo_capacity(material: Material) -> Iterable[Headline]:
    """Of the largest network of each cell: the longest echo that the median seed learned, the best first."""
    found = sorted(capacities(material.run.trials), key=lambda each: each.hidden_size)
    largest = {each.cell: each for each in found}.values()
    for each in sorted(largest, key=lambda each: -each.typical):
        seeds = f"{min(each.longest)} to {max(each.longest)} over {len(each.longest)} seeds"
        name = f"steps, the longest echo of {each.cell.upper()} with {each.hidden_size} units"
        yield Headline(f"{each.typical:g}", name, f"median, {seeds}; learned from {LEARNED:.0%} right")


def _gradients(material: Material) -> Iterable[Headline]:
    """What ten steps back cost in each cell after training, at the longest level that was learned."""
    found = gradients.plain_start(material.run)
    if not found:
        return
    level = gradients.shown_level(found)
    for name in dict.fromkeys(each.cell for each in found):
        of_cell = [each.snapshots[-1] for each in found if (each.cell, each.level) == (name, level)]
        slopes = [each.decades_per_10 for each in of_cell if each.decades_per_10 is not None]
        if slopes:
            seeds = f"{len(slopes)} seed{'s' if len(slopes) > 1 else ''}"
            detail = f"ten steps back, {level} level, median of {seeds}"
            yield Headline(
                signed(float(np.median(slopes)), 2), f"powers of ten of the gradient, {name.upper()}", detail
            )


def _curricula(material: Material) -> Iterable[Headline]:
    for score in sorted(score_curricula(material.run.trials), key=lambda score: -score.exact.share):
        seeds = f"{len(score.trials)} seed{'s' if len(score.trials) > 1 else ''}"
        over = f"95 % {percent_ends(score.exact.interval)}, of {score.exact.n:,} programs, {seeds}"
        yield Headline(percent(score.exact.share), f"exact with the curriculum {score.name}", over)


def _compared(material: Material) -> tuple[Headline, ...]:
    return () if material.comparison is None else comparison.headlines(material.comparison.comparison.figures)


def _answers(material: Material) -> Iterable[Headline]:
    """A score a sheet, the best first."""
    scored = [(name, sheet, sheet.headline) for name, sheet in material.sheets]
    known = [(name, sheet, best) for name, sheet, best in scored if best is not None]
    for name, sheet, best in sorted(known, key=lambda each: -each[2].accuracy.value):
        yield _analogies(name, sheet, best.accuracy.value, percent_ends(best.accuracy.interval))


def _over_training(material: Material) -> Iterable[Headline]:
    found = load_over_training(material.run)
    if found is not None:
        first, *_, last = found.snapshots
        if first.to_last is not None:
            detail = f"{ends(first.to_last.interval)}; 0 is none, shuffled labels {found.churn_chance:.2f}"
            name = "churn of neighbourhoods, first snapshot to last"
            yield Headline(f"{first.to_last.value:.2f}", name, f"95 % {detail}; {found.words:,} words")
        for name, each in (("first", first.analogies), ("last", last.analogies)):
            if each is not None:
                over = f"95 % {percent_ends(each.interval)}, of {each.covered:,} of {each.total:,} questions"
                yield Headline(percent(each.accuracy), f"analogies right, {name} snapshot", over)
    yield from _trained(material)


def _cell(material: Material) -> Iterable[Headline]:
    run = material.run
    for name in run.artefacts("probes", ".json"):
        sheet = PROBE_SHEETS.load(run, name)
        found = sum(cell.beyond_chance(each) for each in sheet.probes)
        detail = f"held-out text, best of {sheet.units:,} units of layer {sheet.layer}, {sheet.tokens:,} tokens"
        yield Headline(f"{found} of {len(sheet.probes)}", "features that a unit follows beyond chance", detail)
    for name in [material.trace] if material.trace else run.artefacts("traces", ".npz"):
        trace = load_trace(run, name)
        known = trace.surprisal[np.isfinite(trace.surprisal)] if trace.surprisal is not None else np.zeros(0)
        if len(known):
            detail = f"mean over {len(known):,} tokens of the trace “{name}”; median {median(known.tolist()):.2f}"
            yield Headline(f"{known.mean():.2f}", "nats of surprisal a token", detail)
    yield from held_out(run)


def _writing(material: Material) -> Iterable[Headline]:
    kept = {split: score for split in SPLITS if (score := KEYPAD_SCORES.load_or_none(material.run, split)) is not None}
    score = kept.get("test") or kept.get("valid")
    if score is not None:
        for name, found in (("in context", score.in_context), ("by frequency", score.by_frequency)):
            over = f"95 % {percent_ends(found.first_interval)}, of {score.n:,} words of the {score.split} text"
            yield Headline(percent(found.first / score.n), f"right first {name}", over)
        beside = f"in context, 95 % {ends(score.in_context.kspc_interval)}; {score.by_frequency.kspc:.3f} by frequency"
        yield Headline(f"{score.in_context.kspc:.3f}", "keystrokes per character", beside)
        out = f"{score.unknown:,} of {score.words:,} words are out of vocabulary and in no figure"
        yield Headline(percent(score.coverage), "of the words covered", out)
    yield from held_out(material.run)


CHOSEN: Mapping[str, Chooser] = {
    "language-model": _language_model,
    "word2vec": _vectors,
    "embeddings": _vectors,
    "seq2seq": _phrases,
    "classifier": lambda material: classifier.headlines(material.run).items,
    "echo": lambda material: echo.headlines(material.run).items,
    "execute": _execution,
    "captioner": _captions,
    "temporal-order": lambda material: temporal_order.headlines(material.run).items,
    "echo-capacity": _echo_capacity,
    "gradients": _gradients,
    "curricula": _curricula,
    "analogy": _answers,
    "over-training": _over_training,
    "cell": _cell,
    "writing": _writing,
}
"""By recipe, by kind of run or by experiment, the figures that matter, the first of them first."""
