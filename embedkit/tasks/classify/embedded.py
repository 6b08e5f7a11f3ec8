"""A sequence classifier as a page carries it."""

from embedkit.report.embedded_network import EmbeddedNetwork, read_weights
from embedkit.runs.folder import Run
from embedkit.tasks.classify.data import CLASSES, PAIRS, SYMBOLS, level_of


def network(run: Run) -> EmbeddedNetwork | None:
    """The network of a run, from its weights; None where it keeps none.

    Raises:
        RunError: what it keeps is damaged.
    """
    weights = read_weights(run)
    if weights is None:
        return None
    level = level_of(run.config["training"]["level"])
    settings = {
        "cell": run.config["model"]["cell"],
        "readout": "head",
        "symbols": list(SYMBOLS),
        # Sequences are padded on the left to one width, with a vector of zeros that the network reads as well.
        "width": level.width,
        "classes": list(CLASSES),
        "pairs": dict(zip(PAIRS, CLASSES, strict=True)),
        "delay": None,
    }
    begin, second = level.t1[0], level.t2[0]
    filling = ("abcd" * level.length[0])[: level.length[0] - 2]
    places = [*filling]
    places[begin - 1], places[second - 1] = "X", "Y"
    return EmbeddedNetwork("symbol-reader", settings, weights, f"B{''.join(places)}E")
