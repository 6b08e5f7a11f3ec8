"""A network that executes programs as a page carries it."""

from random import Random

from embedkit.config.checked import from_table
from embedkit.report.embedded_network import EmbeddedNetwork, read_weights
from embedkit.runs.folder import Run
from embedkit.tasks.execute.config import ExecuteModel, ExecuteTraining
from embedkit.tasks.execute.data import draw
from embedkit.tasks.execute.interpreter import MOST_DIGITS
from embedkit.tasks.seq2seq.embedded import encoder_decoder
from embedkit.tasks.seq2seq.vocabularies import TARGET_FOLDER
from embedkit.text.vocabulary import Vocabulary

EXAMPLE = 3
"""The seed of the program that stands in the box at first."""


def network(run: Run) -> EmbeddedNetwork | None:
    """The network of a run, from its weights; None where it keeps none. A reader types sums, or programs as those that
    it learned from are laid out: a page has no interpreter.

    Raises:
        RunError, VocabularyError: what it keeps is damaged.
    """
    training = from_table(ExecuteTraining, run.config["training"])
    weights = read_weights(run)
    if weights is None:
        return None
    return encoder_decoder(
        weights,
        from_table(ExecuteModel, run.config["model"]).network,
        Vocabulary.load(run.path / "tokenizer.json"),
        Vocabulary.load(run.path / TARGET_FOLDER / "tokenizer.json"),
        longest=(MOST_DIGITS, 0),
        reading=training.reading,
        writing=training.writing,
        typed="sum" if training.task == "addition" else "program",
        joiner="\n",
        example=example(training),
    )


def example(training: ExecuteTraining) -> str:
    """What may stand in the box at first: a sum, or a test program of the difficulty that training aimed at."""
    digits = training.target[0]
    if training.task == "addition":
        return f"{'123456789'[:digits]}+{'987654321'[:digits]}"
    return draw(training.task, Random(EXAMPLE), *training.target, "test").text
