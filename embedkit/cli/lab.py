"""`embedkit lab …`: experiments of many small trainings, each with a report; a command is made of its options."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from cyclopts import App, Group

from embedkit.cli.app import epilogue, group_epilogue
from embedkit.cli.options import with_options
from embedkit.cli.output import Json, note, print_json
from embedkit.cli.progress import progress
from embedkit.pipeline import REPORTS
from embedkit.runs.folder import Run, run_path
from embedkit.tasks import Experiment, all_tasks
from embedkit.workers import on_cluster

OPTIONS = Group("Experiment", sort_key=1)


def experiment_command(experiment: Experiment) -> Callable[..., None]:
    """The command that does an experiment, or what is left of it, prints what came of it, and renders its report."""

    def lab(
        *,
        name: str = experiment.kind,
        workers: int | None = None,
        scheduler: str | None = None,
        json: Json = False,
        options: Any,
    ) -> None:
        with on_cluster(scheduler):
            run = _watched(name, partial(experiment.load("perform"), options, workers=workers))
        page = _render(run)
        if json:
            print_json({"run": run.name, "report": str(page), "metrics": run.metrics, "trials": run.trials})
            return
        experiment.load("print_tables")(run)
        note(f"open it in a browser: {page.resolve().as_uri()}")

    help_text = f"""{experiment.command.help.splitlines()[0]}

    Args:
        name: Name of the run that stores the trials; a run that was stopped is continued.
        workers: Parallel trainings; by default one per core.
        scheduler: Train on all workers of a dask cluster: the address of its scheduler, tcp://host:8786.
    """
    return with_options(lab, {"options": (experiment.resolve(experiment.options), OPTIONS)}, help_text)


def _watched(name: str, perform: Callable[..., Run]) -> Run:
    """Do the trials with a bar of progress."""
    path = run_path(name)
    try:
        with progress(f"lab: {name}") as bar:
            return perform(path, progress=bar)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"finished trials are kept in {path}; the same command continues") from None


def _render(run: Run) -> Path:
    from embedkit.report import render, run_report

    return render(run_report(run), REPORTS / f"{run.name}.html")


app = App(name="lab", help_epilogue=group_epilogue("lab"))
for _experiment in (experiment for task in all_tasks() for experiment in task.experiments):
    _command = _experiment.command
    _function = experiment_command(_experiment)
    app.command(_function, name=_command.name, help=_command.help, help_epilogue=epilogue(_command.example))
