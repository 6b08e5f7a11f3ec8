"""Every option of the kit, typed, frozen and with its default: the one place where defaults live. No torch here."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal, TypeVar, get_args, get_origin, get_type_hints

from embedkit.errors import UsageError, unknown

Level = Literal["word", "char", "bpe"]
Cell = Literal["lstm", "gru", "rnn-tanh", "rnn-relu"]
Softmax = Literal["adaptive", "full"]
Optimiser = Literal["adamw", "sgd"]
Schedule = Literal["cosine", "plateau", "constant"]
Feed = Literal["both", "every-step", "start"]
Attention = Literal["none", "dot", "additive"]
Stream = Literal["none", "self", "next"]
Best = Literal["loss", "bleu"]


class _Checked:
    """Refuses a choice that is not in its list and a number outside its range when a configuration is built."""

    _AT_LEAST_ZERO: ClassVar[tuple[str, ...]] = ()
    _AT_LEAST_ONE: ClassVar[tuple[str, ...]] = ()
    _ABOVE_ZERO: ClassVar[tuple[str, ...]] = ()
    _SHARES: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        for name, hint in get_type_hints(type(self)).items():
            if get_origin(hint) is Literal and getattr(self, name) not in get_args(hint):
                raise unknown(name.replace("_", " "), str(getattr(self, name)), get_args(hint))
        for names, fits, what in (
            (self._AT_LEAST_ZERO, lambda value: value >= 0, "at least 0"),
            (self._AT_LEAST_ONE, lambda value: value >= 1, "at least 1"),
            (self._ABOVE_ZERO, lambda value: value > 0, "above zero"),
            (self._SHARES, lambda value: 0 <= value < 1, "at least 0 and below 1"),
        ):
            for name in names:
                value = getattr(self, name)
                if value is not None and not fits(value):
                    raise UsageError(f"--{name.replace('_', '-')} {value}: must be {what}")


@dataclass(frozen=True)
class LanguageModelConfig(_Checked):
    """The shape of a recurrent language model."""

    _AT_LEAST_ONE = ("vocabulary_size", "min_count", "layers", "embedding_size", "hidden_size")
    _SHARES = ("dropout", "weight_drop")

    level: Level = "word"
    "What a token is."
    vocabulary_size: int | None = None
    "Keep this many tokens, the most frequent; by default all (bpe: 4,000)."
    min_count: int = 1
    "Leave out tokens rarer than this."
    cell: Cell = "lstm"
    "The recurrent cell."
    layers: int = 1
    "Recurrent layers."
    embedding_size: int = 256
    "Length of a token's vector."
    hidden_size: int = 512
    "Units of each recurrent layer."
    dropout: float = 0.2
    "Share of activations dropped in training."
    locked_dropout: bool = False
    "Drop the same units at every step of a window (Gal & Ghahramani 2016)."
    weight_drop: float = 0.0
    "Share of recurrent weights dropped, once a window (Merity et al. 2018)."
    tied: bool = True
    "Use the input embeddings as output embeddings too (Press & Wolf 2017)."
    softmax: Softmax = "adaptive"
    "One full softmax, or an adaptive one (Grave et al. 2017) over blocks of falling frequency."
    cutoffs: tuple[int, ...] | None = None
    "Where the blocks of the adaptive softmax end; by default chosen from the counts."


@dataclass(frozen=True)
class OptimisationConfig(_Checked):
    """How any model is trained: optimiser, schedule, budget, measuring."""

    _AT_LEAST_ONE: ClassVar[tuple[str, ...]] = ("evaluations", "patience")
    _ABOVE_ZERO = ("learning_rate", "embedding_rate_scale", "clip", "epochs", "steps", "minutes")
    _SHARES: ClassVar[tuple[str, ...]] = ("warmup",)

    corpus: str = "wikipedia-sample"
    "A corpus's name, a .txt file, a folder with train/valid/test, or - for standard input."
    optimiser: Optimiser = "adamw"
    "AdamW, or plain SGD."
    learning_rate: float = 5e-3
    "At its peak."
    embedding_rate_scale: float = 4.0
    "The embeddings' learning rate under AdamW, as a multiple: a rare word's vector is seldom moved."
    schedule: Schedule = "cosine"
    "Cosine to zero over the budget, divided by four when validation stalls (plateau), or constant."
    warmup: float = 0.02
    "Share of the budget in which the learning rate rises from zero."
    weight_decay: float = 0.0
    "AdamW's decoupled decay."
    clip: float = 1.0
    "Largest norm of the gradient."
    epochs: float | None = None
    "Budget in passes over the training text; four where no budget is given."
    steps: int | None = None
    "Budget in optimiser steps."
    minutes: float | None = None
    "Budget in minutes of training; the schedule is fitted to it."
    evaluations: int = 10
    "How often validation is measured over the budget."
    patience: int = 5
    "Stop after this many evaluations without a better one."
    seed: int = 1
    "Seeds the weights, dropout and samples."
    device: str = "auto"
    "cpu, cuda, mps, or auto."
    bf16: bool = False
    "Autocast to bfloat16."
    compile: bool = False
    "torch.compile the model."


@dataclass(frozen=True)
class TrainingConfig(OptimisationConfig):
    """How a language model is trained."""

    _AT_LEAST_ZERO = ("snapshots",)
    _AT_LEAST_ONE = (*OptimisationConfig._AT_LEAST_ONE, "batch_size", "bptt", "evaluation_tokens")

    batch_size: int = 64
    "Columns of the batchified stream."
    bptt: int = 35
    "Steps of truncated back-propagation through time."
    evaluation_tokens: int = 16_384
    "Validation tokens measured each time; at the end all are."
    snapshots: int = 0
    "Keep the input embeddings so often over the budget, for `embedkit compare RUN --over-training`."


@dataclass(frozen=True)
class Seq2SeqConfig(_Checked):
    """The shape of an encoder-decoder around one bottleneck vector."""

    _AT_LEAST_ONE = (
        "source_vocabulary_size",
        "target_vocabulary_size",
        "min_count",
        "layers",
        "embedding_size",
        "hidden_size",
        "bottleneck_size",
    )
    _SHARES = ("dropout",)

    source_level: Level = "word"
    "What a token of the source is."
    target_level: Level = "word"
    "What a token of the target is."
    shared_vocabulary: bool = False
    "One vocabulary and one table of embeddings for both sides."
    source_vocabulary_size: int | None = None
    "Keep this many tokens of the source, the most frequent; by default all (bpe: 4,000)."
    target_vocabulary_size: int | None = None
    "The same of the target."
    min_count: int = 2
    "Leave out tokens rarer than this."
    cell: Cell = "lstm"
    "The recurrent cell of encoder and decoder."
    layers: int = 1
    "Recurrent layers of each."
    bidirectional: bool = True
    "Read the source from both ends."
    embedding_size: int = 256
    "Length of a token's vector."
    hidden_size: int = 512
    "Units of each recurrent layer."
    bottleneck_size: int = 512
    "Length of the vector that a sequence is condensed into."
    feed: Feed = "both"
    "The decoder is fed the vector at every step (Cho et al. 2014), started from it, or both."
    attention: Attention = "none"
    "Let the decoder look back at the source; the bottleneck is then no longer the meaning."
    variational: bool = False
    "A Gaussian bottleneck with a standard normal prior (Bowman et al. 2016)."
    dropout: float = 0.3
    "Share of activations dropped in training."
    tied: bool = True
    "Use the target's input embeddings as output embeddings too."
    softmax: Softmax = "adaptive"
    "One full softmax, or an adaptive one over blocks of falling frequency."


@dataclass(frozen=True)
class Seq2SeqTrainingConfig(OptimisationConfig):
    """What an encoder-decoder is trained on, and how."""

    _AT_LEAST_ONE = (
        *OptimisationConfig._AT_LEAST_ONE,
        "pairs",
        "shortest",
        "longest",
        "batch_tokens",
        "batch_size",
        "bptt",
        "evaluation_pairs",
    )
    _SHARES = (*OptimisationConfig._SHARES, "denoise", "scheduled_sampling", "label_smoothing")

    corpus: str = "dates"
    "dates, copy or reverse, made here; or pairs: a name, a .tsv file, a folder. With --phrases or --stream, any text."
    learning_rate: float = 2e-3
    "At its peak."
    embedding_rate_scale: float = 2.0
    "The embeddings' learning rate under AdamW, as a multiple."
    target: str | None = None
    "The file whose lines belong to those of --corpus."
    source_language: str | None = None
    "What is translated: en, de, …"
    target_language: str | None = None
    "Into what; dates may go into several, as in it,fr,de."
    phrases: bool = False
    "Mine phrases from the corpus and learn to give them back: an autoencoder."
    shortest: int = 2
    "Words of the shortest phrases."
    longest: int = 5
    "Words of the longest phrases, or symbols of the longest strings."
    pairs: int = 30_000
    "How many dates, phrases or strings to make."
    vectors: str | None = None
    "Start the source's embeddings from those of a run or an embedding file, where it has the token."
    denoise: float = 0.0
    "Share of the source's tokens left out at random, so that the decoder must restore them."
    stream: Stream = "none"
    "Run down the text in windows: each is condensed and decoded to itself, or to the one that follows."
    batch_tokens: int = 2048
    "Tokens of a batch of pairs on its longer side, padding included; pairs of like lengths go together."
    batch_size: int = 64
    "Columns of the batchified stream."
    bptt: int | None = None
    "Steps of a window of the stream (by default 20); on pairs, cut the gradient after so many decoder steps."
    scheduled_sampling: float = 0.0
    "Share of decoder inputs that are the model's own at the end; it rises from zero (Bengio et al. 2015)."
    label_smoothing: float = 0.0
    "Share of the probability spread over the vocabulary."
    kl_weight: float = 1.0
    "Weight of the divergence of a variational bottleneck."
    kl_annealing: float = 0.3
    "Share of the budget in which that weight rises from zero."
    free_bits: float = 0.1
    "Nats of each dimension that cost nothing (Kingma et al. 2016)."
    best: Best = "loss"
    "What the best weights are chosen by on the validation pairs."
    evaluation_pairs: int = 1_000
    "Validation pairs measured each time; at the end all are."


@dataclass(frozen=True)
class Word2VecConfig(_Checked):
    """Word vectors through gensim."""

    _AT_LEAST_ONE = ("dimensions", "window", "negatives", "epochs", "min_count", "workers")
    _SHARES = ("sample",)

    corpus: str = "wikipedia-sample"
    "A corpus's name, a .txt file, a folder with train/valid/test, or - for standard input."
    method: Literal["skip-gram", "cbow", "fasttext"] = "skip-gram"
    "Skip-gram or CBOW (Mikolov et al. 2013), or skip-gram over character n-grams (fastText)."
    dimensions: int = 100
    "Length of a word's vector."
    window: int = 5
    "Words to either side."
    negatives: int = 5
    "Noise words for each true one."
    sample: float = 1e-4
    "Frequent words are thinned out above this share of the text; 0 thins nothing out."
    epochs: int = 5
    "Passes over the text."
    min_count: int = 5
    "Leave out words rarer than this."
    workers: int | None = None
    "Threads; by default one a core. More than one is faster and not reproducible."
    seed: int = 1
    "Seeds the vectors."


PRESETS: dict[str, tuple[LanguageModelConfig, TrainingConfig]] = {
    "word": (LanguageModelConfig(), TrainingConfig()),
    "char": (
        LanguageModelConfig(level="char", embedding_size=64, hidden_size=448, dropout=0.15, tied=False, softmax="full"),
        TrainingConfig(batch_size=32, bptt=64, learning_rate=8e-3, embedding_rate_scale=1.0),
    ),
    "bpe": (LanguageModelConfig(level="bpe"), TrainingConfig()),
}
"""The defaults by level. The dataclasses' own defaults are the word level's."""

SEQ2SEQ_PRESETS: dict[str, tuple[Seq2SeqConfig, Seq2SeqTrainingConfig]] = {
    "pairs": (Seq2SeqConfig(), Seq2SeqTrainingConfig()),
    "dates": (
        Seq2SeqConfig(
            source_level="char",
            target_level="char",
            embedding_size=64,
            hidden_size=256,
            bottleneck_size=128,
            dropout=0.1,
        ),
        Seq2SeqTrainingConfig(minutes=3.0, batch_tokens=1024, learning_rate=3e-3, embedding_rate_scale=1.0),
    ),
    "strings": (
        Seq2SeqConfig(
            source_level="char",
            target_level="char",
            embedding_size=32,
            hidden_size=128,
            bottleneck_size=128,
            dropout=0.0,
        ),
        Seq2SeqTrainingConfig(
            minutes=1.0, pairs=10_000, longest=6, batch_tokens=512, learning_rate=5e-3, embedding_rate_scale=1.0
        ),
    ),
    "phrases": (
        Seq2SeqConfig(
            shared_vocabulary=True, min_count=1, embedding_size=128, hidden_size=256, bottleneck_size=128, dropout=0.2
        ),
        Seq2SeqTrainingConfig(epochs=20.0, learning_rate=5e-3),
    ),
    "stream": (
        Seq2SeqConfig(shared_vocabulary=True, bidirectional=False, dropout=0.2),
        Seq2SeqTrainingConfig(learning_rate=3e-3),
    ),
}
"""The defaults by task. The dataclasses' own defaults are those of pairs of texts."""

RESTRICT = 30_000
"""Analogies are answered among this many words, the most frequent."""

COVERAGE_FLOOR = 0.5
"""Below this share of covered questions there is no headline."""

Config = TypeVar("Config", LanguageModelConfig, TrainingConfig, Seq2SeqConfig, Seq2SeqTrainingConfig, Word2VecConfig)


def from_table(kind: type[Config], table: Mapping[str, Any]) -> Config:
    """A configuration from a TOML table.

    Raises:
        UsageError: a key that the configuration does not have; the nearest is said.
    """
    names = [field.name for field in fields(kind)]
    for key in table:
        if key not in names:
            raise unknown("option", key, names)
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
    return kind(**values)
