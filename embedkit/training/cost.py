"""What a large vocabulary costs in memory, told before the first step."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

from embedkit.config.optimisation import Optimiser
from embedkit.errors import EmbedkitWarning
from embedkit.text.vocabulary import SPECIALS, Vocabulary

LARGE = 200_000
"""Tokens from which the cost is told."""
COPIES: dict[Optimiser, int] = {"adamw": 4, "rmsprop": 3, "sgd": 2}
"""How often a parameter lies in memory: itself, its gradient, and what the optimiser keeps of it."""
_FLOAT = 4


@dataclass(frozen=True)
class VocabularyCost:
    """The memory of all parameters that have a row a token.

    Attributes:
        tokens: how many there are, and `once` those that stand once in the training text.
        weights: bytes of the parameters.
        training: bytes with their gradients and what the optimiser keeps.
    """

    tokens: int
    once: int
    weights: int
    training: int

    @classmethod
    def of(
        cls, vocabulary: Vocabulary, widths: Sequence[int], optimiser: Optimiser, *, in_blocks: bool = False
    ) -> "VocabularyCost":
        """Args:
        widths: the lengths of a token's vectors, one a table; a bias comes to them.
        in_blocks: whether the tables are trained in blocks, of which few have a gradient at a time.
        """
        specials = len(SPECIALS[vocabulary.level])
        weights = len(vocabulary) * (sum(widths) + 1) * _FLOAT
        once = int((vocabulary.counts[specials:] == 1).sum())
        return cls(len(vocabulary), once, weights, weights * (COPIES[optimiser] - in_blocks))


def tell_cost(vocabulary: Vocabulary, widths: Sequence[int], optimiser: Optimiser, *, in_blocks: bool = False) -> None:
    """Warn of what a vocabulary of LARGE tokens or more costs, and of what leaving out words that stand once saves."""
    if len(vocabulary) < LARGE:
        return
    cost = VocabularyCost.of(vocabulary, widths, optimiser, in_blocks=in_blocks)
    message = (
        f"{cost.tokens:,} tokens: their vectors take {_gibibytes(cost.weights)}, and about "
        f"{_gibibytes(cost.training)} of memory in training with {optimiser}"
    )
    if cost.once and vocabulary.level != "bpe":
        left = cost.tokens - cost.once
        message += (
            f"; {cost.once:,} of them stand once in the text, and --min-count 2 would leave {left:,} tokens and "
            f"{_gibibytes(cost.training * left // cost.tokens)}"
        )
    warnings.warn(message, EmbedkitWarning, stacklevel=2)


def _gibibytes(size: int) -> str:
    return f"{size / 2**30:.1f} GiB"
