"""The words of a line as a reader sees them, each with its tokens: what a surprisal is summed over.

A word is what stands between spaces, with its punctuation, at every level alike. Where a script does not part words it
is a character instead, or as many of them as a token cannot be parted into.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

import regex

from embedkit.corpora.opening import is_pretokenized
from embedkit.corpora.scripts import unspaced_script
from embedkit.text.byte_pairs import BYTES
from embedkit.text.typed import typed_words, word_ids
from embedkit.text.vocabulary import Vocabulary

_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_WORDS = regex.compile(r"\S+")
_CHARACTERS = regex.compile(rf"[{_UNSPACED}][\p{{M}}\u200c\u200d]*|[^\s{_UNSPACED}]+")


@dataclass(frozen=True)
class Region:
    """A word of a line.

    Attributes:
        text: as it stands there.
        start, stop: its tokens are start to stop - 1 of the line's, the space before it with them.
        lead: the first of them that is more than space.
        spaced: whether its first token begins with space, so that it tells the end of the word before too.
        unknown: whether one of its tokens is the unknown one.
    """

    text: str
    start: int
    stop: int
    lead: int
    spaced: bool
    unknown: bool


@dataclass(frozen=True)
class Line:
    """A line: its token ids, those of its end included, and its words."""

    ids: tuple[int, ...]
    regions: tuple[Region, ...]

    @property
    def end(self) -> int:
        """The first token of the line's end, and of the space before it."""
        return self.regions[-1].stop if self.regions else 0


@dataclass(frozen=True, eq=False)
class Regions:
    """Reads lines of a text in tokens of a vocabulary.

    Attributes:
        by_character: a region is a character where the script parts no words.
        split: whether tokens stand between spaces already, so that they are taken as they are.
        script: the script that parts no words, else empty.
    """

    vocabulary: Vocabulary
    split: bool = True
    script: str = ""

    @classmethod
    def of(cls, vocabulary: Vocabulary, sample: str) -> "Regions":
        """For a text that begins with `sample`."""
        return cls(vocabulary, is_pretokenized(sample), unspaced_script(sample) or "")

    @cached_property
    def spaces(self) -> list[int]:
        """The ids of tokens that begin with space, and so end the word before; none at word level, where a word is
        whole."""
        if self.vocabulary.level == "word":
            return []
        return [i for i, token in enumerate(self.vocabulary.tokens) if self._first(token).isspace()]

    def _first(self, token: str) -> str:
        return chr(BYTES.get(token[:1], 0)) if self.vocabulary.level == "bpe" else token[:1]

    @cached_property
    def space_ids(self) -> frozenset[int]:
        return frozenset(self.spaces)

    def read(self, line: str) -> Line:
        """A line without its end."""
        return self._words(line) if self.vocabulary.level == "word" else self._spelled(line)

    def _words(self, line: str) -> Line:
        ids: list[int] = []
        regions: list[Region] = []
        for chunk in line.split():
            tokens = self.vocabulary.split(chunk) if self.split else typed_words(self.vocabulary, chunk)
            parts = [[token] for token in tokens] if self.script else [tokens]
            for part in filter(None, parts):
                start = len(ids)
                ids += word_ids(self.vocabulary, part)
                text = part[0] if self.script else chunk
                regions.append(Region(text, start, len(ids), start, False, self.vocabulary.unk in ids[start:]))
        return Line((*ids, self.vocabulary.line_end), tuple(regions))

    def _spelled(self, line: str) -> Line:
        text = line.lower() if self.vocabulary.lowercase else line
        ids = self.vocabulary.encode(text + "\n")
        bpe = self.vocabulary.level == "bpe"
        widths = [len(self.vocabulary.tokens[i]) for i in ids] if bpe else [1] * len(ids)
        starts = [0, *accumulate(widths)]
        # Where the characters of the text begin, as tokens are measured: in bytes or in characters.
        places = [0, *accumulate(len(c.encode()) if bpe else 1 for c in text)]
        return Line(tuple(ids), tuple(self._regions(text, ids, starts, places)))

    def _regions(self, text: str, ids: Sequence[int], starts: list[int], places: Sequence[int]) -> Iterator[Region]:
        units = [match.span() for match in (_CHARACTERS if self.script else _WORDS).finditer(text)]
        first, token = 0, 0
        for number, (begin, end) in enumerate(units):
            stop = bisect_left(starts, places[end])
            following = units[number + 1][0] if number + 1 < len(units) else len(text)
            if starts[stop] > places[following]:
                continue  # a token goes on into the next unit: the two are one region
            begin = units[first][0]
            lead = max(token, bisect_right(starts, places[begin]) - 1)
            unknown = self.vocabulary.unk is not None and self.vocabulary.unk in ids[token:stop]
            yield Region(text[begin:end], token, stop, lead, ids[token] in self.space_ids, unknown)
            first, token = number + 1, stop
