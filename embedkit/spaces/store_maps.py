"""Maps that are kept with a run, beside the spaces that they are of."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np

from embedkit.analysis.fidelity import Fidelity
from embedkit.analysis.projection import Projection
from embedkit.errors import RunError, unknown
from embedkit.runs import Run
from embedkit.spaces.formats_npz import load_arrays, read_json_array, save_arrays, strings


def save_projection(run: Run, projection: Projection) -> Path:
    """Keep a map as maps/SPACE-METHOD.npz, SPACE being the last part of the space's name."""
    which = projection.space.rsplit("/", 1)[-1]
    path = run.path / "maps" / f"{which}-{projection.method}.npz"
    about = {
        "space": projection.space,
        "method": projection.method,
        "parameters": dict(projection.parameters),
        "fidelity": None if projection.fidelity is None else asdict(projection.fidelity),
        "explained_variance": projection.explained_variance,
    }
    labels = strings(projection.labels, f"map of {projection.space}")
    save_arrays(path, {"points": projection.points, "labels": labels, "about": np.array(json.dumps(about))})
    return path


def load_projection(run: Run, name: str) -> Projection:
    """The map of this name, such as "input-umap".

    Raises:
        UsageError: the run has no such map.
        SpaceError, RunError: it is damaged.
    """
    names = run.artefacts("maps", ".npz")
    if name not in names:
        raise unknown("map", name, names, hint=f"(in {run.path / 'maps'}/)")
    path = run.path / "maps" / f"{name}.npz"
    arrays = load_arrays(path, needed=("points", "labels", "about"))
    about = read_json_array(path, arrays, "about")
    explained = about.get("explained_variance")
    try:
        return Projection(
            space=about["space"],
            method=about["method"],
            labels=tuple(arrays["labels"].tolist()),
            points=arrays["points"],
            parameters=about["parameters"],
            fidelity=None if about["fidelity"] is None else Fidelity(**about["fidelity"]),
            explained_variance=None if explained is None else tuple(explained),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise RunError(f"{path}: damaged or of another version ({error}); make it again") from None
