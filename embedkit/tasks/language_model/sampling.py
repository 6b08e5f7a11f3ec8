"""Text from a trained language model, token by token."""

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from embedkit.decoding.temperature import tempered
from embedkit.errors import UsageError
from embedkit.runs.folder import Run
from embedkit.tasks.language_model.network import LanguageModelNetwork, load_language_model
from embedkit.text.typed import typed_ids
from embedkit.text.vocabulary import Vocabulary

_TAIL = 16
"""So many of the last tokens are decoded again with each new one, since its spelling may depend on them."""


def complete(
    run: Run,
    prompt: str,
    *,
    tokens: int = 60,
    temperature: float = 0.8,
    top_k: int | None = None,
    top_p: float | None = None,
    seed: int = 0,
) -> Iterator[str]:
    """Continue a prompt with a language-model run; yields pieces of text as they are drawn, without the prompt.

    Raises:
        UsageError: an option is out of range.
    """
    model, vocabulary = load_language_model(run)
    return continue_text(
        model, vocabulary, prompt, tokens=tokens, temperature=temperature, top_k=top_k, top_p=top_p, seed=seed
    )


def continue_text(
    model: LanguageModelNetwork,
    vocabulary: Vocabulary,
    prompt: str,
    *,
    tokens: int = 60,
    temperature: float = 0.8,
    top_k: int | None = None,
    top_p: float | None = None,
    seed: int = 0,
) -> Iterator[str]:
    """As `complete`, with a model that is in memory already. An empty prompt starts after an end of line."""
    if not 0 <= temperature < math.inf:
        raise UsageError(f"--temperature {temperature}: must be at least 0 (0 always takes the likeliest)")
    if top_k is not None and top_k < 1:
        raise UsageError(f"--top-k {top_k}: must be at least 1")
    if top_p is not None and not 0 < top_p <= 1:
        raise UsageError(f"--top-p {top_p}: must be above 0 and at most 1")
    if tokens < 1:
        raise UsageError(f"--tokens {tokens}: must be at least 1")
    if not 0 <= seed < 2**63:
        raise UsageError(f"--seed {seed}: must be from 0 to 2⁶³ - 1")
    return _draw(model, vocabulary, prompt, tokens, temperature, top_k, top_p, torch.Generator().manual_seed(seed))


@torch.no_grad()
def _draw(
    model: LanguageModelNetwork,
    vocabulary: Vocabulary,
    prompt: str,
    tokens: int,
    temperature: float,
    top_k: int | None,
    top_p: float | None,
    generator: torch.Generator,
) -> Iterator[str]:
    unread = typed_ids(vocabulary, prompt) or [vocabulary.line_end]
    ids, state = unread[-_TAIL:], model.initial_state(1)
    start = len(vocabulary.decode(ids))
    for _ in range(tokens):
        hidden, state = model.hidden(torch.tensor(unread)[:, None], state)
        scores = model.log_probabilities(hidden[-1])[0]
        if vocabulary.unk is not None:
            scores[vocabulary.unk] = -torch.inf  # nobody can read it
        unread = [choose(scores, temperature, top_k, top_p, generator)]
        ids = [*ids, *unread]
        # Decoded with those before, for spacing and characters that span tokens; an unfinished character waits.
        text = vocabulary.decode(ids)
        if len(text) > start and not text.endswith("�"):
            yield text[start:]
            ids = ids[-_TAIL:]
            start = len(vocabulary.decode(ids))


def choose(
    scores: Tensor, temperature: float, top_k: int | None, top_p: float | None, generator: torch.Generator
) -> int:
    """(V,) log-probabilities → one token id.

    Temperature is applied first, then the k likeliest are kept, then the fewest whose probabilities reach p
    (nucleus sampling, Holtzman et al. 2020). A temperature of 0 takes the likeliest.
    """
    if temperature == 0:
        return int(scores.argmax())
    ordered, order = tempered(scores, temperature).sort(descending=True, stable=True)
    if top_k is not None:
        ordered = ordered[:top_k]
    if top_p is not None:
        before = ordered.cumsum(0) - ordered
        ordered = ordered[: max(1, int((before < top_p * ordered.sum()).sum()))]
    return int(order[torch.multinomial(ordered, 1, generator=generator)])
