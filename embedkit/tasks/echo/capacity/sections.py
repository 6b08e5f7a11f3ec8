"""The section about how long an echo fits into how many units."""

from collections.abc import Iterable, Sequence

import numpy as np
from bokeh.models import FixedTicker, Image, LinearColorMapper, NumeralTickFormatter

from embedkit.analysis.intervals import Interval
from embedkit.numerals import MISSING, counted, lower_first, percent, plural
from embedkit.report.figures import lines
from embedkit.report.figures import style as figures
from embedkit.report.figures.lines import CELL_COLOURS, Line
from embedkit.report.findings import Finding, Measure
from embedkit.report.material import Material
from embedkit.report.parts import Figure, Headline, Paragraph, Part, Table
from embedkit.report.sections.spec import SectionSpec, of_run
from embedkit.report.summaries import CELLS_IN_WORDS, cell_name
from embedkit.runs.folder import Run
from embedkit.tasks.echo.capacity.score import Capacity, capacities
from embedkit.tasks.echo.score import LEARNED

HEIGHT = 360
TALL = 26  # pixels of a row of a heat map


def summary(run: Run) -> str:
    """One sentence: the number of trainings."""
    return f"{run.metrics['trials']:,} trainings on the echo of a binary signal."


def headlines(material: Material) -> Iterable[Headline]:
    """Of the largest network of each cell: the longest echo that the median seed learned, the best first."""
    for network in sorted(_largest(capacities(material.run.trials)), key=lambda each: -each.typical):
        seeds = f"{min(network.longest)} to {max(network.longest)} over {len(network.longest)} seeds"
        name = f"steps, the longest echo of {cell_name(network.cell)} with {network.hidden_size} units"
        yield Headline(f"{network.typical:g}", name, f"median, {seeds}; learned from {percent(LEARNED, 0)} right")


def capacity(run: Run) -> Sequence[Part]:
    """The longest delay learned by units and cell, and the accuracies behind it."""
    networks, options = capacities(run.trials), run.config["options"]
    if not networks:
        return ()
    note = (
        f"A point is the median over {options['seeds']} seeds, its whisker spans the worst to the best. "
        f"An echo counts as learned if at least {LEARNED:.0%} of the bits of test series are right. Each training had "
        f"{options['steps']:,} steps of {options['batch_size']} series in chunks of {options['chunk']}, the state "
        f"carried; delays of {', '.join(map(str, options['delays']))} steps were tried, so a line ends no higher than "
        f"{max(options['delays'])}. The dashed line is one unit per step, as many as a shift register of bits needs. "
        "Points below it show what these trainings found, not what the cell could hold."
    )
    return (
        capacity_figure(networks),
        Paragraph(note, quiet=True),
        *(heat_map(networks, cell) for cell in dict.fromkeys(each.cell for each in networks)),
        _table(networks),
    )


def capacity_findings(run: Run) -> tuple[Finding, ...]:
    """`finding` of the experiment's trials leads the section; then the largest network of each cell, from the worst
    seed to the best, on the way to the longest echo that was tried."""
    networks = capacities(run.trials)
    if not networks:
        return ()
    longest = max(delay for each in networks for delay in each.accuracies)
    return (
        Finding(finding(networks), standing="detail"),
        *(_of_largest(each, longest) for each in _largest(networks)),
        Finding("", standing="trust", plain=_trust(networks, longest)),
    )


def _of_largest(network: Capacity, longest: int) -> Finding:
    seeds = Interval(float(min(network.longest)), float(max(network.longest)))
    written = (_delay(network.typical), "0", _delay(longest))
    measure = Measure(network.typical, 0.0, float(longest), "no echo", written, seeds, "the longest that was tried")
    name = f"{CELLS_IN_WORDS[network.cell]} of {network.hidden_size} units"
    trainings = len(network.longest)
    if network.typical == 0:
        plain = f"Whether {lower_first(name)} learns an echo at all: {trainings} trainings, the middle one with none."
        return Finding("", measure, plain=plain)
    reached = ", the longest that was tried" if network.typical == longest else ""
    if seeds.low == seeds.high:
        over = f"in each of {trainings} trainings" if trainings > 1 else "in its one training"
    else:
        over = (
            f"in the middle one of {trainings} trainings, which went from {_delay(seeds.low)} to {_delay(seeds.high)}"
        )
    plain = f"{name} learns to repeat bits after {_delay(network.typical)}{reached}, {over}."
    return Finding("", measure, plain=plain)


def _trust(networks: Sequence[Capacity], longest: int) -> str:
    seeds = counted(max(len(each.longest) for each in networks), "training")
    return (
        f"This is what {seeds} of each network found in the time they had, not what a network of that size could hold; "
        f"echoes of more than {_delay(longest)} were not tried; {percent(LEARNED, 0)} right counts as learned."
    )


def finding(networks: Sequence[Capacity]) -> str:
    """One sentence: the longest echo of the largest network of each cell."""
    delays = "; ".join(
        f"{cell_name(each.cell)} with {each.hidden_size} units {_delay(each.typical)}" for each in _largest(networks)
    )
    return f"The longest echo learned, by the median seed: {delays}."


def _largest(networks: Sequence[Capacity]) -> Sequence[Capacity]:
    """The largest network of each cell."""
    return list({each.cell: each for each in sorted(networks, key=lambda each: each.hidden_size)}.values())


def _delay(steps: float) -> str:
    return "none" if steps == 0 else f"{steps:g} {plural('step', steps)}"


def capacity_figure(networks: Sequence[Capacity]) -> Figure:
    """The longest delay learned by hidden units, a line a cell."""
    sizes = sorted({each.hidden_size for each in networks})
    delays = sorted({delay for each in networks for delay in each.accuracies})
    plot = figures.blank(
        height=HEIGHT,
        x_axis_type="log",
        x_range=figures.extent(0.85 * sizes[0], 1.18 * sizes[-1]),
        y_range=figures.extent(-0.04 * delays[-1], 1.06 * delays[-1]),
    )
    plot.xaxis.axis_label = "hidden units"
    plot.yaxis.axis_label = f"longest delay with {LEARNED:.0%} right, steps"
    plot.xaxis.ticker = FixedTicker(ticks=sizes)
    plot.xaxis.formatter = NumeralTickFormatter(format="0")
    plot.yaxis.ticker = FixedTicker(ticks=[0, *delays])
    shift = figures.source({"x": np.geomspace(0.5, 2 * sizes[-1], 60), "y": np.geomspace(0.5, 2 * sizes[-1], 60)})
    figures.tinted(plot.line("x", "y", source=shift, line_dash="dashed"), line_color="quiet")
    curves = [
        _line(cell, [each for each in networks if each.cell == cell])
        for cell in dict.fromkeys(each.cell for each in networks)
    ]
    lines.draw_lines(plot, curves)
    points = "; ".join(
        f"{line.name}: " + ", ".join(f"{x} units {y:g}" for x, y in zip(line.x, line.y, strict=True)) for line in curves
    )
    title = "Longest delay learned by hidden units"
    return Figure(plot, f"{title}. {points}", height=HEIGHT, legend=lines.legend(curves), heading=title)


def _line(cell: str, networks: Sequence[Capacity]) -> Line:
    ranked = sorted(networks, key=lambda each: each.hidden_size)
    tips = [
        f"{cell_name(cell)}, {each.hidden_size} units\nlongest delay learned {each.typical:g}\n"
        f"by seed: {', '.join(map(str, each.longest))}"
        for each in ranked
    ]
    return Line(
        cell_name(cell),
        CELL_COLOURS[cell],
        [each.hidden_size for each in ranked],
        [each.typical for each in ranked],
        tips,
        [Interval(float(min(each.longest)), float(max(each.longest))) for each in ranked],
    )


def heat_map(networks: Sequence[Capacity], cell: str) -> Figure:
    """Accuracy by delay (across) and units (up), the mean over seeds; from chance to all right."""
    rows = sorted((each for each in networks if each.cell == cell), key=lambda each: each.hidden_size)
    delays = sorted({delay for each in rows for delay in each.accuracies})
    image = np.array([[_mean(each, delay) for delay in delays] for each in rows], dtype=np.float32)
    height = 60 + TALL * len(rows)
    plot = figures.blank(
        height=height,
        x_range=figures.extent(-0.5, len(delays) - 0.5),
        y_range=figures.extent(-0.5, len(rows) - 0.5),
        max_width=110 + 74 * len(delays),
    )
    # The page sets the palette, which differs between light and dark.
    mapper = LinearColorMapper(palette=["#000000", "#ffffff"], low=0.5, high=1.0, name="heat")
    data = figures.source({"image": [image]})
    plot.add_glyph(data, Image(image="image", x=-0.5, y=-0.5, dw=len(delays), dh=len(rows), color_mapper=mapper))
    tips = [
        f"{cell_name(cell)}, {each.hidden_size} units, delay {delay}\n{percent(_mean(each, delay))} right\n"
        f"by seed: {', '.join(percent(share) for share in each.accuracies.get(delay, ()))}"
        for each in rows
        for delay in delays
    ]
    places = figures.source(
        {
            "x": [column for _ in rows for column in range(len(delays))],
            "y": [row for row in range(len(rows)) for _ in delays],
            "tip": tips,
        },
        tip=True,
    )
    figures.hover(plot, plot.rect("x", "y", width=1, height=1, source=places, fill_alpha=0, line_alpha=0))
    plot.xaxis.axis_label, plot.yaxis.axis_label = "delay, steps", "hidden units"
    for axis, names in ((plot.xaxis, delays), (plot.yaxis, [each.hidden_size for each in rows])):
        axis.ticker = FixedTicker(ticks=list(range(len(names))))
        axis.major_label_overrides = {i: figures.plain(str(name)) for i, name in enumerate(names)}
        axis.major_tick_line_alpha = 0
        axis.axis_line_alpha = 0
    plot.grid.visible = False
    heading = f"{cell_name(cell)}: bits right, from 50 % (near the colour of the page) to 100 %"
    return Figure(plot, f"Heat map by delay and units. {heading}", height=height, heading=heading)


def _mean(network: Capacity, delay: int) -> float:
    """The mean accuracy of the seeds at a delay; NaN where it was not tried."""
    shares = network.accuracies.get(delay, ())
    return sum(shares) / len(shares) if shares else float("nan")


def _table(networks: Sequence[Capacity]) -> Table:
    delays = sorted({delay for each in networks for delay in each.accuracies})
    rows = tuple(
        (
            cell_name(each.cell),
            str(each.hidden_size),
            f"{each.typical:g}",
            ", ".join(map(str, each.longest)),
            *(_shares(each, delay) for delay in delays),
        )
        for each in networks
    )
    columns = ("Cell", "Units", "Longest, median", "by seed", *(f"delay {delay}" for delay in delays))
    return Table(columns, rows, "Bits right at each delay: the worst and the best seed")


def _shares(network: Capacity, delay: int) -> str:
    """The worst and the best seed at a delay: "93 – 98 %"."""
    shares = network.accuracies.get(delay, ())
    if not shares:
        return MISSING
    low, high = f"{100 * min(shares):.0f}", f"{100 * max(shares):.0f}"
    return f"{low} %" if low == high else f"{low} – {high} %"


SECTIONS = (
    SectionSpec(
        "echo-capacity",
        of_run(capacity),
        of_run(capacity_findings),
        ("trials.jsonl", "config.toml"),
        heading="Delay against hidden units",
        caption=(
            "To repeat a bit after n steps a network has to hold n bits at once. Each point stands for "
            "trainings from scratch that differ only in their seed."
        ),
    ),
)
