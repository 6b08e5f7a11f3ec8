"""Maps that are kept with a run, beside the spaces that they are of."""

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from embedkit.analysis.maps.agreement import Agreement, Spread, Stability
from embedkit.analysis.maps.fidelity import AtK, Fidelity, NeighborhoodHit
from embedkit.analysis.maps.pointwise import PointFidelity
from embedkit.analysis.maps.projection import METHODS, PAIRS, Projection, fingerprint
from embedkit.errors import RunError, SpaceError
from embedkit.runs.arrays import load_arrays, read_json_array, save_arrays, strings
from embedkit.runs.folder import Run
from embedkit.spaces.space import EmbeddingSpace, last_part

THREE = "-3d"
"""Ends the name of a map in three dimensions, so that it stands beside the one in two."""


def map_name(which: str, method: str, dimensions: int = 2) -> str:
    """What a map of a space is kept as: "input-umap", or "input-umap-3d"."""
    return f"{which}-{method}{THREE if dimensions == 3 else ''}"


def save_projection(run: Run, projection: Projection) -> Path:
    """Keep a map as maps/SPACE-METHOD.npz or, of three dimensions, maps/SPACE-METHOD-3d.npz, SPACE being the last part
    of the space's name. What is known of each point is kept as arrays beside the coordinates."""
    which = last_part(projection.space)
    path = run.path / "maps" / f"{map_name(which, projection.method, projection.dimensions)}.npz"
    write_projection(path, projection)
    return path


def write_projection(path: Path, projection: Projection) -> None:
    """Write a map to a file of its own."""
    fidelity, local, stability = projection.fidelity, projection.local, projection.stability
    arrays = {"points": projection.points, "labels": strings(projection.labels, f"map of {projection.space}")}
    if local is not None:
        arrays |= {"kept": local.kept, "intruders": local.intruders}
    for number, face in enumerate(projection.faces):
        if face.local is not None:
            arrays |= {f"kept_{number}": face.local.kept, f"intruders_{number}": face.local.intruders}
    if stability is not None:
        arrays |= {"stable_seeds": stability.seeds.points, "stable_subsamples": stability.subsamples.points}
    about = {
        "space": projection.space,
        "method": projection.method,
        "parameters": dict(projection.parameters),
        "fidelity": None if fidelity is None else asdict(fidelity),
        "explained_variance": projection.explained_variance,
        "local": None if local is None else {"k": local.k, "far": local.far, "metric": local.metric},
        "faces": [None if face.fidelity is None else asdict(face.fidelity) for face in projection.faces],
        "stability": None if stability is None else about_stability(stability),
        "source": projection.source,
    }
    save_arrays(path, arrays | {"about": np.array(json.dumps(about))})


def load_projection(run: Run, name: str) -> Projection:
    """The map of this name, such as "input-umap".

    Raises:
        UsageError: the run has no such map.
        SpaceError, RunError: it is damaged.
    """
    return read_projection(run.artefact("maps", name, ".npz", "map"))


def read_projection(path: Path) -> Projection:
    """The map in a file that `write_projection` wrote.

    Raises:
        SpaceError, RunError: it is damaged.
    """
    arrays = load_arrays(path, needed=("points", "labels", "about"))
    about = read_json_array(path, arrays, "about")
    try:
        explained, local, stability = about["explained_variance"], about["local"], about["stability"]
        made = Projection(
            space=about["space"],
            method=about["method"],
            labels=tuple(arrays["labels"].tolist()),
            points=arrays["points"],
            parameters=about["parameters"],
            fidelity=None if about["fidelity"] is None else _fidelity(about["fidelity"]),
            explained_variance=None if explained is None else tuple(explained),
            local=None if local is None else PointFidelity(arrays["kept"], arrays["intruders"], **local),
            stability=None if stability is None else _stability(stability, arrays),
            source=about["source"],
        )
        faces = []
        for number, (pair, values) in enumerate(zip(PAIRS, about.get("faces", ()), strict=False)):
            shares = () if local is None else (arrays[f"kept_{number}"], arrays[f"intruders_{number}"])
            each = None if local is None else PointFidelity(*shares, **local)
            faces.append(made.face(pair, None if values is None else _fidelity(values), each))
        return replace(made, faces=tuple(faces))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RunError(f"{path}: damaged or of another version ({error}); make it again") from None


def load_maps(run: Run, which: str, space: EmbeddingSpace | None = None) -> tuple[Projection, ...]:
    """Every stored map of one of a run's spaces, those in two dimensions first, in the order of `METHODS`.

    Args:
        space: where it is given, maps that are known to be of other vectors than its own are left out.

    Raises:
        SpaceError, RunError: one is damaged.
    """
    names = [map_name(which, method, dimensions) for dimensions in (2, 3) for method in METHODS]
    stored = run.artefacts("maps", ".npz")
    maps = (load_projection(run, name) for name in names if name in stored)
    return tuple(each for each in maps if space is None or not each.source or _is_of(each, space))


def map_is_current(run: Run, name: str, space: EmbeddingSpace, points: int | None = None) -> bool:
    """Whether a map of this name is stored that the space did not change under: its points are the first of the space,
    and their vectors are those that it was made from. One that cannot be read is not current.

    Args:
        points: how many points it must have, or all; None where any number will do.
    """
    if name not in run.artefacts("maps", ".npz"):
        return False
    try:
        stored = load_projection(run, name)
    except (SpaceError, RunError):
        return False
    asked = points is None or len(stored.labels) == min(points, len(space))
    return asked and _is_of(stored, space)


def _is_of(projection: Projection, space: EmbeddingSpace) -> bool:
    count = len(projection.labels)
    return count <= len(space) and projection.source == fingerprint(space.head(count))


def about_stability(stability: Stability) -> dict[str, Any]:
    """All but what is known of each point, JSON-ready."""
    return {
        "method": stability.method,
        "share": stability.share,
        "k": stability.k,
        "parameters": dict(stability.parameters),
        "seeds": _about_agreement(stability.seeds),
        "subsamples": _about_agreement(stability.subsamples),
    }


def _about_agreement(agreement: Agreement) -> dict[str, Any]:
    procrustes = None if agreement.procrustes is None else asdict(agreement.procrustes)
    about = {"jaccard": asdict(agreement.jaccard), "procrustes": procrustes}
    return {**about, "chance": agreement.chance, "maps": agreement.maps}


def _stability(about: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Stability:
    def agreement(which: str) -> Agreement:
        values = about[which]
        procrustes = None if values["procrustes"] is None else Spread(**values["procrustes"])
        jaccard = Spread(**values["jaccard"])
        return Agreement(jaccard, procrustes, arrays[f"stable_{which}"], values["chance"], values["maps"])

    return Stability(**{**about, "seeds": agreement("seeds"), "subsamples": agreement("subsamples")})


def _fidelity(values: Mapping[str, Any]) -> Fidelity:
    at = tuple(AtK(**each) for each in values["at"])
    hit = values["neighborhood_hit"]
    return replace(Fidelity(**{**values, "at": at}), neighborhood_hit=None if hit is None else NeighborhoodHit(**hit))
