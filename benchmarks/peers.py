"""The peers' published recipes, written plainly in torch, so that both can be timed in the same run."""

import math
import time
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from embedkit.text.batching import batchify, windows


class WordLanguageModel(nn.Module):
    """The model of PyTorch's word_language_model example at its defaults: LSTM, 200 units, 2 layers, full softmax."""

    def __init__(self, vocabulary_size: int) -> None:
        super().__init__()
        self.drop = nn.Dropout(0.2)
        self.encoder = nn.Embedding(vocabulary_size, 200)
        self.rnn = nn.LSTM(200, 200, 2, dropout=0.2)
        self.decoder = nn.Linear(200, vocabulary_size)
        nn.init.uniform_(self.encoder.weight, -0.1, 0.1)
        nn.init.uniform_(self.decoder.weight, -0.1, 0.1)
        nn.init.zeros_(self.decoder.bias)

    def forward(self, ids: Tensor, state: tuple[Tensor, Tensor]) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        hidden, state = self.rnn(self.drop(self.encoder(ids)), state)
        return F.log_softmax(self.decoder(self.drop(hidden)).flatten(0, 1), dim=1), state


def word_language_model_speed(ids: np.ndarray, vocabulary_size: int, steps: int) -> float:
    """Tokens a second of the example's training loop (batch 20, bptt 35, SGD at 20, clip 0.25)."""
    torch.manual_seed(1111)
    model = WordLanguageModel(vocabulary_size)
    state = (torch.zeros(2, 20, 200), torch.zeros(2, 20, 200))
    started, tokens = 0.0, 0
    for i, batch in enumerate(windows(batchify(ids, 20), 35)):
        if i == 3:  # the first steps allocate
            started, tokens = time.perf_counter(), 0
        if i == 3 + steps:
            break
        inputs, targets = (torch.from_numpy(part.astype(np.int64)) for part in (batch.inputs, batch.targets))
        model.zero_grad()
        scores, state = model(inputs, (state[0].detach(), state[1].detach()))
        F.nll_loss(scores, targets.flatten()).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.25)
        for p in model.parameters():
            assert p.grad is not None
            p.data.add_(p.grad, alpha=-20)
        tokens += targets.numel()
    return tokens / (time.perf_counter() - started)


class CharTransformer(nn.Module):
    """nanoGPT's CPU recipe for tiny-shakespeare: 4 layers, 4 heads, 128 wide, a context of 64, no dropout."""

    def __init__(self, vocabulary_size: int, context: int = 64, width: int = 128) -> None:
        super().__init__()
        self.tokens = nn.Embedding(vocabulary_size, width)
        self.places = nn.Embedding(context, width)
        block = nn.TransformerEncoderLayer(
            width, 4, 4 * width, 0.0, "gelu", batch_first=True, norm_first=True, bias=False
        )
        self.blocks = nn.TransformerEncoder(block, 4, nn.LayerNorm(width, bias=False), enable_nested_tensor=False)
        for p in self.parameters():
            if p.ndim > 1:
                nn.init.normal_(p, std=0.02)
        self.mask = nn.Transformer.generate_square_subsequent_mask(context)

    def forward(self, ids: Tensor) -> Tensor:
        """(B, S) → (B, S, V) scores; the output embeddings are the input embeddings."""
        x = self.tokens(ids) + self.places.weight[: ids.shape[1]]
        x = self.blocks(x, mask=self.mask[: ids.shape[1], : ids.shape[1]], is_causal=True)
        return F.linear(x, self.tokens.weight)


def char_transformer(train: np.ndarray, valid: np.ndarray, vocabulary_size: int, steps: int = 2000) -> Iterator[float]:
    """Train nanoGPT's CPU recipe (batch 12, AdamW 1e-3 → 1e-4, 100 steps of warm-up).

    Yields:
        The seconds since the start after each step, and last, in place of a time, the mean validation loss in
        nats a character over 200 random batches, as nanoGPT measures it.
    """
    torch.manual_seed(1337)
    model, context = CharTransformer(vocabulary_size), 64
    decayed = [p for p in model.parameters() if p.ndim > 1]
    rest = [p for p in model.parameters() if p.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": 0.1}, {"params": rest, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.99))

    def loss_on(ids: np.ndarray) -> Tensor:
        starts = torch.randint(len(ids) - context - 1, (12,))
        chunks = torch.stack([torch.from_numpy(ids[i : i + context + 1].astype(np.int64)) for i in starts])
        scores = model(chunks[:, :-1])
        return F.cross_entropy(scores.flatten(0, 1), chunks[:, 1:].flatten())

    started = time.perf_counter()
    for step in range(steps):
        share = max(0.0, (step - 100) / (steps - 100))
        rate = min(1.0, (step + 1) / 100) * (1e-4 + 0.5 * (1 + math.cos(math.pi * share)) * 9e-4)
        for group in optimiser.param_groups:
            group["lr"] = rate
        optimiser.zero_grad()
        loss_on(train).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        yield time.perf_counter() - started
    model.eval()
    with torch.no_grad():
        yield sum(loss_on(valid).item() for _ in range(200)) / 200
