"""`embedkit lab temporal-order`."""

from typing import Annotated

from cyclopts import Parameter

from embedkit.cli.lab import experiment
from embedkit.cli.output import Json, print_table
from embedkit.numerals import percent, percent_ends
from embedkit.runs.folder import Run
from embedkit.tasks.classify.temporal_order.config import TemporalOrderOptions


def temporal_order(
    *,
    name: str = "temporal-order",
    workers: int | None = None,
    json: Json = False,
    options: Annotated[TemporalOrderOptions, Parameter(name="*")] = TemporalOrderOptions(),  # noqa: B008
) -> None:
    """Compare networks on temporal order.

    Args:
        name: The run's name; one that was stopped goes on.
        workers: Trainings at once; by default one a core.
    """
    from embedkit.tasks.classify.temporal_order.trials import temporal_order as perform

    experiment(
        lambda path, progress: perform(options, path, progress=progress, workers=workers),
        _print_table,
        name=name,
        json=json,
    )


def _print_table(run: Run) -> None:
    from embedkit.tasks.classify.temporal_order.sections import NAMES, SOLVED, SOLVED_IN_WORDS, results

    rows = []
    for result in results(run):
        seeds = result.seeds
        spread = f"{percent(seeds.worst)} – {percent(seeds.best)}"
        worst = percent_ends(seeds.worst_interval)
        solved = f"{seeds.reached(SOLVED)} of {len(seeds.right)}"
        rows.append((result.level, NAMES[result.network], percent(seeds.middle), spread, worst, f"{seeds.n:,}", solved))
    columns = (
        "level",
        "network",
        ">median",
        ">worst – best",
        ">95 % of the worst",
        ">of",
        f">seeds at {SOLVED_IN_WORDS}",
    )
    print_table(columns, rows, title=f"{run.path}: accuracy on held-out sequences; chance is 25 %")
