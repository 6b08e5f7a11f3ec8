"""Embedding spaces and hidden states out of a trained run: the last file that imports torch."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from embedkit.analysis.cells.gates import SIGNALS, LayerWeights, unroll
from embedkit.analysis.cells.traces import HiddenTrace
from embedkit.errors import UsageError, unknown
from embedkit.models.recurrent import RecurrentCore
from embedkit.runs.folder import Run
from embedkit.spaces.space import EmbeddingSpace
from embedkit.tasks.caption.predictions import CaptionWriter
from embedkit.tasks.caption.training import open_corpus_of
from embedkit.tasks.classify.data import CLASSES, texts
from embedkit.tasks.classify.objective import columns, held_out, load_classifier
from embedkit.tasks.language_model.network import LanguageModelNetwork
from embedkit.tasks.seq2seq.data import load_phrases
from embedkit.tasks.seq2seq.translator import Translator
from embedkit.text.features import Tokens, read_features
from embedkit.text.vocabulary import Vocabulary
from embedkit.training.checkpoint import load_language_model, load_seq2seq


def extract_space(run: Run, which: str) -> EmbeddingSpace:
    """A space out of a run's weights.

    Of a language model its "input" or "output" embeddings, a point a token, by falling frequency; where the two are
    tied they are the same vectors, and the provenance says so. Of a seq2seq model the "source" or "target"
    embeddings, or the bottleneck vectors of its training "phrases". Of a classifier its "final" states, of a captioner
    the "codes" of its held-out images.

    Raises:
        UsageError: there is no space of this name.
    """
    spaces: Mapping[str, Callable[[Run, str], EmbeddingSpace]] = {
        "language-model": _language_model_space,
        "seq2seq": _seq2seq_space,
        "classifier": final_states,
        "captioner": _captioner_space,
    }
    return spaces[run.kind](run, which)


@torch.no_grad()
def final_states(run: Run, _which: str = "final") -> EmbeddingSpace:
    """The state of a classifier after each of its test sequences, with the class and the one that is told from it."""
    training, network = run.config["training"], load_classifier(run)
    sequences = held_out(training["level"], "test", training["held_out"])
    states = network.final_state(columns(sequences.ids, torch.device("cpu")))
    classes = np.array(list(CLASSES))
    return EmbeddingSpace(
        name=f"{run.name}/final",
        labels=tuple(texts(sequences.ids)),
        vectors=states.numpy(),
        columns={"class": classes[sequences.labels], "told": classes[network.head(states).argmax(1).numpy()]},
        provenance={"run": run.name, "which": "final", **run.provenance},
    )


def _seq2seq_space(run: Run, which: str) -> EmbeddingSpace:
    if which == "phrases":
        kept = load_phrases(run)
        return phrase_space(run, list(kept), which=which, counts=np.array(list(kept.values())))
    translator = Translator(run)
    sides = {
        "source": (translator.source, translator.model.source_embedding.weight),
        "target": (translator.target, translator.model.target_embedding.weight),
    }
    if which not in sides:
        raise unknown("space", which, ["phrases", *sides])
    vocabulary, table = sides[which]
    return EmbeddingSpace(
        name=f"{run.name}/{which}",
        labels=vocabulary.tokens,
        vectors=table.detach().numpy(),
        columns={"count": vocabulary.counts},
        provenance={"run": run.name, "which": which, **run.provenance},
    )


def _captioner_space(run: Run, which: str) -> EmbeddingSpace:
    """The vector of each held-out image, or that a vector is condensed into, a point an image; "digits" says how many
    there are in a scene, "length" of any other caption how many words it has.

    Raises:
        CorpusError: the images are no longer at hand.
    """
    if which != "codes":
        raise unknown("space", which, ["codes"])
    writer, splits = CaptionWriter(run), open_corpus_of(run).splits
    held_out = splits.get("test", splits["valid"])
    first = [several[0] for several in held_out.captions]
    column = {"length": np.array([len(caption.split()) for caption in first])}
    if held_out.originals:
        column = {"digits": np.array([len(numbers) for numbers in held_out.originals])}
    return EmbeddingSpace(
        name=f"{run.name}/{which}",
        labels=tuple(f"{caption} · {name}" for caption, name in zip(first, held_out.names, strict=True)),
        vectors=writer.codes(held_out.inputs),
        columns=column,
        provenance={"run": run.name, "which": which, **run.provenance},
    )


def phrase_space(
    run: Run, texts: Sequence[str], *, which: str = "encoded", counts: np.ndarray | None = None
) -> EmbeddingSpace:
    """The bottleneck vector of each text, a point a distinct text, with its length in words.

    Raises:
        UsageError: there is no text, or one is too long.
    """
    distinct = list(dict.fromkeys(texts))
    if not distinct:
        raise UsageError("there is no text to encode; give at least one")
    columns = {"length": np.array([len(text.split()) for text in distinct])}
    return EmbeddingSpace(
        name=f"{run.name}/{which}",
        labels=tuple(distinct),
        vectors=Translator(run).codes(distinct),
        columns=columns if counts is None else {"count": counts, **columns},
        provenance={"run": run.name, "which": which, **run.provenance},
    )


def _language_model_space(run: Run, which: str) -> EmbeddingSpace:
    model, vocabulary = load_language_model(run)
    tables = {"input": model.embedding.weight, "output": model.softmax.table}
    if which not in tables:
        raise unknown("space", which, tables)
    tied = tables["input"] is tables["output"]
    return EmbeddingSpace(
        name=f"{run.name}/{which}",
        labels=vocabulary.tokens,
        vectors=tables[which].detach().numpy(),
        columns={"count": vocabulary.counts},
        provenance={"run": run.name, "which": which, "tied": tied, **run.provenance},
    )


@dataclass(frozen=True, eq=False)
class Reading:
    """A text as a run's recurrent core reads it.

    Attributes:
        tokens: T of them, and `ids` (T,), as the run's vocabulary has them.
        inputs: (T, 1, input_size), what the core is given.
        log_probabilities: (T, H) hidden states of the last layer → (T, V) of the next token; None where none is
            foretold.
    """

    core: RecurrentCore
    vocabulary: Vocabulary
    ids: np.ndarray
    inputs: Tensor
    log_probabilities: Callable[[Tensor], Tensor] | None = None


def _read_language_model(run: Run, ids: Callable[[Vocabulary], Sequence[int]]) -> Reading:
    model, vocabulary = load_language_model(run)
    read = np.asarray(ids(vocabulary), dtype=np.int64)
    inputs = model.embedding(torch.from_numpy(read)[:, None])
    return Reading(model.core, vocabulary, read, inputs, model.log_probabilities)


def _read_source(run: Run, ids: Callable[[Vocabulary], Sequence[int]]) -> Reading:
    """The forward reader of an encoder."""
    model, vocabulary, _ = load_seq2seq(run)
    read = np.asarray(ids(vocabulary), dtype=np.int64)
    return Reading(model.reader, vocabulary, read, model.source_embedding(torch.from_numpy(read)[:, None]))


READERS: Mapping[str, Callable[[Run, Callable[[Vocabulary], Sequence[int]]], Reading]] = {
    "language-model": _read_language_model,
    "seq2seq": _read_source,
}
"""By kind of run, how its recurrent core reads a text, given what turns its vocabulary into token ids."""


@torch.no_grad()
def read_text(run: Run, text: str) -> Reading:
    """Raises:
    UsageError: the text has no token.
    """
    reading = READERS[run.kind](run, lambda vocabulary: vocabulary.encode(text))
    if not len(reading.ids):
        raise UsageError("the text is empty: give at least one token")
    return reading


def layer_weights(core: RecurrentCore, dtype: type[np.floating] | None = None) -> tuple[LayerWeights, ...]:
    """The weights of a recurrent core as arrays, in their own precision unless another is given."""
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    return tuple(
        LayerWeights(
            core.cell, *(np.asarray(layer.get_parameter(name).detach().cpu().numpy(), dtype) for name in names)
        )
        for layer in core.layers
    )


def trace_core(core: RecurrentCore, inputs: Tensor, tokens: Sequence[str], *, layer: int = -1) -> HiddenTrace:
    """What the units of one layer of a core, of a run of any kind, do over (T, 1, input_size) inputs from zeros on.

    Computed in double precision, where it is torch's own to many digits. Torch's single precision is itself some 1e-6
    off after a few hundred steps of a trained LSTM, and no two orders of summation agree there.

    Args:
        tokens: what each input is called.

    Raises:
        UsageError: there is no such layer.
    """
    number = check_layer(core, layer)
    found, _ = unroll(layer_weights(core, np.float64)[: number + 1], inputs.detach().cpu().double().numpy())
    signals = {name: values[:, 0].astype(np.float32) for name, values in found[number].items()}
    return HiddenTrace(tuple(tokens), signals.pop("hidden"), None, layer, core.cell, signals)


def check_layer(core: RecurrentCore, layer: int) -> int:
    """A layer's number counted from 0. Raises UsageError where there is none of it."""
    count = len(core.layers)
    if not -count <= layer < count:
        raise UsageError(f"--layer {layer}: the run has {count} layer{'s' if count != 1 else ''}, 0 to {count - 1}")
    return layer % count


def trace(run: Run, text: str, *, layer: int = -1) -> HiddenTrace:
    """What the units of one layer do over a text, what the text is like, and how surprised the model was at each token.

    Raises:
        UsageError: the text has no token, or there is no such layer.
    """
    return trace_reading(read_text(run, text), layer=layer)


@torch.no_grad()
def trace_reading(reading: Reading, *, layer: int = -1) -> HiddenTrace:
    """As `trace`, of a text that was read."""
    tokens = [reading.vocabulary.tokens[i] for i in reading.ids]
    made = trace_core(reading.core, reading.inputs, tokens, layer=layer)
    features = read_features(Tokens.of(reading.vocabulary, reading.ids.tolist()))
    return replace(made, surprisal=_surprisal(reading), features={each.told: each.values for each in features})


def _surprisal(reading: Reading) -> np.ndarray | None:
    """(T,) nats of each token given those before it, NaN first."""
    if reading.log_probabilities is None:
        return None
    hidden, _ = reading.core(reading.inputs, reading.core.initial_state(1))
    foretold = reading.log_probabilities(hidden[:-1, 0])
    nats = -foretold.gather(1, torch.from_numpy(reading.ids[1:, None]))[:, 0]
    return np.concatenate([[np.nan], nats.numpy()]).astype(np.float32)


COLUMNS, WARM_UP, WINDOW = 32, 128, 64
"""A long text is read in so many pieces at once, each from so many tokens before it on, so many steps at a time."""


@torch.no_grad()
def states_over(
    reading: Reading, signal: str, *, layer: int = -1, on_progress: Callable[[float], None] | None = None
) -> np.ndarray:
    """(T, H) values of one signal of a layer after each token of a long text.

    The text is read in COLUMNS pieces side by side. Each but the first starts WARM_UP tokens early from zeros, so that
    what is told of its first tokens is what a state that has seen so many before them says.

    Raises:
        UsageError: there is no such layer, or the cell has no such signal.
    """
    number, weights = check_layer(reading.core, layer), layer_weights(reading.core)
    if signal not in SIGNALS[reading.core.cell]:
        raise unknown("signal", signal, SIGNALS[reading.core.cell])
    total = len(reading.ids)
    length = -(-total // COLUMNS)
    starts = np.arange(0, total, length)
    inputs = reading.inputs[:, 0].numpy()
    found = np.empty((length, len(starts), weights[number].units), np.float32)
    state = tuple(each.initial_state(len(starts)) for each in weights)
    # No more than a piece, so that the first piece alone has nothing before it.
    for top in (*range(-min(WARM_UP, length), 0, WINDOW), *range(0, length, WINDOW)):
        rows = np.arange(top, min(top + WINDOW, 0 if top < 0 else length))
        at = np.clip(starts[None] + rows[:, None], 0, total - 1)
        signals, state = unroll(weights[: number + 1], inputs[at], state)
        if top < 0:
            for part in (part for each in state for part in each):
                part[0] = 0.0
        else:
            found[rows] = signals[number][signal]
            if on_progress:
                on_progress((rows[-1] + 1) / length)
    return found.transpose(1, 0, 2).reshape(-1, found.shape[2])[:total]


def hidden_space(run: Run, texts: list[str]) -> EmbeddingSpace:
    """The last layer's hidden state after each of the chosen texts, a point a distinct text.

    Raises:
        UsageError: there is no text, or one has no token.
    """
    if not texts:
        raise UsageError("there is no text to take hidden states of; give at least one")
    distinct = list(dict.fromkeys(texts))
    model, vocabulary = load_language_model(run)
    rows = [_last_state(model, vocabulary, text) for text in distinct]
    return EmbeddingSpace(
        name=f"{run.name}/hidden",
        labels=tuple(distinct),
        vectors=np.stack(rows),
        provenance={"run": run.name, "which": "hidden", **run.provenance},
    )


@torch.no_grad()
def _last_state(model: LanguageModelNetwork, vocabulary: Vocabulary, text: str) -> np.ndarray:
    ids = vocabulary.encode(text)
    if not ids:
        raise UsageError(f"the text {text!r} has no token")
    hidden, _ = model.hidden(torch.tensor(ids)[:, None], model.initial_state(1))
    return hidden[-1, 0].numpy()
