"""Shared fixtures."""

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

if "PYTEST_XDIST_WORKER" in os.environ:
    # Workers share the cores; threads of their own would wait for each other. To be set before torch is loaded.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    # Where numba finds torch's OpenMP it sets its number of threads too: after a UMAP torch would use all cores again.
    os.environ.setdefault("NUMBA_NUM_THREADS", "1")

from embedkit.runs.folder import Run
from tests.made import made_once

# Until the first test objects are made by the hundred thousand, of modules and of tests, and all stay: to look for
# garbage among them again and again takes a third of the time.
gc.disable()

pytest_plugins = ("tests.command_line", "tests.report.rendered")

ROOT = Path(__file__).resolve().parent.parent
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "chrome")
"""The first opens a page in two thirds of the time: it has no windows of its own to prepare."""
LONGEST = ("test_guide", "test_notebooks", "test_extending")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first: at the end of them no worker then waits for the other's."""
    items.sort(key=lambda item: not any(name in item.nodeid for name in LONGEST))


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def shared_corpora() -> Path:
    """Real corpora beside the checkout; tests that need them skip where they are missing."""
    folder = ROOT.parent / "shared" / "corpora"
    if not folder.is_dir():
        pytest.skip(f"needs the public corpora in {folder}")
    return folder


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the user's runs and corpora."""
    monkeypatch.setenv("EMBEDKIT_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("EMBEDKIT_DATA", str(tmp_path / "data"))


@pytest.fixture(scope="session", autouse=True)
def _nothing_waits_for_the_disk() -> Iterator[None]:
    """Files are flushed so that a power cut loses nothing, which no test makes; it was a fortieth of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _descriptor: None)
        yield


@pytest.fixture(scope="session")
def prepared_corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of data with the text that comes along, read and kept once for all workers."""
    from embedkit.corpora import open_corpus

    def prepare(folder: Path) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("EMBEDKIT_DATA", str(folder))
            open_corpus("wikipedia-sample")

    return made_once(tmp_path_factory, "corpus", prepare)


@pytest.fixture
def corpus_at_hand(prepared_corpus: Path, tmp_path: Path) -> None:
    """The text is in the test's own folder of data: reading it takes longer than what many examples do with it."""
    shutil.copytree(prepared_corpus, tmp_path / "data", dirs_exist_ok=True)


@pytest.fixture(scope="session")
def copy_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A small encoder-decoder that has learned to give strings of one to three letters back, held-out ones too."""
    from embedkit.tasks.seq2seq.config import Seq2SeqModel, Seq2SeqTraining
    from embedkit.training.driver import train

    model = Seq2SeqModel(
        source_level="char",
        target_level="char",
        min_count=1,
        cell="gru",
        bidirectional=False,
        embedding_size=16,
        hidden_size=96,
        bottleneck_size=64,
        dropout=0.0,
        softmax="full",
    )
    training = Seq2SeqTraining(
        corpus="copy",
        pairs=1500,
        longest=3,
        batch_tokens=320,
        learning_rate=1e-2,
        embedding_rate_scale=1.0,
        steps=600,
        evaluations=8,
        patience=8,
        device="cpu",
    )
    folder = made_once(tmp_path_factory, "copy", lambda folder: train(model, training, folder / "runs" / "copy"))
    return Run(folder / "runs" / "copy")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Whatever Chromium is on the machine; a test that needs one skips where there is none."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install -e '.[test]'")
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    with sync_api.sync_playwright() as playwright:
        if found is None and not Path(playwright.chromium.executable_path).exists():
            pytest.skip("needs Chromium: `playwright install chromium`, or a package of the system")
        # A microphone that beeps, and nobody has to be asked for.
        microphone = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
        started = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", *microphone])
        yield started
        started.close()
