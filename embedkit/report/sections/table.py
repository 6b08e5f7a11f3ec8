"""The sections of reports: one builder each, found by its name in a recipe, that draws what is stored with a run."""

from collections.abc import Callable, Mapping, Sequence

from embedkit.analysis.comparison.stored import load_over_training
from embedkit.report import provenance as lineage
from embedkit.report import summaries
from embedkit.report.figures.curves import learning_curves, points
from embedkit.report.figures.maps import word_map
from embedkit.report.material import Material
from embedkit.report.page import AnalogyBox, Headlines, Paragraph, Part, Sample
from embedkit.report.sections import cells as cell
from embedkit.report.sections import churn, clusters, comparison, linked, shifts
from embedkit.report.sections.analogies import score_parts
from embedkit.report.sections.comparison import ComparisonMaterial
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

EXAMPLES = (
    "king - man + woman",
    "paris - france + italy",
    "Paris - France + Italy",
    "he - she + her",
    "was - is + are",
    "He - he + she",
)


def lower_first(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _provenance(material: Material) -> Sequence[Part]:
    """Every run of the report: what it came to, where it comes from, and all its settings."""
    roles = dict.fromkeys(material.beside, "Beside it")
    if material.encoder is not None:
        roles[material.encoder] = "The model of the phrases"
    parts: list[Part] = []
    for run in material.shown:
        if run != material.run:
            parts.append(
                Paragraph(f"{roles.get(run, 'Also shown')}, {run.name}: {lower_first(summaries.summary_line(run))}")
            )
        if figures := lineage.headlines(run).items:
            parts.append(Headlines(figures))
        parts += lineage.provenance(run)
    return parts


def _curves(material: Material) -> Sequence[Part]:
    history = material.run.history
    if not points(history, "valid_nats_per_token"):
        return ()
    unit = summaries.UNITS.get(summaries.token_level(material.run), "token") + " token"
    last = history[-1]
    over = f" on {last['valid_tokens']:,} tokens" if last.get("valid_tokens") else ""
    note = f"{len(history)} evaluations. Validation is measured{over} each time; train is the mean since the one before"
    dropped = material.run.config.get("model", {}).get("dropout", 0) > 0
    note += ", with dropout on, which is why it can lie above." if dropped else "."
    return (learning_curves(history, unit), Paragraph(note, quiet=True))


def _map(material: Material) -> Sequence[Part]:
    if not material.maps:
        return (Paragraph(f"No map is stored with this run; make one with `embedkit map {material.run.name}`."),)
    colorings = {key: [clusters.coloring(found, material.spaces[key])] for key, found in material.clusterings.items()}
    return (word_map(material.embedded, material.maps, colorings=colorings),)


def _clusters(material: Material) -> Sequence[Part]:
    return clusters.section(material.clustered)


def _analogies(material: Material) -> Sequence[Part]:
    if not material.sheets:
        if summaries.token_level(material.run) == "char":
            return (Paragraph("Analogies ask for words, and this model's tokens are characters."),)
        command = f"embedkit analogy --space {material.run.name}"
        return (Paragraph(f"No score sheet is stored with this run; make one with `{command}`."),)
    return score_parts(material.sheets, material.differences)


def _ask(material: Material) -> Sequence[Part]:
    keys = tuple(space.key for space in material.embedded if len(space.vectors))
    if not keys:
        return ()
    first = next(space for space in material.embedded if space.key == keys[0])
    known = set(first.words[: len(first.vectors)])
    fitting = (text for text in EXAMPLES if {word for word in text.split() if word not in "+-"} <= known)
    return (AnalogyBox(keys, next(fitting, "")),)


def _samples(material: Material) -> Sequence[Part]:
    return [Sample(s["prompt"], s["text"], s["temperature"], s["seed"]) for s in material.run.samples]


def _of_phrases(build: Callable[[PhraseMaterial], Sequence[Part]]) -> Callable[[Material], Sequence[Part]]:
    """A section about the phrases of a report; empty where it has none."""
    return lambda material: () if material.phrases is None else build(material.phrases)


def _of_comparison(build: Callable[[ComparisonMaterial], Sequence[Part]]) -> Callable[[Material], Sequence[Part]]:
    """A section about two spaces side by side; empty where a report compares none."""
    return lambda material: () if material.comparison is None else build(material.comparison)


SECTIONS: Mapping[str, Callable[[Material], Sequence[Part]]] = {
    "atlas": _of_phrases(phrases.atlas),
    "between": _of_phrases(phrases.between),
    "purity": _of_phrases(phrases.purity),
    "scores": _of_phrases(phrases.scores),
    "looks": _of_phrases(phrases.looks),
    "captions": lambda material: caption.scores(material.run),
    "mistakes": lambda material: caption.mistakes(material.run),
    "gallery": lambda material: caption.gallery(material.run),
    "codes": lambda material: () if material.captions is None else caption.codes(material.captions),
    "provenance": _provenance,
    "curves": _curves,
    "map": _map,
    "clusters": _clusters,
    "analogies": _analogies,
    "ask": _ask,
    "samples": _samples,
    "trace": lambda material: cell.traces(material.run, material.trace),
    "probe": lambda material: cell.probes(material.run),
    "keypad": lambda material: writing.keypad(material.run),
    "offers": lambda material: writing.offers(material.run),
    "comparison": _of_comparison(comparison.alike),
    "side-by-side": _of_comparison(linked.side_by_side),
    "moved": _of_comparison(comparison.moved),
    "shifts": _of_comparison(shifts.shift_by_frequency),
    "accuracy": lambda material: classifier.course(material.run),
    "answers": lambda material: classifier.answers(material.run),
    "final-states": lambda material: classifier.states(material.states),
    "temporal-order": lambda material: temporal_order.section(material.run),
    "echo-positions": lambda material: echo.positions(material.run),
    "echo-strip": lambda material: echo.strip(material.run),
    "echo-learning": lambda material: echo.learning(material.run),
    "echo-capacity": lambda material: echo_capacity.capacity(material.run),
    "gradients-textbook": lambda material: gradients.textbook(material.run),
    "gradients-flow": lambda material: gradients.flow(material.run),
    "gradients-over-training": lambda material: gradients.over_training(material.run),
    "gradients-clipping": lambda material: clipping.clipping(material.run),
    "exact-course": lambda material: execution.course(material.run),
    "exact": lambda material: execution.scores(material.run),
    "programs": lambda material: execution.gallery(material.run),
    "curricula": lambda material: curricula.section(material.run),
    "over-training": lambda material: churn.course(load_over_training(material.run)),
}
"""What a recipe can name. A builder that gives nothing leaves its section out."""
