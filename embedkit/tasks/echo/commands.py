"""`embedkit train echo`, how a run of it is evaluated, and `embedkit lab echo-capacity`."""

from dataclasses import asdict

from embedkit.analysis.proportion import Proportion
from embedkit.cli.evaluate import Evaluation
from embedkit.cli.output import print_json, print_table
from embedkit.numerals import ends, percent
from embedkit.runs.folder import Run
from embedkit.tasks.echo.score import expected_reset


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
