"""A network that echoes bits as a page carries it."""

from embedkit.report.embedded_network import EmbeddedNetwork, read_weights
from embedkit.runs.folder import Run

EXAMPLE = "1011000101110010"


def network(run: Run) -> EmbeddedNetwork | None:
    """The network of a run, from its weights; None where it keeps none.

    Raises:
        RunError: what it keeps is damaged.
    """
    weights = read_weights(run)
    if weights is None:
        return None
    settings = {
        "cell": run.config["model"]["cell"],
        "readout": "readout",
        "symbols": ["0", "1"],
        "width": 0,
        "classes": [],
        "pairs": {},
        "delay": run.config["training"]["delay"],
    }
    return EmbeddedNetwork("symbol-reader", settings, weights, EXAMPLE)
