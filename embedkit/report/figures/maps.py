"""Word maps: the points of every stored map, what each keeps of its space, and the figure they are shown in."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from bokeh.core.properties import value
from bokeh.models import BoxSelectTool, HoverTool, ImageRGBA, LassoSelectTool, PanTool, TapTool, Text, WheelZoomTool

from embedkit.analysis.maps.projection import PAIRS, Projection, title_of
from embedkit.numerals import percent
from embedkit.report.embedded import EmbeddedSpace, places
from embedkit.report.figures import style as figures
from embedkit.report.figures.colorings import Coloring, colorings_of, trust_colorings
from embedkit.report.packing import packed
from embedkit.report.parts import Figure, WordMap
from embedkit.report.trust import fidelity_facts, fidelity_note
from embedkit.spaces.sampling import Sample

HEIGHT = 620


def word_map(
    spaces: Sequence[EmbeddedSpace],
    maps: Mapping[str, Sequence[Projection]],
    noun: str = "word",
    colorings: Mapping[str, Sequence[Coloring]] | None = None,
    only: Collection[str] | None = None,
) -> WordMap:
    """The maps of each space in one figure that the page switches between, and what they can be coloured by; both by
    the spaces' keys. A point is a `noun`.

    Args:
        only: the labels that are drawn, of those that a map has; None for all.

    Raises:
        ReportError: a colouring has not one value for each point of its space.
    """
    views = tuple(
        view for space in spaces for projection in maps.get(space.key, ()) for view in _views(space, projection, only)
    )
    most = max(len(projection.labels) for each in maps.values() for projection in each)
    description = f"A scatter plot of up to {most:,} {noun}s that can be searched and selected"
    return WordMap(_figure(description), views, noun, colorings_of(spaces, colorings or {}))


def phrase_atlas(
    spaces: Sequence[EmbeddedSpace],
    maps: Mapping[str, Sequence[Projection]],
    colorings: Mapping[str, Sequence[Coloring]],
    noun: str = "phrase",
) -> WordMap:
    """A word map of phrases, coloured by columns such as their cluster and their length; all by the spaces' keys.

    Raises:
        ReportError: a colouring has not one value for each point of its space.
    """
    return word_map(spaces, maps, noun, colorings)


def _views(space: EmbeddedSpace, projection: Projection, only: Collection[str] | None) -> list[dict[str, Any]]:
    """The pictures of a map: itself, or of three dimensions its pairs of axes."""
    in_space, rows = places(space, projection.labels)
    if only is not None:
        mask = np.array([projection.labels[i] in only for i in rows], dtype=bool)
        in_space, rows = in_space[mask], rows[mask]
    names, title = axis_names(projection), title_of(projection.method)
    views = []
    for pair, face, marks in _faces(projection, title):
        points = face.points[rows]
        view = {
            "space": space.key,
            # Most maps show the first words of their space, which need not be written down.
            "words": None if np.array_equal(in_space, np.arange(len(in_space))) else packed(in_space, "<i4"),
            "points": len(in_space),
            "sample": _sample(projection, len(rows)),
            "byFrequency": space.counts is not None and not (np.diff(space.counts[in_space]) > 0).any(),
            "x": packed(points[:, 0], "<f4"),
            "y": packed(points[:, 1], "<f4"),
            "axes": [names[axis] for axis in pair],
            "fidelity": [fact.to_json() for fact in fidelity_facts(face)],
            "colorings": [coloring.to_json(rows) for coloring in trust_colorings(face)],
        }
        views.append({**view, **marks})
    return views


def _sample(projection: Projection, drawn: int) -> str | None:
    """Which points of how many a map shows; None where it shows all, or that is not kept, or some are left out."""
    sample = projection.parameters.get("sample")
    if not isinstance(sample, Mapping) or sample["method"] == "all" or drawn < len(projection.labels):
        return None
    return str(Sample(**sample))


def _faces(projection: Projection, title: str) -> list[tuple[tuple[int, int], Projection, dict[str, str]]]:
    """For each picture of a map the two axes that it shows, those alone as a flat map, and what the page calls it."""
    if projection.dimensions == 2:
        marks = {"method": projection.method, "title": title, "pair": "", "note": fidelity_note(projection)}
        return [((0, 1), projection, marks)]
    faces = []
    for number, pair in enumerate(PAIRS):
        # What was not measured is not known: the figures of three axes are not those of two.
        face = projection.faces[number] if projection.faces else projection.face(pair, None, None)
        marks = {
            "method": f"{projection.method}-3d",
            "title": f"{title} 3-D",
            "pair": f"{pair[0] + 1}–{pair[1] + 1}",
            "note": fidelity_note(face, whole=projection),
        }
        faces.append((pair, face, marks))
    return faces


def axis_names(projection: Projection) -> list[list[str]]:
    """What stands at each axis: ["man", "woman"] for an axis from one to the other, one text for a component, and
    nothing where an axis has no meaning of its own."""
    count = projection.dimensions
    if projection.method == "axes":
        return [[", ".join(axis["from"]), ", ".join(axis["to"])] for axis in projection.parameters["axes"]]
    if projection.explained_variance is not None:
        shares = enumerate(projection.explained_variance, 1)
        return [[f"component {number}: {percent(share)} of the variance"] for number, share in shares]
    return [[f"axis {number}"] if count == 3 else [] for number in range(1, count + 1)]


def _figure(description: str) -> Figure:
    """The map's layers from the lowest up, all empty: the page fills them with the view that is chosen."""
    plot = figures.blank(
        sizing_mode="stretch_both",
        x_range=figures.extent(-1, 1),
        y_range=figures.extent(-1, 1),
        min_border=0,
        tools=[PanTool(), BoxSelectTool(), LassoSelectTool(), TapTool(), WheelZoomTool()],
        # While a map of more points is dragged by a finger a quarter of them is drawn, over the shading of all; for a
        # mouse mappan.js drags it.
        lod_threshold=6_000,
        lod_factor=4,
        lod_timeout=200,
    )
    plot.axis.visible = False
    plot.grid.visible = False
    _shading(plot)
    empty = np.zeros(0, dtype=np.float32)
    points = figures.source({"x": empty, "y": empty, "color": [], "place": np.zeros(0, dtype=np.int32)})
    points.name = "points"
    dots = plot.scatter(
        "x",
        "y",
        source=points,
        size=6,
        fill_color="color",
        line_color=None,
        fill_alpha=0.8,
        nonselection_fill_alpha=0.12,
        selection_fill_alpha=1.0,
    )
    _matches(plot)
    _landmarks(plot)
    _twin(plot)
    _labels(plot)
    _titles(plot)
    plot.add_tools(HoverTool(renderers=[dots], tooltips=None))
    return Figure(plot, description, height=HEIGHT, behaviour="map")


def _matches(plot: figures.figure) -> None:
    """Rings around what a search finds, and around the point whose card is open. Empty until then."""
    empty = np.zeros(0, dtype=np.float32)
    matches = figures.source({"x": empty, "y": empty, "size": empty, "wide": empty})
    matches.name = "matches"
    ring = plot.scatter("x", "y", source=matches, size="size", fill_alpha=0, line_width="wide")
    figures.tinted(ring, line_color="accent-strong")


def _labels(plot: figures.figure) -> None:
    """Words beside their points. They are empty until the page fills them."""
    empty = np.zeros(0, dtype=np.float32)
    labels = figures.source({"x": empty, "y": empty, "text": [], "offset": empty, "align": []})
    labels.name = "labels"
    text = Text(
        x="x",
        y="y",
        text="text",
        x_offset="offset",
        text_align="align",
        text_baseline="middle",
        text_font_size="12px",
        text_font=value("system-ui, sans-serif"),
        background_fill_alpha=0.72,
    )
    figures.tinted(plot.add_glyph(labels, text), text_color="ink", background_fill_color="surface")


def _shading(plot: figures.figure) -> None:
    """Where points stand that are too many to be drawn: an image that the page fills."""
    nothing = np.zeros((1, 1), dtype=np.uint32)
    shading = figures.source({"image": [nothing], "x": [0.0], "y": [0.0], "dw": [1.0], "dh": [1.0]})
    shading.name = "shading"
    plot.add_glyph(shading, ImageRGBA(image="image", x="x", y="y", dw="dw", dh="dh"))


def _titles(plot: figures.figure) -> None:
    """The names of categories on the map. They are empty until the page fills them."""
    empty = np.zeros(0, dtype=np.float32)
    titles = figures.source({"x": empty, "y": empty, "text": [], "color": []})
    titles.name = "titles"
    text = Text(
        x="x",
        y="y",
        text="text",
        text_color="color",
        text_align="center",
        text_baseline="middle",
        text_font_size="13px",
        text_font_style="bold",
        text_font=value("system-ui, sans-serif"),
        background_fill_alpha=0.72,
    )
    figures.tinted(plot.add_glyph(titles, text), background_fill_color="surface")


def _twin(plot: figures.figure) -> None:
    """A ring and a name where the word is that is pointed at on a map beside this one. Empty until then."""
    empty = np.zeros(0, dtype=np.float32)
    twin = figures.source({"x": empty, "y": empty, "text": []})
    twin.name = "twin"
    ring = plot.scatter("x", "y", source=twin, size=22, fill_alpha=0, line_width=2.5)
    figures.tinted(ring, line_color="series-2")
    name = Text(
        x="x",
        y="y",
        text="text",
        y_offset=-20,
        text_align="center",
        text_baseline="middle",
        text_font_size="13px",
        text_font_style="bold",
        text_font=value("system-ui, sans-serif"),
        background_fill_alpha=0.85,
    )
    figures.tinted(plot.add_glyph(twin, name), text_color="ink", background_fill_color="surface")


def _landmarks(plot: figures.figure) -> None:
    """Rings of the phrases that have texts between them, the two that are picked, and the line from one to the other.

    They are empty until the page fills them.
    """
    empty = np.zeros(0, dtype=np.float32)
    rings = figures.source({"x": empty, "y": empty})
    rings.name = "landmarks"
    ring = plot.scatter("x", "y", source=rings, size=12, fill_alpha=0, line_width=1.5)
    figures.tinted(ring, line_color="ink")
    way = figures.source({"x": empty, "y": empty})
    way.name = "way"
    figures.tinted(plot.line("x", "y", source=way, line_width=2.5), line_color="accent-strong")
    ends = figures.source({"x": empty, "y": empty, "text": []})
    ends.name = "ends"
    disc = plot.scatter("x", "y", source=ends, size=19, line_width=1.5)
    figures.tinted(disc, fill_color="accent-strong", line_color="surface")
    letter = Text(
        x="x",
        y="y",
        text="text",
        text_align="center",
        text_baseline="middle",
        text_font_size="11px",
        text_font_style="bold",
        text_font=value("system-ui, sans-serif"),
    )
    figures.tinted(plot.add_glyph(ends, letter), text_color="surface")
