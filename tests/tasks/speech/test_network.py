"""Features by hand and by another computation; padding and streams change nothing."""

import numpy as np
import pytest
import torch
from scipy.signal import get_window

from embedkit.errors import UsageError
from embedkit.tasks.speech.config import Scaling, SpeechModel
from embedkit.tasks.speech.corpus import Utterance, utterance_of
from embedkit.tasks.speech.filterbank import mel_filters, to_hertz, to_mel
from embedkit.tasks.speech.labels import GREEDY
from embedkit.tasks.speech.network import FLOOR, LogMel, Recogniser
from embedkit.tasks.speech.predictions import Transcriber
from embedkit.text.vocabulary import Vocabulary

RATE = 8_000


def reference(samples: np.ndarray, mels: int) -> np.ndarray:
    """Log-mel frames band by band in plain numpy and scipy, in double precision."""
    window = get_window("hann", 200, fftbins=True)
    corners = [to_hertz(m) for m in np.linspace(to_mel(20), to_mel(RATE / 2), mels + 2)]
    frames = []
    for start in range(0, len(samples) - 200 + 1, 80):
        power = np.abs(np.fft.rfft(samples[start : start + 200].astype(np.float64) * window, 256)) ** 2
        bands = []
        for low, middle, high in zip(corners, corners[1:], corners[2:], strict=False):
            total = 0.0
            for bin_number, value in enumerate(power):
                hertz = bin_number * RATE / 256
                if low < hertz <= middle:
                    total += value * (hertz - low) / (middle - low)
                elif middle < hertz < high:
                    total += value * (high - hertz) / (high - middle)
            bands.append(np.log(max(total, FLOOR)))
        frames.append(bands)
    return np.array(frames)


def test_features_are_those_of_a_plain_computation() -> None:
    rng = np.random.default_rng(0)
    samples = (rng.normal(size=1_200) * 0.1 + np.sin(np.arange(1_200) * 0.3)).astype(np.float32)
    with torch.no_grad():
        frames = LogMel(20, RATE)(torch.from_numpy(samples)[None])[0].numpy()
    assert frames.shape == ((1_200 - 200) // 80 + 1, 20) == (13, 20)
    np.testing.assert_allclose(frames, reference(samples, 20), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("hertz", [300.0, 1_000.0, 2_500.0])
def test_a_pure_tone_is_loudest_in_the_band_that_it_lies_in(hertz: float) -> None:
    tone = torch.sin(2 * torch.pi * hertz * torch.arange(2_000) / RATE)[None]
    corners = to_hertz(np.linspace(to_mel(20), to_mel(RATE / 2), 42))
    with torch.no_grad():
        loudest = LogMel(40, RATE)(tone)[0].argmax(dim=1)
    for band in loudest.tolist():
        assert corners[band] < hertz < corners[band + 2]


def test_a_filter_is_a_triangle_between_its_neighbours_middles() -> None:
    filters = mel_filters(10, RATE, 4_096)
    assert filters.shape == (2_049, 10)
    assert filters.max() <= 1
    corners = to_hertz(np.linspace(to_mel(20), to_mel(RATE / 2), 12))
    frequencies = np.arange(2_049) * RATE / 4_096
    assert (filters[(frequencies <= corners[3]) | (frequencies >= corners[5]), 3] == 0).all()
    between = (frequencies > corners[4]) & (frequencies < corners[5])
    np.testing.assert_allclose(filters[between, 3] + filters[between, 4], 1)


def test_silence_and_next_to_nothing_have_features_too() -> None:
    features = LogMel(20, RATE)
    assert features(torch.zeros(1, 400)).eq(np.log(FLOOR)).all()
    assert features(torch.zeros(1, 199)).shape == (1, 0, 20)


def small(*, bidirectional: bool, scaling: Scaling = "corpus") -> Recogniser:
    torch.manual_seed(0)
    shape = SpeechModel(mels=12, hidden_size=6, reduction=3, bidirectional=bidirectional, scaling=scaling)
    network = Recogniser(shape, 4)
    network.mean.data.fill_(-3.0)
    network.scale.data.fill_(2.0)
    return network.eval()


@pytest.mark.parametrize("bidirectional", [True, False])
@torch.no_grad()
def test_padding_changes_nothing(bidirectional: bool) -> None:
    network = small(bidirectional=bidirectional)
    samples = torch.randn(2, 4_000)
    together = network(samples, torch.tensor([4_000, 2_100]))
    alone = network(samples[1:, :2_100], torch.tensor([2_100]))
    assert together.steps.tolist() == [48 // 3, 24 // 3]
    torch.testing.assert_close(together.scores[:8, 1], alone.scores[:, 0])
    assert alone.scores.shape == (8, 1, 5)
    torch.testing.assert_close(alone.scores.exp().sum(dim=2), torch.ones(8, 1))


@torch.no_grad()
def test_a_backward_layer_hears_the_end_and_a_forward_one_does_not() -> None:
    samples, lengths = torch.randn(1, 4_000), torch.tensor([4_000])
    other = samples.clone()
    other[:, 3_000:] = 0
    for bidirectional in (True, False):
        network = small(bidirectional=bidirectional)
        one, two = network(samples, lengths).scores, network(other, lengths).scores
        assert torch.equal(one[:8], two[:8]) != bidirectional


@pytest.mark.parametrize("scaling", ["corpus", "utterance"])
@torch.no_grad()
def test_a_stream_gives_what_the_whole_gives(scaling: Scaling) -> None:
    network = small(bidirectional=False, scaling=scaling)
    samples = torch.randn(1, 4_000)
    whole = network(samples, torch.tensor([4_000])).scores
    where, parts, start = network.initial(1), [], 0
    for steps in (1, 5, 2, 8):
        count = (steps * 3 - 1) * 80 + 200
        heard, where = network.listen(samples[:, start : start + count], where)
        parts.append(heard.scores)
        start += steps * 3 * 80
    torch.testing.assert_close(torch.cat(parts), whole)


@torch.no_grad()
def test_too_short_a_sound_has_no_steps() -> None:
    for bidirectional in (True, False):
        heard = small(bidirectional=bidirectional)(torch.zeros(1, 100), torch.tensor([100]))
        assert (heard.steps.tolist(), heard.scores.shape) == ([0], (0, 1, 5))


@torch.no_grad()
def test_how_long_and_how_deep_a_silence_is_moves_nothing_that_is_said() -> None:
    network = small(bidirectional=True)
    tone = torch.sin(torch.arange(2_400) * 0.4)[None]
    frames = network.features(torch.cat([tone, torch.zeros(1, 1_200)], dim=1))
    longer = network.features(torch.cat([tone, torch.zeros(1, 8_000)], dim=1))
    hiss = network.features(torch.cat([tone, torch.randn(1, 1_200) * 1e-4], dim=1))

    def normal(frames: torch.Tensor) -> torch.Tensor:
        return network._normal_whole(frames, torch.ones(1, frames.shape[1], 1, dtype=torch.bool))[:, :27]

    torch.testing.assert_close(normal(longer), normal(frames))
    torch.testing.assert_close(normal(hiss), normal(frames), atol=1e-4, rtol=1e-4)
    assert network._normal_whole(longer, torch.ones(1, longer.shape[1], 1, dtype=torch.bool)).min() >= -4


@torch.no_grad()
def test_a_band_is_divided_by_its_own_spread() -> None:
    network = small(bidirectional=True, scaling="utterance")
    # 50 frames, one band 2 above and 2 below its mean by turns: all count as loud, as the corpus's 50 do besides.
    frames = torch.full((1, 50, 12), -3.0)
    frames[0, :, 4] += torch.tensor([2.0, -2.0]).repeat(25)
    normal = network._normal_whole(frames, torch.ones(1, 50, 1, dtype=torch.bool))
    assert normal[0, 0, 4].item() == pytest.approx(2 / ((2**2 * 50 + 2**2 * 50) / 100) ** 0.5)  # the corpus's is 2 too
    assert normal[0, :, 3].abs().max().item() == pytest.approx(0.0, abs=1e-6)
    frames[0, :, 4] = -3.0 + torch.tensor([6.0, -6.0]).repeat(25)
    normal = network._normal_whole(frames, torch.ones(1, 50, 1, dtype=torch.bool))
    assert normal[0, 0, 4].item() == pytest.approx(6 / ((6**2 * 50 + 2**2 * 50) / 100) ** 0.5, rel=1e-5)  # not 6 / 2


@pytest.mark.parametrize("scaling", ["corpus", "utterance"])
@pytest.mark.parametrize("bidirectional", [True, False])
@torch.no_grad()
def test_how_loud_a_microphone_is_changes_nothing(bidirectional: bool, scaling: Scaling) -> None:
    network = small(bidirectional=bidirectional, scaling=scaling)
    samples, lengths = torch.randn(1, 4_000), torch.tensor([4_000])
    soft = network(0.03 * samples, lengths)  # 30 dB
    torch.testing.assert_close(soft.frames, network(samples, lengths).frames, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(("bidirectional", "layer"), [(True, 0), (True, 1), (False, -1)])
@torch.no_grad()
def test_a_trace_is_what_the_layers_give(bidirectional: bool, layer: int) -> None:
    network = small(bidirectional=bidirectional)
    transcriber = object.__new__(Transcriber)
    transcriber.network, transcriber.config, transcriber.search = network, network.config, GREEDY
    transcriber.vocabulary = Vocabulary("word", ("<unk>", "<eos>", "one", "two"), np.ones(4, dtype=np.int64))
    samples = np.random.default_rng(0).normal(size=4_000).astype(np.float32)
    utterance = Utterance("a", "one two", "", samples, (0, 1), np.array([[0.05, 0.2], [0.25, 0.45]]))
    trace = transcriber.trace(utterance, layer=layer)
    heard = network(torch.from_numpy(samples)[None], torch.tensor([4_000]))
    np.testing.assert_allclose(trace.values, heard.layers[layer][:, 0].numpy(), atol=1e-5)
    assert (trace.words, trace.step, len(trace.tokens)) == (("one", "two"), 0.03, 16)
    assert set(trace.gates) == {"reset", "update", "candidate"}
    with pytest.raises(UsageError, match="--layer 2: the run has 2 layers, 0 to 1"):
        transcriber.trace(utterance, layer=2)
    with pytest.raises(UsageError, match="shorter than a step of 30 ms"):
        transcriber.trace(utterance_of("b", samples[:100]))
