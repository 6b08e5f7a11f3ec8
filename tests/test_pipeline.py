"""From vectors in memory to a page in one call."""

from pathlib import Path

import numpy as np
import pytest

from embedkit import EmbeddingSpace, write_report
from embedkit.runs.folder import list_runs
from embedkit.verification.pages import verify


@pytest.fixture(scope="module")
def space() -> EmbeddingSpace:
    rng = np.random.default_rng(0)
    labels = [f"point-{number}" for number in range(40)]
    return EmbeddingSpace("made up", labels, rng.normal(size=(40, 6)), {"side": np.repeat(["left", "right"], 20)})


def test_a_space_in_memory_becomes_a_page_that_can_be_verified(space: EmbeddingSpace, tmp_path: Path) -> None:
    page = space.report(tmp_path / "page.html")
    assert page == tmp_path / "page.html"
    assert "point-39" in page.read_text(encoding="utf-8")
    (run,) = list_runs()
    assert (run.name, run.metrics) == ("page", {"points": 40, "dimensions": 6})
    verdict = verify(page)
    assert verdict.passed
    assert any("from a program, not from a file" in check.why for check in verdict.checks)
    columns = {"side": space.columns["side"]}
    write_report(space.vectors, labels=space.labels, columns=columns, to=tmp_path / "page.html", points=20)
    assert len(list_runs()) == 1  # of the same points the run is the same
