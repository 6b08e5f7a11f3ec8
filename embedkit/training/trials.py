"""An experiment of many small trainings: each trial is a line of trials.jsonl, and a stopped experiment goes on."""

import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from embedkit.config.checked import Checked
from embedkit.errors import UsageError
from embedkit.files import append_line, write_text
from embedkit.progress import Progress, no_progress
from embedkit.runs.folder import Run, without_none
from embedkit.runs.lock import writing
from embedkit.runs.provenance import circumstances

KIND = "lab"

Settings = Mapping[str, Any]
"""What sets one trial apart from the others, JSON-ready: {"cell": "lstm", "seed": 3}."""

Work = Callable[[Settings], Mapping[str, Any]]
"""One trial: its settings → what came of it, JSON-ready. It draws all its randomness from the settings."""


def open_lab(path: Path, experiment: str, options: Checked, corpus: Mapping[str, Any]) -> Run:
    """The run of an experiment: a new one, or the one that was stopped there.

    Args:
        experiment: its name, which is that of its command and of its recipe.
        corpus: what was trained on, as it stands in a run's provenance: name, source, checksum, licence, citation.

    Raises:
        UsageError: the folder holds another run, or this experiment with other options.
        RunError: another process does it.
    """
    run = Run(path)
    config = {"kind": KIND, "lab": experiment, "options": asdict(options)}
    with writing(path):
        if not (path / "config.toml").exists():
            run.write_provenance({"corpus": dict(corpus), **circumstances()})
            run.write_config(config)
    if json.loads(json.dumps(without_none(config))) != run.config:
        raise UsageError(
            f"{path} holds another experiment, or this one with other options; choose another --name or remove it"
        )
    return run


def run_trials(
    run: Run, trials: Sequence[Settings], work: Work, *, progress: Progress = no_progress, workers: int | None = None
) -> list[dict[str, Any]]:
    """Do the trials that are not done yet, several at once, each in a process with one thread.

    One thread makes a trial's result the same whatever else runs, and small networks gain nothing from a second.

    Args:
        workers: trials at once; by default one a core.

    Returns:
        A record a trial, in the order of `trials`: its settings, its result and its seconds.

    Raises:
        RunError: another process does trials of this run.
    """
    with writing(run.path):
        return _run_trials(run, trials, work, progress, workers)


def _run_trials(
    run: Run, trials: Sequence[Settings], work: Work, progress: Progress, workers: int | None
) -> list[dict[str, Any]]:
    from joblib import Parallel, delayed

    file = run.path / "trials.jsonl"
    if file.exists() and not file.read_bytes().endswith(b"\n"):  # a kill cut the last line short
        write_text(file, "".join(f"{_line(record)}\n" for record in run.trials))
    records = {_key(record["settings"]): record for record in run.trials}
    waiting = [settings for settings in trials if _key(settings) not in records]
    pool = Parallel(n_jobs=workers or os.cpu_count(), return_as="generator_unordered")
    for count, record in enumerate(pool(delayed(_tried)(work, settings) for settings in waiting), 1):
        append_line(file, _line(record))
        records[_key(record["settings"])] = record
        ready = len(trials) - len(waiting) + count
        progress(ready / len(trials), f"{ready} of {len(trials)} trials")
    return [records[_key(settings)] for settings in trials]


def _tried(work: Work, settings: Settings) -> dict[str, Any]:
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    started = time.monotonic()
    try:
        result = work(settings)
    finally:
        torch.set_num_threads(threads)
    return {"settings": dict(settings), "result": dict(result), "seconds": time.monotonic() - started}


def _key(settings: Settings) -> str:
    return json.dumps(settings, sort_keys=True)


def _line(record: Mapping[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, allow_nan=False)
