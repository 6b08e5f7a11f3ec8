"""Four curricula side by side: the same network learns to execute the same programs with the same budget."""

from collections.abc import Mapping, Sequence
from functools import cache, partial
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
    run = open_lab(path, NAME, options, origin(options.task))
    work = partial(train_once, options)
    run.write_metrics(figures(options, run_trials(run, trials(options), work, progress=progress, workers=workers)))
    return run


def trials(options: CurriculaOptions) -> list[Settings]:
    """Every curriculum, seed by seed."""
    return [{"curriculum": name, "seed": seed} for seed in range(1, options.seeds + 1) for name in CURRICULA]


def figures(options: CurriculaOptions, records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The exact outputs of each curriculum, and what its trainings took."""
    from embedkit.tasks.execute.curricula.score import score_curricula

    by_curriculum: dict[str, Any] = {}
    for score in score_curricula(records):
        by_curriculum |= {f"{score.name}_exact": score.exact.right, f"{score.name}_programs": score.exact.n}
        by_curriculum |= {f"{score.name}_exact_match": score.exact.share, f"{score.name}_seconds": score.seconds}
    return {"steps": options.steps, "seeds": options.seeds, **by_curriculum}


def impossible(options: CurriculaOptions, record: Mapping[str, Any]) -> str:
    """Why no training by its settings has such a result; "" where one can. Its test programs are drawn again."""
    settings, result = record["settings"], record["result"]
    cells: dict[tuple[int, int] | None, Any] = {(cell["length"], cell["nesting"]): cell for cell in result["cells"]}
    scored = {None: result, **cells}
    for each in scored.values():
        if not 0 <= each["right"] <= each["n"]:
            return f"{each['right']:,} of {each['n']:,} programs are right"
    if {key: each["n"] for key, each in scored.items()} != _programs(options, settings["seed"]):
        return "it was not tested on as many programs as its options give"
    if any(line["step"] > options.steps for line in result["history"]):
        return f"it has more than the {options.steps:,} steps that the options give it"
    return ""


@cache
def _programs(options: CurriculaOptions, seed: int) -> dict[tuple[int, int] | None, int]:
    """How many test programs a training has: of its target, and of each difficulty up to it."""
    from embedkit.tasks.execute.study import cell_programs, target_programs

    training, most = options.training("none", seed), 2 * options.held_out
    counts: dict[tuple[int, int] | None, int] = {None: len(target_programs(training, "test", most))}
    return counts | {key: len(programs) for key, programs in cell_programs(training, "test", most).items() if programs}


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
