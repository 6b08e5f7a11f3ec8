"""Clusters in a reader's words: whether there are any, what each figure says, and what lies in the largest."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from embedkit.analysis.clusters.agreement import MapAgreement
from embedkit.analysis.clusters.clusterability import NullTest
from embedkit.analysis.clusters.clustering import Clustering
from embedkit.analysis.clusters.naming import are_texts
from embedkit.analysis.maps.projection import title_of
from embedkit.numerals import counted, listed, percent, plural, shortened, signed, upper_first
from embedkit.report.figures.colorings import Coloring
from embedkit.report.findings import Finding, share_measure
from embedkit.report.material import ClusteredSpace
from embedkit.report.parts import Facts, Headline, Paragraph, Part, Table
from embedkit.report.sections.spec import SectionSpec
from embedkit.spaces.sampling import Sample, order_of
from embedkit.spaces.space import EmbeddingSpace

LARGEST = 15
MEMBERS = 5
LONGEST = 80
"""Characters of a label in a table."""
NO_GROUPS_NEEDED = "a curved sheet without groups has such clusters too"
"""What a test against a Gaussian cannot tell from groups: see `benchmarks.clusters`."""


@dataclass(frozen=True)
class ClusterRow:
    """A cluster in a table; `validity` is None where there is none, or where it was measured on some points alone."""

    name: str
    size: int
    validity: float | None
    nearest: tuple[str, ...]
    words: tuple[str, ...]


def section(clustered: Sequence[ClusteredSpace]) -> Sequence[Part]:
    """The clusters of several spaces: clustering, space, what a reader calls the space, and a point of it."""
    parts = [part for each in clustered for part in cluster_parts(*each, alone=len(clustered) == 1)]
    # Mostly all were made in the same way.
    notes = dict.fromkeys(method_note(clustering) for clustering, *_ in clustered)
    return (*parts, *(Paragraph(note, quiet=True) for note in notes))


def standing_finding(clustered: Sequence[ClusteredSpace]) -> Finding | None:
    """`section_finding`, and whether there is evidence of clusters anywhere, in which space the strongest."""
    text = section_finding(clustered)
    if text is None:
        return None
    tests = [(name, c.evidence.test) for c, _, name, _ in clustered if c.evidence is not None and c.evidence.test]
    evident = [(name, test) for name, test in tests if test.significant]
    if not evident:
        return Finding(text, standing="open", plain=_not_evident(tests))
    name, test = max(evident, key=lambda each: each[1].share - each[1].null_share)
    measure = share_measure(test.share, test.null_share, "Gaussian noise of the same covariance")
    plain = (
        f"The {name} lie in clusters more than Gaussian noise does: {percent(test.share)} of the points looked at are "
        f"in one of {test.clusters:,}. That is no proof of groups: a curved sheet without any can have such too."
    )
    return Finding(text, replace(measure, best_is="all in clusters"), plain=plain)


def _not_evident(tests: Sequence[tuple[str, NullTest]]) -> str:
    """Why it cannot be said that there are clusters."""
    if not tests:
        return "Whether the points fall into groups: whether shapeless noise would have such clusters was not tested."
    name, test = max(tests, key=lambda each: each[1].share - each[1].null_share)
    return (
        f"Whether the {name} fall into groups: {percent(test.share)} of the points looked at are in clusters, and of "
        f"Gaussian noise {percent(test.null_share)} (p = {test.p:.2g})."
    )


def section_finding(clustered: Sequence[ClusteredSpace]) -> str | None:
    """Of one space its finding; of several, in which of them there are clusters beyond those of a Gaussian."""
    if len(clustered) == 1:
        ((clustering, _, space_name, noun),) = clustered
        return f"{upper_first(space_name)}: {finding(clustering, noun)}"
    tested = [
        (space_name, c.evidence.test) for c, _, space_name, _ in clustered if c.evidence is not None and c.evidence.test
    ]
    if not clustered:
        return None
    if not tested:
        return "Whether shapeless noise would have such clusters too was not tested."
    positive = [f"the {space_name} (p ≤ {test.p:.2g})" for space_name, test in tested if test.significant]
    negative = [f"the {space_name} (p = {test.p:.2g})" for space_name, test in tested if not test.significant]
    untested = len(clustered) - len(tested)
    statements = [f"There are clusters beyond a Gaussian's in {listed(positive)}"] if positive else []
    statements += [f"none in {listed(negative)}"] if negative and positive else []
    statements += [f"There is no evidence of clusters in {listed(negative)}"] if negative and not positive else []
    statements += [f"{untested} not tested"] if untested else []
    alone = " Each is tested by itself." if len(tested) > 1 else ""
    caution = f" They need be no groups: {NO_GROUPS_NEEDED}." if positive else ""
    return f"{'; '.join(statements)}.{alone}{caution}"


def evidence(clusterings: Mapping[str, Clustering]) -> Iterable[Headline]:
    """Whether clusters stand out against noise of the same covariance, in one space or in how many of several.

    Args:
        clusterings: by what a reader calls their space.
    """
    tests = {name: c.evidence.test for name, c in clusterings.items() if c.evidence is not None and c.evidence.test}
    if not tests:
        if clusterings:
            yield Headline(
                "not tested", "clusters beyond a Gaussian's", "whether noise would look the same is not known"
            )
        return
    results = "; ".join(f"{name} p = {test.p:.2g} over {test.points:,} points" for name, test in tests.items())
    positive = sum(test.significant for test in tests.values())
    value = f"{positive} of {len(tests)}" if len(tests) > 1 else "yes" if positive else "none"
    name = "spaces with clusters beyond a Gaussian's" if len(tests) > 1 else "clusters beyond a Gaussian's"
    alone = ", each tested by itself" if len(tests) > 1 else ""
    detail = f"against Gaussian noise of the same covariance{alone}: {results}"
    yield Headline(value, name, f"{detail}; {NO_GROUPS_NEEDED}" if positive else detail)


def cluster_parts(
    clustering: Clustering, space: EmbeddingSpace, space_name: str, noun: str = "word", *, alone: bool = False
) -> Sequence[Part]:
    """A space's clusters, `called` so by a reader: the figures, and the largest clusters; the verdict too unless they
    are `alone`, where it leads the section."""
    verdict = Paragraph(f"{upper_first(space_name)}: {finding(clustering, noun, caution=False)}")
    parts: list[Part] = [] if alone else [verdict]
    parts.append(Facts(f"What speaks for the clusters of the {space_name}", tuple(figures(clustering, noun))))
    if len(clustering):
        parts.append(_table(clustering, space, noun))
    return parts


def coloring(clustering: Clustering, space: EmbeddingSpace) -> Coloring:
    """The clusters as colours of a map; points that were not looked at count as noise."""
    return Coloring("cluster", clustering.over(len(space)), dict(enumerate(clustering.names)))


def finding(clustering: Clustering, noun: str = "word", *, caution: bool = True) -> str:
    """How many clusters there are, and whether a Gaussian has such too; with `caution` what else has them."""
    total = len(clustering.labels)
    if len(clustering):
        subject = f"{counted(len(clustering), 'cluster')} hold{'s' if len(clustering) == 1 else ''}"
        rest = "; the rest lies between and is in none" if clustering.noise else ""
        sentence = f"{subject} {percent(1 - clustering.noise)} of {counted(total, noun)}{rest}."
    else:
        sentence = f"no cluster was found among {counted(total, noun)}."
    test = None if clustering.evidence is None else clustering.evidence.test
    if test is None:
        return f"{sentence} Whether noise would look the same was not tested."
    need_no_groups = f" They need be no groups: {NO_GROUPS_NEEDED}." if caution and test.significant else ""
    return f"{sentence} {_tested(test)}{need_no_groups}"


def _tested(test: NullTest) -> str:
    over = f"of a sample of {test.points:,}" if test.points < test.total else f"of {test.points:,}"
    ours = f"{percent(test.share)} {over} points in {counted(test.clusters, 'cluster')}"
    have = "has" if len(test.null) == 1 else "have"
    samples = counted(len(test.null), "Gaussian sample")
    theirs = f"{samples} {have} {percent(test.null_share)} in {test.null_clusters:g} (medians)"
    return f"{upper_first(test.verdict)}: {ours}, where {theirs}."


def figures(clustering: Clustering, noun: str = "word") -> list[tuple[str, str]]:
    """Name and value of everything that speaks for or against the clusters, with what it means and is over."""
    total = len(clustering.labels)
    facts = [("In no cluster", f"{percent(clustering.noise)} of {counted(total, noun)}")]
    if clustering.silhouette is not None:
        facts.append(
            (
                "Silhouette",
                f"{clustering.silhouette:.2f} over {counted(clustering.silhouette_sample, noun)} in clusters, by "
                "cosine in the full space: 1 where each is near its own cluster and far from all others, 0 between two",
            )
        )
    evidence = clustering.evidence
    if evidence is None:
        return facts
    validity = evidence.validity
    if validity.value is not None:
        above = sum(value > 0 for value in validity.per_cluster)
        facts.append(
            (
                "Density-based validity (DBCV)",
                f"{signed(validity.value)} over {counted(validity.points, noun)}, those in no cluster counted with 0, "
                f"in {counted(validity.dimensions, 'dimension')}; {above} of "
                f"{counted(len(validity.per_cluster), 'cluster')} {'is' if above == 1 else 'are'} "
                "denser inside than on the way to the next (above 0; 1 is perfect)",
            )
        )
    if evidence.test is not None:
        facts.append(("Against a Gaussian of the same covariance", _null(evidence.test)))
    facts += [(f"Clusters of the {_map(each)} map", _agreement(each, noun)) for each in evidence.agreements]
    return facts


def _null(test: NullTest) -> str:
    as_clustered = sum(value >= test.observed for value in test.null)
    return (
        f"p = {test.p:.2g}: of {counted(len(test.null), 'sample')} {as_clustered} "
        f"{'is' if as_clustered == 1 else 'are'} as clustered or more ({test.STATISTIC} {signed(test.observed)}; "
        f"samples {signed(min(test.null))} to {signed(max(test.null))}; "
        f"{test.points:,} of {test.total:,} points, seed {test.seed})"
    )


def _map(agreement: MapAgreement) -> str:
    return title_of(agreement.method)


def _agreement(agreement: MapAgreement, noun: str) -> str:
    on_map = f"{counted(agreement.clusters, 'cluster')} on the map, {percent(agreement.noise)} in none"
    indices = _pair(agreement.rand_with_noise, agreement.information_with_noise)
    with_noise = f"with noise as a cluster {indices} over all {agreement.points:,}"
    if agreement.rand is None:
        return f"{on_map}; {_not_compared(agreement.in_both, noun)}; {with_noise}"
    in_both = f"the {counted(agreement.in_both, noun)} in a cluster in both"
    both = f"{_pair(agreement.rand, agreement.information)} over {in_both}"
    return f"adjusted Rand and mutual information {both} (1 the same, 0 chance); {with_noise}; {on_map}"


def _not_compared(in_both: int, noun: str) -> str:
    """Why there are no indices over the points that are in a cluster in both."""
    if in_both > 1:
        return (
            f"the {counted(in_both, noun)} in a cluster in both are in one in each, so that there is nothing to compare"
        )
    return f"one {noun} is in a cluster in both" if in_both else f"no {plural(noun, 2)} are in a cluster in both"


def _pair(rand: float | None, information: float | None) -> str:
    return " and ".join(signed(value, 2) for value in (rand, information))


def rows(clustering: Clustering) -> list[ClusterRow]:
    """The clusters, the largest first."""
    evidence = clustering.evidence
    # Of a sample the clusters are numbered by their sizes there, so that none can be told from another by its number.
    whole = (
        evidence is not None
        and evidence.validity.points == len(clustering.labels)
        and len(evidence.validity.per_cluster) == len(clustering)
    )
    validities = evidence.validity.per_cluster if evidence is not None and whole else [None] * len(clustering)
    return [
        ClusterRow(*row)
        for row in zip(
            clustering.names, clustering.sizes, validities, clustering.nearest, clustering.words, strict=True
        )
    ]


def _table(clustering: Clustering, space: EmbeddingSpace, noun: str) -> Table:
    """The largest clusters, with some members: of texts those nearest to the centre, else the first in the space that
    no name says, which are the most frequent where it is in that order."""
    clusters = rows(clustering)
    texts = are_texts(space)
    members = [
        [shortened(label, LONGEST) for label in row.nearest] if texts else _members(clustering, space, number)
        for number, row in enumerate(clusters[:LARGEST])
    ]
    others = "Most frequent of the others" if order_of(space) == "frequent" else "Others"
    more = len(clusters) - LARGEST
    return Table(
        columns=("Cluster", "Nearest to its centre" if texts else others, upper_first(plural(noun, 2)), "Validity"),
        rows=tuple(
            (
                shortened(row.name, LONGEST),
                (" · " if texts else ", ").join(shortened(label, LONGEST) for label in inside),
                f"{row.size:,}",
                signed(row.validity, 2),
            )
            for row, inside in zip(clusters, members, strict=False)
        ),
        caption=(f"The {LARGEST} largest of {len(clusters)} clusters. " if more > 0 else "")
        + "A validity above 0: denser inside than on the way to the next cluster.",
        numbers_from=2,
        prose=frozenset({1}),
    )


def _members(clustering: Clustering, space: EmbeddingSpace, number: int) -> list[str]:
    in_name = {*clustering.names[number].split(", "), clustering.nearest[number][0]}
    inside = (space.labels[i] for i in np.flatnonzero(clustering.over(len(space)) == number).tolist())
    return list(islice((label for label in inside if label not in in_name), MEMBERS))


def method_note(clustering: Clustering) -> str:
    """What made the clusters, and what the test can and cannot say."""
    settings = clustering.parameters
    among = "the full space" if settings["dimensions"] is None else f"{settings['dimensions']} principal components"
    selection = "the finest clusters" if settings["leaves"] else "the most persistent clusters"
    versions = ", ".join(f"{name} {version}" for name, version in settings["versions"].items())
    sample = settings.get("sample")
    chosen = ""
    if isinstance(sample, Mapping) and sample["method"] != "all":
        command = f"embedkit clusters {clustering.space.partition('/')[0]} --points 0"
        chosen = f"Looked for among {Sample(**sample)}; `{command}` looks among all. "
    return (
        f"{chosen}HDBSCAN in {among}, not in the picture: {selection} of {settings['min_size']} points or more, "
        f"density by {settings['neighbors']} neighbours; {versions}. A small p says that the directions are not one "
        "Gaussian cloud; it does not say which of the clusters are real."
    )


SECTIONS = (
    SectionSpec(
        "clusters",
        lambda material: section(material.clustered),
        lambda material: standing_finding(material.clustered),
        ("spaces/*", "clusters/*"),
    ),
)
