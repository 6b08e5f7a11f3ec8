"""`embedkit clusters`."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embedkit.analysis.clusters.partition import DIMENSIONS, MIN_SIZE, NEIGHBORS
from embedkit.cli.choices import Seed
from embedkit.cli.opening import HowRead, home, opened
from embedkit.cli.output import Json, note, print_json, print_table
from embedkit.cli.progress import progress
from embedkit.errors import UsageError
from embedkit.numerals import duration, upper_first
from embedkit.spaces.reading import AS_IT_IS
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
    stratify: str = "",
    test: bool = True,
    seed: Seed = 0,
    reading: HowRead = AS_IT_IS,
    json: Json = False,
) -> None:
    """Find clusters.

    Args:
        space: A run, RUN/output, or an embedding file; by default the newest run of words.
        min_size: Smallest size of a cluster.
        neighbors: How many neighbours density is estimated from, the point itself included; by default 5, or min-size
            if smaller.
        dimensions: Compute distances in this many principal components; 0 for the full space.
        leaves: Return the finest clusters instead of the most persistent ones, which are often few and large.
        points: Cluster N points: the most frequent if frequencies are known, otherwise a random sample; 0 for all (time
            grows with the square of their number).
        stratify: A categorical column: the sample is random within each category, in proportion, at least one point
            each.
        test: Also test whether there are groups at all, which takes a few seconds.
        seed: Seeds the sample and the test for groups.
    """
    from embedkit.analysis.clusters.clustering import cluster, sampled, with_evidence
    from embedkit.analysis.clusters.stored import CLUSTERINGS
    from embedkit.analysis.maps.stored import flat_maps
    from embedkit.spaces.sampling import choose
    from embedkit.studies.clusters import count_hits

    for name, value in (("--points", points), ("--dimensions", dimensions)):
        if value < 0:
            raise UsageError(f"{name} {value}: must not be below 0")
    full = opened(space, reading)
    rows, sample = choose(full, points, stratify=stratify)
    head = full.take(rows)
    counted = min(NEIGHBORS, min_size) if neighbors is None else neighbors
    started = time.monotonic()
    run, which = home(space, reading)
    with progress(f"clusters of {full.name}") as show:
        clustering = cluster(head, min_size=min_size, neighbors=counted, dimensions=dimensions or None, leaves=leaves)
        clustering = sampled(clustering, rows, sample)
        maps = flat_maps(run, which, full)
        clustering = with_evidence(clustering, head, maps=maps, test=test, seed=seed, progress=show)
    path = CLUSTERINGS.save(run, clustering, which)
    count_hits(run, which, full)
    if json:
        print_json({"path": str(path), "points": len(head), **_about(clustering)})
    else:
        _print(clustering, path, str(sample))
        note(f"took {duration(time.monotonic() - started)}")


def _about(clustering: "Clustering") -> dict[str, Any]:
    from embedkit.report.sections.clusters import rows
    from embedkit.runs.artefacts import to_plain

    return {
        "space": clustering.space,
        "parameters": dict(clustering.parameters),
        "noise": clustering.noise,
        "silhouette": clustering.silhouette,
        "silhouette_sample": clustering.silhouette_sample,
        "evidence": None if clustering.evidence is None else to_plain(clustering.evidence),
        "clusters": [vars(row) for row in rows(clustering)],
        "rows": list(range(len(clustering.labels))) if clustering.rows is None else clustering.rows.tolist(),
        "labels": clustering.labels.tolist(),
    }


def _print(clustering: "Clustering", path: Path, sample: str) -> None:
    from embedkit.numerals import shortened, signed
    from embedkit.report.sections.clusters import figures, finding, rows

    cluster_rows = rows(clustering)
    worded = any(row.words for row in cluster_rows)
    table = [
        (
            str(number),
            f"{row.size:,}",
            signed(row.validity, 2),
            *([", ".join(map(shortened, row.words))] if worded else [shortened(row.name)]),
            ", ".join(map(shortened, row.nearest)),
        )
        for number, row in enumerate(cluster_rows[:SHOWN], 1)
    ]
    title = f"Clusters of {clustering.space}: {sample}"
    columns = (">", ">size", ">validity", "telling words" if worded else "name", "nearest to the centre")
    print_table(columns, table, title=title)
    if len(cluster_rows) > SHOWN:
        print(f"… and {len(cluster_rows) - SHOWN} smaller ones")
    statement = finding(clustering, "point")
    print(upper_first(statement))
    for name, value in figures(clustering, "point"):
        print(f"{name}: {value}.")
    print(f"clusters: {path}")
