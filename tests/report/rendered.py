"""A synthetic run, its rendered report, and a real browser."""

from pathlib import Path

import pytest

from embedkit.report import render, run_report
from embedkit.runs.folder import Run
from tests.report import synthetic


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return synthetic.language_model_run(tmp_path_factory.mktemp("runs") / "model")


@pytest.fixture(scope="session")
def baseline(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return synthetic.word2vec_run(tmp_path_factory.mktemp("runs") / "vectors")


@pytest.fixture(scope="session")
def report_file(run: Run, baseline: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render(run_report(run, baseline), tmp_path_factory.mktemp("html") / "report.html")
