"""How numbers and lists of things are written, by hand."""

import pytest

from embedkit import numerals
from embedkit.analysis.intervals import Estimate, Interval
from embedkit.numerals import (
    MISSING,
    compact,
    counted,
    data_size,
    difference,
    difference_ends,
    duration,
    ends,
    listed,
    lower_first,
    nats,
    percent,
    percent_ends,
    plural,
    points_estimate,
    signed,
    signed_ends,
    upper_first,
)


def test_a_log_probability_that_rounds_to_nothing_has_no_sign() -> None:
    assert [nats(value) for value in (-0.004, -0.006, -1.25)] == ["0.00", "-0.01", "-1.25"]


def test_sizes_and_times_are_readable() -> None:
    assert [compact(n) for n in (950, 9_500, 89_600, 1_234_567, 4.5e9)] == ["950", "9,500", "89.6 k", "1.23 M", "4.5 G"]
    assert [duration(s) for s in (34, 431, 9000)] == ["34 s", "7.2 min", "2.5 h"]
    assert [duration(s) for s in (0.04, 0.36, 1.2, 119.4)] == ["0.0 s", "0.4 s", "1 s", "119 s"]
    assert [data_size(n) for n in (0, 999, 1_000, 1_234_567, 2e9, 3e12)] == [
        *("0 B", "999 B", "1.0 kB", "1.2 MB", "2.0 GB", "3000.0 GB")
    ]


def test_shares_in_per_cent() -> None:
    assert [percent(share) for share in (0, 0.1234, 1)] == ["0.0 %", "12.3 %", "100.0 %"]
    assert (percent(0.99, 0), percent(0.00012, 3)) == ("99 %", "0.012 %")
    assert percent_ends(Interval(0.1234, 0.5)) == "12.3 – 50.0 %"


def test_ends_of_an_interval() -> None:
    assert ends(Interval(0.3351, 0.3444)) == "0.335 – 0.344"
    assert ends(Interval(23.94, 26.55), 1) == "23.9 – 26.6"
    assert ends(Interval(0.876, 0.911), 1, scale=100) == "87.6 – 91.1"


def test_a_page_has_a_minus_sign_and_never_a_minus_nothing() -> None:
    assert [signed(value, 2) for value in (0.126, -0.126, -0.001)] == ["0.13", "−0.13", "0.00"]
    assert signed_ends(Interval(-0.017, 0.002), 1, scale=100) == "−1.7 – 0.2"
    assert points_estimate(Estimate(0.281, Interval(0.246, 0.315), 9, 9)) == "+28.1 (+24.6 – +31.5)"
    assert points_estimate(Estimate(-0.0004, Interval(-0.2, 0.1), 9, 9)) == "+0.0 (−20.0 – +10.0)"
    assert points_estimate(Estimate(0.5, None, 9, 9)) == "+50.0 (too few)"


def test_a_terminal_has_differences_that_can_be_copied() -> None:
    assert [difference(value, 1, scale=100) for value in (0.071, -0.017, -0.0001)] == ["+7.1", "-1.7", "+0.0"]
    assert difference_ends(Interval(-0.017, 0.027), 1, scale=100) == "-1.7 – +2.7"
    assert difference(-0.05) == "-0.050"


@pytest.mark.parametrize(
    "write",
    [
        *("percent", "signed", "difference", "ends", "percent_ends", "signed_ends", "difference_ends"),
        *("points_estimate", "data_size"),
    ],
)
def test_what_is_missing_is_a_dash(write: str) -> None:
    assert getattr(numerals, write)(None) == MISSING == "–"


def test_things_are_counted() -> None:
    assert [counted(n, "cluster") for n in (0, 1, 2, 1_234)] == [
        "0 clusters",
        "1 cluster",
        "2 clusters",
        "1,234 clusters",
    ]
    assert [plural("step", steps) for steps in (1, 1.5)] == ["step", "steps"]


def test_things_are_listed() -> None:
    assert [listed(["a", "b", "c"][:n]) for n in range(4)] == ["", "a", "a and b", "a, b and c"]


def test_the_first_letter_of_a_phrase() -> None:
    assert [upper_first(phrase) for phrase in ("the GRU", "élan", "")] == ["The GRU", "Élan", ""]
    assert [lower_first(phrase) for phrase in ("Two LSTMs", "")] == ["two LSTMs", ""]
