"""A report as one self-contained HTML file that asks nothing of the network."""

import base64
import hashlib
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path

import embedkit
from embedkit.files import write_text
from embedkit.report.digests import shown
from embedkit.report.embedded import packed
from embedkit.report.manifest import BLOCK
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
    "wordmap.js",
    "mapcontrols.js",
    "mapkeys.js",
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


def to_html(report: Report) -> str:
    """The page, with its lineage as a data block. Its Content-Security-Policy lets no script run but the two it holds,
    and nothing be fetched."""
    markup = Markup()
    sections = "".join(_section(section, markup) for section in report.sections)
    footer = "".join(markup.part(part) for part in report.footer)
    spaces = json_block("spaces", [space.to_json() for space in report.spaces])
    vectors = ""
    for number, space in enumerate(report.spaces):
        vectors += json_block(f"vectors-{number}", packed(space.vectors, "<i2"))
    scripts = (_bokeh(), _own_script())
    hashes = " ".join(f"'sha256-{_csp_hash(script)}'" for script in scripts)
    # Bokeh puts its styles into style elements of its own, and shows images of its own making.
    policy = f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:; font-src data:"
    policy += "; base-uri 'none'; form-action 'none'"
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
{_asset("page.css")}</style>
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
<nav aria-label="Sections"><ul>{links}</ul></nav>
</div></header>
<main id="content">
<noscript><p class="told">The figures of this page need JavaScript; the text and the tables do not.</p></noscript>
{sections}</main>
<footer><div class="inner"><h2>How to make this again</h2>
{footer}<p class="note">Rendered by embedkit {embedkit.__version__}. This file holds all it needs.</p></div></footer>
<div class="tip" id="tip" hidden></div>
{"".join(markup.blocks)}{spaces}"""
    if report.lineage is not None:
        page += json_block(BLOCK, replace(report.lineage, shown=shown(page + vectors)).to_json())
    # The vectors are most of a large page, and come last: its figures are drawn while they are still read.
    return f"{page}<script>{scripts[0]}</script>\n<script>{scripts[1]}</script>\n{vectors}</body>\n</html>\n"


def _section(section: Section, markup: Markup) -> str:
    markup.enter(section.name)
    parts = "".join(markup.part(part) for part in section.parts)
    caption = f'<p class="caption">{text_of(section.caption)}</p>\n' if section.caption else ""
    name, heading = text_of(section.name), text_of(section.heading)
    return (
        f'<section id="{name}" aria-labelledby="{name}-heading">\n<h2 id="{name}-heading">{heading}</h2>\n'
        f"{caption}{parts}</section>\n"
    )


@cache
def _bokeh() -> str:
    """BokehJS without widgets, tables, WebGL or MathJax."""
    from bokeh.resources import Resources

    bokeh, *_settings = Resources(mode="inline", components=["bokeh"]).js_raw
    return _embeddable(bokeh)


def _own_script() -> str:
    return _embeddable('(() => {\n"use strict";\n' + "".join(_asset(name) for name in SCRIPTS) + "})();")


def _asset(name: str) -> str:
    return files("embedkit.report").joinpath(name).read_text(encoding="utf-8")


def _embeddable(script: str) -> str:
    """A script as it will stand in the page, byte for byte, so that its hash fits."""
    script = script.replace("\r\n", "\n").replace("\r", "\n")
    assert "</script" not in script.lower(), "a script would end its own element"
    assert "<!--" not in script, "a script would turn into a comment"
    return script


def _csp_hash(script: str) -> str:
    """As the page's content security policy names a script that may run."""
    return base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
