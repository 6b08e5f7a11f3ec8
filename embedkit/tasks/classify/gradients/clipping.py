"""The section about clipping: a plain network that starts too large, clipped and not, and gated cells beside it."""

from collections.abc import Sequence

import numpy as np

from embedkit.numerals import percent, percent_ends, upper_first
from embedkit.report.figures import lines
from embedkit.report.figures import style as figures
from embedkit.report.figures.lines import CELL_COLOURS, Line
from embedkit.report.findings import Finding, share_measure
from embedkit.report.parts import Figure, Paragraph, Part
from embedkit.report.summaries import cell_name
from embedkit.runs.folder import Run
from embedkit.tasks.classify.gradients.score import Training, levels_of, trainings

HEIGHT = 330
BESIDE = {"rnn-tanh": "noise"}
"""Colours of cells whose usual start is drawn beside a start too large: paler, so as to stand back."""


def clipping(run: Run) -> Sequence[Part]:
    """The norm of the whole gradient at each training step: too large a start, clipped and not, and gates beside it."""
    networks = trainings(run.trials)
    gain, clip = run.config["options"]["gain"], run.config["options"]["clip"]
    parts: list[Part] = []
    for level in levels_of(networks):
        of_level = [each for each in networks if each.level == level and each.seed == 1]
        too_large = [each for each in of_level if each.gain != 1]
        if not too_large:
            continue
        if parts:  # the finding of the first level leads the section
            parts.append(Paragraph(finding(level, too_large, gain)))
        parts.append(norms_figure(level, of_level))
    if not parts:
        return ()
    note = (
        f"Norm of the gradient of all weights at each training step. Red: a plain network whose orthogonal recurrent "
        f"matrix was multiplied by {gain:g} before training, not clipped. Orange: the same with the gradient scaled to "
        f"a norm of at most {clip:g}, solid before and dotted after that. The others started at a gain of 1 and were "
        "clipped too; theirs is the norm before. One training each, seed 1: what a single start does says little."
    )
    return (*parts, Paragraph(note, quiet=True))


def clipping_finding(run: Run) -> Finding | None:
    """`finding` of the first level, beside the same training without clipping; None where no network started too
    large."""
    networks = [each for each in trainings(run.trials) if each.seed == 1 and each.gain != 1]
    if not networks:
        return None
    level = levels_of(networks)[0]
    of_level = [each for each in networks if each.level == level]
    gain = run.config["options"]["gain"]
    text = finding(level, of_level, gain)
    clipped = next((each for each in of_level if each.clip is not None and each.diverged is None), None)
    free = next((each for each in of_level if each.clip is None), None)
    if clipped is None or free is None:
        return Finding(text, standing="detail")
    start = f"A plain network whose recurrent matrix starts {gain:g} times too large"
    right = clipped.snapshots[-1].accuracy
    if free.diverged is not None:
        plain = (
            f"{start} breaks off at step {free.diverged:,} where its gradient is no number any more; with the gradient "
            f"cut to a norm of {clipped.clip:g} it goes on to the end, and has {percent(right.share)} right."
        )
        return Finding(text, plain=plain)
    baseline = free.snapshots[-1].accuracy
    measure = share_measure(right.share, baseline.interval.high, "without cutting, at most", right.interval)
    largest = f"its largest gradient has a norm of {_norm(free.norms.max())}"
    plain = (
        f"{start} learns more with its gradient cut: {percent(right.share)} are right at the end, and "
        f"{percent(baseline.share)} without; {largest}."
        if measure.skill > 0
        else f"Whether cutting the gradient helps. {start} has {percent(right.share)} right with it and "
        f"{percent(baseline.share)} without; {largest}."
    )
    return Finding(text, measure, plain=plain)


def norms_figure(level: str, networks: Sequence[Training]) -> Figure:
    """The norm of the gradient at each training step of one level, a line a training."""
    curves: list[Line] = []
    for network in (training for training in networks if len(training.norms)):
        name = cell_name(network.cell)
        if network.gain == 1:
            curves.append(
                _norm_line(network, name, BESIDE.get(network.cell, CELL_COLOURS[network.cell]), network.norms)
            )
        elif network.clip is None:
            curves.append(_norm_line(network, f"{name}, too large, not clipped", "accent-strong", network.norms))
        else:
            label = f"{name}, too large, clipped"
            curves.append(_norm_line(network, label, "series-2", network.norms))
            curves.append(
                _norm_line(network, label, "series-2", np.minimum(network.norms, network.clip), dash="dotted")
            )
    values = np.concatenate([np.asarray(line.y) for line in curves])
    plot = figures.blank(
        height=HEIGHT,
        y_axis_type="log",
        x_range=figures.extent(0, 1.02 * max(len(network.norms) for network in networks)),
        y_range=figures.extent(min(float(values.min()) / 2, float(values.max()) / 50), 2 * float(values.max())),
    )
    plot.xaxis.axis_label = "training steps"
    plot.yaxis.axis_label = "norm of the gradient"
    lines.draw_lines(plot, curves)
    largest = "; ".join(f"{line.name} {line.dash}: at most {max(line.y):.3g}" for line in curves)
    return Figure(
        plot,
        f"Norm of the gradient by training step, log axis. {largest}",
        height=HEIGHT,
        legend=lines.legend(curves),
        heading=f"{level}: norm of the gradient by training step",
    )


def _norm_line(training: Training, name: str, colour: str, norms: np.ndarray, *, dash: str = "solid") -> Line:
    indices = np.flatnonzero(np.isfinite(norms) & (norms > 0))
    after = ", after clipping" if dash == "dotted" else ""
    tips = [f"{name}{after}\nstep {i + 1}: {norms[i]:.3g}" for i in indices]
    return Line(name, colour, indices + 1, norms[indices], tips, marked=False, dash=dash, series=name + after)


def finding(level: str, too_large: Sequence[Training], gain: float) -> str:
    """How large gradients became from a start too large, and how many sequences are right at the end, by clipping."""
    outcomes = []
    for network in too_large:
        last = network.snapshots[-1]
        how = "without clipping" if network.clip is None else f"clipped at {network.clip:g}"
        if network.diverged is not None:
            outcomes.append(
                f"{how} the gradient is no longer a number at step {network.diverged:,}, which ends the training"
            )
            continue
        outcomes.append(
            f"{how} the largest norm is {_norm(network.norms.max())} and {percent(last.accuracy.share)} of {last.n} "
            f"sequences are right at the end ({percent_ends(last.accuracy.interval)})"
        )
    start = f"{upper_first(level)}, {cell_name(too_large[0].cell)} started at {gain:g} times its matrix"
    if any(network.diverged is not None for network in too_large):
        return f"{start}: {'; '.join(outcomes)}."
    intervals = [network.snapshots[-1].accuracy.interval for network in too_large]
    apart = max(interval.low for interval in intervals) > min(interval.high for interval in intervals)
    verdict = "do not overlap" if apart else "overlap: what this start shows is the norms, not a gain"
    return f"{start}: {'; '.join(outcomes)}. The intervals {verdict}."


def _norm(value: float) -> str:
    """11,200 rather than 1.12e+04."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
