"""`embedkit train echo`, how a run of it is evaluated, and `embedkit lab echo-capacity`."""

from dataclasses import asdict
from typing import Annotated

from cyclopts import Parameter

from embedkit.analysis.proportion import Proportion
from embedkit.cli.evaluate import Evaluation
from embedkit.cli.lab import experiment
from embedkit.cli.output import Json, print_json, print_table
from embedkit.numerals import ends, percent
from embedkit.runs.folder import Run
from embedkit.tasks.echo.capacity.score import capacities
from embedkit.tasks.echo.config import EchoCapacityOptions
from embedkit.tasks.echo.score import LEARNED, expected_reset


def evaluate(run: Run, evaluation: Evaluation) -> None:
    """Score an echo run on held-out series: over all and by position, the state carried and reset."""
    from embedkit.tasks.echo.study import evaluate_echo

    score = evaluate_echo(run, evaluation.split)
    if evaluation.json:
        print_json(asdict(score))
        return
    modes = (score.carried, score.reset)
    rows = [("all", *(cell for mode in modes for cell in _cells(mode.overall)))]
    for place, pair in enumerate(zip(score.carried.positions, score.reset.positions, strict=True)):
        rows.append((str(place), *(cell for bits in pair for cell in _cells(bits))))
    print_table(
        (">position", ">bits", ">state carried", ">95 % interval", ">bits", ">state reset", ">95 % interval"),
        rows,
        title=f"{score.name}: echo after {score.delay} steps, chunks of {score.chunk}",
    )
    if score.unknowable == score.chunk:
        print("Without the state no position of a chunk can be known: half of them right is 50 %.")
        return
    print(
        f"Without the state the first {score.unknowable} positions of a chunk cannot be known: half of them right, and "
        f"the others all, is {percent(expected_reset(score))}."
    )


def _cells(bits: Proportion) -> tuple[str, str, str]:
    return f"{bits.n:,}", percent(bits.share), ends(bits.interval, 1, scale=100)


def capacity(
    *,
    name: str = "echo-capacity",
    workers: int | None = None,
    json: Json = False,
    options: Annotated[EchoCapacityOptions, Parameter(name="*")] = EchoCapacityOptions(),  # noqa: B008
) -> None:
    """How long an echo fits into how many units.

    Args:
        name: The name of the run that keeps the trials.
        workers: Trainings at once; by default one a core.
    """
    from embedkit.tasks.echo.capacity.trials import echo_capacity

    experiment(
        lambda path, progress: echo_capacity(path, options, progress=progress, workers=workers),
        _print_capacities,
        name=name,
        json=json,
    )


def _print_capacities(run: Run) -> None:
    networks = capacities(run.trials)
    delays = sorted({delay for each in networks for delay in each.accuracies})
    rows = [
        (
            each.cell,
            str(each.hidden_size),
            f"{each.typical:g}",
            ", ".join(map(str, each.longest)),
            *(" ".join(f"{100 * share:.0f}" for share in each.accuracies.get(delay, ())) for delay in delays),
        )
        for each in networks
    ]
    columns = ("cell", ">units", ">longest", ">by seed", *(f">delay {delay}" for delay in delays))
    print_table(columns, rows, title=f"the longest delay with {LEARNED:.0%} right, and % of bits right by seed")
