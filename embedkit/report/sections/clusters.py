"""Clusters in a reader's words: whether there are any, what each figure says, and what lies in the largest."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from embedkit.analysis.clusters.agreement import MapAgreement
from embedkit.analysis.clusters.clustering import Clustering
from embedkit.analysis.clusters.groups import SHALLOW, GroupTest
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
    each_corrected = corrected(clustered)
    parts = [part for each in each_corrected for part in cluster_parts(*each, alone=len(clustered) == 1)]
    # Mostly all were made in the same way.
    notes = dict.fromkeys(method_note(clustering) for clustering, *_ in clustered)
    return (*parts, *(Paragraph(note, quiet=True) for note in notes))


def corrected(clustered: Sequence[ClusteredSpace]) -> list[ClusteredSpace]:
    """The same with the p-values of their tests corrected for being on one page."""
    tests = [each.evidence.test for each, *_ in clustered if each.evidence is not None and each.evidence.test]
    return [(_among(clustering, tests), space, name, noun) for clustering, space, name, noun in clustered]


def _among(clustering: Clustering, tests: Sequence[GroupTest]) -> Clustering:
    evidence = clustering.evidence
    if evidence is None or evidence.test is None:
        return clustering
    return replace(clustering, evidence=replace(evidence, test=evidence.test.among(tests)))


def standing_finding(clustered: Sequence[ClusteredSpace]) -> Finding | None:
    """`section_finding`, and whether there is evidence of groups anywhere, in which space the clearest."""
    text = section_finding(clustered)
    if text is None:
        return None
    evident = [(name, test) for name, test in _tests(clustered) if test.significant and test.midway is not None]
    if not evident:
        return Finding(text, standing="open", plain=_not_evident(_tests(clustered)))
    name, test = min(evident, key=lambda each: each[1].midway or 0)
    emptiness = 1 - (test.midway or 0)
    measure = share_measure(emptiness, 1 - SHALLOW, "paths on which points do not get fewer")
    plain = (
        f"The {name} form at least {counted(test.groups, 'group')}: midway between them there are "
        f"{percent(emptiness, 0)} fewer points than around the sparser end."
    )
    return Finding(text, replace(measure, best_is="nothing between groups"), plain=plain)


def _tests(clustered: Sequence[ClusteredSpace]) -> list[tuple[str, GroupTest]]:
    """By what a reader calls each space its test, corrected for being on one page."""
    return [
        (name, each.evidence.test)
        for each, _, name, _ in corrected(clustered)
        if each.evidence is not None and each.evidence.test
    ]


def _not_evident(tests: Sequence[tuple[str, GroupTest]]) -> str:
    """Why it cannot be said that there are groups."""
    if not tests:
        return "Whether the points form groups: this was not tested."
    name, test = min(tests, key=lambda each: each[1].p)
    return f"Whether the {name} form groups: no part of them was shown to lie apart from the rest ({test.p_in_words})."


def section_finding(clustered: Sequence[ClusteredSpace]) -> str | None:
    """Of one space its finding; of several, in which of them there are groups."""
    if len(clustered) == 1:
        ((clustering, _, space_name, noun),) = clustered
        return f"{upper_first(space_name)}: {finding(clustering, noun)}"
    if not clustered:
        return None
    tests = _tests(clustered)
    if not tests:
        return "Whether the points form groups was not tested."
    positive = [f"the {name} ({test.groups} at least, {test.p_in_words})" for name, test in tests if test.significant]
    negative = [f"the {name} ({test.p_in_words})" for name, test in tests if not test.significant]
    untested = len(clustered) - len(tests)
    statements = [f"There are groups in {listed(positive)}"] if positive else []
    statements += [f"no evidence of any in {listed(negative)}"] if negative and positive else []
    statements += [f"There is no evidence of groups in {listed(negative)}"] if negative and not positive else []
    statements += [f"{untested} not tested"] if untested else []
    return f"{'; '.join(statements)}.{_correction(len(tests))}"


def _correction(spaces: int) -> str:
    return f" Each p is corrected for {spaces} spaces (Holm)." if spaces > 1 else ""


def evidence(clustered: Sequence[ClusteredSpace], own: Container[str]) -> Iterable[Headline]:
    """Whether points fall into groups, in one space or in how many of several.

    Args:
        clustered: all that are on the page.
        own: those that the headline is about, by what a reader calls them.
    """
    tests = [(name, test) for name, test in _tests(clustered) if name in own]
    if not tests:
        if any(name in own for *_, name, _ in clustered):
            yield Headline("not tested", "groups", "whether the points fall into any is not known")
        return
    results = "; ".join(f"{name} {test.p_in_words} over {test.points:,} points" for name, test in tests)
    positive = [test for _, test in tests if test.significant]
    alone = f"{positive[0].groups} or more" if positive else "no evidence"
    value = f"{len(positive)} of {len(tests)}" if len(tests) > 1 else alone
    name = "spaces with groups" if len(tests) > 1 else "groups"
    correction = f", corrected for the {tests[0][1].spaces} on this page" if tests[0][1].spaces > 1 else ""
    yield Headline(value, name, f"with fewer points on every way between them{correction}: {results}")


def cluster_parts(
    clustering: Clustering, space: EmbeddingSpace, space_name: str, noun: str = "word", *, alone: bool = False
) -> Sequence[Part]:
    """A space's clusters, `called` so by a reader: the figures, and the largest clusters; the verdict too unless they
    are `alone`, where it leads the section."""
    verdict = Paragraph(f"{upper_first(space_name)}: {finding(clustering, noun)}")
    parts: list[Part] = [] if alone else [verdict]
    parts.append(Facts(f"Evidence for the clusters of the {space_name}", tuple(figures(clustering, noun))))
    if len(clustering):
        parts.append(_table(clustering, space, noun))
    return parts


def coloring(clustering: Clustering, space: EmbeddingSpace) -> Coloring:
    """The clusters as colours of a map; points that were not looked at count as noise."""
    return Coloring("cluster", clustering.over(len(space)), dict(enumerate(clustering.names)))


def finding(clustering: Clustering, noun: str = "word") -> str:
    """How many clusters there are, and whether the points fall into groups at all."""
    total = len(clustering.labels)
    if len(clustering):
        subject = f"{counted(len(clustering), 'cluster')} hold{'s' if len(clustering) == 1 else ''}"
        rest = "; the rest lies between them, in none" if clustering.noise else ""
        sentence = f"{subject} {percent(1 - clustering.noise)} of {counted(total, noun)}{rest}."
    else:
        sentence = f"no cluster was found among {counted(total, noun)}."
    test = None if clustering.evidence is None else clustering.evidence.test
    if test is None:
        return f"{sentence} Whether the points form groups was not tested."
    denser = " The clusters may be denser regions of one whole." if len(clustering) and not test.significant else ""
    return f"{sentence} {upper_first(test.verdict)}.{denser}"


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
        facts.append(("Groups", _groups(evidence.test)))
    facts += [(f"Clusters of the {_map(each)} map", _agreement(each, noun)) for each in evidence.agreements]
    return facts


def _groups(test: GroupTest) -> str:
    over = f"{test.points:,} of {test.total:,} points, seed {test.seed}"
    if test.spaces > 1:
        over = f"corrected for {test.spaces} spaces; {over}"
    if not test.significant or test.midway is None:
        return f"{test.p_in_words}: no part of the points was shown to lie apart from all others ({over})"
    return (
        f"{test.p_in_words}: of {test.parts} parts {test.groups} groups lie apart, with {percent(test.midway, 0)} as "
        f"many points midway between them as around the sparser end ({over})"
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
        chosen = f"Found among {Sample(**sample)}; `{command}` searches all. "
    return (
        f"{chosen}HDBSCAN in {among}, not in the picture: {selection} of {settings['min_size']} points or more, "
        f"density from {settings['neighbors']} neighbours; {versions}. Whether there are groups is tested separately: "
        "k-means divides the points into 5, 10 and 20 parts, and points are counted around the centres of neighbouring "
        "parts and midway between them, with centres from other points. Parts without certainly fewer points midway "
        "belong together, as do those of a ring, a roll or a sheet. A small p does not say which clusters are real."
    )


SECTIONS = (
    SectionSpec(
        "clusters",
        lambda material: section(material.clustered),
        lambda material: standing_finding(material.clustered),
        ("spaces/*", "clusters/*"),
        heading="Are there clusters?",
        caption=(
            "Groups of points that lie close together in the space itself, not in the picture. Clustering "
            "finds some in shapeless noise too, so a separate test checks whether the points form groups at "
            "all: whether there are fewer points on every path from some of them to the others."
        ),
    ),
)
