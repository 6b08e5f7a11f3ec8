"""The vocabularies of an encoder-decoder: of its source, and of its target where that has one of its own."""

from embedkit.runs.folder import Run, require_kind
from embedkit.text.vocabulary import Vocabulary

TARGET_FOLDER = "target"


def save_vocabularies(run: Run, source: Vocabulary, target: Vocabulary | None) -> None:
    """Write the source's vocabulary, and the target's into a folder of its own; None where one serves both."""
    source.save(run.path / "tokenizer.json")
    if target is not None:
        (run.path / TARGET_FOLDER).mkdir(exist_ok=True)
        target.save(run.path / TARGET_FOLDER / "tokenizer.json")


def load_vocabularies(run: Run) -> tuple[Vocabulary, Vocabulary]:
    """The source's and the target's; the same one where it is shared.

    Raises:
        UsageError: the run is of another kind.
    """
    require_kind(run, "seq2seq")
    return read_vocabularies(run, shared=run.config["model"]["shared_vocabulary"])


def read_vocabularies(run: Run, *, shared: bool) -> tuple[Vocabulary, Vocabulary]:
    """The same of a run that has no config yet."""
    source = Vocabulary.load(run.path / "tokenizer.json")
    if shared:
        return source, source
    return source, Vocabulary.load(run.path / TARGET_FOLDER / "tokenizer.json")
