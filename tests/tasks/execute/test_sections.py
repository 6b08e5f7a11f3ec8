"""The reports about programs: what they find, and that they open in a browser."""

import json
import shutil
from pathlib import Path
from random import Random
from typing import Any

import pytest

from embedkit.errors import CorpusError
from embedkit.progress import no_steps
from embedkit.report import render
from embedkit.report.compose import run_report
from embedkit.report.parts import Figure, Paragraph, Table
from embedkit.runs.folder import Run
from embedkit.tasks.execute.config import CurriculaOptions, ExecuteModel, ExecuteTraining
from embedkit.tasks.execute.curricula.sections import finding as curricula_finding
from embedkit.tasks.execute.data import distinct, origin
from embedkit.tasks.execute.difficulty import stages
from embedkit.tasks.execute.score import EXECUTION_SCORES, Execution, score_execution
from embedkit.tasks.execute.sections import HELD_OUT, HELD_OUT_EARLIER, finding, scores
from embedkit.tasks.execute.study import evaluate_execution, study
from embedkit.training.trials import open_lab
from tests.report.opening import open_file
from tests.report.titled import untitled


def executions(split: str, difficulty: tuple[int, int], count: int, every: int) -> list[Execution]:
    """Programs of which one in `every` comes out right."""
    programs = distinct("programs", Random(1), *difficulty, split, count)
    return [
        Execution(each.text, each.answer, each.answer if i % every == 0 else "<b>1</b>")
        for i, each in enumerate(programs)
    ]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    made = Run(tmp_path_factory.mktemp("runs") / "programs")
    made.path.mkdir()
    training = ExecuteTraining(length=2, nesting=2)
    about = {"corpus": origin("programs"), "command": "embedkit train execute", "seed": 1, "packages": {}}
    made.write_provenance(about)
    made.write_config({"kind": "execute", "model": vars(ExecuteModel()), "training": vars(training)})
    lines = [
        {
            "step": step,
            "tokens_seen": step * 300,
            "train_nats_per_token": 2 - step / 900,
            "valid_nats_per_token": 2.1 - step / 1000,
            "valid_tokens": 900,
            "valid_exact": step // 2,
            "valid_programs": 500,
        }
        for step in (0, 200, 400, 800)
    ]
    (made.path / "history.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    figures = {"test_exact": 50, "test_programs": 100, "test_exact_match": 0.5}
    made.write_metrics({**figures, "seconds": 60.0, "tokens_per_second": 4000.0, "tokens_seen": 240_000})
    cells = {each: executions("test", each, 60, 2 * each[0]) for each in stages((2, 2))}
    target = executions("test", (2, 2), 100, 2)
    EXECUTION_SCORES.save(made, score_execution("programs/test", "programs", (2, 2), target, cells, seed=1), "test")
    return made


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Run:
    options = CurriculaOptions(length=2, nesting=1, steps=100)
    made = open_lab(tmp_path_factory.mktemp("runs") / "curricula", "curricula", options, origin("programs"))
    with open(made.path / "trials.jsonl", "w") as file:
        for seed in (1, 2):
            for number, name in enumerate(("none", "naive", "mix", "combined")):
                right = 100 * number + 10 * seed
                history = [
                    {"step": 50, "valid_exact": right // 4, "valid_programs": 500},
                    {"step": 100, "valid_exact": right // 2, "valid_programs": 500},
                ]
                cells = [{"length": length, "nesting": 1, "right": right // 10, "n": 100} for length in (1, 2)]
                result = {"history": history, "right": right, "n": 1_000, "cells": cells}
                record = {"settings": {"curriculum": name, "seed": seed}, "result": result, "seconds": 9.0}
                file.write(json.dumps(record) + "\n")
    made.write_metrics({"steps": 100})
    return made


def parts(made: Run, section: str) -> tuple[Any, ...]:
    return next(each.parts for each in run_report(made).sections if each.name == section)


def test_the_sections_of_a_run(run: Run) -> None:
    report = run_report(run)
    assert [section.name for section in report.sections] == [
        "exact-course",
        "curves",
        "exact",
        "programs",
        "provenance",
    ]
    assert "small Python programs of length 2 and nesting 2" in report.summary
    headline = run_report(run).headlines.items[0]
    assert (headline.value, headline.name) == ("50.0 %", "exact outputs")
    assert headline.detail == "95 % 40.4 – 59.6 %, of 100 held-out programs"  # Wilson's, of 50 in 100


def test_the_first_page_says_what_is_right_and_in_which_sense_it_is_new(run: Run, lab: Run) -> None:
    brief = run_report(run).brief
    assert brief is not None
    assert (
        brief.results[0].plain == "It gets 50.0 % of the programs that it was not trained on right to the last digit."
    )
    assert "Counted over 100 programs (95 % 40.4 – 59.6 %)" in brief.trust[0].plain
    beside = run_report(lab).brief
    assert beside is not None
    best = beside.results[0]
    assert best.measure is not None
    assert best.measure.value == 630 / 2000  # 310 and 320 of 1,000
    assert best.measure.against == "without, at most"
    assert "more than the 1.5 %" in best.plain  # 10 and 20 of 1,000
    assert "each training of the best beat every other" in beside.trust[0].plain


def test_scores_stand_by_difficulty(run: Run) -> None:
    tables = [part for part in parts(run, "exact") if isinstance(part, Table)]
    difficulty = tables[0]
    assert difficulty.columns == ("Length", "Nesting 1", "Nesting 2")
    assert difficulty.rows[0][1].startswith("50.0 % (")  # one in two
    assert difficulty.rows[1][1].startswith("25.0 % (")  # one in four
    assert any("no test program was trained on" in p.text for p in parts(run, "exact") if isinstance(p, Paragraph))
    score = EXECUTION_SCORES.load_or_none(run, "test")
    assert score is not None
    assert finding(score).startswith("50 of 100 held-out programs come out right to the last digit: 50.0 %")


def test_the_gallery_shows_both_answers(run: Run) -> None:
    right, wrong = parts(run, "programs")
    assert all(network == python for network, python, _ in right.rows)
    assert all(network != python for network, python, _ in wrong.rows)


def test_curricula_are_told_with_what_the_seeds_allow(lab: Run) -> None:
    section = parts(lab, "curricula")
    assert run_report(lab).sections[0].finding == (
        "At the target difficulty combined came out ahead with 31.5 % exact, before mix with 21.5 %; each of its 2 "
        "seeds beat every training of the others. Programs until 90.0 % of the held-out ones were exact: none never, "
        "naive never, mix never, combined never."
    )
    figure = next(part for part in section if isinstance(part, Figure))
    assert [name for name, _ in figure.legend] == ["none", "naive", "mix", "combined"]
    assert "Four curricula" in run_report(lab).summary
    from embedkit.tasks.execute.curricula.score import score_curricula

    one_seed = score_curricula([record for record in lab.trials if record["settings"]["seed"] == 1])
    assert "with one seed each, chance is not ruled out." in curricula_finding(one_seed, 64)


def test_curricula_that_end_alike_are_told_by_how_soon_they_were_there(lab: Run) -> None:
    from embedkit.tasks.execute.curricula.score import score_curricula

    records = [json.loads(json.dumps(record)) for record in lab.trials]
    for record in records:
        late = record["settings"]["curriculum"] == "naive"
        record["result"] |= {
            "right": 1_000,
            "history": [
                {"step": 50, "valid_exact": 100 if late else 460, "valid_programs": 500},
                {"step": 100, "valid_exact": 500, "valid_programs": 500},
            ],
        }
    text = curricula_finding(score_curricula(records), 64)
    assert text.startswith("At the end the best two, none (100.0 %) and naive (100.0 %), cannot be told apart.")
    assert text.endswith("were exact: none 3,200, naive 6,400, mix 3,200, combined 3,200.")


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
def test_they_open_in_a_browser_without_a_complaint(
    run: Run, lab: Run, browser: Any, tmp_path: Path, width: int
) -> None:
    for made in (run, lab):
        file = render(run_report(made), tmp_path / f"{made.name}.html")
        opened = open_file(browser, file, viewport={"width": width, "height": 900})
        assert opened.complaints == []
        assert opened.requests == [file.as_uri()]
        assert opened.page.locator("section").count() == len(run_report(made).sections)
        overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert opened.page.evaluate(overflow) == 0
        assert opened.page.locator("td b").count() == 0  # what a network says is text
        opened.page.close()


def test_every_figure_of_the_run_has_a_title_and_named_axes(run: Run) -> None:
    assert untitled(run_report(run)) == []


def test_every_figure_of_the_lab_has_a_title_and_named_axes(lab: Run) -> None:
    assert untitled(run_report(lab)) == []


def test_a_run_of_another_version_shows_its_scores_and_is_not_scored_again(run: Run, tmp_path: Path) -> None:
    earlier = Run(Path(shutil.copytree(run.path, tmp_path / "programs")))
    about = earlier.provenance
    about["corpus"]["checksum"] = "sha256:0"
    earlier.write_provenance(about)
    assert scores(earlier)[-1] == Paragraph(HELD_OUT_EARLIER, quiet=True)
    assert scores(run)[-1] == Paragraph(HELD_OUT["programs"], quiet=True)
    with pytest.raises(CorpusError, match="trained by another version, which held out other programs"):
        evaluate_execution(earlier)
    (earlier.path / "scores" / "test.json").unlink()
    study(earlier, None, no_steps)
    assert EXECUTION_SCORES.load_or_none(earlier, "test") is None
