"""One writer a run, whatever processes and threads want."""

import multiprocessing
import multiprocessing.pool
import multiprocessing.synchronize
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from embedkit.cli.train import new_path
from embedkit.errors import RunError, UsageError
from embedkit.lock import LOCK
from embedkit.runs.lock import claim, unclaim, writing

SPAWN = multiprocessing.get_context("fork")


def hold(path: Path, held: "multiprocessing.synchronize.Event", seconds: float) -> None:
    with writing(path):
        held.set()
        time.sleep(seconds)


@contextmanager
def another_writer(path: Path, seconds: float = 30) -> Iterator[multiprocessing.Process]:
    held = SPAWN.Event()
    process = SPAWN.Process(target=hold, args=(path, held, seconds))
    process.start()
    assert held.wait(20)
    try:
        yield process
    finally:
        process.kill()
        process.join()


def test_a_second_writer_is_told_who_the_first_is(tmp_path: Path) -> None:
    with another_writer(tmp_path / "run") as process:
        named = rf"run is being written to by `.*` \(process {process.pid}, since 20.*wait for it, or choose another"
        with pytest.raises(RunError, match=named), writing(tmp_path / "run"):
            pytest.fail("two hold the lock")
    with writing(tmp_path / "run"):  # killed, it holds nothing any more
        pass


def test_a_run_that_is_being_trained_is_not_said_to_be_in_the_way(tmp_path: Path) -> None:
    path = tmp_path / "runs" / "a"
    with another_writer(path) as process:
        (path / "config.toml").touch()
        with pytest.raises(RunError, match=rf"being written to by .*process {process.pid}, "):
            new_path("a", "")
    with pytest.raises(UsageError, match="choose another --name or remove it"):  # the other one was killed
        new_path("a", "")


def test_a_writer_that_waits_goes_on_when_the_first_is_done(tmp_path: Path) -> None:
    messages: list[str] = []
    waiting = writing(tmp_path / "run", wait=True, progress=lambda share, text="": messages.append(text))
    with another_writer(tmp_path / "run", seconds=0.5), waiting:
        pass
    assert "waiting for `" in messages[0]


def test_the_lock_can_be_held_twice_in_one_thread_and_is_free_afterwards(tmp_path: Path) -> None:
    with writing(tmp_path / "run"):
        with writing(tmp_path / "run"):
            pass
        held = SPAWN.Process(target=_expect_refusal, args=(tmp_path / "run",))
        held.start()
        held.join()
        assert held.exitcode == 0
    assert (tmp_path / "run" / LOCK).read_text() == ""
    with another_writer(tmp_path / "run"):
        pass


def _expect_refusal(path: Path) -> None:
    with pytest.raises(RunError), writing(path):
        pass


def test_folders_of_default_names_are_taken_once(tmp_path: Path) -> None:
    with multiprocessing.pool.ThreadPool(8) as pool:
        paths = pool.map(lambda _: claim(tmp_path / "runs" / "text-lstm", numbered=True), range(24))
    assert len(set(paths)) == 24
    assert {path.name for path in paths} == {"text-lstm", *(f"text-lstm-{n}" for n in range(2, 25))}
    assert claim(paths[0], numbered=False) == paths[0]


def test_a_folder_in_which_nothing_began_is_removed(tmp_path: Path) -> None:
    with writing(tmp_path / "empty"):
        unclaim(tmp_path / "empty")
    assert not (tmp_path / "empty").exists()
    (tmp_path / "begun").mkdir()
    (tmp_path / "begun" / "tokenizer.json").touch()
    unclaim(tmp_path / "begun")
    unclaim(tmp_path / "nowhere")
    assert (tmp_path / "begun" / "tokenizer.json").exists()


@pytest.mark.parametrize("text", ["", "[1]", "{", '{"process": "x"}'])
def test_a_lock_that_says_nothing_is_another_process(text: str, tmp_path: Path) -> None:
    from embedkit.lock import holder

    (tmp_path / LOCK).write_text(text)
    assert holder(tmp_path) == "another process"
