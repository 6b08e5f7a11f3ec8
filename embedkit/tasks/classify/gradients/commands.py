"""What `embedkit lab gradients` prints."""

from embedkit.cli.output import print_table
from embedkit.numerals import MISSING, difference, ends, percent
from embedkit.runs.folder import Run
from embedkit.tasks.classify.gradients.score import Training, decades_per_10, planted, trainings


def print_tables(run: Run) -> None:
    rows = [(f"{matrix.ratio:g}", f"{matrix.norms[-1]:.3g}", f"{matrix.off:.1g}") for matrix in planted(run.trials)]
    steps = run.config["options"]["planted_steps"]
    title = f"planted matrices, {steps} steps back"
    print_table((">eigenvalues", ">gradient left", ">largest error against ratio^k"), rows, title=title)
    training_rows = []
    for network in trainings(run.trials):
        first, last = network.snapshots[0], network.snapshots[-1]
        training_rows.append(
            (
                network.level,
                network.cell,
                f"{network.seed}",
                f"{network.gain:g}",
                MISSING if network.clip is None else f"{network.clip:g}",
                _slope(first.decades_per_10),
                _slope(last.decades_per_10),
                MISSING if last.cell is None else _slope(decades_per_10(last.cell)),
                f"{last.radii['candidate']:.2f}",
                _largest(network),
                f"{last.right}/{last.n}",
                percent(last.accuracy.share),
                ends(last.accuracy.interval, 1, scale=100),
            )
        )
    columns = ("level", "cell", ">seed", ">gain", ">clip", ">before", ">after", ">cell state", ">radius", ">max norm")
    print_table(
        (*columns, ">right", ">accuracy", ">95 % interval"),
        training_rows,
        title="powers of ten that the gradient changes by in ten steps back, before and after training",
    )


def _largest(each: Training) -> str:
    if each.diverged is not None:
        return f"∞ at step {each.diverged}"
    return f"{each.largest_norm:.3g}"


def _slope(decades: float | None) -> str:
    return difference(decades, 2)
