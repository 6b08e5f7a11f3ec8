"""The commands of a seq2seq run: what they print, what they keep, and what they refuse in one line."""

import json
import tomllib
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from embedkit.tasks.seq2seq.config import SEQ2SEQ_PRESETS
from tests.command_line import Call, write_corpus


def as_json(call: Call, *words: str) -> Any:
    done = call(*words, "--json")
    assert done.code == 0, done.err
    return json.loads(done.out)


TINY = (
    *("--steps", "2", "--evaluations", "1", "--embedding-size", "8", "--hidden-size", "8", "--bottleneck-size", "4"),
    *("--device", "cpu"),
)


@pytest.fixture
def copying(copy_run: Any) -> tuple[str, str]:
    """The options that choose the run whose answers are known."""
    return "--run", str(copy_run.path)


def test_a_translation_a_line(call: Call, copying: tuple[str, str], tmp_path: Path) -> None:
    (tmp_path / "texts.txt").write_text("zz\n\nkxw\n")
    done = call("translate", "abc", "--file", "texts.txt", *copying)
    assert (done.code, done.out) == (0, "abc\nzz\nkxw\n")
    found = as_json(call, "translate", "abc", "--best", "3", *copying)
    (row,) = found["rows"]
    assert (found["run"], row["source"], row["translations"][0]["text"]) == ("copy", "abc", "abc")
    assert len(row["translations"]) == 3
    table = call("translate", "abc", "--best", "3", *copying).out
    assert all(each["text"] in table for each in row["translations"])
    assert call("translate", "abc", "--beams", "1", *copying).out == "abc\n"


def test_standard_input_is_translated(call: Call, copying: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", StringIO("zz\n\nq\n"))
    done = call("translate", "--file", "-", *copying)
    assert (done.err, done.out) == ("", "zz\nq\n")


def test_unknown_tokens_are_noted_and_answered(call: Call, copying: tuple[str, str]) -> None:
    done = call("translate", "aЖ", *copying)
    assert done.code == 0
    assert "'aЖ': 1 of its tokens are unknown to run copy" in done.err
    assert len(done.out.splitlines()) == 1
    assert call("translate", "", *copying).code == 0


def test_a_drawn_translation_is_the_same_for_the_same_seed(call: Call, copying: tuple[str, str]) -> None:
    words = ("translate", *["abc"] * 8, "--temperature", "4", *copying, "--seed")
    assert call(*words, "3").out == call(*words, "3").out != call(*words, "4").out


def test_points_between_two_texts(call: Call, copying: tuple[str, str]) -> None:
    found = as_json(call, "interpolate", "abc", "zz", "--steps", "3", *copying)
    assert [step["share"] for step in found["steps"]] == [0.0, 0.5, 1.0]
    assert (found["steps"][0]["text"], found["steps"][-1]["text"]) == ("abc", "zz")
    done = call("interpolate", "abc", "zz", *copying)
    assert "decodes to" not in done.err
    assert len([line for line in done.out.splitlines() if "%" in line]) == 9
    # An end that is not given back is said.
    assert "the vector of 'aЖbЖcЖd' decodes to" in call("interpolate", "aЖbЖcЖd", "zz", *copying).err


def test_an_analogy_of_phrases(call: Call, copying: tuple[str, str]) -> None:
    found = as_json(call, "phrase-analogy", "ab", "ab", "kx", "-k", "4", *copying)
    assert found["decoded"] == "kx"
    assert len(found["answers"]) == len(found["honest"]) == 4
    assert not {"ab", "kx"} & {answer["word"] for answer in found["answers"]}
    done = call("phrase-analogy", "ab", "ab", "kx", "-k", "4", *copying)
    assert "decoded: kx" in done.out
    assert "on the left without a, b and c" in done.out


def test_a_run_is_scored_on_what_it_has_not_seen(call: Call, copy_run: Any) -> None:
    path = str(copy_run.path)
    found = as_json(call, "evaluate", path, "--split", "test")
    assert found["exact"] == found["n"] == copy_run.metrics["test_pairs"]
    assert (copy_run.path / "scores" / "test.json").is_file()
    assert as_json(call, "evaluate", path, "--pairs", "5", "--beams", "1")["n"] == 5
    done = call("evaluate", path, "--pairs", "0")
    assert f"copy/valid: {copy_run.metrics['valid_pairs']:,} sources, beam 5" in done.out
    assert "100.0 %" in done.out
    assert "occur word for word in the training targets" in done.out
    assert "chrF nrefs:1" in done.err
    assert "the bottleneck is not all" in call("evaluate", "attentive", "--pairs", "3").err


def test_texts_become_a_space_of_vectors(call: Call, tmp_path: Path) -> None:
    made = as_json(call, "encode", "the king", "her music", "the king", "--run", "phrases", "--out", "v.npz")
    assert (made["points"], made["dimensions"], made["space"]) == (2, 8, "phrases/encoded")
    assert (tmp_path / "v.npz").is_file()
    near = as_json(call, "neighbors", "the king", "--space", "phrases/encoded")["neighbors"]["the king"]
    assert [answer["word"] for answer in near] == ["her music"]


def test_without_a_name_the_newest_run_that_fits_is_taken(call: Call) -> None:
    """The language model and the word vectors are newer, and so is no other seq2seq run at first."""
    assert as_json(call, "translate", "the king", "--run", "phrases")["run"] == "phrases"
    newest = next(row["run"] for row in reversed(as_json(call, "runs")) if row["kind"] == "seq2seq")
    assert as_json(call, "translate", "the king")["run"] == newest


def test_a_phrase_that_was_never_seen_has_neighbors(call: Call) -> None:
    found = as_json(call, "neighbors", "king music river queen city", "--space", "phrases", "-k", "3")["neighbors"]
    (near,) = found.values()
    assert len(near) == 3
    assert all(2 <= len(answer["word"].split()) <= 5 for answer in near)
    assert "unknown" in call("neighbors", "king music river", "--space", "phrases/source").err


def test_what_is_trained_is_named_after_its_task(call: Call, tmp_path: Path) -> None:
    write_corpus(tmp_path / "again.txt")
    small = [
        "--steps",
        "2",
        "--evaluations",
        "1",
        "--embedding-size",
        "8",
        "--hidden-size",
        "8",
        "--bottleneck-size",
        "4",
        "--pairs",
        "300",
    ]
    made = as_json(call, "train", "seq2seq", "--corpus", "again.txt", "--phrases", *small)
    assert made["run"] == "again-phrases"
    config = tomllib.loads((Path(made["path"]) / "config.toml").read_text())
    preset, training = SEQ2SEQ_PRESETS["phrases"]
    assert config["model"]["shared_vocabulary"] is preset.shared_vocabulary is True
    assert config["training"]["learning_rate"] == training.learning_rate
    assert "epochs" not in config["training"]  # the budget that was asked for goes before the preset's
    streamed = ["--stream", "next", "--bptt", "5", "--batch-size", "4"]
    made = as_json(call, "train", "seq2seq", "--corpus", "again.txt", *streamed, *small)
    assert made["run"] == "again-next"
    assert made["metrics"]["valid_perplexity"] > 1
    made = as_json(call, "train", "seq2seq", "--corpus", "dates", "--target-language", "fr", *small)
    assert made["run"] == "dates-en-fr"
    (tmp_path / "c.toml").write_text('corpus = "reverse"\nhidden_size = 9\npairs = 200\nlongest = 4\n')
    words = ["--config", "c.toml", "--hidden-size", "7", "--steps", "2", "--bottleneck-size", "4"]
    made = as_json(call, "train", "seq2seq", *words)
    config = tomllib.loads((Path(made["path"]) / "config.toml").read_text())
    assert (made["run"], config["model"]["hidden_size"], config["training"]["longest"]) == ("reverse", 7, 4)


@pytest.mark.parametrize(
    ("words", "said", "code"),
    [
        ("translate", "give a text in quotes, or --file", 2),
        ("translate abc --run phrasez", "did you mean phrases", 2),
        ("translate abc --run small", "run 'small' is a language-model run; this needs seq2seq", 2),
        ("translate abc --run vectors", "is a word2vec run; this needs seq2seq", 2),
        ("translate abc --run phrases --beams 0 --best 0", "--best 0: must be at least 1", 2),
        ("translate abc --run phrases --beams 0", "--beams 0: must be at least 1", 2),
        ("translate abc --run phrases --length-penalty -1", "--length-penalty -1.0: must be at least 0", 2),
        ("translate abc --run phrases --temperature 0", "--temperature 0.0: must be above 0", 2),
        ("translate --file nowhere.txt --run phrases", "--file nowhere.txt: no such file", 2),
        ("interpolate abc --run phrases", "--help", 2),
        ("interpolate abc abd --run phrases --steps 1", "--steps 1: must be at least 2", 2),
        ("interpolate abc abd --run attentive", "attends to its source", 2),
        ("phrase-analogy a b --run phrases", "--help", 2),
        ("phrase-analogy a b c --run attentive", "attends to its source", 2),
        ("phrase-analogy a b c --run phrases -k 0", "at least one neighbour", 2),
        ("evaluate phrases --split dev", "dev", 2),
        ("evaluate phrases --beams 0", "--beams 0: must be at least 1", 2),
        ("evaluate phrases --pairs -1", "--pairs -1: must be at least 1, or 0 for all", 2),
        ("evaluate small", "run small is scored on minimal pairs: use --pairs blimp", 2),
        ("encode abc --run phrases", "give at least two different texts", 2),
        ("encode abc abc --run phrases", "give at least two different texts", 2),
        ("encode abc abd --run vectors", "this needs language-model or seq2seq", 2),
        ("train seq2seq --attention dott", 'Did you mean "dot"', 2),
        ("train seq2seq --stream self", "--corpus dates", 2),
        ("train seq2seq --corpus wikipedia-sample --stream self --attention dot", "leave --attention none", 2),
        ("train seq2seq --corpus wikipedia-sample --stream self --bidirectional", "--no-bidirectional", 2),
        ("train seq2seq --corpus wikipedia-sample --stream self --phrases", "give one", 2),
        ("train seq2seq --corpus wikipedia-sample --stream self --no-shared-vocabulary", "--shared-vocabulary", 2),
        ("train seq2seq --corpus nowhere.tsv", "nowhere.tsv: no such file", 2),
        ("train seq2seq --corpus copy --longest 0", "--longest 0: must be at least 1", 2),
        ("train seq2seq --denoise 1", "--denoise 1.0: must be at least 0 and below 1", 2),
        ("train seq2seq --resume small", "this resumes seq2seq runs", 2),
        ("train seq2seq --resume phrases", "has finished", 1),
    ],
)
def test_a_wrong_call_is_one_line(call: Call, words: str, said: str, code: int, tmp_path: Path) -> None:
    done = call(*words.split())
    line = done.err.strip().splitlines()[-1]
    assert line.startswith("error: ")
    assert said in line
    assert "Traceback" not in done.err
    assert done.code == code
    assert list(tmp_path.iterdir()) == []


def test_a_split_that_the_corpus_does_not_have(call: Call, tmp_path: Path) -> None:
    folder = tmp_path / "two"
    folder.mkdir()
    for split in ("train", "valid"):
        (folder / f"{split}.tsv").write_text("".join(f"{n}\t{n}\n" for n in range(60)))
    small = [
        "--steps",
        "2",
        "--evaluations",
        "1",
        "--embedding-size",
        "8",
        "--hidden-size",
        "8",
        "--bottleneck-size",
        "4",
        "--min-count",
        "1",
    ]
    assert call("train", "seq2seq", "--corpus", str(folder), "--name", "without-test", *small).code == 0
    assert call("evaluate", "without-test", "--pairs", "5").code == 0
    done = call("evaluate", "without-test", "--split", "test")
    assert done.code == 2
    assert f"--split test: {folder} has train, valid" in done.err


def test_a_text_that_is_too_long_is_refused(call: Call) -> None:
    done = call("translate", "king " * 2_001, "--run", "phrases")
    assert done.code == 2
    assert "has 2,002 tokens; 2,000 are the most: split it" in done.err
