"""From codes to ids: a planted model whose answers are known, and drawn ones against their own steps."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from embedkit.models.decoder import Encoded
from embedkit.models.unrolling import unroll
from embedkit.tasks.seq2seq.config import Seq2SeqModel
from embedkit.tasks.seq2seq.network import EncoderDecoder

SMALL = Seq2SeqModel(
    embedding_size=4, hidden_size=6, bottleneck_size=3, bidirectional=True, dropout=0.0, tied=False, softmax="full"
)
COUNTS = np.ones(6)
END = 0


def built(seed: int, **options: object) -> EncoderDecoder:
    torch.manual_seed(seed)
    model = EncoderDecoder(replace(SMALL, **options), COUNTS, COUNTS).eval()
    for parameter in model.parameters():
        nn.init.normal_(parameter, 0, 1.0)
    model.softmax.bias.data[END] = 2
    return model


def varied(**options: object) -> EncoderDecoder:
    """The first draw of weights that gives texts of at least three lengths, one of them cut at eight tokens."""
    for seed in range(200):
        model = built(seed, **options)
        lengths = {len(text) for text in unroll(model, model.encode(*sources()), end=END, longest=8)}
        if len(lengths) > 2 and 8 in lengths:
            return model
    raise AssertionError("no such weights")


def sources() -> tuple[Tensor, Tensor]:
    """Twelve of one to five tokens."""
    generator = torch.Generator().manual_seed(1)
    return torch.randint(1, 6, (12, 5), generator=generator), torch.randint(1, 6, (12,), generator=generator)


def step_by_step(model: EncoderDecoder, encoded: Encoded, longest: int, banned: tuple[int, ...] = ()) -> list[int]:
    """One text, decoded anew from its start for every token."""
    ids: list[int] = []
    with torch.no_grad():
        while len(ids) < longest:
            decoded = model.decode(encoded, torch.tensor([[END, *ids]]), model.start(encoded.code))
            scores = model.log_probabilities(decoded.vectors[0, -1:])[0]
            scores[list(banned)] = -torch.inf
            token = int(scores.argmax())
            if token == END:
                break
            ids.append(token)
    return ids


SHAPES = list(product(("lstm", "gru"), (1, 2), ("both", "start", "every-step"), ("none", "dot")))


@pytest.mark.parametrize(("cell", "layers", "feed", "attention"), SHAPES)
def test_a_batch_is_its_rows_one_by_one(cell: str, layers: int, feed: str, attention: str) -> None:
    model = varied(cell=cell, layers=layers, feed=feed, attention=attention)
    ids, lengths = sources()
    together = unroll(model, model.encode(ids, lengths), end=END, longest=8)
    alone = [
        step_by_step(model, model.encode(ids[i : i + 1, : lengths[i]], lengths[i : i + 1]), 8) for i in range(len(ids))
    ]
    assert together == alone


def planted(after: dict[int, int], *, second: dict[int, int] | None = None) -> EncoderDecoder:
    """After token i comes after[i], whatever the code; second[i] is the next best."""
    model = EncoderDecoder(replace(SMALL, feed="start", embedding_size=6, cell="rnn-tanh"), COUNTS, COUNTS).eval()
    for parameter in model.parameters():
        nn.init.zeros_(parameter)
    model.target_embedding.weight.data = 4 * torch.eye(6)
    model.writer.layers[0].weight_ih_l0.data = torch.eye(6)  # the state says which token was read
    for follows, weight in ((after, 5.0), (second or {}, 3.0)):
        for token, following in follows.items():
            model.softmax.table.data[following, token] = weight
    return model


CODES = Encoded(torch.zeros(2, 3))


def test_the_chain_that_was_planted() -> None:
    chain = planted({END: 3, 3: 1, 1: 4, 4: END})
    assert unroll(chain, CODES, end=END, longest=10) == [[3, 1, 4]] * 2
    assert unroll(chain, CODES, end=END, longest=2) == [[3, 1]] * 2
    assert unroll(planted({END: END}), CODES, end=END, longest=10) == [[], []]


def test_it_gives_up_at_the_longest() -> None:
    circle = planted({END: 3, 3: 1, 1: 3})
    assert unroll(circle, CODES, end=END, longest=5) == [[3, 1, 3, 1, 3]] * 2
    assert unroll(circle, CODES, end=END, longest=0) == [[], []]


def test_what_is_banned_gives_way_to_the_next_best() -> None:
    chain = planted({END: 3, 3: END, 2: END}, second={END: 2})
    assert unroll(chain, CODES, end=END, longest=5) == [[3]] * 2
    assert unroll(chain, CODES, end=END, longest=5, banned=[3]) == [[2]] * 2
    model = varied()
    encoded = model.encode(*sources())
    said = {token for text in unroll(model, encoded, end=END, longest=8) for token in text}
    banned = tuple(sorted(said))[:2]
    without = unroll(model, encoded, end=END, longest=8, banned=banned)
    assert not {*banned} & {token for text in without for token in text}
    assert without == [
        step_by_step(model, encoded.take(torch.tensor([row])), 8, banned) for row in range(len(encoded.code))
    ]


def test_another_choice_than_the_likeliest() -> None:
    chain = planted({END: 3, 3: 4, 2: 1, 5: 4}, second={END: 2, 2: 5, 5: END})

    def second_best(scores: Tensor) -> Tensor:
        return scores.topk(2, dim=1).indices[:, 1]

    assert unroll(chain, CODES, end=END, longest=9, choose=second_best) == [[2, 5]] * 2


def test_no_code_is_no_text() -> None:
    assert unroll(planted({END: 3}), Encoded(torch.zeros(0, 3)), end=END, longest=3) == []
