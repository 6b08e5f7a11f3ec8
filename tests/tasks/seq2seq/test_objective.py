"""Training on pairs: losses by hand, truncated back-propagation, denoising, scheduled sampling."""

import math
from dataclasses import replace
from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from embedkit.tasks.seq2seq.config import Seq2SeqModel, Seq2SeqTraining, longest_answer
from embedkit.tasks.seq2seq.network import EncoderDecoder
from embedkit.tasks.seq2seq.objective import (
    PairObjective,
    PairTensors,
    greedy_texts,
    leave_out,
    measure,
    own_inputs,
)
from embedkit.text.pairs import EncodedPairs, PaddedBatch
from embedkit.text.vocabulary import EOS, UNK, Vocabulary

WORDS = Vocabulary("word", (UNK, EOS, "a", "b", "c", "d"), np.array([0, 5, 3, 2, 1, 1]), lowercase=True)
END, A, B, C, D = 1, 2, 3, 4, 5
SMALL = Seq2SeqModel(
    embedding_size=4, hidden_size=5, bottleneck_size=3, bidirectional=True, dropout=0.0, tied=False, softmax="full"
)
PLAIN = Seq2SeqTraining(batch_tokens=64, kl_annealing=0.0)


def built(**options: object) -> EncoderDecoder:
    torch.manual_seed(0)
    model = EncoderDecoder(replace(SMALL, **options), WORDS.counts, WORDS.counts)
    for parameter in model.parameters():
        nn.init.uniform_(parameter, -0.7, 0.7)
    return model


def unigram() -> EncoderDecoder:
    """All zero but the softmax's bias: the probabilities are the counts and one more, of 18."""
    model = EncoderDecoder(SMALL, WORDS.counts, WORDS.counts)
    for name, parameter in model.named_parameters():
        if name != "softmax.bias":
            nn.init.zeros_(parameter)
    return model


def encoded(*pairs: tuple[list[int], list[int]]) -> EncodedPairs:
    """Each with its end."""
    sides = ([np.array([*pair[side], END]) for pair in pairs] for side in (0, 1))
    return EncodedPairs(*sides)


PAIRS = encoded(([A, B], [B, A]), ([C], [D, D, A]), ([A, D, C], []), ([B, B], [C]))


def objective(model: EncoderDecoder, pairs: EncodedPairs = PAIRS, **options: object) -> PairObjective:
    references = [WORDS.decode(target[:-1]) for target in pairs.targets]
    return PairObjective(model, replace(PLAIN, **options), pairs, pairs, references, WORDS)


def whole(pairs: EncodedPairs = PAIRS) -> PaddedBatch:
    return pairs.batch(range(len(pairs)))


def gradients(model: EncoderDecoder, batch: PaddedBatch, **options: object) -> tuple[float, dict[str, Tensor]]:
    model.zero_grad()
    torch.manual_seed(3)
    step = objective(model, **options).step(batch, (), 0.5)
    return step.nats, {
        n: torch.zeros_like(p) if p.grad is None else p.grad.clone() for n, p in model.named_parameters()
    }


def test_what_the_decoder_is_fed() -> None:
    tensors = PairTensors.of(whole(), END, torch.device("cpu"))
    assert tensors.targets.tolist() == [[B, A, END, 0], [D, D, A, END], [END, 0, 0, 0], [C, END, 0, 0]]
    assert tensors.inputs.tolist() == [[END, B, A, END], [END, D, D, A], [END, END, 0, 0], [END, C, END, 0]]
    assert tensors.known.sum(1).tolist() == [3, 4, 1, 2]


def test_steps_that_round_a_length_up_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from embedkit.tasks.seq2seq import objective as module

    pairs = encoded(([A, B, B, C], [B]), ([C], [D, D]))
    assert PairTensors.of(whole(pairs), END, torch.device("cpu")).source.shape == (2, 8)
    model, losses = built(attention="dot"), []
    for multiple in (4, 1):
        monkeypatch.setattr(module, "ROUND_STEPS", multiple)
        losses.append(gradients(model, whole(pairs)))
    torch.testing.assert_close(*losses)
    assert PairTensors.of(whole(pairs), END, torch.device("cpu")).source.shape == (2, 5)


def test_the_mean_loss_of_a_step_on_paper() -> None:
    """Targets "c end" and "end": p(c) = 2/18, p(end) = 6/18 twice, over three tokens."""
    pairs = encoded(([A], [C]), ([B, A], []))
    step = objective(unigram(), pairs).step(whole(pairs), (), 0.0)
    expected = (math.log(9) + 2 * math.log(3)) / 3
    assert (step.nats, step.tokens, step.state) == (pytest.approx(expected, rel=1e-6), 3, ())
    even = -sum(math.log((n + 1) / 18) for n in (0, 5, 3, 2, 1, 1)) / 6
    smooth = objective(unigram(), pairs, label_smoothing=0.2).step(whole(pairs), (), 0.0)
    assert smooth.nats == pytest.approx(0.8 * expected + 0.2 * even, rel=1e-6)


def test_the_gradient_is_that_of_the_mean() -> None:
    """Of a bias: the expected count less the count, over the tokens. Three tokens, of which one is c."""
    pairs, model = encoded(([A], [C]), ([B, A], [])), unigram()
    objective(model, pairs).step(whole(pairs), (), 0.0)
    assert model.softmax.bias.grad[C].item() == pytest.approx((3 * 2 / 18 - 1) / 3, rel=1e-5)
    assert model.softmax.bias.grad[A].item() == pytest.approx((3 * 4 / 18) / 3, rel=1e-5)


def test_measuring_by_hand() -> None:
    """Ten tokens: four ends, which are the likeliest; the loss is that of each token's frequency."""
    model = unigram()
    found = measure(model.train(), PAIRS, END)
    counts = {END: 4, A: 2, B: 1, C: 1, D: 2}
    shares = (WORDS.counts + 1) / 18
    assert (found.pairs, found.tokens, found.right, found.divergence) == (4, 10, 4, 0.0)
    assert found.nats == pytest.approx(-sum(n * math.log(shares[token]) for token, n in counts.items()), rel=1e-6)
    assert found.token_accuracy == 0.4
    assert found.nats_per_token == pytest.approx(found.nats / 10)
    assert model.training


def test_measuring_draws_nothing_and_drops_nothing() -> None:
    model = built(dropout=0.5, variational=True).train()
    before = torch.get_rng_state()
    one, two = (measure(model, PAIRS, END) for _ in range(2))
    assert one == two
    assert one.divergence > 0
    assert torch.equal(torch.get_rng_state(), before)


def test_batches_are_the_same_whenever_they_are_asked_for() -> None:
    rng = np.random.default_rng(0)
    pairs = encoded(*[([A] * int(s), [B] * int(t)) for s, t in rng.integers(0, 9, size=(80, 2))])
    objectives = objective(built(), pairs, batch_tokens=20), objective(built(), pairs, batch_tokens=20)

    def sources(epoch: int, start: int, which: int = 0) -> list[list[list[int]]]:
        return [batch.source.tolist() for batch in objectives[which].batches(epoch, start)]

    assert len(sources(0, 0)) == objectives[0].batches_per_epoch > 5
    assert sources(0, 0) == sources(0, 0, which=1)
    assert sources(3, 4) == sources(3, 0)[4:]
    assert sources(0, 0) != sources(1, 0)
    other = objective(built(), pairs, batch_tokens=20, seed=2)
    assert [batch.source.tolist() for batch in other.batches(0, 0)] != sources(0, 0)
    assert objectives[0].tokens_per_epoch == sum(map(len, pairs.targets))


# Truncated back-propagation through time.
SHAPES = list(product(("both", "start", "every-step"), ("none", "dot", "additive"), (False, True)))


@pytest.mark.parametrize(("feed", "attention", "variational"), SHAPES)
def test_windows_longer_than_the_targets_cut_nothing(feed: str, attention: str, variational: bool) -> None:
    model = built(feed=feed, attention=attention, variational=variational)
    plain, expected = gradients(model, whole())
    for bptt in (4, 50):
        nats, found = gradients(model, whole(), bptt=bptt)
        assert nats == pytest.approx(plain, rel=1e-6)
        for name, gradient in expected.items():
            torch.testing.assert_close(found[name], gradient, msg=lambda m, name=name: f"{name}: {m}")


@pytest.mark.parametrize("bptt", [1, 2, 3])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_the_loss_is_the_same_with_any_window(bptt: int, smoothing: float) -> None:
    model = built(layers=2, cell="gru")
    plain, whole_gradient = gradients(model, whole(), label_smoothing=smoothing)
    nats, cut = gradients(model, whole(), bptt=bptt, label_smoothing=smoothing)
    assert nats == pytest.approx(plain, rel=1e-6)
    assert not torch.allclose(cut["writer.layers.0.weight_hh_l0"], whole_gradient["writer.layers.0.weight_hh_l0"])


def test_no_gradient_passes_the_edge_of_a_window() -> None:
    """Only the last step of "b c a end" is asked for. The first input is the end, the second b, the fourth a."""
    batch = whole(encoded(([D], [B, C, A])))
    model = built(feed="start", tied=False)

    def reached(bptt: int | None) -> list[bool]:
        model.zero_grad()
        tensors = PairTensors.of(batch, END, torch.device("cpu"))
        last = replace(tensors, known=torch.tensor([[False, False, False, True]]))
        made = objective(model, bptt=bptt)
        source = model.encode(last.source, last.lengths)
        if bptt is None:
            made._decoded_nats(source, last).backward()
        else:
            made._in_windows(source, last, 1, source.code.new_zeros(()))
        return [bool(model.target_embedding.weight.grad[token].abs().sum() > 0) for token in (END, B, C, A)]

    assert reached(None) == [True, True, True, True]
    assert reached(4) == [True, True, True, True]
    assert reached(2) == [False, False, True, True]
    assert reached(1) == [False, False, False, True]


@pytest.mark.parametrize("attention", ["none", "dot"])
def test_the_encoder_gets_what_all_windows_ask_of_it(attention: str) -> None:
    """With no state carried (recurrence and state cut to nothing), windows are steps that share only the code."""
    model = built(feed="every-step", cell="rnn-tanh", attention=attention)
    for layer in model.writer.layers:
        layer.weight_hh_l0.data.zero_()
    _, expected = gradients(model, whole())
    for bptt in (1, 2, 3):
        _, found = gradients(model, whole(), bptt=bptt)
        for name, gradient in expected.items():
            if "weight_hh" not in name or "reader" in name:
                torch.testing.assert_close(found[name], gradient, msg=lambda m, name=name: f"{name}: {m}")
        assert found["reader.layers.0.weight_hh_l0"].abs().sum() > 0
        assert found["source_embedding.weight"][A].abs().sum() > 0


def test_the_divergence_has_its_gradient_in_windows_too() -> None:
    model = built(variational=True)
    _, light = gradients(model, whole(), bptt=1, kl_weight=1e-9)
    _, heavy = gradients(model, whole(), bptt=1, kl_weight=5.0, free_bits=0.0)
    assert not torch.allclose(light["to_log_variance.bias"], heavy["to_log_variance.bias"], atol=1e-2)


# Denoising.
def sources(rows: int, length: int) -> PairTensors:
    """Rows "a b c d a b …" of length tokens and the end, padded by two more."""
    tokens = [(A, B, C, D)[i % 4] for i in range(length)]
    source = torch.tensor([[*tokens, END, 0, 0]] * rows)
    none = torch.zeros(rows, 0, dtype=torch.long)
    return PairTensors(source, torch.full((rows,), length + 1), none, none, none.bool())


def test_some_of_each_source_is_left_out_in_order() -> None:
    torch.manual_seed(0)
    before = sources(400, 20)
    after = leave_out(before, 0.3)
    tokens = before.source[0, :20].tolist()
    sizes = []
    for row, length in zip(after.source.tolist(), after.lengths.tolist(), strict=True):
        *kept, end = row[:length]
        assert end == END
        assert END not in kept
        following = iter(tokens)
        assert all(token in following for token in kept)  # a subsequence: nothing is moved
        sizes.append(len(kept))
    assert np.mean(sizes) / 20 == pytest.approx(0.7, abs=0.02)
    assert len(set(sizes)) > 4
    assert after.targets is before.targets


def test_nothing_is_left_out_with_no_share_and_an_empty_source_stays() -> None:
    before = sources(3, 5)
    none = leave_out(before, 0.0)
    assert torch.equal(none.source[:, :6], before.source[:, :6])
    assert torch.equal(none.lengths, before.lengths)
    empty = leave_out(sources(50, 0), 0.9)
    assert empty.lengths.tolist() == [1] * 50
    assert (empty.source[:, 0] == END).all()


def test_denoising_changes_what_is_read_and_not_what_is_asked_for() -> None:
    model = built()
    plain, _ = gradients(model, whole())
    noisy, _ = gradients(model, whole(), denoise=0.9)
    assert noisy != plain
    shortest = encoded(*[([], target[:-1].tolist()) for target in PAIRS.targets])
    torch.manual_seed(0)
    all_gone = objective(model, denoise=0.9999999).step(whole(), (), 0.0)
    assert all_gone.nats == pytest.approx(objective(model).step(whole(shortest), (), 0.0).nats, rel=1e-6)


# Scheduled sampling.
def test_own_inputs_are_the_likeliest_tokens_one_step_later() -> None:
    model, tensors = built().eval(), PairTensors.of(whole(), END, torch.device("cpu"))
    torch.manual_seed(4)
    nn.init.normal_(model.softmax.table, 0, 9.0)  # so that not one token is the likeliest everywhere
    source = model.encode(tensors.source, tensors.lengths)
    decoded = model.decode(source, tensors.inputs, model.start(source.code))
    likeliest = model.log_probabilities(decoded.vectors.flatten(0, 1)).argmax(1).view(4, 4)
    assert (likeliest[:, 1:] != likeliest[:, :-1]).any()
    own = own_inputs(model, source, tensors, 1.0)
    assert (own[:, 0] == END).all()
    assert torch.equal(own[:, 1:], likeliest[:, :-1])
    assert not torch.equal(own, tensors.inputs)
    assert torch.equal(own_inputs(model, source, tensors, 0.0), tensors.inputs)


def test_the_share_of_own_inputs_rises_with_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    from embedkit.tasks.seq2seq import objective as module

    asked: list[float] = []

    def noted(model: EncoderDecoder, source: object, tensors: PairTensors, share: float) -> Tensor:
        asked.append(share)
        return tensors.inputs

    monkeypatch.setattr(module, "own_inputs", noted)
    made = objective(built(), scheduled_sampling=0.4)
    for share in (0.0, 0.5, 1.0):
        made.step(whole(), (), share)
    assert asked == pytest.approx([0.2, 0.4])


# Evaluation.
def test_an_evaluation_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that always ends at once says nothing; one of four references is nothing."""
    model = unigram()
    found = objective(model).evaluate(0.5)
    assert found.tokens == 10
    assert found.criterion == found.nats == pytest.approx(measure(model, PAIRS, END).nats_per_token)
    assert found.figures["valid_exact_match"] == 0.25
    assert found.figures["valid_token_accuracy"] == 0.4
    assert found.figures["valid_bleu"] == 0
    assert "valid_divergence_nats" not in found.figures
    # Without a BLEU the loss decides, and is worse than any BLEU.
    assert objective(model, best="bleu").evaluate(0.5).criterion == found.nats > 0
    monkeypatch.setattr("embedkit.tasks.seq2seq.objective.bleu", lambda *_, **__: SimpleNamespace(score=0.25))
    assert objective(model, best="bleu").evaluate(0.5).criterion == -0.25
    variational = built(variational=True).eval()
    expected = measure(variational, PAIRS, END).divergence / 4
    assert objective(variational).evaluate(0.5).figures["valid_divergence_nats"] == pytest.approx(expected)


def test_greedy_texts_stand_in_the_order_of_their_sources() -> None:
    model = built().train()
    model.softmax.bias.data[0] = 50  # the unknown word would be taken if it could be
    sources = [np.array(ids) for ids in ([A, B, C, D, END], [END], [B, END], [A, A, A, END])]
    together = greedy_texts(model, sources, WORDS, 6)
    assert together == [greedy_texts(model, [source], WORDS, 6)[0] for source in sources]
    assert not any(UNK in text for text in together)
    assert model.training
    assert longest_answer(4) == 62


def test_texts_without_an_end_are_cut() -> None:
    model = unigram()
    model.softmax.bias.data[END] = -50
    (default,) = greedy_texts(model, [np.array([A, END])], WORDS)
    assert default.split() == ["a"] * longest_answer(2)
    assert greedy_texts(model, [np.array([A, END])], WORDS, 3) == ["a a a"]
