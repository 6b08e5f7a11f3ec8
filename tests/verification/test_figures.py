"""Figures held against figures: what follows from counts to the last digit, what a network measured to rounding, and
what is no difference because the run was renamed."""

from dataclasses import dataclass, field, replace

import pytest

from embedkit.analysis.intervals import Interval
from embedkit.analysis.proportion import Proportion
from embedkit.runs.artefacts import RUN_NAME
from embedkit.studies.verdicts import DIFFERS, MATCH, MEASURED, UNCHECKED, same_figures
from embedkit.tasks.speech.score import ErrorRate


def compared(one: object, other: object) -> str:
    return same_figures(one, other, "the same", relative=MEASURED, absolute=MEASURED)[0]


def test_a_loss_is_compared_to_rounding_and_an_interval_of_counts_exactly() -> None:
    assert compared({"loss": 1.0}, {"loss": 1.0005}) == MATCH
    half = Proportion.of(50, 100)
    high = half.interval.high
    assert compared(half, Proportion.of(50, 100)) == MATCH
    assert compared(half, replace(half, interval=replace(half.interval, high=high + 1e-12))) == MATCH
    assert compared(half, replace(half, interval=replace(half.interval, high=high + 1e-6))) == DIFFERS
    rate = ErrorRate("all", 3, 3, 3, Interval(1.0, 1.0))
    assert compared(replace(rate, interval=Interval(0.9991, 1.0)), rate) == DIFFERS


def test_a_count_is_no_other_number_near_it_and_no_truth() -> None:
    assert compared({"n": 5000}, {"n": 5000}) == MATCH
    assert compared({"n": 5000.1}, {"n": 5000}) == DIFFERS
    assert compared({"n": True}, {"n": 1}) == DIFFERS
    assert compared({"answering": 0}, {"answering": False}) == DIFFERS


@dataclass(frozen=True)
class Sheet:
    name: str = field(metadata=RUN_NAME)
    right: int = 1


@pytest.mark.parametrize(
    ("name", "result"),
    [("one/test", MATCH), ("other/test", UNCHECKED), ("one/valid", DIFFERS), ("one", DIFFERS)],
)
def test_the_name_of_a_run_is_not_checked_and_what_follows_it_is(name: str, result: str) -> None:
    assert compared(Sheet(name), Sheet("one/test")) == result
    assert compared(Sheet(name, 2), Sheet("one/test")) == DIFFERS
