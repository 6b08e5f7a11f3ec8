"""The options that a run was trained with, as its task has them."""

from typing import Any

from embedkit.config.checked import from_table
from embedkit.errors import RunError, UsageError
from embedkit.runs.folder import Run
from embedkit.tasks import task_of


def configurations(run: Run) -> tuple[Any, Any]:
    """The model's and the training's configuration.

    Raises:
        UsageError: config.toml has an option that is not known, whose nearest is named, or one of another type.
        RunError: a run of this kind is not trained by options of a model and a training, or config.toml lacks them.
    """
    types = task_of(run.kind).config_types()
    if len(types) != 2 or not all(isinstance(run.config.get(part), dict) for part in ("model", "training")):
        raise RunError(f"{run.path}/config.toml: no options of a model and its training; restore it or train again")
    model, training = types
    try:
        return from_table(model, run.config["model"]), from_table(training, run.config["training"])
    except UsageError as error:
        raise UsageError(f"{run.path}/config.toml: {error}") from None
