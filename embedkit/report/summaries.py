"""What a run is, in one sentence, by its kind; of a lab by its experiment."""

from collections.abc import Callable, Mapping
from typing import Any

from embedkit.config import from_table
from embedkit.runs.folder import Run
from embedkit.tasks.classify.data import LEVELS
from embedkit.tasks.execute.config import CurriculaOptions, ExecuteTraining

UNITS = {"word": "word", "char": "character", "bpe": "subword"}


def token_level(run: Run) -> str:
    """What a token of a run is, of the target where there are two sides: "word", "char" or "bpe"."""
    model = run.config.get("model", {})
    return "char" if run.kind == "execute" else str(model.get("level") or model.get("target_level", "word"))


def summary_line(run: Run) -> str:
    """One sentence under the title."""
    return SUMMARIES[run.kind](run)


def _language_model_line(run: Run) -> str:
    model = run.config.get("model", {})
    unit = UNITS.get(token_level(run), token_level(run))
    cell = str(model.get("cell", "recurrent")).upper()
    return f"A {unit}-level {cell} language model with {shape(model)}, trained on {corpus_name(run)}."


def shape(model: Mapping[str, Any]) -> str:
    """The size of a recurrent core: "2 layers of 64 units"."""
    layers = model.get("layers", 1)
    units = f" of {model['hidden_size']:,} units" if "hidden_size" in model else ""
    return f"{layers} layer{'s' if layers != 1 else ''}{units}"


def _word2vec_line(run: Run) -> str:
    method = run.config.get("word2vec", {}).get("method", "word2vec")
    return f"{method[0].upper()}{method[1:]} word vectors, trained on {corpus_name(run)}."


def _embeddings_line(run: Run) -> str:
    metrics = run.metrics
    return (
        f"{metrics['vocabulary_size']:,} vectors of {metrics['dimensions']:,} dimensions that were read from "
        f"{corpus_name(run)}; how they were trained is not known here."
    )


def _seq2seq_line(run: Run) -> str:
    model, training = run.config["model"], run.config["training"]
    attention = "" if model["attention"] == "none" else f" and {model['attention']} attention"
    codes = "a variational bottleneck" if model["variational"] else "a bottleneck"
    units = {UNITS.get(model[side], model[side]) for side in ("source_level", "target_level")}
    read = {"self": ", each window of the text given back", "next": ", each window of the text foretelling the next"}
    return (
        f"A {' and '.join(sorted(units))}-level {model['cell'].upper()} "
        f"encoder-decoder around {codes} of {model['bottleneck_size']:,} numbers{attention}, "
        f"trained on {corpus_name(run)}{read.get(training['stream'], '')}."
    )


CELLS_IN_WORDS = {"lstm": "An LSTM", "gru": "A GRU", "rnn-tanh": "A plain RNN", "rnn-relu": "A plain RNN of ReLUs"}


def _classifier_line(run: Run) -> str:
    model, training = run.config["model"], run.config["training"]
    shortest, longest = LEVELS[training["level"]].length
    return (
        f"{CELLS_IN_WORDS[model['cell']]} with {shape(model)} that reads a sequence of "
        f"{shortest:,} to {longest:,} symbols and tells at its end which of X and Y stood where."
    )


def _temporal_order_line(run: Run) -> str:
    options = run.config["options"]
    seeds = f"{options['seeds']:,} seed{'s' if options['seeds'] > 1 else ''}"
    networks, levels = (len(options[name]) for name in ("networks", "levels"))
    return (
        f"{run.metrics['trials']:,} trainings on temporal order: {networks} network{'s' if networks > 1 else ''} at "
        f"{levels} level{'s' if levels > 1 else ''}, each with {seeds}."
    )


def _echo_line(run: Run) -> str:
    model, training = run.config["model"], run.config["training"]
    carried = "the state handed on from one to the next" if training["carry_state"] else "each from a state of zeros"
    return (
        f"{CELLS_IN_WORDS[model['cell']]} with {shape(model)} that gives a binary "
        f"signal back {training['delay']:,} steps later, trained on chunks of {training['chunk']:,}, {carried}."
    )


def _echo_capacity_line(run: Run) -> str:
    return f"{run.metrics['trials']:,} trainings on the echo of a binary signal."


def _gradients_line(run: Run) -> str:
    return "How much of the gradient of the final loss arrives at every earlier step, by cell and level."


def _execute_line(run: Run) -> str:
    model, training = run.config["model"], from_table(ExecuteTraining, run.config["training"])
    attention = "" if model["attention"] == "none" else f" and {model['attention']} attention"
    return (
        f"A character-level {model['cell'].upper()} encoder-decoder around a bottleneck of "
        f"{model['bottleneck_size']:,} numbers{attention} that learned what {task_in_words(training)} print, from "
        f"programs made here: {CURRICULA_IN_WORDS[training.curriculum]}."
    )


CURRICULA_IN_WORDS = {
    "none": "of the target difficulty from the start",
    "naive": "with the difficulty raised step by step",
    "mix": "of difficulties drawn evenly up to the target",
    "combined": "half of difficulties drawn evenly up to the target, half with the difficulty raised step by step",
}
"""What a curriculum does to the programs."""


def task_in_words(training: ExecuteTraining) -> str:
    """What programs a run is about."""
    length, nesting = training.target
    if training.task == "addition":
        return f"sums of two numbers of up to {length} digits"
    return f"small Python programs of length {length} and nesting {nesting}"


def _curricula_line(run: Run) -> str:
    options = from_table(CurriculaOptions, run.config["options"])
    what = task_in_words(options.training("none", 1))
    seeds = f"{options.seeds} seed{'s' if options.seeds > 1 else ''}"
    return f"Four curricula for what {what} print, each for {options.steps:,} steps and {seeds}."


LABS: Mapping[str, Callable[[Run], str]] = {
    "temporal-order": _temporal_order_line,
    "echo-capacity": _echo_capacity_line,
    "gradients": _gradients_line,
    "curricula": _curricula_line,
}
"""By experiment, one sentence about it."""


def _captioner_line(run: Run) -> str:
    model = run.config["model"]
    read = (
        "vectors" if run.provenance["corpus"].get("vector_size") else f"images of {model['image_size']} pixels a side"
    )
    return (
        f"A captioner of {read}: one vector of {model['code_size']:,} numbers, unrolled into words by "
        f"{shape(model)} ({str(model['cell']).upper()}), trained on {corpus_name(run)}."
    )


SUMMARIES: Mapping[str, Callable[[Run], str]] = {
    "language-model": _language_model_line,
    "seq2seq": _seq2seq_line,
    "word2vec": _word2vec_line,
    "embeddings": _embeddings_line,
    "classifier": _classifier_line,
    "lab": lambda run: LABS[run.config["lab"]](run),
    "echo": _echo_line,
    "execute": _execute_line,
    "captioner": _captioner_line,
}
"""By kind of run, one sentence about it."""


def corpus_name(run: Run) -> str:
    return str(run.provenance.get("corpus", {}).get("name") or "a text without a name")
