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

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from embedkit.analysis.cells.unit_scores import Detector, Halves, Measure
from embedkit.analysis.intervals import Interval, percentiles
from embedkit.analysis.roc import area_under_curve
from embedkit.runs.artefacts import Artefact

DRAWS = 99
"""Control draws; the least p-value there can be is 1 in one more."""
LEAST_TOKENS, LEAST_STRETCHES = 50, 10
"""A feature that is there or not has to be there, and absent, at so many tokens of each half, in so many stretches."""
NEAREST_SHIFT = 0.05
"""The control moves a feature by at least this share of a half, either way."""
LINEAR_TOKENS = 20_000
"""The linear probe learns from at most so many tokens of the first half, evenly spread."""
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
        told: the feature in words, such as "inside quotes".
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
    """A feature, `told` in words, that does not occur often enough, and why."""

    feature: str
    told: str
    why: str


@dataclass(frozen=True)
class Excerpt:
    """Some held-out text with what a unit did after each token.

    Attributes:
        texts: the tokens as they stand in the text; `glue` goes between them.
        values, truth: of the unit, and of the feature; None where the feature has no value.
    """

    feature: str
    unit: int
    texts: tuple[str, ...]
    glue: str
    values: tuple[float, ...]
    truth: tuple[float | None, ...]


@dataclass(frozen=True)
class ProbeSheet:
    """Probes of one signal of one layer.

    Attributes:
        signal: as analysis.cells.gates calls it, such as "cell"; `layer` is its number, from 0.
        units: how many there are to choose from.
        tokens: of the text, both halves.
        source: what the text is, for readers.
        features, following: what was asked for, in that order, as `studies.probes.probe_run` has them; both empty in
            sheets of before 0.3.
        text: the path of the text where it is not the run's own; `checksum` is of that file.
    """

    name: str
    signal: str
    layer: int
    units: int
    level: str
    tokens: int
    source: str
    seed: int
    probes: tuple[UnitProbe, ...]
    unscored: tuple[Unscored, ...]
    excerpts: tuple[Excerpt, ...]
    features: tuple[str, ...] = field(default=(), metadata={"since": "0.3.0"})
    following: tuple[str, ...] = field(default=(), metadata={"since": "0.3.0"})
    text: str = field(default="", metadata={"since": "0.3.0"})
    checksum: str = field(default="", metadata={"since": "0.3.0"})


PROBE_SHEETS = Artefact("probes", ProbeSheet, "probe", named=lambda sheet: sheet.name)


def probe(
    halves: Halves,
    feature: np.ndarray,
    *,
    binary: bool,
    name: str,
    description: str,
    draws: int = DRAWS,
    linear: bool = True,
    seed: int = 0,
) -> UnitProbe | Unscored:
    """The unit that follows a feature best, scored on held-out text.

    Args:
        feature: (T,) the value after each token, NaN where it has none.
        binary: its values are 0 and 1.
        description: the feature in words.
    """
    middle = len(halves.train)
    train, test = np.asarray(feature[:middle], np.float64), np.asarray(feature[middle:], np.float64)
    why = _too_seldom(train, test) if binary else _too_even(train, test)
    if why:
        return Unscored(name, description, why)
    method = Detector(halves) if binary else Measure(halves)
    rng = np.random.default_rng(seed)
    strength = method.strengths(train[None])[0]
    unit = int(np.abs(strength).argmax())
    chosen = method.choose(train, unit, 1 if strength[unit] > 0 else -1)
    score = method.score(test, chosen)
    moved = [(_moved(train, rng), _moved(test, rng)) for _ in range(draws)]
    values, present = halves.test[:, unit] * chosen.sign, test > 0
    linear_probe = None
    if linear:
        linear_probe = Linear(_linear(halves, train, test, binary), _linear(halves, moved[0][0], moved[0][1], binary))
    return UnitProbe(
        feature=name,
        told=description,
        measure=method.measure,
        n=int(np.isfinite(test).sum()),
        base_rate=float(test.mean()) if binary else None,
        unit=unit,
        sign=chosen.sign,
        threshold=chosen.threshold,
        train_score=method.train_score(train, chosen),
        score=score,
        auc=area_under_curve(values[present], values[~present]) if binary else None,
        interval=percentiles(method.resampled(test, chosen, rng)),
        control=_control(method, moved, score),
        linear=linear_probe,
        ranked=tuple(np.argsort(-np.abs(strength), kind="stable")[:RANKED].tolist()),
    )


def _control(method: "Detector | Measure", moved: Sequence[tuple[np.ndarray, np.ndarray]], score: float) -> Control:
    """The held-out `score` beside those of the best unit for each pair of moved features, (train, test)."""
    strengths = method.strengths(np.stack([train for train, _ in moved]))
    scores = []
    for (train, test), strength in zip(moved, strengths, strict=True):
        unit = int(np.abs(strength).argmax())
        scores.append(method.score(test, method.choose(train, unit, 1 if strength[unit] > 0 else -1)))
    null = np.array(scores)
    p = (1 + int((null >= score).sum())) / (1 + len(null))
    return Control(float(null.mean()), float(np.quantile(null, 0.95)), p, len(null))


def _moved(feature: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A (T,) feature moved round the text by a random distance."""
    least = max(1, int(NEAREST_SHIFT * len(feature)))
    return np.roll(feature, int(rng.integers(least, len(feature) - least + 1)))


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
        ridge = Ridge().fit(halves.standard[rows], train[rows])
        return float(np.corrcoef(ridge.predict(held_out), test[known])[0, 1])
    # Rare and common answers count alike, as in the score.
    model = LogisticRegression(class_weight="balanced", max_iter=200, C=0.01, tol=1e-3)
    predictions, present = model.fit(halves.standard[rows], train[rows] > 0).predict(held_out), test[known] > 0
    return float((predictions[present].mean() + (~predictions[~present]).mean()) / 2)


def _too_seldom(train: np.ndarray, test: np.ndarray) -> str:
    """Why a feature that is there or not cannot be scored; empty where it can."""
    for half, name in ((train, "first"), (test, "held-out")):
        present = half > 0
        stretches = int((np.diff(present.astype(np.int8)) == 1).sum()) + int(present[:1].sum())
        for tokens, what in ((int(present.sum()), "have it"), (int((~present).sum()), "do not have it")):
            if not tokens:
                return f"{'no' if what == 'have it' else 'every'} token of the {name} half has it"
            if tokens < LEAST_TOKENS:
                return f"of {len(half):,} tokens of the {name} half {tokens:,} {what}; at least {LEAST_TOKENS} have to"
        if stretches < LEAST_STRETCHES:
            count = f"it stands in {stretches} stretch{'es' if stretches != 1 else ''} of the {name} half"
            return f"{count}; at least {LEAST_STRETCHES} are needed"
    return ""


def _too_even(train: np.ndarray, test: np.ndarray) -> str:
    """Why a feature that has a size cannot be scored; empty where it can."""
    for half, name in ((train, "first"), (test, "held-out")):
        values = half[np.isfinite(half)]
        if len(values) < LEAST_TOKENS or not values.std() > 0:
            return f"it does not vary over the {name} half"
        moves = int((np.abs(np.diff(values)) > 0).sum())
        if moves < LEAST_STRETCHES:
            return f"it changes {moves} times in the {name} half; at least {LEAST_STRETCHES} are needed"
    return ""
