"""`embedkit trace` and `embedkit probe`, on the runs that the command line trained."""

import json
from pathlib import Path

import numpy as np
import pytest

from embedkit.cli.trace import MOST
from tests.command_line import Call


def test_a_text_is_traced_kept_and_drawn(call: Call, trained: Path, tmp_path: Path) -> None:
    done = call("trace", "the king was founded by zebras", "--run", "small", "--name", "kings")
    assert (done.code, done.out.splitlines()[0]) == (0, "small: 24 units over 6 tokens")
    for event in ("output off", "memory reset", "kept", "written"):
        assert event in done.out
    assert "unknown to small: by, zebras" in done.err
    assert (trained / "runs" / "small" / "traces" / "kings.npz").exists()
    page = (tmp_path / "reports" / "html" / "small-cell.html").read_text(encoding="utf-8")
    assert "small: inside the cell" in page
    assert "embedkit trace TEXT --run small --name kings" in page


def test_a_trace_is_made_again_from_the_weights(call: Call, trained: Path, tmp_path: Path) -> None:
    call("trace", "the king was", "--run", "small", "--name", "again")
    page = str(tmp_path / "reports" / "html" / "small-cell.html")
    kept = trained / "runs" / "small" / "traces" / "again.npz"

    def made_again() -> tuple[str, str]:
        checks = json.loads(call("report", "--verify", page, "--json").out)["checks"]
        return next((c["verdict"], c["why"]) for c in checks if (c["step"], c["what"]) == ("made again", str(kept)))

    assert made_again() == ("match", "computed again from the weights, off by 0")
    with np.load(kept) as archive:
        arrays = dict(archive)
    np.savez(kept, **{**arrays, "gate:forget": 1 - arrays["gate:forget"]})
    verdict, why = made_again()
    assert (verdict, "the weights give values that are off by up to" in why) == ("differs", True)
    kept.unlink()


def test_a_trace_as_json(call: Call) -> None:
    told = json.loads(call("trace", "the king", "--run", "small", "--json").out)
    assert (told["tokens"], told["units"], told["unknown"], told["cell"]) == (["the", "king"], 24, [], "lstm")
    assert {len(event["by_unit"]) for event in told["events"].values()} == {24}


def test_an_encoder_is_traced_without_surprisal(call: Call) -> None:
    done = call("trace", "the king was", "--run", "phrases")
    assert done.code == 0
    assert "phrases: 16 units over 3 tokens" in done.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["trace"], "give a text in quotes"),
        (["trace", "  ", "--run", "small"], "give a text in quotes"),
        (["trace", "the", "--run", "small", "--layer", "1"], "--layer 1: the run has 1 layer, 0 to 0"),
        (["trace", "the", "--run", "small", "--name", "../x"], "trace name '../x': use letters"),
        (["trace", "the " * (MOST + 1), "--run", "small"], "501 tokens, and a heat map shows 500; give a part of it"),
        (["trace", "the", "--run", "smal"], "did you mean small"),
        (["probe", "--run", "small", "--after", "kinng"], "unknown token 'kinng'; did you mean king"),
        (["probe", "--run", "small", "--after", ""], "there is no token in it"),
        (["probe", "--run", "small", "--feature", "quote"], "quote"),
        (["probe", "--run", "small", "--tokens", "10"], "--tokens 10: a probe takes at least 400"),
        (["probe", "--run", "small", "--text", "none.txt"], "--text none.txt: no such file"),
        (["probe", "--run", "small", "--name", "a/b"], "probe name 'a/b': use letters"),
    ],
)
def test_wrong_arguments_are_said(call: Call, words: list[str], said: str) -> None:
    done = call(*words)
    assert done.code == 2
    assert said in done.err
    assert done.out == ""


def test_a_run_of_another_kind_is_refused(call: Call) -> None:
    done = call("probe", "--run", "vectors")
    assert (done.code, "run 'vectors' is a word2vec run; this needs language-model" in done.err) == (2, True)


def test_a_text_that_is_too_short_is_refused(call: Call, tmp_path: Path) -> None:
    short = tmp_path / "short.txt"
    short.write_text("the king\n")
    done = call("probe", "--run", "small", "--text", str(short))
    assert (done.code, "3 tokens are too few for a probe" in done.err) == (2, True)


def test_units_are_probed_kept_and_drawn(call: Call, trained: Path, tmp_path: Path) -> None:
    text = tmp_path / "text.txt"
    text.write_text("the king of the river was founded .\nthe music was .\n" * 200)
    asked = ("--run", "small", "--text", str(text), "--feature", "position", "--feature", "quotes", "--after", "king")
    done = call("probe", *asked, "--name", "tried")
    assert done.code == 0
    assert "small: 24 units of layer 0, their cell state, over text.txt" in done.out
    assert "quotes (inside quotes): not scored; no token of the first half has it" in done.out
    kept = json.loads((trained / "runs" / "small" / "probes" / "tried.json").read_text())
    assert [each["feature"] for each in kept["probes"]] == ["position", "since king", "after king"]
    assert kept["tokens"] == 2800
    assert all(0 <= each["unit"] < 24 for each in kept["probes"])
    told = json.loads(call("probe", *asked, "--json", "--signal", "hidden").out)
    assert (told["signal"], told["run"]) == ("hidden", "small")
    assert "inside the cell" in (tmp_path / "reports" / "html" / "small-cell.html").read_text(encoding="utf-8")
