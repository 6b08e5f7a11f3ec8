"""Language models: their shape, how they are trained, and the defaults by level."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, Literal

from embedkit.config.architecture import LONGEST_STRETCH, Cell, Level, Softmax
from embedkit.config.bounds import Count, CountOrZero, NotNegative, Share
from embedkit.config.checked import Checked, is_stored
from embedkit.config.optimisation import Optimisation
from embedkit.errors import UsageError
from embedkit.runs.folder import name_after

Preset = Literal["level", "gpu"]


@dataclass(frozen=True)
class LanguageModel(Checked):
    """The shape of a recurrent language model.

    Attributes:
        SHAPE: the options that must be the same where a run starts from the weights of another.
    """

    HANGING: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "cutoffs": ("softmax", "corpus", "level", "vocabulary_size", "min_count"),
        "rare_block": ("cutoffs", "softmax", "corpus", "level", "vocabulary_size", "min_count"),
    }
    SHAPE: ClassVar[tuple[str, ...]] = ("level", "cell", "layers", "embedding_size", "hidden_size", "tied")

    level: Level = "word"
    "What a token is."
    vocabulary_size: Count | None = None
    "Keep this many tokens, the most frequent; by default all (bpe: 4,000)."
    min_count: Count = 1
    "Leave out tokens rarer than this."
    longest_stretch: CountOrZero = LONGEST_STRETCH
    "Learn byte pairs from stretches of at most N characters without a space; 0 for no limit, which is slow."
    cell: Cell = "lstm"
    "The recurrent cell."
    layers: Count = 1
    "Recurrent layers."
    embedding_size: Count = 256
    "Length of a token's vector."
    hidden_size: Count = 512
    "Units of each recurrent layer."
    dropout: Share = 0.4
    "Share of activations dropped in training, once the text has been read often enough; see --dropout-after."
    locked_dropout: bool = False
    "Drop the same units at every step of a window (Gal & Ghahramani 2016)."
    weight_drop: Share = 0.0
    "Share of recurrent weights dropped, once per window (Merity et al. 2018)."
    tied: bool = True
    "Use the input embeddings as output embeddings too (Press & Wolf 2017)."
    softmax: Softmax = "adaptive"
    "One full softmax, or an adaptive one (Grave et al. 2017) over blocks of decreasing frequency."
    cutoffs: tuple[int, ...] | None = None
    "Where the blocks of the adaptive softmax end; by default chosen from the counts."
    rare_block: CountOrZero = 0
    "Split the words after the last of --cutoffs into blocks of N; chosen automatically if the cutoffs are."

    def __post_init__(self) -> None:
        super().__post_init__()
        cutoffs = self.cutoffs or ()
        if cutoffs and self.softmax == "full" and not is_stored():
            raise UsageError("--cutoffs are of --softmax adaptive; leave one of them out")
        if any(end <= start for start, end in pairwise((0, *cutoffs))):
            raise UsageError(f"--cutoffs {_listed(cutoffs)}: they must be above 0 and rise")
        if self.rare_block and not cutoffs:
            raise UsageError(f"--rare-block {self.rare_block}: it cuts what is after the last of --cutoffs; give those")

    def check_size(self, tokens: int) -> None:
        """Whether a vocabulary of so many tokens can be cut so.

        Raises:
            UsageError: a cut-off is not within it, or a block is longer than what it cuts.
        """
        if self.cutoffs and self.cutoffs[-1] >= tokens:
            raise UsageError(
                f"--cutoffs {_listed(self.cutoffs)}: the vocabulary has {tokens:,} tokens; each must be below that"
            )

        rare = tokens - (self.cutoffs or (0,))[-1]
        if self.rare_block > rare:
            raise UsageError(
                f"--rare-block {self.rare_block}: after the last of --cutoffs there are {rare:,} tokens; it must be at "
                "most that"
            )

    @property
    def in_blocks(self) -> bool:
        """Whether its tables are trained in those blocks, so that a step pays for the ones that it meets: they are more
        than a head and two tails, each of which is in nearly every batch."""
        return self.softmax == "adaptive" and len(self.cutoffs or ()) > 2


@dataclass(frozen=True)
class LanguageModelTraining(Optimisation):
    """How a language model is trained."""

    preset: Preset = "level"
    "level: defaults for the level, for two cores and minutes; gpu: three wide layers, for a GPU and half an hour."
    corpus: str = "wikipedia-sample"
    "A corpus's name, a .txt file or the address of one, a folder with train/valid/test, or - for standard input."
    start_from: str | None = None
    "Start from the weights of this run; tokens it does not know are initialised at random."
    batch_size: Count = 64
    "Columns of the batchified stream."
    bptt: Count = 35
    "Steps of truncated back-propagation through time."
    dropout_after: NotNegative = 1.0
    "Passes over the text before dropout starts, at a quarter; another quarter is added each time they have doubled."
    weight_decay: NotNegative = 0.1
    "AdamW's decoupled decay."
    evaluation_tokens: Count = 16_384
    "Validation tokens scored each time; at the end all of them."
    snapshots: CountOrZero = 0
    "Save the input embeddings N times over the budget, for `embedkit compare RUN --over-training`."
    compile: bool = False
    "torch.compile the model."


LANGUAGE_MODEL_PRESETS: dict[str, tuple[LanguageModel, LanguageModelTraining]] = {
    "word": (LanguageModel(), LanguageModelTraining()),
    "char": (
        LanguageModel(level="char", embedding_size=64, hidden_size=448, dropout=0.32, tied=False, softmax="full"),
        LanguageModelTraining(
            batch_size=32,
            bptt=64,
            learning_rate=8e-3,
            embedding_rate_scale=1.0,
            weight_decay=0.15,
            dropout_after=2.0,
        ),
    ),
    "bpe": (LanguageModel(level="bpe"), LanguageModelTraining()),
    "gpu": (
        LanguageModel(
            layers=3,
            embedding_size=400,
            hidden_size=1150,
            dropout=0.4,
            locked_dropout=True,
            weight_drop=0.5,
            softmax="full",
        ),
        LanguageModelTraining(
            preset="gpu",
            batch_size=80,
            bptt=70,
            learning_rate=2e-3,
            embedding_rate_scale=1.0,
            weight_decay=0.0,
            dropout_after=0.0,
            minutes=30.0,
            evaluations=30,
        ),
    ),
}
"""The defaults by level, and those for a GPU: the shape, the windows and the dropout of recurrent weights of AWD-LSTM
(Merity et al. 2018). The dataclasses' own defaults are the word level's."""


def _listed(cutoffs: tuple[int, ...]) -> str:
    return " ".join(map(str, cutoffs))


def preset(option: Callable[[str], str | None]) -> tuple[str, tuple[LanguageModel, LanguageModelTraining] | tuple[()]]:
    """The name of the level, or of another preset than the level's, with its defaults; () where there is none of that
    name, which the options themselves then refuse."""
    preset_name = option("preset") or LanguageModelTraining.preset
    if preset_name == LanguageModelTraining.preset:
        preset_name = option("level") or LanguageModel.level
    return preset_name, LANGUAGE_MODEL_PRESETS.get(preset_name, ())


def run_name(model: LanguageModel, training: LanguageModelTraining) -> str:
    """Made from the corpus and the level."""
    return f"{name_after(training.corpus)}-{model.level}"
