"""An encoder-decoder as a page carries it."""

from embedkit.models.cutoffs import choose_cutoffs
from embedkit.report.embedded_network import EmbeddedNetwork, embedded_vocabulary, read_weights
from embedkit.runs.folder import Run
from embedkit.tasks.seq2seq.config import gives_back, longest_answer
from embedkit.tasks.seq2seq.vocabularies import load_vocabularies


def network(run: Run) -> EmbeddedNetwork | None:
    """The network of a run, from its weights; None where it keeps none. What a variational model is trained with beside
    its codes stays out.

    Raises:
        RunError, VocabularyError: what it keeps is damaged.
    """
    weights = read_weights(run)
    if weights is None:
        return None
    source, target = load_vocabularies(run)
    model = run.config["model"]
    cutoffs = choose_cutoffs(target.counts) if model["softmax"] == "adaptive" else ()
    settings = {
        "cell": model["cell"],
        "feed": model["feed"],
        "attention": model["attention"],
        "edges": [*cutoffs, len(target)],
        "source": embedded_vocabulary(source),
        "target": None if target is source else embedded_vocabulary(target),
        "longest": [longest_answer(0), longest_answer(1) - longest_answer(0)],
        "givesBack": gives_back(run),
    }
    kept = {name: weight for name, weight in weights.items() if not name.startswith("to_log_variance")}
    return EmbeddedNetwork("encoder-decoder", settings, kept)
