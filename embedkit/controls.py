"""Characters that a terminal or a page obeys and nobody sees: text from outside shows them as escapes."""

import re

OBEYED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)
"""Control characters but tabs and line ends, marks that turn the direction of writing, tags, and lone surrogates."""


def printable(text: str) -> str:
    r"""Text that nothing but a person reads: what would be obeyed stands as an escape, such as \x1b or \u202e."""
    return OBEYED.sub(lambda match: escaped(match[0]), text)


def escaped(character: str) -> str:
    r"""A character as Python writes it: \x1b, \u202e or \U000e0001."""
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
