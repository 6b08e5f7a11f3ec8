"""What every driver does alike: a run is written down before it is trained, and measured when it is."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from embedkit.config import Optimisation
from embedkit.config.checked import Checked
from embedkit.runs.folder import Run
from embedkit.training.checkpoint import load_weights
from embedkit.training.loop import OnProgress, Position, Trainer, discard_state
from embedkit.training.objective import Objective
from embedkit.training.snapshots import Snapshots

OnStage = Callable[[str], None]
"""Called with what is done before and after the training itself, in a few words."""


def silent(_text: str) -> None:
    pass


def write_down(run: Run, kind: str, model: Checked, training: Optimisation, provenance: Mapping[str, Any]) -> None:
    """What a run is made from. The config is written last: a folder with a config can be resumed."""
    run.write_provenance(provenance)
    run.write_config({"kind": kind, "model": asdict(model), "training": asdict(training)})


def fit(
    run: Run,
    objective: Objective,
    training: Optimisation,
    measure: Callable[[], Mapping[str, Any]],
    *,
    on_progress: OnProgress | None = None,
    snapshots: Snapshots | None = None,
    counted: str = "tokens",
) -> None:
    """Train, go back to the best weights, measure them and keep the figures: the run has finished.

    Args:
        measure: the headline figures of the best weights; those of the effort are added.
        counted: what the objective's tokens are, in the names of the figures: "sequences" where one class is told each.

    Raises:
        KeyboardInterrupt, TrainingError: as `Trainer.fit`.
    """
    position = Trainer(objective, training, run, snapshots, counted).fit(on_progress)
    load_weights(run, objective.model)
    run.write_metrics({**measure(), **_effort(objective, position, counted)})
    discard_state(run)


def _effort(objective: Objective, position: Position, counted: str) -> dict[str, Any]:
    return {
        "steps": position.step,
        f"{counted}_seen": position.tokens_seen,
        "epochs": position.tokens_seen / objective.tokens_per_epoch,
        "seconds": position.seconds,
        f"{counted}_per_second": position.tokens_seen / position.step_seconds,
        "parameters": sum(p.numel() for p in objective.model.parameters()),
    }
