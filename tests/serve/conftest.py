"""An explorer over real, tiny runs: a language model, word vectors, an autoencoder, and one that is in training."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from embedkit.config.serve import ServeOptions
from embedkit.runs.folder import Run
from embedkit.serve import jobs
from embedkit.tasks.language_model.config import LanguageModel, LanguageModelTraining
from embedkit.tasks.word2vec.config import Word2VecTraining
from tests.fresh import FORKS
from tests.serve.served import Served, serving, text


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory, copy_run: Run) -> Path:
    from embedkit.tasks.word2vec.training import train_word2vec
    from embedkit.training.driver import train

    folder = tmp_path_factory.mktemp("explored") / "runs"
    corpus = tmp_path_factory.mktemp("corpus") / "animals.txt"
    corpus.write_text(text(), encoding="utf-8")
    model = LanguageModel(embedding_size=8, hidden_size=8)
    train(model, LanguageModelTraining(corpus=str(corpus), steps=4), folder / "model")
    vectors = Word2VecTraining(corpus=str(corpus), dimensions=8, epochs=2, min_count=1, workers=1)
    train_word2vec(vectors, folder / "vectors")
    shutil.copytree(copy_run.path, folder / "copies")
    # A run as it lies there while it is trained: no metrics yet, and a line of its history half written.
    shutil.copytree(folder / "model", folder / "growing")
    (folder / "growing" / "metrics.json").unlink()
    with (folder / "growing" / "history.jsonl").open("a", encoding="utf-8") as history:
        history.write('{"step": 5, "valid_na')
    return folder


@pytest.fixture(scope="session")
def served(runs: Path) -> Iterator[Served]:
    with serving(ServeOptions(port=0), runs) as address:
        yield Served(address.split("?")[0].rstrip("/"), runs)


@pytest.fixture
def forked_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs are processes that need not load the heavy libraries and compile UMAP anew."""
    monkeypatch.setattr(jobs, "_SPAWN", FORKS)
