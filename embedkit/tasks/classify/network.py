"""A sequence classifier: symbols in, one class out, predicted from the state after the last symbol (seq2vec)."""

import torch
from torch import Tensor, nn

from embedkit.models.recurrent import RecurrentCore
from embedkit.tasks.classify.config import ClassifierModel


class SequenceClassifier(nn.Module):
    """One-hot symbols → recurrent layers → the last state → linear → classes.

    Args:
        symbols: ids from 0 on; the id `symbols` itself is padding, which is read as a vector of zeros.
    """

    def __init__(self, config: ClassifierModel, symbols: int, classes: int) -> None:
        super().__init__()
        self.config = config
        self.core = RecurrentCore(
            config.cell, symbols, config.hidden_size, config.layers, initialisation=config.initialisation
        )
        self.head = nn.Linear(config.hidden_size, classes)
        self.register_buffer("one_hot", torch.eye(symbols + 1, symbols), persistent=False)

    def inputs(self, ids: Tensor) -> Tensor:
        """(T, B) ids → (T, B, symbols) one-hot vectors, zeros for padding."""
        return nn.functional.embedding(ids, self.get_buffer("one_hot"))

    def hidden(self, ids: Tensor) -> Tensor:
        """(T, B) ids → (T, B, H) states of the last layer, from a state of zeros on."""
        return self.core(self.inputs(ids), self.core.initial_state(ids.shape[1]))[0]

    def final_state(self, ids: Tensor) -> Tensor:
        """(T, B) ids → (B, H) states after the last symbol, from which the class is predicted."""
        return self.hidden(ids)[-1]

    def forward(self, ids: Tensor) -> Tensor:
        """(T, B) ids → (B, C) logits."""
        return self.head(self.final_state(ids))
