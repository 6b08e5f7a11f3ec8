"""vec2seq: an image, or a vector that somebody else made of one, is made into one vector and unrolled into words.

image (B, C, S, S) → convolutions → code (B, D) → decode → the caption, token by token
"""

import numpy as np
from torch import Tensor, nn

from embedkit.config import CaptionConfig
from embedkit.models.decoder import Decoder, Encoded, token_table
from embedkit.models.recurrent import RecurrentCore
from embedkit.models.softmax import SoftmaxHead

GROUPS = 8  # of channels that are normalised together, as far as they divide them


class Captioner(Decoder):
    """Encoder → code → decoder.

    Args:
        config: the model's shape.
        counts: (V,) frequency of each token in the training captions.
        vector_size: length of the vectors that come in; None where images do.
    """

    def __init__(self, config: CaptionConfig, counts: np.ndarray, vector_size: int | None = None) -> None:
        super().__init__()
        self.config, self.feed, self.attention = config, config.feed, None
        self.reader = _convolutions(config) if vector_size is None else nn.Linear(vector_size, config.code_size)
        width, hidden = config.embedding_size, config.hidden_size
        inputs = token_table(len(counts), width)
        self.target_embedding = nn.Embedding(len(counts), width)
        self.target_embedding.weight = inputs
        fed = config.code_size if config.feed != "start" else 0
        self.writer = RecurrentCore(config.cell, width + fed, hidden, config.layers, dropout=config.dropout)
        self.to_state = self.starter(config.code_size)
        self.softmax = SoftmaxHead(hidden, inputs if config.tied else token_table(len(counts), hidden), (), counts)

    def encode(self, inputs: Tensor) -> Encoded:
        """(B, C, S, S) uint8 images, or (B, V) float32 vectors → what the decoder is given."""
        x = inputs if inputs.is_floating_point() else inputs.to(self.softmax.bias.dtype) / 255
        return Encoded(self.writer.drop(self.reader(x)))


def _convolutions(config: CaptionConfig) -> nn.Sequential:
    """Blocks of convolution, a pooling that halves the side, normalisation and ReLU; what is left of the image is
    flattened, not averaged: where something is must not be lost."""
    layers: list[nn.Module] = []
    before, width = 3 if config.colour else 1, config.channels
    for _ in range(config.blocks):
        groups = np.gcd(GROUPS, width)
        layers += [nn.Conv2d(before, width, 3, padding=1), nn.MaxPool2d(2), nn.GroupNorm(int(groups), width), nn.ReLU()]
        before, width = width, min(2 * width, 4 * config.channels)
    side = config.image_size // 2**config.blocks
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(before * side * side, config.code_size))
