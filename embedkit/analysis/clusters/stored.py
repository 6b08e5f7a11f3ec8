"""Clusters that are kept with a run, of any of its spaces, with what speaks for them."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from embedkit.analysis.clusters.agreement import MapAgreement
from embedkit.analysis.clusters.clusterability import NullTest
from embedkit.analysis.clusters.clustering import Clustering
from embedkit.analysis.clusters.density import Validity
from embedkit.analysis.clusters.evidence import ClusterEvidence
from embedkit.analysis.maps.projection import fingerprint
from embedkit.errors import RunError, SpaceError
from embedkit.files import read_json, write_json
from embedkit.runs.folder import Run
from embedkit.spaces.space import EmbeddingSpace

FOLDER = "clusters"


def save_clustering(run: Run, which: str, clustering: Clustering) -> Path:
    """Keep the clusters of a space as clusters/WHICH.json."""
    evidence = clustering.evidence
    values = {
        "space": clustering.space,
        "names": clustering.names,
        "words": clustering.words,
        "nearest": clustering.nearest,
        "parameters": dict(clustering.parameters),
        "silhouette": clustering.silhouette,
        "silhouette_sample": clustering.silhouette_sample,
        "evidence": None if evidence is None else evidence_to_json(evidence),
        "source": clustering.source,
        "labels": clustering.labels.tolist(),
    }
    path = _path(run, which)
    write_json(path, values)
    return path


def evidence_to_json(evidence: ClusterEvidence) -> dict[str, Any]:
    """JSON-ready, with what is computed from it."""
    test = evidence.test
    told = None if test is None else {**vars(test), "p": test.p, "verdict": test.verdict}
    return {
        "validity": vars(evidence.validity),
        "test": told,
        "agreements": [vars(agreement) for agreement in evidence.agreements],
    }


def load_clustering(run: Run, which: str) -> Clustering | None:
    """The clusters of a space; None where none are kept.

    Raises:
        RunError: the file is damaged or of another version.
    """
    path = _path(run, which)
    if not path.exists():
        return None
    try:
        values = read_json(path)
        pairs = {key: tuple(map(tuple, values[key])) for key in ("words", "nearest")}
        evidence = values["evidence"]
        return Clustering(
            **{
                **values,
                **pairs,
                "labels": np.array(values["labels"], dtype=np.int32),
                "names": tuple(values["names"]),
                "evidence": None if evidence is None else _evidence(evidence),
            }
        )
    except (json.JSONDecodeError, AttributeError, KeyError, SpaceError, TypeError, ValueError) as error:
        raise RunError(f"{path}: damaged or of another version ({error}); make it again") from None


def clustering_is_current(clustering: Clustering | None, space: EmbeddingSpace, points: int | None = None) -> bool:
    """Whether clusters are those of the first points of `space` as it is now, and have been tested.

    Args:
        points: of how many points, or of all; None where any number will do.
    """
    if clustering is None or clustering.evidence is None:
        return False
    count = len(clustering.labels)
    if points is not None and count != min(points, len(space)):
        return False
    return count <= len(space) and clustering.source == fingerprint(space.head(count))


def _path(run: Run, which: str) -> Path:
    return run.path / FOLDER / f"{which}.json"


def _evidence(values: dict[str, Any]) -> ClusterEvidence:
    validity, test = values["validity"], values["test"]
    computed = ("p", "verdict")
    return ClusterEvidence(
        validity=Validity(**{**validity, "per_cluster": tuple(validity["per_cluster"])}),
        test=None if test is None else NullTest(**{k: v for k, v in test.items() if k not in computed}),
        agreements=tuple(MapAgreement(**each) for each in values["agreements"]),
    )
