"""Where words begin and end."""

import re

# [^\W_] is a letter or digit of any script; the tokenisers library says the same as [\p{L}\p{N}].
WORD = r"\d+(?:[.,]\d+)+|[^\W_]+(?:['’-][^\W_]+)*|\S"
WORD_ONIGURUMA = r"\d+(?:[.,]\d+)+|[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*|\S"

_words = re.compile(WORD).findall


def split_words(line: str, *, pretokenized: bool, lowercase: bool) -> list[str]:
    """Words and punctuation marks of a line, in order.

    A pretokenized line is split at spaces. In any other a number with inner points or commas is one word, so are
    letters and digits joined by an apostrophe or hyphen, and every other character that is not space stands alone:

    >>> split_words("Don't pay 1,234.50 for well-known (old) maps.", pretokenized=False, lowercase=True)
    ["don't", 'pay', '1,234.50', 'for', 'well-known', '(', 'old', ')', 'maps', '.']
    """
    if lowercase:
        line = line.lower()
    return line.split() if pretokenized else _words(line)
