"""The section of the temporal-order lab: accuracy by epoch, a figure a level, and a table of all networks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from bokeh.models import BasicTicker, FixedTicker, NumeralTickFormatter, Span

from embedkit.analysis.intervals import Interval
from embedkit.analysis.proportion import Proportion
from embedkit.numerals import MISSING, counted, listed, lower_first, percent, percent_ends
from embedkit.report.figures import lines
from embedkit.report.figures import style as figures
from embedkit.report.findings import Finding, share_measure
from embedkit.report.material import Material
from embedkit.report.parts import Figure, Headline, Paragraph, Part, Table
from embedkit.report.sections.spec import SectionSpec, of_run
from embedkit.runs.folder import Run
from embedkit.tasks.classify.data import CLASSES, LEVELS
from embedkit.tasks.classify.temporal_order.score import Course, Seeds, first_reached

NAMES = {"rnn": "plain RNN", "gru": "GRU", "lstm": "LSTM", "rnn-recipe": "plain RNN by recipe"}
COLOURS = {"rnn": "series-2", "gru": "series-3", "lstm": "series-1", "rnn-recipe": "accent-strong"}
CHANCE = 1 / len(CLASSES)
SOLVED = 0.99
"""The accuracy from which on a level counts as solved."""
SOLVED_IN_WORDS = percent(SOLVED, 0)
HEIGHT = 300


@dataclass(frozen=True)
class Result:
    """The trainings of one network at one level, over its seeds.

    Attributes:
        course: accuracy on the validation sequences by epoch.
        seeds: accuracy on the test sequences, of the best weights.
        solved_after: median epoch at which validation is SOLVED, over the seeds that get there; None where none does.
    """

    level: str
    network: str
    course: Course
    valid_sequences: int
    seeds: Seeds
    solved_after: float | None
    seconds: float


def results(run: Run) -> list[Result]:
    """A result a level and network, in the order of the experiment."""
    options = run.config["options"]
    return [_result(run, level, network) for level in options["levels"] for network in options["networks"]]


def _result(run: Run, level: str, network: str) -> Result:
    records = [r for r in run.trials if (r["settings"]["level"], r["settings"]["network"]) == (level, network)]
    results = [record["result"] for record in records]
    epochs, n = results[0]["epochs"], results[0]["valid_sequences"]
    curves = [[right / n for right in each["valid_right"]] for each in results]
    solved = [epoch for curve in curves if (epoch := first_reached(epochs, curve, SOLVED)) is not None]
    return Result(
        level,
        network,
        Course.of(epochs, curves),
        n,
        Seeds(tuple(each["test_right"] for each in results), results[0]["test_sequences"]),
        median(solved) if solved else None,
        median(record["seconds"] for record in records),
    )


def summary(run: Run) -> str:
    """One sentence: the number of trainings, networks, levels and seeds."""
    options = run.config["options"]
    networks, levels = (len(options[name]) for name in ("networks", "levels"))
    return (
        f"{run.metrics['trials']:,} trainings on temporal order: {counted(networks, 'network')} at "
        f"{counted(levels, 'level')}, each with {counted(options['seeds'], 'seed')}."
    )


def headlines(material: Material) -> Iterable[Headline]:
    """Of the longest level: the median accuracy of each network."""
    last = material.run.config["options"]["levels"][-1]
    for result in results(material.run):
        if result.level == last:
            seeds = result.seeds
            yield Headline(
                percent(seeds.middle),
                f"{NAMES[result.network]}, {last}",
                f"median of {counted(len(seeds.right), 'seed')}, {percent(seeds.worst)} to {percent(seeds.best)}; "
                f"{seeds.n:,} test sequences each",
            )


def section(run: Run) -> Sequence[Part]:
    """The findings of the shorter levels, a figure a level, and the table."""
    if not run.trials:
        return ()
    outcomes = results(run)
    levels = list(dict.fromkeys(each.level for each in outcomes))
    parts: list[Part] = [Paragraph(finding(level, [r for r in outcomes if r.level == level])) for level in levels[:-1]]
    parts += [courses(level, [r for r in outcomes if r.level == level]) for level in levels]
    count = len(outcomes[0].seeds.right)
    note = (
        f"Lines are medians over {counted(count, 'seed')}, bands span the worst to the best, and "
        f"the dashed line is chance, {percent(CHANCE)}. Measured after each epoch on held-out sequences that no "
        "training sequence equals; all networks and seeds are measured on the same ones."
    )
    return [*parts, Paragraph(note, quiet=True), table(outcomes)]


def findings(run: Run) -> tuple[Finding, ...]:
    """`finding` of the last level, the longest, leads the section, which itself has those of the others; and each
    network at that level beside chance."""
    outcomes = results(run) if run.trials else []
    if not outcomes:
        return ()
    longest = outcomes[-1].level
    last = [outcome for outcome in outcomes if outcome.level == longest]
    lead = Finding(finding(longest, last), standing="detail")
    return (lead, *map(_of_network, last), *_trust(last))


def _of_network(result: Result) -> Finding:
    """What one network makes of a level, from the worst seed's interval to the best's."""
    seeds, (shortest, longest) = result.seeds, LEVELS[result.level].length
    ends = Interval(seeds.worst_interval.low, Proportion.of(max(seeds.right), seeds.n).interval.high)
    measure = share_measure(seeds.middle, CHANCE, "chance", ends)
    count = len(seeds.right)
    same = seeds.worst == seeds.best
    over = f"in each of {count} trainings" if same else f"{percent(seeds.worst)} to {percent(seeds.best)} over {count}"
    spread = f" ({over})" if count > 1 else ""
    what = f"the order of two symbols in sequences of {shortest:,} to {longest:,}"
    right = f"The {NAMES[result.network]} gets {what} right in {percent(seeds.middle)} of cases{spread}"
    if measure.skill > 0:
        return Finding("", measure, plain=f"{right}.")
    plain = f"Whether every training learned it: {lower_first(right)}, and chance is {percent(CHANCE, 0)}."
    return Finding("", measure, plain=plain)


def _trust(outcomes: Sequence[Result]) -> Iterable[Finding]:
    seeds = outcomes[0].seeds
    count = len(seeds.right)
    start = f"{count} starts of each network are too few" if count > 1 else "One start of each network is too little"
    yield Finding(
        "",
        standing="trust",
        plain=f"{start} to say how often one fails; what each came to is counted over {seeds.n:,} sequences that no "
        "training sequence equals, the same ones for all.",
    )


def finding(level: str, outcomes: Sequence[Result]) -> str:
    """One sentence on a level: which networks solve it with every seed, and how far the others come."""
    whole = [f"the {NAMES[r.network]}" for r in outcomes if r.seeds.worst >= SOLVED]
    rest = [
        f"the {NAMES[r.network]} has a median of {percent(r.seeds.middle)} "
        f"({percent(r.seeds.worst)} to {percent(r.seeds.best)}; {SOLVED_IN_WORDS} with {r.seeds.reached(SOLVED)} of "
        f"{len(r.seeds.right)} seeds)"
        for r in outcomes
        if r.seeds.worst < SOLVED
    ]
    shortest, longest = LEVELS[level].length
    text = f"{level.capitalize()}, {shortest:,} to {longest:,} symbols: "
    seeds = "every seed" if len(outcomes[0].seeds.right) > 1 else "its seed"
    if whole:
        text += f"{listed(whole)} reach{'es' if len(whole) == 1 else ''} {SOLVED_IN_WORDS} with {seeds}"
        return text + (f"; {listed(rest)}." if rest else ".")
    return text + f"nothing reaches {SOLVED_IN_WORDS} with {seeds}; {listed(rest)}."


def courses(level: str, outcomes: Sequence[Result]) -> Figure:
    """Accuracy by epoch at one level: a line and a band a network."""
    plot = figures.blank(height=HEIGHT, x_range=_epochs(outcomes), y_range=figures.extent(0, 1.04))
    plot.xaxis.axis_label = "epochs"
    plot.xaxis.ticker = BasicTicker(desired_num_ticks=5)
    plot.yaxis.axis_label = "validation accuracy"
    plot.yaxis.formatter = NumeralTickFormatter(format="0%")
    plot.yaxis.ticker = FixedTicker(ticks=[0, 0.25, 0.5, 0.75, 1])
    chance = Span(location=CHANCE, dimension="width", line_dash="dashed", line_width=1.5, tags=["line_color=--quiet"])
    plot.add_layout(chance)
    tips: dict[str, list] = {"x": [], "y": [], "tip": []}
    for result in outcomes:
        course, colour = result.course, COLOURS[result.network]
        data = figures.source({"x": course.epochs, "low": course.low, "middle": course.middle, "high": course.high})
        lines.band(plot, data, colour, alpha=0.16)
        lines.stroke(plot, "middle", data, colour, line_width=2.5)
        tips["x"] += course.epochs.tolist()
        tips["y"] += course.middle.tolist()
        tips["tip"] += [_tip(result, i) for i in range(len(course.epochs))]
    around = plot.scatter("x", "y", source=figures.source(tips, tip=True), size=24, line_alpha=0, fill_alpha=0)
    figures.hover(plot, around)
    ends = ", ".join(f"{NAMES[r.network]} {percent(float(r.course.middle[-1]))}" for r in outcomes)
    shortest, longest = LEVELS[level].length
    return Figure(
        plot,
        f"Accuracy by epoch at the {level} level, medians over seeds with bands from worst to best. At the end: {ends}",
        height=HEIGHT,
        legend=tuple((NAMES[r.network], COLOURS[r.network]) for r in outcomes),
        heading=f"{level.capitalize()}: {shortest:,} to {longest:,} symbols",
    )


def _epochs(outcomes: Sequence[Result]) -> object:
    return figures.extent(0, 1.02 * max(float(r.course.epochs[-1]) for r in outcomes))


def _tip(result: Result, i: int) -> str:
    course = result.course
    return (
        f"{NAMES[result.network]} after {course.epochs[i]:g} epochs\nmedian {percent(float(course.middle[i]))}\n"
        f"worst {percent(float(course.low[i]))}, best {percent(float(course.high[i]))}\n"
        f"{len(result.seeds.right)} seeds, {result.valid_sequences:,} sequences"
    )


def table(outcomes: Sequence[Result]) -> Table:
    """Accuracies on the test sequences, a row a network and level."""
    rows = [
        (
            f"{r.level}, {NAMES[r.network]}",
            percent(r.seeds.middle),
            f"{percent(r.seeds.worst)} – {percent(r.seeds.best)}",
            percent_ends(r.seeds.worst_interval),
            f"{r.seeds.n:,}",
            f"{r.seeds.reached(SOLVED)} of {len(r.seeds.right)}",
            MISSING if r.solved_after is None else f"{r.solved_after:g}",
            f"{r.seconds:.0f}",
        )
        for r in outcomes
    ]
    return Table(
        columns=(
            "Level, network",
            "Median",
            "Worst – best",
            "95 % of the worst",
            "Test sequences",
            f"Seeds at {SOLVED_IN_WORDS}",
            f"Epochs to {SOLVED_IN_WORDS}",
            "Seconds",
        ),
        rows=tuple(rows),
        caption="Accuracy on test sequences, with the weights that were best on validation. The interval is Wilson's, "
        "over sequences, for the worst seed; worst and best show how much seeds differ. Epochs are the median over "
        "the seeds that get there, seconds the median over trainings.",
        heading="What each came to",
    )


SECTIONS = (
    SectionSpec(
        "temporal-order",
        of_run(section),
        of_run(findings),
        ("trials.jsonl", "config.toml"),
        heading="Accuracy by epoch",
        caption=(
            "A network reads B, distractors, an X or Y, more distractors, another X or Y, still more "
            "distractors and E, and then predicts which of X and Y stood at the two places. The longer the "
            "sequence, the longer it has to remember both (Hochreiter & Schmidhuber 1997, experiment 6a)."
        ),
    ),
)
