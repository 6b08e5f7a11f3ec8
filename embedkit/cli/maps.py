"""`embedkit map`."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from embedkit.cli.output import Json, print_json, print_table
from embedkit.cli.progress import progress
from embedkit.errors import UsageError
from embedkit.pipeline import MAP_POINTS
from embedkit.runs import Run

if TYPE_CHECKING:
    from embedkit.analysis.projection import Projection


def make_map(
    space: str | None = None,
    /,
    *,
    method: Literal["umap", "pca"] = "umap",
    dimensions: int = 2,
    neighbors: int | None = None,
    min_distance: float | None = None,
    metric: Literal["cosine", "euclidean"] | None = None,
    seed: int | None = None,
    points: int = MAP_POINTS,
    json: Json = False,
) -> None:
    """Lay a space out.

    Args:
        space: A run, RUN/output, or an embedding file; by default the newest run of words.
        method: UMAP keeps neighbours together; PCA is linear and keeps large distances.
        dimensions: 2 or 3.
        neighbors: UMAP: how many neighbours count as near; by default 15.
        min_distance: UMAP: how close points may come on the map; by default 0.1.
        metric: UMAP: what distance means in the space; by default cosine.
        seed: UMAP: makes the map reproducible, on one core and so several times slower.
        points: Map the first so many points, the most frequent; 0 for all.
    """
    from embedkit.analysis.projection import METHODS
    from embedkit.spaces.open import open_space
    from embedkit.spaces.store_maps import save_projection

    given = {"neighbors": neighbors, "min_distance": min_distance, "metric": metric, "seed": seed}
    options = {name: value for name, value in given.items() if value is not None}
    if method == "pca" and options:
        raise UsageError(f"--{next(iter(options)).replace('_', '-')} is an option of --method umap")
    if points < 0:
        raise UsageError(f"--points {points}: must be at least 1, or 0 for all")
    opened = open_space(space)
    with progress(f"{method.upper()} of {opened.name}"):
        projection = METHODS[method](opened.head(points or len(opened)), dimensions=dimensions, **options)
    path = save_projection(_home(space), projection)
    if json:
        print_json({"path": str(path), "points": len(projection.labels), **_about(projection)})
    else:
        _print(projection, path, len(opened))


def _home(source: str | None) -> Run:
    """Where the map is kept: with its run; that of a file in maps/ of the current folder."""
    from embedkit.spaces.open import find_run

    if source is not None and Path(source).is_file():
        return Run(Path())
    return find_run(source)[0]


def _about(projection: "Projection") -> dict[str, Any]:
    return {
        "space": projection.space,
        "method": projection.method,
        "parameters": dict(projection.parameters),
        "explained_variance": projection.explained_variance,
        "fidelity": None if projection.fidelity is None else asdict(projection.fidelity),
    }


def _print(projection: "Projection", path: Path, total: int) -> None:
    rows: list[tuple[str, str]] = []
    if projection.explained_variance is not None:
        rows.append(("explained variance", " + ".join(f"{100 * v:.1f} %" for v in projection.explained_variance)))
    fidelity = projection.fidelity
    if fidelity is not None:
        correlation = fidelity.distance_rank_correlation
        rows += [
            ("trustworthiness", f"{fidelity.trustworthiness:.3f}"),
            ("continuity", f"{fidelity.continuity:.3f}"),
            ("neighbours kept", f"{fidelity.neighbors_kept:.3f} (chance {fidelity.chance:.3f})"),
            ("rank correlation of distances", "–" if correlation is None else f"{correlation:.3f}"),
        ]
    title = f"{projection.method.upper()} of {projection.space}: {len(projection.labels):,} of {total:,} points"
    print_table(("fidelity", "value"), rows, title=title)
    if fidelity is not None:
        print(
            f"Measured on {fidelity.sample:,} points with {fidelity.k} neighbours and {fidelity.metric} distances, "
            f"seed {fidelity.seed}."
        )
    print(f"map: {path}")
