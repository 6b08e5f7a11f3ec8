"""A run over its training: churn of neighbourhoods, CKA and analogies from snapshot to snapshot."""

from collections.abc import Callable, Iterable, Sequence

from bokeh.models import BasicTicker, NumeralTickFormatter, Span

from embedkit.analysis.comparison.churn import OverTraining, SnapshotFigures
from embedkit.analysis.comparison.stored import OVER_TRAINING
from embedkit.analysis.comparison.wordwise import WordMean
from embedkit.analysis.intervals import Interval
from embedkit.numerals import MISSING, ends, percent, percent_ends
from embedkit.report import metrics
from embedkit.report.figures import style as figures
from embedkit.report.figures.curves import UNITS_OF_TOKENS
from embedkit.report.material import Material
from embedkit.report.parts import Figure, Headline, Paragraph, Part, Table
from embedkit.report.sections.spec import SectionSpec

HEIGHT, LOWER = 340, 260
SETTLED = 0.1
"""Churn to the last below which a space is said to have settled."""

Value = tuple[float, Interval | None]
Point = tuple[SnapshotFigures, float, Interval | None]


def headlines(material: Material) -> Iterable[Headline]:
    """How far the neighbourhoods churned, analogies at both ends, and how good the run became."""
    training = OVER_TRAINING.load_or_none(material.run)
    if training is not None:
        first, *_, last = training.snapshots
        if first.to_last is not None:
            interval, chance = ends(first.to_last.interval), f"{training.churn_chance:.2f}"
            detail = f"95 % {interval}; 0 is none, shuffled labels {chance}; {training.words:,} words"
            name = "churn of neighbourhoods, first snapshot to last"
            yield Headline(f"{first.to_last.value:.2f}", name, detail)
        for name, score in (("first", first.analogies), ("last", last.analogies)):
            if score is not None:
                over = f"95 % {percent_ends(score.interval)}, of {score.covered:,} of {score.total:,} questions"
                yield Headline(percent(score.accuracy), f"analogies right, {name} snapshot", over)
    yield from metrics.trained(material.run)


def course(training: OverTraining | None) -> Sequence[Part]:
    """What changed over the training: findings, both figures, and the table."""
    if training is None:
        return ()
    analogies = _points(training, _analogies)
    parts: list[Part] = [
        *(Paragraph(sentence) for sentence in findings(training)[1:]),
        churn_curves(training),
    ]
    if len(analogies) > 1:
        parts.append(_analogy_curve(training, analogies))
    return (*parts, _table(training), Paragraph(_note(training), quiet=True))


def course_finding(training: OverTraining | None) -> str | None:
    """How far the neighbourhoods moved, and whether they had settled."""
    sentences = [] if training is None else findings(training)
    return sentences[0] if sentences else None


def findings(training: OverTraining) -> list[str]:
    """How far the neighbourhoods moved and whether analogies changed, a sentence each."""
    first, last = training.snapshots[0], training.snapshots[-1]
    # The last ones may lie close together, where the budget is one of time.
    earlier = [each for each in training.snapshots[:-1] if each.tokens_seen <= 0.9 * last.tokens_seen]
    before = (earlier or training.snapshots[:-1])[-1]
    sentences = []
    if first.to_last and before.to_last:
        rest = 1 - before.tokens_seen / max(1, last.tokens_seen)
        sentences.append(
            f"From the first snapshot ({first.tokens_seen:,} tokens) to the last the neighbourhoods of the "
            f"{training.words:,} most frequent words churned by {first.to_last.value:.2f}, where 0 is none and 1 is "
            f"all new; over the last {percent(rest, 0)} of the tokens by {before.to_last.value:.2f}. "
            f"{_settled(before.to_last.value)}"
        )
    start, end = first.analogies, last.analogies
    if start and end and start.interval and end.interval:
        distinct = start.interval.high < end.interval.low or end.interval.high < start.interval.low
        change = "the intervals lie apart" if distinct else "the intervals overlap, so that this may be chance"
        sentences.append(
            f"Analogies: {percent(start.accuracy)} right at the first snapshot, {percent(end.accuracy)} at the last, "
            f"of the same {end.covered:,} questions; {change}."
        )
    return sentences


def _settled(churn: float) -> str:
    if churn < SETTLED:
        return "So they had settled when training ended; a learning rate that falls to zero settles any space."
    return "So the neighbourhoods still moved when training ended."


def churn_curves(training: OverTraining) -> Figure:
    """Churn to the next and to the last, and CKA to the last, by the tokens seen."""
    series = [
        ("churn to the next snapshot", "series-1", _points(training, lambda snapshot: _mean(snapshot.to_next))),
        ("churn to the last", "series-2", _points(training, lambda snapshot: _mean(snapshot.to_last))),
        ("CKA to the last", "series-3", _points(training, _cka)),
    ]
    highest = max([1.0, *(value for _, _, points in series for _, value, _ in points)])
    plot, size = _plot(training, "churn, or CKA", 0.0, 1.02 * highest, HEIGHT)
    chance = Span(location=training.churn_chance, dimension="width", line_dash="dashed", line_width=1)
    chance.tags = ["line_color=--quiet"]
    plot.add_layout(chance)
    for name, colour, points in series:
        _draw(plot, size, name, colour, points, "{:.3f}".format)
    courses = ", ".join(f"{name} from {points[0][1]:.2f} to {points[-1][1]:.2f}" for name, _, points in series)
    legend = tuple((name, colour) for name, colour, _ in series)
    return Figure(
        plot,
        f"Neighbour churn over training: {courses}",
        height=HEIGHT,
        legend=legend,
        heading="Churn of neighbourhoods by tokens seen",
    )


def _analogy_curve(training: OverTraining, points: list[Point]) -> Figure:
    highest = max(interval.high if interval else value for _, value, interval in points)
    plot, size = _plot(training, "analogies right", 0.0, max(0.01, 1.1 * highest), LOWER)
    plot.yaxis.formatter = NumeralTickFormatter(format="0.0%" if highest < 0.1 else "0%")
    _draw(plot, size, "right", "series-1", points, percent)
    last = points[-1][0].analogies
    over = f"{last.covered:,} of {last.total:,} questions" if last else ""
    description = f"Share of analogies right over training, from {percent(points[0][1])} to {percent(points[-1][1])}"
    return Figure(plot, description, height=LOWER, heading=f"{training.questions}: {over}")


def _mean(mean: WordMean | None) -> Value | None:
    return None if mean is None else (mean.value, mean.interval)


def _cka(snapshot: SnapshotFigures) -> Value | None:
    return None if snapshot.cka_to_last is None else (snapshot.cka_to_last.debiased, snapshot.cka_to_last.interval)


def _analogies(snapshot: SnapshotFigures) -> Value | None:
    return None if snapshot.analogies is None else (snapshot.analogies.accuracy, snapshot.analogies.interval)


def _points(training: OverTraining, value_of: Callable[[SnapshotFigures], Value | None]) -> list[Point]:
    """The snapshots that have a value, with it and its interval."""
    return [(snapshot, *value) for snapshot in training.snapshots if (value := value_of(snapshot))]


def _plot(training: OverTraining, label: str, low: float, high: float, height: int) -> tuple[figures.figure, int]:
    most = training.snapshots[-1].tokens_seen
    size, prefix = next(each for each in UNITS_OF_TOKENS if most >= 2 * each[0] or each[0] == 1)
    across = figures.extent(0, 1.04 * most / size)
    plot = figures.blank(height=height, x_range=across, y_range=figures.extent(low, high))
    plot.xaxis.axis_label = f"{prefix}tokens seen"
    plot.xaxis.ticker = BasicTicker(desired_num_ticks=4)
    plot.yaxis.axis_label = label
    return plot, size


def _draw(
    plot: figures.figure, size: int, name: str, colour: str, points: list[Point], in_words: Callable[[float], str]
) -> None:
    across, values = [snapshot.tokens_seen / size for snapshot, _, _ in points], [value for _, value, _ in points]
    data = figures.source({"x": across, "y": values})
    figures.tinted(plot.line("x", "y", source=data, line_width=2.5), line_color=colour)
    figures.tinted(plot.scatter("x", "y", source=data, size=7), line_color=colour, fill_color=colour)
    intervals = [(x, interval) for x, (_, _, interval) in zip(across, points, strict=True) if interval is not None]
    whiskers = figures.source(
        {"x": [x for x, _ in intervals], "low": [i.low for _, i in intervals], "high": [i.high for _, i in intervals]}
    )
    figures.tinted(plot.segment("x", "low", "x", "high", source=whiskers, line_width=1.5), line_color=colour)
    tips = [
        f"{name}, step {snapshot.step:,}, {snapshot.tokens_seen:,} tokens\n{in_words(value)}"
        + (f" (95 %: {in_words(interval.low)} – {in_words(interval.high)})" if interval else "")
        for snapshot, value, interval in points
    ]
    around = figures.source({"x": across, "y": values, "tip": tips}, tip=True)
    figures.hover(plot, plot.scatter("x", "y", source=around, size=30, line_alpha=0, fill_alpha=0))


def _table(training: OverTraining) -> Table:
    rows = []
    for snapshot in training.snapshots:
        values = (_mean(snapshot.to_next), _mean(snapshot.to_last), _cka(snapshot))
        cells = [text for value in values for text in _cells(value)]
        shares = _analogies(snapshot)
        if shares is None:
            cells += [MISSING, MISSING]
        else:
            accuracy, interval = shares
            cells += [percent(accuracy), percent_ends(interval)]
        rows.append((f"{snapshot.step:,}", f"{snapshot.tokens_seen:,}", *cells))
    ci = "95 % interval"
    columns = ("Step", "Tokens seen", "Churn to next", ci, "Churn to last", ci, "CKA to last", ci, "Analogies", ci)
    return Table(columns, tuple(rows), f"{training.space}, snapshot by snapshot", numbers_from=0)


def _note(training: OverTraining) -> str:
    analogies = (
        f" Analogies by 3CosAdd; their intervals are over word pairs ({training.questions})."
        if training.questions
        else ""
    )
    return (
        f"Churn is 1 − the mean Jaccard index of the {training.k} nearest of each of the {training.words:,} most "
        f"frequent words, among themselves; the dashed line is that of shuffled labels, {training.churn_chance:.4f}. "
        "CKA is linear and debiased, over the same words. The last snapshot is of the end of training, which need not "
        f"be where validation was best. Intervals are 95 %, over words ({training.resamples:,} resamples, "
        f"seed {training.seed}).{analogies}"
    )


def _cells(estimate: Value | None) -> tuple[str, str]:
    if estimate is None:
        return MISSING, MISSING
    value, interval = estimate
    return f"{value:.3f}", ends(interval)


SECTIONS = (
    SectionSpec(
        "over-training",
        lambda material: course(OVER_TRAINING.load_or_none(material.run)),
        lambda material: course_finding(OVER_TRAINING.load_or_none(material.run)),
        ("comparisons/*",),
        headlines,
    ),
)
