"""How long an echo fits into how many units: many small trainings, the state carried, chunks longer than the echo."""

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

from embedkit.config import from_table
from embedkit.leftovers import scratch_folder
from embedkit.progress import Progress, no_progress
from embedkit.runs.folder import Run
from embedkit.tasks.echo.capacity.score import capacities
from embedkit.tasks.echo.config import EchoCapacityOptions, EchoModel, EchoTraining
from embedkit.tasks.echo.data import EchoSeries, checksum, corpus_facts, echo_series
from embedkit.training.trials import Settings, open_lab, run_trials

EXPERIMENT = "echo-capacity"


def echo_capacity(
    options: EchoCapacityOptions, path: Path, *, progress: Progress = no_progress, workers: int | None = None
) -> Run:
    """Train every cell, size, delay and seed that is not done yet.

    Raises:
        UsageError: the folder holds another run, or this experiment with other options.
    """
    about = corpus_facts(f"echoes of up to {max(options.delays)}", checked_series(options))
    run = open_lab(path, EXPERIMENT, options, about)
    work = partial(train_once, options=options)
    run.write_metrics(figures(options, run_trials(run, trials(options), work, progress=progress, workers=workers)))
    return run


def trials(options: EchoCapacityOptions) -> list[Settings]:
    """Every cell, size, delay and seed."""
    return [
        {"cell": cell, "hidden_size": size, "delay": delay, "seed": seed}
        for cell, size, delay, seed in product(
            options.cells, options.hidden_sizes, options.delays, range(1, options.seeds + 1)
        )
    ]


def figures(options: EchoCapacityOptions, records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The longest echo that each network typically learned, and what that took."""
    longest = {f"longest_{each.cell}_{each.hidden_size}": each.typical for each in capacities(records)}
    return {**longest, "trials": len(records), "seconds": sum(record["seconds"] for record in records)}


def impossible(options: EchoCapacityOptions, record: Mapping[str, Any]) -> str:
    """Why no training by its settings has such a result; "" where one can."""
    result = record["result"]
    if not 0 <= result["right"] <= result["bits"]:
        return f"{result['right']:,} of {result['bits']:,} bits are right"
    if result["steps"] > options.steps:
        return f"it has {result['steps']:,} steps, and the options give it {options.steps:,}"
    return ""


def checked_series(options: EchoCapacityOptions) -> Mapping[str, EchoSeries]:
    """The series that the lineage's checksum is over; each training draws its own, by the same generator."""
    length = options.held_out_length
    return echo_series(length=length, held_out_length=length, columns=1, delay=max(options.delays), seed=1)


def train_once(settings: Settings, *, options: EchoCapacityOptions) -> dict[str, Any]:
    """What `embedkit train echo` trains by these settings, and its bits right on its test series."""
    from embedkit.training.driver import train

    model = EchoModel(cell=settings["cell"], hidden_size=settings["hidden_size"])
    training = EchoTraining(
        delay=settings["delay"],
        seed=settings["seed"],
        chunk=options.chunk,
        steps=options.steps,
        batch_size=options.batch_size,
        held_out_length=options.held_out_length,
        learning_rate=options.learning_rate,
        evaluations=2,
        device="cpu",
    )
    with scratch_folder() as scratch:
        metrics = train(model, training, scratch / "trial").metrics
    return {"right": metrics["test_right"], "bits": metrics["test_bits"], "steps": metrics["steps"]}


def checksum_of(run: Run) -> str:
    """The checksum of the series that this version makes for an experiment."""
    return checksum(checked_series(from_table(EchoCapacityOptions, run.config["options"])))
