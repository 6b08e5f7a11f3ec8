"""Captioners: their shape, how they are trained, and the defaults by what is described."""

from dataclasses import dataclass

from embedkit.config.architecture import Cell, Feed, Level
from embedkit.config.checked import Checked
from embedkit.config.optimisation import Optimisation
from embedkit.errors import UsageError


@dataclass(frozen=True)
class CaptionModel(Checked):
    """The shape of a captioner: an image or a vector is made into one vector, which is unrolled into words."""

    _AT_LEAST_ONE = (
        "image_size",
        "channels",
        "blocks",
        "code_size",
        "vocabulary_size",
        "min_count",
        "layers",
        "embedding_size",
        "hidden_size",
    )
    _SHARES = ("dropout",)

    image_size: int = 40
    "Pixels of an image's side; images are scaled to fit, and what is left over is black."
    colour: bool = False
    "Look at red, green and blue; otherwise at shades of grey."
    channels: int = 16
    "Channels of the first convolution; each block after it has twice those before, up to four times."
    blocks: int = 2
    "Blocks of convolution, each of which halves the image's side; two more follow that do not."
    code_size: int = 256
    "Length of the vector that an image is condensed into."
    level: Level = "word"
    "What a token of a caption is."
    vocabulary_size: int | None = None
    "Keep this many tokens, the most frequent; by default all."
    min_count: int = 1
    "Leave out tokens rarer than this."
    cell: Cell = "gru"
    "The recurrent cell that writes."
    layers: int = 1
    "Recurrent layers."
    embedding_size: int = 64
    "Length of a token's vector."
    hidden_size: int = 128
    "Units of each recurrent layer."
    feed: Feed = "both"
    "The decoder is fed the vector at every step, started from it, or both."
    dropout: float = 0.0
    "Share of activations dropped in training."
    tied: bool = False
    "Use the input embeddings as output embeddings too."

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.image_size % 2**self.blocks:
            raise UsageError(
                f"--image-size {self.image_size}: {self.blocks} blocks halve it as often; take a multiple of "
                f"{2**self.blocks}"
            )


@dataclass(frozen=True)
class CaptionTraining(Optimisation):
    """What a captioner is trained on, and how."""

    _AT_LEAST_ONE = (*Optimisation._AT_LEAST_ONE, "scenes", "held_out", "batch_size", "most_images")

    corpus: str = "scenes"
    "scenes, made here of handwritten digits; or a folder with captions.csv, a COCO or Flickr8k file, an .npz."
    images: str | None = None
    "The folder of the images that a COCO or Flickr8k file names; by default looked for beside it."
    most_images: int = 40_000
    "At most so many images of a corpus, the first."
    scenes: int = 12_800
    "New scenes in each epoch."
    held_out: int = 2_000
    "Scenes in each of valid and test; their handwritten originals are in no training scene."
    batch_size: int = 32
    "Captions of a batch."
    learning_rate: float = 2e-3
    "At its peak."
    embedding_rate_scale: float = 1.0
    "The embeddings' learning rate under AdamW, as a multiple."
    weight_decay: float = 0.01
    "AdamW's decoupled decay."
    label_smoothing: float = 0.0
    "Share of the probability spread over the vocabulary."

    _SHARES = (*Optimisation._SHARES, "label_smoothing")


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
