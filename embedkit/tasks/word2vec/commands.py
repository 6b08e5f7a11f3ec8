"""`embedkit train word2vec`: word vectors are made at once, so that there is nothing to go on with."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from embedkit.cli.options import configuration, options_type
from embedkit.cli.output import Json, note
from embedkit.cli.progress import progress
from embedkit.cli.train import TRAINING, announce, new_path
from embedkit.runs.folder import name_after
from embedkit.tasks.word2vec.config import Word2VecTraining

_Options = options_type(Word2VecTraining)
_DEFAULTS = _Options()


def train(
    *,
    name: str | None = None,
    config: Path | None = None,
    json: Json = False,
    options: Annotated[_Options, Parameter(name="*", group=TRAINING)] = _DEFAULTS,  # type: ignore[valid-type]
) -> None:
    """Train word vectors.

    Args:
        name: The run's name; by default made from the corpus and the method.
        config: Read options from a TOML file, such as a run's config.toml; the command line takes precedence.
    """
    from embedkit.tasks.word2vec.training import train_word2vec

    training = configuration(Word2VecTraining, options)
    path = new_path(name, f"{name_after(training.corpus)}-{training.method}")
    note(f"training on {training.corpus}: {path}")
    with progress("word vectors") as show:
        run = train_word2vec(training, path, progress=show)
    announce(run, json, f"embedkit analogy --space {run.name}")
