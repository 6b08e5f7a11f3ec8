"""A damaged run: each of its files says in one line what is wrong, and hides no other run."""

import json
import shutil
from pathlib import Path

import pytest

from embedkit.cli.edge import run as command
from embedkit.errors import RunError
from embedkit.runs.folder import Run, list_runs

DEEP = "x = " + "[" * 5_000 + "]" * 5_000
WHOLE = {
    "config.toml": b'kind = "embeddings"\n',
    "metrics.json": b'{"points": 3}',
    "provenance.json": b'{"corpus": {"name": "words"}}',
    "history.jsonl": b'{"step": 1}\n{"step": 2, "valid_nats_per_token": 1.5}\n',
}
DAMAGE = [
    ("config.toml", DEEP.encode(), "nested too deeply"),
    ("config.toml", b"", "no kind"),
    ("config.toml", b"kind = 3", "no kind"),
    ("config.toml", b'kind = "embeddings\xff"', "not TOML"),
    ("config.toml", b'kind = "embeddings"\nx = ' + b"9" * 5_000, "not TOML"),
    ("config.toml", b'kind = "embeddings"\nmodel = 3', "model is no table"),
    ("metrics.json", b"[1]", "a list in place of an object"),
    ("metrics.json", b"[" * 100_000, "nested too deeply"),
    ("metrics.json", b"\xff{}", "not JSON"),
    ("metrics.json", b'{"points": NaN}', "NaN is none of its numbers"),
    ("metrics.json", b'{"points": "many"}', "points is no number"),
    ("metrics.json", b'{"points": 1' + b"0" * 400 + b"}", "points is no number"),
    ("provenance.json", b'"corpus"', "a text in place of an object"),
    ("provenance.json", b'{"corpus": [1]}', "corpus is no object"),
    ("history.jsonl", b"[1]", "history.jsonl:1: a list in place of an object"),
    ("history.jsonl", b'{"step": "one"}', "history.jsonl:1: step is no number"),
    ("history.jsonl", b'{"step": 1' + b"0" * 400 + b"}", "beyond all bounds"),
    ("history.jsonl", b'\xff\n{"step": 2}', "history.jsonl:1: not JSON"),
]


def make(folder: Path, name: str = "", content: bytes = b"") -> Run:
    folder.mkdir(parents=True)
    for file, whole in WHOLE.items():
        (folder / file).write_bytes(content if file == name else whole)
    return Run(folder)


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert command(words) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize(("name", "content", "why"), DAMAGE)
def test_a_damaged_run_is_a_row_that_says_so(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    content: bytes,
    why: str,
) -> None:
    monkeypatch.setenv("EMBEDKIT_RUNS", str(tmp_path / "runs"))
    whole, damaged = make(tmp_path / "runs" / "whole"), make(tmp_path / "runs" / "damaged", name, content)
    assert {run.name for run in list_runs()} == {"whole", "damaged"}
    assert {run.name for run in list_runs(kinds=("embeddings",))} >= {"whole"}
    rows = {row["run"]: row for row in json.loads(printed(capsys, "runs", "--json"))}
    assert rows["whole"]["metrics"] == {"points": 3}
    table = printed(capsys, "runs")
    assert "3 points" in table
    if name == "history.jsonl":  # which the table does not show
        with pytest.raises(RunError, match=why):
            _ = damaged.history
        assert len(whole.history) == 2
    else:
        assert why in rows["damaged"]["error"]
        assert why in table


def test_a_link_to_nowhere_and_a_folder_in_place_of_a_file_hide_nothing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMBEDKIT_RUNS", str(tmp_path))
    make(tmp_path / "whole")
    (tmp_path / "gone").mkdir()
    (tmp_path / "gone" / "config.toml").symlink_to(tmp_path / "nowhere")
    (tmp_path / "odd" / "config.toml").mkdir(parents=True)
    shutil.copytree(tmp_path / "whole", tmp_path / "other")
    rows = {row["run"]: row.get("error", "") for row in json.loads(printed(capsys, "runs", "--json"))}
    assert rows["whole"] == rows["other"] == ""
    assert "cannot be read (Is a directory)" in rows["odd"]


def test_a_line_that_was_cut_short_within_a_letter_is_left_out(tmp_path: Path) -> None:
    run = make(tmp_path / "killed", "history.jsonl", '{"step": 1}\n{"step": 2, "word": "ä'.encode()[:-1])
    assert run.history == [{"step": 1}]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('[model]\ntied = "no"', "tied is 'no'; it must be true or false"),
        ("[model]\nlevel = 5", "level is 5; it must be one of word, char, bpe"),
        ("[training]\ncorpus = [1]", r"corpus is \[1\]; it must be a text"),
    ],
)
def test_an_option_of_another_type_is_named_whatever_asks_for_the_config(tmp_path: Path, text: str, why: str) -> None:
    run = make(tmp_path / "it", "config.toml", f'kind = "language-model"\n{text}\n'.encode())
    with pytest.raises(RunError, match=rf"config\.toml: {why}"):
        _ = run.config


@pytest.mark.parametrize(
    ("figure", "why"),
    [
        ('"words_seen": "many"', "words_seen is no number"),
        ('"seconds": [1]', "seconds is no number"),
        ('"valid_bleu_signature": 5', "valid_bleu_signature is no text"),
        ('"test_confusion": [[1, "a"]]', "test_confusion is no table of numbers"),
    ],
)
def test_a_figure_of_another_type_is_named_whoever_asks_for_it(tmp_path: Path, figure: str, why: str) -> None:
    run = make(tmp_path / "it", "metrics.json", f"{{{figure}}}".encode())
    with pytest.raises(RunError, match=rf"metrics\.json: {why}; restore it"):
        _ = run.metrics


def test_an_option_that_is_not_there_is_named(tmp_path: Path) -> None:
    run = make(tmp_path / "it", "config.toml", b'kind = "language-model"\n[model]\ntied = true\n')
    assert run.config["model"]["tied"] is True
    assert run.config["model"].get("level") is None
    with pytest.raises(RunError, match=r"config\.toml: no level in \[model\]; restore it"):
        _ = run.config["model"]["level"]
    with pytest.raises(RunError, match=r"config\.toml: no training; restore it"):
        _ = run.config["training"]


@pytest.mark.parametrize("wrong", [{"temperature": "hot"}, {"text": None}, {"seed": "0"}, {"prompt": 5}])
def test_a_sample_that_is_none_is_named(tmp_path: Path, wrong: dict[str, object]) -> None:
    sample = {"prompt": "the", "text": " end", "temperature": 0.5, "seed": 0}
    run = make(tmp_path / "it")
    (run.path / "samples.json").write_text(json.dumps([sample]), encoding="utf-8")
    assert run.samples == [sample]
    (run.path / "samples.json").write_text(json.dumps([sample | wrong]), encoding="utf-8")
    with pytest.raises(RunError, match=r"samples\.json: not every sample has"):
        _ = run.samples
