"""The four curricula side by side."""

from pathlib import Path

import pytest

from embedkit.errors import UsageError
from embedkit.tasks.execute.config import CURRICULA, CurriculaOptions
from embedkit.tasks.execute.curricula.trials import compare_curricula

TINY = CurriculaOptions(
    task="addition", digits=2, steps=2, seeds=1, batch_size=4, hidden_size=8, evaluations=2, held_out=10
)


def test_every_curriculum_gets_the_same_budget_and_test(tmp_path: Path) -> None:
    run = compare_curricula(TINY, tmp_path / "lab", workers=1)
    assert [record["settings"]["curriculum"] for record in run.trials] == list(CURRICULA)
    results = [record["result"] for record in run.trials]
    assert {result["history"][-1]["step"] for result in results} == {2}
    assert {result["n"] for result in results} == {20}
    assert [(cell["length"], cell["nesting"]) for cell in results[0]["cells"]] == [(1, 1), (2, 1)]
    assert run.metrics["combined_programs"] == 20
    assert run.finished
    # Nothing is done again.
    before = (run.path / "trials.jsonl").read_bytes()
    compare_curricula(TINY, tmp_path / "lab", workers=1)
    assert (run.path / "trials.jsonl").read_bytes() == before


def test_options_that_do_not_go_together_are_refused_before_anything_is_trained() -> None:
    with pytest.raises(UsageError, match="--digits does not go with --task programs"):
        CurriculaOptions(digits=3)
