"""Four curricula side by side: the same network learns to execute the same programs with the same budget."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from embedkit.leftovers import scratch_folder
from embedkit.progress import Progress, no_progress
from embedkit.runs.folder import Run
from embedkit.tasks.execute.config import CURRICULA, CurriculaOptions
from embedkit.tasks.execute.data import checksum, origin
from embedkit.training.trials import Settings, open_lab, run_trials

NAME = "curricula"


def compare_curricula(
    options: CurriculaOptions, path: Path, *, progress: Progress = no_progress, workers: int | None = None
) -> Run:
    """Train by every curriculum and seed in the folder of a lab, or what is left of them.

    Raises:
        UsageError: the folder holds another run, or this experiment with other options.
    """
    from embedkit.tasks.execute.curricula.score import score_curricula

    run = open_lab(path, NAME, options, origin(options.task))
    trials = [{"curriculum": name, "seed": seed} for seed in range(1, options.seeds + 1) for name in CURRICULA]
    records = run_trials(run, trials, partial(train_once, options), progress=progress, workers=workers)
    figures: dict[str, Any] = {}
    for score in score_curricula(records):
        figures |= {f"{score.name}_exact": score.exact.right, f"{score.name}_programs": score.exact.n}
        figures |= {f"{score.name}_exact_match": score.exact.share, f"{score.name}_seconds": score.seconds}
    run.write_metrics({"steps": options.steps, "seeds": options.seeds, **figures})
    return run


def train_once(options: CurriculaOptions, settings: Settings) -> Mapping[str, Any]:
    """One training: its history, and its exact outputs at the target difficulty and at every stage on the way there."""
    from embedkit.tasks.execute.study import evaluate_execution
    from embedkit.training.driver import train

    training = options.training(settings["curriculum"], settings["seed"])
    with scratch_folder() as scratch:
        run = train(options.model, training, scratch / "trial")
        score = evaluate_execution(run, split="test", most=2 * options.held_out)
        history = run.history
    names = ("step", "valid_nats_per_token", "valid_exact", "valid_programs", "seconds")
    return {
        "history": [{name: line[name] for name in names} for line in history],
        "right": score.exact.right,
        "n": score.exact.n,
        "cells": [
            {"length": cell.length, "nesting": cell.nesting, "right": cell.exact.right, "n": cell.exact.n}
            for cell in score.cells
        ],
    }


def checksum_of(run: Run) -> str:
    """The checksum of the programs that this version makes for an experiment."""
    return checksum(run.config["options"]["task"])
