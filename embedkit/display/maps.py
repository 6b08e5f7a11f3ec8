"""A map as one SVG picture with its fidelity beside it."""

from typing import TYPE_CHECKING

import numpy as np

from embedkit.analysis.maps.projection import title_of
from embedkit.display.labels import place
from embedkit.display.markup import folded, frame, macros, note, table
from embedkit.report.trust import fidelity_facts, fidelity_note

if TYPE_CHECKING:
    from markupsafe import Markup

    from embedkit.analysis.maps.coordinates import Projection

WIDTH, HEIGHT, MARGIN = 720, 500, 14
POINTS = 5_000
"""So many points are drawn, the first."""
BANDS = (("less than a third", "#c58a14"), ("a third to two thirds", "#1c9a84"), ("two thirds or more", "#2a6fd6"))
"""Share of its nearest neighbours that a point keeps, and the colour of such points, as in a report."""


def projection_html(projection: "Projection") -> str:
    """The picture; of three dimensions that of the first two, which has a fidelity of its own."""
    whole = None
    if projection.dimensions == 3:
        whole = projection
        projection = projection.faces[0] if projection.faces else projection.face((0, 1), None, None)
    drawn = min(POINTS, len(projection.labels))
    title = f"{title_of(projection.method)} of {projection.space}"
    facts = [
        (fact.name, ", ".join(f"{value} ({size})" if size else value for value, size in fact.values))
        for fact in fidelity_facts(projection)
    ]
    cut = "" if drawn == len(projection.labels) else f" The first {drawn:,} of {len(projection.labels):,} are drawn."
    axes = " Axes 1 and 2 of three." if whole is not None else ""
    measured = folded("what was measured", note(fidelity_note(projection, whole=whole)))
    trust = table(("how far to trust it", ""), facts) + measured if facts else measured
    return frame(
        title,
        note(f"{len(projection.labels):,} points.{cut}{axes}"),
        macros("map.html").side_by_side(_picture(projection, drawn, title) + _legend(projection), trust),
    )


def _picture(projection: "Projection", drawn: int, title: str) -> "Markup":
    points = _places(projection.points[:drawn])
    labels = projection.labels[:drawn]
    return macros("map.html").picture(
        title=title,
        drawn=f"{drawn:,}",
        width=WIDTH,
        height=HEIGHT,
        shapes=[(_dots(points[rows]), colour) for rows, colour in _banded(projection, drawn) if len(rows)],
        dot_size=_dot_size(drawn),
        labels=place(labels, [(x, y) for x, y in points.tolist()], width=WIDTH, height=HEIGHT),
    )


def _places(points: np.ndarray) -> np.ndarray:
    """(N, 2) coordinates → (N, 2) pixels: the first axis to the right, the second up, both in the same unit."""
    low, high = points.min(axis=0), points.max(axis=0)
    room = np.array([WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN])
    spread = high - low
    wide = spread > 0
    scale = float((room[wide] / spread[wide]).min()) if wide.any() else 0.0
    centred = (points - (low + high) / 2) * scale
    return np.column_stack([WIDTH / 2 + centred[:, 0], HEIGHT / 2 - centred[:, 1]])


def _banded(projection: "Projection", drawn: int) -> list[tuple[np.ndarray, str]]:
    """Rows by the share of neighbours they keep, and their colour; one colour where that was not measured."""
    if projection.kept is None:
        return [(np.arange(drawn), BANDS[-1][1])]
    bands = np.minimum((projection.kept[:drawn] * len(BANDS)).astype(int), len(BANDS) - 1)
    return [(np.flatnonzero(bands == i), colour) for i, (_, colour) in enumerate(BANDS)]


def _legend(projection: "Projection") -> "Markup | str":
    return "" if projection.local is None else macros("map.html").legend(projection.local.k, BANDS)


def _dots(places: np.ndarray) -> str:
    """A path of lines without length, each of which is a dot."""
    return "".join(f"M{x:.1f} {y:.1f}h0" for x, y in places.tolist())


def _dot_size(drawn: int) -> float:
    return 6.0 if drawn <= 200 else 4.0 if drawn <= 2_000 else 2.5
