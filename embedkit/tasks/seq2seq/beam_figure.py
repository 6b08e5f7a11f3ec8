"""A beam search as a tree: the hypotheses that the beam kept, their continuations, and the best one."""

from collections.abc import Sequence
from typing import Any, TypedDict

import numpy as np
from bokeh.core.properties import value
from bokeh.models import FixedTicker, Range1d, Text

from embedkit.errors import ReportError
from embedkit.numerals import beginning
from embedkit.report.figures import style as figures
from embedkit.report.figures.traces import token_label
from embedkit.report.parts import Figure, Table

ROW = 46  # pixels
NARROW, WIDE = 58, 130  # pixels of a step at least and at most
MANY, ROOM, ROOM_OF_MANY = 10, 14, 9
"""Characters of a token: ROOM, or ROOM_OF_MANY in a tree of more than MANY steps, to show more of it."""
CHARACTER = 7.2  # pixels, about
BEST, KEPT, DROPPED = "best", "kept", "dropped"
COLOURS = {DROPPED: "noise", KEPT: "series-1", BEST: "accent-strong"}
"""The colours of the nodes of each category, in the order in which they are drawn: the best on top."""
WRITTEN = {DROPPED: ("normal", "quiet"), KEPT: ("normal", "ink"), BEST: ("bold", "accent-strong")}
"""The style and the colour of their tokens."""


class BeamNode(TypedDict):
    """A token that continues a hypothesis.

    `parent` is the index of the node before it, None at the start; `log_probability` is of the whole hypothesis so far;
    `rank` counts from 1 among the nodes of its step; a `final` node ends its hypothesis.
    """

    parent: int | None
    token: str
    log_probability: float
    rank: int
    kept: bool
    final: bool
    step: int


def beam_tree(nodes: Sequence[BeamNode], title: str, *, winner: int | None = None, joiner: str = " ") -> Figure:
    """Steps run to the right; within a step nodes stand by rank, the best on top.

    Args:
        winner: the node that ends the winning hypothesis; by default the likeliest final node or, where none is
            final, the best of the last step.
        joiner: what stands between the tokens of a hypothesis.

    Raises:
        ReportError: there are no nodes, or one's parent is not a node of an earlier step.
    """
    check(nodes)
    winner = likeliest(nodes) if winner is None else winner
    best = set(path(nodes, winner))
    kind = [BEST if i in best else KEPT if node["kept"] else DROPPED for i, node in enumerate(nodes)]
    row = rows(nodes)
    first, last = min(node["step"] for node in nodes), max(node["step"] for node in nodes)
    steps, deep = last - first + 1, max(row) + 1
    room = ROOM if steps <= MANY else ROOM_OF_MANY
    longest = max(len(label(node, room)) for node in nodes)
    column = min(WIDE, max(NARROW, int(longest * CHARACTER) + 14))
    height = deep * ROW + 50
    plot = figures.blank(
        height=height,
        max_width=steps * WIDE + 20,
        x_range=figures.extent(first - 0.5, last + 0.5),
        y_range=Range1d(start=deep - 0.4, end=-0.7),
        min_border=6,
        name="beams",
    )
    plot.yaxis.visible = False
    plot.grid.visible = False
    plot.xaxis.ticker = FixedTicker(ticks=list(range(first, last + 1)))
    plot.xaxis.axis_label = "step"
    _edges(plot, nodes, row, kind)
    glyphs = [_nodes(plot, nodes, row, kind, category, joiner) for category in COLOURS if category in kind]
    _tokens(plot, nodes, row, kind, room)
    figures.hover(plot, *glyphs)
    names = {BEST: "the best hypothesis", KEPT: "kept", DROPPED: "dropped"}
    legend = [(names[category], COLOURS[category]) for category in reversed(COLOURS) if category in kind]
    if any(node["final"] for node in nodes):
        legend.append(("ends a hypothesis", "square"))
    description = (
        f"Tree of a beam search over {steps} steps with {len(nodes)} nodes. The best hypothesis is "
        f"“{hypothesis(nodes, winner, joiner)}” with log probability {nodes[winner]['log_probability']:.2f}"
    )
    return Figure(
        plot,
        f"{title}. {description}",
        height=height,
        min_width=steps * column + 20,
        legend=tuple(legend),
        heading=title,
    )


def beam_table(nodes: Sequence[BeamNode], most: int = 10, joiner: str = " ") -> Table:
    """The finished hypotheses, the likeliest first: the tree in words."""
    check(nodes)
    ends = sorted((i for i, node in enumerate(nodes) if node["final"]), key=lambda i: -nodes[i]["log_probability"])
    return Table(
        columns=("Hypothesis", "Log probability", "Tokens"),
        rows=tuple(
            (
                hypothesis(nodes, i, joiner) or "(empty)",
                f"{nodes[i]['log_probability']:.2f}".replace("-", "−"),
                f"{len(path(nodes, i)):,}",
            )
            for i in ends[:most]
        ),
    )


def check(nodes: Sequence[BeamNode]) -> None:
    """Raises ReportError where there are no nodes, or a parent is not a node of an earlier step."""
    if not nodes:
        raise ReportError("a beam tree needs nodes")
    for i, node in enumerate(nodes):
        parent = node["parent"]
        if parent is not None and not (0 <= parent < len(nodes) and nodes[parent]["step"] < node["step"]):
            raise ReportError(f"beam tree: node {i} of step {node['step']} has no earlier node {parent} as its parent")


def likeliest(nodes: Sequence[BeamNode]) -> int:
    """The likeliest final node; where none is final, the best by rank of the last step."""
    final = [i for i, node in enumerate(nodes) if node["final"]]
    if final:
        return max(final, key=lambda i: nodes[i]["log_probability"])
    last = max(node["step"] for node in nodes)
    return min((i for i, node in enumerate(nodes) if node["step"] == last), key=lambda i: nodes[i]["rank"])


def path(nodes: Sequence[BeamNode], end: int) -> list[int]:
    """The nodes of the hypothesis that ends here, from its start."""
    node_ids = [end]
    while (parent := nodes[node_ids[-1]]["parent"]) is not None:
        node_ids.append(parent)
    return node_ids[::-1]


def hypothesis(nodes: Sequence[BeamNode], end: int, joiner: str = " ") -> str:
    """The text of the hypothesis that ends with a node."""
    return joiner.join(token_label(nodes[i]["token"]) for i in path(nodes, end))


def rows(nodes: Sequence[BeamNode]) -> list[int]:
    """The row of each node: its place by rank among those of its step, 0 on top."""
    order = sorted(range(len(nodes)), key=lambda i: (nodes[i]["rank"], -nodes[i]["log_probability"]))
    row_count: dict[int, int] = {}
    row = [0] * len(nodes)
    for i in order:
        step = nodes[i]["step"]
        row[i] = row_count.get(step, 0)
        row_count[step] = row[i] + 1
    return row


def label(node: BeamNode, room: int) -> str:
    """A token as it stands at its node, in so many characters."""
    text = token_label(node["token"])
    return text if len(text) <= room else beginning(text, room - 1) + "…"


def tip(nodes: Sequence[BeamNode], i: int, kind: str, joiner: str) -> str:
    """The text of a node's tooltip."""
    node = nodes[i]
    parent = node["parent"]
    token_nats = node["log_probability"] - (0.0 if parent is None else nodes[parent]["log_probability"])
    ended = ", ends here" if node["final"] else ""
    return (
        f"{token_label(node['token'])}\n"
        f"log probability {node['log_probability']:.2f}, of which {token_nats:.2f} by this token\n"
        f"rank {node['rank']} in step {node['step']}, {'kept, ' if kind == BEST else ''}{kind}{ended}\n"
        f"{hypothesis(nodes, i, joiner)}"
    )


def _edges(plot: figures.figure, nodes: Sequence[BeamNode], row: list[int], kind: list[str]) -> None:
    for category, colour in COLOURS.items():
        pairs = [
            (node["parent"], i) for i, node in enumerate(nodes) if node["parent"] is not None and kind[i] == category
        ]
        if not pairs:
            continue
        ends = np.array([[nodes[a]["step"], row[a], nodes[b]["step"], row[b]] for a, b in pairs], dtype=float)
        x0, y0, x1, y1 = ends.T
        middle = (x0 + x1) / 2
        data = figures.source(
            {"x0": x0, "y0": y0, "x1": x1, "y1": y1, "cx0": middle, "cy0": y0, "cx1": middle, "cy1": y1}
        )
        curves = plot.bezier(
            "x0", "y0", "x1", "y1", "cx0", "cy0", "cx1", "cy1", source=data, line_width=3.5 if category == BEST else 1.5
        )
        figures.tinted(curves, line_color=colour)


def _nodes(
    plot: figures.figure, nodes: Sequence[BeamNode], row: list[int], kind: list[str], category: str, joiner: str
) -> Any:
    members = [i for i in range(len(nodes)) if kind[i] == category]
    data = figures.source(
        {
            "x": [nodes[i]["step"] for i in members],
            "y": [row[i] for i in members],
            "marker": ["square" if nodes[i]["final"] else "circle" for i in members],
            "tip": [tip(nodes, i, category, joiner) for i in members],
        },
        tip=True,
    )
    markers = plot.scatter("x", "y", source=data, marker="marker", size=11 if category == BEST else 9, line_width=1.5)
    return figures.tinted(markers, fill_color=COLOURS[category], line_color="surface")


def _tokens(plot: figures.figure, nodes: Sequence[BeamNode], row: list[int], kind: list[str], room: int) -> None:
    """The tokens above their nodes."""
    for category, (style, colour) in WRITTEN.items():
        members = [i for i in range(len(nodes)) if kind[i] == category]
        if not members:
            continue
        data = figures.source(
            {
                "x": [nodes[i]["step"] for i in members],
                "y": [row[i] for i in members],
                "text": [label(nodes[i], room) for i in members],
            }
        )
        text = Text(
            x="x",
            y="y",
            text="text",
            y_offset=-9,
            text_align="center",
            text_baseline="bottom",
            text_font_size="12px",
            text_font_style=style,
            text_font=value("system-ui, sans-serif"),
            background_fill_alpha=0.8,
        )
        figures.tinted(plot.add_glyph(data, text), text_color=colour, background_fill_color="surface")
