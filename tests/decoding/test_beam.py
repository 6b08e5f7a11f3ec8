"""Beam search against the enumeration of every text, a greedy walk, and each source by itself."""

import math
from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from embedkit.decoding.beam import BeamNode, BeamResult, Hypothesis, beam_search, normalised
from embedkit.models.decoder import Encoded
from embedkit.models.unrolling import unroll
from embedkit.tasks.seq2seq.config import Seq2SeqModel
from embedkit.tasks.seq2seq.network import EncoderDecoder

SMALL = Seq2SeqModel(
    embedding_size=4, hidden_size=6, bottleneck_size=3, bidirectional=True, dropout=0.0, tied=False, softmax="full"
)
END, LONGEST = 0, 4


def built(seed: int = 0, vocabulary: int = 3, **options: object) -> EncoderDecoder:
    torch.manual_seed(seed)
    counts = np.ones(vocabulary)
    model = EncoderDecoder(replace(SMALL, **options), counts, counts).eval()
    for parameter in model.parameters():
        nn.init.normal_(parameter, 0, 0.8)
    return model


def varied(**options: object) -> EncoderDecoder:
    """The first draw of weights that gives seven tokens texts of three lengths or more."""
    for seed in range(200):
        model = built(seed, vocabulary=7, **options)
        model.softmax.bias.data[END] = 2
        if len({len(text) for text in unroll(model, sources(model, 12), end=END, longest=7)}) > 2:
            return model
    raise AssertionError("no such weights")


def sources(model: EncoderDecoder, rows: int) -> Encoded:
    generator = torch.Generator().manual_seed(1)
    ids = torch.randint(0, model.source_embedding.num_embeddings, (rows, 5), generator=generator)
    with torch.no_grad():
        return model.encode(ids, torch.randint(1, 6, (rows,), generator=generator))


@torch.no_grad()
def token_scores(model: EncoderDecoder, encoded: Encoded, ids: tuple[int, ...]) -> Tensor:
    """(T,) log-probability of each id given those before it."""
    decoded = model.decode(encoded, torch.tensor([[END, *ids[:-1]]]), model.start(encoded.code))
    return model.log_probabilities(decoded.vectors[0])[torch.arange(len(ids)), torch.tensor(ids)]


def every_text(model: EncoderDecoder, encoded: Encoded, length_penalty: float) -> list[tuple[tuple[int, ...], float]]:
    """All texts that end within the longest length, and those cut there: with their scores, the best first."""
    inner = range(1, 3)
    ended = [(*text, END) for n in range(LONGEST) for text in product(inner, repeat=n)]
    scored = [
        (ids, float(token_scores(model, encoded, ids).sum()) / ((5 + len(ids)) / 6) ** length_penalty)
        for ids in [*ended, *product(inner, repeat=LONGEST)]
    ]
    return sorted(scored, key=lambda item: -item[1])


@pytest.mark.parametrize(("length_penalty", "attention"), [(0.0, "none"), (1.0, "none"), (2.5, "dot")])
def test_with_beams_enough_it_is_the_enumeration(length_penalty: float, attention: str) -> None:
    """Of two tokens and an end 1 + 2 + 4 + 8 texts end within four tokens, and 16 are cut there."""
    model = built(attention=attention)
    encoded = sources(model, 3)
    found = beam_search(model, encoded, end=END, longest=LONGEST, beams=40, length_penalty=length_penalty)
    for row, result in enumerate(found):
        expected = every_text(model, encoded.take(torch.tensor([row])), length_penalty)
        assert len(expected) == len(result.hypotheses) == 15 + 16
        told = [(*h.ids, END) if h.ended else h.ids for h in result.hypotheses]
        assert told == [ids for ids, _ in expected]
        assert [h.score for h in result.hypotheses] == pytest.approx([score for _, score in expected], rel=1e-5)
        total = sum(math.exp(h.log_probability) for h in result.hypotheses)
        assert total == pytest.approx(1, rel=1e-5)


def test_length_normalisation_by_hand() -> None:
    assert normalised(-6.0, 1, 1.0) == -6.0  # (5 + 1) / 6 = 1
    assert normalised(-6.0, 7, 1.0) == -3.0
    assert normalised(-6.0, 7, 2.0) == -1.5
    assert normalised(-6.0, 7, 0.0) == -6.0


@pytest.mark.parametrize(("cell", "feed", "attention"), [("lstm", "both", "none"), ("gru", "start", "dot")])
def test_one_beam_is_greedy(cell: str, feed: str, attention: str) -> None:
    model = varied(cell=cell, feed=feed, attention=attention)
    encoded = sources(model, 12)
    for banned in ((), (2, 6)):
        greedy = unroll(model, encoded, end=END, longest=7, banned=banned)
        found = beam_search(model, encoded, end=END, longest=7, beams=1, banned=banned)
        assert [[list(h.ids) for h in result.hypotheses] for result in found] == [[ids] for ids in greedy]


@pytest.mark.parametrize(("cell", "layers", "attention"), [("lstm", 1, "none"), ("gru", 2, "additive")])
def test_a_batch_is_its_sources_one_by_one(cell: str, layers: int, attention: str) -> None:
    model = varied(cell=cell, layers=layers, attention=attention)
    encoded = sources(model, 12)
    together = beam_search(model, encoded, end=END, longest=7, beams=3)
    steps = set()
    for row, result in enumerate(together):
        (alone,) = beam_search(model, encoded.take(torch.tensor([row])), end=END, longest=7, beams=3)
        same(result, alone)
        steps.add(max(node.step for node in result.nodes))
    assert len(steps) > 1  # some were done before the others


def same(one: BeamResult, other: BeamResult) -> None:
    assert [(h.ids, h.ended) for h in one.hypotheses] == [(h.ids, h.ended) for h in other.hypotheses]
    assert [h.score for h in one.hypotheses] == pytest.approx([h.score for h in other.hypotheses], rel=1e-5)
    plain = [[replace(node, log_probability=0.0) for node in result.nodes] for result in (one, other)]
    assert plain[0] == plain[1]


def path(nodes: list[BeamNode], node: BeamNode) -> tuple[int, ...]:
    parent = () if node.parent is None else path(nodes, nodes[node.parent])
    return (*parent, node.token)


def test_the_tree_of_a_search() -> None:
    model, beams, longest = varied(), 3, 6
    encoded = sources(model, 6)
    for row, result in enumerate(beam_search(model, encoded, end=END, longest=longest, beams=beams)):
        one, nodes = encoded.take(torch.tensor([row])), result.nodes
        for place, node in enumerate(nodes):
            told = path(nodes, node)
            assert len(told) == node.step + 1
            assert END not in told[:-1]
            assert node.log_probability == pytest.approx(float(token_scores(model, one, told).sum()), abs=1e-4)
            if node.parent is not None:
                parent = nodes[node.parent]
                assert node.parent < place
                assert parent.step == node.step - 1
                assert parent.kept
                assert not parent.final
                assert node.log_probability <= parent.log_probability
            assert node.final == (node.kept and node.token == END)
        for step in range(max(node.step for node in nodes) + 1):
            row_of = [node for node in nodes if node.step == step]
            assert [node.rank for node in row_of] == list(range(1, len(row_of) + 1))
            assert len(row_of) <= 2 * beams
            assert all(a.log_probability >= b.log_probability for a, b in pairwise(row_of))
            assert sum(node.kept and not node.final for node in row_of) <= beams
        finals = {path(nodes, node)[:-1]: node.log_probability for node in nodes if node.final}
        ended = {h.ids: h.log_probability for h in result.hypotheses if h.ended}
        assert ended.items() <= finals.items()


def always(scores: list[float]) -> EncoderDecoder:
    """A model that gives each token the same probability at every step."""
    model = built(vocabulary=len(scores))
    for parameter in model.parameters():
        nn.init.zeros_(parameter)
    model.softmax.bias.data = torch.tensor(scores).log()
    return model


def searched(model: EncoderDecoder, **options: object) -> list[Hypothesis]:
    (result,) = beam_search(model, Encoded(torch.zeros(1, 3)), end=END, **options)
    return result.hypotheses


def test_hypotheses_by_hand() -> None:
    """p(end) = 0.2, p(a) = 0.7, p(b) = 0.1.

    With two beams the first step keeps "a", the end and "b"; the second "aa" (0.49), the end after "a" (0.14) and "ab"
    (0.07). There are two hypotheses then, and that is that.
    """
    model = always([0.2, 0.7, 0.1])
    (result,) = beam_search(model, Encoded(torch.zeros(1, 3)), end=END, longest=9, beams=2, length_penalty=0.0)
    assert [(h.ids, h.ended) for h in result.hypotheses] == [((), True), ((1,), True)]
    assert [math.exp(h.score) for h in result.hypotheses] == pytest.approx([0.2, 0.14])
    # Ties, such as "ab" and "ba", may stand either way.
    assert [(path(result.nodes, node), node.kept) for node in result.nodes][:5] == [
        ((1,), True),
        ((END,), True),
        ((2,), True),
        ((1, 1), True),
        ((1, END), True),
    ]
    assert sorted(path(result.nodes, result.nodes[5])) == [1, 2]
    # Cut at one token, what goes on is a hypothesis as well.
    assert [(h.ids, h.ended) for h in searched(model, longest=1, beams=2, length_penalty=0.0)] == [
        ((1,), False),
        ((), True),
    ]


def test_what_is_cut_has_not_ended_and_what_is_banned_is_not_there() -> None:
    model = always([0.0001, 0.6, 0.3, 0.0999])
    cut = searched(model, longest=3, beams=2)
    assert [h.ended for h in cut] == [False, False]
    assert cut[0].ids == (1, 1, 1)
    assert sorted(cut[1].ids) == [1, 1, 2]
    without = searched(model, longest=3, beams=4, banned=[1])
    assert not [h for h in without if 1 in h.ids]
    assert (without[0].ids, without[0].ended) == ((2, 2, 2), False)
    # What is banned keeps its probability: the others are not raised.
    assert math.exp(without[0].log_probability) == pytest.approx(0.3**3)


def test_a_length_penalty_favours_longer_texts() -> None:
    """p(end) = 0.4, p(a) = 0.6. By probability the empty text is best of those that end; per token a longer one."""
    model = always([0.4, 0.6])
    plain = searched(model, longest=12, beams=12, length_penalty=0.0)
    assert max((h for h in plain if h.ended), key=lambda h: h.score).ids == ()
    long = searched(model, longest=12, beams=12, length_penalty=3.0)
    assert len(max((h for h in long if h.ended), key=lambda h: h.score).ids) > 3
