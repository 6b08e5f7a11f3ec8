"""Binary series and their echo, by hand."""

import numpy as np
import pytest

from embedkit.errors import UsageError
from embedkit.tasks.echo.data import EchoSeries, checksum, chunk_count, chunks, echo_series

BITS = np.array([[1, 0], [0, 0], [1, 1], [1, 0], [0, 1]], dtype=np.uint8)


def test_the_target_is_the_bit_of_some_steps_before() -> None:
    series = EchoSeries(BITS, delay=2)
    assert series.targets.tolist() == [[0, 0], [0, 0], [1, 0], [0, 0], [1, 1]]
    assert series.has_target.tolist() == [False, False, True, True, True]
    assert series.target_count == 6


def test_only_steps_with_a_target_are_right_or_wrong() -> None:
    series = EchoSeries(BITS, delay=2)
    chance = np.array([[1, 1], [1, 1], [0.9, 0.2], [0.6, 0.5], [0.4, 0.7]])
    assert series.right(chance).tolist() == [[True, True], [False, True], [False, True]]


def test_series_are_cut_into_chunks_and_the_last_may_be_shorter() -> None:
    series = EchoSeries(BITS, delay=2)
    first, second, third = chunks(series, 2)
    assert first.inputs.tolist() == [[1, 0], [0, 0]]
    assert first.has_target.tolist() == [False, False]
    assert (second.inputs.tolist(), second.targets.tolist()) == ([[1, 1], [1, 0]], [[1, 0], [0, 0]])
    assert (third.inputs.tolist(), third.has_target.tolist()) == ([[0, 1]], [True])
    assert chunk_count(series, 2) == 3
    (again,) = chunks(series, 2, start=2)
    assert again.inputs.tolist() == third.inputs.tolist()


def made(**options: int) -> dict[str, EchoSeries]:
    return dict(echo_series(**{"length": 400, "held_out_length": 300, "columns": 4, "delay": 3, "seed": 1} | options))


def test_every_target_is_the_input_of_its_delay_by_brute_force() -> None:
    for series in made(delay=7).values():
        for step in range(7, len(series.inputs)):
            assert (series.targets[step] == series.inputs[step - 7]).all()


def test_splits_are_series_of_their_own_and_fair_coins() -> None:
    series = made()
    assert {split: each.inputs.shape for split, each in series.items()} == {
        "train": (400, 4),
        "valid": (300, 4),
        "test": (300, 4),
    }
    assert (series["valid"].inputs != series["test"].inputs).any()
    assert (series["valid"].inputs != series["train"].inputs[:300]).any()
    assert 0.45 < series["train"].inputs.mean() < 0.55


def test_the_checksum_is_of_the_bits_and_the_delay() -> None:
    assert checksum(made()) == checksum(made())
    assert len({checksum(made()), checksum(made(seed=2)), checksum(made(delay=4)), checksum(made(columns=5))}) == 4


def test_series_without_an_echo_are_refused() -> None:
    with pytest.raises(UsageError, match="series of 300 bits have no echo after 300; take longer ones"):
        made(delay=300)
