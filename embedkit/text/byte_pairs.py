"""Byte-pair merges, learnt from a text by the tokenizers library (Sennrich et al. 2016, over bytes as in GPT-2)."""

import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import TypeVar

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from embedkit.config.architecture import LONGEST_STRETCH

LEARNT_FROM = 256_000_000
"""Characters that pairs are learnt from at most, of lines that are drawn from a longer text: what is learnt hardly
changes, and memory grows with them."""
_LOOK_EVERY = 0.1  # seconds
_Result = TypeVar("_Result")


def _byte_alphabet() -> dict[str, int]:
    """A byte that prints stands for itself, the others from U+0100 on in their order."""
    printing = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    rest = [byte for byte in range(256) if byte not in printing]
    return {chr(byte): byte for byte in printing} | {chr(256 + n): byte for n, byte in enumerate(rest)}


BYTES = _byte_alphabet()
"""The characters by which byte-level tokens are written, and their bytes: GPT-2's alphabet (Radford et al. 2019)."""


def byte_level(model: models.BPE) -> Tokenizer:
    """A tokenizer of bytes: every text can be encoded, and comes back as it was."""
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def learn_merges(
    lines: Iterable[str], size: int, min_count: int, longest: int = LONGEST_STRETCH
) -> tuple[tuple[tuple[str, str], ...], int]:
    """Byte-pair merges for a vocabulary of this size, and how many cuts were made: no merge is learnt across the end of
    a stretch of `longest`, 0 for any length. Whole texts are encoded by them all the same.

    Raises:
        KeyboardInterrupt: Ctrl-C, at once.
    """
    cuts = 0

    def stretches() -> Iterator[str]:
        nonlocal cuts
        for line in lines:
            *parts, last = cut(line, longest)
            cuts += len(parts)
            yield from parts
            yield last + "\n"

    learner = byte_level(models.BPE())
    trainer = trainers.BpeTrainer(
        vocab_size=max(size, len(BYTES)),
        min_frequency=max(min_count, 2),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    _interruptible(lambda: learner.train_from_iterator(stretches(), trainer))
    merges = json.loads(learner.to_str())["model"]["merges"]
    return tuple((a, b) for a, b in merges), cuts


def cut(line: str, longest: int = LONGEST_STRETCH) -> list[str]:
    """A line in pieces, cut where a stretch without a space, or of nothing but spaces, gets too long.

    >>> [len(piece) for piece in cut("a " + 2500 * "b")]
    [1002, 1000, 500]
    """
    if not longest or len(line) <= longest:
        return [line]
    ends = [match.end() for match in _stretch(longest).finditer(line)]
    return [line[start:end] for start, end in zip([0, *ends], [*ends, len(line)], strict=True)]


@cache
def _stretch(longest: int) -> re.Pattern[str]:
    return re.compile(rf"\S{{{longest}}}(?=\S)|\s{{{longest}}}(?=\s)")


def _interruptible(work: Callable[[], _Result]) -> None:
    """Do what hears no Ctrl-C in a thread of its own, which ends with the process."""
    errors: list[BaseException] = []

    def caught() -> None:
        try:
            work()
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=caught, daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(_LOOK_EVERY)
    if errors:
        raise errors[0]
