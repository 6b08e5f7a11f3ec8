"""Score sheets and clusters."""

from typing import TYPE_CHECKING

from embedkit.analysis.analogies.score_sheet import HEADLINE, in_words, share
from embedkit.display.markup import folded, frame, note, table
from embedkit.numerals import MISSING, percent, points_estimate, upper_first

if TYPE_CHECKING:
    from embedkit.analysis.analogies.score_sheet import AnalogyScore, CategoryScore
    from embedkit.analysis.clusters.clustering import Clustering

CLUSTERS = 12
"""So many clusters are shown, the largest."""


def score_html(score: "AnalogyScore") -> str:
    """The headline, every method with its intervals, and the categories folded away."""
    among = f"{score.vocabulary:,} words may answer" + ("" if score.restrict is None else ", the first of the space")
    covered = (
        f"{score.micro.covered:,} of {score.micro.total:,} questions are covered, {percent(score.micro.coverage)}; "
        f"{among}. Accuracy and gain are of those, with 95 % intervals over word pairs; strict counts the others as "
        "wrong."
    )
    methods = [
        (
            row.method,
            f"{row.correct:,.0f}",
            share(row.accuracy),
            points_estimate(row.gain),
            percent(row.strict.value),
            percent(row.honest_correct / score.micro.covered),
        )
        for row in score.micro.methods
    ]
    columns = ("method", "correct", "accuracy", "gain over the word nearest to b", "strict", "with nothing excluded")
    categories = [_category(category) for category in score.categories]
    return frame(
        f"{score.questions} on {score.space}",
        note(in_words(score)),
        table(columns, methods),
        note(covered),
        folded("by category", table(("category", HEADLINE, "covered", "of", "coverage"), categories)),
    )


def _category(category: "CategoryScore") -> tuple[str, ...]:
    score = category.by(HEADLINE)
    return (
        category.name,
        MISSING if score is None else share(score.accuracy),
        f"{category.covered:,}",
        f"{category.total:,}",
        percent(category.coverage),
    )


def clustering_html(clustering: "Clustering") -> str:
    """The largest clusters with the members nearest to their centres, and what speaks for them."""
    rows = [
        (name, ", ".join(nearest), f"{size:,}")
        for name, nearest, size in zip(
            clustering.names[:CLUSTERS], clustering.nearest[:CLUSTERS], clustering.sizes[:CLUSTERS], strict=True
        )
    ]
    silhouette = MISSING if clustering.silhouette is None else f"{clustering.silhouette:.3f}"
    summary = (
        f"{len(clustering):,} clusters of {len(clustering.labels):,} points; {percent(clustering.noise)} are in none. "
        f"Mean silhouette {silhouette} over {clustering.silhouette_sample:,} points."
    )
    evidence = clustering.evidence
    verdict = "Whether the points form groups was not tested; see with_evidence."
    if evidence is not None:
        verdict = f"{upper_first(evidence.verdict)}."
    rest = f" The {CLUSTERS} largest are shown." if len(clustering) > CLUSTERS else ""
    return frame(
        f"Clusters of {clustering.space}",
        note(summary + rest),
        table(("cluster", "nearest to its centre", "points"), rows, words=(0, 1)),
        note(verdict),
    )
