"""The vocabulary that a run keeps is counted again in its text: words that changed places differ, and so do counts."""

import json
import shutil
from pathlib import Path

import pytest

from embedkit.runs.folder import Run
from embedkit.studies.verdicts import DIFFERS, MATCH, UNCHECKED
from embedkit.tasks.language_model.verification import REMADE
from embedkit.tasks.seq2seq.verification import REMADE as OF_PAIRS
from tests.command_line import Call


def verdict_of(run: Run, remade: tuple) -> tuple[str, str]:
    (each,) = (entry for entry in remade if entry.only == "tokenizer")
    assert each.names(run) == ["tokenizer"]
    return each.make(run, "tokenizer")


@pytest.fixture
def run(trained: Path, tmp_path: Path) -> Run:
    shutil.copytree(trained / "runs" / "small", tmp_path / "runs" / "small")
    return Run(tmp_path / "runs" / "small")


def swap(run: Run, one: str, other: str) -> None:
    """Exchange two tokens in tokenizer.json and vocabulary.tsv."""
    path = run.path / "tokenizer.json"
    stored = json.loads(path.read_text())
    words = stored["model"]["vocab"]
    words[one], words[other] = words[other], words[one]
    path.write_text(json.dumps(stored))
    lines = (run.path / "vocabulary.tsv").read_text().splitlines()
    names = {one: other, other: one}
    pairs = [line.split("\t") for line in lines]
    (run.path / "vocabulary.tsv").write_text("".join(f"{names.get(a, a)}\t{b}\n" for a, b in pairs))


def test_words_and_counts_are_those_of_the_text(run: Run) -> None:
    result, why = verdict_of(run, REMADE)
    assert result == MATCH
    assert why.endswith("tokens and their counts are those of the text")


def test_two_words_that_changed_places_differ(run: Run) -> None:
    swap(run, "king", "man")
    result, why = verdict_of(run, REMADE)
    assert result == DIFFERS
    assert why.startswith("token ")


def test_a_count_that_was_multiplied_differs(run: Run) -> None:
    path = run.path / "vocabulary.tsv"
    lines = path.read_text().splitlines()
    row = next(number for number, line in enumerate(lines) if line.startswith('"king"') or line.startswith("king\t"))
    token, count = lines[row].split("\t")
    path.write_text("\n".join([*lines[:row], f"{token}\t{count}000", *lines[row + 1 :]]) + "\n")
    result, why = verdict_of(run, REMADE)
    assert result == DIFFERS
    assert why == f"'king' stands {int(count):,} times in the text, not {int(count) * 1000:,}"


def test_without_its_text_it_is_not_checked(run: Run) -> None:
    config = {**run.config, "training": {**run.config["training"], "corpus": str(run.path / "gone.txt")}}
    run.write_config(config)
    assert verdict_of(Run(run.path), REMADE)[0] == UNCHECKED


def test_both_vocabularies_of_pairs_are_counted_again(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMBEDKIT_RUNS", str(tmp_path / "runs"))
    made = call("train", "seq2seq", "--corpus", "dates", "--pairs", "400", "--steps", "2", "--hidden-size", "8")
    assert made.code == 0, made.err
    (folder,) = (tmp_path / "runs").iterdir()
    run = Run(folder)
    assert verdict_of(run, OF_PAIRS)[0] == MATCH
    for path in run.path.rglob("vocabulary.tsv"):
        whole = path.read_text()
        lines = whole.splitlines()
        token, count = lines[-1].split("\t")
        path.write_text("\n".join([*lines[:-1], f"{token}\t{int(count) + 1}"]) + "\n")
        assert verdict_of(run, OF_PAIRS)[0] == DIFFERS
        path.write_text(whole)
