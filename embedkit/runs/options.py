"""The options that a run was trained with, as its task has them."""

from typing import Any

from embedkit.config.checked import from_table
from embedkit.runs.folder import Run
from embedkit.tasks import task_of


def configurations(run: Run) -> tuple[Any, Any]:
    """The model's and the training's configuration.

    Raises:
        UsageError: config.toml has an option that is not known; the nearest is named.
    """
    model, training = task_of(run.kind).config_types()
    return from_table(model, run.config["model"]), from_table(training, run.config["training"])
