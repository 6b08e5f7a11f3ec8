"""The live part of a `SpaceMap`. Importing this needs anywidget, the extra `notebook`."""

from importlib.resources import files

import anywidget
import traitlets


class MapWidget(anywidget.AnyWidget):
    """A page in a frame of its own, which may run its scripts and nothing else, and what is selected in it.

    Attributes:
        page: its HTML.
        title: what the frame is called.
        selected: labels of points, from either side.
    """

    _esm = files("embedkit.display").joinpath("scripts", "widget.js").read_text(encoding="utf-8")
    page = traitlets.Unicode().tag(sync=True)
    title = traitlets.Unicode().tag(sync=True)
    selected = traitlets.List(traitlets.Unicode()).tag(sync=True)
