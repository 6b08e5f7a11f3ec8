"""The options that a run was trained with, as its task has them, and what they say it was trained on."""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from embedkit.config.checked import from_table
from embedkit.errors import CorpusError, RunError, UsageError
from embedkit.runs.folder import Run
from embedkit.tasks import task_of


class _Checked(Protocol):
    @property
    def checksum(self) -> str: ...


_Corpus = TypeVar("_Corpus", bound=_Checked)


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
        return tuple(
            from_table(kind, run.config[part], stored=True) for kind, part in ((model, "model"), (training, "training"))
        )
    except UsageError as error:
        raise UsageError(f"{run.path}/config.toml: {error}") from None


def corpus_of(run: Run, opened: Callable[[Any, Any], _Corpus]) -> _Corpus:
    """What a run was trained on, as `opened` opens it by the model's and the training's configuration.

    Raises:
        CorpusError: it is no longer at hand, or has changed.
        UsageError, RunError: as `configurations`.
    """
    model, training = configurations(run)
    try:
        corpus = opened(model, training)
    except UsageError as error:  # the run was trained from another folder, or its files have gone
        raise CorpusError(f"the corpus of run {run.name} is not at hand: {error}") from None
    if corpus.checksum != run.provenance["corpus"]["checksum"]:
        raise CorpusError(f"{training.corpus} has changed since {run.name} was trained on it")
    return corpus
