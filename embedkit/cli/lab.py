"""`embedkit lab …`: experiments of many small trainings, each with a report."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from cyclopts import App

from embedkit.cli.app import Command, register
from embedkit.cli.output import note, print_json
from embedkit.cli.progress import progress
from embedkit.pipeline import REPORTS
from embedkit.runs.folder import Run, run_path

if TYPE_CHECKING:
    from embedkit.training.trials import OnTrials

COMMANDS: tuple[Command, ...] = (
    Command(
        "temporal-order",
        "embedkit.tasks.classify.temporal_order.commands:temporal_order",
        "Plain recurrent networks against gated ones on temporal order, by level and over several seeds.\n\n"
        "Renders reports/html/temporal-order.html. Trainings that are done are kept; the same command goes on.",
        "embedkit lab temporal-order --levels easy --seeds 1 --epochs 2 --name look",
    ),
    Command(
        "gradients",
        "embedkit.tasks.classify.gradients.commands:gradients",
        "Vanishing and exploding gradients: how much of the final loss's gradient arrives at every earlier step.\n\n"
        "Planted matrices show the three textbook shapes; then each cell at each level of temporal order, before, "
        "during and after training, and what clipping does. Renders reports/html/gradients.html. Trainings that are "
        "done are kept; the same command goes on.",
        "embedkit lab gradients --levels easy --steps 20 --name brief-gradients",
    ),
    Command(
        "echo-capacity",
        "embedkit.tasks.echo.commands:capacity",
        "How long an echo fits into how many units: trainings of every cell, size, delay and seed.\n\n"
        "Renders reports/html/echo-capacity.html. Trainings that are done are kept; the same command goes on.",
        "embedkit lab echo-capacity --delays 1 2 --seeds 1 --steps 20 --name brief",
    ),
    Command(
        "curricula",
        "embedkit.tasks.execute.curricula.commands:curricula",
        "Learn to execute programs by four curricula side by side: none, naive, mix and combined.",
        "embedkit lab curricula --length 1 --nesting 1 --steps 100 --seeds 1",
    ),
)

app = App(name="lab")
for _command in COMMANDS:
    register(app, _command)


def experiment(
    perform: "Callable[[Path, OnTrials], Run]", tell: Callable[[Run], None], *, name: str, json: bool
) -> None:
    """Do an experiment, or what is left of it, print what came of it, and render its report.

    Args:
        perform: does it in the folder of the run called `name`.
        tell: prints it as tables.
    """
    path = run_path(name)
    try:
        with progress(f"lab: {name}") as show:
            run = perform(path, partial(show))
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"the trials that are done are kept in {path}; the same command goes on") from None
    from embedkit.report import render, run_report

    page = render(run_report(run), REPORTS / f"{run.name}.html")
    if json:
        print_json({"run": run.name, "report": str(page), "metrics": run.metrics, "trials": run.trials})
        return
    tell(run)
    note(f"open it in a browser: {page.resolve().as_uri()}")
