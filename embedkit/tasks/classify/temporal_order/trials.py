"""Temporal order: plain networks against gated ones, by level and over several seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from embedkit.config import from_table
from embedkit.leftovers import scratch_folder
from embedkit.progress import Progress, no_progress
from embedkit.runs.folder import Run
from embedkit.tasks.classify.config import ClassifierModel, ClassifierTraining
from embedkit.tasks.classify.data import corpus_facts
from embedkit.tasks.classify.temporal_order.config import TemporalOrderOptions
from embedkit.training.trials import Settings, open_lab, run_trials

NAME = "temporal-order"


def temporal_order(
    options: TemporalOrderOptions, path: Path, *, progress: Progress = no_progress, workers: int | None = None
) -> Run:
    """Train every network at every level with every seed, or what is left of that, in the run at `path`.

    Args:
        workers: trainings at once; by default one a core.

    Raises:
        UsageError: the folder holds another run, or this experiment with other options.
        KeyboardInterrupt: Ctrl-C; the same call goes on.
    """
    run = open_lab(path, NAME, options, corpus_facts(*options.levels))
    records = run_trials(run, trials(options), train_once, progress=progress, workers=workers)
    run.write_metrics(figures(options, records))
    return run


def figures(_options: TemporalOrderOptions, records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """How many trainings there were, and what they took."""
    return {"trials": len(records), "seconds": sum(record["seconds"] for record in records)}


def impossible(_options: TemporalOrderOptions, record: Mapping[str, Any]) -> str:
    """Why no training by its settings has such a result; "" where one can."""
    result = record["result"]
    by_evaluation = ((right, "valid_sequences") for right in result["valid_right"])
    for right, of in ((result["test_right"], "test_sequences"), *by_evaluation):
        if not 0 <= right <= result[of]:
            return f"{right:,} of {result[of]:,} {of.replace('_', ' ')} are right"
    if len(result["epochs"]) != len(result["valid_right"]) or result["epochs"] != sorted(result["epochs"]):
        return "its epochs are not those of its evaluations, one after the other"
    if result["valid_sequences"] > record["settings"]["training"]["held_out"]:
        return f"it has {result['valid_sequences']:,} held-out sequences, more than its settings give it"
    return ""


def trials(options: TemporalOrderOptions) -> list[Settings]:
    """Level by level, and seed by seed within one, so that a stopped experiment has all networks of what it did."""
    settings: list[Settings] = []
    for level in options.levels:
        for seed in range(1, options.seeds + 1):
            for network in options.networks:
                model, training = options.set_up(network, level, seed)
                key = {"level": level, "network": network, "seed": seed}
                settings.append({**key, "model": asdict(model), "training": asdict(training)})
    return settings


def train_once(settings: Settings) -> Mapping[str, Any]:
    """One training: right validation sequences by epoch, and right test sequences of the best weights."""
    from embedkit.training.driver import train

    model = from_table(ClassifierModel, settings["model"])
    training = from_table(ClassifierTraining, settings["training"])
    with scratch_folder() as scratch:
        run = train(model, training, scratch / "run")
        history, metrics = run.history, run.metrics
    return {
        "epochs": [line["epoch"] for line in history],
        "valid_right": [round(line["valid_right"]) for line in history],
        "valid_sequences": metrics["valid_sequences"],
        "test_right": metrics["test_right"],
        "test_sequences": metrics["test_sequences"],
    }


def checksum_of(run: Run) -> str | None:
    """The checksum of the sequences that this version makes for an experiment."""
    return corpus_facts(*run.config["options"]["levels"])["checksum"]
