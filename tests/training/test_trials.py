"""Trials are done once, whatever stops an experiment."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from embedkit.config.checked import Checked
from embedkit.errors import UsageError
from embedkit.training.trials import Settings, open_lab, run_trials

CORPUS = {"name": "squares", "source": "made here", "checksum": "", "licence": None, "citation": None}


@dataclass(frozen=True)
class Options(Checked):
    highest: int = 4
    note: str | None = None


def squared(settings: Settings) -> dict[str, int]:
    import torch

    return {"square": settings["n"] ** 2, "threads": torch.get_num_threads()}


def test_each_trial_is_a_line_in_the_order_asked_for(tmp_path: Path) -> None:
    run = open_lab(tmp_path / "squares", "squares", Options(), CORPUS)
    told: list[tuple[float, str]] = []
    trials = [{"n": n} for n in (3, 1, 2)]
    found = run_trials(run, trials, squared, progress=lambda *words: told.append(words), workers=2)
    assert [record["result"] for record in found] == [
        {"square": 9, "threads": 1},
        {"square": 1, "threads": 1},
        {"square": 4, "threads": 1},
    ]
    assert told[-1] == (1.0, "3 of 3 trials")
    assert len(run.trials) == 3
    assert all(record["seconds"] >= 0 for record in run.trials)


def test_a_stopped_experiment_goes_on_with_what_is_left(tmp_path: Path) -> None:
    run = open_lab(tmp_path / "squares", "squares", Options(), CORPUS)
    run_trials(run, [{"n": 1}, {"n": 2}], squared, workers=2)
    file = run.path / "trials.jsonl"
    kept = file.read_text().splitlines(keepends=True)[0]
    file.write_text(kept + '{"settings": {"n"')  # a kill in the middle of a line
    again = open_lab(tmp_path / "squares", "squares", Options(), CORPUS)
    asked: list[float] = []
    found = run_trials(again, [{"n": 1}, {"n": 2}], squared, progress=lambda share, _: asked.append(share), workers=2)
    assert asked == [1.0]  # only one was done again
    assert [record["result"]["square"] for record in found] == [1, 4]
    assert file.read_text().startswith(kept)
    assert len(file.read_text().splitlines()) == 2


def test_other_options_are_another_experiment(tmp_path: Path) -> None:
    open_lab(tmp_path / "squares", "squares", Options(), CORPUS)
    open_lab(tmp_path / "squares", "squares", Options(), CORPUS)
    with pytest.raises(UsageError, match="choose another --name"):
        open_lab(tmp_path / "squares", "squares", Options(highest=5), CORPUS)
