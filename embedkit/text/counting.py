"""What stands how often in a text, and which token stands where: blocks of lines in, numbers out."""

from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from itertools import chain

import numpy as np
from tokenizers import Tokenizer, models, pre_tokenizers

from embedkit.text.blocks import Block, map_blocks
from embedkit.text.byte_pairs import byte_level

Splitter = Callable[[str], list[str]]
"""A line into its words."""

LINE_END = "\n"
"""Stands after the words of each line; no word holds it."""


def count_words(lines: Iterable[str], split: Splitter, workers: int | None = 1) -> tuple[Counter[str], int]:
    """Words and how often they stand, and the number of lines."""
    counts: Counter[str] = Counter()
    for block in map_blocks(partial(words_in, split), lines, workers):
        counts.update(block)
    return counts, counts.pop(LINE_END, 0)


def words_in(split: Splitter, block: Block) -> dict[str, int]:
    """The words of a block, and `LINE_END`, with how often each stands."""
    return dict(Counter(_words(split, block)))


def indexed_words(split: Splitter, block: Block) -> tuple[list[str], np.ndarray]:
    """The K different words of a block in the order in which they come, `LINE_END` among them, and which of them
    stands where: (N,) int32 numbers below K.

    >>> indexed_words(str.split, ["a b a", "b"])
    (['a', 'b', '\\n'], array([0, 1, 0, 2, 1, 2], dtype=int32))
    """
    numbers = _Numbers()
    places = np.fromiter(map(numbers.__getitem__, _words(split, block)), dtype=np.int32)
    return list(numbers), places


class _Numbers(dict[str, int]):
    """A new word has the next number."""

    def __missing__(self, word: str) -> int:
        number = self[word] = len(self)
        return number


def _words(split: Splitter, block: Block) -> Iterable[str]:
    return chain.from_iterable(part for line in block for part in (split(line), (LINE_END,)))


def count_characters(lines: Iterable[str]) -> Counter[str]:
    """Characters and how often they stand, a line's end after each line."""
    counts: Counter[str] = Counter()
    for distinct, numbers in map_blocks(_characters_in, lines):
        counts.update(dict(zip(distinct, numbers, strict=True)))
    return counts


def _characters_in(block: Block) -> tuple[list[str], list[int]]:
    distinct, numbers = np.unique(code_points("\n".join(block) + "\n"), return_counts=True)
    return list(map(chr, distinct.tolist())), numbers.tolist()


def code_points(text: str) -> np.ndarray:
    """(N,) uint32, those of the N characters of a text."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def count_pieces(lines: Iterable[str], merges: tuple[tuple[str, str], ...], workers: int | None = 1) -> Counter[str]:
    """How often each byte and merged piece stands in the text; pieces that never do count zero."""
    pieces = [*sorted(pre_tokenizers.ByteLevel.alphabet()), *(a + b for a, b in merges)]
    vocabulary = {piece: i for i, piece in enumerate(dict.fromkeys(pieces))}
    tokenizer = byte_level(models.BPE(vocab=vocabulary, merges=list(merges)))
    totals = np.zeros(len(vocabulary), dtype=np.int64)
    for ids in map_blocks(partial(piece_ids, tokenizer), lines, workers):
        totals += np.bincount(ids, minlength=len(totals))
    return Counter(dict(zip(vocabulary, totals.tolist(), strict=True)))


def piece_ids(tokenizer: Tokenizer, block: Block) -> np.ndarray:
    """(N,) int32, the byte-pair tokens of a block, a line's end after each line."""
    encoded = tokenizer.encode_batch_fast([line + "\n" for line in block])
    return np.fromiter(chain.from_iterable(each.ids for each in encoded), dtype=np.int32)
