"""A network that adds two numbers as a page carries it."""

from embedkit.config.checked import from_table
from embedkit.report.embedded_network import EmbeddedNetwork, read_weights
from embedkit.runs.folder import Run
from embedkit.tasks.execute.config import ExecuteModel, ExecuteTraining
from embedkit.tasks.execute.interpreter import MOST_DIGITS
from embedkit.tasks.seq2seq.embedded import encoder_decoder
from embedkit.tasks.seq2seq.vocabularies import TARGET_FOLDER
from embedkit.text.vocabulary import Vocabulary


def network(run: Run) -> EmbeddedNetwork | None:
    """The network of a run that learned to add, from its weights; None of other programs, which a page has no
    interpreter for.

    Raises:
        RunError, VocabularyError: what it keeps is damaged.
    """
    training = from_table(ExecuteTraining, run.config["training"])
    weights = read_weights(run) if training.task == "addition" else None
    if weights is None:
        return None
    digits = training.target[0]
    return encoder_decoder(
        weights,
        from_table(ExecuteModel, run.config["model"]).network,
        Vocabulary.load(run.path / "tokenizer.json"),
        Vocabulary.load(run.path / TARGET_FOLDER / "tokenizer.json"),
        longest=(MOST_DIGITS, 0),
        reading=training.reading,
        writing=training.writing,
        example=f"{'123456789'[:digits]}+{'987654321'[:digits]}",
    )
