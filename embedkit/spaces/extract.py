"""Embedding spaces and hidden states out of a trained run: the last file that imports torch."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch

from embedkit.analysis.traces import HiddenTrace
from embedkit.corpora.temporal_order import CLASSES, texts
from embedkit.decoding.captioning import CaptionWriter
from embedkit.decoding.translation import Translator
from embedkit.errors import UsageError, unknown
from embedkit.models.language_model import LanguageModel
from embedkit.models.recurrent import detach
from embedkit.runs import Run
from embedkit.spaces.space import EmbeddingSpace
from embedkit.text.vocabulary import Vocabulary
from embedkit.training.caption import open_corpus_of
from embedkit.training.checkpoint import load_language_model
from embedkit.training.classifier import columns, held_out, load_classifier
from embedkit.training.tasks import load_phrases


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


def trace(run: Run, text: str, *, layer: int = -1) -> HiddenTrace:
    """The hidden states of one layer over a text, and how surprised the model was at each token.

    Raises:
        UsageError: the text has no token, or there is no such layer.
    """
    model, vocabulary = load_language_model(run)
    ids = vocabulary.encode(text)
    if not ids:
        raise UsageError("the text is empty: give at least one token")
    if not -len(model.core.layers) <= layer < len(model.core.layers):
        raise UsageError(f"--layer {layer}: the run {run.name} has {len(model.core.layers)}")
    values, surprisal = _walk(model, ids, layer % len(model.core.layers))
    return HiddenTrace(tuple(vocabulary.tokens[i] for i in ids), values, surprisal, layer)


@torch.no_grad()
def _walk(model: LanguageModel, ids: list[int], layer: int) -> tuple[np.ndarray, np.ndarray]:
    """(T,) ids → (T, H) hidden states of a layer, (T,) nats of each token given those before it (NaN first)."""
    state = model.initial_state(1)
    values, surprisal = [], [float("nan")]
    for here, following in zip(ids, [*ids[1:], None], strict=True):
        hidden, state = model.hidden(torch.tensor([[here]]), detach(state))
        values.append(state[layer][0][0, 0].numpy().copy())
        if following is not None:
            surprisal.append(-float(model.log_probabilities(hidden[-1])[0, following]))
    return np.stack(values), np.array(surprisal, dtype=np.float32)


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
def _last_state(model: LanguageModel, vocabulary: Vocabulary, text: str) -> np.ndarray:
    ids = vocabulary.encode(text)
    if not ids:
        raise UsageError(f"the text {text!r} has no token")
    hidden, _ = model.hidden(torch.tensor(ids)[:, None], model.initial_state(1))
    return hidden[-1, 0].numpy()
