"""Probes find what was planted, and nothing where nothing is."""

import numpy as np
import pytest

from embedkit.analysis.cells.gates import LayerWeights, unroll
from embedkit.analysis.cells.probes import UnitProbe, Unscored, _moved, probe
from embedkit.analysis.cells.unit_scores import RESAMPLES, ChosenUnit, Detector, Halves, Measure
from embedkit.analysis.roc import area_under_curve
from embedkit.text.features import Tokens, read_features

ALPHABET = 'ab "'


def quoted_text(length: int, seed: int = 0) -> str:
    """Words of a and b, a quotation mark here and there."""
    rng = np.random.default_rng(seed)
    return "".join(rng.choice(list(ALPHABET), size=length, p=[0.4, 0.4, 0.15, 0.05]))


def quotes(text: str) -> np.ndarray:
    return read_features(Tokens("char", tuple(text)), ["quotes"])[0].values


def one_hot(text: str) -> np.ndarray:
    """(T, 1, 4) inputs."""
    return np.eye(len(ALPHABET))[[ALPHABET.index(c) for c in text]][:, None]


def random_lstm(units: int, seed: int, scale: float = 0.5) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {
        "weight_ih": rng.normal(size=(4 * units, len(ALPHABET))) * scale,
        "weight_hh": rng.normal(size=(4 * units, units)) * scale,
        "bias_ih": np.zeros(4 * units),
        "bias_hh": np.zeros(4 * units),
    }


def lstm_with_a_quote_flag(units: int, flag: int) -> LayerWeights:
    """Random weights but for one unit, whose cell state is 1 inside quotes and 0 outside.

    Its hidden state h is tanh(1) inside and 0 outside. At a mark it forgets and writes what it was not: the forget gate
    shuts, and the candidate is tanh(8 · (1 − 2 h / tanh 1)), +1 from outside and −1 from inside; the input gate writes
    it from outside only. Elsewhere the forget gate is open and the input gate shut.
    """
    made = random_lstm(units, seed=1)
    i, f, g, o = flag, units + flag, 2 * units + flag, 3 * units + flag
    for row in (i, f, g, o):
        made["weight_ih"][row] = made["weight_hh"][row] = 0
    mark = ALPHABET.index('"')
    made["weight_ih"][i, mark], made["bias_ih"][i], made["weight_hh"][i, flag] = 200, -100, -260
    made["weight_ih"][f, mark], made["bias_ih"][f] = -200, 100
    made["bias_ih"][g], made["bias_ih"][o] = 100, 100
    return LayerWeights("lstm", **made)


def states(layer: LayerWeights, text: str, signal: str) -> np.ndarray:
    (signals,), _ = unroll([layer], one_hot(text))
    return signals[signal][:, 0]


@pytest.mark.parametrize("signal", ["cell", "hidden"])
def test_a_unit_that_is_the_quote_flag_is_found_with_score_one(signal: str) -> None:
    text = quoted_text(6000)
    values = states(lstm_with_a_quote_flag(24, flag=3), text, signal)
    if signal == "cell":
        assert values[:, 3] == pytest.approx(quotes(text), abs=1e-9)
    found = probe(Halves.of(values), quotes(text), binary=True, name="quotes", description="inside quotes")
    assert isinstance(found, UnitProbe)
    assert (found.unit, found.sign, found.score, found.auc, found.train_score) == (3, 1, 1.0, 1.0, 1.0)
    assert (found.interval.low, found.interval.high) == (1.0, 1.0)
    assert found.control.upper < 0.65
    assert found.control.p == pytest.approx(0.01)
    assert found.linear.score == pytest.approx(1.0, abs=0.01)
    assert found.linear.control < 0.65
    assert found.n == 3000
    assert found.base_rate == pytest.approx(quotes(text)[3000:].mean())


def test_a_unit_that_falls_where_the_feature_is_there_has_the_other_sign() -> None:
    text = quoted_text(4000)
    values = np.random.default_rng(0).normal(size=(4000, 6))
    values[:, 4] = 2 - 3 * quotes(text)
    found = probe(Halves.of(values), quotes(text), binary=True, name="q", description="q", linear=False)
    assert (found.unit, found.sign, found.score, found.threshold) == (4, -1, 1.0, 0.5)


def test_random_weights_that_see_no_quotes_do_not_beat_the_control() -> None:
    """The mark is not among the inputs of these networks, so nothing that they do is about quotes."""
    beaten = 0
    for seed in range(10):
        text = quoted_text(3000, seed)
        made = random_lstm(16, seed)
        made["weight_ih"][:, ALPHABET.index('"')] = made["weight_ih"][:, ALPHABET.index(" ")]
        values = states(LayerWeights("lstm", **made), text, "cell")
        found = probe(Halves.of(values), quotes(text), binary=True, name="q", description="q", linear=False, seed=seed)
        assert 0.4 < found.score < 0.6
        beaten += found.control.p <= 0.05
    assert beaten <= 2  # more happen once in a hundred times


def test_the_best_of_many_units_is_no_finding() -> None:
    """Of 400 units of noise, slow as the feature is, the best looks good where it was chosen, and there alone."""
    rng = np.random.default_rng(2)
    slow = np.repeat(rng.normal(size=(200, 401)), 20, axis=0)
    feature = (slow[:, 0] > 0).astype(float)
    found = probe(Halves.of(slow[:, 1:]), feature, binary=True, name="q", description="q", linear=False)
    assert found.train_score > 0.6
    assert found.control.p > 0.05


def test_a_position_is_followed_by_correlation() -> None:
    rng = np.random.default_rng(0)
    position = np.arange(4000) % 23
    values = rng.normal(size=(4000, 8))
    values[:, 5] = -position + rng.normal(size=4000)
    found = probe(Halves.of(values), position, binary=False, name="position", description="position")
    held_out = np.corrcoef(-values[2000:, 5], position[2000:])[0, 1]
    assert (found.unit, found.sign, found.measure, found.threshold) == (5, -1, "correlation", None)
    assert found.score == pytest.approx(held_out, abs=1e-6)
    assert found.interval.low < held_out < found.interval.high
    assert found.linear.score >= held_out - 0.01
    unknown = np.where(np.arange(4000) % 7 == 0, np.nan, position)
    again = probe(Halves.of(values), unknown, binary=False, name="position", description="position")
    assert (again.unit, again.n) == (5, int(np.isfinite(unknown[2000:]).sum()))


def test_the_twelve_strongest_units_are_ranked() -> None:
    values = np.random.default_rng(0).normal(size=(4000, 20))
    position = np.arange(4000) % 7
    values += (np.arange(20) + 1)[None, :] * position[:, None]  # the later the unit, the more it has of the position
    ranked = probe(Halves.of(values), position, binary=False, name="p", description="p", linear=False).ranked
    assert ranked == tuple(range(19, 7, -1))


def test_areas_under_the_curve_and_thresholds_by_hand() -> None:
    values = np.array([[0.0], [1.0], [2.0], [2.0], [3.0]] * 2)
    there = np.array([0.0, 1.0, 0.0, 1.0, 1.0])
    halves = Halves.of(values)
    # Of 3 · 2 pairs: 1 beats 0; 2 beats 0 and ties with 2; 3 beats both: 4.5 of 6.
    assert Detector(halves).strengths(there[None])[0, 0] == pytest.approx(4.5 / 6 - 0.5, abs=1e-6)
    assert area_under_curve(values[:5, 0][there > 0], values[:5, 0][there == 0]) == pytest.approx(4.5 / 6)
    # Above 0.5: all 3 found, 1 of 2 not: 0.75. Above 2.5: 1 of 3 found, none wrongly: 0.67.
    chosen = Detector(halves).choose(there, 0, 1)
    assert chosen.threshold == 0.5
    assert Detector(halves).score(there, chosen) == pytest.approx((1 + 0.5) / 2)


def test_what_occurs_too_seldom_is_not_scored() -> None:
    values = np.random.default_rng(0).normal(size=(4000, 3))
    halves = Halves.of(values)
    none = probe(halves, np.zeros(4000), binary=True, name="q", description="q")
    assert isinstance(none, Unscored)
    assert none.why == "no token of the first half has it"
    early = (np.arange(4000) % 100 < 10) * (np.arange(4000) < 2000)
    assert probe(halves, early, binary=True, name="q", description="q").why == "no token of the held-out half has it"
    once = (np.arange(4000) % 2000 < 300).astype(float)
    assert "1 stretch of the first half; at least 10" in probe(halves, once, binary=True, name="q", description="q").why
    even = probe(halves, np.ones(4000), binary=False, name="p", description="p")
    assert even.why == "it does not vary over the first half"


def test_a_unit_that_never_moves_is_never_chosen() -> None:
    text = quoted_text(3000)
    values = np.zeros((3000, 4))
    values[:, 2] = quotes(text) + 0.1 * np.random.default_rng(0).normal(size=3000)
    found = probe(Halves.of(values), quotes(text), binary=True, name="q", description="q")
    assert found.unit == 2
    position = np.arange(3000) % 9
    values[:, 1] = position
    assert probe(Halves.of(values), position, binary=False, name="p", description="p").unit == 1


def test_the_same_seed_gives_the_same_figures() -> None:
    text = quoted_text(3000)
    halves = Halves.of(np.random.default_rng(1).normal(size=(3000, 5)))
    one, other = (probe(halves, quotes(text), binary=True, name="q", description="q", seed=7) for _ in range(2))
    assert one == other


def test_a_detector_is_scored_on_either_half_by_hand() -> None:
    # On the first half it misses one of three and sees the one absence; on the second it is right once of two each.
    values = [0.1, 0.2, 0.8, 0.9, 0.1, 0.9, 0.9, 0.1]
    feature = np.array([0, 1, 1, 1, 0, 1, 0, 1])
    detector = Detector(Halves.of(np.array(values)[:, None]))
    chosen = ChosenUnit(unit=0, sign=1, threshold=0.5)
    assert detector.train_score(feature[:4], chosen) == pytest.approx((2 / 3 + 1) / 2)
    assert detector.score(feature[4:], chosen) == pytest.approx(0.5)
    falling = ChosenUnit(unit=0, sign=-1, threshold=0.5)
    assert detector.train_score(feature[:4], falling) == pytest.approx((1 / 3 + 0) / 2)


def test_three_values_are_enough_for_a_correlation_and_two_are_not() -> None:
    values = np.array([0.0, 1.0, 2.0, 0.0, 1.0, 2.0])[:, None]
    measure, chosen = Measure(Halves.of(values)), ChosenUnit(unit=0, sign=1)
    # One block, so that every draw is the whole: (0, 1, 2) and (1, 1, 4) correlate by 3 / √(2 · 6).
    draws = measure.resampled(np.array([1.0, 1.0, 4.0]), chosen, np.random.default_rng(0))
    assert draws == pytest.approx(np.full(RESAMPLES, 0.75**0.5))
    assert not len(measure.resampled(np.array([1.0, np.nan, 4.0]), chosen, np.random.default_rng(0)))


def test_a_feature_is_moved_round_the_text_by_a_twentieth_at_least_either_way() -> None:
    rng = np.random.default_rng(0)
    moves = {int(_moved(np.arange(100.0), rng)[0]) for _ in range(3000)}
    assert moves == set(range(5, 96))
    assert {int(_moved(np.arange(3.0), rng)[0]) for _ in range(50)} == {1, 2}
