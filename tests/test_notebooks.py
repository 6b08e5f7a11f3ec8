"""The notebooks of the documentation run from their first cell to their last, and are kept without outputs."""

import json
import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))
IDS = [path.stem for path in NOTEBOOKS]

SEED_UMAP = "import pytest\nfrom tests.seeded import seed_umap\nseed_umap(pytest.MonkeyPatch())"


def outputs(cell: Any) -> str:
    """The HTML that a cell showed, and its text."""
    shown = [output.get("data", {}) for output in cell.get("outputs", [])]
    return "".join(data.get("text/html", "") + data.get("text/plain", "") for data in shown)


@pytest.mark.usefixtures("corpus_at_hand")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=IDS)
def test_a_notebook_runs(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reason = "needs nbclient and ipykernel: pip install -e '.[test]'"
    nbclient = pytest.importorskip("nbclient", reason=reason)
    pytest.importorskip("ipykernel", reason=reason)
    import nbformat

    monkeypatch.delenv("EMBEDKIT_RUNS")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell.source = re.sub(r"\bepochs=\d+", "epochs=1", cell.source)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(SEED_UMAP))
    client = nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3")
    with ThreadPoolExecutor(1) as thread:  # a browser's loop may run in this one
        thread.submit(client.execute).result()
    (folder,) = (each for each in tmp_path.iterdir() if (each / "runs").is_dir())
    assert list(folder.glob("runs/*/config.toml"))
    shown = "".join(outputs(cell) for cell in notebook.cells)
    assert 'class="embedkit"' in shown
    assert not list(path.parent.glob("runs")), "a notebook wrote beside itself"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=IDS)
def test_a_notebook_is_kept_without_what_it_showed(path: Path) -> None:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert [cell["source"] for cell in code if cell["outputs"] or cell["execution_count"]] == []
    assert cells[0]["cell_type"] == "markdown"
    assert "tempfile.mkdtemp()" in "".join(code[0]["source"])


def test_there_are_notebooks() -> None:
    assert IDS == ["first-steps", "scikit-learn"]
