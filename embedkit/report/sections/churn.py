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
    over_training = OVER_TRAINING.load_or_none(material.run)
    if over_training is not None:
        first, *_, last = over_training.snapshots
        if first.to_last is not None:
            interval, chance = ends(first.to_last.interval), f"{over_training.churn_chance:.2f}"
            detail = f"95 % {interval}; 0 is none, shuffled labels {chance}; {over_training.words:,} words"
            name = "churn of neighbourhoods, first snapshot to last"
            yield Headline(f"{first.to_last.value:.2f}", name, detail)
        for name, each in (("first", first.analogies), ("last", last.analogies)):
            if each is not None:
                over = f"95 % {percent_ends(each.interval)}, of {each.covered:,} of {each.total:,} questions"
                yield Headline(percent(each.accuracy), f"analogies right, {name} snapshot", over)
    yield from metrics.trained(material.run)


def course(found: OverTraining | None) -> Sequence[Part]:
    """What changed over the training: findings, both figures, and the table."""
    if found is None:
        return ()
    analogies = _points(found, _analogies)
    parts: list[Part] = [*(Paragraph(told) for told in findings(found)[1:]), churn_curves(found)]
    if len(analogies) > 1:
        parts.append(_analogy_curve(found, analogies))
    return (*parts, _table(found), Paragraph(_note(found), quiet=True))


def course_finding(found: OverTraining | None) -> str | None:
    """How far the neighbourhoods moved, and whether they had settled."""
    told = [] if found is None else findings(found)
    return told[0] if told else None


def findings(found: OverTraining) -> list[str]:
    """What the course says, a sentence each."""
    first, last = found.snapshots[0], found.snapshots[-1]
    # The last ones may lie close together, where the budget is one of time.
    apart = [each for each in found.snapshots[:-1] if each.tokens_seen <= 0.9 * last.tokens_seen]
    before = (apart or found.snapshots[:-1])[-1]
    told = []
    if first.to_last and before.to_last:
        rest = 1 - before.tokens_seen / max(1, last.tokens_seen)
        told.append(
            f"From the first snapshot ({first.tokens_seen:,} tokens) to the last the neighbourhoods of the "
            f"{found.words:,} most frequent words churned by {first.to_last.value:.2f}, where 0 is none and 1 is all "
            f"new; over the last {percent(rest, 0)} of the tokens by {before.to_last.value:.2f}. "
            f"{_settled(before.to_last.value)}"
        )
    start, end = first.analogies, last.analogies
    if start and end and start.interval and end.interval:
        distinct = start.interval.high < end.interval.low or end.interval.high < start.interval.low
        change = "the intervals lie apart" if distinct else "the intervals overlap, so that this may be chance"
        told.append(
            f"Analogies: {percent(start.accuracy)} right at the first snapshot, {percent(end.accuracy)} at the last, "
            f"of the same {end.covered:,} questions; {change}."
        )
    return told


def _settled(churn: float) -> str:
    if churn < SETTLED:
        return "So they had settled when training ended; a learning rate that falls to zero settles any space."
    return "So the neighbourhoods still moved when training ended."


def churn_curves(found: OverTraining) -> Figure:
    """Churn to the next and to the last, and CKA to the last, by the tokens seen."""
    series = [
        ("churn to the next snapshot", "series-1", _points(found, lambda each: _mean(each.to_next))),
        ("churn to the last", "series-2", _points(found, lambda each: _mean(each.to_last))),
        ("CKA to the last", "series-3", _points(found, _cka)),
    ]
    highest = max([1.0, *(value for _, _, points in series for _, value, _ in points)])
    plot, size = _plot(found, "churn, or CKA", 0.0, 1.02 * highest, HEIGHT)
    chance = Span(location=found.churn_chance, dimension="width", line_dash="dashed", line_width=1)
    chance.tags = ["line_color=--quiet"]
    plot.add_layout(chance)
    for name, colour, points in series:
        _draw(plot, size, name, colour, points, "{:.3f}".format)
    ends = ", ".join(f"{name} from {points[0][1]:.2f} to {points[-1][1]:.2f}" for name, _, points in series)
    legend = tuple((name, colour) for name, colour, _ in series)
    return Figure(
        plot,
        f"Neighbour churn over training: {ends}",
        height=HEIGHT,
        legend=legend,
        heading="Churn of neighbourhoods by tokens seen",
    )


def _analogy_curve(found: OverTraining, points: list[Point]) -> Figure:
    highest = max(interval.high if interval else value for _, value, interval in points)
    plot, size = _plot(found, "analogies right", 0.0, max(0.01, 1.1 * highest), LOWER)
    plot.yaxis.formatter = NumeralTickFormatter(format="0.0%" if highest < 0.1 else "0%")
    _draw(plot, size, "right", "series-1", points, percent)
    last = points[-1][0].analogies
    over = f"{last.covered:,} of {last.total:,} questions" if last else ""
    description = f"Share of analogies right over training, from {percent(points[0][1])} to {percent(points[-1][1])}"
    return Figure(plot, description, height=LOWER, heading=f"{found.questions}: {over}")


def _mean(mean: WordMean | None) -> Value | None:
    return None if mean is None else (mean.value, mean.interval)


def _cka(each: SnapshotFigures) -> Value | None:
    return None if each.cka_to_last is None else (each.cka_to_last.debiased, each.cka_to_last.interval)


def _analogies(each: SnapshotFigures) -> Value | None:
    return None if each.analogies is None else (each.analogies.accuracy, each.analogies.interval)


def _points(found: OverTraining, of: Callable[[SnapshotFigures], Value | None]) -> list[Point]:
    """The snapshots that have a value, with it and its interval."""
    return [(each, *value) for each in found.snapshots if (value := of(each))]


def _plot(found: OverTraining, label: str, low: float, high: float, height: int) -> tuple[figures.figure, int]:
    most = found.snapshots[-1].tokens_seen
    size, prefix = next(each for each in UNITS_OF_TOKENS if most >= 2 * each[0] or each[0] == 1)
    across = figures.extent(0, 1.04 * most / size)
    plot = figures.blank(height=height, x_range=across, y_range=figures.extent(low, high))
    plot.xaxis.axis_label = f"{prefix}tokens seen"
    plot.xaxis.ticker = BasicTicker(desired_num_ticks=4)
    plot.yaxis.axis_label = label
    return plot, size


def _draw(
    plot: figures.figure, size: int, name: str, colour: str, points: list[Point], written: Callable[[float], str]
) -> None:
    across, values = [each.tokens_seen / size for each, _, _ in points], [value for _, value, _ in points]
    data = figures.source({"x": across, "y": values})
    figures.tinted(plot.line("x", "y", source=data, line_width=2.5), line_color=colour)
    figures.tinted(plot.scatter("x", "y", source=data, size=7), line_color=colour, fill_color=colour)
    known = [(x, interval) for x, (_, _, interval) in zip(across, points, strict=True) if interval is not None]
    whiskers = figures.source(
        {"x": [x for x, _ in known], "low": [i.low for _, i in known], "high": [i.high for _, i in known]}
    )
    figures.tinted(plot.segment("x", "low", "x", "high", source=whiskers, line_width=1.5), line_color=colour)
    tips = [
        f"{name}, step {each.step:,}, {each.tokens_seen:,} tokens\n{written(value)}"
        + (f" (95 %: {written(interval.low)} – {written(interval.high)})" if interval else "")
        for each, value, interval in points
    ]
    around = figures.source({"x": across, "y": values, "tip": tips}, tip=True)
    figures.hover(plot, plot.scatter("x", "y", source=around, size=30, line_alpha=0, fill_alpha=0))


def _table(found: OverTraining) -> Table:
    rows = []
    for each in found.snapshots:
        values = (_mean(each.to_next), _mean(each.to_last), _cka(each))
        cells = [text for value in values for text in _cells(value)]
        shares = _analogies(each)
        if shares is None:
            cells += [MISSING, MISSING]
        else:
            accuracy, interval = shares
            cells += [percent(accuracy), percent_ends(interval)]
        rows.append((f"{each.step:,}", f"{each.tokens_seen:,}", *cells))
    ci = "95 % interval"
    columns = ("Step", "Tokens seen", "Churn to next", ci, "Churn to last", ci, "CKA to last", ci, "Analogies", ci)
    return Table(columns, tuple(rows), f"{found.space}, snapshot by snapshot", numbers_from=0)


def _note(found: OverTraining) -> str:
    asked = (
        f" Analogies by 3CosAdd; their intervals are over word pairs ({found.questions})." if found.questions else ""
    )
    return (
        f"Churn is 1 − the mean Jaccard index of the {found.k} nearest of each of the {found.words:,} most frequent "
        f"words, among themselves; the dashed line is that of shuffled labels, {found.churn_chance:.4f}. CKA is linear "
        f"and debiased, over the same words. The last snapshot is of the end of training, which need not be where "
        f"validation was best. Intervals are 95 %, over words ({found.resamples:,} resamples, seed {found.seed})."
        f"{asked}"
    )


def _cells(found: Value | None) -> tuple[str, str]:
    if found is None:
        return MISSING, MISSING
    value, interval = found
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
