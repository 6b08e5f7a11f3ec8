"""A folder in which a small language model and word vectors were trained by the command line itself."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from embedkit.cli.edge import run


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str


Call = Callable[..., Result]

TRAIN = (
    "train lm --corpus {corpus} --name small --embedding-size 16 --hidden-size 24 --batch-size 8 --bptt 10 --steps 30 "
    "--evaluations 2"
)


def write_corpus(path: Path) -> None:
    """A few thousand words from a small vocabulary, some of Google's questions among them."""
    rng = np.random.default_rng(0)
    words = [
        "king",
        "queen",
        "man",
        "woman",
        "boy",
        "girl",
        "brother",
        "sister",
        "he",
        "she",
        "his",
        "her",
        "river",
        "music",
        "city",
        "the",
        "of",
        "was",
        "founded",
    ]
    lines = (" ".join(rng.choice(words, size=12)) + " ." for _ in range(600))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder; its runs are "small" (a language model) and "vectors" (word2vec)."""
    folder = tmp_path_factory.mktemp("trained")
    corpus = folder / "small.txt"
    write_corpus(corpus)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EMBEDKIT_RUNS", str(folder / "runs"))
        assert run(TRAIN.format(corpus=corpus).split()) == 0
        assert (
            run(f"train word2vec --corpus {corpus} --name vectors --dimensions 10 --epochs 2 --workers 1".split()) == 0
        )
    return folder


@pytest.fixture
def call(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Run a command line in an empty folder, with the trained runs at hand."""
    monkeypatch.setenv("EMBEDKIT_RUNS", str(trained / "runs"))
    monkeypatch.chdir(tmp_path)

    def called(*words: str) -> Result:
        capsys.readouterr()
        code = run(words)
        out, err = capsys.readouterr()
        return Result(code, out, err)

    return called
