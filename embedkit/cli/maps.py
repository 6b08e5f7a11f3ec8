"""`embedkit map`."""

import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from embedkit.analysis.maps.neighborhoods import METRICS
from embedkit.analysis.maps.projection import METHODS, title_of
from embedkit.cli.choices import Seed, one_of
from embedkit.cli.opening import HowRead, home, opened
from embedkit.cli.output import Json, note, print_json, print_table
from embedkit.cli.progress import progress
from embedkit.errors import UsageError
from embedkit.numerals import MISSING, counted, duration, percent
from embedkit.spaces.reading import AS_IT_IS
from embedkit.studies.spaces import MAP_POINTS
from embedkit.workers import on_cluster

if TYPE_CHECKING:
    from embedkit.analysis.maps.agreement import Agreement
    from embedkit.analysis.maps.projection import Projection
    from embedkit.spaces.space import EmbeddingSpace

    Method = str
    Metric = str
else:
    Method = one_of(METHODS)
    Metric = one_of(METRICS)

Axes = Annotated[list[str], Parameter(name="--axis", negative="", consume_multiple=False)]


def make_map(
    space: str | None = None,
    /,
    *,
    method: Method = "umap",
    dimensions: int | None = None,
    neighbors: int | None = None,
    min_distance: float | None = None,
    perplexity: float | None = None,
    components: int | None = None,
    solver: Literal["exact", "randomised"] | None = None,
    axis: Axes | None = None,
    metric: Metric | None = None,
    seed: Seed | None = None,
    points: int = MAP_POINTS,
    stratify: str = "",
    stability: int | None = None,
    scheduler: str | None = None,
    reading: HowRead = AS_IT_IS,
    json: Json = False,
) -> None:
    """Project a space.

    Args:
        space: A run, RUN/output, or an embedding file; by default the newest run of words.
        method: UMAP, t-SNE and PaCMAP keep neighbours together; PCA is linear and keeps large distances; with axes you
            choose the directions.
        dimensions: 2 or 3; by default 2, or the number of axes.
        neighbors: UMAP and PaCMAP: how many neighbours count as near; by default 15 and 10.
        min_distance: UMAP: how close points may be on the map; by default 0.1.
        perplexity: t-SNE: about how many neighbours count as near; by default 30.
        components: pca-umap: how many principal components are passed to UMAP; by default 50.
        solver: PCA: exact, or randomised for large spaces; by default chosen by size.
        axis: axes: from one word to another, as in "man→woman", man:woman, or king,man:queen,woman; give two or three.
        metric: Distance in the space, except for PCA and axes; by default cosine.
        seed: Makes the map reproducible; UMAP then runs on one core, several times slower.
        points: Map N points: the most frequent if frequencies are known, otherwise a random sample; 0 for all.
        stratify: A categorical column: the sample is random within each category, in proportion, at least one point
            each.
        stability: Repeat the map N times with other seeds and N times on 90 % subsamples, and report how much they
            agree (slow).
        scheduler: Make the maps of --stability on the workers of a dask cluster: its scheduler, tcp://host:8786.
    """
    from embedkit.analysis.maps.projection import with_sample
    from embedkit.spaces.sampling import choose
    from embedkit.studies.clusters import keep_map

    settings = {
        "neighbors": neighbors,
        "min_distance": min_distance,
        "perplexity": perplexity,
        "components": components,
        "solver": solver,
        "axes": axis or None,
        "metric": metric,
        "seed": seed,
    }
    options = {name: value for name, value in settings.items() if value is not None}
    _check(method, options, points, stability)
    if scheduler is not None and stability is None:
        raise UsageError("--scheduler is for the maps of --stability; say how many")
    by_words = METHODS[method].by_words
    if not by_words or dimensions is not None:
        options["dimensions"] = dimensions or 2
    full = opened(space, reading)
    rows, sample = choose(full, points, stratify=stratify)
    mapped = full.take(rows)
    started = time.monotonic()
    with progress(f"{title_of(method)} of {full.name}"):
        extra = {"vocabulary": full} if by_words else {}
        projection = METHODS[method].project(mapped, **options, **extra)
    if stability is not None:
        options.pop("seed", None)
        with on_cluster(scheduler):
            projection = _with_stability(projection, mapped, stability, options)
    seconds = time.monotonic() - started
    run, which = home(space, reading)
    projection, path = keep_map(run, which, full, with_sample(projection, sample))
    for line in _lowered(projection, mapped, options):
        note(line)
    if json:
        print_json({"path": str(path), "points": len(projection.labels), "seconds": seconds, **_about(projection)})
    else:
        _print(projection, path, str(sample))
        note(f"took {duration(seconds)}")


def _check(method: str, options: dict[str, Any], points: int, stability: int | None) -> None:
    """Refuse what the method does not have, before a space is opened for it."""
    own = METHODS[method].options
    wrong = next((name for name in options if name not in own), None)
    if wrong is not None:
        listed = ", ".join(_flag(name) for name in own)
        raise UsageError(f"{_flag(wrong)} is no option of --method {method}, which has {listed}")
    for name, what in METHODS[method].needs.items():
        if name not in options:
            raise UsageError(f"--method {method} needs {what}")
    if points < 0:
        raise UsageError(f"--points {points}: must be at least 1, or 0 for all")
    if stability is not None and stability < 2:
        raise UsageError(f"--stability {stability}: two maps or more can be compared")


def _lowered(projection: "Projection", mapped: "EmbeddingSpace", options: dict[str, Any]) -> Iterator[str]:
    """What was used in the place of an option that the points, or their dimensions, do not allow."""
    for name in ("neighbors", "perplexity", "components"):
        used = projection.parameters.get(name)
        if name in options and used is not None and used != options[name]:
            points = f"{counted(len(mapped), 'point')} of {counted(mapped.dimensions, 'dimension')}"
            yield f"{_flag(name)} {options[name]:g} is more than {points} allow; {used:g} is used"


def _flag(name: str) -> str:
    return "--axis" if name == "axes" else f"--{name.replace('_', '-')}"


def _with_stability(
    projection: "Projection", mapped: "EmbeddingSpace", seeds: int, options: dict[str, Any]
) -> "Projection":
    from embedkit.analysis.maps.stability import stability

    with progress(f"stability over {seeds} seeds and {seeds} subsamples") as show:
        measured = stability(
            mapped,
            projection.method,
            seeds=seeds,
            progress=show,
            **options,
        )
    return replace(projection, stability=measured)


def _about(projection: "Projection") -> dict[str, Any]:
    local, stability = projection.local, projection.stability
    return {
        "space": projection.space,
        "method": projection.method,
        "parameters": dict(projection.parameters),
        "explained_variance": projection.explained_variance,
        "fidelity": None if projection.fidelity is None else asdict(projection.fidelity),
        "points_fidelity": None
        if local is None
        else {
            "k": local.k,
            "far": local.far,
            "kept": float(local.kept.mean()),
            "kept_chance": local.chance,
            "kept_none": int((local.kept == 0).sum()),
            "intruders": float(local.intruders.mean()),
            "intruders_chance": local.intruders_chance,
        },
        "stability": None if stability is None else stability.summary(),
    }


def _print(projection: "Projection", path: Path, sample: str) -> None:
    fidelity = projection.fidelity
    title = f"{title_of(projection.method)} of {projection.space}: {sample}"
    if fidelity is None:
        print("\n".join([title, *_facts(projection), "Too few distinct points for a fidelity."]))
    else:
        rows = [
            ("trustworthiness", *(f"{at.trustworthiness:.3f}" for at in fidelity.at)),
            ("continuity", *(f"{at.continuity:.3f}" for at in fidelity.at)),
            ("neighbours kept", *(f"{at.neighbors_kept:.3f}" for at in fidelity.at)),
            ("… on a shuffled map", *(f"{at.chance:.3f}" for at in fidelity.at)),
        ]
        print_table(("fidelity", *(f">{at.k} nearest" for at in fidelity.at)), rows, title=title)
        for line in _facts(projection):
            print(line)
        print(
            f"Measured at {fidelity.judged}, against {fidelity.metric} distances in the full space, "
            f"seed {fidelity.seed}."
        )
    print(f"map: {path}")


def _facts(projection: "Projection") -> list[str]:
    """What else is known of a map, a line each."""
    from embedkit.report.trust import spots_in_words

    fidelity, local, stability = projection.fidelity, projection.local, projection.stability
    facts = [words] if (words := spots_in_words(projection)) else []
    if fidelity is not None:
        correlation = fidelity.distance_rank_correlation
        facts.append(f"rank correlation of distances: {'–' if correlation is None else f'{correlation:.3f}'}")
        hit = fidelity.neighborhood_hit
        if hit is not None:
            facts.append(
                f"neighbourhood hit by {hit.labels}, {hit.k} nearest: {percent(hit.on_map)} on the map, "
                f"{percent(hit.in_space)} in the full space, {percent(hit.chance)} by chance; "
                f"{hit.judged}"
            )
    if local is not None:
        none = int((local.kept == 0).sum())
        facts.append(
            f"of all {len(local):,} points {none:,} keep none of their {local.k} nearest; of those on the map "
            f"{percent(float(local.intruders.mean()))} are not among the {local.far} nearest in the full space"
        )
    if projection.explained_variance is not None:
        shares = " + ".join(percent(share) for share in projection.explained_variance)
        facts.append(f"explained variance: {shares}")
    if "cosines_between_axes" in projection.parameters:
        cosines = projection.parameters["cosines_between_axes"]
        facts.append("cosine between axes: " + ", ".join(f"{pair} {value:.2f}" for pair, value in cosines.items()))
    if stability is not None:
        facts.append(f"stability over seeds: {_agreement(stability.seeds, stability.k)}")
        facts.append(
            f"stability over {stability.share:.0%} of the points: {_agreement(stability.subsamples, stability.k)}"
        )
    return facts


def _agreement(agreement: "Agreement", k: int) -> str:
    jaccard, procrustes = agreement.jaccard, agreement.procrustes
    turned = (
        MISSING if procrustes is None else f"{procrustes.mean:.3f} ({procrustes.lowest:.3f} – {procrustes.highest:.3f})"
    )
    return (
        f"Jaccard of the {k} nearest {jaccard.mean:.3f} ({jaccard.lowest:.3f} – {jaccard.highest:.3f}, chance "
        f"{agreement.chance:.3f}), Procrustes distance {turned}, {agreement.pairs} pairs of maps"
    )
