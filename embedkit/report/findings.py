"""What each section found, in a sentence computed from its data: the lead that stands above how it is read."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from embedkit.analysis.analogies.scores import in_words
from embedkit.analysis.comparison.stored import load_over_training
from embedkit.analysis.maps.projection import Projection, title_of
from embedkit.numerals import percent, percent_ends
from embedkit.report import summaries
from embedkit.report.figures.curves import points
from embedkit.report.figures.traces import shown
from embedkit.report.headlines import most_trusted
from embedkit.report.material import Material
from embedkit.report.sections import cells as cell
from embedkit.report.sections import churn, clusters, comparison, shifts
from embedkit.report.sections.analogies import NOT_COVERED
from embedkit.report.sections.comparison import ComparisonMaterial
from embedkit.runs.folder import Run
from embedkit.spaces.stored import load_trace
from embedkit.tasks.caption import sections as caption
from embedkit.tasks.classify import sections as classifier
from embedkit.tasks.classify.gradients import clipping
from embedkit.tasks.classify.gradients import sections as gradients
from embedkit.tasks.classify.temporal_order import sections as temporal_order
from embedkit.tasks.echo import sections as echo
from embedkit.tasks.echo.capacity import sections as echo_capacity
from embedkit.tasks.execute import sections as execution
from embedkit.tasks.execute.curricula import sections as curricula
from embedkit.tasks.seq2seq import sections as phrases
from embedkit.tasks.seq2seq.sections import PhraseMaterial
from embedkit.tasks.writing import sections as writing
from embedkit.tasks.writing.offers import OFFERS

Finding = Callable[[Material], str | None]


def _curves(material: Material) -> str | None:
    unit = "bit" if material.run.kind == "echo" else summaries.UNITS.get(summaries.token_level(material.run), "token")
    return learned(points(material.run.history, "valid_nats_per_token"), unit)


def learned(course: Sequence[tuple[float, float]], unit: str) -> str | None:
    """From what to what the validation loss went, and whether it rose after its lowest.

    Args:
        course: (tokens seen, nats) of the evaluations.
    """
    if not course:
        return None
    (_, first), (seen, last) = course[0], course[-1]
    noun = "bits" if unit == "bit" else "tokens"
    if len(course) == 1:
        return f"One evaluation was made: {first:.2f} nats per {unit} after {seen:,.0f} {noun}."
    at, lowest = min(course, key=lambda point: point[1])
    went = f"from {first:.2f} to {last:.2f} nats per {unit} over {seen:,.0f} {noun}"
    if lowest >= first:
        return f"The validation loss never fell below its first value; it went {went}."
    if last <= lowest:
        return f"The validation loss went {went}, and the last evaluation is the lowest."
    after = f"it was lowest after {at:,.0f} {noun}, {lowest:.2f}, and {last - lowest:.2g} above that at the end"
    return f"The validation loss went {went}; {after}."


def _map(material: Material) -> str | None:
    """Of the run's own maps; of those beside it where it has none."""
    own = f"{material.run.name}/"
    mapped = {key: maps for key, maps in material.maps.items() if key.startswith(own)} or material.maps
    named = {material.called(key): maps for key, maps in mapped.items()}
    return trusted(named) if named else None


def trusted(maps: Mapping[str, Sequence[Projection]]) -> str | None:
    """How much of the full space the most trustworthy map keeps."""
    if not any(maps.values()):
        return None
    best = most_trusted(maps)
    if best is None:
        return "How far these maps can be trusted was not measured."
    name, projection, fidelity, at = best
    title = title_of(projection.method)
    return (
        f"The most trustworthy flat map is {title} of the {name}: it keeps {percent(at.neighbors_kept)} of a point's "
        f"{at.k} nearest (a shuffled one {percent(at.chance)}), with a trustworthiness of {at.trustworthiness:.2f} "
        f"over {fidelity.sample:,} of {fidelity.points:,} points, where 1 is all and 0.5 chance."
    )


def _clusters(material: Material) -> str | None:
    return clusters.overall(material.clustered)


def _analogies(material: Material) -> str | None:
    """Of several spaces the best, if any may be quoted."""
    sheets = material.sheets
    if not sheets:
        return None
    if all(sheet.micro.covered == 0 for _, sheet in sheets):
        return NOT_COVERED
    if len(sheets) == 1:
        return in_words(sheets[0][1])
    scored = [(name, sheet, sheet.headline) for name, sheet in sheets]
    known = [(name, sheet, best) for name, sheet, best in scored if best is not None]
    if not known:
        return f"None of the {len(sheets)} score sheets covers enough of its questions to be quoted."
    name, sheet, _ = max(known, key=lambda each: each[2].accuracy.value)
    return f"Of {len(sheets)} score sheets that of the {name} is best: {in_words(sheet)}"


def _trace(material: Material) -> str | None:
    names = [material.trace] if material.trace else material.run.artefacts("traces", ".npz")
    traces = [(name, load_trace(material.run, name)) for name in names]
    for name, trace in traces:
        if trace.surprisal is None or not np.isfinite(trace.surprisal).any():
            continue
        worst = int(np.nanargmax(np.where(np.isfinite(trace.surprisal), trace.surprisal, np.nan)))
        known = trace.surprisal[np.isfinite(trace.surprisal)]
        where = f" of “{name}”" if len(names) > 1 else ""
        return (
            f"The model was most surprised by “{shown(trace.tokens[worst])}”{where}: {trace.surprisal[worst]:.1f} "
            f"nats, where the mean of {len(known):,} tokens is {known.mean():.1f}."
        )
    return "How surprised the model was is not kept with these traces." if traces else None


def _offers(material: Material) -> str | None:
    sheet = OFFERS.load_or_none(material.run)
    if sheet is None or not sheet.offers:
        return None
    met = sum(any(_met(text, each.went_on) for text in each.offered) for each in sheet.offers)
    return f"In {met} of {len(sheet.offers)} places one of the offers is what came next."


def _met(offered: str, went_on: str) -> bool:
    """Whether the line went on so: to the end of the offer, and of a word."""
    text, offer = went_on.strip(), offered.strip()
    return bool(offer) and text.startswith(offer) and not text[len(offer) : len(offer) + 1].isalnum()


def _purity(material: PhraseMaterial) -> str | None:
    return None if material.purity is None else phrases.purity_finding(material.purity)


def _scores(material: PhraseMaterial) -> str | None:
    return None if material.score is None else phrases.score_finding(material.score)


def _looks(material: PhraseMaterial) -> str | None:
    looks = phrases.load_looks(material.run)
    if not looks:
        return None
    right = sum(look.hypothesis == look.reference for look in looks)
    return f"{right} of these {len(looks)} came out as their reference; they illustrate, and measure nothing."


def _codes(material: Material) -> str | None:
    return None if material.captions is None else trusted({"image vectors": material.captions.maps})


def _final_states(material: Material) -> str | None:
    return None if material.states is None else trusted({"final states": material.states.maps})


def _side_by_side(material: ComparisonMaterial) -> str | None:
    words = material.comparison.words
    kept = float(words.common.mean())
    return (
        f"{len(material.on_maps):,} of {len(words):,} shared words stand on maps of both spaces; on average {kept:.1f} "
        f"of a word's {words.near_a.shape[1]} nearest in the full space are the same."
    )


def _accuracy(material: Material) -> str | None:
    history = material.run.history
    if not history:
        return None
    first, last = history[0], history[-1]
    return (
        f"Validation accuracy went from {percent(first['valid_accuracy'])} to {percent(last['valid_accuracy'])} of "
        f"{last['valid_tokens']:,} sequences over {last['epoch']:.3g} epochs, where chance is "
        f"{percent(classifier.CHANCE)}."
    )


def _exact_course(material: Material) -> str | None:
    found = execution.measured(material.run.history, int(material.run.config["training"]["batch_size"]))
    if not found:
        return None
    first, last = found[0], found[-1]
    return (
        f"Exact outputs went from {percent(first.accuracy.share)} to {percent(last.accuracy.share)} (95 %: "
        f"{percent_ends(last.accuracy.interval)}) over {last.at:,.0f} programs."
    )


def _of_phrases(find: Callable[[PhraseMaterial], str | None]) -> Finding:
    return lambda material: None if material.phrases is None else find(material.phrases)


def _of_comparison(find: Callable[[ComparisonMaterial], str | None]) -> Finding:
    return lambda material: None if material.comparison is None else find(material.comparison)


def _of_run(find: Callable[[Run], str | None]) -> Finding:
    return lambda material: find(material.run)


FINDINGS: Mapping[str, Finding] = {
    "curves": _curves,
    "map": _map,
    "clusters": _clusters,
    "analogies": _analogies,
    "trace": _trace,
    "probe": _of_run(cell.finding),
    "keypad": _of_run(writing.keypad_finding),
    "offers": _offers,
    "atlas": _of_phrases(lambda found: trusted({"phrases": found.maps})),
    "purity": _of_phrases(_purity),
    "scores": _of_phrases(_scores),
    "looks": _of_phrases(_looks),
    "captions": _of_run(caption.captions_finding),
    "mistakes": _of_run(caption.mistakes_finding),
    "codes": _codes,
    "comparison": _of_comparison(comparison.overlap_finding),
    "side-by-side": _of_comparison(_side_by_side),
    "moved": _of_comparison(comparison.moved_finding),
    "shifts": _of_comparison(shifts.section_finding),
    "over-training": lambda material: churn.course_finding(load_over_training(material.run)),
    "accuracy": _accuracy,
    "answers": lambda material: classifier.finding(classifier.confusion_of(material.run, "test")),
    "final-states": _final_states,
    "temporal-order": _of_run(temporal_order.longest_finding),
    "echo-positions": _of_run(echo.positions_finding),
    "echo-strip": _of_run(echo.strip_finding),
    "echo-learning": _curves,
    "echo-capacity": _of_run(echo_capacity.capacity_finding),
    "gradients-textbook": _of_run(gradients.textbook_finding),
    "gradients-flow": _of_run(gradients.flow_finding),
    "gradients-over-training": _of_run(gradients.radius_finding),
    "gradients-clipping": _of_run(clipping.clipping_finding),
    "exact-course": _exact_course,
    "exact": _of_run(execution.exact_finding),
    "curricula": _of_run(curricula.section_finding),
}
"""By section, its finding; None where nothing can be said."""

EXHIBITS = frozenset({"ask", "between", "samples", "gallery", "programs", "provenance"})
"""Sections that a reader uses or looks at, and that measure nothing."""
