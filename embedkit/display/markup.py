"""The pieces that displays are made of. Every string that comes in is text, and is escaped here."""

import re
from collections.abc import Container, Iterable, Sequence
from html import escape

BACKGROUND = "var(--jp-layout-color0, var(--vscode-editor-background, Canvas))"
"""What lies behind an output in JupyterLab and in VS Code; elsewhere the page's own."""

_RULE = "1px solid rgba(128,128,128,.35)"
_UNREADABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
LONGEST = 300
"""Characters of a label that are shown."""


def text(value: object, longest: int = LONGEST) -> str:
    """A value as HTML text, also within an attribute; what is no character to show becomes one that says so."""
    told = _UNREADABLE.sub("\N{REPLACEMENT CHARACTER}", str(value))
    return escape(told if len(told) <= longest else told[: longest - 1] + "…", quote=True)


def label(value: object) -> str:
    """A text from a corpus: whatever direction it is written in, it turns nothing around it."""
    return f"<bdi>{text(value)}</bdi>"


def frame(heading: str, *parts: str) -> str:
    """A display: what it is, and its parts, which are HTML."""
    head = f'<div style="font-weight:600;margin-bottom:4px">{label(heading)}</div>'
    return (
        '<div class="embedkit" style="font-size:13px;line-height:1.45;font-variant-numeric:tabular-nums;'
        f'overflow-x:auto">{head}{"".join(parts)}</div>'
    )


def note(told: str) -> str:
    """A sentence set quietly."""
    return f'<div style="opacity:.75;max-width:80ch;margin:4px 0">{text(told, 2_000)}</div>'


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, words: Container[int] = (0,)) -> str:
    """Rows of texts; columns that are not among those of `words` are set as numbers."""

    def align(column: int) -> str:
        return "left" if column in words else "right"

    def cell(value: object, column: int) -> str:
        return f'<td style="text-align:{align(column)};border-top:{_RULE};padding:3px 10px 3px 0">{label(value)}</td>'

    head = "".join(
        f'<th scope="col" style="text-align:{align(i)};padding:3px 10px 3px 0">{text(name)}</th>'
        for i, name in enumerate(columns)
    )
    body = "".join(f"<tr>{''.join(cell(value, i) for i, value in enumerate(row))}</tr>" for row in rows)
    return (
        '<table style="border-collapse:collapse;margin:4px 0;background:transparent">'
        f'<thead><tr style="background:transparent">{head}</tr></thead><tbody>{body}</tbody></table>'
    )


def figures(items: Iterable[tuple[str, str, str]]) -> str:
    """Figures side by side: each its value, what it is, and what it is over."""
    tiles = "".join(
        f'<div style="min-width:120px;max-width:220px;border-top:{_RULE};padding-top:4px">'
        f'<div style="font-size:20px;font-weight:600">{text(value)}</div><div>{text(name)}</div>'
        f'<div style="opacity:.75;font-size:12px">{text(detail)}</div></div>'
        for value, name, detail in items
    )
    return f'<div style="display:flex;flex-wrap:wrap;gap:12px 20px;margin:6px 0">{tiles}</div>'


def folded(summary: str, inner: str) -> str:
    """HTML that opens on a click."""
    return f'<details><summary style="cursor:pointer">{text(summary)}</summary>{inner}</details>'
