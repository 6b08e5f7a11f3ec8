"""What the commands under `embedkit train` share: the folder of a run, going on with one, Ctrl-C, the figures."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from cyclopts import Group

from embedkit.cli.output import note, print_json, print_table
from embedkit.cli.progress import progress
from embedkit.errors import UsageError
from embedkit.progress import show_training
from embedkit.runs.folder import Run, open_run, resume_command, run_path, runs_folder

if TYPE_CHECKING:
    from embedkit.training.fitting import OnStage
    from embedkit.training.loop import OnProgress

    Train = Callable[[Path, OnProgress, OnStage], Run]
    """Trains a new run at a path, telling how far it is."""
    Resume = Callable[[Run, OnProgress, OnStage], Run]
    """Goes on with a run that was stopped."""

MODEL, TRAINING = Group("Model", sort_key=1), Group("Training", sort_key=2)


def train_or_resume(
    train: "Train", go_on: "Resume", *, name: str | None, default: str, resume: str | None, json: bool
) -> Run:
    """Train a new run, or go on with the one called `resume`, and tell its figures.

    Args:
        name: what the run is to be called; where it is None, it is `default`, or default-2, default-3, …
    """
    path = open_run(resume).path if resume else new_path(name, default)
    if resume:
        note(f"going on with {path}")
    try:
        with progress("training") as show:
            told, stage = show_training(show), partial(show, None)
            run = go_on(Run(path), told, stage) if resume else train(path, told, stage)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(how_to_resume(path)) from None
    announce(run, json, f"embedkit report {run.name}")
    return run


def called(source: str) -> str:
    """What a run on this corpus is called: the card's name, the file's or folder's, or "stdin"."""
    stem = "stdin" if source == "-" else Path(source).resolve().name if Path(source).is_dir() else Path(source).name
    return stem.split(".")[0].replace(" ", "-").lstrip("-._") or "corpus"


def new_path(name: str | None, default: str) -> Path:
    """The folder of a new run: of the given name, else the first free one of default, default-2, default-3, …"""
    if name is not None:
        path = run_path(name)
        if (path / "config.toml").exists():
            raise UsageError(f"run {name!r} exists in {runs_folder()}/; choose another --name or remove it")
        return path
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "-" for c in default)
    number = 1
    while (path := run_path(safe if number == 1 else f"{safe}-{number}")).exists():
        number += 1
    return path


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
        (key.replace("_", " "), f"{value:,.4g}" if isinstance(value, float) else f"{value:,}")
        for key, value in run.metrics.items()
        if isinstance(value, int | float)
    ]
    print_table(("figure", ">value"), rows, title=str(run.path))
    note(f"next: {next_command}")
