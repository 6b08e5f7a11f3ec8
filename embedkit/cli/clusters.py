"""`embedkit clusters`."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embedkit.analysis.clusters.clusterability import DRAWS
from embedkit.analysis.clusters.partition import DIMENSIONS, MIN_SIZE, NEIGHBORS
from embedkit.cli.output import Json, note, print_json, print_table
from embedkit.cli.progress import progress
from embedkit.errors import UsageError
from embedkit.numerals import duration, upper_first
from embedkit.studies.spaces import MAP_POINTS

if TYPE_CHECKING:
    from embedkit.analysis.clusters.clustering import Clustering

SHOWN = 20


def clusters(
    space: str | None = None,
    /,
    *,
    min_size: int = MIN_SIZE,
    neighbors: int | None = None,
    dimensions: int = DIMENSIONS,
    leaves: bool = True,
    points: int = MAP_POINTS,
    null: int = DRAWS,
    seed: int = 0,
    json: Json = False,
) -> None:
    """Look for clusters.

    Args:
        space: A run, RUN/output, or an embedding file; by default the newest run of words.
        min_size: The least size of a cluster.
        neighbors: How many neighbours density is judged by, a point itself counted; by default 5, or min-size if less.
        dimensions: Principal components that distances are taken among; 0 for the full space.
        leaves: The finest clusters; without it the most persistent, which are often a few large ones.
        points: Look among the first so many points, the most frequent; 0 for all.
        null: Gaussian samples to compare with; 19 or more for p = 0.05, 0 for no test.
        seed: Of the samples.
    """
    from embedkit.analysis.clusters.clustering import cluster, with_evidence
    from embedkit.analysis.clusters.stored import CLUSTERINGS
    from embedkit.analysis.maps.stored import load_maps
    from embedkit.spaces.open import home_of, open_space
    from embedkit.studies.clusters import count_hits

    for name, value in (("--points", points), ("--null", null), ("--dimensions", dimensions)):
        if value < 0:
            raise UsageError(f"{name} {value}: must not be below 0")
    opened = open_space(space)
    shown = opened.head(points or len(opened))
    counted = min(NEIGHBORS, min_size) if neighbors is None else neighbors
    started = time.monotonic()
    run, which = home_of(space, opened)
    with progress(f"clusters of {opened.name}") as show:
        found = cluster(shown, min_size=min_size, neighbors=counted, dimensions=dimensions or None, leaves=leaves)
        maps = [projection for projection in load_maps(run, which) if projection.dimensions == 2]
        found = with_evidence(found, shown, maps=maps, draws=null, seed=seed, progress=show)
    path = CLUSTERINGS.save(run, found, which)
    count_hits(run, which, opened)
    if json:
        print_json({"path": str(path), "points": len(shown), **_about(found)})
    else:
        _print(found, path, len(opened))
        note(f"took {duration(time.monotonic() - started)}")


def _about(found: "Clustering") -> dict[str, Any]:
    from embedkit.report.sections.clusters import rows
    from embedkit.runs.artefacts import to_plain

    return {
        "space": found.space,
        "parameters": dict(found.parameters),
        "noise": found.noise,
        "silhouette": found.silhouette,
        "silhouette_sample": found.silhouette_sample,
        "evidence": None if found.evidence is None else to_plain(found.evidence),
        "clusters": [vars(row) for row in rows(found)],
        "labels": found.labels.tolist(),
    }


def _print(found: "Clustering", path: Path, total: int) -> None:
    from embedkit.numerals import signed
    from embedkit.report.sections.clusters import figures, finding, rows

    listed = rows(found)
    worded = any(row.words for row in listed)
    table = [
        (
            str(number),
            f"{row.size:,}",
            signed(row.validity, 2),
            *([", ".join(row.words)] if worded else [row.name]),
            ", ".join(row.nearest),
        )
        for number, row in enumerate(listed[:SHOWN], 1)
    ]
    title = f"Clusters of {found.space}: {len(found.labels):,} of {total:,} points"
    columns = (">", ">size", ">validity", "telling words" if worded else "name", "nearest to the centre")
    print_table(columns, table, title=title)
    if len(listed) > SHOWN:
        print(f"… and {len(listed) - SHOWN} smaller ones")
    said = finding(found, "point")
    print(upper_first(said))
    for name, value in figures(found, "point"):
        print(f"{name}: {value}.")
    print(f"clusters: {path}")
