"""How HTML is written: templates that escape every text, and JSON blocks that no parser runs.

Text is escaped by the templates and nowhere else, where what a page would obey, such as a mark that turns the direction
of all that follows, is made visible too. What is HTML already, because a template or this package wrote it,
is handed on as `safe`; nothing that comes from a corpus, a run or a reader ever is.
"""

import json
import re
from collections.abc import Callable
from functools import cache
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from embedkit.controls import RIGHT_TO_LEFT, printable

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

_UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}

_LETTER = f"[{RIGHT_TO_LEFT}]"
_WORDS = rf"{_LETTER}(?:{_LETTER}|[ \u00a0\u061c\u200c-\u200f'’\"-](?={_LETTER}))*[\u061c\u200e\u200f]*"
_FROM_RIGHT = re.compile(rf"(?<=“)[^“”]*{_LETTER}[^“”]*(?=”)|{_WORDS}")
"""What is written from right to left in a sentence: all of a quotation that has such letters, or such words."""
_FROM_LEFT = re.compile(rf"(?!{_LETTER})[^\W\d_]")


def asset(package: str, *names: str) -> str:
    """A script or style sheet that lies in a package, or in a folder of it."""
    return files(package).joinpath(*names).read_text(encoding="utf-8")


@cache
def environment(package: str, clean: Callable[[str], str] = printable) -> "Environment":
    """The templates of a package: the files in its folder templates/.

    Args:
        clean: what is done to every text before it is escaped.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    templates = Environment(
        loader=PackageLoader(package),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        finalize=lambda value: value if hasattr(value, "__html__") else clean(str(value)),
    )
    templates.filters["exact"] = _exact
    templates.filters["sentence"] = lambda text: sentence(clean(str(text)))
    return templates


def _exact(value: object) -> "Markup":
    """In a template, for what scripts send back and nobody reads: escaped, but as it is."""
    return safe(escape(str(value).encode("utf-8", "replace").decode("utf-8")))


def sentence(text: str, *, whole: str = "") -> "Markup":
    """A sentence of ours as HTML, in which words that are written from right to left are isolated: a figure behind one
    would be drawn before it. What has no letter from left to right is no sentence of ours, and stays as it is.

    Args:
        whole: the sentence that the text is a part of; by default it is one itself.
    """
    if _FROM_LEFT.search(whole or text) is None:
        return safe(escape(text))
    parts, at = [], 0
    for words in _FROM_RIGHT.finditer(text):
        parts += [text[at : words.start()], safe("<bdi>{}</bdi>").format(words[0])]
        at = words.end()
    return safe("").join([*parts, text[at:]])


def fill(package: str, template: str, /, **values: Any) -> "Markup":
    """HTML of one of a package's templates."""
    return safe(environment(package).get_template(template).render(values))


def safe(html: str) -> "Markup":
    """HTML of our own making, which a template puts into the page as it is."""
    from markupsafe import Markup

    return Markup(html)


def json_block(identity: str, value: Any) -> str:
    """JSON in a script element that is data to the browser. No character in it can end the element.

    These are most of a page, and no template's.
    """
    return f'<script type="application/json" id="data-{escape(identity)}">{json_text(value)}</script>\n'


def json_text(value: Any) -> str:
    """JSON as a data block has it: short, no character of HTML in it, and what UTF-8 cannot hold as its escape."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character, sequence in _UNSAFE.items():
        text = text.replace(character, sequence)
    return "".join(f"\\u{ord(c):04x}" if "\ud800" <= c <= "\udfff" else c for c in text) if _surrogates(text) else text


def _surrogates(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False
