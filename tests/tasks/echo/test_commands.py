"""The commands of the echo and of the gradients: what they print, and what they refuse in one line."""

import json
from pathlib import Path

import pytest

from tests.command_line import Call

TRAIN = "train echo --delay 2 --chunk 5 --hidden-size 4 --batch-size 4 --length 60 --held-out-length 50 --steps 3"


@pytest.fixture
def own_runs(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """The command line with a folder of runs of its own."""
    monkeypatch.setenv("EMBEDKIT_RUNS", str(tmp_path / "runs"))
    return call


def test_an_echo_is_trained_scored_and_reported(own_runs: Call, tmp_path: Path) -> None:
    done = own_runs(*TRAIN.split(), "--json")
    assert done.code == 0, done.err
    trained = json.loads(done.out)
    assert (trained["run"], trained["metrics"]["test_bits"]) == ("echo-2-gru", 48 * 4)
    score = json.loads(own_runs("evaluate", "echo-2-gru", "--split", "valid", "--json").out)
    assert (score["delay"], score["chunk"], len(score["carried"]["positions"])) == (2, 5, 5)
    table = own_runs("evaluate", "echo-2-gru").out
    assert "echo-2-gru/valid: echo after 2 steps, chunks of 5" in table
    assert "the first 2 positions of a chunk cannot be known" in table
    assert "accuracy" in own_runs("runs").out
    assert own_runs("report", "echo-2-gru").code == 0
    page = tmp_path / "reports" / "html" / "echo-2-gru.html"
    assert "What the state carries over" in page.read_text(encoding="utf-8")
    verified = own_runs("report", "--verify", str(page))
    assert verified.code == 0, verified.err
    assert "0 differ" in verified.out


def test_experiments_print_tables_and_render_pages(own_runs: Call, tmp_path: Path) -> None:
    small = "--cells rnn-tanh --hidden-sizes 2 --delays 1 --seeds 1 --steps 2 --held-out-length 40 --workers 1"
    done = own_runs("lab", "echo-capacity", *small.split())
    assert done.code == 0, done.err
    assert "the longest delay with 95% right" in done.out
    small = "--cells rnn-tanh lstm --levels easy --hidden-size 4 --steps 2 --snapshots 1 --held-out 20 --workers 1"
    done = own_runs("lab", "gradients", *small.split())
    assert done.code == 0, done.err
    assert "planted matrices, 60 steps back" in done.out
    for name in ("echo-capacity", "gradients"):
        page = tmp_path / "reports" / "html" / f"{name}.html"
        assert page.is_file()
        verified = own_runs("report", "--verify", str(page))
        assert verified.code == 0, verified.err
        assert " 2 could not be checked" in verified.out  # the trials, and the metrics that sum them up


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("train echo --delay 0", "--delay 0: must be at least 1"),
        ("train echo --delay 50 --held-out-length 50", "series of 50 bits have no echo after 50"),
        ("train echo --cell elman", "rnn-tanh"),
        ("train echo --corpus wikitext-2", "Unknown option: --corpus"),
        ("lab echo-capacity --delays 0", "must be at least 1"),
        ("lab gradients --levels impossible", "impossible"),
        ("lab gradients --cells lsmt", "lsmt"),
        ("lab gradient", 'Did you mean "gradients"?'),
        ("lab gradients --steps 2", "--snapshots 4: must be at most --steps 2"),
    ],
)
def test_what_makes_no_sense_is_one_line(own_runs: Call, words: str, message: str) -> None:
    done = own_runs(*words.split())
    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert len(done.err.strip().splitlines()) == 1
