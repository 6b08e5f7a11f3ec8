"""Which units of a layer follow a feature of the text, and whether that is more than chance among so many units.

The tokens are cut in two halves. On the first, the unit is chosen: by the area under the ROC curve (a feature that is
there or not) or by Pearson's correlation (one that has a size), in either direction; a threshold too where there is one
to choose. On the second, held-out half the chosen unit is scored once.

Control: the feature is moved round the text by a random distance, so that it stays as regular and as slow as it is
(shuffled token by token it would be too easy a null), but no longer fits the text; then a unit is chosen and scored in
the same way. Since the best of all units is chosen anew each time, the scores say what chance gives to the best of so
many: no other correction for the number of units is due. Many features are many questions, though, and each has its
own control.

The interval resamples blocks of the held-out text (Carlstein 1986): tokens near each other are not independent.

References:
    Karpathy, Johnson & Fei-Fei 2015, Visualizing and understanding recurrent networks: units that follow quotes,
        brackets and the position in the line.
    Hewitt & Liang 2019, Designing and interpreting probes with control tasks.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from embedkit.analysis.intervals import Interval, percentiles

DRAWS = 99
"""Control draws; the least p-value there can be is 1 in one more."""
RESAMPLES = 1000
BLOCK = 400
"""Tokens of a block that is resampled as one."""
LEAST_TOKENS, LEAST_STRETCHES = 50, 10
"""A feature that is there or not has to be there, and absent, at so many tokens of each half, in so many stretches."""
NEAREST_SHIFT = 0.05
"""The control moves a feature by at least this share of a half, either way."""
LINEAR_TOKENS = 20_000
"""The linear probe learns from at most so many tokens of the first half, evenly spread."""
LEVELS = 1 << 16
RANKED = 12


@dataclass(frozen=True)
class Control:
    """Held-out scores of the best unit for features that were moved: their mean, the score that 95 % of them stay
    below, and the share of all draws, the true one among them, that score no less than it."""

    mean: float
    upper: float
    p: float
    draws: int


@dataclass(frozen=True)
class Linear:
    """Held-out score of a linear probe on all units, and of one that learned the feature after it was moved."""

    score: float
    control: float


@dataclass(frozen=True)
class UnitProbe:
    """The unit that follows a feature best.

    Attributes:
        measure: of all scores here: "balanced accuracy" (chance 0.5) or "correlation" (chance 0).
        n: held-out tokens, and `base_rate`, the share of them that have the feature; None where it has a size.
        unit: its number; `sign` is 1 where it rises with the feature, else −1.
        threshold: the value from which on (below which, where it falls) the feature is taken to be there.
        train_score, score: on the half it was chosen on, and held out; `auc`, held out, needs no threshold.
        interval: 95 %, of the held-out score.
        ranked: the units that follow it best on the first half, this one first.
    """

    feature: str
    told: str
    measure: str
    n: int
    base_rate: float | None
    unit: int
    sign: int
    threshold: float | None
    train_score: float
    score: float
    auc: float | None
    interval: Interval | None
    control: Control
    linear: Linear | None
    ranked: tuple[int, ...]


@dataclass(frozen=True)
class Unscored:
    """A feature that does not occur often enough, and why."""

    feature: str
    told: str
    why: str


@dataclass(frozen=True, eq=False)
class Halves:
    """The two halves of (T, U) activations, and what all features share: the ranks of the first half.

    `ranks` (T // 2, U) lie between −½ and ½ with mean 0, equal values at their mean rank.
    """

    train: np.ndarray
    test: np.ndarray
    ranks: np.ndarray
    standard: np.ndarray

    @classmethod
    def of(cls, states: np.ndarray) -> "Halves":
        middle = len(states) // 2
        train = np.ascontiguousarray(states[:middle], dtype=np.float32)
        return cls(train, states[middle:], _ranks(train), _standard(train))


def probe(
    halves: Halves,
    feature: np.ndarray,
    *,
    binary: bool,
    name: str,
    told: str,
    draws: int = DRAWS,
    linear: bool = True,
    seed: int = 0,
) -> UnitProbe | Unscored:
    """The unit that follows a feature best, scored on held-out text.

    Args:
        feature: (T,) the value after each token, NaN where it has none.
        binary: its values are 0 and 1.
    """
    middle = len(halves.train)
    train, test = np.asarray(feature[:middle], np.float64), np.asarray(feature[middle:], np.float64)
    why = _too_seldom(train, test) if binary else _too_even(train, test)
    if why:
        return Unscored(name, told, why)
    method = _Binary(halves) if binary else _Sized(halves)
    rng = np.random.default_rng(seed)
    strength = method.strengths(train[None])[0]
    unit = int(np.abs(strength).argmax())
    chosen = method.choose(train, unit, 1 if strength[unit] > 0 else -1)
    score = method.score(test, chosen)
    moved = [(_moved(train, rng), _moved(test, rng)) for _ in range(draws)]
    fitted = None
    if linear:
        fitted = Linear(_linear(halves, train, test, binary), _linear(halves, moved[0][0], moved[0][1], binary))
    return UnitProbe(
        feature=name,
        told=told,
        measure=method.measure,
        n=int(np.isfinite(test).sum()),
        base_rate=float(test.mean()) if binary else None,
        unit=unit,
        sign=chosen.sign,
        threshold=chosen.threshold,
        train_score=method.train_score(train, chosen),
        score=score,
        auc=_auc(halves.test[:, unit] * chosen.sign, test) if binary else None,
        interval=percentiles(method.resampled(test, chosen, rng)),
        control=_control(method, moved, score),
        linear=fitted,
        ranked=tuple(np.argsort(-np.abs(strength), kind="stable")[:RANKED].tolist()),
    )


@dataclass(frozen=True)
class _Chosen:
    unit: int
    sign: int
    threshold: float | None = None


@dataclass(frozen=True, eq=False)
class _Binary:
    """Units as detectors of a feature that is there or not."""

    halves: Halves
    measure = "balanced accuracy"

    def strengths(self, features: np.ndarray) -> np.ndarray:
        """(F, T) features → (F, U) areas under the ROC curve less a half: the sign tells the direction."""
        there = features.sum(axis=1, keepdims=True)
        away = features.shape[1] - there
        # Mann & Whitney: the mean rank where it is there, less the mean rank of all, over the share where it is not.
        return (features.astype(np.float32) @ self.halves.ranks) * (features.shape[1] / (there * away))

    def choose(self, feature: np.ndarray, unit: int, sign: int) -> _Chosen:
        """The threshold of the best balanced accuracy on the first half, midway between two values."""
        values = self.halves.train[:, unit] * sign
        order = np.argsort(values, kind="stable")
        values, there = values[order], feature[order] > 0
        below, missed = np.arange(1, len(values) + 1), np.cumsum(there)
        right = (below - missed) / (~there).sum() + 1 - missed / there.sum()
        right[:-1][values[:-1] == values[1:]] = -np.inf
        at = int(right[:-1].argmax()) if len(right) > 1 else 0
        return _Chosen(unit, sign, float(values[at] + (values[at + 1] - values[at]) / 2) * sign)

    def score(self, feature: np.ndarray, chosen: _Chosen) -> float:
        return float(_balanced(self._counts(self.halves.test, feature, chosen).sum(axis=0)))

    def train_score(self, feature: np.ndarray, chosen: _Chosen) -> float:
        return float(_balanced(self._counts(self.halves.train, feature, chosen).sum(axis=0)))

    def resampled(self, feature: np.ndarray, chosen: _Chosen, rng: np.random.Generator) -> np.ndarray:
        sums = _by_block(self._counts(self.halves.test, feature, chosen))
        return _drawn(sums, rng, _balanced, whole=lambda total: total[..., [1, 3]].min(axis=-1) > 0)

    @staticmethod
    def _counts(states: np.ndarray, feature: np.ndarray, chosen: _Chosen) -> np.ndarray:
        """(T, 4): found where it is there, there, not found where it is not, not there."""
        assert chosen.threshold is not None
        found, there = states[:, chosen.unit] * chosen.sign > chosen.threshold * chosen.sign, feature > 0
        return np.stack([found & there, there, ~found & ~there, ~there], axis=1).astype(np.float64)


@dataclass(frozen=True, eq=False)
class _Sized:
    """Units as measures of a feature that has a size."""

    halves: Halves
    measure = "correlation"

    def strengths(self, features: np.ndarray) -> np.ndarray:
        """(F, T) features → (F, U) correlations. Tokens without a value count as average."""
        known = np.isfinite(features)
        rest = np.where(known, features - np.nanmean(features, axis=1, keepdims=True), 0)
        rest /= np.sqrt((rest**2).sum(axis=1, keepdims=True))
        return (rest.astype(np.float32) @ self.halves.standard) / np.sqrt(features.shape[1])

    def choose(self, feature: np.ndarray, unit: int, sign: int) -> _Chosen:
        return _Chosen(unit, sign)

    def score(self, feature: np.ndarray, chosen: _Chosen) -> float:
        return float(_correlation(self._moments(self.halves.test, feature, chosen).sum(axis=0)))

    def train_score(self, feature: np.ndarray, chosen: _Chosen) -> float:
        return float(_correlation(self._moments(self.halves.train, feature, chosen).sum(axis=0)))

    def resampled(self, feature: np.ndarray, chosen: _Chosen, rng: np.random.Generator) -> np.ndarray:
        sums = _by_block(self._moments(self.halves.test, feature, chosen))
        return _drawn(sums, rng, _correlation, whole=lambda total: total[..., 0] > 2)

    @staticmethod
    def _moments(states: np.ndarray, feature: np.ndarray, chosen: _Chosen) -> np.ndarray:
        """(T, 6): one, x, y, x², y², xy of unit x and feature y, all 0 where the feature has no value."""
        known = np.isfinite(feature)
        x = np.where(known, states[:, chosen.unit] * chosen.sign, 0.0).astype(np.float64)
        y = np.where(known, feature, 0.0)
        return np.stack([known, x, y, x * x, y * y, x * y], axis=1).astype(np.float64)


def _balanced(counts: np.ndarray) -> np.ndarray:
    """(…, 4) counts → balanced accuracy: the mean of the shares that are right where it is there, and where not."""
    return (counts[..., 0] / counts[..., 1] + counts[..., 2] / counts[..., 3]) / 2


def _correlation(moments: np.ndarray) -> np.ndarray:
    n, x, y, xx, yy, xy = np.moveaxis(moments, -1, 0)
    spread = np.maximum((n * xx - x * x) * (n * yy - y * y), 0)
    return np.divide(n * xy - x * y, np.sqrt(spread), out=np.zeros_like(n), where=spread > 0)


def _by_block(rows: np.ndarray) -> np.ndarray:
    """(T, K) → (blocks, K) sums of BLOCK rows each; what is left joins the last."""
    starts = np.arange(0, max(len(rows) - BLOCK, 0) + 1, BLOCK)
    return np.add.reduceat(rows, starts, axis=0)


def _drawn(
    sums: np.ndarray,
    rng: np.random.Generator,
    value: Callable[[np.ndarray], np.ndarray],
    *,
    whole: Callable[[np.ndarray], np.ndarray],
) -> np.ndarray:
    """The values of resampled blocks, but for draws in which something is missing."""
    counts = rng.multinomial(len(sums), np.full(len(sums), 1 / len(sums)), size=RESAMPLES)
    totals = counts @ sums
    return value(totals[whole(totals)])


def _control(method: "_Binary | _Sized", moved: Sequence[tuple[np.ndarray, np.ndarray]], score: float) -> Control:
    strengths = method.strengths(np.stack([train for train, _ in moved]))
    scores = []
    for (train, test), strength in zip(moved, strengths, strict=True):
        unit = int(np.abs(strength).argmax())
        scores.append(method.score(test, method.choose(train, unit, 1 if strength[unit] > 0 else -1)))
    found = np.array(scores)
    p = (1 + int((found >= score).sum())) / (1 + len(found))
    return Control(float(found.mean()), float(np.quantile(found, 0.95)), p, len(found))


def _moved(feature: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    least = max(1, int(NEAREST_SHIFT * len(feature)))
    return np.roll(feature, int(rng.integers(least, len(feature) - least + 1)))


def _ranks(values: np.ndarray) -> np.ndarray:
    """(T, U) → ranks by column over T, less ½: in (−½, ½), equal values at their mean.

    Values within 1/LEVELS of a unit's range count as equal: so they can be counted, which is many times faster than
    to sort them.
    """
    columns = np.ascontiguousarray(values.T)
    ranks = np.empty(columns.shape, np.float32)
    for unit, column in enumerate(columns):
        low, high = float(column.min()), float(column.max())
        level = np.rint((column - low) * ((LEVELS - 1) / max(high - low, 1e-30))).astype(np.int64)
        count = np.bincount(level, minlength=LEVELS)
        middle = np.cumsum(count) - count / 2
        ranks[unit] = (middle / len(values) - 0.5)[level]
    return ranks.T


def _standard(values: np.ndarray) -> np.ndarray:
    """(T, U) → mean 0 and deviation 1 by column; 0 in a column that does not move."""
    spread = values.std(axis=0)
    return np.divide(values - values.mean(axis=0), spread, out=np.zeros_like(values), where=spread > 1e-7)


def _auc(values: np.ndarray, feature: np.ndarray) -> float:
    from scipy.stats import rankdata

    there = feature > 0
    count, n = int(there.sum()), len(feature)
    return float((rankdata(values)[there].sum() - count * (count + 1) / 2) / (count * (n - count)))


def _linear(halves: Halves, train: np.ndarray, test: np.ndarray, binary: bool) -> float:
    """The held-out score of a linear probe on all units, standardised by the first half."""
    from sklearn.linear_model import LogisticRegression, Ridge

    rows = np.flatnonzero(np.isfinite(train))
    rows = rows[:: -(-len(rows) // LINEAR_TOKENS)]
    known = np.isfinite(test)
    mean, spread = halves.train.mean(axis=0), halves.train.std(axis=0)
    spread[spread <= 1e-7] = np.inf
    held_out = (halves.test[known] - mean) / spread
    if not binary:
        fitted = Ridge().fit(halves.standard[rows], train[rows])
        return float(np.corrcoef(fitted.predict(held_out), test[known])[0, 1])
    # Rare and common answers count alike, as in the score.
    model = LogisticRegression(class_weight="balanced", max_iter=200, C=0.01, tol=1e-3)
    found, there = model.fit(halves.standard[rows], train[rows] > 0).predict(held_out), test[known] > 0
    return float((found[there].mean() + (~found[~there]).mean()) / 2)


def _too_seldom(train: np.ndarray, test: np.ndarray) -> str:
    for half, name in ((train, "first"), (test, "held-out")):
        there = half > 0
        stretches = int((np.diff(there.astype(np.int8)) == 1).sum()) + int(there[:1].sum())
        for tokens, what in ((int(there.sum()), "have it"), (int((~there).sum()), "do not have it")):
            if not tokens:
                return f"{'no' if what == 'have it' else 'every'} token of the {name} half has it"
            if tokens < LEAST_TOKENS:
                return f"of {len(half):,} tokens of the {name} half {tokens:,} {what}; at least {LEAST_TOKENS} have to"
        if stretches < LEAST_STRETCHES:
            told = f"it stands in {stretches} stretch{'es' if stretches != 1 else ''} of the {name} half"
            return f"{told}; at least {LEAST_STRETCHES} are needed"
    return ""


def _too_even(train: np.ndarray, test: np.ndarray) -> str:
    for half, name in ((train, "first"), (test, "held-out")):
        known = half[np.isfinite(half)]
        if len(known) < LEAST_TOKENS or not known.std() > 0:
            return f"it does not vary over the {name} half"
        moves = int((np.abs(np.diff(known)) > 0).sum())
        if moves < LEAST_STRETCHES:
            return f"it changes {moves} times in the {name} half; at least {LEAST_STRETCHES} are needed"
    return ""
