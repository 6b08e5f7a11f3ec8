"""Clusters and what speaks for them come back as they were, and a damaged file says so."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from embedkit.analysis.clusters.clustering import NOISE, Clustering, cluster, with_evidence
from embedkit.analysis.clusters.stored import CLUSTERINGS, clustering_is_current
from embedkit.analysis.maps.projection import pca
from embedkit.errors import RunError, SpaceError
from embedkit.runs.folder import Run
from embedkit.spaces import EmbeddingSpace

HOSTILE = ("", "</script>", "a\tb\nc", "naïve 日本", "'\"\\")


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path / "try")


def heaps(shift: float = 0) -> EmbeddingSpace:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(60, 3)) * 0.05 + np.repeat([[1.0, shift, 0], [0, 1.0, 0]], 30, axis=0)
    return EmbeddingSpace("try/phrases", tuple(f"phrase {i} {HOSTILE[i % 5]}" for i in range(60)), vectors)


def two_heaps() -> Clustering:
    return cluster(heaps())


@pytest.mark.parametrize("kind", ["two heaps", "with evidence", "noise", "nothing"])
def test_clusters_come_back(run: Run, kind: str) -> None:
    made = two_heaps()
    assert len(made) == 2
    if kind == "with evidence":
        made = with_evidence(made, heaps(), maps=[pca(heaps())])
        assert made.evidence is not None
        assert made.evidence.test is not None
        assert len(made.evidence.agreements) == 1
    if kind == "noise":
        made = replace(made, labels=np.full(60, NOISE), names=(), words=(), nearest=(), silhouette=None)
    if kind == "nothing":
        made = replace(made, labels=np.zeros(0, int), names=(), words=(), nearest=(), silhouette=None)
    path = CLUSTERINGS.save(run, made, "phrases")
    assert path.relative_to(run.path).as_posix() == "clusters/phrases.json"
    back = CLUSTERINGS.load_or_none(run, "phrases")
    assert back is not None
    assert np.array_equal(back.labels, made.labels)
    for name in ("space", "names", "words", "nearest", "parameters", "silhouette", "silhouette_sample", "source"):
        assert getattr(back, name) == getattr(made, name)
    assert back.evidence == made.evidence


def test_clusters_of_several_spaces_lie_side_by_side(run: Run) -> None:
    CLUSTERINGS.save(run, two_heaps(), "input")
    assert CLUSTERINGS.load_or_none(run, "output") is None
    CLUSTERINGS.save(run, replace(two_heaps(), silhouette=None), "output")
    kept = [CLUSTERINGS.load_or_none(run, which) for which in ("input", "output")]
    assert [None if each is None else each.silhouette for each in kept] == [two_heaps().silhouette, None]
    assert None not in kept


def test_clusters_are_current_while_their_points_are_the_same() -> None:
    space = heaps()
    made = with_evidence(cluster(space.head(50)), space.head(50))
    assert clustering_is_current(made, space)
    assert clustering_is_current(made, space, 50)
    assert not clustering_is_current(made, space, 60)
    assert not clustering_is_current(made, heaps(0.1))
    assert not clustering_is_current(made, space.head(40))
    assert not clustering_is_current(cluster(space), space)  # without evidence
    assert not clustering_is_current(None, space)


def test_damaged_files_are_named(run: Run) -> None:
    path = CLUSTERINGS.save(run, with_evidence(two_heaps(), heaps()), "phrases")
    whole = path.read_text()
    for damaged in (
        *('{"labels": [0', "[]", "{}", "3", '{"labels": 3}', "null"),
        whole.replace('"labels": [', '"labels": [7, '),
        whole.replace('"parts": ', '"part": '),
        whole.replace('"words"', '"sentences"'),
    ):
        path.write_text(damaged, encoding="utf-8")
        with pytest.raises(RunError, match=r"phrases\.json: damaged or of another version .*; make it again"):
            CLUSTERINGS.load_or_none(run, "phrases")
    path.write_bytes(b"\xff\xfe{}")
    with pytest.raises(RunError, match=r"phrases\.json: damaged"):
        CLUSTERINGS.load_or_none(run, "phrases")


@pytest.mark.parametrize(
    ("damage", "why"), [({"dimensions": "3"}, "dimensions is '3'"), ({"leaves": 1}, "leaves is 1")]
)
def test_damaged_settings_are_named(damage: dict[str, object], why: str) -> None:
    made = two_heaps()
    with pytest.raises(SpaceError, match=rf"damaged \({why}\); look for them again"):
        with_evidence(replace(made, parameters={**made.parameters, **damage}), heaps())
    with pytest.raises(SpaceError, match="min_size is missing"):
        with_evidence(replace(made, parameters={}), heaps())


def test_a_test_of_before_against_gaussian_samples_is_made_anew(run: Run) -> None:
    path = CLUSTERINGS.save(run, with_evidence(two_heaps(), heaps()), "phrases")
    stored = json.loads(path.read_text(encoding="utf-8"))
    stored["evidence"]["test"] = {"observed": 0.25, "null": [0.5, 0.0], "clusters": 2, "p": 0.67, "verdict": "none"}
    path.write_text(json.dumps(stored), encoding="utf-8")
    back = CLUSTERINGS.load(run, "phrases")
    assert back.evidence is None
    assert not clustering_is_current(back, heaps())
