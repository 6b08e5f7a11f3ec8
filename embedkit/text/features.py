"""What a text is like after each of its tokens: inside quotes, how far into the line, whether a sentence ends next.

A feature is about a text, never about a model, so that what a model's units follow can be held against it.
"""

import codecs
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from embedkit.errors import UsageError, unknown
from embedkit.text.byte_pairs import BYTES
from embedkit.text.vocabulary import EOS, Vocabulary

HALF_LIFE = 5
"""Tokens after which what is left of "just after X" is half."""
OPENING, CLOSING = "“„«", "”»"
"""Quotation marks that open and close; the straight one does either."""
BRACKETS = {"(": ")", "[": "]", "{": "}"}
ENDERS = ".!?…"
_AFTER_ENDER = "\"'”’»)]}"


@dataclass(frozen=True, eq=False)
class Feature:
    """A feature over T tokens.

    Attributes:
        description: what it is, in words.
        values: (T,) float32, after each token; 0 or 1 where it is `binary`.
    """

    name: str
    description: str
    values: np.ndarray
    binary: bool


@dataclass(frozen=True)
class Tokens:
    """A text in tokens, each as it stands there: a word alone, at other levels with its spaces; a line's end is "\\n".

    `level` is "char", "word" or "bpe".
    """

    level: str
    texts: tuple[str, ...]

    @classmethod
    def of(cls, vocabulary: Vocabulary, ids: Sequence[int]) -> "Tokens":
        """Raises nothing: bytes of a bpe token that are no whole character stand as "" until the character ends."""
        tokens = [vocabulary.tokens[i] for i in ids]
        if vocabulary.level == "bpe":
            return cls("bpe", tuple(_decoded(tokens)))
        return cls(vocabulary.level, tuple("\n" if token == EOS else token for token in tokens))

    def __len__(self) -> int:
        return len(self.texts)


def _decoded(tokens: Iterable[str]) -> Iterator[str]:
    """Tokens in GPT-2's byte alphabet → the characters that each completes."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    for token in tokens:
        yield decoder.decode(bytes(BYTES[character] for character in token))


def quotes(tokens: Tokens) -> np.ndarray:
    """1 after the mark that opens a quotation, 0 after the one that closes it. A stray mark spoils a paragraph at most:
    that ends at an empty line or, in a text without one, at every line's end."""

    def read(character: str, inside: int) -> int:
        if character == '"':
            return 1 - inside
        return 1 if character in OPENING else 0 if character in CLOSING else inside

    return _states(tokens, read)


def brackets(tokens: Tokens) -> np.ndarray:
    """1 inside round, square or curly brackets, however deep; paragraphs as with `quotes`."""

    def read(character: str, depth: int) -> int:
        if character in BRACKETS:
            return depth + 1
        return max(depth - 1, 0) if character in BRACKETS.values() else depth

    return np.minimum(_states(tokens, read), 1)


def position(tokens: Tokens) -> np.ndarray:
    """How many tokens have been read since the line's end before; on the first line, since its first token."""
    return _since(_line_ends(tokens), start=0)


def line_end(tokens: Tokens) -> np.ndarray:
    """1 where the next token ends the line."""
    return _next(_line_ends(tokens))


def sentence_end(tokens: Tokens) -> np.ndarray:
    """1 where the next token ends a sentence: . ! ? or … before a space, a closing mark or the line's end, but for the
    point after a single capital letter, as in "J. Smith" and "U.S."."""
    return _next(_sentence_ends(tokens))


def sentence_left(tokens: Tokens) -> np.ndarray:
    """How many tokens come before the one that ends the sentence; NaN after the last such token."""
    ends = _sentence_ends(tokens)
    left = np.full(len(ends), np.nan, dtype=np.float32)
    distance = np.nan
    for i in range(len(ends) - 1, -1, -1):
        left[i] = distance
        distance = 0.0 if ends[i] else distance + 1
    return left


@dataclass(frozen=True)
class Definition:
    """A feature that every text has: what it is in words, whether it is 0 or 1, and its (T,) values over T tokens."""

    description: str
    binary: bool
    values: Callable[[Tokens], np.ndarray]


FEATURES: Mapping[str, Definition] = {
    "quotes": Definition("inside quotes", True, quotes),
    "brackets": Definition("inside brackets", True, brackets),
    "position": Definition("tokens since the line began", False, position),
    "line-end": Definition("the next token ends the line", True, line_end),
    "sentence-end": Definition("the next token ends the sentence", True, sentence_end),
    "sentence-left": Definition("tokens left in the sentence", False, sentence_left),
}
"""The features that every text has, by name."""


def read_features(tokens: Tokens, names: Iterable[str] = FEATURES) -> tuple[Feature, ...]:
    """The named features of a text.

    Raises:
        UsageError: there is no such feature.
    """
    features = []
    for name in dict.fromkeys(names):
        if name not in FEATURES:
            raise unknown("feature", name, FEATURES)
        definition = FEATURES[name]
        features.append(
            Feature(name, definition.description, definition.values(tokens).astype(np.float32), definition.binary)
        )
    return tuple(features)


def after(vocabulary: Vocabulary, ids: np.ndarray, text: str) -> tuple[Feature, ...]:
    """Two features of what comes after a chosen token, or after several in a row: whether it has stood in this line,
    and how long ago it stood, halved every HALF_LIFE tokens.

    Raises:
        UsageError: the text has no token, or one that the vocabulary does not have.
    """
    stands = np.zeros(len(ids), dtype=bool)
    for spelling in _spellings(vocabulary, text):
        fits = np.ones(max(len(ids) - len(spelling) + 1, 0), dtype=bool)
        for shift, token in enumerate(spelling):
            fits &= ids[shift : shift + len(fits)] == token
        stands[len(spelling) - 1 :] |= fits
    ends = _line_ends(Tokens.of(vocabulary, ids.tolist()))
    since = _since(stands, start=np.inf)
    in_line = np.isfinite(since) & (since <= _since(ends, start=np.inf))
    return (
        Feature(f"since {text}", f"“{text}” has stood in this line", in_line.astype(np.float32), True),
        Feature(
            f"after {text}",
            f"just after “{text}”: 1, halved every {HALF_LIFE} tokens",
            np.exp2(-since / HALF_LIFE).astype(np.float32),
            False,
        ),
    )


def _spellings(vocabulary: Vocabulary, text: str) -> list[list[int]]:
    """A text as token ids; a bpe token differs by whether a space goes before it."""
    texts = [text, f" {text}"] if vocabulary.level == "bpe" else [text]
    spellings = [vocabulary.encode(each) for each in texts]
    if not spellings[0]:
        raise UsageError(f"--after {text!r}: there is no token in it")
    if vocabulary.unk is not None and vocabulary.unk in spellings[0]:
        pieces = zip(vocabulary.split(text), spellings[0], strict=False)
        piece = next((piece for piece, token in pieces if token == vocabulary.unk), text)
        raise unknown("token", piece, vocabulary.tokens, hint=f"(--after {text!r})")
    return spellings


def _states(tokens: Tokens, read: Callable[[str, int], int]) -> np.ndarray:
    """A state after each token that each of its characters may change, and that a paragraph's end sets to 0."""
    apart = not _has_empty_line(tokens)
    values = np.zeros(len(tokens), dtype=np.float32)
    state, empty = 0, True
    for i, text in enumerate(tokens.texts):
        for character in text:
            if character == "\n":
                state = 0 if empty or apart else state
                empty = True
            else:
                empty = empty and character.isspace()
                state = read(character, state)
        values[i] = state
    return values


def _has_empty_line(tokens: Tokens) -> bool:
    glue = " " if tokens.level == "word" else ""
    return any(not line.strip() for line in glue.join(tokens.texts).split("\n")[1:-1])


def _line_ends(tokens: Tokens) -> np.ndarray:
    return np.array(["\n" in text for text in tokens.texts], dtype=bool)


def _sentence_ends(tokens: Tokens) -> np.ndarray:
    """Where a token has a mark that ends a sentence. A word with more than the mark, as "U.S.", ends none."""
    if tokens.level == "word":
        return np.array([len(text) == 1 and text in ENDERS for text in tokens.texts], dtype=bool)
    text = "".join(tokens.texts)
    ends = np.zeros(len(tokens), dtype=bool)
    place = 0
    for i, token in enumerate(tokens.texts):
        ends[i] = any(_ends_sentence(text, at) for at in range(place, place + len(token)))
        place += len(token)
    return ends


def _ends_sentence(text: str, at: int) -> bool:
    follows, before = text[at + 1 : at + 2], text[max(at - 2, 0) : at]
    initial = text[at] == "." and before[-1:].isupper() and not before[:-1].isalpha()
    return text[at] in ENDERS and not initial and (not follows or follows.isspace() or follows in _AFTER_ENDER)


def _since(marks: np.ndarray, start: float) -> np.ndarray:
    """(T,) → steps since the last mark, 0 at it; before the first, `start` and on from there."""
    steps = np.arange(len(marks))
    last = np.maximum.accumulate(np.where(marks, steps, -1))
    return np.where(last >= 0, steps - last, start + steps).astype(np.float32)


def _next(marks: np.ndarray) -> np.ndarray:
    return np.append(marks[1:], False)[: len(marks)].astype(np.float32)
