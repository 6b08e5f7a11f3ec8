"""Where words begin and end, in any script: the one place that says it, for both tokenisers and for word2vec."""

import re
from collections.abc import Callable, Iterable, Mapping

import regex

# Marks (vowel signs, points, accents) and the joiners ZWJ and ZWNJ belong to the letter before them, as does the
# Mongolian vowel separator. As in UAX #29, rule WB4.
_EXTENDING = r"\p{M}\u180e\u200c\u200d"
# Soft hyphen and word joiner: between letters they are part of a word, elsewhere nothing.
_SOFT = r"\u00ad\u2060"
# Not seen and no part of a word: what turns the direction of writing, the space without width (which parts words in
# Khmer, Thai and Myanmar), a byte-order mark, and separators that Python takes for space and others do not.
_UNSEEN = rf"\u001c-\u001f\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff{_SOFT}"
LETTERS = rf"[\p{{L}}\p{{N}}][\p{{L}}\p{{N}}{_EXTENDING}]*"
"""Letters and digits with their marks, as an expression for the regex package."""
_OTHER = rf"[^\s{_UNSEEN}][{_EXTENDING}]*"

WORD = rf"\d+(?:[.,]\d+)+|{LETTERS}(?:['’׳״{_SOFT}-]{LETTERS})*|{_OTHER}(?:(?<=\u200d)(?!{LETTERS}){_OTHER})*"
"""A word or a punctuation mark; the same expression for the regex package and for the tokenizers library."""

WORD_WITHOUT_MARKS = r"\d+(?:[.,]\d+)+|[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*|\S"
"""The rule of runs before 0.3, in which every mark stands alone; they go on by it."""

_RUN = rf"[\p{{L}}\p{{Nl}}\p{{No}}][\p{{L}}\p{{Nl}}\p{{No}}{_EXTENDING}]*"

# Python's own re knows no marks, and is half as fast again. Where a line has only characters for which the rules say
# the same, such as all of English, it takes its place.
_without_marks = re.compile(r"\d+(?:[.,]\d+)+|[^\W_]+(?:['’-][^\W_]+)*|\S").findall
_run_without_marks = re.compile(r"[^\W\d_]+").findall
_is_simple = re.compile("[\x00-\xac\xae-\u02ff\u0370-\u0482\u048a-\u052f\u2010-\u2027\u20a0-\u20bf]*").fullmatch


def _quick(expression: str, simple: Callable[[str], list[str]]) -> Callable[[str], list[str]]:
    every = regex.compile(expression).findall

    def matches(line: str) -> list[str]:
        return simple(line) if line.isascii() or _is_simple(line) else every(line)

    return matches


WORD_RULES: Mapping[str, Callable[[str], list[str]]] = {
    WORD: _quick(WORD, _without_marks),
    WORD_WITHOUT_MARKS: _without_marks,
}
"""By the expression that stands in a tokenizer.json: the words of a line."""

runs_of_letters: Callable[[str], list[str]] = _quick(rf"{_RUN}(?:[{_SOFT}]{_RUN})*", _run_without_marks)
"""The stretches of letters in a line, with their marks: "don't" is two of them."""

is_word: Callable[[str], object] = regex.compile(rf"['’]?{LETTERS}(?:[.,'’׳״-]{LETTERS})*\.?").fullmatch
"""Whether a token is a word rather than punctuation. In a text that was split already a word may begin with an
apostrophe ('s) and end with a point (U.S.)."""

_spans = {False: regex.compile(WORD).finditer, True: re.compile(r"\S+").finditer}


def split_words(line: str, *, pretokenized: bool, lowercase: bool, rule: str = WORD) -> list[str]:
    """Words and punctuation marks of a line, in order.

    A pretokenized line is split at spaces. In any other a number with inner points or commas is one word, so are
    letters and digits joined by an apostrophe or hyphen, and every other character that is not space stands alone:

    >>> split_words("Don't pay 1,234.50 for well-known (old) maps.", pretokenized=False, lowercase=True)
    ["don't", 'pay', '1,234.50', 'for', 'well-known', '(', 'old', ')', 'maps', '.']

    Letters keep their marks, composed or not, and the joiners between them:

    >>> split_words("हिन्दी का शब्द", pretokenized=False, lowercase=False)
    ['हिन्दी', 'का', 'शब्द']

    Args:
        rule: one of `WORD_RULES`.
    """
    if lowercase:
        line = line.lower()
    return line.split() if pretokenized else WORD_RULES[rule](line)


def word_spans(line: str, *, pretokenized: bool) -> list[tuple[int, int]]:
    """Where each of the words of `split_words` begins and ends in a line."""
    return [match.span() for match in _spans[pretokenized](line)]


def mostly_lowercase(words: Iterable[str]) -> bool:
    """Fewer than one word in a hundred holds a capital letter."""
    capital = total = 0
    for word in words:
        capital, total = capital + (word != word.lower()), total + 1
    return capital * 100 < total
