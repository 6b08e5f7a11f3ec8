"""From codes to token ids, one token after the other, B texts at once."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from embedkit.models.decoder import Decoder, Encoded

Choose = Callable[[Tensor], Tensor]
"""(B, V) log-probabilities → (B,) ids."""


def likeliest(scores: Tensor) -> Tensor:
    """Greedy decoding."""
    return scores.argmax(dim=1)


@torch.no_grad()
def unroll(
    model: Decoder,
    encoded: Encoded,
    *,
    end: int,
    longest: int,
    banned: Sequence[int] = (),
    choose: Choose = likeliest,
) -> list[list[int]]:
    """Decode B codes, each until its end of line.

    Args:
        end: the id that ends a text; the decoder starts from it too.
        longest: give up after so many tokens.
        banned: ids that are never taken, such as the unknown token.

    Returns:
        B lists of ids without the end.
    """
    rows = torch.arange(len(encoded.code), device=encoded.code.device)
    texts: list[list[int]] = [[] for _ in rows]
    state, encoded = model.start(encoded.code), model.with_keys(encoded)
    tokens = torch.full_like(rows, end)
    for _ in range(longest):
        decoded = model.decode(encoded, tokens[:, None], state)
        scores = model.log_probabilities(decoded.vectors[:, 0])
        scores[:, list(banned)] = -torch.inf
        tokens = choose(scores)
        going = tokens != end
        for row, token in zip(rows[going].tolist(), tokens[going].tolist(), strict=True):
            texts[row].append(token)
        if not going.any():
            break
        state = decoded.state
        if not going.all():  # what has ended costs nothing any more
            rows, tokens, encoded = rows[going], tokens[going], encoded.take(going)
            state = tuple(tuple(part[:, going] for part in layer) for layer in state)
    return texts
