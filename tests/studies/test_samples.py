"""Of a table without frequencies maps and clusters are of the same sample, which they keep, say and can make again."""

from pathlib import Path

import numpy as np
import pytest

from embedkit.analysis.clusters.stored import CLUSTERINGS
from embedkit.analysis.maps.stored import MAPS, map_is_current
from embedkit.errors import UsageError
from embedkit.progress import no_steps
from embedkit.report.sections.clusters import coloring
from embedkit.report.trust import fidelity_note
from embedkit.runs.folder import Run
from embedkit.spaces import EmbeddingSpace
from embedkit.spaces.formats.detect import write_space
from embedkit.spaces.open import home_of, open_run_space
from embedkit.studies import clusters
from embedkit.studies.clusters import study_clusters
from embedkit.studies.spaces import map_space
from embedkit.verification.recomputation import recompute

TOPICS = ("sport", "law", "food", "rare")
SIZES = (120, 100, 70, 10)


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Run, EmbeddingSpace]:
    """The run of 300 documents of four topics, sorted by topic, each topic a heap of its own."""
    monkeypatch.setenv("EMBEDKIT_RUNS", str(tmp_path / "runs"))
    topics = np.repeat(TOPICS, SIZES)
    vectors = np.repeat(np.eye(20)[:4], SIZES, axis=0) + 0.05 * np.random.default_rng(0).normal(size=(300, 20))
    labels = tuple(f"a text about {topic} {i}" for i, topic in enumerate(topics))
    made = EmbeddingSpace("texts", labels, vectors, {"topic": topics}, {"noun": "document"})
    write_space(made, tmp_path / "texts.npz")
    run, which = home_of(str(tmp_path / "texts.npz"))
    return run, open_run_space(run, which)


def study(run: Run, space: EmbeddingSpace, points: int | None, stratify: str | None = None) -> None:
    map_space(run, "vectors", space, "pca", points, no_steps, stratify=stratify)
    study_clusters(run, "vectors", space, most=80, points=points, stratify=stratify, steps=no_steps)


def test_map_and_clusters_are_of_one_sample_of_all_topics_and_are_made_again_to_the_bit(
    table: tuple[Run, EmbeddingSpace],
) -> None:
    run, space = table
    study(run, space, 80, "topic")
    projection, clustering = MAPS.load(run, "vectors-pca"), CLUSTERINGS.load_or_none(run, "vectors")
    assert clustering is not None
    assert clustering.rows is not None
    assert projection.labels == tuple(space.labels[row] for row in clustering.rows)
    topics = space.columns["topic"][clustering.rows]
    assert [int((topics == topic).sum()) for topic in TOPICS] == [32, 26, 19, 3]
    said = "80 of 300 documents, drawn at random, stratified by topic (seed 0)"
    assert fidelity_note(projection).startswith(f"Shown are {said}. Measured at")
    # Each large topic is one cluster, wherever its points stand in the table; what is not in the sample is in none.
    colours = coloring(clustering, space).values
    for topic in ("sport", "law", "food"):
        assert len(set(colours[clustering.rows][topics == topic].tolist())) == 1
    assert set(np.delete(colours, clustering.rows).tolist()) == {-1}
    assert projection.fidelity is not None
    verdicts = {check.what.rpartition("/")[2]: check for check in (make() for _, make in recompute(run, "texts"))}
    assert "the same to the bit" in verdicts["vectors-pca.npz"].why
    assert verdicts["vectors.json"].verdict == "match"


def test_a_column_that_there_is_not_is_named_where_maps_are_stored(table: tuple[Run, EmbeddingSpace]) -> None:
    run, space = table
    study(run, space, 80, "topic")
    with pytest.raises(UsageError, match=r"unknown column of categories 'tpoic'; did you mean topic\?"):
        study(run, space, None, "tpoic")


def test_what_is_stored_is_kept_until_another_sample_is_asked_for(table: tuple[Run, EmbeddingSpace]) -> None:
    run, space = table
    study(run, space, 80, "topic")
    before = MAPS.path(run, "vectors-pca").read_bytes()
    study(run, space, None)
    assert MAPS.path(run, "vectors-pca").read_bytes() == before
    assert map_is_current(run, "vectors-pca", space, 80, "topic")
    assert not map_is_current(run, "vectors-pca", space, 80, "")
    study(run, space, 80, "")
    assert MAPS.load(run, "vectors-pca").parameters["sample"]["method"] == "random"
    study(run, space, 0)
    assert len(MAPS.load(run, "vectors-pca").labels) == 300


def test_clusters_of_more_points_than_the_limit_are_of_a_part_of_the_sample(
    table: tuple[Run, EmbeddingSpace], monkeypatch: pytest.MonkeyPatch
) -> None:
    run, space = table
    monkeypatch.setattr(clusters, "CLUSTERED", 60)
    study(run, space, 0)
    assert len(MAPS.load(run, "vectors-pca").labels) == 300
    clustering = CLUSTERINGS.load_or_none(run, "vectors")
    assert clustering is not None
    assert clustering.parameters["sample"] == {
        "method": "random", "points": 60, "of": 300, "noun": "document", "seed": 0
    }  # fmt: skip
    # Those that were found among all, at somebody's own request, are kept.
    monkeypatch.setattr(clusters, "CLUSTERED", 300)
    study(run, space, 0)
    monkeypatch.setattr(clusters, "CLUSTERED", 60)
    study(run, space, 0)
    kept = CLUSTERINGS.load_or_none(run, "vectors")
    assert kept is not None
    assert len(kept.labels) == 300
