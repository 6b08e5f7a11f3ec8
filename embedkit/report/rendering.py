"""A report as one self-contained HTML file that asks nothing of the network."""

import base64
import hashlib
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path

import embedkit
from embedkit.files import write_text
from embedkit.report.digests import page_digests
from embedkit.report.embedded import packed
from embedkit.report.lineage import BLOCK
from embedkit.report.markup import Markup, json_block, text_of
from embedkit.report.page import Report, Section

SCRIPTS = (
    "theme.js",
    "download.js",
    "figures.js",
    "figuretools.js",
    "spaces.js",
    "analogy.js",
    "colorings.js",
    "mapshade.js",
    "maplabels.js",
    "wordmap.js",
    "mapcontrols.js",
    "mapkeys.js",
    "mappan.js",
    "selection.js",
    "attention.js",
    "between.js",
    "landmarks.js",
    "linked.js",
    "strips.js",
    "trace.js",
    "start.js",
)
"""The page's own scripts, in the order in which they stand; together they are one function."""


def render(report: Report, path: str | Path) -> Path:
    """Write the report to `path`, whole or not at all."""
    path = Path(path)
    write_text(path, to_html(report))
    return path


@dataclass(frozen=True)
class Live:
    """What a page has beside a report where a server stands behind it.

    Attributes:
        before, after: HTML around the sections.
        blocks: data blocks.
        script, style: the page's own, after those of every report.
    """

    before: str
    after: str
    blocks: str
    script: str
    style: str


@dataclass(frozen=True)
class Page:
    """`policy` is its Content-Security-Policy."""

    html: str
    policy: str


def to_html(report: Report) -> str:
    """The page, with its lineage as a data block. Its Content-Security-Policy lets no script run but the two it holds,
    and nothing be fetched."""
    return compose_page(report, None).html


def compose_page(report: Report, live: Live | None) -> Page:
    """A page of a report's sections; a live one may ask the server that it came from, and nobody else."""
    markup = Markup()
    headlines = "" if report.headlines is None else markup.part(report.headlines)
    sections = "".join(_section(section, markup) for section in report.sections)
    footer = "".join(markup.part(part) for part in report.footer)
    spaces = json_block("spaces", [space.to_json() for space in report.spaces])
    vectors = ""
    for number, space in enumerate(report.spaces):
        vectors += json_block(f"vectors-{number}", packed(space.vectors, "<i2"))
    scripts = (_bokeh(), _own_script("" if live is None else live.script))
    hashes = " ".join(f"'sha256-{_csp_hash(script)}'" for script in scripts)
    # Bokeh puts its styles into style elements of its own, and shows images of its own making.
    policy = f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:; font-src data:"
    policy += "; base-uri 'none'; form-action 'none'" + ("" if live is None else "; connect-src 'self'")
    before, after = ("", "") if live is None else (live.before, live.after)
    style = _asset("page.css") + ("" if live is None else live.style)
    blocks = "".join(markup.blocks) + ("" if live is None else live.blocks)
    footer = f"<h2>How to make this again</h2>\n{footer}" if footer else ""
    whole = "" if live else " This file holds all it needs."
    footer += f'<p class="note">Rendered by embedkit {embedkit.__version__}.{whole}</p>'
    links = "".join(f'<li><a href="#{text_of(s.name)}">{text_of(s.heading)}</a></li>' for s in report.sections)
    page = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="embedkit {embedkit.__version__}">
<title>{text_of(report.title)}</title>
<style>
{style}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the report</a>
<header><div class="inner">
<fieldset class="choice" id="theme"><legend>Theme</legend>
<label><input type="radio" name="theme" value="auto" checked><span>auto</span></label>
<label><input type="radio" name="theme" value="light"><span>light</span></label>
<label><input type="radio" name="theme" value="dark"><span>dark</span></label></fieldset>
<h1>{text_of(report.title)}</h1>
<p class="summary">{text_of(report.summary)}</p>
{headlines}<nav aria-label="Sections"><ul>{links}</ul></nav>
</div></header>
<main id="content">
<noscript><p class="told">The figures of this page need JavaScript; the text and the tables do not.</p></noscript>
{before}{sections}{after}</main>
<footer><div class="inner">{footer}</div></footer>
<div class="tip" id="tip" hidden></div>
{blocks}{spaces}"""
    if report.lineage is not None:
        page += json_block(BLOCK, replace(report.lineage, shown=page_digests(page + vectors)).to_json())
    # The vectors are most of a large page, and come last: its figures are drawn while they are still read.
    html = f"{page}<script>{scripts[0]}</script>\n<script>{scripts[1]}</script>\n{vectors}</body>\n</html>\n"
    return Page(html, policy)


def _section(section: Section, markup: Markup) -> str:
    markup.enter(section.name)
    parts = "".join(markup.part(part) for part in section.parts)
    finding = f'<p class="finding">{text_of(section.finding)}</p>\n' if section.finding else ""
    caption = f'<p class="caption">{text_of(section.caption)}</p>\n' if section.caption else ""
    name, heading = text_of(section.name), text_of(section.heading)
    return (
        f'<section id="{name}" aria-labelledby="{name}-heading">\n<h2 id="{name}-heading">{heading}</h2>\n'
        f"{finding}{caption}{parts}</section>\n"
    )


@cache
def _bokeh() -> str:
    """BokehJS without widgets, tables, WebGL or MathJax."""
    from bokeh.resources import Resources

    bokeh, *_settings = Resources(mode="inline", components=["bokeh"]).js_raw
    return _embeddable(bokeh)


def _own_script(more: str) -> str:
    return _embeddable('(() => {\n"use strict";\n' + "".join(_asset(name) for name in SCRIPTS) + more + "})();")


def _asset(name: str) -> str:
    return files("embedkit.report").joinpath("scripts", name).read_text(encoding="utf-8")


def _embeddable(script: str) -> str:
    """A script as it will stand in the page, byte for byte, so that its hash fits."""
    script = script.replace("\r\n", "\n").replace("\r", "\n")
    assert "</script" not in script.lower(), "a script would end its own element"
    assert "<!--" not in script, "a script would turn into a comment"
    return script


def _csp_hash(script: str) -> str:
    """As the page's content security policy names a script that may run."""
    return base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
