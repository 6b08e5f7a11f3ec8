"""What columns hold, by all of their values: dates as people write them, numbers as programs do, what is missing."""

from typing import Any

import numpy as np
import pytest

from embedkit.spaces.tables.values import own_values, typed_texts

INF = float("inf")


def values_of(*texts: str) -> np.ndarray:
    import pyarrow as pa

    return own_values(typed_texts(pa.chunked_array([list(texts)])), typed=False)


@pytest.mark.parametrize(
    ("texts", "moments"),
    [
        (("2024-01-10 10:00:00.123456+00", "2024-02-10 10:00:00+02"), ("2024-01-10T10:00:00.123", "2024-02-10T08:00")),
        (("2024-01-10 10:00:00+0000",), ("2024-01-10T10:00",)),
        (("2024-01-10 10:00+05:30",), ("2024-01-10T04:30",)),
        (("2024-01-10", "NaT", "\\N"), ("2024-01-10", "NaT", "NaT")),
        (("13.01.2024 10:00", "4.1.2024 9:05:07"), ("2024-01-13T10:00", "2024-01-04T09:05:07")),
        (
            ("1/13/2024 10:00", "2/1/2024 1:00 PM", "2/1/2024 12:30 am"),
            ("2024-01-13T10", "2024-02-01T13", "2024-02-01T00:30"),
        ),
        (("13/1/2024", "2/1/2024"), ("2024-01-13", "2024-01-02")),
        (("2024/01/13 10:00",), ("2024-01-13T10",)),
    ],
)
def test_dates(texts: tuple[str, ...], moments: tuple[str, ...]) -> None:
    assert values_of(*texts).tolist() == np.array(moments, dtype="datetime64[ms]").tolist()


@pytest.mark.parametrize(
    "texts",
    [
        ("1/2/2024", "3/4/2024"),  # of which nobody can tell the month
        ("13.01.2024", "1/13/2024"),
        ("13.13.2024",),
        ("1/13/2024 13:00 PM",),
        ("1.2.3",),
        ("192.168.1.1",),
        ("12:30",),
        ("+493000017", "+4912345678"),
        ("007", "010"),
        ("inf", "info"),
        ("$5", "€5"),
        ("$5", "5"),
        ("$5", "$5 off"),
        ("$5", "$"),
        ("5%", "5%%"),
        ("%", "5%"),
        ("$1", "$007"),
        ("(5)", "(6)"),
        ("5$5", "$5"),
        ("18446744073709551615", "1"),
    ],
)
def test_texts_that_stay_texts(texts: tuple[str, ...]) -> None:
    assert values_of(*texts).tolist() == list(texts)


@pytest.mark.parametrize(
    ("texts", "numbers"),
    [
        (("1", "\\N", "3"), (1, None, 3)),
        (("1.5", "."), (1.5, None)),
        (("+5", "-3"), (5, -3)),
        (("inf", "1.5", "-inf", ""), (INF, 1.5, -INF, None)),
        (("3", "1,234"), (3, 1234)),
        (("$1,200", "-$5", "$ 3.50", "n/a"), (1200, -5, 3.5, None)),
        (("$1,200", "($5)", "-"), (1200, -5, None)),
        (("12 €", "3.5 €", ""), (12, 3.5, None)),
        (("£7", "£8"), (7, 8)),
        (("45%", "3.5 %", "-2\N{NO-BREAK SPACE}%"), (45, 3.5, -2)),
    ],
)
def test_numbers(texts: tuple[str, ...], numbers: tuple[Any, ...]) -> None:
    found = values_of(*texts).tolist()
    assert [None if value != value else value for value in found] == list(numbers)


@pytest.mark.parametrize(
    ("texts", "values"),
    [
        (("1000", "25"), [1000, 25]),
        (("1.5", "25"), [1.5, 25]),
        (("1.50", "2.25"), [1.5, 2.25]),
        (("true", "false"), [True, False]),
        (("1.1", "1.10"), ["1.1", "1.10"]),  # versions
        (("12e4567", "1"), ["12e4567", "1"]),
        (("18446744073709551615", "18446744073709551614"), ["18446744073709551615", "18446744073709551614"]),
    ],
)
def test_numbers_that_are_written_as_texts(texts: tuple[str, ...], values: list[Any]) -> None:
    import pyarrow as pa

    assert own_values(pa.chunked_array([list(texts)]), typed=False, spelled=True).tolist() == values
    assert own_values(pa.chunked_array([list(texts)]), typed=False).tolist() == list(texts)


def test_what_is_missing_among_texts() -> None:
    assert values_of("a", "\\N", "NaT", "NaN", ".").tolist() == ["a", "", "", "", "."]


def test_what_a_failed_formula_leaves_is_missing_among_numbers_and_dates() -> None:
    assert np.array_equal(values_of("1.5", "#DIV/0!", "n/a", "3"), [1.5, np.nan, np.nan, 3], equal_nan=True)
    dates = values_of("2020-01-01", "#VALUE!", "2020-01-03")
    assert dates.dtype.kind == "M"
    assert np.isnat(dates).tolist() == [False, True, False]
    assert values_of("a", "#DIV/0!").tolist() == ["a", "#DIV/0!"]
