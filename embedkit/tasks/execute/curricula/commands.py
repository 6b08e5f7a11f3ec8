"""`embedkit lab curricula`."""

from functools import partial
from typing import Annotated

from cyclopts import Group, Parameter

from embedkit.cli.lab import experiment
from embedkit.cli.output import Json, print_table
from embedkit.numerals import ends, percent
from embedkit.runs.folder import Run
from embedkit.tasks.execute.config import CurriculaOptions

OPTIONS = Group("Experiment", sort_key=1)


def curricula(
    *,
    name: str = "curricula",
    workers: int | None = None,
    json: Json = False,
    options: Annotated[CurriculaOptions, Parameter(name="*", group=OPTIONS)] = CurriculaOptions(),  # noqa: B008
) -> None:
    """Compare the curricula.

    Args:
        name: The experiment's folder among the runs; one that was stopped goes on.
        workers: Trainings at once; by default one a core.
    """
    from embedkit.tasks.execute.curricula.trials import compare_curricula

    experiment(
        lambda path, progress: compare_curricula(options, path, progress=progress, workers=workers),
        partial(_print_curricula, options),
        name=name,
        json=json,
    )


def _print_curricula(options: CurriculaOptions, run: Run) -> None:
    from embedkit.tasks.execute.curricula.score import score_curricula

    rows = [
        (
            score.name,
            f"{score.exact.n:,}",
            percent(score.exact.share),
            ends(score.exact.interval, 1, scale=100),
            ", ".join(percent(trial.exact.share) for trial in score.trials),
            f"{score.seconds:.0f}",
        )
        for score in score_curricula(run.trials)
    ]
    length, nesting = options.training("none", 1).target
    what = f"sums of {length} digits" if options.task == "addition" else f"length {length}, nesting {nesting}"
    columns = ("curriculum", ">programs", ">exact", ">95 % interval", ">by seed", ">seconds")
    print_table(columns, rows, title=f"{run.name}: held-out {what} after {options.steps:,} steps")
