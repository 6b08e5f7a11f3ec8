"""Shares with their intervals: by hand, from the literature, at both ends, and as they are kept with a run."""

from dataclasses import asdict, dataclass
from math import sqrt
from pathlib import Path

import pytest

from embedkit.analysis.intervals import Interval
from embedkit.analysis.proportion import NamedProportion, Proportion
from embedkit.errors import UsageError
from embedkit.files import write_json
from embedkit.runs.artefacts import load_record, save_record

Z = 1.959963984540054  # the 97.5 % point of the normal distribution


def wilson(right: int, n: int) -> tuple[float, float]:
    """The formula as Wilson (1927) has it."""
    share, z2 = right / n, Z * Z
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z * sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return centre - half, centre + half


def test_eight_of_ten_by_hand() -> None:
    # (0.8 + z²/20 ± z √(0.16/10 + z²/400)) / (1 + z²/10), z = 1.96: (0.9921 ± 0.3136) / 1.3842
    proportion = Proportion.of(8, 10)
    assert (proportion.right, proportion.n, proportion.share) == (8, 10, 0.8)
    assert (proportion.interval.low, proportion.interval.high) == pytest.approx((0.4902, 0.9433), abs=5e-5)


def test_wilson_by_hand() -> None:
    # Newcombe (1998), table I: 81 of 263, and 0 of 20.
    interval = Proportion.of(81, 263).interval
    assert (interval.low, interval.high) == (pytest.approx(0.2553, abs=5e-5), pytest.approx(0.3662, abs=5e-5))
    assert Proportion.of(0, 20).interval == Interval(0.0, pytest.approx(0.1611, abs=5e-5))
    assert Proportion.of(20, 20).interval.low == pytest.approx(1 - 0.1611, abs=5e-5)
    with pytest.raises(UsageError, match="3 of 2"):
        Proportion.of(3, 2)


def test_none_and_all_of_n_end_at_the_share_itself() -> None:
    assert (Proportion.of(0, 7).share, Proportion.of(0, 7).interval.low) == (0.0, 0.0)
    assert (Proportion.of(7, 7).share, Proportion.of(7, 7).interval.high) == (1.0, 1.0)
    # The other end of none of n is z² / (n + z²).
    assert Proportion.of(0, 7).interval.high == pytest.approx(Z * Z / (7 + Z * Z), abs=1e-12)


@pytest.mark.parametrize("n", [1, 2, 3, 8, 33, 831, 512_000])
def test_the_formula_itself(n: int) -> None:
    for right in sorted({0, 1, n // 3, n // 2, n - 1, n}):
        interval = Proportion.of(right, n).interval
        assert (interval.low, interval.high) == pytest.approx(wilson(right, n), abs=1e-12)


@pytest.mark.parametrize(("right", "n"), [(0, 0), (1, 0), (3, 2), (-1, 2), (0, -1)])
def test_no_trial_is_no_share(right: int, n: int) -> None:
    with pytest.raises(UsageError, match=f"{right} of {n} is not a share"):
        Proportion.of(right, n)


def test_outcomes_are_counted_and_trials_pooled() -> None:
    assert Proportion.among([True, False, True, True]) == Proportion.of(3, 4)
    assert Proportion.pooled([Proportion.of(1, 4), Proportion.of(5, 6)]) == Proportion.of(6, 10)
    for proportion in (Proportion.among, Proportion.pooled):
        with pytest.raises(UsageError, match="0 of 0"):
            proportion([])


@dataclass(frozen=True)
class Sheet:
    overall: Proportion
    places: tuple[NamedProportion, ...]


def test_a_proportion_is_kept_with_its_interval(tmp_path: Path) -> None:
    sheet = Sheet(Proportion.of(8, 10), (Proportion.of(1, 2).named("units"),))
    assert asdict(sheet)["overall"].keys() == {"right", "n", "interval"}
    assert asdict(sheet)["places"][0].keys() == {"name", "right", "n", "interval"}
    assert load_record(save_record(tmp_path / "sheet.json", sheet), Sheet) == sheet


def test_what_the_version_before_kept_is_read_as_it_stands(tmp_path: Path) -> None:
    interval = {"low": 0.25, "high": 0.75}
    units = {"name": "units", "n": 2, "right": 1, "interval": interval}
    write_json(tmp_path / "sheet.json", {"overall": {"right": 1, "n": 2, "interval": interval}, "places": [units]})
    sheet = load_record(tmp_path / "sheet.json", Sheet)
    assert sheet.overall == Proportion(1, 2, Interval(0.25, 0.75))
    assert sheet.places == (NamedProportion(1, 2, Interval(0.25, 0.75), "units"),)
