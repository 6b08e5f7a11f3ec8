"""An encoder-decoder as a page carries it."""

from collections.abc import Mapping

import numpy as np

from embedkit.config.checked import from_table
from embedkit.models.cutoffs import two_cutoffs
from embedkit.report.embedded_network import EmbeddedNetwork, Typed, embedded_vocabulary, read_weights
from embedkit.runs.folder import Run
from embedkit.tasks.seq2seq.config import Seq2SeqModel, gives_back, longest_answer
from embedkit.tasks.seq2seq.vocabularies import load_vocabularies
from embedkit.text.vocabulary import Vocabulary


def network(run: Run) -> EmbeddedNetwork | None:
    """The network of a run, from its weights; None where it keeps none. What a variational model is trained with beside
    its codes stays out.

    Raises:
        RunError, VocabularyError: what it keeps is damaged.
    """
    weights = read_weights(run)
    if weights is None:
        return None
    longest = (longest_answer(0), longest_answer(1) - longest_answer(0))
    model = from_table(Seq2SeqModel, run.config["model"])
    return encoder_decoder(weights, model, *load_vocabularies(run), longest=longest, gives_back=gives_back(run))


def encoder_decoder(
    weights: Mapping[str, np.ndarray],
    model: Seq2SeqModel,
    source: Vocabulary,
    target: Vocabulary,
    *,
    longest: tuple[int, int],
    gives_back: bool = False,
    reading: str = "forward",
    writing: str = "forward",
    typed: Typed = "text",
    joiner: str = " ",
    example: str = "",
) -> EmbeddedNetwork:
    """An encoder-decoder of any task.

    Args:
        longest: after how many tokens an answer is cut: so many, and so many more for each token of the source.
        typed: what a reader types: a text, a sum or a program.
        joiner: what stands between the lines of a source.
        reading, writing: "forward", or "reversed": from the end; a source also "doubled": twice, a line each.
    """
    cutoffs = two_cutoffs(target.counts) if model.softmax == "adaptive" else ()
    settings = {
        "cell": model.cell,
        "feed": model.feed,
        "attention": model.attention,
        "edges": [*cutoffs, len(target)],
        "source": embedded_vocabulary(source),
        "target": None if target is source else embedded_vocabulary(target),
        "longest": list(longest),
        "givesBack": gives_back,
        "reading": reading,
        "writing": writing,
        "typed": typed,
        "joiner": joiner,
    }
    kept = {name: weight for name, weight in weights.items() if not name.startswith("to_log_variance")}
    return EmbeddedNetwork("encoder-decoder", settings, kept, example)
