"""`embedkit clusters`: what it prints, what it keeps where, and that a study keeps what was made by hand."""

import json
from pathlib import Path

import numpy as np
import pytest

from embedkit.analysis.clusters.stored import CLUSTERINGS
from embedkit.runs.folder import Run
from embedkit.spaces import EmbeddingSpace
from embedkit.spaces.formats.detect import write_space
from embedkit.spaces.open import open_run_space
from embedkit.studies.clusters import study_clusters
from tests.command_line import Call


@pytest.fixture
def planted(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An embedding file, and runs beside it: 60 words in three heaps of their own, and 140 in one large cloud."""
    monkeypatch.setenv("EMBEDKIT_RUNS", str(tmp_path / "runs"))
    rng = np.random.default_rng(0)
    heaps = np.repeat(np.eye(30)[:3], 20, axis=0) + 0.05 * rng.normal(size=(60, 30))
    cloud = np.eye(30)[3] + 0.1 * rng.normal(size=(140, 30))
    vectors = np.vstack([heaps, cloud])
    path = tmp_path / "planted.npz"
    write_space(EmbeddingSpace("planted", tuple(f"w{i}" for i in range(200)), vectors), path)
    return path


def test_an_embedding_files_clusters_are_found_and_kept(call: Call, planted: Path) -> None:
    done = call("clusters", str(planted))
    assert done.code == 0, done.err
    assert done.out.startswith("Clusters of planted/vectors: all 200 words\n")
    assert "groups at least, with fewer points on every way between them (p < 0.001)" in done.out
    assert "Density-based validity (DBCV): " in done.out
    found = json.loads(call("clusters", str(planted), "--json").out)
    kept = Path(found["path"])
    assert kept.relative_to(planted.parent).as_posix() == "runs/planted/clusters/vectors.json"
    sizes = [row["size"] for row in found["clusters"]]
    assert sizes == sorted(sizes, reverse=True)
    heaps = [set(found["labels"][i : i + 20]) - {-1} for i in (0, 20, 40)]
    assert all(len(heap) == 1 for heap in heaps)
    assert len(set.union(*heaps)) == 3
    test = found["evidence"]["test"]
    assert (test["groups"], test["points"], test["seed"]) == (4, 200, 0)
    assert CLUSTERINGS.load_or_none(Run(kept.parent.parent), "vectors") is not None


def test_options_reach_the_clusters(call: Call, planted: Path) -> None:
    words = "--min-size 4 --dimensions 0 --points 90 --no-test --no-leaves --json"
    found = json.loads(call("clusters", str(planted), *words.split()).out)
    settings = {"min_size": 4, "neighbors": 4, "dimensions": None, "leaves": False}
    assert {name: found["parameters"][name] for name in settings} == settings
    assert len(found["labels"]) == 90
    assert found["evidence"]["test"] is None
    assert found["evidence"]["validity"]["dimensions"] == 30
    again = call("clusters", str(planted), "--seed", "3")
    assert "not tested" not in again.out
    assert "seed 3" in again.out


def test_a_map_is_compared_and_a_study_keeps_what_was_made_by_hand(call: Call, trained: Path) -> None:
    run = Run(trained / "runs" / "vectors")
    assert call("map", "vectors", "--method", "pca").code == 0
    done = call("clusters", "vectors", "--min-size", "3", "--points", "15")
    assert done.code == 0, done.err
    assert "Clusters of the PCA map: " in done.out
    made = CLUSTERINGS.load_or_none(run, "vectors")
    assert made is not None
    kept = study_clusters(run, "vectors", open_run_space(run, "vectors"), most=5_000, steps=pytest.fail)
    assert np.array_equal(kept.labels, made.labels)
    assert kept.parameters["min_size"] == 3


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--min-size 1", "min_size is 1"),
        ("--neighbors 0", "neighbors is 0"),
        ("--dimensions -1", "--dimensions -1"),
        ("--points -1", "--points -1"),
    ],
)
def test_wrong_options_are_one_line(call: Call, words: str, said: str) -> None:
    done = call("clusters", "vectors", *words.split())
    assert done.code == 2
    assert said in done.err
    assert done.err.count("\n") == 1
