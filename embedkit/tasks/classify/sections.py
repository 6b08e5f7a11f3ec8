"""Sections about a sequence classifier: accuracy over training, the confusion table, its final states."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from bokeh.models import BasicTicker, FixedTicker, NumeralTickFormatter, Span

from embedkit.analysis.proportion import Proportion
from embedkit.numerals import duration, percent, percent_ends
from embedkit.report.figures import style as figures
from embedkit.report.figures.colorings import Coloring
from embedkit.report.figures.maps import word_map
from embedkit.report.findings import Finding, share_measure
from embedkit.report.material import Material, OwnMaterial
from embedkit.report.parts import Figure, Headline, Paragraph, Part, Table
from embedkit.report.sections.maps import own_maps_finding
from embedkit.report.sections.spec import SectionSpec, of_own, of_run
from embedkit.report.summaries import CELLS_IN_WORDS, shape
from embedkit.runs.folder import Run
from embedkit.tasks.classify.data import CLASSES, LEVELS, PAIRS
from embedkit.tasks.classify.score import Confusion

CHANCE = 1 / len(CLASSES)
LEARNED = 0.99
"""From this accuracy on a course is said to have learned."""
HEIGHT = 300
SPLITS = {"test": "test", "valid": "validation"}


def confusion_of(run: Run, split: str) -> Confusion:
    """The confusion table of "valid" or "test", from a run's metrics."""
    return Confusion(tuple(CLASSES), tuple(tuple(row) for row in run.metrics[f"{split}_confusion"]))


def summary(run: Run) -> str:
    """One sentence: the network, and the length of its sequences."""
    model, training = run.config["model"], run.config["training"]
    shortest, longest = LEVELS[training["level"]].length
    return (
        f"{CELLS_IN_WORDS[model['cell']]} with {shape(model)} that reads a sequence of "
        f"{shortest:,} to {longest:,} symbols and predicts at its end which of X and Y stood where."
    )


def headlines(material: Material) -> Iterable[Headline]:
    """Accuracy on both held-out splits with Wilson's interval, and the effort."""
    run, metrics = material.run, material.run.metrics
    for split, name in SPLITS.items():
        confusion = confusion_of(run, split)
        over = f"95 % {percent_ends(confusion.accuracy.interval)}, {confusion.right:,} of {confusion.n:,}"
        yield Headline(percent(confusion.accuracy.share), f"{name} accuracy", over)
    epochs = f"{metrics['epochs']:g} epochs"
    yield Headline(f"{metrics['sequences_seen']:,}", "sequences seen", epochs)
    yield Headline(f"{metrics['parameters']:,}", "parameters", "weights of the network")
    rate = f"{metrics['sequences_per_second']:,.0f} sequences/s"
    yield Headline(duration(metrics["seconds"]), "of training", rate)


def course(run: Run) -> Sequence[Part]:
    """Accuracy on the validation sequences by epoch."""
    history = run.history
    if not history:
        return ()
    n = history[-1]["valid_tokens"]
    end = history[-1]["epoch"]
    plot = figures.blank(height=HEIGHT, x_range=figures.extent(0, 1.02 * end), y_range=figures.extent(0, 1.04))
    plot.xaxis.axis_label = "epochs"
    plot.xaxis.ticker = BasicTicker(desired_num_ticks=5)
    plot.yaxis.axis_label = "validation accuracy"
    plot.yaxis.formatter = NumeralTickFormatter(format="0%")
    plot.yaxis.ticker = FixedTicker(ticks=[0, 0.25, 0.5, 0.75, 1])
    plot.add_layout(
        Span(location=CHANCE, dimension="width", line_dash="dashed", line_width=1.5, tags=["line_color=--quiet"])
    )
    across, up = [line["epoch"] for line in history], [line["valid_accuracy"] for line in history]
    tips = [
        f"after {line['epoch']:.3g} epochs\n"
        f"{percent(line['valid_accuracy'])}: {line['valid_right']:,.0f} of {n:,} right\n"
        f"{line['valid_nats_per_token']:.3f} nats per sequence"
        for line in history
    ]
    data = figures.source({"x": across, "y": up, "tip": tips}, tip=True)
    figures.tinted(plot.line("x", "y", source=data, line_width=2.5), line_color="series-1")
    dots = plot.scatter("x", "y", source=data, size=7)
    figures.tinted(dots, line_color="series-1", fill_color="series-1")
    figures.hover(plot, dots)
    description = (
        f"Validation accuracy from {percent(up[0])} to {percent(up[-1])} over {end:.3g} epochs; chance is 25 %"
    )
    best = min(history, key=lambda line: line["valid_nats_per_token"])
    note = (
        f"{len(history)} evaluations on the same {n:,} held-out sequences; the dashed line is chance, 25 %. The "
        f"saved weights are those with the lowest validation loss, after {best['epoch']:.3g} epochs: "
        f"{best['valid_nats_per_token']:.4f} nats per sequence, where chance is 1.386."
    )
    return (
        Figure(plot, description, height=HEIGHT, heading="Validation accuracy by epoch"),
        Paragraph(note, quiet=True),
    )


def course_finding(run: Run) -> Finding | None:
    """The first and the last validation accuracy, and after how long it was first all but right."""
    history = run.history
    if not history:
        return None
    first, last = history[0], history[-1]
    text = (
        f"Validation accuracy went from {percent(first['valid_accuracy'])} to {percent(last['valid_accuracy'])} of "
        f"{last['valid_tokens']:,} sequences over {last['epoch']:.3g} epochs, where chance is {percent(CHANCE)}."
    )
    learned = next((line["epoch"] for line in history if line["valid_accuracy"] >= LEARNED), None)
    plain = (
        f"After {learned:.2g} of {last['epoch']:.3g} rounds of training {percent(LEARNED, 0)} of the held-out "
        "sequences were right for the first time."
        if learned is not None
        else f"In {last['epoch']:.3g} rounds of training it never got to {percent(LEARNED, 0)} right."
    )
    return Finding(text, plain=plain)


def answers_findings(run: Run) -> tuple[Finding, ...]:
    """`finding` of the test sequences beside chance, the class that comes out worst, and what the figures rest on."""
    confusion = confusion_of(run, "test")
    accuracy = confusion.accuracy
    measure = share_measure(accuracy.share, CHANCE, "chance", accuracy.interval)
    known = percent(accuracy.share)
    plain = (
        f"It knows which of X and Y stood first and which second in {known} of sequences that it was not trained on; "
        f"guessing is right in {percent(CHANCE, 0)}."
        if measure.skill > 0
        else f"Whether it learned the order at all: {known} of the sequences are predicted correctly, and guessing is "
        f"right in {percent(CHANCE, 0)}."
    )
    trust = (
        f"The accuracy is of one training, counted over {accuracy.n:,} test sequences (95 % "
        f"{percent_ends(accuracy.interval)}), none of which equals a training sequence; another start of the same "
        "training may give a different result."
    )
    return (
        Finding(finding(confusion), measure, plain=plain),
        *_weakest(confusion),
        Finding("", standing="trust", plain=trust),
    )


def _weakest(confusion: Confusion) -> Iterable[Finding]:
    """The class that is told right least often, beside chance, where any is told wrong."""
    if not confusion.mistakes:
        return
    of_classes = [confusion.of_class(i) for i in range(len(confusion.classes))]
    shares = [(Proportion.of(right, n), PAIRS[i]) for i, (right, n) in enumerate(of_classes) if n]
    worst, pair = min(shares, key=lambda each: each[0].share)
    measure = share_measure(worst.share, CHANCE, "chance", worst.interval)
    plain = (
        f"Hardest are sequences with {pair[0]} first and {pair[1]} second: {percent(worst.share)} are predicted "
        "correctly."
    )
    yield Finding("", measure, plain=plain)


def answers(run: Run) -> Sequence[Part]:
    """The confusion table of the test sequences."""
    confusion = confusion_of(run, "test")
    rows = []
    for i, name in enumerate(confusion.classes):
        right, n = confusion.of_class(i)
        rows.append(
            (
                f"{name}: {PAIRS[i]}",
                *(f"{count:,}" for count in confusion.counts[i]),
                f"{n:,}",
                percent(right / n if n else None),
            )
        )
    columns = ("Class: true symbols", *(f"predicted {name}" for name in confusion.classes), "sequences", "right")
    caption = (
        "Rows are the true classes, columns the predicted ones. No test sequence equals a training sequence: a hash "
        "of each decides which of the two it can be."
    )
    return (Table(columns, tuple(rows), caption),)


@dataclass(frozen=True)
class StateMaterial(OwnMaterial):
    """The final states of a classifier after the test sequences, and their maps."""

    which = "final"
    called = "final states"


def states(material: StateMaterial) -> Sequence[Part]:
    """The map of the final states, coloured by the class of the sequence and by the predicted one."""
    if not material.embedded or material.space is None:
        return ()
    names = dict(enumerate(f"{name}: {pair}" for name, pair in zip(CLASSES, PAIRS, strict=True)))
    colorings = [
        Coloring(title, np.array([CLASSES.index(name) for name in material.space.columns[column]]), names)
        for title, column in (("class", "class"), ("predicted", "told"))
    ]
    return (word_map(material.embedded, {material.key: material.maps}, "sequence", {material.key: colorings}),)


def finding(confusion: Confusion) -> str:
    """One sentence or two: the accuracy, and the most frequent mistake."""
    accuracy = confusion.accuracy
    text = (
        f"{accuracy.right:,} of {accuracy.n:,} test sequences are predicted correctly: {percent(accuracy.share)}, 95 % "
        f"{percent_ends(accuracy.interval)}."
    )
    if not confusion.mistakes:
        return text
    name, prediction, count = confusion.mistakes[0]
    pair, predicted_pair = PAIRS[confusion.classes.index(name)], PAIRS[confusion.classes.index(prediction)]
    lost = [
        place
        for place, (one, other) in zip(("first", "second"), zip(pair, predicted_pair, strict=True), strict=True)
        if one != other
    ]
    where = f"the {lost[0]} symbol is" if len(lost) == 1 else "both symbols are"
    wrong = confusion.n - confusion.right
    return f"{text} Of the {wrong:,} mistakes {count:,} take {pair} for {predicted_pair}: {where} wrong."


SECTIONS = (
    SectionSpec("accuracy", of_run(course), of_run(course_finding), ("history.jsonl",)),
    SectionSpec(
        "answers",
        of_run(answers),
        of_run(answers_findings),
        ("metrics.json",),
        heading="Which classes are confused",
        caption=(
            "Q, R, S and U are the sequences that contain XX, XY, YX and YY; the class is predicted from the "
            "state after the last symbol."
        ),
    ),
    SectionSpec(
        "final-states",
        of_own(StateMaterial, states, ()),
        of_own(StateMaterial, own_maps_finding, None),
        ("spaces/*", "maps/*"),
    ),
)
