"""The word-embedding association test, with what else has to be known of an effect before it is believed.

Of a word w, s(w) is its mean cosine with the attributes A less that with B. The effect size is the mean of s over the
targets X less that over Y, in standard deviations of s over all of them (with n − 1), so that of equally large sets it
lies between −2 and 2. Its p is one-sided: the share of divisions of the targets into sets of these sizes that have as
large a difference, of all of them where these are few, else of a sample.

The effect size is in units of how far these words differ among themselves, so that two tight groups of words have a
large one with almost any attributes. Beside it therefore stands what random words of like frequency show in the place
of the targets, and in that of the attributes.

References:
    Caliskan, Bryson & Narayanan 2017, Semantics derived automatically from language corpora contain human-like biases.
    Science 356(6334).
    Ethayarajh, Duvenaud & Hirst 2019, Understanding undesirable word embedding associations. ACL.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np

from embedkit.analysis.association.word_sets import AssociationTest, WordSet
from embedkit.analysis.intervals import Interval, percentiles
from embedkit.spaces.sampling import order_of
from embedkit.spaces.space import EmbeddingSpace, of_length_one
from embedkit.text.words import mostly_lowercase

EXACT = 20_000
"""So many divisions of the targets, at most, are all looked at; of more so many are drawn."""
FEWEST = 2
"""Known words that a set must have for an effect size."""
_NEAR, _FEWEST_NEAR = 0.25, 20
"""A word of like frequency stands within a quarter of a word's rank from it, or within twenty places."""
_TRIES = 50
_AT_ONCE = 1 << 21
"""Scores that lie in memory while divisions are drawn."""


@dataclass(frozen=True)
class SetCoverage:
    """How many words of a set the space has, and which it lacks."""

    name: str
    known: int
    total: int
    missing: tuple[str, ...]


@dataclass(frozen=True)
class RandomEffects:
    """Effect sizes with random words in the place of some: the interval that holds 95 % of them, the share that is at
    least as large in absolute value as the one that was measured, and how many were drawn."""

    interval: Interval
    as_large: float
    draws: int


@dataclass(frozen=True)
class Association:
    """The outcome of a test in a space.

    Attributes:
        coverage: of X, Y, A and B.
        effect: the effect size; None where a set has fewer than FEWEST known words, or all targets are alike.
        interval: of the effect size, 95 %, by a bootstrap over the words of all four sets.
        p: one-sided; `divisions` of the targets were looked at, all there are where `exact`.
        random_targets, random_attributes: with random words in their place.
        by_frequency: whether those are of like frequency, which takes a space whose order or counts say it.
        published: the effect size that the source of the sets gives for other vectors.
    """

    space: str
    test: str
    lowercase: bool
    coverage: tuple[SetCoverage, ...]
    effect: float | None
    interval: Interval | None
    p: float | None
    divisions: int
    exact: bool
    random_targets: RandomEffects | None
    random_attributes: RandomEffects | None
    by_frequency: bool
    published: float | None
    resamples: int
    seed: int

    @property
    def no_headline(self) -> str:
        """Why the effect may not be quoted; empty where it may."""
        few = [f"{each.known} of {each.total} of {each.name}" for each in self.coverage if 2 * each.known < each.total]
        if few:
            return f"fewer than half of the words are known: {', '.join(few)}"
        return "" if self.effect is not None else "the targets do not differ"


def associate(
    space: EmbeddingSpace,
    test: AssociationTest,
    *,
    lowercase: bool | None = None,
    resamples: int = 1000,
    seed: int = 0,
) -> Association:
    """Put a test to a space.

    Args:
        lowercase: lower-case the words first. By default so where fewer than one label in a hundred holds a capital.
        resamples: bootstrap draws, and draws of random words.
    """
    if lowercase is None:
        lowercase = mostly_lowercase(space.labels)
    found = [_rows(space, words, lowercase) for words in test.sets]
    rows = [each for each, _ in found]
    coverage = tuple(
        SetCoverage(words.name, len(each), len(words.words), missing)
        for words, (each, missing) in zip(test.sets, found, strict=True)
    )
    order = _by_frequency(space)
    effect = _effect_of(space, rows) if min(map(len, rows)) >= FEWEST else None
    interval, p, divisions, exact, targets, attributes = None, None, 0, False, None, None
    if effect is not None:
        rng = np.random.default_rng(seed)
        scores = [_scores(space, each, rows[2], rows[3]) for each in rows[:2]]
        p, divisions, exact = division_p(*scores, rng=rng)
        interval = _bootstrap(space, rows, resamples, rng)
        draw = _RandomWords(len(space) if order is None else order, rows, rng)
        targets = _random_effects(
            effect, [_effect_of(space, [*both, *rows[2:]]) for both in draw.pairs(rows[0], rows[1], resamples)]
        )
        attributes = _random_effects(
            effect, [_effect_of(space, [*rows[:2], *both]) for both in draw.pairs(rows[2], rows[3], resamples)]
        )
    return Association(
        space=space.name,
        test=test.name,
        lowercase=lowercase,
        coverage=coverage,
        effect=effect,
        interval=interval,
        p=p,
        divisions=divisions,
        exact=exact,
        random_targets=targets,
        random_attributes=attributes,
        by_frequency=order is not None,
        published=test.published,
        resamples=resamples,
        seed=seed,
    )


def effect_size(x: np.ndarray, y: np.ndarray) -> float | None:
    """(N,) and (M,) scores of the targets → their difference in standard deviations; None where all are equal."""
    spread = float(np.concatenate([x, y]).std(ddof=1))
    return float(x.mean() - y.mean()) / spread if spread > 1e-12 else None


def division_p(x: np.ndarray, y: np.ndarray, *, rng: np.random.Generator) -> tuple[float, int, bool]:
    """The share of divisions of all scores into len(x) and len(y) whose difference is at least that of x and y, how
    many were looked at, and whether these are all. Of a sample this division is one, so that p is never 0."""
    scores = np.concatenate([x, y])
    observed = float(x.sum()) - 1e-9 * float(np.abs(scores).sum())
    total = comb(len(scores), len(x))
    if total <= EXACT:
        chosen = np.array(list(combinations(range(len(scores)), len(x))))
        return float((scores[chosen].sum(axis=1) >= observed).mean()), total, True
    larger, at_once = 0, max(1, _AT_ONCE // len(scores))
    for start in range(0, EXACT, at_once):
        drawn = rng.permuted(np.tile(scores, (min(at_once, EXACT - start), 1)), axis=1)[:, : len(x)].sum(axis=1)
        larger += int((drawn >= observed).sum())
    return (1 + larger) / (1 + EXACT), EXACT, False


def _rows(space: EmbeddingSpace, words: WordSet, lowercase: bool) -> tuple[np.ndarray, tuple[str, ...]]:
    """The rows of the known words of a set, each once, and the words that are not known."""
    places = {word: space.index_of(word.lower() if lowercase else word) for word in words.words}
    known = dict.fromkeys(place for place in places.values() if place is not None)
    return np.array(list(known), dtype=np.int64), tuple(word for word, place in places.items() if place is None)


def _unit(space: EmbeddingSpace, rows: np.ndarray) -> np.ndarray:
    return of_length_one(np.asarray(space.vectors[rows], dtype=np.float64))


def _scores(space: EmbeddingSpace, targets: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(N,) of each target its mean cosine with A less that with B: its product with the difference of their means."""
    return _unit(space, targets) @ (_unit(space, a).mean(axis=0) - _unit(space, b).mean(axis=0))


def _effect_of(space: EmbeddingSpace, rows: Sequence[np.ndarray]) -> float | None:
    x, y, a, b = rows
    return effect_size(_scores(space, x, a, b), _scores(space, y, a, b))


def _bootstrap(
    space: EmbeddingSpace, rows: Sequence[np.ndarray], resamples: int, rng: np.random.Generator
) -> Interval | None:
    draws = [_effect_of(space, [rng.choice(each, len(each)) for each in rows]) for _ in range(resamples)]
    return percentiles(np.array([draw for draw in draws if draw is not None]))


def _random_effects(effect: float, draws: Sequence[float | None]) -> RandomEffects | None:
    effects = np.array([draw for draw in draws if draw is not None])
    interval = percentiles(effects)
    if interval is None:
        return None
    return RandomEffects(interval, float((np.abs(effects) >= abs(effect)).mean()), len(effects))


def _by_frequency(space: EmbeddingSpace) -> np.ndarray | None:
    """(N,) the rows of a space, the most frequent first; None where no frequency is known."""
    how = order_of(space)
    if how is None:
        return None
    return np.argsort(-space.columns["count"], kind="stable") if how == "frequent" else np.arange(len(space))


class _RandomWords:
    """Draws words in the place of others: of like frequency where the order of words by it is given, else any."""

    def __init__(self, order: np.ndarray | int, sets: Sequence[np.ndarray], rng: np.random.Generator) -> None:
        self._known = not isinstance(order, int)
        self._order = np.arange(order) if isinstance(order, int) else order
        self._rank = np.empty(len(self._order), dtype=np.int64)
        self._rank[self._order] = np.arange(len(self._order))
        self._taken = set(np.concatenate(sets).tolist())
        self._rng = rng

    def pairs(self, one: np.ndarray, other: np.ndarray, draws: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """As many words in the place of those of two sets, so often; fewer draws where not enough were met."""
        for _ in range(draws):
            words = self(np.concatenate([one, other]))
            if words is not None:
                yield words[: len(one)], words[len(one) :]

    def __call__(self, rows: np.ndarray) -> np.ndarray | None:
        """As many other words, none of the test's own, and each once; None where too few are near."""
        chosen: dict[int, None] = {}
        for row in rows.tolist():
            rank, size = int(self._rank[row]), len(self._order)
            reach = max(_FEWEST_NEAR, int(_NEAR * rank)) if self._known else size
            for _ in range(_TRIES):
                word = int(self._order[self._rng.integers(max(0, rank - reach), min(size, rank + reach + 1))])
                if word not in self._taken and word not in chosen:
                    chosen[word] = None
                    break
            else:
                return None
        return np.array(list(chosen))
