"""The encoder-decoder against losses, weights and divergences worked out by hand."""

import math
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from embedkit.models.attention import ATTENTIONS, AdditiveAttention, DotAttention
from embedkit.models.decoder import Encoded
from embedkit.tasks.seq2seq.config import Seq2SeqModel, Seq2SeqTraining
from embedkit.tasks.seq2seq.network import EncoderDecoder
from embedkit.tasks.seq2seq.objective import divergence_loss

SMALL = Seq2SeqModel(
    embedding_size=4, hidden_size=5, bottleneck_size=3, bidirectional=False, dropout=0.0, tied=False, softmax="full"
)
COUNTS = np.array([5, 3, 2, 1, 1, 0])


def built(**options: object) -> EncoderDecoder:
    """A model whose weights were drawn, biases too, so that nothing is zero by accident."""
    torch.manual_seed(0)
    model = EncoderDecoder(replace(SMALL, **options), COUNTS, COUNTS).eval()
    for parameter in model.parameters():
        nn.init.uniform_(parameter, -0.7, 0.7)
    return model


def logits(model: EncoderDecoder, encoded: Encoded, inputs: Tensor) -> Tensor:
    """(B, T) inputs → (B, T, V)."""
    decoded = model.decode(encoded, inputs, model.start(encoded.code))
    return model.log_probabilities(decoded.vectors.flatten(0, 1)).unflatten(0, inputs.shape)


# Counts 5 3 1 and one added to each: probabilities 6, 4 and 2 twelfths, whatever is read, where all weights are zero.
UNIGRAM = np.array([5, 3, 1])


def unigram() -> EncoderDecoder:
    model = EncoderDecoder(SMALL, UNIGRAM, UNIGRAM).eval()
    for name, parameter in model.named_parameters():
        if name != "softmax.bias":
            nn.init.zeros_(parameter)
    return model


def test_a_loss_worked_out_on_paper() -> None:
    """Target "c, end" with p(c) = 1/6 and p(end) = 1/2."""
    model = unigram()
    encoded = model.encode(torch.tensor([[1, 0]]), torch.tensor([2]))
    targets, known = torch.tensor([[2, 0]]), torch.ones(1, 2, dtype=torch.bool)
    decoded = model.decode(encoded, torch.tensor([[0, 2]]), model.start(encoded.code))
    nats = model.nats(decoded, targets, known)
    assert nats.item() == pytest.approx(math.log(6) + math.log(2), rel=1e-6)
    # A share of 0.3 is asked of all three tokens alike, at each of the two places.
    even = -(math.log(1 / 2) + math.log(1 / 3) + math.log(1 / 6)) / 3
    smooth = model.nats(decoded, targets, known, smoothing=0.3)
    assert smooth.item() == pytest.approx(0.7 * math.log(12) + 0.3 * 2 * even, rel=1e-6)
    only_first = torch.tensor([[True, False]])
    assert model.nats(decoded, targets, only_first).item() == pytest.approx(math.log(6), rel=1e-6)
    assert model.nats(decoded, targets, only_first, 0.3).item() == pytest.approx(
        0.7 * math.log(6) + 0.3 * even, rel=1e-6
    )


SHAPES = list(product(("lstm", "gru"), (1, 2), (False, True), ("none", "dot", "additive")))


@pytest.mark.parametrize(("cell", "layers", "bidirectional", "attention"), SHAPES)
def test_padding_changes_nothing(cell: str, layers: int, bidirectional: bool, attention: str) -> None:
    model = built(cell=cell, layers=layers, bidirectional=bidirectional, attention=attention)
    texts = [[1], [2, 3, 4, 5], [5, 1]]
    lengths = torch.tensor([len(text) for text in texts])
    inputs = torch.tensor([[0, 1, 2]]).expand(3, -1)
    for pad in (0, 4):
        together = model.encode(torch.tensor([text + [pad] * (4 - len(text)) for text in texts]), lengths)
        said = logits(model, together, inputs)
        for row, text in enumerate(texts):
            alone = model.encode(torch.tensor([text]), torch.tensor([len(text)]))
            torch.testing.assert_close(together.code[row : row + 1], alone.code)
            torch.testing.assert_close(said[row : row + 1], logits(model, alone, inputs[:1]))
            if attention == "none":
                assert together.memory is None
                assert together.mask is None
            else:
                torch.testing.assert_close(together.memory[row, : len(text)], alone.memory[0])
                assert together.mask[row].tolist() == [True] * len(text) + [False] * (4 - len(text))


@pytest.mark.parametrize(("cell", "bidirectional"), list(product(("lstm", "gru"), (False, True))))
def test_every_token_of_the_source_reaches_the_code(cell: str, bidirectional: bool) -> None:
    model = built(cell=cell, bidirectional=bidirectional)
    lengths = torch.tensor([3])
    code = model.encode(torch.tensor([[1, 2, 3]]), lengths).code
    for other in ([[4, 2, 3]], [[1, 4, 3]], [[1, 2, 4]], [[3, 2, 1]]):
        assert not torch.allclose(model.encode(torch.tensor(other), lengths).code, code, atol=1e-5)


def test_the_backward_reader_reads_from_the_end() -> None:
    """Where both readers are the same, they see of "a b c" what they see of "c b a", the other way round."""
    model = built(bidirectional=True, attention="dot")
    model.backward_reader.load_state_dict(model.reader.state_dict())
    lengths = torch.tensor([3])
    forth, back = (model.encode(torch.tensor([ids]), lengths).memory[0] for ids in ([1, 2, 3], [3, 2, 1]))
    torch.testing.assert_close(forth[:, 5:], back[:, :5].flip(0))
    torch.testing.assert_close(forth[:, :5], back[:, 5:].flip(0))


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_where_the_code_goes(cell: str) -> None:
    inputs, source, lengths = torch.tensor([[0, 1, 2]]), torch.tensor([[1, 2]]), torch.tensor([2])

    def with_other_code(model: EncoderDecoder, *, state: bool, fed: bool) -> float:
        """How far step 3's logits move where another code goes to the state, to the inputs, or to both."""
        encoded = model.encode(source, lengths)
        other = Encoded(encoded.code + 1)
        before = logits(model, encoded, inputs)[0, 2]
        start = model.start((other if state else encoded).code)
        decoded = model.decode(other if fed else encoded, inputs, start)
        return (model.log_probabilities(decoded.vectors[0])[2] - before).abs().max().item()

    every = built(cell=cell, feed="every-step")
    assert every.to_state is None
    assert all((part == 0).all() for layer in every.start(torch.ones(1, 3)) for part in layer)
    assert with_other_code(every, state=True, fed=False) == 0
    assert with_other_code(every, state=False, fed=True) > 1e-3
    assert every.writer.layers[0].input_size == 4 + 3

    start = built(cell=cell, feed="start", layers=2)
    assert with_other_code(start, state=True, fed=False) > 1e-4
    assert with_other_code(start, state=False, fed=True) == 0
    assert start.writer.layers[0].input_size == 4

    both = built(cell=cell, feed="both")
    assert with_other_code(both, state=True, fed=False) > 1e-4
    assert with_other_code(both, state=False, fed=True) > 1e-3
    assert both.writer.layers[0].input_size == 4 + 3


@pytest.mark.parametrize(("cell", "parts"), [("lstm", 2), ("gru", 1)])
def test_the_state_a_code_gives_is_cut_by_layer_and_part(cell: str, parts: int) -> None:
    """Two layers: the rows of the map are the first layer's h (and c), then the second's."""
    model, code = built(cell=cell, feed="start", layers=2), torch.tensor([[0.1, -0.4, 0.3], [1.0, 0.0, 2.0]])
    state = model.start(code)
    assert [[tuple(part.shape) for part in layer] for layer in state] == [[(1, 2, 5)] * parts] * 2
    numbers = torch.tanh(code @ model.to_state.weight.T + model.to_state.bias)
    torch.testing.assert_close(torch.cat([part[0] for layer in state for part in layer], dim=1), numbers)


def test_a_stream_read_in_windows_is_the_stream_read_whole() -> None:
    model, ids = built(layers=2), torch.tensor([[1, 2], [3, 4], [5, 1], [2, 2]])
    first, state = model.encode_stream(ids[:2], model.reader.initial_state(2))
    second, _ = model.encode_stream(ids[2:], state)
    whole = model.encode(ids.T, torch.tensor([4, 4]))
    torch.testing.assert_close(second.code, whole.code)
    torch.testing.assert_close(first.code, model.encode(ids[:2].T, torch.tensor([2, 2])).code)


def test_a_shared_vocabulary_is_one_table() -> None:
    shared = EncoderDecoder(replace(SMALL, shared_vocabulary=True, tied=True), COUNTS, COUNTS)
    assert shared.source_embedding.weight is shared.target_embedding.weight is shared.softmax.table
    apart = EncoderDecoder(SMALL, COUNTS[:4], COUNTS)
    assert apart.source_embedding.weight.shape == (4, 4)
    assert apart.target_embedding.weight is not apart.softmax.table


# Attention. Two source tokens, a third place that is padding; one decoder step.
MEMORY = torch.tensor([[[1.0, 0.0], [0.0, 2.0], [9.0, 9.0]]])
MASK = torch.tensor([[True, True, False]])
HIDDEN = torch.tensor([[[0.5, 1.0]]])


def by_hand(scores: tuple[float, float]) -> tuple[float, float]:
    a, b = (math.exp(score) for score in scores)
    return a / (a + b), b / (a + b)


def test_dot_attention_by_hand() -> None:
    """Keys are twice the memory: (2, 0) and (0, 4), so h = (0.5, 1) scores 1 and 4."""
    attention = DotAttention(2, 2)
    attention.keys.weight.data = 2 * torch.eye(2)
    attention.combine.weight.data = torch.tensor([[1.0, 0, 0, 0], [0, 1.0, 0, 1.0]])
    vectors, weights = attention(HIDDEN, MEMORY, MASK)
    a, b = by_hand((1, 4))
    torch.testing.assert_close(weights, torch.tensor([[[a, b, 0.0]]]))
    # The context is (a, 2 b); the second unit adds the second of h.
    torch.testing.assert_close(vectors, torch.tensor([[[math.tanh(a), math.tanh(2 * b + 1)]]]))


def test_additive_attention_by_hand() -> None:
    """W h + b = (0.5 + 0.25, 1), U m = (1, 0) and (0, 2), v = (1, −2)."""
    attention = AdditiveAttention(2, 2)
    attention.queries.weight.data, attention.keys.weight.data = torch.eye(2), torch.eye(2)
    attention.queries.bias.data = torch.tensor([0.25, 0.0])
    attention.value.weight.data = torch.tensor([[1.0, -2.0]])
    _, weights = attention(HIDDEN, MEMORY, MASK)
    a, b = by_hand((math.tanh(1.75) - 2 * math.tanh(1), math.tanh(0.75) - 2 * math.tanh(3)))
    torch.testing.assert_close(weights, torch.tensor([[[a, b, 0.0]]]))


@pytest.mark.parametrize("name", ATTENTIONS)
def test_weights_sum_to_one_and_are_zero_at_padding(name: str) -> None:
    model = built(attention=name, bidirectional=True)
    encoded = model.encode(torch.tensor([[1, 2, 3, 4], [5, 1, 0, 0]]), torch.tensor([4, 2]))
    inputs = torch.tensor([[0, 1, 2], [0, 3, 4]])
    weights = model.decode(encoded, inputs, model.start(encoded.code)).weights
    assert weights.shape == (2, 3, 4)
    torch.testing.assert_close(weights.sum(2), torch.ones(2, 3))
    assert (weights[1, :, 2:] == 0).all()
    assert (weights[1, :, :2] > 0).all()
    assert weights[0].std(0).max() > 1e-4  # it is not the same at every step


# A variational bottleneck.
def planted(mean: list[float], log_variance: list[float]) -> EncoderDecoder:
    """Every source has this posterior."""
    model = built(variational=True)
    for layer, bias in ((model.to_code, mean), (model.to_log_variance, log_variance)):
        layer.weight.data.zero_()
        layer.bias.data = torch.tensor(bias, dtype=torch.float32)
    return model


SOURCE = torch.tensor([[1, 2], [3, 4]]), torch.tensor([2, 2])


def test_divergence_by_hand() -> None:
    same = planted([0, 0, 0], [0, 0, 0]).encode(*SOURCE)
    assert (same.divergence == 0).all()
    moved = planted([2, -1, 0.5], [0, 0, 0]).encode(*SOURCE)
    torch.testing.assert_close(moved.divergence, torch.tensor([[2.0, 0.5, 0.125]] * 2))
    # ½ (σ² − ln σ² − 1) with σ² = 2.
    wide = planted([0, 0, 0], [math.log(2), 0, 0]).encode(*SOURCE)
    torch.testing.assert_close(wide.divergence, torch.tensor([[0.5 * (2 - math.log(2) - 1), 0, 0]] * 2))
    assert built().encode(*SOURCE).divergence is None


def test_codes_are_drawn_in_training_and_are_means_outside() -> None:
    model = planted([2, -1, 0.5], [0, 2 * math.log(3), -50])
    assert model.encode(*SOURCE).code.tolist() == [[2, -1, 0.5]] * 2
    model.train()
    torch.manual_seed(0)
    many = torch.tensor([[1, 2]] * 20_000), torch.full((20_000,), 2)
    drawn = model.encode(*many).code
    torch.testing.assert_close(drawn.mean(0), torch.tensor([2.0, -1.0, 0.5]), atol=0.06, rtol=0)
    torch.testing.assert_close(drawn.std(0), torch.tensor([1.0, 3.0, 0.0]), atol=0.06, rtol=0)


def test_free_bits_and_annealing_by_hand() -> None:
    """Means over two codes: (1, 0.05, 0.3) nats; what is below 0.1 counts as 0.1; times the two codes."""
    encoded = Encoded(torch.zeros(2, 3), divergence=torch.tensor([[2.0, 0.1, 0.0], [0.0, 0.0, 0.6]]))
    config = Seq2SeqTraining(free_bits=0.1, kl_weight=0.5, kl_annealing=0.4)
    for share, weight in ((0.0, 0.0), (0.1, 0.125), (0.2, 0.25), (0.4, 0.5), (1.0, 0.5)):
        assert divergence_loss(encoded, config, share).item() == pytest.approx(weight * 2 * (1 + 0.1 + 0.3))
    at_once = replace(config, kl_annealing=0.0, free_bits=0.0, kl_weight=1.0)
    assert divergence_loss(encoded, at_once, 0.0).item() == pytest.approx(2 * 1.35)
    assert divergence_loss(Encoded(torch.zeros(2, 3)), config, 1.0).item() == 0


def test_what_is_free_has_no_gradient() -> None:
    model = planted([2, 0.1, 0], [0, 0, 0]).train()
    encoded = model.encode(*SOURCE)
    divergence_loss(encoded, Seq2SeqTraining(free_bits=0.1, kl_annealing=0.0), 1.0).backward()
    # ½ μ² has the slope μ, and each of the two codes has it: 2 + 2. The others have 0.005 and 0 nats.
    assert model.to_code.bias.grad.tolist() == [4, 0, 0]


def test_rows_are_taken_of_every_part() -> None:
    model = built(attention="dot", variational=True)
    encoded = model.encode(torch.tensor([[1, 2], [3, 0], [4, 5]]), torch.tensor([2, 1, 2]))
    taken = encoded.take(torch.tensor([2, 1, 1]))
    for part in ("code", "memory", "mask", "divergence"):
        before, after = getattr(encoded, part), getattr(taken, part)
        assert torch.equal(after, torch.stack([before[2], before[1], before[1]]))
    assert built().encode(*SOURCE).take(torch.tensor([1])).memory is None
