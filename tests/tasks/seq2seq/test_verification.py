"""The phrases of a run's map are counted again in its text."""

import shutil
from pathlib import Path

import pytest

from embedkit.runs.folder import Run
from embedkit.studies.verdicts import DIFFERS, MATCH
from embedkit.tasks.seq2seq.verification import _phrases
from tests.command_line import Call


@pytest.fixture
def run(call: Call, trained: Path, tmp_path: Path) -> Run:
    shutil.copytree(trained / "runs" / "phrases", tmp_path / "runs" / "phrases")
    return Run(tmp_path / "runs" / "phrases")


def test_a_phrase_a_count_and_an_order_that_are_not_those_of_the_text_are_found(run: Run) -> None:
    path = run.path / "phrases.tsv"
    result, why = _phrases(run, "phrases")
    assert (result, why.partition(" ")[2]) == (MATCH, "phrases counted again: the same")
    first, second, *rest = path.read_text(encoding="utf-8").splitlines()
    for lines in (
        ["queen queen queen\t98765", second, *rest],
        [f"{first}0", second, *rest],
        [second, first, *rest],
        [second, *rest],
    ):
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        assert _phrases(run, "phrases")[0] == DIFFERS
