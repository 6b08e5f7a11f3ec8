"""A language model whose every probability is written down: what comes next depends on the last token alone."""

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor

from embedkit.tasks.language_model.network import LanguageModelNetwork
from embedkit.text.vocabulary import EOS, UNK, Vocabulary

LEAST = 1e-6


class Bigrams:
    """What of a language model is asked for when text is written; P(next | last) by token, the rest has LEAST."""

    def __init__(self, vocabulary: Vocabulary, table: dict[str, dict[str, float]]) -> None:
        probabilities = torch.full((len(vocabulary), len(vocabulary)), LEAST)
        for last, nexts in table.items():
            for token, probability in nexts.items():
                probabilities[vocabulary.tokens.index(last), vocabulary.tokens.index(token)] = probability
        self._table = probabilities.log()
        self.softmax = SimpleNamespace(likeliest=self._likeliest)
        self.read = 0

    def initial_state(self, batch_size: int) -> tuple[tuple[Tensor, ...], ...]:
        return ((torch.zeros(1, batch_size, 1),),)

    def hidden(self, ids: Tensor, state: Any) -> tuple[Tensor, Any]:
        """The tokens themselves, one-hot; the state counts them."""
        self.read += ids.numel()
        return torch.nn.functional.one_hot(ids, len(self._table)).float(), ((state[0][0] + len(ids),),)

    def log_probabilities(self, hidden: Tensor) -> Tensor:
        return hidden.clamp(min=0) @ self._table

    def _likeliest(self, hidden: Tensor, banned: Tensor) -> Tensor:
        return self.log_probabilities(hidden).masked_fill(banned, -torch.inf).argmax(1)


def words(*tokens: str) -> Vocabulary:
    return Vocabulary("word", (UNK, EOS, *tokens), np.ones(len(tokens) + 2, dtype=np.int64))


def characters(text: str) -> Vocabulary:
    return Vocabulary("char", (UNK, *text), np.ones(len(text) + 1, dtype=np.int64))


def bigrams(vocabulary: Vocabulary, table: dict[str, dict[str, float]]) -> LanguageModelNetwork:
    return cast(LanguageModelNetwork, Bigrams(vocabulary, table))


def small(vocabulary: Vocabulary, *, seed: int = 0) -> LanguageModelNetwork:
    """An untrained network with an adaptive softmax."""
    from embedkit.tasks.language_model.config import LanguageModel

    torch.manual_seed(seed)
    size = len(vocabulary)
    config = LanguageModel(embedding_size=6, hidden_size=8, cutoffs=(size // 3, 2 * size // 3))
    model = LanguageModelNetwork(config, np.ones(size))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(3)
    return model.eval()
