"""`embedkit lab …`: experiments of many small trainings, each with a report."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from cyclopts import App

from embedkit.cli.app import register
from embedkit.cli.output import note, print_json
from embedkit.cli.progress import progress
from embedkit.pipeline import REPORTS
from embedkit.runs.folder import Run, run_path
from embedkit.tasks import all_tasks

if TYPE_CHECKING:
    from embedkit.progress import Progress

app = App(name="lab")
for _experiment in (experiment for task in all_tasks() for experiment in task.experiments):
    register(app, _experiment.command)


def experiment(
    perform: "Callable[[Path, Progress], Run]", tell: Callable[[Run], None], *, name: str, json: bool
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
