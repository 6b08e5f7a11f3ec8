"""Parallel corpora: two texts of which line n of one belongs to line n of the other."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import islice

from embedkit.corpora.corpus import Corpus
from embedkit.corpora.opening import is_pretokenized
from embedkit.corpora.readers import SHARES
from embedkit.corpora.scripts import unspaced_script
from embedkit.errors import CorpusError

Pairs = Callable[[], Iterator[tuple[str, str]]]
"""A function that starts a fresh stream of (source, target)."""

_HELD_OUT_SEED = 1
_SAMPLE = 1_000


@dataclass(frozen=True)
class ParallelCorpus:
    """Aligned texts: line n of a split's source belongs to line n of its target.

    Attributes:
        name: the card's name, the file's stem or the folder's name; "dates-en-it", "reverse" for what is generated.
        source, target: with the same splits, "train" and "valid" and perhaps "test". Their `counts` are lines, tokens
            between spaces (and the end of each line) and characters by split, such as "train_lines".
        source_language, target_language: such as "en"; "" where they are not known.
        left_out: how many pairs of the files are not here, because one side of them is empty.
        frequencies: how often each source line stands in the text that it was taken from, where that is known.

    Raises:
        CorpusError: the two sides have other splits, or lack "train" or "valid".
    """

    name: str
    source: Corpus
    target: Corpus
    source_language: str = ""
    target_language: str = ""
    left_out: int = 0
    frequencies: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if list(self.source.splits) != list(self.target.splits):
            raise CorpusError(
                f"{self.name}: the source is split into {', '.join(self.source.splits)} "
                f"but the target into {', '.join(self.target.splits)}"
            )
        for split in ("train", "valid"):
            if split not in self.source.splits:
                raise CorpusError(f"{self.name}: there is no {split} split")

    def pairs(self, split: str) -> Iterator[tuple[str, str]]:
        """A fresh stream of (source, target)."""
        return zip(self.source.lines(split), self.target.lines(split), strict=True)

    @property
    def splits(self) -> tuple[str, ...]:
        return tuple(self.source.splits)

    @property
    def checksum(self) -> str:
        """ "sha256:…" over the checksums of the two sides, and so over their text in all splits."""
        return f"sha256:{hashlib.sha256(f'{self.source.checksum} {self.target.checksum}'.encode()).hexdigest()}"

    @property
    def licence(self) -> str:
        return self.source.licence

    @property
    def citation(self) -> str:
        return self.source.citation

    @property
    def mirrored(self) -> bool:
        """Whether source and target are the same text, as for an autoencoder: one vocabulary serves both."""
        return self.source == self.target


def held_out_split(key: str, *, seed: int = _HELD_OUT_SEED) -> str:
    """ "train", "valid" or "test", by a hash of the key: some 90, 5 and 5 % of all keys.

    The same key is always in the same split, whatever stands beside it and in whatever order.
    """
    digest = hashlib.sha256(f"{seed} {key}".encode("utf-8", "surrogatepass")).digest()
    place, edge = int.from_bytes(digest[:8], "big") / 2**64, 0.0
    for split, share in SHARES.items():
        edge += share
        if place < edge:
            return split
    return split


def split_by_source(pairs: Pairs) -> dict[str, Pairs]:
    """Splits by a hash of the source text: all translations of a sentence are in the same one.

    Contiguous blocks would not do: Tatoeba is sorted by length, and one sentence stands there many times.
    """
    return {split: partial(_in_split, pairs, {split}) for split in SHARES}


def hold_out_valid(splits: Mapping[str, Pairs]) -> dict[str, Pairs]:
    """The same splits, and where "valid" is missing the share of train that a hash of the source gives it."""
    if "valid" in splits or "train" not in splits:
        return dict(splits)
    return {
        **splits,
        "train": partial(_in_split, splits["train"], SHARES.keys() - {"valid"}),
        "valid": partial(_in_split, splits["train"], {"valid"}),
    }


def _in_split(pairs: Pairs, chosen: set[str]) -> Iterator[tuple[str, str]]:
    for source, target in pairs():
        if held_out_split(source.strip()) in chosen:
            yield source, target


@dataclass(frozen=True)
class Origin:
    """What is known of a parallel corpus besides its text. `target` is the second file, where there are two."""

    source: str
    target: str | None = None
    licence: str = "not stated"
    citation: str = ""
    source_language: str = ""
    target_language: str = ""
    pretokenized: bool | None = None


def parallel_corpus(
    name: str, splits: Mapping[str, Pairs], origin: Origin, *, frequencies: Mapping[str, int] | None = None
) -> ParallelCorpus:
    """A parallel corpus from streams of pairs, read once to count them and for the checksums.

    Lines are stripped; a pair of which one side is empty is left out. Where the two sides are the same text, they are
    the same `Corpus`. A test split without a pair is left out.

    Args:
        splits: "train", "valid" and perhaps "test".
        origin: `pretokenized` None is told by the commas of each side (see `opening.is_pretokenized`).

    Raises:
        CorpusError: train or valid have no pair, or what reading the pairs raises.
    """
    tallies = {split: _Tally.of(splits[split]) for split in SHARES if split in splits}
    if not sum(tally.pairs for tally in tallies.values()):
        raise CorpusError(f"{origin.source}: there is no pair in it with text on both sides")
    for split in ("train", "valid"):
        if not (split in tallies and tallies[split].pairs):
            raise CorpusError(
                f"{origin.source}: its {split} split is left without a pair; give more pairs, or a folder with files "
                "for train and valid"
            )
    streams = {split: partial(_filled, splits[split]) for split, tally in tallies.items() if tally.pairs}
    source, target = (_side(name, streams, tallies, side, origin) for side in (0, 1))
    return ParallelCorpus(
        name=name,
        source=source,
        target=source if target.checksum == source.checksum else target,
        source_language=origin.source_language,
        target_language=origin.target_language,
        left_out=sum(tally.left_out for tally in tallies.values()),
        frequencies=frequencies or {},
    )


def generated(
    name: str,
    pairs: Mapping[str, list[tuple[str, str]]],
    origin: Origin,
    *,
    frequencies: Mapping[str, int] | None = None,
) -> ParallelCorpus:
    """A parallel corpus from pairs in memory, by split."""
    return parallel_corpus(
        name,
        {split: partial(iter, split_pairs) for split, split_pairs in pairs.items()},
        origin,
        frequencies=frequencies,
    )


def _filled(pairs: Pairs) -> Iterator[tuple[str, str]]:
    for source, target in pairs():
        source, target = source.strip(), target.strip()
        if source and target:
            yield source, target


def _lines(pairs: Pairs, side: int) -> Iterator[str]:
    for pair in pairs():
        yield pair[side]


class _Tally:
    """What a split holds: its pairs, those left out, and tokens, characters and the text's digest of each side."""

    def __init__(self) -> None:
        self.pairs = self.left_out = 0
        self.tokens, self.characters = [0, 0], [0, 0]
        self.digests = hashlib.sha256(), hashlib.sha256()

    @classmethod
    def of(cls, pairs: Pairs) -> "_Tally":
        tally, total = cls(), 0

        def counted() -> Iterator[tuple[str, str]]:
            nonlocal total
            for pair in pairs():
                total += 1
                yield pair

        for pair in _filled(counted):
            tally.pairs += 1
            for side, text in enumerate(pair):
                tally.tokens[side] += len(text.split()) + 1
                tally.characters[side] += len(text) + 1
                tally.digests[side].update(text.encode("utf-8", "surrogatepass") + b"\n")
        tally.left_out = total - tally.pairs
        return tally


def _side(name: str, splits: Mapping[str, Pairs], tallies: Mapping[str, _Tally], side: int, origin: Origin) -> Corpus:
    digest = hashlib.sha256()
    counts = {}
    for split in splits:
        tally = tallies[split]
        digest.update(f"{split} {tally.digests[side].hexdigest()}\n".encode())
        counts[f"{split}_lines"] = tally.pairs
        counts[f"{split}_tokens"] = tally.tokens[side]
        counts[f"{split}_characters"] = tally.characters[side]
    sample = "\n".join(islice(_lines(splits["train"], side), _SAMPLE))
    pretokenized = is_pretokenized(sample) if origin.pretokenized is None else origin.pretokenized
    return Corpus(
        name=name,
        splits={split: partial(_lines, pairs, side) for split, pairs in splits.items()},
        pretokenized=pretokenized,
        checksum=f"sha256:{digest.hexdigest()}",
        licence=origin.licence,
        citation=origin.citation,
        source=(origin.target if side == 1 else None) or origin.source,
        counts=counts,
        unspaced=unspaced_script(sample) or "",
    )
