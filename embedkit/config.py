"""Every option of the kit, typed, frozen and with its default: the one place where defaults live. No torch here."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from embedkit.errors import UsageError, unknown

Level = Literal["word", "char", "bpe"]
Cell = Literal["lstm", "gru", "rnn-tanh", "rnn-relu"]
Softmax = Literal["adaptive", "full"]
Optimiser = Literal["adamw", "sgd"]
Schedule = Literal["cosine", "plateau", "constant"]


class _Checked:
    """Refuses a choice that is not in its list and a number outside its range when a configuration is built."""

    _AT_LEAST_ONE: tuple[str, ...] = ()
    _ABOVE_ZERO: tuple[str, ...] = ()
    _SHARES: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, hint in get_type_hints(type(self)).items():
            if get_origin(hint) is Literal and getattr(self, name) not in get_args(hint):
                raise unknown(name.replace("_", " "), str(getattr(self, name)), get_args(hint))
        for names, fits, what in (
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

    _AT_LEAST_ONE: tuple[str, ...] = ("evaluations", "patience")
    _ABOVE_ZERO = ("learning_rate", "embedding_rate_scale", "clip", "epochs", "steps", "minutes")
    _SHARES = ("warmup",)

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

    _AT_LEAST_ONE = (*OptimisationConfig._AT_LEAST_ONE, "batch_size", "bptt", "evaluation_tokens")

    batch_size: int = 64
    "Columns of the batchified stream."
    bptt: int = 35
    "Steps of truncated back-propagation through time."
    evaluation_tokens: int = 16_384
    "Validation tokens measured each time; at the end all are."


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

RESTRICT = 30_000
"""Analogies are answered among this many words, the most frequent."""

Config = TypeVar("Config", LanguageModelConfig, TrainingConfig, Word2VecConfig)


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
