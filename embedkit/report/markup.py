"""Parts of a page as HTML. Text is escaped here and nowhere else; data goes into JSON blocks that no parser runs."""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape
from string import Template
from typing import Any

from embedkit.report import page

_UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def json_block(identity: str, value: Any) -> str:
    """JSON in a script element that is data to the browser. No character in it can end the element.

    A lone surrogate, which UTF-8 cannot hold, is written as its escape.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character, sequence in _UNSAFE.items():
        text = text.replace(character, sequence)
    text = "".join(f"\\u{ord(c):04x}" if "\ud800" <= c <= "\udfff" else c for c in text) if _surrogates(text) else text
    return f'<script type="application/json" id="data-{escape(identity)}">{text}</script>\n'


def _surrogates(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def text_of(value: Any) -> str:
    """Text as HTML, isolated from its neighbours' writing direction by the caller's <bdi> where it is a token."""
    return escape(str(value)).encode("utf-8", "replace").decode("utf-8")


@dataclass
class Markup:
    """Writes parts, and gathers the data blocks that their figures need."""

    blocks: list[str] = field(default_factory=list)
    _section: str = ""
    _figures: int = 0
    _in_section: int = 0
    _maps: int = 0
    _tables: int = 0
    _interpolations: int = 0

    def enter(self, section: str) -> None:
        """What is written from here on belongs to a section, after which its figures are named."""
        self._section, self._in_section = section, 0

    def part(self, part: page.Part) -> str:
        writers: dict[type, Callable[[Any], str]] = {
            page.Paragraph: self._paragraph,
            page.Headlines: self._headlines,
            page.Facts: self._facts,
            page.Table: self._table,
            page.Command: self._command,
            page.Sample: self._sample,
            page.Gallery: self._gallery,
            page.Figure: self._figure,
            page.Strip: self._strip,
            page.WordMap: self._word_map,
            page.LinkedMaps: self._linked_maps,
            page.AnalogyBox: self._analogy_box,
            page.Interpolations: self._between,
        }
        return writers[type(part)](part)

    def _paragraph(self, part: page.Paragraph) -> str:
        return f'<p class="{"note" if part.quiet else "told"}">{text_of(part.text)}</p>\n'

    def _headlines(self, part: page.Headlines) -> str:
        tiles = "".join(
            f'<div class="tile"><dt>{text_of(item.name)}</dt><dd><b>{text_of(item.value)}</b>'
            f"<small>{text_of(item.detail)}</small></dd></div>"
            for item in part.items
        )
        return f'<dl class="tiles">{tiles}</dl>\n'

    def _facts(self, part: page.Facts) -> str:
        rows = "".join(f"<div><dt>{text_of(name)}</dt><dd>{text_of(value)}</dd></div>" for name, value in part.items)
        inner = f'<dl class="facts">{rows}</dl>'
        if part.folded:
            return f"<details><summary>{text_of(part.heading)}</summary>{inner}</details>\n"
        return f'<div class="fact-group"><h3>{text_of(part.heading)}</h3>{inner}</div>\n'

    def _table(self, part: page.Table) -> str:
        def cell(tag: str, column: int, text: str) -> str:
            number = ' class="number"' if column >= part.numbers_from else ""
            kind = ' class="prose"' if column in part.prose else number
            scope = ' scope="col"' if tag == "th" else ""
            return f"<{tag}{kind}{scope}>{text_of(text)}</{tag}>"

        head = "".join(cell("th", i, name) for i, name in enumerate(part.columns))
        body = "".join(
            f'<tr class="{"strong" if number in part.strong else ""}{"" if row[0] else " more"}">'
            + "".join(cell("td", i, text) for i, text in enumerate(row))
            + "</tr>\n"
            for number, row in enumerate(part.rows)
        )
        caption = f"<caption><span>{text_of(part.caption)}</span></caption>" if part.caption else ""
        heading = f"<h3>{text_of(part.heading)}</h3>\n" if part.heading else ""
        self._tables += 1
        frame = f'<div class="scroll" tabindex="0" role="region" aria-label="Table {self._tables}">'
        return heading + (
            f'{frame}<table class="report-table">{caption}'
            f"<thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table></div>\n"
        )

    def _command(self, part: page.Command) -> str:
        return f'<pre class="command"><code>{text_of(part.text)}</code></pre>\n'

    def _sample(self, part: page.Sample) -> str:
        return (
            f'<figure class="sample"><figcaption>temperature {part.temperature:g}, seed {part.seed}</figcaption>'
            f"<blockquote><bdi><b>{text_of(part.prompt)}</b>{text_of(part.text)}</bdi></blockquote></figure>\n"
        )

    def _gallery(self, part: page.Gallery) -> str:
        return f'<h3>{text_of(part.heading)}</h3>\n<ul class="gallery">{"".join(map(_picture, part.pictures))}</ul>\n'

    def _figure(self, part: page.Figure) -> str:
        keys = "".join(f'<span class="band {colour}">{text_of(name)}</span>' for name, colour in part.legend)
        legend = f'<div class="legend">{keys}</div>\n' if keys else ""
        heading = f"<h3>{text_of(part.heading)}</h3>\n" if part.heading else ""
        place = self._place(part, f"height:{part.height}px;min-width:{part.min_width}px")
        return self._chart(f"{heading}{legend}{place}")

    def _chart(self, inner: str) -> str:
        """A figure with an address of its own, where the page adds its tools."""
        self._in_section += 1
        return f'<figure class="chart" id="{text_of(self._section)}-figure-{self._in_section}">{inner}</figure>\n'

    def _place(self, part: page.Figure, style: str) -> str:
        from bokeh.embed import json_item

        identity = f"figure-{self._figures}"
        self._figures += 1
        block = {
            "item": json_item(part.model),
            "behaviour": part.behaviour,
            "data": dict(part.data),
            "legend": [list(key) for key in part.legend],
        }
        self.blocks.append(json_block(identity, block))
        # A map is moved by the keyboard; other figures are pictures, with their data below.
        role = 'role="application" tabindex="0"' if part.behaviour == "map" else 'role="img"'
        return (
            f'<div class="figure" {role} aria-label="{text_of(part.description)}">'
            f'<div class="plot" id="{identity}" style="{style}"></div></div>\n'
        )

    def _strip(self, part: page.Strip) -> str:
        spans = part.glue.join(
            f'<span data-level="{level:g}"{" class=marked" if marked else ""}>{text_of(text)}</span>'
            for text, level, marked in zip(part.texts, part.levels, part.marked, strict=True)
        )
        caption = f"<figcaption>{text_of(part.caption)}</figcaption>" if part.caption else ""
        return f'<h3>{text_of(part.heading)}</h3>\n<figure class="strip">{caption}<p><bdi>{spans}</bdi></p></figure>\n'

    def _word_map(self, part: page.WordMap) -> str:
        selection = "" if self._maps else _SELECTION
        return self._map(part) + selection

    def _map(self, part: page.WordMap) -> str:
        self._maps += 1
        identity = "map" if self._maps == 1 else f"map-{self._maps}"
        block = {"noun": part.noun, "maps": list(part.maps), "colorings": dict(part.colorings)}
        self.blocks.append(json_block(identity, block))
        noun = text_of(part.noun)
        frame = self._chart(f'<div class="map-frame">\n{self._place(part.figure, "")}</div>')
        which = "" if self._maps == 1 else f", map {self._maps}"
        return _MAP.substitute(id=identity, noun=noun, figure=frame, which=which)

    def _linked_maps(self, part: page.LinkedMaps) -> str:
        selection = "" if self._maps else _SELECTION
        sides = "".join(
            f'<div class="side"><h3>{text_of(name)}</h3>{self._map(each)}</div>\n'
            for name, each in zip(part.names, part.maps, strict=True)
        )
        return f'<div class="linked">{sides}</div>\n{selection}'

    def _analogy_box(self, part: page.AnalogyBox) -> str:
        data: Mapping[str, Any] = {"spaces": list(part.spaces), "example": part.example}
        self.blocks.append(json_block("analogies", data))
        return _BOX

    def _between(self, part: page.Interpolations) -> str:
        self._interpolations += 1
        identity = "between" if self._interpolations == 1 else f"between-{self._interpolations}"
        # Texts come back in many pairs, so each is written once.
        number = {text: i for i, text in enumerate(dict.fromkeys(t for texts in part.texts.values() for t in texts))}
        block = {
            "phrases": list(part.phrases),
            "steps": part.steps,
            "texts": list(number),
            "pairs": [[i, j, [number[text] for text in texts]] for (i, j), texts in sorted(part.texts.items())],
            "space": part.space,
            "givenBack": part.given_back,
        }
        self.blocks.append(json_block(identity, block))
        return _BETWEEN.substitute(id=identity)


def _picture(picture: page.Picture) -> str:
    shown = ""
    if picture.png is not None:
        data = base64.b64encode(picture.png).decode("ascii")
        shown = f'<img src="data:image/png;base64,{data}" alt="{text_of(picture.alt)}">'
    meant = f'<p class="meant">meant: <bdi>{text_of(picture.meant)}</bdi></p>' if picture.meant else ""
    kind = "wrong" if picture.meant else "right"
    return (
        f'<li>{shown}<p class="said"><bdi>{text_of(picture.said)}</bdi></p>{meant}'
        f'<p class="verdict {kind}">{text_of(picture.verdict)}</p><p class="note">{text_of(picture.note)}</p></li>\n'
    )


_MAP = Template("""<div class="map" data-map="$id">
<div class="bar">
<fieldset class="choice" id="$id-method"><legend>Map</legend></fieldset>
<label class="field">Space <select id="$id-space"></select></label>
<label class="field">Colour <select id="$id-colour"></select></label>
<div class="field search"><label for="$id-search">Find a $noun</label>
<input id="$id-search" type="search" autocomplete="off" spellcheck="false" autocapitalize="off"
 aria-describedby="$id-found" placeholder="a $noun, or how it starts">
<div class="suggestions" id="$id-suggestions" hidden></div></div>
</div>
<p class="found" id="$id-found" role="status"></p>
<div class="bar tools">
<fieldset class="choice" id="$id-drag"><legend>Drag to</legend>
<label><input type="radio" name="$id-drag" value="pan" checked><span>pan</span></label>
<label><input type="radio" name="$id-drag" value="box_select"><span>select a box</span></label>
<label><input type="radio" name="$id-drag" value="lasso_select"><span>lasso</span></label></fieldset>
<div class="buttons"><button type="button" id="$id-in" aria-label="Zoom in">+</button>
<button type="button" id="$id-out" aria-label="Zoom out">−</button>
<button type="button" id="$id-reset">Whole map</button></div>
<div class="legend" id="$id-legend"></div>
</div>
<div class="map-body"><div>$figure<p class="note" id="$id-drawn"></p>
<p class="note" id="$id-landmarks" hidden></p></div>
<aside class="fidelity" aria-labelledby="$id-trust"><h3 id="$id-trust">How far to trust this picture$which</h3>
<dl id="$id-fidelity"></dl><p class="note" id="$id-note"></p></aside></div>
<p class="note keys">With the keyboard: arrows move the map, + and − zoom, 0 shows all of it; Enter opens the $noun in
the middle, Shift with an arrow the next one that way, Space selects it, Escape closes it.</p>
<div class="card" id="$id-card" role="status" hidden></div>
</div>
""")
"""A page can hold several maps: `id` sets their elements apart."""

_SELECTION = """<div class="selection" id="selected">
<div class="bar"><h3><span id="selected-count" role="status">Nothing selected</span></h3>
<div class="buttons"><button type="button" id="selected-csv" disabled>Download CSV</button>
<button type="button" id="selected-clear" disabled>Clear</button></div></div>
<p class="note" id="selected-hint"></p>
<div class="scroll map-rows" id="selected-rows" tabindex="0" role="region" aria-label="What is selected" hidden>
<table><thead></thead><tbody></tbody></table></div></div>
"""
"""All maps of a page share one selection. It stands under the first of them until something is selected on another."""

_BETWEEN = Template("""<div class="between" data-between="$id">
<div class="bar"><label class="field wide"><span>From <b>A</b></span> <select id="$id-from"></select></label>
<label class="field wide"><span>to <b>B</b></span> <select id="$id-to"></select></label>
<button type="button" id="$id-swap">Swap A and B</button></div>
<p class="found" id="$id-said" role="status"></p>
<ol class="way" id="$id-texts" aria-label="Texts from A to B"></ol>
<div class="note" id="$id-notes"></div>
</div>
""")

_BOX = """<form class="ask" id="ask-form">
<div class="bar"><div class="field wide"><label for="ask-text">Words, with spaces around the signs</label>
<input id="ask-text" type="text" autocomplete="off" spellcheck="false" autocapitalize="off"
 placeholder="king - man + woman" aria-describedby="ask-said"></div>
<label class="field">Space <select id="ask-space"></select></label>
<button type="submit" class="primary">Answer</button></div>
<p class="note">Three words without signs are read as “man is to king as woman is to ?”. One word gives its neighbours;
man:woman or king,man:queen,woman is an axis, and two of them are a map.</p>
<p class="found" id="ask-said" role="status"></p>
<div class="answers" id="ask-answers" hidden></div>
<button type="button" id="ask-show" hidden></button>
</form>
"""
