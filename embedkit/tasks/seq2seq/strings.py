"""Random strings to copy or to turn round: what an encoder-decoder must be able to learn before it is given a text."""

from random import Random

from embedkit.corpora.parallel import Origin, ParallelCorpus, generated, held_out_split
from embedkit.errors import UsageError

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def copy_pairs(size: int = 5_000, *, longest: int = 12, symbols: str = LETTERS, seed: int = 1) -> ParallelCorpus:
    """Random strings as their own targets: "abca" → "abca".

    Lengths from 1 to `longest` are drawn alike. Strings are distinct and split by a hash, 90, 5 and 5 %.

    Raises:
        UsageError: a symbol is there twice or is a space, or there are not that many strings.
    """
    return _corpus("copy", [(text, text) for text in _strings(size, longest, symbols, seed)])


def reverse_pairs(size: int = 5_000, *, longest: int = 12, symbols: str = LETTERS, seed: int = 1) -> ParallelCorpus:
    """Random strings and the same read backwards: "abcd" → "dcba". The strings are those of `copy_pairs`.

    Raises:
        UsageError: a symbol is there twice or is a space, or there are not that many strings.
    """
    return _corpus("reverse", [(text, text[::-1]) for text in _strings(size, longest, symbols, seed)])


def _strings(size: int, longest: int, symbols: str, seed: int) -> list[str]:
    """Distinct random strings, in the order in which they are drawn."""
    if not symbols or len(set(symbols)) < len(symbols) or any(symbol.isspace() for symbol in symbols):
        raise UsageError(f"symbols {symbols!r}: give each once, and no space")
    # Half of all, as drawing goes on until enough are distinct.
    most = sum(len(symbols) ** length for length in range(1, longest + 1)) // 2
    if not 1 <= size <= most:
        raise UsageError(
            f"{size:,} strings of up to {longest} of {len(symbols)} symbols: must be at least 1 and at most {most:,}"
        )

    random, texts = Random(seed), dict[str, None]()
    while len(texts) < size:
        texts["".join(random.choices(symbols, k=random.randint(1, longest)))] = None
    return list(texts)


def _corpus(name: str, pairs: list[tuple[str, str]]) -> ParallelCorpus:
    splits: dict[str, list[tuple[str, str]]] = {"train": [], "valid": [], "test": []}
    for pair in pairs:
        splits[held_out_split(pair[0])].append(pair)
    return generated(name, splits, Origin(name, licence="none: random strings", pretokenized=False))
