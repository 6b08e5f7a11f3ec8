"""`embedkit train`: a command a task, made of its options; a task may bring one of its own."""

from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from cyclopts import App, Group
from cyclopts.argument import ArgumentCollection

from embedkit.cli.app import epilogue, group_epilogue, in_one_process, register
from embedkit.cli.choices import whole_numbers
from embedkit.cli.options import as_begun, configuration, from_file, from_preset, from_run, options_type, with_options
from embedkit.cli.output import Json, note, print_json, print_table
from embedkit.cli.progress import progress
from embedkit.errors import UsageError
from embedkit.lock import is_held
from embedkit.numerals import INFINITE, lower_first
from embedkit.processes import launch
from embedkit.progress import no_progress
from embedkit.runs.folder import Run, open_run, resume_command, run_path, runs_folder
from embedkit.runs.lock import being_written, claim, unclaim
from embedkit.runs.provenance import run_of_this_job
from embedkit.shortage import is_shortage
from embedkit.tasks import Task, all_tasks, task_trained_by

MODEL, TRAINING = Group("Model", sort_key=1), Group("Training", sort_key=2)


def training_command(task: Task) -> Callable[..., None]:
    """The command that trains a task, or goes on with one of its runs."""
    model_type, training_type = task.config_types()
    run_name = task.load("run_name")

    def train(
        *,
        name: str | None = None,
        resume: str | None = None,
        config: Path | None = None,
        json: Json = False,
        model: Any,
        training: Any,
    ) -> None:
        plain = configuration(model_type, model), configuration(training_type, training)
        if resume is not None:
            _go_on(resume, json)
        else:
            _train(partial(new_path, name, run_name(*plain)), *plain, json)

    made_of = run_name.__doc__ or ""
    help_text = f"""{task.command.help.splitlines()[0] if task.command else ""}

    Args:
        name: The run's name; by default {lower_first(made_of)}
        resume: Resume this run, which was stopped; it keeps its original options, and others are refused.
        config: Read options from a TOML file, such as a run's config.toml; the command line takes precedence.
    """
    options = {
        "model": (options_type(model_type, task), MODEL),
        "training": (options_type(training_type, task), TRAINING),
    }
    return with_options(train, options, help_text)


def _train(new: Callable[[], Path], model: Any, training: Any, json: bool) -> None:
    path = new() if launch().count == 1 else None  # before torch is loaded, which takes a while

    from embedkit.training import driver
    from embedkit.training.distributed import joined

    with joined(training.device) as processes:
        if path is None:
            path = Path(processes.from_writer(lambda: str(_path_of_this_job() or new())))
        _watched(path, partial(driver.train, model, training, path), json)


def _path_of_this_job() -> Path | None:
    run = run_of_this_job()
    return None if run is None else run.path


def _go_on(name: str, json: bool) -> None:
    from embedkit.training import driver

    run = open_run(name)
    if launch().writes:
        note(f"going on with {run.path}")
    _watched(run.path, partial(driver.resume, run), json)


def _watched(path: Path, fit: Callable[..., Run], json: bool) -> None:
    """Train with a bar of progress, and print the figures of the run; of several processes the first does."""
    writes = launch().writes
    try:
        with progress("training") if writes else nullcontext(no_progress) as show:
            run = fit(progress=show)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(how_to_resume(path)) from None
    except Exception as error:
        if is_shortage(error) and (path / "config.toml").exists() and not Run(path).finished:
            error.add_note(f"then go on with `{resume_command(Run(path))}`: nothing is lost")
        raise
    finally:
        if writes:
            unclaim(path)
    if writes:
        announce(run, json, f"embedkit report {run.name}")


def new_path(name: str | None, default: str) -> Path:
    """The folder of a new run: of the given name, else the first free one of default, default-2, default-3, …, which is
    made, so that no other process takes it."""
    if name is not None:
        path = run_path(name)
        if (path / "config.toml").exists():
            if is_held(path):
                raise being_written(path)
            raise UsageError(f"run {name!r} exists in {runs_folder()}/; choose another --name or remove it")
        return path
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "-" for c in default)
    return claim(run_path(safe), numbered=True)


def how_to_resume(path: Path) -> str:
    """What to do after Ctrl-C: a folder with a config can be resumed, one without has nothing to keep."""
    if not (path / "config.toml").exists():
        return "nothing was trained yet; run the same command to start again"
    return f"the best weights are in {path}; go on with `{resume_command(Run(path))}`"


def announce(run: Run, json: bool, next_command: str) -> None:
    """The figures of a run that has just finished."""
    if json:
        print_json({"run": run.name, "path": str(run.path), "metrics": run.metrics})
        return
    rows = [
        (key.replace("_", " "), _figure(value))
        for key, value in run.metrics.items()
        if isinstance(value, int | float) or (value is None and key.endswith("perplexity"))
    ]
    print_table(("figure", ">value"), rows, title=str(run.path))
    note(f"next: {next_command}")


def _figure(value: float | None) -> str:
    if value is None:
        return INFINITE
    return f"{value:,.4g}" if isinstance(value, float) else f"{value:,}"


def trained_together(app: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
    """Let several processes train what they can divide among them.

    Raises:
        UsageError: as `in_one_process`.
    """
    if launch().count > 1:
        task = task_trained_by(commands[-1])
        if not task.trainer or not task.load("trainer").divisible:
            in_one_process(app, commands, arguments)


app = App(
    name="train",
    help_epilogue=group_epilogue("train"),
    config=[trained_together, from_file, as_begun, from_run, from_preset, whole_numbers],
)
for _task in all_tasks():
    if _task.command is not None and _task.command.target:
        register(app, _task.command)
    elif _task.command is not None:
        _command = _task.command
        app.command(
            training_command(_task), name=_command.name, help=_command.help, help_epilogue=epilogue(_command.example)
        )
