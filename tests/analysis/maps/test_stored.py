"""Maps come back as they were kept, each under a name of its own, and stay current until their points change."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from embedkit.analysis.maps.projection import Projection, axes, pca, tsne
from embedkit.analysis.maps.stability import stability
from embedkit.analysis.maps.stored import MAPS, flat_maps, load_maps, map_is_current
from embedkit.errors import RunError, UsageError
from embedkit.runs.folder import Run
from embedkit.spaces import EmbeddingSpace

HOSTILE = ("the", "</script><script>alert(1)</script>", "a b", "\n", "", "naïve", "日本", "'\"\\")


def space(n: int = 30, seed: int = 0) -> EmbeddingSpace:
    vectors = np.random.default_rng(seed).normal(size=(n, 6))
    labels = ("</script><script>alert(1)</script>", "a b", "日本", *(f"w{i}" for i in range(n - 3)))
    return EmbeddingSpace("try/input", labels, vectors, {"kind": np.array(["x", "y", ""] * (n // 3))})


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path / "runs" / "try")


@pytest.fixture
def hostile() -> EmbeddingSpace:
    vectors = np.random.default_rng(0).normal(size=(len(HOSTILE), 4))
    columns = {"count": np.arange(len(HOSTILE), 0, -1), "part": np.array(["x"] * len(HOSTILE))}
    return EmbeddingSpace("try/input", HOSTILE, vectors, columns, {"seed": 1, "corpus": "étude"})


def test_a_map_of_hostile_labels_comes_back(run: Run, hostile: EmbeddingSpace) -> None:
    made = pca(hostile)
    path = MAPS.save(run, made)
    assert path.relative_to(run.path).as_posix() == "maps/input-pca.npz"
    back = MAPS.load(run, "input-pca")
    assert (back.points == made.points).all()
    for name in ("space", "method", "labels", "parameters", "fidelity", "explained_variance"):
        assert getattr(back, name) == getattr(made, name)


def test_an_unknown_name_names_the_nearest(run: Run, hostile: EmbeddingSpace) -> None:
    MAPS.save(run, pca(hostile))
    with pytest.raises(UsageError, match="did you mean input-pca"):
        MAPS.load(run, "input-pac")


@pytest.mark.parametrize("made", ["pca", "tsne", "axes", "stable", "few"])
def test_a_map_comes_back(run: Run, made: str) -> None:
    points = space()
    projection = {
        "pca": lambda: pca(points),
        "tsne": lambda: tsne(points, dimensions=3),
        "axes": lambda: axes(points, axes=["w0→w1", "w2,w3→w4"]),
        "stable": lambda: replace(pca(points), stability=stability(points, "pca", seeds=2)),
        "few": lambda: pca(points.head(2)),
    }[made]()
    path = MAPS.save(run, projection)
    back = MAPS.load(run, path.stem)
    assert (back.points == projection.points).all()
    for name in ("space", "method", "labels", "parameters", "fidelity", "explained_variance", "source"):
        assert getattr(back, name) == getattr(projection, name), name
    assert (back.local is None) == (projection.local is None) == (made == "few")
    if back.local is not None and projection.local is not None:
        assert (back.kept == projection.kept).all()
        assert (back.intruders == projection.intruders).all()
        assert (back.local.k, back.local.far, back.local.metric) == (14, 14, "cosine")
    assert len(back.faces) == len(projection.faces) == (3 if made == "tsne" else 0)
    for one, other in zip(back.faces, projection.faces, strict=True):
        assert (one.fidelity, one.dimensions) == (other.fidelity, 2)
        assert (one.kept == other.kept).all()
        assert (one.intruders == other.intruders).all()
    if made == "stable":
        kept, found = back.stability, projection.stability
        assert kept is not None
        assert found is not None
        assert np.array_equal(kept.subsamples.points, found.subsamples.points, equal_nan=True)
        assert replace(kept.seeds, points=0 * kept.seeds.points).jaccard == found.seeds.jaccard
        assert (kept.k, kept.share, kept.parameters) == (found.k, found.share, found.parameters)


def test_maps_of_two_and_three_dimensions_stand_side_by_side(run: Run) -> None:
    for projection in (pca(space(), dimensions=3), tsne(space()), pca(space())):
        MAPS.save(run, projection)
    MAPS.save(run, replace(pca(space()), space="try/output"))
    assert run.artefacts("maps", ".npz") == ["input-pca", "input-pca-3d", "input-tsne", "output-pca"]
    assert [(made.method, made.dimensions) for made in load_maps(run, "input")] == [("pca", 2), ("tsne", 2), ("pca", 3)]
    assert [(made.method, made.dimensions) for made in flat_maps(run, "input")] == [("pca", 2), ("tsne", 2)]
    assert load_maps(run, "vectors") == flat_maps(run, "vectors") == ()


def test_a_map_is_current_until_its_points_change(run: Run) -> None:
    whole = space()
    assert not map_is_current(run, "input-pca", whole)
    MAPS.save(run, pca(whole.head(12)))
    assert map_is_current(run, "input-pca", whole)
    assert map_is_current(run, "input-pca", whole, 12)
    assert not map_is_current(run, "input-pca", whole, 13)
    assert not map_is_current(run, "input-pca", whole.head(11))
    moved = whole.vectors.copy()
    moved[20] += 1  # not on the map
    assert map_is_current(run, "input-pca", EmbeddingSpace(whole.name, whole.labels, moved))
    moved[11, 0] += 1e-3
    assert not map_is_current(run, "input-pca", EmbeddingSpace(whole.name, whole.labels, moved))
    MAPS.save(run, pca(whole))
    assert map_is_current(run, "input-pca", whole, 5000)  # more than there are is all


def test_maps_of_other_vectors_are_left_out_where_the_space_is_known(run: Run) -> None:
    whole = space()
    MAPS.save(run, pca(whole.head(20)))
    MAPS.save(run, tsne(whole))
    MAPS.save(run, Projection("try/input", "umap", whole.labels[:2], np.eye(2), {}))  # of unknown origin
    assert [made.method for made in load_maps(run, "input", whole)] == ["umap", "pca", "tsne"]
    moved = whole.vectors.copy()
    moved[25] += 1
    other = EmbeddingSpace(whole.name, whole.labels, moved)
    assert [made.method for made in load_maps(run, "input", other)] == ["umap", "pca"]
    assert len(load_maps(run, "input")) == 3


def test_what_is_damaged_or_of_another_version_is_said_and_not_current(run: Run) -> None:
    path = MAPS.save(run, pca(space()))
    with np.load(path) as arrays:
        kept = dict(arrays)
    kept["about"] = np.array(str(kept["about"]).replace('"at":', '"it":'))
    np.savez(path, **kept)
    with pytest.raises(RunError, match=r"input-pca\.npz: damaged or of another version"):
        MAPS.load(run, "input-pca")
    assert not map_is_current(run, "input-pca", space())
    with pytest.raises(UsageError, match="did you mean input-pca"):
        MAPS.load(run, "input-pcs")


def test_a_map_by_hand_knows_nothing_of_its_trust(run: Run) -> None:
    MAPS.save(run, Projection("try/input", "pca", ("a", "b"), np.eye(2), {}))
    back = MAPS.load(run, "input-pca")
    assert (back.fidelity, back.local, back.stability, back.source) == (None, None, None, "")
    assert not map_is_current(run, "input-pca", space())
