"""`embedkit similarity`: what it prints for one space and for two, and what it refuses."""

import json
from pathlib import Path

import pytest

from embedkit.spaces.open import open_space
from tests.command_line import Call

PAIRS = "king queen 9\nking man 7\nriver music 2\nman woman 8\nboy girl 8.5\ncity the 1\nboy zebra 3\n"


@pytest.fixture
def own(tmp_path: Path) -> str:
    (tmp_path / "own.txt").write_text(PAIRS, encoding="utf-8")
    return "own.txt"


def test_a_row_for_each_set_and_space(call: Call, own: str) -> None:
    done = call("similarity", own, "wordsim", "--space", "vectors", "--space", "small/output")
    assert done.code == 0, done.err
    rows = [line.split() for line in done.out.splitlines()]
    first = [row[:2] for row in rows if row[:1] == ["own"] or row[:1] == ["wordsim353"]]
    spaces = ["vectors/vectors", "small/output"]
    assert first[:4] == [[name, space] for name in ("own", "wordsim353") for space in spaces]
    (row,) = (row for row in rows if row[:2] == ["own", "vectors/vectors"] and "%" in row)
    assert "6 7 85.7 %" in " ".join(row)
    assert "One less the other" in done.out
    # Of WordSim-353 a vocabulary of twenty words covers next to nothing.
    assert "wordsim353, vectors/vectors: No headline:" in done.out


def test_one_space_and_no_difference(call: Call, own: str) -> None:
    done = call("similarity", own, "--space", "vectors", "--resamples", "200", "--restrict", "8")
    assert done.code == 0, done.err
    assert "The first 8 words are looked at." in done.out
    assert "200 resamples" in done.out
    assert "One less the other" not in done.out


def test_json_holds_every_figure(call: Call, own: str) -> None:
    done = call("similarity", own, "--space", "vectors", "--space", "small", "--json", "--resamples", "100")
    found = json.loads(done.out)
    assert [score["space"] for score in found["scores"]] == ["vectors/vectors", "small/input"]
    score = found["scores"][0]
    assert (score["covered"], score["total"], score["no_headline"]) == (6, 7, "")
    assert set(score["correlation"]) == {"rho", "interval", "pairs"}
    (less,) = found["differences"]
    assert less["difference"] == pytest.approx(less["rhos"][0] - less["rhos"][1])


def test_by_default_both_sets_and_the_newest_run(call: Call) -> None:
    done = call("similarity", "--json", "--resamples", "100")
    assert done.code == 0, done.err
    asked = [(score["questions"], score["space"], score["total"]) for score in json.loads(done.out)["scores"]]
    newest = open_space().name  # other tests may have trained in between
    assert asked == [("wordsim353", newest, 353), ("simlex999", newest, 999)]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("similarity google-analogies", 2, "give it to `embedkit analogy --questions google-analogies`"),
        ("analogy --questions simlex999 --space vectors", 2, "give it to `embedkit similarity simlex999`"),
        ("similarity wordsin353", 2, "did you mean wordsim353"),
        ("similarity nowhere.txt", 2, "nowhere.txt: no such file; `embedkit corpora` lists the word-similarity sets"),
        ("similarity --space vectors --restrict 0", 2, "restrict is 0"),
        ("similarity --resamples 5", 2, "needs 100 or more"),
        ("similarity own.txt --spcae vectors", 2, "--space"),
        ("similarity bad.txt", 1, "bad.txt:2: not two words and a number"),
        ("analogy --questions own.txt --space vectors", 1, "try `embedkit similarity own.txt`"),
    ],
)
def test_a_wrong_call_says_what_to_do(call: Call, own: str, words: str, code: int, said: str, tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_text("a b 1\na b\n", encoding="utf-8")
    done = call(*words.split())
    *_, line = done.err.strip().splitlines()
    assert (done.code, said in line) == (code, True), done.err
