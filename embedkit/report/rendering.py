"""A report as one self-contained HTML file that asks nothing of the network."""

import base64
import hashlib
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

import embedkit
from embedkit.files import write_text
from embedkit.report.digests import page_digests
from embedkit.report.glossary import anchor_of
from embedkit.report.lineage import BLOCK
from embedkit.report.markup import asset, fill, json_block, safe
from embedkit.report.origins import section_files
from embedkit.report.packing import packed
from embedkit.report.page import Report
from embedkit.report.writer import TEMPLATES, PageWriter

SCRIPTS = (
    "theme.js",
    "download.js",
    "figures.js",
    "figuretools.js",
    "folds.js",
    "spaces.js",
    "analogy.js",
    "columns.js",
    "colorings.js",
    "mapshade.js",
    "mapdraw.js",
    "maplabels.js",
    "wordmap.js",
    "card.js",
    "search.js",
    "filters.js",
    "histogram.js",
    "filterpanel.js",
    "regions.js",
    "mapcontrols.js",
    "mapkeys.js",
    "mappan.js",
    "counts.js",
    "selection.js",
    "attention.js",
    "between.js",
    "landmarks.js",
    "linked.js",
    "strips.js",
    "trace.js",
    "engine.js",
    "tokens.js",
    "heatmap.js",
    "reading.js",
    "encoderdecoder.js",
    "box.js",
    "beamtree.js",
    "phrasebox.js",
    "symbolbox.js",
    "networkbox.js",
    "start.js",
)
"""The page's own scripts, in the order in which they stand; together they are one function."""


STYLES = ("page.css", "brief.css", "network.css")


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
    """The page, with its lineage as a data block. Its Content-Security-Policy lets no script run but those it holds,
    and nothing be fetched."""
    return compose_page(report, None).html


def compose_page(report: Report, live: Live | None) -> Page:
    """A page of a report's sections; a live one may ask the server that it came from, and nobody else."""
    content, blocks, last = _content(report, live)
    own = _own_script("" if live is None else live.script)
    # Without a section there is no figure, and a first page alone is short enough for an e-mail.
    scripts = (_bokeh(), own) if report.sections or live is not None else (own,)
    policy = _policy(scripts, live is not None)
    blocks += json_block("spaces", [space.to_json() for space in report.spaces])
    vectors = "".join(json_block(f"vectors-{i}", packed(space.vectors, "<i2")) for i, space in enumerate(report.spaces))
    vectors += last
    if report.lineage is not None:
        lineage = replace(report.lineage, digests=page_digests(content + blocks + vectors))
        blocks += json_block(BLOCK, lineage.to_json(partial(section_files, lineage)))
    html = fill(
        TEMPLATES,
        "page.html",
        policy=safe(policy),
        version=_renderer(report),
        title=report.title,
        style=safe(
            "".join(asset("embedkit.report", "scripts", name) for name in STYLES) + ("" if live is None else live.style)
        ),
        content=safe(content),
        data=safe(blocks),
        scripts=[safe(script) for script in scripts],
        vectors=safe(vectors),
    )
    return Page(str(html), policy)


def _content(report: Report, live: Live | None) -> tuple[str, str, str]:
    """What a reader sees, as HTML, the data blocks that its figures are drawn from, and those that stand last."""
    writer = PageWriter()
    brief = "" if report.brief is None else writer.write_part(report.brief)
    headlines = "" if report.headlines is None else writer.write_part(report.headlines)
    sections = safe("".join(writer.write_section(section) for section in report.sections))
    footer = writer.write_parts(report.footer)
    content = fill(
        TEMPLATES,
        "content.html",
        report=report,
        brief=brief,
        headlines=headlines,
        before="" if live is None else safe(live.before),
        sections=sections,
        after="" if live is None else safe(live.after),
        footer=footer,
        terms=sorted(writer.terms.items(), key=lambda item: item[0].casefold()),
        anchor_of=anchor_of,
        version=_renderer(report),
        whole=live is None,
    )
    blocks = "".join(writer.blocks) + ("" if live is None else live.blocks)
    return str(content), blocks, "".join(writer.last_blocks)


def _renderer(report: Report) -> str:
    """The version that renders: that of the lineage, which a page that is rendered again to be compared has kept."""
    return embedkit.__version__ if report.lineage is None else report.lineage.embedkit


def _policy(scripts: tuple[str, ...], live: bool) -> str:
    """The Content-Security-Policy: these scripts may run, and what a live page fetches comes from its own server.

    Bokeh puts its styles into style elements of its own, and shows images of its own making. Sounds that a page plays
    lie in the page.
    """
    hashes = " ".join(f"'sha256-{_csp_hash(script)}'" for script in scripts)
    policy = f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:; font-src data:"
    policy += "; media-src data:"
    return policy + "; base-uri 'none'; form-action 'none'" + ("; connect-src 'self'" if live else "")


@cache
def _bokeh() -> str:
    """BokehJS without widgets, tables, WebGL or MathJax."""
    from bokeh.resources import Resources

    bokeh, *_settings = Resources(mode="inline", components=["bokeh"]).js_raw
    return _embeddable(bokeh)


def _own_script(more: str) -> str:
    return _embeddable(
        '(() => {\n"use strict";\n'
        + "".join(asset("embedkit.report", "scripts", name) for name in SCRIPTS)
        + more
        + "})();"
    )


def _embeddable(script: str) -> str:
    """A script as it will stand in the page, byte for byte, so that its hash fits."""
    script = script.replace("\r\n", "\n").replace("\r", "\n")
    assert "</script" not in script.lower(), "a script would end its own element"
    assert "<!--" not in script, "a script would turn into a comment"
    return script


def _csp_hash(script: str) -> str:
    """As the page's content security policy names a script that may run."""
    return base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
