"""A space laid out, to look at in a notebook and to select from: a report's map, whose selection Python reads."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from embedkit.analysis.maps.projection import METHODS, Projection, with_sample
from embedkit.errors import UsageError, unknown
from embedkit.spaces.sampling import choose

if TYPE_CHECKING:
    from embedkit.spaces.space import EmbeddingSpace

POINTS = 5_000
"""So many points are laid out where no number is named."""


class SpaceMap:
    """A space laid out, with how far the picture can be trusted.

    In a notebook it shows itself. With the extra `notebook` (anywidget) that is the map of the reports, with its
    search, colours and filters, and what is selected on it is `selected` in Python; without it a still picture.

    Args:
        space: what is laid out.
        method: a projection by name, such as "pca" or "umap".
        points: how many, 0 for all.
        options: those of the method, such as `neighbors` and `seed`.

    Attributes:
        space: the points that are drawn.
        sample: how they were chosen: the most frequent where frequencies are known, else at random.
        projection: where they lie.

    Raises:
        UsageError: no such method, or an option that it does not have.
    """

    def __init__(self, space: "EmbeddingSpace", method: str = "umap", *, points: int = POINTS, **options: Any) -> None:
        if method not in METHODS:
            raise unknown("method", method, METHODS)
        if points < 0:
            raise UsageError(f"points is {points}; show at least one, or 0 for all")
        for name in options:
            if name not in (*METHODS[method].options, "dimensions", "measured"):
                raise unknown(f"option of {method}", name, METHODS[method].options)
        rows, self.sample = choose(space, points)
        self.space = space.take(rows)
        extra = {"vocabulary": space} if METHODS[method].by_words else {}
        projection: Projection = METHODS[method].project(self.space, **options, **extra)
        self.projection = with_sample(projection, self.sample)
        self._selected: tuple[str, ...] = ()
        self._widget: Any = None

    def __repr__(self) -> str:
        return f"SpaceMap({self.projection!r}, {len(self.selected)} selected)"

    @property
    def selected(self) -> tuple[str, ...]:
        """The labels of the points that are selected, in the order of the space."""
        labels = self._selected if self._widget is None else self._widget.selected
        rows = {row for label in labels if (row := self.space.index_of(label)) is not None}
        return tuple(self.space.labels[row] for row in sorted(rows))

    @selected.setter
    def selected(self, labels: Sequence[str]) -> None:
        """Select points by their labels.

        Raises:
            UsageError: one is not on the map.
        """
        for label in labels:
            if label not in self.space:
                raise UsageError(f"{label!r} is not on this map of {len(self.space):,} points")
        self._selected = tuple(labels)
        if self._widget is not None:
            self._widget.selected = list(labels)

    @property
    def selection(self) -> "EmbeddingSpace":
        """What is selected as a space of its own, with its vectors and columns.

        Raises:
            UsageError: nothing is selected.
        """
        if not self.selected:
            raise UsageError("nothing is selected; draw a box or a lasso on the map, or set `selected`")
        return self.space.take(np.array([self.space.index_of(label) for label in self.selected], dtype=np.int64))

    def on_select(self, act: Callable[[tuple[str, ...]], None]) -> None:
        """Call `act` with the labels whenever other points are selected.

        Raises:
            UsageError: anywidget is not installed.
        """
        widget = self._live()
        if widget is None:
            raise UsageError("a map reports selections only with anywidget: pip install 'embedkit[notebook]'")
        widget.observe(lambda _: act(self.selected), names="selected")

    def _live(self) -> Any:
        """The widget; None without anywidget."""
        if self._widget is None:
            try:
                from embedkit.display.widget import MapWidget
            except ImportError:
                return None
            self._widget = MapWidget(
                page=self._page(), title=f"Map of {self.space.name}", selected=list(self._selected)
            )
        return self._widget

    def _page(self) -> str:
        """The page in the widget's frame: one map, and what is selected on it."""
        from embedkit.report.embedded import embed_space
        from embedkit.report.figures.maps import word_map
        from embedkit.report.markup import asset, json_block
        from embedkit.report.page import Report, Section
        from embedkit.report.rendering import Live, compose_page

        space, projection = self.space, self.projection
        embedded = embed_space(space, key=space.name, name=space.name, answering=0, map_labels=[projection.labels])
        part = word_map([embedded], {space.name: [projection]}, space.noun)
        report = Report(space.name, "", (Section("map", "Map", "", (part,)),), (embedded,))
        script, style = (asset("embedkit.display", "scripts", f"framed.{ending}") for ending in ("js", "css"))
        return compose_page(report, Live("", "", json_block("framed", {}), script, style)).html

    def _repr_mimebundle_(self, **options: Any) -> Any:
        widget = self._live()
        if widget is not None:
            return widget._repr_mimebundle_(**options)
        from embedkit.display import html_of

        return {"text/html": html_of(self.projection), "text/plain": repr(self)}
