"""From labels at every step to tokens: the collapse of CTC, the likeliest path, and prefix beam search."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from embedkit.errors import UsageError
from embedkit.runs.folder import Run

BLANK = 0
"""The label that says nothing; label i + 1 is token i."""
NEGLIGIBLE = -12.0
"""Prefix beam search leaves out labels of a log-probability below this at a step."""
WEIGHT, BONUS = 0.3, 0.0
"""Of a language model in a search, where none are given."""


@dataclass(frozen=True)
class Search:
    """How a recogniser looks for a text.

    Attributes:
        beams: beginnings that a prefix beam search keeps; 1 takes the likeliest label at every step.
        language_model: a run that takes part in the search, by `weight` and with `bonus` for each word (see `fusion`).

    Raises:
        UsageError: a number is out of range, or there is nothing for a language model to choose from.
    """

    beams: int = 1
    language_model: Run | None = None
    weight: float = WEIGHT
    bonus: float = BONUS

    def __post_init__(self) -> None:
        if self.beams < 1:
            raise UsageError(f"--beams {self.beams}: must be at least 1")
        if self.language_model is not None and self.beams == 1:
            raise UsageError("--beams 1 takes the likeliest label at every step; a language model needs at least 2")
        if self.weight < 0:
            raise UsageError(f"--language-weight {self.weight:g}: must be at least 0")


GREEDY = Search()
"""The likeliest label at every step."""


class Language(Protocol):
    """How likely texts are by themselves, as far as that counts in a search (see `fusion`)."""

    def next(self, tokens: tuple[int, ...]) -> np.ndarray:
        """(V,) what is added to the log-probability for each token after these."""

    def end(self, tokens: tuple[int, ...]) -> float:
        """What is added for a text that ends after these."""


@dataclass(frozen=True)
class Spoken:
    """A token, and the steps from `start` to before `stop` at which its label was the likeliest."""

    token: int
    start: int
    stop: int


def collapse(path: Sequence[int]) -> list[int]:
    """Labels at every step → tokens: repeats are one, blanks are none: 0 3 3 0 3 → 2 2."""
    return [spoken.token for spoken in runs(path)]


def runs(path: Sequence[int]) -> list[Spoken]:
    """The tokens of a path, each with its steps."""
    tokens: list[Spoken] = []
    start = 0
    for step in range(1, len(path) + 1):
        if step == len(path) or path[step] != path[start]:
            if path[start] != BLANK:
                tokens.append(Spoken(int(path[start]) - 1, start, step))
            start = step
    return tokens


@dataclass(frozen=True)
class Hypothesis:
    """Tokens with the log of the summed probability of all their paths; `score` is what the search ranks by."""

    tokens: tuple[int, ...]
    log_probability: float
    score: float


def prefix_beam(scores: np.ndarray, beams: int, language: Language | None = None) -> list[Hypothesis]:
    """The best token sequences of (T, V + 1) log-probabilities, the best first (Hannun et al. 2014).

    A sequence's probability is the sum over all paths that collapse to it. With so many beams that none is cut, and no
    label left out, it is exact.
    """
    minus = -np.inf
    # prefix → (log-probability of paths that end in blank, of those that do not, what the language model adds)
    kept: dict[tuple[int, ...], tuple[float, float, float]] = {(): (0.0, minus, 0.0)}
    for row in scores:
        labels = [int(label) for label in np.flatnonzero(row > NEGLIGIBLE) if label != BLANK]
        after: dict[tuple[int, ...], tuple[float, float, float]] = {}
        for prefix, (blank, token, extra) in kept.items():
            both = float(np.logaddexp(blank, token))
            _add(after, prefix, both + float(row[BLANK]), minus, extra)
            if prefix:
                _add(after, prefix, minus, token + float(row[prefix[-1] + 1]), extra)
            more = language.next(prefix) if language is not None and labels else None
            for label in labels:
                before = blank if prefix and prefix[-1] == label - 1 else both
                if before == minus:
                    continue
                longer = (*prefix, label - 1)
                added = extra + (float(more[label - 1]) if more is not None else 0.0)
                _add(after, longer, minus, before + float(row[label]), added)
        ranked = sorted(after.items(), key=lambda item: (-_score(item[1]), item[0]))
        kept = dict(ranked[:beams])
    hypotheses = [
        Hypothesis(prefix, float(np.logaddexp(*parts[:2])), _score(parts) + (language.end(prefix) if language else 0.0))
        for prefix, parts in kept.items()
    ]
    return sorted(hypotheses, key=lambda each: (-each.score, each.tokens))


def _add(
    table: dict[tuple[int, ...], tuple[float, float, float]],
    prefix: tuple[int, ...],
    blank: float,
    token: float,
    extra: float,
) -> None:
    one, other, _ = table.get(prefix, (-np.inf, -np.inf, 0.0))
    table[prefix] = float(np.logaddexp(one, blank)), float(np.logaddexp(other, token)), extra


def _score(parts: tuple[float, float, float]) -> float:
    return float(np.logaddexp(parts[0], parts[1])) + parts[2]


def align(scores: np.ndarray, tokens: Sequence[int]) -> list[Spoken]:
    """The steps of each of these tokens on the likeliest of the paths that collapse to them (Viterbi); empty where no
    path of (T, V + 1) log-probabilities does, as there are too few steps."""
    if not tokens or not len(scores):
        return []
    labels = [BLANK]
    for token in tokens:
        labels += [token + 1, BLANK]
    count = len(labels)
    skips = np.array([i > 1 and labels[i] != BLANK and labels[i] != labels[i - 2] for i in range(count)])
    best = np.full(count, -np.inf)
    best[:2] = scores[0, labels[:2]]
    came = np.zeros((len(scores), count), dtype=np.int64)
    for step in range(1, len(scores)):
        one = np.concatenate([[-np.inf], best[:-1]])
        two = np.where(skips, np.concatenate([[-np.inf, -np.inf], best[:-2]]), -np.inf)
        choices = np.stack([best, one, two])
        came[step] = choices.argmax(axis=0)
        best = choices.max(axis=0) + scores[step, labels]
    place = count - 1 if best[-1] >= best[-2] else count - 2
    if not np.isfinite(best[place]):
        return []
    path = [0] * len(scores)
    for step in range(len(scores) - 1, -1, -1):
        path[step] = place
        place -= int(came[step, place])
    return [
        Spoken(token, path.index(2 * i + 1), len(path) - path[::-1].index(2 * i + 1)) for i, token in enumerate(tokens)
    ]
