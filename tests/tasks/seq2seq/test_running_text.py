"""Running text in windows: the alphabet in columns, and what a state carries from one window to the next."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from embedkit.tasks.seq2seq.config import Seq2SeqModel, Seq2SeqTraining
from embedkit.tasks.seq2seq.network import EncoderDecoder
from embedkit.tasks.seq2seq.running_text import StreamObjective, StreamPair, stream_pair_count, stream_pairs
from embedkit.text.batching import batchify
from embedkit.text.vocabulary import Vocabulary

ALPHABET = "abcdefghijklmnopqrstuvwxyz"
LETTERS = Vocabulary("char", ("<unk>", "\n", *ALPHABET), np.array([0, 3, *range(26, 0, -1)]))
END = 1
COLUMNS = batchify(np.array(LETTERS.encode(ALPHABET), dtype=np.int32), 4)
SMALL = Seq2SeqModel(
    shared_vocabulary=True,
    embedding_size=4,
    hidden_size=5,
    bottleneck_size=3,
    bidirectional=False,
    dropout=0.0,
    tied=False,
    softmax="full",
)
TRAINING = Seq2SeqTraining(stream="next", bptt=2, batch_size=4)


def built(**options: object) -> EncoderDecoder:
    torch.manual_seed(0)
    model = EncoderDecoder(replace(SMALL, **options), LETTERS.counts, LETTERS.counts)
    for parameter in model.parameters():
        nn.init.uniform_(parameter, -0.7, 0.7)
    return model


def objective(model: EncoderDecoder, stream: str = "next", steps: int = 2, columns: np.ndarray = COLUMNS, **options):
    return StreamObjective(model, replace(TRAINING, stream=stream, **options), columns, columns, LETTERS, steps)


def letters(ids: np.ndarray) -> list[str]:
    """Rows as text."""
    return ["".join(LETTERS.tokens[i] for i in row) for row in ids]


def texts(pairs: list[StreamPair]) -> list[tuple[list[str], list[str]]]:
    return [(letters(pair.source), letters(pair.target)) for pair in pairs]


def test_the_alphabet_in_windows() -> None:
    """Four columns a g m s … of six letters each: three windows of two rows."""
    rows = ["agms", "bhnt", "ciou", "djpv", "ekqw", "flrx"]
    themselves = list(stream_pairs(COLUMNS, 2, 0))
    assert texts(themselves) == [(rows[:2], rows[:2]), (rows[2:4], rows[2:4]), (rows[4:], rows[4:])]
    following = list(stream_pairs(COLUMNS, 2, 1))
    assert texts(following) == [(rows[:2], rows[2:4]), (rows[2:4], rows[4:])]
    # A window of four leaves two rows over.
    assert texts(list(stream_pairs(COLUMNS, 4, 0))) == [(rows[:4], rows[:4])]
    assert texts(list(stream_pairs(COLUMNS, 4, 1))) == []
    for steps, ahead in ((2, 0), (2, 1), (4, 0), (4, 1), (7, 0), (7, 1)):
        assert stream_pair_count(COLUMNS, steps, ahead) == len(list(stream_pairs(COLUMNS, steps, ahead)))


def test_batches_go_on_where_they_stopped() -> None:
    made = objective(built(), steps=1)
    whole = texts(list(made.batches(0, 0)))
    assert len(whole) == made.batches_per_epoch == 5
    assert made.tokens_per_epoch == 5 * 4
    for start in range(6):
        assert texts(list(made.batches(2, start))) == whole[start:]
    assert objective(built(), "self", steps=1).batches_per_epoch == 6


def test_a_loss_on_paper() -> None:
    """All zero but the softmax's bias: every letter costs what its frequency says, wherever it stands."""
    model = built()
    for name, parameter in model.named_parameters():
        parameter.data.zero_()
        if name == "softmax.bias":
            parameter.data = torch.from_numpy(np.log(LETTERS.counts + 1)).float()
    made = objective(model)
    total = (LETTERS.counts + 1).sum()
    told = [letter for pair in made.batches(0, 0) for row in letters(pair.target) for letter in row]
    expected = sum(math.log(total / (LETTERS.counts[LETTERS.index_of(letter)] + 1)) for letter in told) / len(told)
    assert made.measure(COLUMNS) == pytest.approx(expected, rel=1e-6)
    found = made.evaluate(0.5)
    assert (found.tokens, found.nats, found.criterion) == (16, pytest.approx(expected), pytest.approx(expected))
    first = next(made.batches(0, 0))
    step = made.step(first, made.initial_state(), 0.0)
    window = [math.log(total / (LETTERS.counts[i] + 1)) for i in first.target.flatten()]
    assert (step.nats, step.tokens) == (pytest.approx(np.mean(window), rel=1e-6), 8)


def test_label_smoothing_in_training_and_not_in_measuring() -> None:
    """With nothing but zeros all 28 tokens are alike but for b: smoothing by hand, (1 − ε) of b and ε of the mean."""
    model = built()
    for parameter in model.parameters():
        parameter.data.zero_()
    b = LETTERS.index_of("b")
    model.softmax.bias.data[b] = math.log(3)
    columns = np.full((4, 2), b, dtype=np.int32)
    made = objective(model, "self", columns=columns, label_smoothing=0.1)
    step = made.step(next(made.batches(0, 0)), made.initial_state(), 0.0)
    mean = (math.log(30 / 3) + 27 * math.log(30)) / 28
    assert step.nats == pytest.approx(0.9 * math.log(10) + 0.1 * mean, rel=1e-6)
    assert made.measure(columns) == pytest.approx(math.log(10), rel=1e-6)


def test_the_decoder_is_fed_the_end_and_then_the_window() -> None:
    """What a step costs is what a plain encoding and decoding of the same window costs."""
    model = built()
    made = objective(model)
    batch = next(made.batches(0, 0))
    step = made.step(batch, made.initial_state(), 0.0)
    source, target = (torch.from_numpy(part.astype(np.int64)).T for part in (batch.source, batch.target))
    encoded = model.encode(source, torch.full((4,), 2))
    inputs = torch.stack([torch.full((4,), END), target[:, 0]], dim=1)
    decoded = model.decode(encoded, inputs, model.start(encoded.code))
    nats = model.nats(decoded, target, torch.ones(4, 2, dtype=torch.bool))
    assert step.nats == pytest.approx(nats.item() / 8, rel=1e-6)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_the_state_is_carried(cell: str) -> None:
    """The second window costs something else after another first one, and what it costs alone from a zero state."""
    model = built(cell=cell)
    made = objective(model)
    first, second = made.batches(0, 0)
    after = made.step(first, made.initial_state(), 0.0).state
    carried = made.step(second, after, 0.0).nats
    other = StreamPair(np.flip(first.source, 0).copy(), first.target)
    assert made.step(second, made.step(other, made.initial_state(), 0.0).state, 0.0).nats != pytest.approx(carried)
    assert made.step(second, made.initial_state(), 0.0).nats != pytest.approx(carried)
    # Measuring carries it as well: the two windows are all there is.
    alone = made.step(first, made.initial_state(), 0.0).nats
    assert made.measure(COLUMNS) == pytest.approx((alone + carried) / 2, rel=1e-6)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_no_gradient_passes_the_edge_of_a_window(cell: str) -> None:
    """ "a" stands only in the first window, and is never fed to the decoder after it."""
    model = built(cell=cell)
    made = objective(model)
    first, second = made.batches(0, 0)
    a, c = (LETTERS.index_of(letter) for letter in "ac")

    def reached() -> list[bool]:
        return [bool(model.source_embedding.weight.grad[token].abs().sum() > 0) for token in (a, c)]

    state = made.step(first, made.initial_state(), 0.0).state
    assert reached() == [True, True]  # "c" as what the first window's decoder is fed
    model.zero_grad()
    made.step(second, state, 0.0)
    assert reached() == [False, True]
    # Without the cut it does: the state that `step` gives back still has its past.
    model.zero_grad()
    _, state = model.encode_stream(torch.from_numpy(first.source.astype(np.int64)), made.initial_state())
    nats, _, _ = made._nats(second, state, 0.0)
    nats.backward()
    assert reached() == [True, True]


def test_each_column_has_its_own_state() -> None:
    model = built()
    made = objective(model)
    state = made.step(next(made.batches(0, 0)), made.initial_state(), 0.0).state
    assert [tuple(part.shape) for layer in state for part in layer] == [(1, 4, 5)] * 2
    assert all((part == 0).all() for layer in made.initial_state() for part in layer)
    alone = objective(model, columns=COLUMNS[:, 2:3])
    lone = alone.step(next(alone.batches(0, 0)), alone.initial_state(), 0.0).state
    torch.testing.assert_close(lone[0][0][:, 0], state[0][0][:, 2])


def test_measuring_drops_nothing_and_goes_on_training() -> None:
    model = built(dropout=0.5).train()
    made = objective(model)
    assert made.measure(COLUMNS) == made.measure(COLUMNS)
    assert model.training
    noisy = {made.step(next(made.batches(0, 0)), made.initial_state(), 0.0).nats for _ in range(2)}
    assert len(noisy) == 2


def test_a_variational_code_costs_its_divergence() -> None:
    """The gradient is that of the loss and of the divergence together, over the tokens."""
    model = built(variational=True)
    for layer in (model.to_code, model.to_log_variance):
        layer.weight.data.zero_()
        layer.bias.data.zero_()
    model.to_code.bias.data[0] = 2.0
    model.to_log_variance.bias.data.fill_(-50.0)  # nothing is drawn, to speak of
    gradients = []
    for weight in (1e-12, 1.0):
        model.zero_grad()
        made = objective(model, kl_weight=weight, kl_annealing=0.0, free_bits=0.0)
        made.step(next(made.batches(0, 0)), made.initial_state(), 1.0)
        gradients.append(model.to_code.bias.grad.clone())
    # ½ μ² has the slope 2; four codes over eight tokens.
    torch.testing.assert_close(gradients[1] - gradients[0], torch.tensor([2.0 * 4 / 8, 0.0, 0.0]), atol=1e-5, rtol=0)
