"""A synthetic run, its rendered report, and a real browser."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import synthetic

from embedkit.report import language_model_report, render
from embedkit.runs import Run

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return synthetic.language_model_run(tmp_path_factory.mktemp("runs") / "model")


@pytest.fixture(scope="session")
def baseline(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return synthetic.word2vec_run(tmp_path_factory.mktemp("runs") / "vectors")


@pytest.fixture(scope="session")
def report_file(run: Run, baseline: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render(language_model_report(run, baseline), tmp_path_factory.mktemp("html") / "report.html")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Whatever Chromium is on the machine; a test that needs one skips where there is none."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install -e '.[test]'")
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    with sync_api.sync_playwright() as playwright:
        if found is None and not Path(playwright.chromium.executable_path).exists():
            pytest.skip("needs Chromium: `playwright install chromium`, or a package of the system")
        started = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield started
        started.close()
