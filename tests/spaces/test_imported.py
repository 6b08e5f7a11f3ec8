"""An embedding file as a run: made once, told apart by its content, and opened by its name afterwards."""

import errno
import multiprocessing
import os
import signal
from pathlib import Path

import numpy as np
import pytest

from embedkit.errors import SpaceError, UsageError
from embedkit.leftovers import sweep_once
from embedkit.runs.folder import list_runs
from embedkit.runs.lock import writing
from embedkit.spaces import EmbeddingSpace, imported
from embedkit.spaces.formats.detect import stem_of, write_space
from embedkit.spaces.imported import run_name
from embedkit.spaces.open import home_of, open_space, word_kinds
from embedkit.spaces.source import EmbeddingSource
from embedkit.tasks.word2vec.training import SPACE as WORD2VEC_SPACE

AXES = EmbeddingSpace("axes", ("east", "north"), np.eye(2))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "my vectors.txt"
    write_space(AXES, path, format="word2vec")
    return path


def test_a_file_gets_a_run_and_opens_by_its_name_without_the_file(file: Path) -> None:
    space = open_space(str(file))
    run, which = home_of(str(file))
    assert (run.name, which, run.kind, space.name) == ("my-vectors", "vectors", "embeddings", "my-vectors/vectors")
    assert run.finished
    assert run.provenance["corpus"]["checksum"].startswith("sha256:")
    assert run.metrics == {"points": 2, "dimensions": 2}
    file.unlink()
    assert open_space("my-vectors").labels == ("east", "north")
    assert home_of("my-vectors") == (run, WORD2VEC_SPACE)


def test_a_file_is_read_into_a_run_once(file: Path) -> None:
    first, _ = home_of(str(file))
    at = (first.path / "spaces" / "vectors.npz").stat().st_mtime_ns
    assert home_of(str(file))[0] == first
    assert (first.path / "spaces" / "vectors.npz").stat().st_mtime_ns == at


def test_another_file_of_the_same_name_gets_a_run_of_its_own(file: Path) -> None:
    home_of(str(file))
    write_space(EmbeddingSpace("axes", ("up", "down"), -np.eye(2)), file, format="word2vec")
    run, _ = home_of(str(file))
    assert run.name.startswith("my-vectors-")
    assert open_space(run.name).labels == ("up", "down")
    assert open_space("my-vectors").labels == ("east", "north")
    assert len(list_runs()) == 2


def test_a_files_run_is_never_the_newest_run_of_words(file: Path) -> None:
    home_of(str(file))
    assert list_runs(kinds=word_kinds()) == []


def test_a_files_run_has_one_space(file: Path) -> None:
    home_of(str(file))
    with pytest.raises(UsageError, match="vectors"):
        open_space("my-vectors/input")


@pytest.mark.parametrize(
    ("name", "run"),
    [("glove.6B.50d.txt.gz", "glove.6B.50d"), ("../a b/<img>.vec", "img"), ("….txt", "embeddings"), (".npz", "npz")],
)
def test_a_files_name_becomes_a_runs(name: str, run: str) -> None:
    assert run_name(stem_of(EmbeddingSource(Path(name)))) == run


def test_a_moved_and_renamed_file_is_not_read_again(file: Path) -> None:
    run, _ = home_of(str(file))
    moved = file.with_name("other.vec")
    file.rename(moved)
    assert home_of(moved)[0] == run
    assert len(list_runs()) == 1


def test_how_a_file_was_read_holds_until_something_else_is_chosen(tmp_path: Path) -> None:
    path = tmp_path / "faulty.txt"
    path.write_text("a 1 2\nzero 0 0\nb 2 1\na 3 3\n")
    with pytest.raises(SpaceError, match=r"faulty\.txt:2: the vector of 'zero' is zero.*--repair leaves it out"):
        open_space(path)
    assert list_runs() == []
    mended = open_space(path, repair=True)
    assert mended.labels == ("a", "b")
    assert mended.provenance["repairs"] == [
        {"kind": "zero vector", "rule": "left out", "count": 1, "first": ["line 2: zero"]},
        {"kind": "label that stands twice", "rule": "the first kept", "count": 1, "first": ["line 4: a"]},
    ]
    assert open_space(path).labels == ("a", "b")
    assert len(list_runs()) == 1


def test_a_part_of_a_file_is_not_taken_for_the_whole(file: Path) -> None:
    assert open_space(file, limit=1).labels == ("east",)
    assert open_space(file).labels == ("east", "north")
    assert open_space(file, limit=1).labels == ("east",)
    assert len(list_runs()) == 2


def test_options_of_reading_go_with_files_alone(file: Path) -> None:
    home_of(str(file))
    with pytest.raises(UsageError, match="--repair is about how a file is read; my-vectors is no file"):
        open_space("my-vectors", repair=True)
    with pytest.raises(UsageError, match="unknown option of reading 'lable'; did you mean label"):
        open_space(file, lable="x")  # type: ignore[call-arg]


def test_a_missing_file_is_no_unknown_run(file: Path) -> None:
    with pytest.raises(UsageError, match=r"my vectrs\.txt: no such file; did you mean .*my vectors\.txt"):
        open_space(file.with_name("my vectrs.txt"))


def test_where_nothing_can_be_kept_the_file_is_read_alone(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", "runs")

    monkeypatch.setattr("embedkit.runs.arrays.ArchiveWriter.write", refuse)
    assert open_space(file).labels == ("east", "north")
    assert list_runs() == []


def test_a_sound_file_is_not_read_again_to_be_repaired(file: Path) -> None:
    run, _ = home_of(file)
    assert home_of(file, repair=True)[0] == run
    assert home_of(file, repair=True, limit=1)[0] != run


def test_a_kill_after_a_file_was_read_leaves_nothing_to_the_next_reader(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work() -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(imported, "path_of_space", lambda *_: os.kill(os.getpid(), signal.SIGKILL))
            open_space(str(file))

    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    assert len(list((tmp_path / "runs").glob(".embedkit-*"))) == 1
    sweep_once.cache_clear()
    assert open_space(str(file)).labels == ("east", "north")
    assert not list((tmp_path / "runs").glob(".embedkit-*"))


def test_a_file_is_not_read_into_a_folder_in_which_another_process_trains(file: Path, tmp_path: Path) -> None:
    begun, end = multiprocessing.Event(), multiprocessing.Event()

    def train() -> None:
        with writing(tmp_path / "runs" / "my-vectors"):
            begun.set()
            end.wait(60)

    process = multiprocessing.get_context("fork").Process(target=train)
    process.start()
    assert begun.wait(60)
    run, _ = home_of(str(file))
    assert run.name.startswith("my-vectors-")
    assert not (tmp_path / "runs" / "my-vectors" / "config.toml").exists()
    end.set()
    process.join(60)
