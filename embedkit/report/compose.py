"""Reports from what is stored with a run. Each section has one builder, found by its name in a recipe."""

from collections.abc import Callable, Mapping, Sequence

from embedkit.analysis.comparison.shifts import FLOOR
from embedkit.errors import ReportError
from embedkit.report import (
    caption,
    cell,
    churn,
    classifier,
    clipping,
    clusters,
    comparison,
    curricula,
    echo,
    echo_capacity,
    execution,
    gradients,
    lineage,
    linked,
    phrases,
    shifts,
    summaries,
    temporal_order,
    writing,
)
from embedkit.report.comparison import ComparisonMaterial
from embedkit.report.curves import learning_curves, points
from embedkit.report.manifest import trace_lineage
from embedkit.report.maps import word_map
from embedkit.report.material import Material
from embedkit.report.page import AnalogyBox, Headlines, Paragraph, Part, Report, Sample, Section
from embedkit.report.phrases import PhraseMaterial
from embedkit.report.recipes import Recipe, load_recipe
from embedkit.report.scores import score_parts
from embedkit.runs import Run, resume_command
from embedkit.spaces.store_comparison import load_over_training

EXAMPLES = (
    "king - man + woman",
    "paris - france + italy",
    "Paris - France + Italy",
    "he - she + her",
    "was - is + are",
    "He - he + she",
)


RECIPES = {
    "language-model": "language-model",
    "seq2seq": "seq2seq",
    "word2vec": "embeddings",
    "embeddings": "embeddings",
    "classifier": "classifier",
    "echo": "echo",
    "execute": "execute",
    "captioner": "caption",
}
"""By kind of run, the recipe of the report about it; that of a lab has the name of its experiment."""

HEADLINES: Mapping[str, Callable[[Run], Headlines]] = {
    "classifier": classifier.headlines,
    "temporal-order": temporal_order.headlines,
    "echo": echo.headlines,
    "execute": execution.headlines,
    "captioner": caption.headlines,
}
"""By kind of run, or by experiment, its headline figures where they are not those that language models have."""


def run_report(run: Run) -> Report:
    """All about a run of any kind.

    Raises:
        ReportError: the run has not finished, or the recipe is wrong.
        RunError, SpaceError: something stored with the run is damaged.
    """
    recipe = str(run.config["lab"]) if run.kind == "lab" else RECIPES[run.kind]
    material = Material(run, encoder=run if run.kind == "seq2seq" else None)
    return compose(recipe, material, f"embedkit report {run.name}")


def language_model_report(run: Run, baseline: Run | None = None, encoder: Run | None = None) -> Report:
    """All about a language model: what it was trained on, how it learned, its spaces, its text, its states.

    Args:
        baseline: a word2vec run that its spaces are shown next to.
        encoder: a seq2seq run whose phrases are shown too.

    Raises:
        ReportError: the run is not a language model's, has not finished, or the recipe is wrong.
        RunError, SpaceError: something stored with the run is damaged.
    """
    if run.kind != "language-model":
        raise ReportError(f"{run.path} is a {run.kind} run; this report is about a language model")
    beside = () if baseline is None else (baseline,)
    with_baseline = "" if baseline is None else f" --baseline {baseline.name}"
    with_phrases = "" if encoder is None else f" --phrases {encoder.name}"
    command = f"embedkit report {run.name}{with_baseline}{with_phrases}"
    return compose("language-model", Material(run, beside, encoder), command)


def seq2seq_report(run: Run) -> Report:
    """All about an encoder-decoder: how it learned, the atlas of its phrases, what lies between them, its scores.

    Raises:
        ReportError: the run is not an encoder-decoder's, has not finished, or the recipe is wrong.
        RunError, SpaceError: something stored with the run is damaged.
    """
    if run.kind != "seq2seq":
        raise ReportError(f"{run.path} is a {run.kind} run; this report is about an encoder-decoder")
    return run_report(run)


def space_report(run: Run) -> Report:
    """All about the space of a word2vec run or an embedding file.

    Raises:
        ReportError: the run is of another kind, has not finished, or the recipe is wrong.
        RunError, SpaceError: something stored with the run is damaged.
    """
    if run.kind not in ("word2vec", "embeddings"):
        raise ReportError(f"{run.path} is a {run.kind} run; this report is about word vectors")
    return run_report(run)


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
    for each in (run, *beside):
        if not each.artefacts("analogies", ".json"):
            raise ReportError(f"{each.path} has no score sheet; make one with `embedkit analogy`")
    named = keys or [each.name for each in (run, *beside)]
    command = "embedkit analogy" + "".join(f" --space {name}" for name in named)
    command += f" --questions {questions}" if questions else ""
    return compose("analogy", Material(run, beside, keys=tuple(keys), questions=questions), command)


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
    below = "" if floor == FLOOR else f" --floor {floor}"
    return compose(
        "compare", Material(run, beside, keys=keys, floor=floor), f"embedkit compare {' '.join(keys)}{below}"
    )


def over_training_report(run: Run) -> Report:
    """A run over its training, from what `save_over_training` kept with it.

    Raises:
        ReportError: the run has not finished, or the recipe is wrong.
        RunError: what is kept is damaged.
    """
    return compose("over-training", Material(run), f"embedkit compare {run.name} --over-training")


def cell_report(run: Run, *, trace: str = "") -> Report:
    """What goes on inside a run's recurrent cell: its traces and its probes.

    Args:
        trace: the only trace that is shown; by default all.

    Raises:
        ReportError: the run has not finished, or the recipe is wrong.
        UsageError: there is no such trace.
        RunError, SpaceError: something stored with the run is damaged.
    """
    command = f"embedkit trace TEXT --run {run.name} --name {trace}" if trace else f"embedkit probe --run {run.name}"
    return compose("cell", Material(run, trace=trace), command)


def writing_report(run: Run) -> Report:
    """Writing with a language model, from what its evaluation on a keypad kept with the run.

    Raises:
        ReportError: the run is not a language model's, has not finished, or the recipe is wrong.
        RunError: what is kept is damaged.
    """
    if run.kind != "language-model":
        raise ReportError(f"{run.path} is a {run.kind} run; this report is about a language model")
    return compose("writing", Material(run), f"embedkit t9 --evaluate --run {run.name}")


def compose(recipe_name: str, material: Material, command: str) -> Report:
    """The report of a recipe, from what is stored; the same whenever that is the same.

    Raises:
        ReportError: the run has not finished, or the recipe is wrong.
        RunError, SpaceError: something stored with a run is damaged.
    """
    run = material.run
    if not run.finished:
        raise ReportError(f"{run.path} has not finished; go on with `{resume_command(run)}`")
    recipe = load_recipe(recipe_name, SECTIONS)
    made_from = trace_lineage(recipe_name, command, material, material.shown)
    return Report(
        title=recipe.title.replace("{run}", run.name).replace("{other}", _other(material)),
        summary=_summary_line(material),
        sections=_sections(recipe, material),
        spaces=material.all_embedded,
        footer=(*lineage.rebuild(material.shown, command), lineage.chain(made_from)),
        lineage=made_from,
    )


def _summary_line(material: Material) -> str:
    """What the run is; of a comparison also what stands beside it."""
    told = summaries.summary_line(material.run)
    if material.comparison is None or not material.beside:
        return told
    other = material.beside[0]
    return f"{material.run.name}: {_lower(told)} {other.name}: {_lower(summaries.summary_line(other))}"


def _other(material: Material) -> str:
    """What stands beside the run in a title: another run, or another of its own spaces."""
    if material.beside:
        return material.beside[0].name
    return "" if material.comparison is None else material.comparison.other_which


def _sections(recipe: Recipe, material: Material) -> tuple[Section, ...]:
    """The recipe's sections; those that have nothing to show are left out."""
    built = [(entry, tuple(SECTIONS[entry.name](material))) for entry in recipe.sections]
    return tuple(Section(entry.name, entry.heading, entry.caption, parts) for entry, parts in built if parts)


def _summary(material: Material) -> Sequence[Part]:
    told = material.run.config["lab"] if material.run.kind == "lab" else material.run.kind
    figures = HEADLINES.get(told, lineage.headlines)(material.run).items
    if material.phrases is not None and material.encoder == material.run:
        figures = (*phrases.headlines(material.phrases), *figures)
    parts: list[Part] = [Headlines(figures), *lineage.provenance(material.run)]
    roles = dict.fromkeys(material.beside, "Beside it")
    if material.encoder is not None:
        roles[material.encoder] = "The model of the phrases"
    for run, role in roles.items():
        if run != material.run:
            told = f"{role}, {run.name}: {_lower(summaries.summary_line(run))}"
            parts += [Paragraph(told), *lineage.provenance(run)[2:]]
    return parts


def _provenance(material: Material) -> Sequence[Part]:
    return [part for run in material.runs for part in (lineage.headlines(run), *lineage.provenance(run))]


def _curves(material: Material) -> Sequence[Part]:
    history = material.run.history
    if not points(history, "valid_nats_per_token"):
        return ()
    unit = summaries.UNITS.get(summaries.token_level(material.run), "token") + " token"
    last = history[-1]
    over = f" on {last['valid_tokens']:,} tokens" if last.get("valid_tokens") else ""
    note = f"{len(history)} evaluations. Validation is measured{over} each time; train is the mean since the one before"
    dropped = material.run.config["model"]["dropout"] > 0
    note += ", with dropout on, which is why it can lie above." if dropped else "."
    return (learning_curves(history, unit), Paragraph(note, quiet=True))


def _map(material: Material) -> Sequence[Part]:
    if not material.maps:
        return (Paragraph(f"No map is stored with this run; make one with `embedkit map {material.run.name}`."),)
    colorings = {key: [clusters.coloring(found, material.spaces[key])] for key, found in material.clusterings.items()}
    return (word_map(material.embedded, material.maps, colorings=colorings),)


def _clusters(material: Material) -> Sequence[Part]:
    modelled = material.run.kind == "language-model"
    noun = summaries.UNITS.get(summaries.token_level(material.run), "token") if modelled else "word"
    shown = [(found, material.spaces[key], material.called(key), noun) for key, found in material.clusterings.items()]
    phrased = material.phrases
    if phrased is not None and phrased.clustering is not None and phrased.space is not None:
        shown.append((phrased.clustering, phrased.space, "phrases", "phrase"))
    return clusters.section(shown)


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
    "summary": _summary,
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


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
