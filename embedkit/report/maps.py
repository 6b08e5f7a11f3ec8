"""Word maps: the points of every stored map, what each keeps of its space, and the figure they are shown in."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from bokeh.core.properties import value
from bokeh.models import BoxSelectTool, HoverTool, LassoSelectTool, PanTool, TapTool, Text, WheelZoomTool

from embedkit.analysis.projection import Projection
from embedkit.report import figures
from embedkit.report.colorings import Coloring, colorings_of
from embedkit.report.embedded import EmbeddedSpace, packed, places
from embedkit.report.page import Figure, WordMap

HEIGHT = 620
TITLES = {"pca": "PCA", "umap": "UMAP"}


def word_map(spaces: Sequence[EmbeddedSpace], maps: Mapping[str, Sequence[Projection]], noun: str = "word") -> WordMap:
    """The maps of each space, by its key, in one figure that the page switches between. A point is a `noun`."""
    shown = tuple(_map(space, projection) for space in spaces for projection in maps.get(space.key, ()))
    most = max(len(projection.labels) for each in maps.values() for projection in each)
    description = f"A scatter plot of up to {most:,} {noun}s that can be searched and selected"
    return WordMap(_figure(description), shown, noun)


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
    return replace(word_map(spaces, maps, noun), colorings=colorings_of(spaces, colorings))


def _map(space: EmbeddedSpace, projection: Projection) -> dict[str, Any]:
    where, which = places(space, projection.labels)
    points = projection.points[which]
    return {
        "space": space.key,
        "method": projection.method,
        "title": TITLES.get(projection.method, projection.method),
        "words": packed(where, "<i4"),
        "x": packed(points[:, 0], "<f4"),
        "y": packed(points[:, 1], "<f4"),
        "fidelity": [list(pair) for pair in fidelity_facts(projection)],
        "note": fidelity_note(projection),
    }


def fidelity_facts(projection: Projection) -> list[tuple[str, str, str]]:
    """Name, value and what it means, of everything that says how far a map can be trusted."""
    fidelity, explained = projection.fidelity, projection.explained_variance
    facts = []
    if fidelity is not None:
        k = fidelity.k
        correlation = fidelity.distance_rank_correlation
        facts = [
            ("Trustworthiness", f"{fidelity.trustworthiness:.3f}", f"1 where the {k} nearest on the map are near"),
            ("Continuity", f"{fidelity.continuity:.3f}", f"1 where the {k} nearest in the space stay near on the map"),
            (
                "Neighbours kept",
                f"{fidelity.neighbors_kept * 100:.1f} %",
                f"of the {k} nearest; a shuffled map keeps {fidelity.chance * 100:.1f} %",
            ),
            (
                "Rank correlation of distances",
                "–" if correlation is None else f"{correlation:.3f}",
                "over all pairs; 1 where near and far are in the same order",
            ),
        ]
    if explained is not None:
        each = " + ".join(f"{share * 100:.1f}" for share in explained)
        facts.append(("Explained variance", f"{sum(explained) * 100:.1f} %", f"{each} % by axis"))
    return facts


def fidelity_note(projection: Projection) -> str:
    """What the figures were measured on, and what made the map."""
    fidelity = projection.fidelity
    measured = (
        "No fidelity is kept with this map."
        if fidelity is None
        else f"Measured on {fidelity.sample:,} of {fidelity.points:,} points (seed {fidelity.seed}) against "
        f"{fidelity.metric} distances in the full space."
    )
    settings = [
        f"{name.replace('_', ' ')} {'none' if value is None else value}"
        for name, value in projection.parameters.items()
        if name != "versions"
    ]
    versions = [f"{name} {version}" for name, version in projection.parameters.get("versions", {}).items()]
    made = f"{TITLES.get(projection.method, projection.method)} with " + ", ".join([*settings, *versions])
    return f"{measured} {made}."


def _figure(description: str) -> Figure:
    plot = figures.blank(
        sizing_mode="stretch_both",
        x_range=figures.extent(-1, 1),
        y_range=figures.extent(-1, 1),
        min_border=0,
        tools=[PanTool(), BoxSelectTool(), LassoSelectTool(), TapTool(), WheelZoomTool()],
        lod_threshold=None,
    )
    plot.axis.visible = False
    plot.grid.visible = False
    empty = np.zeros(0, dtype=np.float32)
    points = figures.source({"x": empty, "y": empty, "color": []})
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
    found = figures.source({"x": empty, "y": empty})
    found.name = "found"
    ring = plot.scatter("x", "y", source=found, size=20, fill_alpha=0, line_width=3)
    figures.tinted(ring, line_color="accent-strong")
    _landmarks(plot)
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
    written = plot.add_glyph(labels, text)
    figures.tinted(written, text_color="ink", background_fill_color="surface")
    plot.add_tools(HoverTool(renderers=[dots], tooltips=None))
    return Figure(plot, description, height=HEIGHT, behaviour="map")


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
