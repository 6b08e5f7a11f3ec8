"""`train classify`, `evaluate` and `report` of such a run, and `lab temporal-order`: what they print and refuse."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from embedkit.cli.edge import run
from embedkit.tasks.classify.config import CLASSIFIER_PRESETS
from tests.command_line import Call, Result

TINY = ("--epochs", "1", "--epoch-sequences", "64", "--evaluations", "2", "--hidden-size", "4", "--device", "cpu")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a classifier called "small"."""
    folder = tmp_path_factory.mktemp("classified")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EMBEDKIT_RUNS", str(folder / "runs"))
        assert run(["train", "classify", "--name", "small", *TINY]) == 0
    return folder


@pytest.fixture
def ask(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    monkeypatch.setenv("EMBEDKIT_RUNS", str(folder / "runs"))
    monkeypatch.chdir(tmp_path)

    def call(*words: str) -> Result:
        capsys.readouterr()
        code = run(words)
        out, err = capsys.readouterr()
        return Result(code, out, err)

    return call


def as_json(ask: Call, *words: str) -> Any:
    done = ask(*words, "--json")
    assert done.code == 0, done.err
    return json.loads(done.out)


def test_each_level_has_its_own_preset(ask: Call) -> None:
    made = as_json(ask, "train", "classify", "--level", "normal", "--cell", "gru", *TINY)
    assert made["run"] == "temporal-order-normal-gru"
    config = tomllib.loads((Path(made["path"]) / "config.toml").read_text())
    _, preset = CLASSIFIER_PRESETS["normal"]
    assert config["training"]["optimiser"] == preset.optimiser == "adamw"
    assert (config["training"]["epochs"], config["model"]["hidden_size"]) == (1.0, 4)
    made = as_json(ask, "train", "classify", "--epochs", "1", "--epoch-sequences", "64", "--device", "cpu")
    config = tomllib.loads((Path(made["path"]) / "config.toml").read_text())
    model, preset = CLASSIFIER_PRESETS["easy"]
    assert config["training"]["optimiser"] == preset.optimiser == "rmsprop"
    assert config["model"]["hidden_size"] == model.hidden_size == 4


def test_a_run_is_scored_with_an_interval_and_a_table(ask: Call) -> None:
    score = as_json(ask, "evaluate", "small", "--split", "test")
    assert (score["sequences"], score["level"]) == (282, "easy")
    assert score["right"] == sum(row[i] for i, row in enumerate(score["confusion"]))
    assert score["accuracy_low"] < score["accuracy"] == score["right"] / 282 < score["accuracy_high"]
    assert sum(map(sum, score["confusion"])) == 282
    assert as_json(ask, "evaluate", "small", "--pairs", "50")["sequences"] == 50
    done = ask("evaluate", "small")
    assert "small/valid: 261 sequences" in done.out
    assert "chance is 25 %" in done.out
    assert "of 261 right: " in done.out


def test_a_run_is_listed_and_reported(ask: Call, tmp_path: Path) -> None:
    (line,) = [line for line in ask("runs").out.splitlines() if line.split()[:1] == ["small"]]
    assert "accuracy" in line
    done = ask("report", "small")
    assert done.code == 0, done.err
    page = (tmp_path / "reports" / "html" / "small.html").read_text()
    for heading in (
        "Accuracy as it learned",
        "Which classes are confused",
        "The states that the class is predicted from",
    ):
        assert heading in page
    checked = as_json(ask, "report", "--verify", "reports/html/small.html")
    assert checked["passed"]
    unchecked = [check["what"].rpartition("/")[2] for check in checked["checks"] if check["verdict"] != "match"]
    # To measure them again would be to train again; they agree with what was measured.
    assert unchecked == ["history.jsonl", "provenance.json"]


def test_the_newest_run_is_reported_whatever_its_kind(ask: Call, tmp_path: Path) -> None:
    made = as_json(ask, "train", "classify", "--name", "newest", *TINY)
    done = ask("report")
    assert done.code == 0, done.err
    assert (tmp_path / "reports" / "html" / f"{made['run']}.html").exists()


def test_the_final_states_are_a_space(ask: Call) -> None:
    done = ask("export", "small/final", "--format", "word2vec", "--out", "states.txt")
    assert done.code == 0, done.err
    assert Path("states.txt").read_text().splitlines()[0] == "282 4"


def test_an_experiment_is_told_and_reported_and_goes_on(ask: Call, tmp_path: Path) -> None:
    words = ("lab", "temporal-order", "--levels", "easy", "--networks", "rnn", "lstm", "--seeds", "1", "--epochs", "1")
    done = ask(*words, "--name", "lab", "--workers", "1")
    assert done.code == 0, done.err
    assert "plain RNN" in done.out
    assert "chance is 25 %" in done.out
    assert (tmp_path / "reports" / "html" / "lab.html").exists()
    again = as_json(ask, *words, "--name", "lab", "--workers", "1")
    assert (again["run"], len(again["trials"])) == ("lab", 2)
    other = ask("lab", "temporal-order", "--levels", "normal", "--name", "lab")
    assert (other.code, "holds another experiment" in other.err) == (2, True)
    assert as_json(ask, "report", "--verify", "reports/html/lab.html")["passed"]


@pytest.mark.parametrize(
    ("words", "message", "code"),
    [
        ("train classify --level hrd", 'Did you mean "hard"', 2),
        ("train classify --cell ltsm", 'Did you mean "lstm"', 2),
        ("train classify --initialisation identy", 'Did you mean "identity"', 2),
        ("train classify --epoch-sequences 5", "must be at least a batch of 32", 2),
        ("train classify --hidden-size 0", "--hidden-size 0: must be at least 1", 2),
        ("train classify --compile", "Unknown option: --compile", 2),
        ("train classify --resume small", "has finished", 1),
        ("train lm --resume small", "this resumes language-model runs", 2),
        ("evaluate small --pairs -1", "--pairs -1", 2),
        ("evaluate smal", "did you mean small", 2),
        ("neighbors BXaaXaE --space small/finale", "did you mean final", 2),
        ("lab temporal-order --levels easy hrad", 'Did you mean "hard"', 2),
        ("lab temporal-order --networks lstm lstm", "each once", 2),
        ("lab temporal-order --seeds 0", "--seeds 0: must be at least 1", 2),
        ("lab temporal-orde", 'Did you mean "temporal-order"', 2),
    ],
)
def test_a_wrong_call_is_one_line(ask: Call, words: str, message: str, code: int, tmp_path: Path) -> None:
    done = ask(*words.split())
    line = done.err.strip().splitlines()[-1]
    assert line.startswith("error: ")
    assert message in line
    assert done.code == code
    assert list(tmp_path.iterdir()) == []
