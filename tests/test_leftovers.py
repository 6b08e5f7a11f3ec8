"""What a killed process leaves is removed by the next that writes there, and nothing of a living one."""

import json
import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from embedkit.cli.edge import run
from embedkit.errors import TrainingError
from embedkit.files import whole_file, write_text
from embedkit.leftovers import scratch_folder, sweep, sweep_once, temporary_name
from embedkit.lock import LOCK
from embedkit.runs.lock import claim, writing
from embedkit.training.loop import TrainingLoop
from tests.command_line import (
    ATTENTIVE,
    TRAIN,
    TRAIN_CAPTIONS,
    TRAIN_EXECUTE,
    TRAIN_PHRASES,
    TRAIN_SPEECH,
    write_corpus,
)

SMALL_TRAININGS = (
    *(ATTENTIVE, TRAIN, TRAIN_CAPTIONS, TRAIN_EXECUTE, TRAIN_PHRASES, TRAIN_SPEECH),
    "train classify --level easy --hidden-size 4 --steps 2",
    "train echo --hidden-size 4 --steps 2",
)
FORK = multiprocessing.get_context("fork")


def killed(work: Callable[[], object]) -> int:
    """Do it in another process, which is killed then; its number."""

    def work_and_die() -> None:
        work()
        os.kill(os.getpid(), signal.SIGKILL)

    process = FORK.Process(target=work_and_die)
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    assert process.pid is not None
    return process.pid


def leave(folder: Path) -> None:
    (folder / temporary_name(".npz")).write_bytes(b"half")
    (folder / temporary_name()).mkdir()


@pytest.fixture(autouse=True)
def _first_time() -> None:
    sweep_once.cache_clear()


def test_the_dead_are_swept_and_the_living_are_not(tmp_path: Path) -> None:
    mine = [tmp_path / temporary_name(".npz"), tmp_path / "x.npz", tmp_path / ".hidden", tmp_path / ".embedkit-1-notes"]
    for file in mine:
        file.write_text("")
    killed(lambda: leave(tmp_path))
    assert len(list(tmp_path.iterdir())) == 6
    write_text(tmp_path / "new.txt", "text")
    assert set(tmp_path.iterdir()) == {*mine, tmp_path / "new.txt"}


def test_those_of_another_machine_wait_for_a_day(tmp_path: Path) -> None:
    file = tmp_path / ".embedkit-4000000-00000000-0123abcd.npz"
    file.write_text("")
    sweep(tmp_path)
    assert file.exists()
    os.utime(file, (time.time() - 90_000, time.time() - 90_000))
    sweep(tmp_path)
    assert not file.exists()


def test_a_link_is_removed_and_not_what_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "file").write_text("")
    dead = killed(lambda: None)
    link = tmp_path / temporary_name().replace(f"-{os.getpid()}-", f"-{dead}-")
    link.symlink_to(tmp_path / "kept")
    sweep(tmp_path)
    assert not link.is_symlink()
    assert (tmp_path / "kept" / "file").exists()


def test_the_next_writer_of_a_run_finds_it_tidy(tmp_path: Path) -> None:
    path = tmp_path / "run"
    (path / "spaces").mkdir(parents=True)
    (path / "encoded").mkdir()
    for name in ("config.toml", "metrics.json", "state.safetensors", ".tmpa1B2c3", ".words.txt", "encoded/train.ids"):
        (path / name).write_text("")
    (path / "spaces" / ".0a1b2c3d-vectors.npz").write_text("")
    with writing(path):
        assert {str(file.relative_to(path)) for file in path.rglob("*")} == {
            LOCK,
            "config.toml",
            "metrics.json",
            "spaces",
        }


def test_an_unfinished_run_keeps_what_it_goes_on_from(tmp_path: Path) -> None:
    (tmp_path / "encoded").mkdir()
    for name in ("config.toml", "state.safetensors"):
        (tmp_path / name).write_text("")
    with writing(tmp_path):
        assert {file.name for file in tmp_path.iterdir()} == {LOCK, "config.toml", "state.safetensors", "encoded"}


def begin(path: Path) -> None:
    held = writing(path)
    held.__enter__()
    (path / "tokenizer.json").write_text("{}")
    (path / "encoded").mkdir()
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_beginning_that_was_killed_gives_its_name_back(tmp_path: Path) -> None:
    killed(lambda: begin(tmp_path / "text"))
    assert (tmp_path / "text" / "tokenizer.json").exists()
    path = claim(tmp_path / "text", numbered=True)
    assert path == tmp_path / "text"
    assert [file.name for file in path.iterdir()] == [LOCK]


def claim_and_open(path: Path, *, sign: bool) -> None:
    """Die with the lock of a run's folder in hand, before its record is written or after."""
    path.mkdir(parents=True)
    if sign:
        writing(path).__enter__()
    (path / LOCK).touch()
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("sign", [True, False])
def test_a_folder_that_a_killed_process_had_hardly_made_is_given_away_again(sign: bool, tmp_path: Path) -> None:
    killed(lambda: claim_and_open(tmp_path / "text", sign=sign))
    assert claim(tmp_path / "text", numbered=True) == tmp_path / "text"


def test_what_is_claimed_is_not_given_away_before_it_is_begun(tmp_path: Path) -> None:
    claim(tmp_path / "text", numbered=True)
    claimed = FORK.Process(target=claim, args=(tmp_path / "text",), kwargs={"numbered": True})
    claimed.start()
    claimed.join(20)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["text", "text-2"]
    # The other one is dead now; this one lives.
    assert claim(tmp_path / "text", numbered=True) == tmp_path / "text-2"


def test_a_kill_as_a_name_is_claimed_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def work() -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "rename", lambda *_: os.kill(os.getpid(), signal.SIGKILL))
            claim(tmp_path / "text", numbered=True)

    killed(work)
    assert len(list(tmp_path.iterdir())) == 1
    assert claim(tmp_path / "text", numbered=True) == tmp_path / "text"
    assert list(tmp_path.iterdir()) == [tmp_path / "text"]


def test_a_folder_that_had_something_in_it_and_one_that_is_in_use_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("")
    killed(lambda: begin(tmp_path / "mine"))
    with writing(tmp_path / "living"):
        (tmp_path / "living" / "tokenizer.json").write_text("{}")
        claimed = FORK.Process(target=claim, args=(tmp_path / "text",), kwargs={"numbered": True})
        claimed.start()
        claimed.join(20)
        assert claimed.exitcode == 0
        assert (tmp_path / "living" / "tokenizer.json").exists()
        assert json.loads((tmp_path / "living" / LOCK).read_text())["process"] == os.getpid()
    assert (tmp_path / "mine" / "thesis.tex").exists()


def test_word_vectors_that_were_killed_leave_their_name_and_no_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_corpus(tmp_path / "text.txt")
    words = f"train word2vec --corpus {tmp_path}/text.txt --name vectors --dimensions 4 --epochs 1 --workers 1".split()

    def die(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def work() -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("embedkit.tasks.word2vec.training._fit", die)
            run(words)

    killed(work)
    folder = tmp_path / "runs" / "vectors"
    assert [file.suffix for file in folder.iterdir() if file.name != LOCK] == [".txt"]
    assert run(words) == 0
    assert {file.name for file in folder.iterdir() if file.name.startswith(".")} == {LOCK}


def test_a_failure_before_there_is_anything_to_go_on_with_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_corpus(tmp_path / "text.txt")

    def broken(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("embedkit.runs.folder.Run.write_provenance", broken)
    assert run(f"train lm --corpus {tmp_path}/text.txt --steps 1".split()) == 1
    assert "memory ran out" in capsys.readouterr().err
    assert list((tmp_path / "runs").iterdir()) == []


@pytest.mark.parametrize("small", SMALL_TRAININGS)
def test_a_training_that_fails_before_its_first_checkpoint_leaves_nothing(
    small: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_corpus(tmp_path / "text.txt")

    def too_little(*_: object) -> None:
        raise TrainingError("there is too little to train on")

    monkeypatch.setattr("embedkit.training.driver.TrainingLoop.fit", too_little)
    assert run(small.format(corpus=tmp_path / "text.txt").split()) == 1
    assert "error: there is too little to train on" in capsys.readouterr().err
    assert list((tmp_path / "runs").iterdir()) == []


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("a b\n" * 600, "--batch-size 30000", "are too few for 30000 columns"),
        ("a b\n", "", "the valid split is empty"),
    ],
    ids=["wide batches", "a short text"],
)
def test_what_is_too_short_to_train_on_can_be_tried_again_under_its_name(
    text: str, options: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "text.txt").write_text(text)
    words = f"train lm --corpus {tmp_path}/text.txt --steps 3 --name once {options}".split()
    for _ in range(2):
        assert run(words) == 1
        assert message in capsys.readouterr().err
        assert list((tmp_path / "runs").iterdir()) == []


def test_a_failure_keeps_what_was_there_before_and_a_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_corpus(tmp_path / "text.txt")
    words = TRAIN.format(corpus=tmp_path / "text.txt").split()
    folder = tmp_path / "runs" / "small"
    folder.mkdir(parents=True)
    (folder / "notes.txt").write_text("my own")

    def fail_after(step: int, patch: pytest.MonkeyPatch) -> None:
        advance = TrainingLoop._advance

        def stepped(loop: TrainingLoop, batch: object) -> None:
            if loop.position.step == step:
                raise TrainingError("the loss is nan")
            advance(loop, batch)

        patch.setattr(TrainingLoop, "_advance", stepped)

    with monkeypatch.context() as patch:
        fail_after(10, patch)
        assert run(words) == 1
        assert [file.name for file in folder.iterdir() if file.name != LOCK] == ["notes.txt"]
    with monkeypatch.context() as patch:
        fail_after(20, patch)  # after the first of two evaluations
        assert run(words) == 1
        assert {"notes.txt", "config.toml", "state.safetensors"} <= {file.name for file in folder.iterdir()}


def test_scratch_folders_of_the_dead_go_when_the_next_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def work() -> None:
        with scratch_folder() as folder:
            (folder / "half").write_text("")
            os.kill(os.getpid(), signal.SIGKILL)

    killed(work)
    assert len(list(tmp_path.iterdir())) == 1
    sweep_once.cache_clear()
    with scratch_folder() as folder:
        assert list(tmp_path.iterdir()) == [folder]
    assert list(tmp_path.iterdir()) == []


def test_a_sweep_takes_a_hundredth_of_a_tenth_of_a_second(tmp_path: Path) -> None:
    for number in range(200):
        write_text(tmp_path / "spaces" / f"{number}.npz", "")
    started = time.perf_counter()
    with writing(tmp_path):
        pass
    assert time.perf_counter() - started < 0.1  # a hundredth of a training of ten seconds


def test_a_kill_while_a_file_is_written_leaves_the_old_one_whole(tmp_path: Path) -> None:
    write_text(tmp_path / "a.txt", "old")

    def work() -> None:
        with whole_file(tmp_path / "a.txt") as temporary:
            temporary.write_text("ne")
            os.kill(os.getpid(), signal.SIGKILL)

    killed(work)
    assert (tmp_path / "a.txt").read_text() == "old"
    sweep(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["a.txt"]
