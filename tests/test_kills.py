"""Commands that are killed, and two at once: a short form of `python -m benchmarks.faults --parts kills pairs`."""

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np

from benchmarks.folders import contents, half_written
from benchmarks.forks import AFTER, MOMENTS, ONE_THREAD, start
from tests.fresh import run_python

ROOT = Path(__file__).resolve().parent.parent

KILLED = """
import json
from benchmarks.kills import KINDS, measure
kinds = [kind for kind in KINDS if kind.name in ("train lm", "corpora fetch")]
tallies = measure(8, kinds=kinds).values()
print(json.dumps([[tally.kills.total(), tally.faults] for tally in tallies]))
"""
PAIRED = """
import json
from benchmarks.pairs import PAIRS, measure
pairs = [pair for pair in PAIRS if pair.name in ("a training and a file of its name", "a corpus twice")]
print(json.dumps([[tally.pairs, tally.faults] for tally in measure(4, pairs=pairs).values()]))
"""


def measured(code: str, folder: Path) -> list[tuple[int, list[str]]]:
    """Of each kind, how many there were and which faults were found."""
    done = run_python(["-c", code], folder=folder, path=[str(ROOT)], environment=ONE_THREAD)
    assert done.returncode == 0, done.stderr
    return [(count, faults) for count, faults in json.loads(done.stdout.splitlines()[-1])]


def test_commands_that_are_killed_and_run_again_leave_what_they_leave_otherwise(tmp_path: Path) -> None:
    for kills, faults in measured(KILLED, tmp_path):
        assert kills >= 4
        assert faults == []


def test_two_commands_at_once_leave_what_one_after_the_other_leaves(tmp_path: Path) -> None:
    assert measured(PAIRED, tmp_path) == [(2, []), (2, [])]


def test_every_moment_of_a_command_is_told_and_it_can_be_killed_at_each(tmp_path: Path) -> None:
    folder = tmp_path / "case"
    (folder / "tmp").mkdir(parents=True)
    (folder / "vectors.txt").write_text("a 1 0\nb 0 1\nc 1 1\n")
    words, log = ["neighbors", "a", "--space", "vectors.txt"], tmp_path / "log"
    assert start(words, folder, tmp_path / "out", log=log).ended() == 0
    moments = [json.loads(line) for line in log.read_text().splitlines()]
    assert [number for number, _, _ in moments] == [*range(1, len(moments) + 1)]
    assert {name for _, name, _ in moments} == {*MOMENTS}
    config = next(number for number, name, file in moments if name == AFTER and file == "runs/vectors/config.toml")
    shutil.rmtree(folder / "runs")
    command = start(words, folder, tmp_path / "out", at=config)
    moment = command.kill_at_moment(0)
    assert command.ended() == -9
    assert moment is not None
    assert (moment.name, moment.file) == (AFTER, "runs/vectors/config.toml")
    assert (folder / "runs" / "vectors" / "config.toml").exists()


def test_files_that_were_cut_short_are_found(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.arange(1000))
    (tmp_path / "a.json").write_text('{"seconds": 1, "loss": 2}')
    (tmp_path / "history.jsonl").write_text('{"step": 1}\n{"st')
    (tmp_path / "page.html").write_text("<html></html>\n")
    (tmp_path / "text.txt").write_text("all of it")
    (tmp_path / ".embedkit-1.json").write_text("{")
    whole = {"text.txt": hashlib.sha256(b"all of it").hexdigest()}
    assert half_written(tmp_path, whole) == []
    for file in tmp_path.iterdir():
        file.write_bytes(file.read_bytes()[:-12])
    (tmp_path / "history.jsonl").write_text('{"st\n{"step": 2}\n')
    assert half_written(tmp_path, whole) == ["a.json", "a.npz", "history.jsonl", "page.html", "text.txt"]


def test_only_times_may_differ(tmp_path: Path) -> None:
    file = tmp_path / "metrics.json"
    file.write_text('{"seconds": 1, "tokens_per_second": 5, "loss": 2}')
    one = contents(tmp_path)
    file.write_text('{"seconds": 2, "tokens_per_second": 4, "loss": 2}')
    assert contents(tmp_path) == one
    file.write_text('{"seconds": 2, "tokens_per_second": 4, "loss": 3}')
    assert contents(tmp_path) != one
