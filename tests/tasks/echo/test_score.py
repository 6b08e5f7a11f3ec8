"""Accuracy by position in the chunk, by hand."""

import numpy as np
import pytest

from embedkit.tasks.echo.capacity.score import capacities
from embedkit.tasks.echo.data import EchoSeries
from embedkit.tasks.echo.score import expected_reset, score_echo

SERIES = EchoSeries(np.array([[1], [0], [1], [1], [0], [1], [0]], dtype=np.uint8), delay=1)
"""Targets – 1 0 1 1 0 1; in chunks of three their positions are 1 2 | 0 1 2 | 0."""


def score(delay: int = 1, chunk: int = 3):
    perfect = EchoSeries(SERIES.inputs, delay).targets.astype(float)
    wrong_at_0 = perfect.copy()
    wrong_at_0[3] = 1 - wrong_at_0[3]
    series = EchoSeries(SERIES.inputs, delay)
    return score_echo("run/test", series, chunk, perfect, wrong_at_0, trained_carried=True)


def test_bits_are_counted_by_their_position() -> None:
    sheet = score()
    assert [(each.right, each.n) for each in sheet.carried.positions] == [(2, 2), (2, 2), (2, 2)]
    assert [(each.right, each.n) for each in sheet.reset.positions] == [(1, 2), (2, 2), (2, 2)]
    assert (sheet.reset.overall.right, sheet.reset.overall.n) == (5, 6)
    assert sheet.reset.overall.interval.low == pytest.approx(0.4365, abs=1e-4)  # Wilson's of 5 of 6


def test_what_can_be_had_without_the_state() -> None:
    assert score().unknowable == 1
    assert expected_reset(score()) == pytest.approx(1 - 2 / 2 / 6)  # half of the two bits at position 0
    beyond = score(delay=4, chunk=3)
    assert (beyond.unknowable, expected_reset(beyond)) == (3, 0.5)


def test_a_strip_starts_with_a_chunk_whose_targets_are_all_known() -> None:
    strip = score().strip
    assert (strip.start, strip.inputs, strip.targets) == (3, (1, 0, 1, 0), (1, 1, 0, 1))
    assert strip.reset == (0.0, 1.0, 0.0, 1.0)


def trial(cell: str, size: int, delay: int, seed: int, right: int) -> dict:
    settings = {"cell": cell, "hidden_size": size, "delay": delay, "seed": seed}
    return {"settings": settings, "result": {"right": right, "bits": 100}, "seconds": 1.0}


def test_the_longest_delay_learned_is_of_each_seed() -> None:
    records = [
        trial("gru", 4, 1, 1, 100),
        trial("gru", 4, 1, 2, 95),
        trial("gru", 4, 2, 1, 96),
        trial("gru", 4, 2, 2, 94),
        trial("lstm", 4, 1, 1, 60),
    ]
    gru, lstm = capacities(records)
    assert (gru.cell, gru.hidden_size, gru.longest, gru.typical) == ("gru", 4, (2, 1), 1.5)
    assert gru.accuracies == {1: (1.0, 0.95), 2: (0.96, 0.94)}
    assert (lstm.longest, lstm.typical) == ((0,), 0.0)
