"""Encoder-decoders: their shape, how they are trained, and the defaults by task."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal

from embedkit.config.architecture import LONGEST_STRETCH, Attention, Cell, Feed, Level, Softmax
from embedkit.config.bounds import Count, CountOrZero, NotNegative, Positive, Share
from embedkit.config.checked import Checked
from embedkit.config.optimisation import Optimisation
from embedkit.runs.folder import Run, name_after

Stream = Literal["none", "self", "next"]
Best = Literal["loss", "bleu"]


@dataclass(frozen=True)
class Seq2SeqModel(Checked):
    """The shape of an encoder-decoder around one bottleneck vector.

    Attributes:
        SHAPE: the options that must be the same where a run starts from the weights of another.
    """

    SHAPE: ClassVar[tuple[str, ...]] = (
        *("source_level", "target_level", "shared_vocabulary", "cell", "layers", "bidirectional", "embedding_size"),
        *("hidden_size", "bottleneck_size", "feed", "attention", "variational", "tied"),
    )

    source_level: Level = "word"
    "What a token of the source is."
    target_level: Level = "word"
    "What a token of the target is."
    shared_vocabulary: bool = False
    "One vocabulary and one table of embeddings for both sides."
    source_vocabulary_size: Count | None = None
    "Keep this many tokens of the source, the most frequent; by default all (bpe: 4,000)."
    target_vocabulary_size: Count | None = None
    "The same for the target."
    min_count: Count = 2
    "Leave out tokens rarer than this."
    longest_stretch: CountOrZero = LONGEST_STRETCH
    "Learn byte pairs from stretches of at most N characters without a space; 0 for no limit, which is slow."
    cell: Cell = "lstm"
    "The recurrent cell of encoder and decoder."
    layers: Count = 1
    "Recurrent layers of each."
    bidirectional: bool = True
    "Read the source from both ends."
    embedding_size: Count = 256
    "Length of a token's vector."
    hidden_size: Count = 512
    "Units of each recurrent layer."
    bottleneck_size: Count = 512
    "Length of the vector that a sequence is condensed into."
    feed: Feed = "both"
    "The decoder is fed the vector at every step (Cho et al. 2014), started from it, or both."
    attention: Attention = "none"
    "Let the decoder attend to the source; the bottleneck then no longer holds everything."
    variational: bool = False
    "A Gaussian bottleneck with a standard normal prior (Bowman et al. 2016)."
    dropout: Share = 0.3
    "Share of activations dropped in training."
    tied: bool = True
    "Use the target's input embeddings as output embeddings too."
    softmax: Softmax = "adaptive"
    "One full softmax, or an adaptive one over blocks of decreasing frequency."


@dataclass(frozen=True)
class Seq2SeqTraining(Optimisation):
    """What an encoder-decoder is trained on, and how."""

    corpus: str = "dates"
    "dates, copy or reverse (generated); or pairs: a name, a .tsv file, a folder. With --phrases or --stream, any text."
    learning_rate: Positive = 2e-3
    "Peak learning rate."
    embedding_rate_scale: Positive = 2.0
    "The embeddings' learning rate under AdamW, as a multiple."
    target: str | None = None
    "The file whose lines are the targets of the lines of --corpus."
    source_language: str | None = None
    "The language to translate from: en, de, …"
    target_language: str | None = None
    "The language to translate into; for dates also several, as in it,fr,de."
    phrases: bool = False
    "Mine phrases from the corpus and learn to reproduce them: an autoencoder."
    shortest: Count = 2
    "Words of the shortest phrases."
    longest: Count = 5
    "Words of the longest phrases, or symbols of the longest strings."
    pairs: Count = 30_000
    "How many dates, phrases or strings to make."
    start_from: str | None = None
    "Start from the weights of this run; tokens it does not know are initialised at random."
    vectors: str | None = None
    "Initialise the source embeddings from a run or an embedding file, for the tokens it has."
    denoise: Share = 0.0
    "Share of the source's tokens left out at random, so that the decoder must restore them."
    stream: Stream = "none"
    "Read the text in windows; each is condensed and decoded to itself, or to the next one."
    batch_tokens: Count = 2048
    "Tokens per batch of pairs on its longer side, padding included; pairs of similar length are batched together."
    batch_size: Count = 64
    "Columns of the batchified stream."
    bptt: Count | None = None
    "Steps per window of the stream (by default 20); on pairs, cut the gradient after N decoder steps."
    scheduled_sampling: Share = 0.0
    "Share of decoder inputs taken from the model's own output by the end; rises from zero (Bengio et al. 2015)."
    label_smoothing: Share = 0.0
    "Share of the probability spread over the vocabulary."
    kl_weight: NotNegative = 1.0
    "Weight of the divergence of a variational bottleneck."
    kl_annealing: NotNegative = 0.3
    "Share of the budget in which that weight rises from zero."
    free_bits: NotNegative = 0.1
    "Nats per dimension that cost nothing (Kingma et al. 2016)."
    best: Best = "loss"
    "Criterion on the validation pairs for the best weights; loss if no BLEU is above 0."
    evaluation_pairs: Count = 1_000
    "Validation pairs scored each time; at the end all of them."
    compile: bool = False
    "Only language models can be compiled: every batch of pairs has a different shape."


SEQ2SEQ_PRESETS: dict[str, tuple[Seq2SeqModel, Seq2SeqTraining]] = {
    "pairs": (Seq2SeqModel(), Seq2SeqTraining()),
    "dates": (
        Seq2SeqModel(
            source_level="char",
            target_level="char",
            embedding_size=64,
            hidden_size=256,
            bottleneck_size=128,
            dropout=0.1,
        ),
        Seq2SeqTraining(minutes=3.0, batch_tokens=1024, learning_rate=3e-3, embedding_rate_scale=1.0),
    ),
    "strings": (
        Seq2SeqModel(
            source_level="char",
            target_level="char",
            embedding_size=32,
            hidden_size=128,
            bottleneck_size=128,
            dropout=0.0,
        ),
        Seq2SeqTraining(
            minutes=1.0, pairs=10_000, longest=6, batch_tokens=512, learning_rate=5e-3, embedding_rate_scale=1.0
        ),
    ),
    "phrases": (
        Seq2SeqModel(
            shared_vocabulary=True, min_count=1, embedding_size=128, hidden_size=256, bottleneck_size=128, dropout=0.2
        ),
        Seq2SeqTraining(epochs=20.0, learning_rate=5e-3),
    ),
    "stream": (
        Seq2SeqModel(shared_vocabulary=True, bidirectional=False, dropout=0.2),
        Seq2SeqTraining(learning_rate=3e-3),
    ),
}
"""The defaults by task. The dataclasses' own defaults are those of pairs of texts."""


def preset(option: Callable[[str], str | None]) -> tuple[str, tuple[Seq2SeqModel, Seq2SeqTraining]]:
    """The preset of what is learned: pairs, dates, strings, phrases or a stream."""
    corpus = option("corpus") or Seq2SeqTraining.corpus
    if (option("stream") or "none") != "none":
        name = "stream"
    elif (option("phrases") or "false").lower() in ("true", "1", "yes"):
        name = "phrases"
    else:
        name = {"dates": "dates", "copy": "strings", "reverse": "strings"}.get(corpus, "pairs")
    return name, SEQ2SEQ_PRESETS[name]


def run_name(model: Seq2SeqModel, training: Seq2SeqTraining) -> str:
    """Made from the corpus, and what is learned or the languages."""
    if training.corpus in ("copy", "reverse"):
        return training.corpus
    languages = [language for language in (training.source_language, training.target_language) if language]
    if training.corpus == "dates":
        languages = [training.source_language or "en", training.target_language or "it"]
    parts = [training.stream] if training.stream != "none" else ["phrases"] if training.phrases else languages
    return "-".join([name_after(training.corpus), *parts])


def gives_back(run: Run) -> bool:
    """Whether a run learned to give its source back, as an autoencoder does."""
    training = run.config["training"]
    return bool(training["phrases"] or training["stream"] == "self" or training["corpus"] == "copy")


def longest_answer(source_tokens: int) -> int:
    """After how many tokens a decoder that finds no end is stopped."""
    return 3 * source_tokens + 50
