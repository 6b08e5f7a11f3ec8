"""Where a file is meant and is not there, a folder is, or a text is and a file is named: one line and exit code 2."""

from pathlib import Path

import pytest

from embedkit.files import parse_json, parse_toml
from tests.command_line import TRAIN, Call

MARK = "\ufeff"
TESTS = """
[[tests]]
name = "own"
X = ["king", "man"]
Y = ["queen", "woman"]
A = ["he", "his"]
B = ["she", "her"]
"""


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("trace nope.wav", "nope.wav: no such file"),
        ("trace any --run spoken", "any: no such file"),
        ("trace notes.txt --run small", "notes.txt is a file, and a text is expected; give what stands in it"),
        ("complete note.txt", "note.txt: no such file; did you mean notes.txt?"),
        ("complete notes.txt", "notes.txt is a file, and a text is expected; give what stands in it"),
        ("writer nope.tsv", "nope.tsv: no such file"),
        ("translate nope.csv", "nope.csv: no such file"),
        ("translate notes.txt", "notes.txt is a file, and a text is expected; give it as --file, a text a line"),
        ("encode a.flac b.flac", "a.flac: no such file"),
        ("interpolate a.png b.png", "a.png: no such file"),
        ("phrase-analogy a b c.txt", "c.txt: no such file"),
        ("transcribe nope.wav", "nope.wav: no such file"),
        ("transcribe folder", "folder: a folder, and a file is expected"),
        ("caption nope.png", "nope.png: no such file"),
        ("caption folder", "folder: a folder, and a file is expected"),
        ("caption --scene 3 --out folder", "folder: a folder, and a file is written"),
        ("encode --file folder", "--file folder: a folder, and a file is expected"),
        ("execute --file folder", "--file folder: a folder, and a file is expected"),
        ("probe --text folder --run small", "--text folder: a folder, and a file is expected"),
        ("surprisal folder", "folder: a folder, and a file is expected"),
        ("surprisal notes.text", "notes.text: no such file, and a sentence has more than one word, or ends as one"),
        ("report --verify nope.html", "nope.html: no such file"),
        ("report --verify folder", "folder: a folder, and a file is expected"),
        ("report nope.toml", "nope.toml: no such file"),
        ("export vectors --format npz --out folder", "folder: a folder, and a file is written"),
        ("export vectors --format tensorboard --out notes.txt", "notes.txt: a file, and a folder is written"),
        ("audit vectors --weat nope.toml", "nope.toml: no such file"),
        ("audit vectors --weat short.toml", "short.toml: own: Y: it takes two words or more"),
        ("train lm --config folder", "--config folder: a folder, and a file is expected"),
    ],
)
def test_what_is_no_file_is_a_wrong_call(call: Call, tmp_path: Path, words: str, message: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "notes.txt").write_text("the king\n")
    (tmp_path / "short.toml").write_text(TESTS.replace(', "woman"', ""))
    before = sorted(tmp_path.iterdir())
    refused = call(*words.split())
    assert (refused.code, refused.out) == (2, "")
    assert refused.err.splitlines()[-1].startswith(f"error: {message}")
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("sentence", ["北京是首都。", "すし", "สวัสดี", "Stop!", "“Go.”", "Wait…", "the king"])
def test_a_sentence_may_have_no_space(call: Call, sentence: str) -> None:
    read = call("surprisal", sentence, "--run", "small")
    assert read.code == 0, read.err
    assert "of 1 sentence" in read.err


def test_a_byte_order_mark_before_toml_and_json_is_skipped(call: Call, trained: Path, tmp_path: Path) -> None:
    assert parse_toml(f"{MARK}a = 1") == {"a": 1}
    assert parse_json(f'{MARK}{{"a": 1}}') == {"a": 1}
    (tmp_path / "tests.toml").write_text(MARK + TESTS, encoding="utf-8")
    assert call("audit", "vectors", "--weat", "tests.toml", "--resamples", "100").code == 0
    (tmp_path / "options.toml").write_text(f"{MARK}steps = 0\n", encoding="utf-8")
    words = TRAIN.format(corpus=trained / "small.txt").replace("--steps 30 ", "").split()
    assert "--steps 0: must be above zero" in call(*words, "--config", "options.toml").err
    (tmp_path / "recipe.toml").write_text(f"{MARK}title = 5\n", encoding="utf-8")
    assert "a recipe needs the key 'sections'" in call("report", "recipe.toml", "small").err
