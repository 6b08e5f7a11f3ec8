"""Characters that a terminal or a page obeys and nobody sees: text from outside shows them as escapes."""

import re

OBEYED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)
"""Control characters but tabs and line ends, marks that turn the direction of writing, tags, and lone surrogates."""


_FLAG = "\U0001f3f4[\U000e0061-\U000e007a]{2}[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,4}\U000e007f"
"""The flag of a part of a country, such as England's: its tags spell a region and the part (UTS #51, ED-14a)."""
_MARKS = frozenset("\u061c\u200e\u200f")
RIGHT_TO_LEFT = "\u0590-\u05ff\u0620-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff"
"""Blocks of scripts that are written from right to left, without their mark, as a set of characters has them."""
_RIGHT_TO_LEFT = re.compile(f"[{RIGHT_TO_LEFT}]")
_FLAG_OR_OBEYED = re.compile(f"{_FLAG}|{OBEYED.pattern}")


def printable(text: str) -> str:
    r"""Text that nothing but a person reads: what would be obeyed stands as an escape, such as \x1b or \u202e.

    Embeddings, overrides and isolates hold on beyond where they stand, and are escapes always. The marks U+061C, U+200E
    and U+200F turn no more than a letter beside them would: they stay in a text with letters from right to left, where
    they are ordinary. So do the tags of a flag, which are seen; other tags spell what nobody sees.
    """
    if OBEYED.search(text) is None:
        return text
    kept = _MARKS if _RIGHT_TO_LEFT.search(text) else frozenset()

    def escape(match: re.Match[str]) -> str:
        return match[0] if len(match[0]) > 1 or match[0] in kept else escaped(match[0])

    return _FLAG_OR_OBEYED.sub(escape, text)


def escaped(character: str) -> str:
    r"""A character as Python writes it: \x1b, \u202e or \U000e0001."""
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
