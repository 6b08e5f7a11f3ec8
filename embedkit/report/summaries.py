"""What a run is, in one sentence, and the words that such sentences share."""

from collections.abc import Mapping
from typing import Any

from embedkit.errors import RunError
from embedkit.numerals import counted, upper_first, with_article
from embedkit.runs.folder import Run

LEVELS = {"word": "word", "char": "character", "bpe": "subword"}
"""What a reader calls a token of a text."""
CELL_NAMES = {"lstm": "LSTM", "gru": "GRU", "rnn-tanh": "plain RNN", "rnn-relu": "plain RNN of ReLUs"}
CELLS_IN_WORDS = {cell: f"{'An' if cell == 'lstm' else 'A'} {name}" for cell, name in CELL_NAMES.items()}


def cell_name(cell: str) -> str:
    """A recurrent cell as a reader calls it."""
    return CELL_NAMES.get(cell, cell.upper())


def token_level(run: Run) -> str:
    """What a loss is an average over, of the target where there are two sides: "word", "char" or "bpe", or the unit
    that the run's task has."""
    model = run.config.get("model", {})
    unit = run.task.unit
    return unit or str(model.get("level") or model.get("target_level", "word"))


def unit_of(run: Run) -> str:
    """What a reader calls the unit that a run's loss is an average over: "word", "character", "subword", "bit"."""
    level = token_level(run)
    return LEVELS.get(level, level)


def noun_of(run: Run) -> str:
    """What a reader calls a point of a run's spaces: what was read as such, "document", or else a token of its text."""
    return str(run.provenance.get("noun") or unit_of(run))


def token_noun(run: Run) -> str:
    """That unit as a noun after "nats per": "word token", "bit"."""
    return f"{unit_of(run)} token" if token_level(run) in LEVELS else unit_of(run)


def summary_line(run: Run) -> str:
    """One sentence under the title. A run of a kind that nothing here describes is only called by it."""
    called = upper_first(f"{with_article(run.kind)} run.")
    try:
        description = run.task
    except RunError:
        return called
    return str(description.load("summary")(run)) if description.summary else called


def shape(model: Mapping[str, Any]) -> str:
    """The size of a recurrent core: "2 layers of 64 units"."""
    layers = model.get("layers", 1)
    units = f" of {model['hidden_size']:,} units" if "hidden_size" in model else ""
    return f"{counted(layers, 'layer')}{units}"


def corpus_name(run: Run) -> str:
    """The name of the text that a run was trained on."""
    return str(run.provenance.get("corpus", {}).get("name") or "a text without a name")
