"""Scores of programs made again: as many programs as were scored are looked for again, and none is altered unseen."""

import json
import shutil
from pathlib import Path
from random import Random

import pytest

from embedkit.runs.folder import Run
from embedkit.studies.verdicts import DIFFERS, MATCH, UNCHECKED
from embedkit.tasks.execute.data import counts_that_give, distinct
from embedkit.tasks.execute.score import EXECUTION_SCORES
from embedkit.tasks.execute.study import evaluate_execution
from embedkit.tasks.execute.verification import _scores
from tests.command_line import Call


@pytest.fixture
def run(call: Call, trained: Path, tmp_path: Path) -> Run:
    shutil.copytree(trained / "runs" / "programs", tmp_path / "runs" / "programs")
    return Run(tmp_path / "runs" / "programs")


def test_so_many_programs_come_of_exactly_these_counts() -> None:
    """Sums of one digit: a hundred, of which a twentieth are held out, so that large counts all give the same."""

    def number(count: int) -> int:
        return len(distinct("addition", Random(8), 1, 1, "test", count))

    by_count = [number(count) for count in range(1, 30)]
    assert by_count[0] < by_count[-1] == number(200) < 29
    for n in set(by_count):
        counts = counts_that_give(n, "addition", Random(8), 1, 1, "test", most=29)
        assert [count for count in range(1, 30) if by_count[count - 1] == n] == list(counts)
    assert not counts_that_give(0, "addition", Random(8), 1, 1, "test", most=29)
    assert not counts_that_give(by_count[-1] + 1, "addition", Random(8), 1, 1, "test", most=29)


@pytest.mark.parametrize("most", [None, 30, 3])
def test_an_honest_score_is_made_again_whatever_it_was_of(run: Run, most: int | None) -> None:
    EXECUTION_SCORES.save(run, evaluate_execution(run, most=most), "test")
    assert _scores(run, "test")[0] == MATCH


def test_fewer_programs_than_any_number_gives_are_a_difference(run: Run) -> None:
    EXECUTION_SCORES.save(run, evaluate_execution(run, most=30), "test")
    path = run.path / "scores" / "test.json"
    values = json.loads(path.read_text(encoding="utf-8"))
    values["cells"][0]["exact"]["n"] -= 1
    path.write_text(json.dumps(values), encoding="utf-8")
    assert _scores(run, "test")[0] == DIFFERS


def test_a_run_that_was_renamed_is_made_again_but_for_its_name(run: Run) -> None:
    EXECUTION_SCORES.save(run, evaluate_execution(run, most=30), "test")
    renamed = Run(run.path.rename(run.path.with_name("renamed")))
    result, why = _scores(renamed, "test")
    assert result == UNCHECKED
    assert why.endswith("the same, but for the name that the run had: name")
    path = renamed.path / "scores" / "test.json"
    path.write_text(path.read_text(encoding="utf-8").replace("programs/test", "programs/valid"), encoding="utf-8")
    assert _scores(renamed, "test")[0] == DIFFERS
