"""A folder in which small models of every kind were trained by the command line itself."""

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
ATTENTIVE = (
    "train seq2seq --corpus copy --attention dot --name attentive --pairs 200 --longest 3 --embedding-size 8 "
    "--hidden-size 8 --bottleneck-size 4 --steps 5 --evaluations 1"
)
TRAIN_EXECUTE = (
    "train execute --name programs --embedding-size 4 --hidden-size 8 --bottleneck-size 4 --steps 5 --batch-size 8 "
    "--held-out 20 --evaluations 1"
)
TRAIN_PHRASES = (
    "train seq2seq --phrases --corpus {corpus} --name phrases --pairs 900 --embedding-size 8 --hidden-size 16 "
    "--bottleneck-size 8 --steps 30 --evaluations 2"
)
TRAIN_CAPTIONS = (
    "train caption --name captions --channels 4 --code-size 8 --embedding-size 8 --hidden-size 8 --held-out 60 "
    "--batch-size 16 --steps 5 --evaluations 1"
)
TRAIN_SPEECH = (
    "train speech --corpus formant-digits --name spoken --mels 12 --hidden-size 8 --layers 1 --held-out 20 --steps 3 "
    "--evaluations 1"
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
    """The folder; its runs, the oldest first, are "programs" (execute), "captions" (a captioner), "attentive" and
    "phrases" (seq2seq), "small" (a language model) and "vectors" (word2vec)."""
    folder = tmp_path_factory.mktemp("trained")
    corpus = folder / "small.txt"
    write_corpus(corpus)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EMBEDKIT_RUNS", str(folder / "runs"))
        assert run(TRAIN_EXECUTE.split()) == 0
        assert run(TRAIN_CAPTIONS.split()) == 0
        assert run(TRAIN_SPEECH.split()) == 0
        assert run(ATTENTIVE.split()) == 0
        assert run(TRAIN_PHRASES.format(corpus=corpus).split()) == 0
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
