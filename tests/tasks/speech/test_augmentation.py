"""What is changed in training, by hand: a tone moves to its band, a curve has its decibels, masks their width."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from embedkit.tasks.speech.augmentation import TIME_MASKS, curves, draw, nats, spans
from embedkit.tasks.speech.config import SpeechModel, SpeechTraining
from embedkit.tasks.speech.filterbank import mel_filters, stretched, to_hertz, to_mel
from embedkit.tasks.speech.network import LogMel, Recogniser

RATE = 8_000
PLAIN = SpeechTraining(masked_bands=0, masked_frames=0, stretch=0.0, response=0.0)


@pytest.mark.parametrize(
    ("factor", "hertz", "moved"),
    # Of 4,000 Hz the bend is at 3,200 after a stretch, and at 3,200 before it where frequencies are squeezed.
    [(1.1, 1_000, 1_100), (1.1, 3_200 / 1.1, 3_200), (1.1, 4_000, 4_000), (0.9, 3_200, 2_880), (0.9, 3_600, 3_440)],
)
def test_frequencies_are_stretched_up_to_a_bend(factor: float, hertz: float, moved: float) -> None:
    assert float(stretched(np.array([hertz]), factor, 4_000)[0]) == pytest.approx(moved)
    all_of_them = stretched(np.linspace(0, 4_000, 200), np.array([factor, 1.0]), 4_000)
    assert (np.diff(all_of_them[0]) > 0).all()
    np.testing.assert_allclose(all_of_them[1], np.linspace(0, 4_000, 200))


@pytest.mark.parametrize("factor", [0.8, 1.0, 1.2])
@torch.no_grad()
def test_a_pure_tone_moves_to_the_band_of_the_stretched_frequency(factor: float) -> None:
    corners = to_hertz(np.linspace(to_mel(20), to_mel(RATE / 2), 42))
    tone = torch.sin(2 * torch.pi * 1_000 * torch.arange(2_000) / RATE)[None]
    features = LogMel(40, RATE)
    plain = draw(PLAIN, features, torch.tensor([2_000]), np.random.default_rng(0))
    filters = torch.from_numpy(mel_filters(40, RATE, 256, np.array([factor]))).float()
    for band in features(tone, replace(plain, filters=filters))[0].argmax(dim=1).tolist():
        assert corners[band] < 1_000 * factor < corners[band + 2]


def test_a_microphones_curve_has_its_decibels() -> None:
    assert nats(np.array([10.0]))[0] == pytest.approx(np.log(10))  # ten times the power
    places = np.array([1, 3, 5, 7]) / 8
    np.testing.assert_allclose(curves(4), [np.cos(np.pi * k * places) for k in (1, 2, 3)])
    augmentation = draw(
        SpeechTraining(response=6.0), LogMel(40, RATE), torch.full((500,), 840), np.random.default_rng(0)
    )
    weights = np.linalg.lstsq(curves(40).T, augmentation.response.double().numpy().T, rcond=None)[0]
    decibels = weights * 10 / np.log(10)
    assert 5.9 < np.abs(decibels).max() <= 6.0 + 1e-5


def test_masks_are_within_each_utterance_and_hide_half_of_it_at_most() -> None:
    sizes = np.array([3, 10, 40] * 200)
    masks = spans(sizes, 8, 40, np.random.default_rng(0))
    assert masks.shape == (600, 40)
    assert not masks[np.arange(40) >= sizes[:, None]].any()
    widths = masks.sum(axis=1)
    assert [int(widths[sizes == size].max()) for size in (3, 10, 40)] == [1, 5, 8]
    assert (np.abs(np.diff(masks.astype(int), axis=1)).sum(axis=1) <= 2).all()  # one stretch each
    training = SpeechTraining(masked_frames=8)
    lengths = torch.tensor([20, 100]) * 80 + 120
    hidden = draw(training, LogMel(12, RATE), lengths, np.random.default_rng(1)).hidden_frames
    assert hidden.shape == (2, 100)
    assert int(hidden.sum(dim=1).max()) <= TIME_MASKS * 8


def test_it_is_drawn_by_the_seed() -> None:
    training = SpeechTraining(stretch=0.2, response=6.0, masked_frames=4, tempo=0.2)

    def drawn(seed: int) -> list[torch.Tensor]:
        made = draw(training, LogMel(12, RATE), torch.tensor([2_400, 1_600]), np.random.default_rng(seed))
        return [torch.tensor(made.hop), made.filters, made.response, made.hidden_bands, made.hidden_frames]

    assert all(torch.equal(*pair) for pair in zip(drawn(1), drawn(1), strict=True))
    assert not any(torch.equal(*pair) for pair in zip(drawn(1), drawn(2), strict=True))


@torch.no_grad()
def test_another_tempo_has_other_frames_of_the_same_tone() -> None:
    features = LogMel(40, RATE)
    lengths = torch.tensor([2_200])
    tone = torch.sin(2 * torch.pi * 1_000 * torch.arange(2_200) / RATE)[None]
    hops = set()
    for seed in range(40):
        made = draw(replace(PLAIN, tempo=0.25), features, lengths, np.random.default_rng(seed))
        hops.add(made.hop)
        frames = features(tone, made)
        assert frames.shape[1] == features.count(lengths, made.hop) == (2_200 - 200) // made.hop + 1
        assert frames[0].argmax(dim=1).unique().tolist() == [int(features(tone)[0, 0].argmax())]
    assert min(hops) in range(60, 64)
    assert max(hops) in range(97, 101)


@torch.no_grad()
def test_where_nothing_is_changed_the_network_hears_the_same() -> None:
    torch.manual_seed(0)
    network = Recogniser(SpeechModel(mels=12, hidden_size=6), 4).eval()
    samples, lengths = torch.randn(2, 3_000), torch.tensor([3_000, 1_500])
    nothing = draw(PLAIN, network.features, lengths, np.random.default_rng(0))
    torch.testing.assert_close(network(samples, lengths, nothing).scores, network(samples, lengths).scores)
    hidden = draw(SpeechTraining(masked_bands=8), network.features, lengths, np.random.default_rng(0))
    assert hidden.hidden_bands.any()
    assert not torch.allclose(network(samples, lengths, hidden).scores, network(samples, lengths).scores)
