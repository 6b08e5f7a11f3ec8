"""An embedding file as a run: made once, told apart by its content, and opened by its name afterwards."""

from pathlib import Path

import numpy as np
import pytest

from embedkit.errors import UsageError
from embedkit.runs.folder import list_runs, runs_folder
from embedkit.spaces import EmbeddingSpace
from embedkit.spaces.formats.detect import write_space
from embedkit.spaces.imported import run_name
from embedkit.spaces.open import home_of, open_space, word_kinds
from embedkit.tasks.word2vec.training import SPACE as WORD2VEC_SPACE

AXES = EmbeddingSpace("axes", ("east", "north"), np.eye(2))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "my vectors.txt"
    write_space(AXES, path, format="word2vec")
    return path


def test_a_file_gets_a_run_and_opens_by_its_name_without_the_file(file: Path) -> None:
    space = open_space(str(file))
    run, which = home_of(str(file), space)
    assert (run.name, which, run.kind, space.name) == ("my-vectors", "vectors", "embeddings", "my-vectors/vectors")
    assert run.finished
    assert run.provenance["corpus"]["checksum"].startswith("sha256:")
    assert run.metrics == {"vocabulary_size": 2, "dimensions": 2}
    file.unlink()
    assert open_space("my-vectors").labels == ("east", "north")
    assert home_of("my-vectors", space) == (run, WORD2VEC_SPACE)


def test_a_file_is_read_into_a_run_once(file: Path) -> None:
    space = open_space(str(file))
    first, _ = home_of(str(file), space)
    at = (first.path / "spaces" / "vectors.npz").stat().st_mtime_ns
    assert home_of(str(file), space)[0] == first
    assert (first.path / "spaces" / "vectors.npz").stat().st_mtime_ns == at


def test_another_file_of_the_same_name_gets_a_run_of_its_own(file: Path) -> None:
    home_of(str(file), open_space(str(file)))
    write_space(EmbeddingSpace("axes", ("up", "down"), -np.eye(2)), file, format="word2vec")
    space = open_space(str(file))
    run, _ = home_of(str(file), space)
    assert run.name.startswith("my-vectors-")
    assert open_space(run.name).labels == ("up", "down")
    assert open_space("my-vectors").labels == ("east", "north")
    assert len(list_runs()) == 2


def test_a_files_run_is_never_the_newest_run_of_words(file: Path) -> None:
    home_of(str(file), open_space(str(file)))
    assert list_runs(kinds=word_kinds()) == []


def test_a_files_run_has_one_space(file: Path) -> None:
    home_of(str(file), open_space(str(file)))
    with pytest.raises(UsageError, match="vectors"):
        open_space("my-vectors/input")


@pytest.mark.parametrize(
    ("name", "run"),
    [("glove.6B.50d.txt.gz", "glove.6B.50d"), ("../a b/<img>.vec", "img"), ("….txt", "embeddings"), (".npz", "npz")],
)
def test_a_files_name_becomes_a_runs(name: str, run: str) -> None:
    assert run_name(Path(name)) == run
    assert runs_folder() / run_name(Path(name)) == runs_folder() / run
