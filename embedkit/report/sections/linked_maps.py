"""Two maps of the shared words side by side: the second is laid over the first, and each lights up in the other."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from embedkit.analysis.comparison.alignment import overlay
from embedkit.analysis.maps.projection import METHODS, Projection
from embedkit.analysis.maps.stored import flat_maps
from embedkit.report.comparison import ComparisonMaterial
from embedkit.report.figures.colorings import Coloring
from embedkit.report.figures.maps import word_map
from embedkit.report.parts import LinkedMaps, Paragraph, Part, WordMap
from embedkit.report.sections.comparison import of_comparison
from embedkit.report.sections.spec import SectionSpec


def side_by_side(material: ComparisonMaterial) -> Sequence[Part]:
    """The maps that are kept of both spaces by the same methods, over the words that both maps show."""
    pairs = _pairs(material)
    if not pairs:
        run = f"`embedkit map {material.keys[0]}` and `embedkit map {material.keys[1]}`"
        return (Paragraph(f"No map of both spaces by the same method is kept; make them with {run}."),)
    on_both = frozenset(material.on_maps)
    words = material.comparison.words
    colorings = [
        Coloring(f"of its {words.near_a.shape[1]} nearest, kept in the other space", words.common.astype(float)),
        Coloring("second-order shift", words.second_order.astype(float)),
    ]
    sides = []
    for number, space in enumerate(material.embedded):
        projections = {space.key: [pair[number] for pair in pairs]}
        sides.append(word_map([space], projections, colorings={space.key: colorings}, only=on_both))
    explanation = (
        f"{len(on_both):,} of the {len(words):,} shared words are drawn: those that both maps show. The map of "
        f"{material.names[1]} is rotated, mirrored if that helps, scaled and moved to fit that of {material.names[0]} "
        "(Procrustes, in two dimensions); this is only for the eye, and no figure depends on it. If a word is far from "
        "its place on the other map, the picture may have moved and not the word: the table below uses the full spaces."
    )
    note = (
        "Each map was made from points of its own space, and the figures next to it are for all of these. "
        "Neighbours are among the shared words, in the full space."
    )
    linked = LinkedMaps(material.names, (sides[0], _without_axis_names(sides[1])))
    return (Paragraph(explanation), linked, Paragraph(note, quiet=True))


def finding(material: ComparisonMaterial) -> str:
    """How many words stand on both, and how many of their neighbours stay."""
    words = material.comparison.words
    overlap = float(words.common.mean())
    return (
        f"{len(material.on_maps):,} of {len(words):,} shared words are on the maps of both spaces; on average "
        f"{overlap:.1f} of a word's {words.near_a.shape[1]} nearest in the full space are the same."
    )


def _pairs(material: ComparisonMaterial) -> list[tuple[Projection, Projection]]:
    """Flat maps of both by the same method, the second laid over the first."""
    on_both = frozenset(material.on_maps)
    first, second = (
        {projection.method: projection for projection in flat_maps(run, which)}
        for run, which in ((material.run, material.which), (material.other, material.other_which))
    )
    # Axes of a reader's own mean something where they are; they are not turned.
    methods = [method for method in first if method in second and not METHODS[method].by_words]
    return [
        (first[method], _laid_over(second[method], first[method], on_both)) for method in methods if len(on_both) > 2
    ]


def _laid_over(projection: Projection, onto: Projection, on_both: frozenset[str]) -> Projection:
    """The map with its points where they lie nearest to those of the other one, over the words drawn on both."""
    rows: Mapping[str, int] = {label: row for row, label in enumerate(onto.labels) if label in on_both}
    here = [row for row, label in enumerate(projection.labels) if label in rows]
    there = [rows[projection.labels[row]] for row in here]
    matrix, shift = overlay(projection.points[here], onto.points[there])
    return replace(projection, points=projection.points @ matrix + shift)


def _without_axis_names(part: WordMap) -> WordMap:
    """A map that was turned, without the names of its axes, which no longer run along them."""
    views: tuple[Mapping[str, Any], ...] = tuple({**view, "axes": [[], []]} for view in part.maps)
    return replace(part, maps=views)


SECTIONS = (
    SectionSpec(
        "side-by-side",
        of_comparison(side_by_side, ()),
        of_comparison(finding, None),
        ("comparisons/*", "spaces/*", "maps/*"),
    ),
)
