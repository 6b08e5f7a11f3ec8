"""What made a run is written as TOML that a person can read, and comes back as it was."""

import os
from pathlib import Path

import pytest

from embedkit.errors import UsageError
from embedkit.runs.folder import Run, open_run

CONFIG = {
    "kind": "language-model",
    "model": {"cell": "lstm", "layers": 2, "vocabulary_size": None, "cutoffs": (5, 9), "tied": True},
    "training": {"corpus": 'C:\\texts\\"été"\n.txt', "learning_rate": 1e-5, "minutes": 3.0, "prompts": []},
}
WRITTEN = r"""kind = "language-model"

[model]
cell = "lstm"
layers = 2
cutoffs = [
    5,
    9,
]
tied = true

[training]
corpus = "C:\\texts\\\"été\"\n.txt"
learning_rate = 1e-05
minutes = 3.0
prompts = []
"""


def test_a_configuration_is_toml_and_what_is_none_is_left_out(tmp_path: Path) -> None:
    run = Run(tmp_path / "run")
    run.write_config(CONFIG)
    assert (run.path / "config.toml").read_text(encoding="utf-8") == WRITTEN
    assert run.config == {
        "kind": "language-model",
        "model": {"cell": "lstm", "layers": 2, "cutoffs": [5, 9], "tied": True},
        "training": {"corpus": 'C:\\texts\\"été"\n.txt', "learning_rate": 1e-5, "minutes": 3.0, "prompts": []},
    }


def test_a_configuration_with_a_list_on_one_line_is_read(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('kind = "lab"\n\n[options]\ndelays = [1, 2, 4]\n', encoding="utf-8")
    assert Run(tmp_path).config == {"kind": "lab", "options": {"delays": [1, 2, 4]}}


def test_runs_that_would_do_are_named_the_newest_first(tmp_path: Path) -> None:
    for hour, (name, kind) in enumerate(
        (("old", "language-model"), ("vectors", "embeddings"), ("new", "language-model"))
    ):
        Run(tmp_path / name).write_config({"kind": kind})
        os.utime(tmp_path / name / "config.toml", (3_600 * hour, 3_600 * hour))
    with pytest.raises(UsageError, match=r"unknown run 'x'; there are: new, old \(runs are kept in"):
        open_run("x", tmp_path, kinds=["language-model"])
    with pytest.raises(UsageError, match="unknown run 'x'; there are: new, vectors, old "):
        open_run("x", tmp_path)
