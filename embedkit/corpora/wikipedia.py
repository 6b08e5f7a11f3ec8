"""Running text out of a Wikipedia dump: paragraphs with their punctuation, article by article."""

import bz2
import re
from collections.abc import Iterator
from pathlib import Path

_HEADING = re.compile(r"=+\s*(.*?)\s*=+\s*$")
_QUOTES = re.compile(r"'{2,}")
_EMPTIED = re.compile(r"[(\[]\s*[,;:/–-]*\s*(?:or|and|from)?\s*[,;:/–-]*\s*[)\]]")
_LEADING = re.compile(r"\(\s*(?:[,;:]\s*)+")
_BEFORE_MARK = re.compile(r"\s+([,.;:!?)])")
_URL = re.compile(r"\bhttps?://\S+")
_SPACES = re.compile(r"\s+")
_TABLE = ("|", "!", "{", "}", "<", "File:", "Image:", "Category:")
_ENDS = (".", "!", "?", '."', '!"', '?"', ".)", ".''")
_LIST = "*#:; \t"
_FEWEST_WORDS = 6


def articles(path: Path) -> Iterator[tuple[str, list[str]]]:
    """The title and the paragraphs of each article of a dump of pages (XML, compressed by bzip2).

    Markup is taken off by gensim's `filter_wiki`; redirects and pages without a paragraph are left out.
    """
    # gensim and the SciPy it loads take a second, which only those who read a dump should wait for.
    from gensim.corpora.wikicorpus import extract_pages, filter_wiki

    with bz2.open(path) as dump:
        for title, wikitext, _ in extract_pages(dump, filter_namespaces=("0",)):
            if not wikitext.lstrip().lower().startswith("#redirect"):
                lines = paragraphs(filter_wiki(wikitext))
                if lines:
                    yield title, lines


def paragraphs(text: str) -> list[str]:
    """The paragraphs of an article whose links and templates are gone: what is no sentence (headings, tables, lists
    of names) is left out, and what templates left behind is mended.

    >>> paragraphs("==History==\\n'''Oslo''' (; from ) is the [[capital]] of Norway .\\n* Bergen\\n|a table")
    ['Oslo is the [[capital]] of Norway.']
    """
    return [line for raw in text.split("\n") if (line := _paragraph(raw))]


def _paragraph(raw: str) -> str:
    line = raw.strip()
    if not line or line.startswith(_TABLE) or "|" in line or "alt=" in line or _HEADING.match(line):
        return ""
    line = _QUOTES.sub("", line.lstrip(_LIST))
    line = _URL.sub("", line)
    line = _LEADING.sub("(", _EMPTIED.sub("", line))
    line = _BEFORE_MARK.sub(r"\1", _SPACES.sub(" ", line)).replace("( ", "(").strip()
    return line if line.endswith(_ENDS) and line.count(" ") >= _FEWEST_WORDS - 1 else ""
