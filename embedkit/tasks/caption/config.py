"""Captioners: their shape, how they are trained, and the defaults by what is described."""

from collections.abc import Callable
from dataclasses import dataclass

from embedkit.config.architecture import LONGEST_STRETCH, Cell, Feed, Level
from embedkit.config.bounds import Count, CountOrZero, NotNegative, Positive, Share
from embedkit.config.checked import Checked
from embedkit.config.optimisation import Optimisation
from embedkit.errors import UsageError
from embedkit.runs.folder import name_after


@dataclass(frozen=True)
class CaptionModel(Checked):
    """The shape of a captioner: an image or a vector is made into one vector, which is unrolled into words."""

    image_size: Count = 40
    "Side of the input image in pixels; images are scaled to fit and padded with black."
    colour: bool = False
    "Use red, green and blue; otherwise shades of grey."
    channels: Count = 16
    "Channels of the first convolution; each later block has twice as many, up to four times."
    blocks: Count = 2
    "Convolution blocks, each halving the image's side; two more follow that do not."
    code_size: Count = 256
    "Length of the vector that an image is condensed into."
    level: Level = "word"
    "What a token of a caption is."
    vocabulary_size: Count | None = None
    "Keep this many tokens, the most frequent; by default all."
    min_count: Count = 1
    "Leave out tokens rarer than this."
    longest_stretch: CountOrZero = LONGEST_STRETCH
    "Learn byte pairs from stretches of at most N characters without a space; 0 for no limit, which is slow."
    cell: Cell = "gru"
    "The recurrent cell of the decoder."
    layers: Count = 1
    "Recurrent layers."
    embedding_size: Count = 64
    "Length of a token's vector."
    hidden_size: Count = 128
    "Units of each recurrent layer."
    feed: Feed = "both"
    "The decoder is fed the vector at every step, started from it, or both."
    dropout: Share = 0.0
    "Share of activations dropped in training."
    tied: bool = False
    "Use the input embeddings as output embeddings too."

    def __post_init__(self) -> None:
        super().__post_init__()
        # Not by the power itself, which of a billion blocks is a number of a billion digits.
        if self.image_size >> self.blocks << self.blocks != self.image_size:
            raise UsageError(
                f"--image-size {self.image_size}: {self.blocks} blocks halve it as often; take a multiple of "
                f"2 to the power {self.blocks}"
            )


@dataclass(frozen=True)
class CaptionTraining(Optimisation):
    """What a captioner is trained on, and how."""

    corpus: str = "scenes"
    "scenes, generated from handwritten digits; or a folder with captions.csv, a COCO or Flickr8k file, or an .npz."
    images: str | None = None
    "Folder of the images that a COCO or Flickr8k file names; by default searched for next to it."
    most_images: Count = 40_000
    "Use at most the first N images of a corpus."
    scenes: Count = 12_800
    "New scenes in each epoch."
    held_out: Count = 2_000
    "Scenes in each of valid and test; their handwritten originals are in no training scene."
    batch_size: Count = 32
    "Captions per batch."
    learning_rate: Positive = 2e-3
    "Peak learning rate."
    embedding_rate_scale: Positive = 1.0
    "The embeddings' learning rate under AdamW, as a multiple."
    weight_decay: NotNegative = 0.01
    "AdamW's decoupled decay."
    label_smoothing: Share = 0.0
    "Share of the probability spread over the vocabulary."


CAPTION_PRESETS: dict[str, tuple[CaptionModel, CaptionTraining]] = {
    "scenes": (CaptionModel(), CaptionTraining(minutes=10.0)),
    "images": (
        CaptionModel(
            image_size=64, colour=True, blocks=4, min_count=2, embedding_size=256, hidden_size=512, dropout=0.3
        ),
        CaptionTraining(epochs=20.0),
    ),
    "vectors": (
        CaptionModel(min_count=2, embedding_size=256, hidden_size=512, dropout=0.3),
        CaptionTraining(epochs=20.0),
    ),
}
"""The defaults by what is described."""


def preset(option: Callable[[str], str | None]) -> tuple[str, tuple[CaptionModel, CaptionTraining]]:
    """The preset of what is described: scenes, images or vectors."""
    corpus = option("corpus") or CaptionTraining.corpus
    name = "scenes" if corpus == "scenes" else "vectors" if corpus.endswith(".npz") else "images"
    return name, CAPTION_PRESETS[name]


def run_name(model: CaptionModel, training: CaptionTraining) -> str:
    """Made from the corpus."""
    return f"{name_after(training.corpus)}-captions"
