"""vec2seq: an image, or a vector that somebody else made of one, is made into one vector and unrolled into words.

image (B, C, S, S) → convolutions → code (B, D) → decode → the caption, token by token
"""

import numpy as np
import torch
from torch import Tensor, nn

from embedkit.models.decoder import Decoder, Encoded, token_table
from embedkit.models.recurrent import RecurrentCore
from embedkit.models.softmax import SoftmaxHead
from embedkit.tasks.caption.config import CaptionModel


class Captioner(Decoder):
    """Encoder → code → decoder.

    Args:
        config: the model's shape.
        counts: (V,) frequency of each token in the training captions.
        vector_size: length of the vectors that come in; None where images do.
    """

    def __init__(self, config: CaptionModel, counts: np.ndarray, vector_size: int | None = None) -> None:
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


class WhatAndWhere(nn.Module):
    """Channels of a feature map as what is in the image, how much of it, and where.

    Of each channel its maximum, its sum over all places, and its first moments: the sums weighted by the places'
    coordinates, from −1 to 1. Sums are divided by the root of how many places there are. Moments are linear in the
    channels: whatever mixture of them tells a digit, the same mixture of moments tells where that digit is. The place
    where each channel is strongest is not. docs/lab/caption.md has what either reaches.
    """

    def forward(self, features: Tensor) -> Tensor:
        """(B, C, H, W) → (B, 4 · C): maxima, sums, moments across and moments down."""
        height, width = features.shape[2:]
        across = torch.linspace(-1, 1, width, device=features.device)
        down = torch.linspace(-1, 1, height, device=features.device)
        rows, columns = features.sum(dim=3), features.sum(dim=2)
        sums = torch.cat([rows.sum(dim=2), (columns * across).sum(dim=2), (rows * down).sum(dim=2)], dim=1)
        return torch.cat([features.amax(dim=(2, 3)), sums / (height * width) ** 0.5], dim=1)


def _convolutions(config: CaptionModel) -> nn.Sequential:
    """Blocks of convolution that halve the side, two more that do not, and what is where; gated linear units (Dauphin
    et al. 2017) bind the one to the other, as how two things lie to each other asks for products of both.

    There is no normalisation over the image: how strongly a thing shows would depend on what else there is, and a
    captioner that names one thing well would long fail at two. He's initialisation (2015) keeps the scale instead.
    """
    before, width, most = 3 if config.colour else 1, config.channels, 4 * config.channels
    layers: list[nn.Module] = []
    for block in range(config.blocks + 2):
        convolution = nn.Conv2d(before, width, 3, padding=1)
        nn.init.kaiming_normal_(convolution.weight, nonlinearity="relu")
        nn.init.zeros_(convolution.get_parameter("bias"))
        layers += [convolution, *([nn.MaxPool2d(2)] if block < config.blocks else []), nn.ReLU()]
        before, width = width, min(2 * width, most)
    code = config.code_size
    bound = [nn.Linear(4 * before, 4 * code), nn.GLU(), nn.Linear(2 * code, code)]
    # A place's channels lie together in memory: reading, forward and back, takes 7 to 28 % less time on a CPU.
    reader = nn.Sequential(*layers, WhatAndWhere(), *bound)
    return nn.utils.convert_conv2d_weight_memory_format(reader, torch.channels_last)
