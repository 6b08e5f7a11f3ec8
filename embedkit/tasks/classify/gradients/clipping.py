"""The section about clipping: a plain network that starts too large, clipped and not, and gated cells beside it."""

from collections.abc import Sequence

import numpy as np

from embedkit.numerals import percent, percent_ends, upper_first
from embedkit.report.figures import lines
from embedkit.report.figures import style as figures
from embedkit.report.figures.lines import CELL_COLOURS, Line
from embedkit.report.parts import Figure, Paragraph, Part
from embedkit.runs.folder import Run
from embedkit.tasks.classify.gradients.score import Training, levels_of, trainings

HEIGHT = 330
BESIDE = {"rnn-tanh": "noise"}
"""Where a plain network that starts too large is shown, the one that does not stands back."""


def clipping(run: Run) -> Sequence[Part]:
    """The norm of the whole gradient at each training step: too large a start, clipped and not, and gates beside it."""
    found = trainings(run.trials)
    gain, clip = run.config["options"]["gain"], run.config["options"]["clip"]
    parts: list[Part] = []
    for level in levels_of(found):
        of_level = [each for each in found if each.level == level and each.seed == 1]
        too_large = [each for each in of_level if each.gain != 1]
        if not too_large:
            continue
        if parts:  # what is found at the first level leads the section
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


def clipping_finding(run: Run) -> str | None:
    """What the first level shows."""
    found = [each for each in trainings(run.trials) if each.seed == 1 and each.gain != 1]
    if not found:
        return None
    level = levels_of(found)[0]
    return finding(level, [each for each in found if each.level == level], run.config["options"]["gain"])


def norms_figure(level: str, found: Sequence[Training]) -> Figure:
    drawn: list[Line] = []
    for each in (training for training in found if len(training.norms)):
        name = each.cell.upper()
        if each.gain == 1:
            drawn.append(_norm_line(each, name, BESIDE.get(each.cell, CELL_COLOURS[each.cell]), each.norms))
        elif each.clip is None:
            drawn.append(_norm_line(each, f"{name}, too large, not clipped", "accent-strong", each.norms))
        else:
            called = f"{name}, too large, clipped"
            drawn.append(_norm_line(each, called, "series-2", each.norms))
            drawn.append(_norm_line(each, called, "series-2", np.minimum(each.norms, each.clip), dash="dotted"))
    values = np.concatenate([np.asarray(line.y) for line in drawn])
    plot = figures.blank(
        height=HEIGHT,
        y_axis_type="log",
        x_range=figures.extent(0, 1.02 * max(len(each.norms) for each in found)),
        y_range=figures.extent(min(float(values.min()) / 2, float(values.max()) / 50), 2 * float(values.max())),
    )
    plot.xaxis.axis_label = "training steps"
    plot.yaxis.axis_label = "norm of the gradient"
    lines.draw_lines(plot, drawn)
    said = "; ".join(f"{line.name} {line.dash}: at most {max(line.y):.3g}" for line in drawn)
    return Figure(
        plot,
        f"Norm of the gradient by training step, log axis. {said}",
        height=HEIGHT,
        legend=lines.legend(drawn),
        heading=f"{level}: norm of the gradient by training step",
    )


def _norm_line(training: Training, name: str, colour: str, norms: np.ndarray, *, dash: str = "solid") -> Line:
    known = np.flatnonzero(np.isfinite(norms) & (norms > 0))
    after = ", after clipping" if dash == "dotted" else ""
    tips = [f"{name}{after}\nstep {i + 1}: {norms[i]:.3g}" for i in known]
    return Line(name, colour, known + 1, norms[known], tips, marked=False, dash=dash)


def finding(level: str, too_large: Sequence[Training], gain: float) -> str:
    """How large gradients became from a start too large, and how many sequences are right at the end, by clipping."""
    told = []
    for each in too_large:
        last = each.snapshots[-1]
        how = "without clipping" if each.clip is None else f"clipped at {each.clip:g}"
        if each.diverged is not None:
            told.append(f"{how} the gradient is no longer a number at step {each.diverged:,}, which ends the training")
            continue
        told.append(
            f"{how} the largest norm is {_norm(each.norms.max())} and {percent(last.accuracy.share)} of {last.n} "
            f"sequences are right at the end ({percent_ends(last.accuracy.interval)})"
        )
    which = f"{upper_first(level)}, {too_large[0].cell.upper()} started at {gain:g} times its matrix"
    if any(each.diverged is not None for each in too_large):
        return f"{which}: {'; '.join(told)}."
    intervals = [each.snapshots[-1].accuracy.interval for each in too_large]
    apart = max(each.low for each in intervals) > min(each.high for each in intervals)
    verdict = "do not overlap" if apart else "overlap: what this start shows is the norms, not a gain"
    return f"{which}: {'; '.join(told)}. The intervals {verdict}."


def _norm(value: float) -> str:
    """11,200 rather than 1.12e+04."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
