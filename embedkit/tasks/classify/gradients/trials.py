"""Follow the gradient of the final loss back through time, while networks of several cells learn temporal order."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from functools import partial
from itertools import count, product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from embedkit.progress import Progress, no_progress
from embedkit.runs.folder import Run
from embedkit.tasks.classify.config import ClassifierModel, ClassifierTraining
from embedkit.tasks.classify.gradients.config import GradientsOptions
from embedkit.tasks.classify.gradients.score import planted, trainings
from embedkit.training.trials import Settings, open_lab, run_trials

if TYPE_CHECKING:
    from torch import Tensor

    from embedkit.tasks.classify.data import Sequences
    from embedkit.tasks.classify.network import SequenceClassifier
    from embedkit.tasks.classify.objective import ClassifierObjective

EXPERIMENT = "gradients"
RATIOS = (0.5, 1.0, 1.5)
"""The absolute eigenvalues of the planted matrices."""
PLANTED_SIZE = 16
PLAIN = ("rnn-tanh", "rnn-relu")
DIGITS = 6
PLANTED_OFF = 1e-9
"""By which the norms of a planted matrix may be off on another processor, relatively."""


def gradient_lab(
    options: GradientsOptions, path: Path, *, progress: Progress = no_progress, workers: int | None = None
) -> Run:
    """Do every training that is not done yet, and the planted matrices.

    Raises:
        UsageError: the folder holds another run, or this experiment with other options.
    """
    from embedkit.tasks.classify.data import corpus_facts

    run = open_lab(path, EXPERIMENT, options, corpus_facts(*options.levels))
    work = partial(_try, options=options)
    run.write_metrics(figures(options, run_trials(run, trials(options), work, progress=progress, workers=workers)))
    return run


def figures(options: GradientsOptions, records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """How fast gradients fall in each network that learned as usual, and how exact the planted ones are."""
    slopes = {
        f"decades_per_10_{each.cell}_{each.level}": each.snapshots[-1].decades_per_10
        for each in trainings(records)
        if each.seed == 1 and each.gain == 1
    }
    return {
        **slopes,
        "planted_off": max(each.off for each in planted(records)),
        "trials": len(records),
        "seconds": sum(record["seconds"] for record in records),
    }


def impossible(options: GradientsOptions, record: Mapping[str, Any]) -> str:
    """Why no trial by its settings has such a result; "" where one can. A planted matrix is followed again."""
    settings, result = record["settings"], record["result"]
    if "planted" in settings:
        norms = planted_norms(settings["planted"], options.planted_steps)
        same = len(norms) == len(result["norms"]) and np.allclose(norms, result["norms"], rtol=PLANTED_OFF, atol=0)
        return "" if same else "followed again, the gradients of its planted matrix are others"
    wrong = next((each for each in result["snapshots"] if not 0 <= each["right"] <= each["n"]), None)
    if wrong is not None:
        return f"{wrong['right']:,} of {wrong['n']:,} sequences are right"
    steps = options.steps if result["diverged"] is None else result["diverged"] - 1
    if len(result["norms"]) != steps:
        return f"it has gradients of {len(result['norms']):,} steps, and took {steps:,}"
    due = [round(options.steps * i / options.snapshots) for i in range(options.snapshots + 1)]
    if [each["step"] for each in result["snapshots"]] != [step for step in due if step <= steps]:
        return "its snapshots are not of the steps that the options give"
    return ""


def trials(options: GradientsOptions) -> list[Settings]:
    """Planted matrices; every cell, level and seed; and plain cells that start too large, clipped and not."""
    trials: list[Settings] = [{"planted": ratio} for ratio in RATIOS]
    for level, cell, seed in product(options.levels, options.cells, range(1, options.seeds + 1)):
        settings = {"cell": cell, "level": level, "seed": seed}
        trials.append({**settings, "clip": options.clip, "gain": 1.0})
        if cell in PLAIN and seed == 1:
            trials += [{**settings, "clip": clip, "gain": options.gain} for clip in (options.clip, None)]
    return trials


def _try(settings: Settings, *, options: GradientsOptions) -> dict[str, Any]:
    if "planted" in settings:
        return {"norms": planted_norms(settings["planted"], options.planted_steps).tolist()}
    return follow_training(settings, options)


def planted_norms(ratio: float, steps: int, seed: int = 1) -> np.ndarray:
    """(steps + 1,) norms of the gradient at lags 0, 1, … under `ratio` times a random orthogonal matrix."""
    import torch

    from embedkit.tasks.classify.gradients.flow import orthogonal_matrix, planted_gradients

    towards = torch.zeros(PLANTED_SIZE, dtype=torch.float64)
    towards[0] = 1.0
    gradients = planted_gradients(ratio * orthogonal_matrix(PLANTED_SIZE, seed), towards, steps)
    return gradients.norm(dim=1).numpy()


def follow_training(settings: Settings, options: GradientsOptions) -> dict[str, Any]:
    """Train one classifier, and record its gradients on the way; it ends where they are no longer numbers."""
    import torch

    from embedkit.tasks.classify.objective import ClassifierObjective, build_classifier, held_out
    from embedkit.training.loop import make_optimiser
    from embedkit.training.setup import seeded

    model = ClassifierModel(
        cell=settings["cell"], hidden_size=options.hidden_size, initialisation=options.initialisation
    )
    training = ClassifierTraining(
        level=settings["level"],
        seed=settings["seed"],
        batch_size=options.batch_size,
        learning_rate=options.learning_rate,
        held_out=options.held_out,
        device="cpu",
    )
    clip = float("inf") if settings["clip"] is None else settings["clip"]
    due = {round(options.steps * i / options.snapshots) for i in range(options.snapshots + 1)}
    snapshots: list[dict[str, Any]] = []
    norms: list[float] = []
    diverged = None
    with seeded(training.seed):
        network = build_classifier(model)
        with torch.no_grad():
            network.core.layers[0].get_parameter("weight_hh_l0").mul_(settings["gain"])
        objective = ClassifierObjective(network, training)
        probes = held_out(training.level, "valid", training.held_out)
        optimiser = make_optimiser(network, objective.tables(), training)
        for step, batch in zip(range(options.steps + 1), _endless(objective), strict=False):
            if step in due:
                snapshots.append({"step": step, **_snapshot(network, probes, options.probes)})
            if step == options.steps:
                break
            optimiser.zero_grad()
            objective.step(batch, (), 0.0)
            norm = float(torch.nn.utils.clip_grad_norm_(network.parameters(), clip))
            if not math.isfinite(norm):  # no clipping helps any more: this is where exploding ends
                diverged = step + 1
                break
            norms.append(norm)
            optimiser.step()
    return {"snapshots": snapshots, "norms": _rounded(norms), "diverged": diverged}


def _endless(objective: "ClassifierObjective") -> Iterator[Any]:
    for epoch in count():
        yield from objective.batches(epoch, 0)


def _snapshot(network: "SequenceClassifier", held_out: "Sequences", probes: int) -> dict[str, Any]:
    """The fields of a `Snapshot` but for its step, to be stored."""
    from embedkit.tasks.classify.gradients.flow import spectral_radii
    from embedkit.tasks.classify.objective import measure

    measurement = measure(network, held_out)
    hidden, cell = loss_gradients(network, held_out.ids[:probes], held_out.labels[:probes])
    return {
        "hidden": _rounded(np.median(hidden, axis=1)),
        "cell": None if cell is None else _rounded(np.median(cell, axis=1)[1:]),
        "radii": {gate: round(radius, DIGITS) for gate, radius in spectral_radii(network.core).items()},
        "right": measurement.confusion.right,
        "n": measurement.confusion.n,
    }


def loss_gradients(
    network: "SequenceClassifier", ids: np.ndarray, labels: np.ndarray
) -> tuple[np.ndarray, np.ndarray | None]:
    """(N, T) ids and (N,) classes → (K, N) norms of each sequence's own loss with respect to its state at lags 0 to
    K − 1: the hidden state, and an LSTM's cell state. K is the length of the shortest sequence.

    In float64, where a gradient that has vanished is still a number.
    """
    import torch

    from embedkit.tasks.classify.data import PADDING
    from embedkit.tasks.classify.gradients.flow import state_gradients
    from embedkit.tasks.classify.objective import columns

    exact = deepcopy(network).double()
    target = torch.from_numpy(labels)

    def loss(hidden: "Tensor") -> "Tensor":
        return torch.nn.functional.cross_entropy(exact.head(hidden), target, reduction="sum")

    x = exact.inputs(columns(ids, torch.device("cpu")))
    gradients = state_gradients(exact.core, x, loss, exact.core.initial_state(len(ids)))
    shortest = int((ids != PADDING).sum(axis=1).min())
    hidden, cell = (
        None if part is None else part.norm(dim=2).flip(0)[:shortest].numpy()
        for part in (gradients.hidden, gradients.cell)
    )
    assert hidden is not None
    return hidden, cell


def _rounded(values: Iterable[float]) -> list[float]:
    """To six significant digits."""
    return [float(f"{value:.{DIGITS - 1}e}") for value in values]


def checksum_of(run: Run) -> str | None:
    """The checksum of the sequences that this version makes for an experiment."""
    from embedkit.tasks.classify.data import corpus_facts

    return corpus_facts(*run.config["options"]["levels"])["checksum"]
