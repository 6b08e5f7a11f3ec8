"""How well text is generated: exact matches, BLEU and chrF, by how new the sources are and by length, and how much of
it is memory."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np

from embedkit.analysis.intervals import Interval, percentiles
from embedkit.analysis.novelty import NOVELTIES, Novelty, novelty
from embedkit.analysis.proportion import Proportion
from embedkit.errors import UsageError
from embedkit.runs.artefacts import FROM_COUNTS, RUN_NAME
from embedkit.text.bleu import (
    ORDER,
    References,
    TextScore,
    bleu,
    bleu_of,
    bleu_statistics,
    chrf,
    paired,
    sentence_chrf,
)

_LEAST = 25  # sources in a bin of lengths
_BINS = 10  # at most about so many bins


class ExactMatches:
    """What scores of text have in common: `exact` of `n` equal a reference word for word."""

    n: int
    exact: int

    @property
    def exact_share(self) -> float:
        return self.exact / self.n


@dataclass(frozen=True)
class LengthScore(ExactMatches):
    """The `n` sources of `shortest` to `longest` units; `bleu` is None where no reference has four tokens."""

    shortest: int
    longest: int
    n: int
    exact: int
    exact_interval: Interval = field(metadata=FROM_COUNTS)
    bleu: float | None
    chrf: float


@dataclass(frozen=True)
class NoveltyScore:
    """The `n` sources that are as new as `novelty` says; nothing is scored where there are none, and `bleu` is None
    where no reference has four tokens.

    Attributes:
        novelty: "exact": the source is a training source; "contained": it stands inside of one, token by token; "one
            edit": it is one token off one; "new": none of these. A source has the first that holds.
    """

    novelty: Novelty
    n: int
    exact: int
    exact_interval: Interval | None = field(metadata=FROM_COUNTS)
    bleu: float | None
    chrf: float | None

    @property
    def exact_share(self) -> float | None:
        return self.exact / self.n if self.n else None


@dataclass(frozen=True)
class Memory:
    """How much of the generated text stands word for word in the training targets.

    Attributes:
        count: hypotheses that stand there.
        right: of those, how many match their reference.
        due: sources whose reference stands there. For them to repeat is to be right, so that an exact match is no
            evidence of more than memory.
    """

    count: int
    right: int
    due: int


@dataclass(frozen=True)
class GenerationExample:
    """A source, its references, what was generated, and the chrF of that sentence."""

    source: str
    references: tuple[str, ...]
    hypothesis: str
    chrf: float


@dataclass(frozen=True)
class GenerationScore(ExactMatches):
    """Generated text against its references.

    Attributes:
        name: what a person calls it, such as "phrases/test".
        n: hypotheses, one a source.
        exact: hypotheses that equal a reference word for word; its interval is Wilson's (1927), of 95 %.
        bleu: of the corpus; None where no reference has four tokens, since there are no four-grams to find. Of
            several references that nearest in length to the hypothesis counts.
        bleu_interval: 95 %, by bootstrap over sentences; None with bleu and where there are fewer than two.
        chrf: of the corpus.
        empty: hypotheses without a word.
        memory: None where no training targets were given.
        by_length: bins of rising length of the source, none below 25 sources but where there are fewer in all.
        best, typical, worst: examples by their own chrF, which is that of the sentence; typical ones are those
            in the middle. Where there are few they overlap.
        lowercase: everything was lower-cased before it was compared.
        by_novelty: the four kinds, the newest first; empty where no training sources were given, or an earlier version
            scored.
        beams, length_penalty: of the search that wrote the hypotheses; None where that is not known.
    """

    name: str = field(metadata=RUN_NAME)
    n: int
    exact: int
    exact_interval: Interval = field(metadata=FROM_COUNTS)
    bleu: TextScore | None
    bleu_interval: Interval | None
    chrf: TextScore
    empty: int
    memory: Memory | None
    by_length: tuple[LengthScore, ...]
    best: tuple[GenerationExample, ...]
    typical: tuple[GenerationExample, ...]
    worst: tuple[GenerationExample, ...]
    lowercase: bool
    resamples: int
    seed: int
    by_novelty: tuple[NoveltyScore, ...] = field(default=(), metadata={"since": "0.3.0"})
    beams: int | None = field(default=None, metadata={"since": "0.3.0"})
    length_penalty: float | None = field(default=None, metadata={"since": "0.3.0"})

    @property
    def new(self) -> NoveltyScore | None:
        """The score of the sources that are new; None where it is not known which are."""
        return next((score for score in self.by_novelty if score.novelty == "new"), None)


def score_generation(
    sources: Sequence[str],
    references: References,
    hypotheses: Sequence[str],
    *,
    name: str = "generation",
    memorised_from: Collection[str] = (),
    trained_sources: Iterable[str] = (),
    split: Callable[[str], Sequence[str]] = str.split,
    lowercase: bool = False,
    examples: int = 5,
    resamples: int = 1000,
    seed: int = 0,
) -> GenerationScore:
    """N sources, their references (one or several each) and N hypotheses → their score sheet.

    Two texts are the same word for word where they are equal after a split at spaces; with several references a
    hypothesis is exact where it equals any.

    Args:
        memorised_from: the training targets, to tell what was generated from what was remembered.
        trained_sources: the training sources, to tell how new each source is.
        split: a source into its tokens, by which it is as long and as near to a training source; words by default.
        examples: how many best, typical and worst ones are kept. Of equal chrF the longer source stands first.
        resamples: bootstrap draws for the interval of BLEU.

    Raises:
        UsageError: there are no hypotheses, the three differ in number, or a source has no reference.
    """
    several = paired(hypotheses, references)
    if len(sources) != len(hypotheses):
        raise UsageError(f"{len(hypotheses)} hypotheses cannot be compared with {len(sources)} sources")
    words = [_words(text, lowercase) for text in hypotheses]
    expected = [{_words(text, lowercase) for text in row} for row in several]
    exact = np.array([hypothesis in texts for hypothesis, texts in zip(words, expected, strict=True)])
    statistics = bleu_statistics(hypotheses, several, lowercase=lowercase)
    sentences = sentence_chrf(hypotheses, several, lowercase=lowercase)
    tokens = [split(source) for source in sources]
    lengths = np.array([len(each) for each in tokens])

    def of_rows(rows: np.ndarray) -> dict[str, Any]:
        right = int(exact[rows].sum())
        texts, references = [hypotheses[int(i)] for i in rows], [several[i] for i in rows]
        return {
            "n": len(rows),
            "exact": right,
            "exact_interval": Proportion.of(right, len(rows)).interval if len(rows) else None,
            "bleu": bleu_of(statistics[rows].sum(axis=0)) if _has_four_grams(statistics[rows]) else None,
            "chrf": chrf(texts, references, lowercase=lowercase).score if len(rows) else None,
        }

    def of_bin(shortest: int, longest: int) -> LengthScore:
        return LengthScore(shortest, longest, **of_rows(np.flatnonzero((lengths >= shortest) & (lengths <= longest))))

    kinds = _novelty(tokens, trained_sources, split)

    def example(row: int) -> GenerationExample:
        return GenerationExample(sources[row], several[row], hypotheses[row], float(sentences[row]))

    best, worst = np.lexsort((-lengths, -sentences)).tolist(), np.lexsort((-lengths, sentences)).tolist()
    count = min(examples, len(best))
    middle = (len(best) - count) // 2
    measurable = _has_four_grams(statistics)
    return GenerationScore(
        name=name,
        n=len(hypotheses),
        exact=int(exact.sum()),
        exact_interval=Proportion.of(int(exact.sum()), len(exact)).interval,
        bleu=bleu(hypotheses, several, lowercase=lowercase) if measurable else None,
        bleu_interval=_bleu_interval(statistics, resamples, seed) if measurable else None,
        chrf=chrf(hypotheses, several, lowercase=lowercase),
        empty=words.count(""),
        memory=_memory(words, expected, exact, memorised_from, lowercase) if memorised_from else None,
        by_length=tuple(of_bin(*ends) for ends in _bins(lengths)),
        best=tuple(example(row) for row in best[:count]),
        typical=tuple(example(row) for row in best[middle : middle + count]),
        worst=tuple(example(row) for row in worst[:count]),
        lowercase=lowercase,
        resamples=resamples,
        seed=seed,
        by_novelty=tuple(
            NoveltyScore(kind, **of_rows(np.flatnonzero(kinds == kind))) for kind in reversed(NOVELTIES) if len(kinds)
        ),
    )


def bleu_interval(
    hypotheses: Sequence[str],
    references: References,
    *,
    lowercase: bool = False,
    resamples: int = 1000,
    seed: int = 0,
) -> Interval | None:
    """A 95 % interval of BLEU by a bootstrap over sentences (Koehn 2004); None with fewer than two sentences.

    N sentences are drawn again with replacement, `resamples` times, and BLEU is that of the sum of their
    statistics; the interval lies between the 2.5th and the 97.5th percentile.

    Raises:
        UsageError: there are no hypotheses, the two differ in number, or a hypothesis has no reference.
    """
    return _bleu_interval(bleu_statistics(hypotheses, references, lowercase=lowercase), resamples, seed)


def _words(text: str, lowercase: bool) -> str:
    """The text with one space between its words."""
    return " ".join((text.lower() if lowercase else text).split())


def _has_four_grams(statistics: np.ndarray) -> bool:
    return bool((statistics[:, 1] >= ORDER).any())


def _memory(
    words: Sequence[str],
    expected: Sequence[Collection[str]],
    exact: np.ndarray,
    memorised_from: Collection[str],
    lowercase: bool,
) -> Memory:
    """How much is memory. An empty hypothesis is none, even where a training target is empty."""
    targets = {_words(text, lowercase) for text in memorised_from} - {""}
    remembered = np.array([text in targets for text in words])
    return Memory(
        count=int(remembered.sum()),
        right=int((remembered & exact).sum()),
        due=sum(not targets.isdisjoint(texts) for texts in expected),
    )


def _novelty(
    tokens: Sequence[Sequence[str]], trained: Iterable[str], split: Callable[[str], Sequence[str]]
) -> np.ndarray:
    """(N,) how new each source is; (0,) where there are no training sources to tell by."""
    remaining = iter(trained)
    first = next(remaining, None)
    if first is None:
        return np.array([])
    return np.array(novelty(tokens, (split(text) for text in chain([first], remaining))))


def _bins(lengths: np.ndarray) -> list[tuple[int, int]]:
    """Shortest and longest of each bin: lengths are added until there are enough; what is left joins the last.

    Enough is 25 sources or a tenth of them, so that there are ten bins at most.
    """
    least = max(_LEAST, len(lengths) / _BINS)
    bins: list[tuple[int, int]] = []
    size, shortest = 0, None
    values, counts = np.unique(lengths, return_counts=True)
    for value, count in zip(values.tolist(), counts.tolist(), strict=True):
        shortest = value if shortest is None else shortest
        size += count
        if size >= least:
            bins.append((shortest, value))
            size, shortest = 0, None
    if shortest is not None:
        bins.append((bins.pop()[0] if bins else shortest, int(values[-1])))
    return bins


def _bleu_interval(statistics: np.ndarray, resamples: int, seed: int) -> Interval | None:
    return percentiles(_resampled(statistics, resamples, seed)) if len(statistics) >= 2 else None


def _resampled(statistics: np.ndarray, resamples: int, seed: int) -> np.ndarray:
    """(N, 10) statistics → (resamples,) BLEU; the same draws for the same N and seed."""
    rng = np.random.default_rng(seed)
    n = len(statistics)
    draws = (np.bincount(rng.integers(n, size=n), minlength=n) for _ in range(resamples))
    return np.array([bleu_of(weights @ statistics) for weights in draws])
