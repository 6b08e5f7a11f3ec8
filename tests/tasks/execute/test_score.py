"""Counts of right outputs, worked out by hand."""

import pytest

from embedkit.analysis.proportion import NamedProportion
from embedkit.errors import UsageError
from embedkit.tasks.execute.curricula.score import score_curricula
from embedkit.tasks.execute.score import Execution, digit_places, kinds, score_execution

EXECUTIONS = [
    Execution("print((90+9))", "99", "99"),
    Execution("print((1-12))", "-11", "-1"),
    Execution("print((2*60))", "120", "130"),
    Execution("a=5\nfor x in range(3):a-=1\nprint(a)", "2", "-2"),
    Execution("print(7 if 1<2 else 3)", "7", ""),
    Execution("b=5\nprint((b+2))", "7", "7"),
]


def right_and_total(tallies: tuple[NamedProportion, ...]) -> dict[str, tuple[int, int]]:
    return {tally.name: (tally.right, tally.n) for tally in tallies}


def test_digits_are_counted_from_the_right() -> None:
    assert right_and_total(digit_places(EXECUTIONS)) == {
        "units": (5, 6),  # the empty output has none
        "tens": (1, 3),  # of 99, -11 and 120
        "hundreds": (1, 1),
        "sign": (5, 6),  # 2 came out as -2
    }


def test_kinds_are_told_by_what_stands_in_a_program() -> None:
    assert right_and_total(kinds(EXECUTIONS)) == {
        "a loop": (0, 1),
        "a multiplication": (0, 1),
        "a choice": (0, 1),
        "an assignment, no loop": (1, 1),
        "+ and - in one line": (1, 2),
    }


def test_a_score_has_its_denominators_and_intervals() -> None:
    score = score_execution("r/test", "programs", (2, 1), EXECUTIONS, {(1, 1): EXECUTIONS[:1], (2, 1): []}, seed=1)
    assert (score.exact.right, score.exact.n) == (2, 6)
    assert score.exact.interval.low == pytest.approx(0.0968, abs=1e-4)  # Wilson's, of 2 in 6
    assert score.exact.interval.high == pytest.approx(0.7000, abs=1e-4)
    assert [(cell.length, cell.nesting, cell.exact.n) for cell in score.cells] == [(1, 1, 1)]
    assert [each.answer for each in score.right] == ["99", "7"]
    assert len(score.wrong) == 4


def test_nothing_cannot_be_scored() -> None:
    with pytest.raises(UsageError, match="no held-out program"):
        score_execution("r/test", "programs", (2, 1), [], {}, seed=1)


def test_trials_are_gathered_by_curriculum() -> None:
    def record(curriculum: str, seed: int, right: int) -> dict:
        cells = [{"length": 1, "nesting": 1, "right": right, "n": 10}]
        return {
            "settings": {"curriculum": curriculum, "seed": seed},
            "result": {"history": [], "right": right, "n": 20, "cells": cells},
            "seconds": 2.0 * seed,
        }

    none, mix = score_curricula([record("none", 1, 3), record("mix", 1, 10), record("none", 2, 5)])
    assert (none.name, none.exact.right, none.exact.n, none.seconds) == ("none", 8, 40, 3.0)
    assert (none.cells[1, 1].right, none.cells[1, 1].n) == (8, 20)
    assert (mix.name, mix.exact.share) == ("mix", 0.5)
