"""The frequent phrases of a text, each as its own target: what an encoder-decoder learns to give a vector to."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from embedkit.corpora.corpus import Corpus
from embedkit.corpora.parallel import Origin, ParallelCorpus, generated, held_out_split
from embedkit.corpora.scripts import note_unspaced
from embedkit.errors import CorpusError, UsageError
from embedkit.progress import Progress, counted_lines, no_progress
from embedkit.text.words import is_word, split_words

_BREAK = 0
_BLOCK = 1 << 22


def phrase_pairs(
    corpus: Corpus,
    *,
    shortest: int = 2,
    longest: int = 5,
    size: int = 20_000,
    min_count: int = 2,
    lowercase: bool = True,
    seed: int = 1,
    progress: Progress = no_progress,
) -> ParallelCorpus:
    """The most frequent phrases of the training text, mirrored: source and target are the same.

    A phrase is `shortest` to `longest` words that stand beside each other with no punctuation or line's end between
    them, one of which has a letter. Every length has the same share of `size`, or what there is of it: otherwise two
    words would crowd out the rest. Ties go to the phrase that comes first in the text. Lines are by falling count, and
    split by a hash of the phrase, 90, 5 and 5 %; a phrase that is held out may be part of one that is trained on.

    Counts are exact, and in `frequencies`. The training text is held as numbers, at most some 40 bytes a word; phrases
    are counted a block at a time, and only where the phrase without its last word is frequent enough.

    Args:
        size: how many phrases, in all splits together.
        min_count: phrases rarer than this are left out.
        seed: which phrases are held out.
        progress: told the number of lines read so far.

    Raises:
        UsageError: a number is out of range.
        CorpusError: there are no such phrases, or too few to hold some out.
    """
    if not 1 <= shortest <= longest:
        raise UsageError(
            f"phrases of {shortest} to {longest} words: the shortest must be at least 1, the longest not less"
        )
    lengths = longest - shortest + 1
    if size < lengths or min_count < 1:
        raise UsageError(f"{size:,} phrases of at least {min_count} occurrences: at least {lengths} and 1, please")
    note_unspaced(corpus)
    text = _Words.of(corpus, lowercase, progress)
    phrases: list[tuple[int, int, int]] = []  # count, length, place of the first
    for length, (first, counts) in enumerate(_phrases(text.ids, longest, min_count), 1):
        if length >= shortest:
            share = size // lengths + (length - shortest < size % lengths)
            phrases += [(count, length, place) for place, count in text.most_frequent(first, counts, length, share)]
    if not phrases:
        raise CorpusError(
            f"{corpus.source}: no phrase of {shortest} to {longest} words stands {min_count} times in it; "
            "take a longer text"
        )
    phrases.sort(key=lambda phrase: (-phrase[0], *phrase[1:]))
    frequencies = {text.phrase(place, length): count for count, length, place in phrases}
    splits: dict[str, list[tuple[str, str]]] = {"train": [], "valid": [], "test": []}
    for phrase in frequencies:
        splits[held_out_split(phrase, seed=seed)].append((phrase, phrase))
    origin = Origin(corpus.source, licence=corpus.licence, citation=corpus.citation, pretokenized=corpus.pretokenized)
    return generated(f"phrases-{corpus.name}", splits, origin, frequencies=frequencies)


@dataclass(frozen=True, eq=False)
class _Words:
    """A text as ids (N,) int32, where 0 is anything that ends a phrase; the words by id, and which have a letter."""

    ids: np.ndarray
    words: list[str]
    lettered: np.ndarray

    @classmethod
    def of(cls, corpus: Corpus, lowercase: bool, progress: Progress) -> "_Words":
        numbers: dict[str, int] = {}
        words, ids = [""], array("i", [_BREAK])
        for line in counted_lines(corpus.lines("train"), progress):
            for token in split_words(line, pretokenized=corpus.pretokenized, lowercase=lowercase):
                number = numbers.get(token)
                if number is None:
                    number = len(words) if is_word(token) else _BREAK
                    numbers[token] = number
                    if number:
                        words.append(token)
                ids.append(number)
            ids.append(_BREAK)
        lettered = np.array([any(map(str.isalpha, word)) for word in words])
        return cls(np.frombuffer(ids, dtype=np.int32), words, lettered)

    def most_frequent(
        self, first: np.ndarray, counts: np.ndarray, length: int, number: int
    ) -> Iterator[tuple[int, int]]:
        """Place and count of the most frequent phrases with a letter; where counts are the same, of the earlier."""
        lettered = self.lettered[self.ids[first]]
        for step in range(1, length):
            lettered |= self.lettered[self.ids[first + step]]
        first, counts = first[lettered], counts[lettered]
        order = np.lexsort((first, -counts))[:number]
        yield from zip(first[order].tolist(), counts[order].tolist(), strict=True)

    def phrase(self, place: int, length: int) -> str:
        return " ".join(self.words[i] for i in self.ids[place : place + length])


def _phrases(ids: np.ndarray, longest: int, min_count: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """For lengths 1, 2, …: where each phrase that is frequent enough stands first, and how often it does.

    The phrase of n words from a place is told by the phrase of n − 1 from there and the word after it, so that every
    length is a matter of sorting pairs of numbers. A phrase can only be frequent if the shorter one is (Agrawal and
    Srikant 1994), and the others are not looked at again.
    """
    starts = np.flatnonzero(ids != _BREAK).astype(np.int32)
    heads, lasts = ids[starts], np.zeros(len(starts), dtype=np.int32)
    for length in range(1, longest + 1):
        if length > 1:
            # The text ends with a break, and what begins here has not met one: there is a place after it.
            lasts = ids[starts + np.int32(length - 1)]
            whole = lasts != _BREAK
            starts, heads, lasts = starts[whole], heads[whole], lasts[whole]
        heads, first, counts = _number(starts, heads, lasts, min_count)
        yield first, counts
        frequent = heads >= 0
        starts, heads = starts[frequent], heads[frequent]


def _number(
    starts: np.ndarray, heads: np.ndarray, lasts: np.ndarray, min_count: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Number the distinct pairs (head, last) that are frequent enough.

    Returns:
        The number of each pair, or −1 where it is too rare; and by number, the first start and the count.
    """
    numbers = np.full(len(starts), -1, dtype=np.int32)
    firsts, counts, total = [], [], 0
    for low, high in _ranges(heads):
        chosen = np.flatnonzero((heads >= low) & (heads < high))
        keys = (heads[chosen].astype(np.int64) << 32) | lasts[chosen]
        _, index, inverse, count = np.unique(keys, return_index=True, return_inverse=True, return_counts=True)
        frequent = count >= min_count
        renumbered = np.where(frequent, total + np.cumsum(frequent) - 1, -1).astype(np.int32)
        numbers[chosen] = renumbered[inverse]
        firsts.append(starts[chosen[index[frequent]]])
        counts.append(count[frequent])
        total += int(frequent.sum())
    empty = np.zeros(0, dtype=np.int32)
    return numbers, np.concatenate([empty, *firsts]), np.concatenate([empty, *counts])


def _ranges(heads: np.ndarray) -> Iterator[tuple[int, int]]:
    """Ranges of heads, [low, high), of some million places each: sorting takes several times the room of the text."""
    if not len(heads):
        return
    ends = np.cumsum(np.bincount(heads))
    low = 0
    while low < len(ends):
        before = ends[low - 1] if low else 0
        high = max(low + 1, int(np.searchsorted(ends, before + _BLOCK, side="right")))
        yield low, high
        low = high
