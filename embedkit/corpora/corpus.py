"""The corpus: where a text comes from, and its lines by split."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

Lines = Callable[[], Iterator[str]]


@dataclass(frozen=True)
class Corpus:
    """Text in splits. Each split is a function that starts a fresh stream of lines, so that nothing is held whole.

    Attributes:
        name: the card's name, or the file's stem.
        splits: "train", "valid", "test" (the last may be missing) → a function returning an iterator of
            lines without their line ends. Empty lines are kept where they are part of the text (tiny-shakespeare).
        pretokenized: tokens already stand between spaces (WikiText), so a word vocabulary splits at spaces
            and keeps case; otherwise words and punctuation are told apart.
        checksum: "sha256:…" over the text of all splits, for the lineage.
        licence, citation: as the publisher states them.
        source: the card, file or folder it was opened from.
        counts: lines, tokens and characters by split, where they were counted.
        unspaced: the script, where words stand in it without spaces between them; else empty.
    """

    name: str
    splits: Mapping[str, Lines]
    pretokenized: bool
    checksum: str
    licence: str
    citation: str
    source: str
    counts: Mapping[str, int] = field(default_factory=dict)
    unspaced: str = ""

    def lines(self, split: str) -> Iterator[str]:
        """A fresh stream of the lines of a split."""
        return self.splits[split]()
