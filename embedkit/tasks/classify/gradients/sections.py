"""Sections about vanishing and exploding gradients: planted matrices, and each cell before and after training."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from bokeh.models import LogTicker

from embedkit.numerals import MISSING, counted, percent_ends, signed
from embedkit.report.figures import lines
from embedkit.report.figures import style as figures
from embedkit.report.figures.lines import CELL_COLOURS, Line
from embedkit.report.material import Material
from embedkit.report.parts import Figure, Headline, Paragraph, Part, Table
from embedkit.report.sections.spec import SectionSpec, of_run
from embedkit.report.summaries import cell_name
from embedkit.runs.folder import Run
from embedkit.tasks.classify.gradients.clipping import clipping, clipping_finding
from embedkit.tasks.classify.gradients.findings import (
    flow_findings,
    longest_learned_level,
    plain_start,
    radius_finding,
    textbook_finding,
)
from embedkit.tasks.classify.gradients.score import (
    Snapshot,
    Training,
    decades_per_10,
    levels_of,
    planted,
)

HEIGHT = 330
PLANTED_COLOURS = ("series-1", "series-3", "accent-strong")
DASHES = {"candidate": "solid", "forget": "dashed", "update": "dashed", "input": "dotted", "reset": "dotted"}


def summary(run: Run) -> str:
    """One sentence: what the experiment measures."""
    return "How much of the gradient of the final loss arrives at every earlier step, by cell and level."


def headlines(material: Material) -> Iterable[Headline]:
    """What ten steps back cost in each cell after training, at the longest level that was learned."""
    networks = plain_start(material.run)
    if not networks:
        return
    level = longest_learned_level(networks)
    for name in dict.fromkeys(network.cell for network in networks):
        snapshots = [network.snapshots[-1] for network in networks if (network.cell, network.level) == (name, level)]
        slopes = [each.decades_per_10 for each in snapshots if each.decades_per_10 is not None]
        if slopes:
            seeds = counted(len(slopes), "seed")
            detail = f"ten steps back, {level} level, median of {seeds}"
            middle = signed(float(np.median(slopes)), 2)
            yield Headline(middle, f"powers of ten of the gradient, {cell_name(name)}", detail)


def textbook(run: Run) -> Sequence[Part]:
    """Planted matrices: vanishing, staying, exploding."""
    matrices = planted(run.trials)
    if not matrices:
        return ()
    curves = [
        Line(
            f"eigenvalues of size {matrix.ratio:g}",
            colour,
            range(len(matrix.norms)),
            matrix.norms,
            [f"{lag} steps back: {norm:.3g}\n{matrix.ratio:g} to that power" for lag, norm in enumerate(matrix.norms)],
            marked=False,
        )
        for matrix, colour in zip(matrices, PLANTED_COLOURS, strict=False)
    ]
    note = (
        "A plain tanh network at rest, where the slope of tanh is 1, with a random orthogonal matrix times r. The "
        "gradient is taken through the same code as all others on this page, in float64."
    )
    return (
        _log_figure(curves, "norm of the gradient", heading="Norm of the gradient by steps back"),
        Paragraph(note, quiet=True),
    )


def flow(run: Run) -> Sequence[Part]:
    """By level, how much of the gradient is left at every earlier step, before and after training."""
    networks = plain_start(run)
    if not networks:
        return ()
    parts: list[Part] = []
    for level in levels_of(networks):
        of_level = [each for each in networks if each.level == level and each.seed == 1]
        curves = [line for each in of_level for line in _before_and_after(each)]
        parts.append(_log_figure(curves, "gradient, last step = 1", heading=f"{level}: by cell"))
    steps = run.config["options"]["steps"]
    note = (
        f"Dashed: before training; solid: after {steps:,} optimiser steps; dotted: the cell state of the LSTM, which "
        "has its own path back through time. Norm of the gradient of a sequence's own loss with respect to the "
        f"state after each step, the median over {run.config['options']['probes']} held-out sequences, divided by that "
        "at the last step; in float64. The first symbols of longer sequences are not shown. Seed 1."
    )
    return (*parts, Paragraph(note, quiet=True), _table(networks))


def over_training(run: Run) -> Sequence[Part]:
    """At one level, the gradient and the spectral radius at each snapshot."""
    networks = plain_start(run)
    if not networks:
        return ()
    level = longest_learned_level(networks)
    of_level = [each for each in networks if each.level == level and each.seed == 1]
    parts: list[Part] = []
    for network in of_level:
        last = len(network.snapshots) - 1
        curves = [
            _flow_line(network, snapshot, alpha=0.25 + 0.75 * number / last)
            for number, snapshot in enumerate(network.snapshots)
        ]
        heading = f"{level}, {cell_name(network.cell)}: the paler, the earlier in training"
        parts.append(_log_figure(curves, "gradient, last step = 1", heading=heading, height=260))
    note = (
        "The spectral radius is the largest absolute eigenvalue of a gate's own block of the recurrent matrix; a plain "
        "cell has one block. Solid: candidate; dashed: forget and update gate; dotted: input and reset gate; dots and "
        "dashes: output gate. A gate's radius alone does not determine how the state's gradient develops: at every "
        "step it is multiplied by the slope of the whole cell."
    )
    return (*parts, radius_figure(of_level, f"{level}: spectral radius over training"), Paragraph(note, quiet=True))


def _before_and_after(training: Training) -> Iterator[Line]:
    first, last = training.snapshots[0], training.snapshots[-1]
    yield _flow_line(training, first, dash="dashed", alpha=0.75)
    yield _flow_line(training, last)
    if last.cell is not None:
        yield _flow_line(training, last, dash="dotted", of_cell=True)


def _flow_line(
    training: Training, snapshot: Snapshot, *, dash: str = "solid", alpha: float = 1.0, of_cell: bool = False
) -> Line:
    """The gradient by steps back, relative to that of the hidden state at the last step."""
    norms = snapshot.cell if of_cell and snapshot.cell is not None else snapshot.hidden
    lags = np.arange(len(norms)) + (1 if of_cell else 0)
    positive = norms > 0
    shares = norms[positive] / snapshot.hidden[0]
    state = "cell state" if of_cell else "hidden state"
    tips = [
        f"{cell_name(training.cell)}, {state}, after {snapshot.step:,} training steps\n"
        f"{lag} steps back: {share:.2g} of the last step's, norm {norm:.2g}"
        for lag, share, norm in zip(lags[positive], shares, norms[positive], strict=True)
    ]
    name, colour = cell_name(training.cell), CELL_COLOURS[training.cell]
    series = f"{name}, {state}, after {snapshot.step:,} training steps"
    return Line(name, colour, lags[positive], shares, tips, marked=False, dash=dash, alpha=alpha, series=series)


def _log_figure(curves: Sequence[Line], label: str, *, heading: str = "", height: int = HEIGHT) -> Figure:
    values = [float(value) for line in curves for value in line.y]
    low, high = min(values), max(values)
    plot = figures.blank(
        height=height,
        y_axis_type="log",
        x_range=figures.extent(-0.5, 1.02 * max(float(line.x[-1]) for line in curves)),
        y_range=figures.extent(min(low / 3, high / 30), high * 3),
    )
    plot.xaxis.axis_label = "steps back from the last one"
    plot.yaxis.axis_label = label
    plot.yaxis.ticker = LogTicker(desired_num_ticks=6)
    lines.draw_lines(plot, curves)
    ends = "; ".join(f"{line.name} {line.dash}: from {line.y[0]:.2g} to {line.y[-1]:.2g}" for line in curves)
    return Figure(
        plot, f"{label} by steps back, log axis. {ends}", height=height, legend=lines.legend(curves), heading=heading
    )


def radius_figure(networks: Sequence[Training], heading: str) -> Figure:
    """The spectral radius of each gate over training, a line a network and gate."""
    curves = [
        Line(
            cell_name(each.cell),
            CELL_COLOURS[each.cell],
            [snapshot.step for snapshot in each.snapshots],
            [snapshot.radii[gate] for snapshot in each.snapshots],
            [
                f"{cell_name(each.cell)}, {gate}\nradius {snapshot.radii[gate]:.3f} after {snapshot.step:,} steps"
                for snapshot in each.snapshots
            ],
            dash=DASHES.get(gate, "dotdash"),
            series=f"{cell_name(each.cell)}, {gate}",
        )
        for each in networks
        for gate in each.snapshots[0].radii
    ]
    values = [value for line in curves for value in line.y]
    low, high = figures.spans([*values, 1.0], 0.08)
    plot = figures.blank(
        height=HEIGHT,
        x_range=figures.extent(-0.02 * curves[0].x[-1], 1.03 * curves[0].x[-1]),
        y_range=figures.extent(low, high),
    )
    plot.xaxis.axis_label = "training steps"
    plot.yaxis.axis_label = "spectral radius"
    lines.rule(plot, 1.0, "width")
    lines.draw_lines(plot, curves)
    ends = "; ".join(f"{line.name} from {line.y[0]:.2f} to {line.y[-1]:.2f}" for line in curves)
    return Figure(
        plot, f"Spectral radius over training. {ends}", height=HEIGHT, legend=lines.legend(curves), heading=heading
    )


def _table(networks: Sequence[Training]) -> Table:
    rows = []
    for network in networks:
        first, last = network.snapshots[0], network.snapshots[-1]
        cell = MISSING if last.cell is None else signed(decades_per_10(last.cell), 2)
        rows.append(
            (
                network.level,
                cell_name(network.cell),
                str(network.seed),
                signed(first.decades_per_10, 2),
                signed(last.decades_per_10, 2),
                cell,
                f"{first.radii['candidate']:.2f} → {last.radii['candidate']:.2f}",
                f"{last.right} of {last.n}",
                percent_ends(last.accuracy.interval),
            )
        )
    columns = (
        "Level",
        "Cell",
        "Seed",
        "Before",
        "After",
        "After, cell state",
        "Spectral radius",
        "Right",
        "95 % interval",
    )
    caption = (
        "Before and after: powers of ten by which the gradient changes in ten steps back, fitted over all steps. "
        "Spectral radius: of the candidate's matrix, before → after. Right: held-out sequences after training; chance "
        "is a quarter."
    )
    return Table(columns, tuple(rows), caption, numbers_from=2)


SECTIONS = (
    SectionSpec("gradients-textbook", of_run(textbook), of_run(textbook_finding), ("trials.jsonl",)),
    SectionSpec(
        "gradients-flow",
        of_run(flow),
        of_run(flow_findings),
        ("trials.jsonl", "config.toml"),
        heading="How far the gradient reaches in each cell",
        caption=(
            "Temporal order: the class is predicted after the last symbol, and depends on two symbols long "
            "before it. The gradient of the final loss has to reach that far back for the network to learn "
            "what to keep."
        ),
    ),
    SectionSpec("gradients-over-training", of_run(over_training), of_run(radius_finding), ("trials.jsonl",)),
    SectionSpec(
        "gradients-clipping",
        of_run(clipping),
        of_run(clipping_finding),
        ("trials.jsonl", "config.toml"),
        heading="Clipping, and gates",
        caption=(
            "A plain network that starts with too large a recurrent matrix, with and without gradient "
            "clipping, compared with gated cells."
        ),
    ),
)
