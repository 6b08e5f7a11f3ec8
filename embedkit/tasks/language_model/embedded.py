"""A language model as a page carries it."""

from embedkit.models.cutoffs import two_cutoffs
from embedkit.report.embedded_network import EmbeddedNetwork, embedded_vocabulary, read_weights
from embedkit.runs.folder import Run
from embedkit.text.vocabulary import Vocabulary


def network(run: Run) -> EmbeddedNetwork | None:
    """The network of a run, from its weights; None where it keeps none.

    Raises:
        RunError, VocabularyError: what it keeps is damaged.
    """
    weights = read_weights(run)
    if weights is None:
        return None
    vocabulary = Vocabulary.load(run.path / "tokenizer.json")
    model = run.config["model"]
    chosen = model["cutoffs"] if "cutoffs" in model else two_cutoffs(vocabulary.counts)
    cutoffs = () if model["softmax"] == "full" else chosen
    settings = {
        "cell": model["cell"],
        "edges": [*cutoffs, len(vocabulary)],
        "rareBlock": model.get("rare_block", 0),
        "vocabulary": embedded_vocabulary(vocabulary),
    }
    return EmbeddedNetwork("language-model", settings, weights)
