"""Verification of an echo: the held-out series are answered again."""

from embedkit.runs.folder import Run
from embedkit.runs.scratch import scratch_copy
from embedkit.studies.verdicts import MEASURED, Remade, Verdict, same_figures


def _scores(run: Run, split: str) -> Verdict:
    from embedkit.tasks.echo.score import ECHO_SCORES
    from embedkit.tasks.echo.study import evaluate_echo

    with scratch_copy(run) as copy:
        again = evaluate_echo(copy, split)
    so = f"{again.carried.overall.n:,} bits answered again: the same"
    return same_figures(ECHO_SCORES.load(run, split), again, so, "answered again, ", relative=MEASURED)


REMADE = (Remade("scores", ".json", _scores),)
