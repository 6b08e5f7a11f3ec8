"""BLEU and chrF of generated text, by sacrebleu, with the signatures that say how they were counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from embedkit.errors import UsageError

if TYPE_CHECKING:
    from sacrebleu.metrics import BLEU, CHRF

References = Sequence[str] | Sequence[Sequence[str]]
"""One reference a hypothesis, or several: `["a cat"]`, `[["a cat", "the cat"]]`. Numbers may differ."""

ORDER = 4
"""BLEU counts n-grams of one to four words."""


@dataclass(frozen=True)
class TextScore:
    """`score` in [0, 100], and sacrebleu's `signature`: references, case, tokens, smoothing, version."""

    score: float
    signature: str


def bleu(hypotheses: Sequence[str], references: References, *, lowercase: bool = False) -> TextScore:
    """N hypotheses and their references → corpus BLEU (Papineni et al. 2002) as sacrebleu counts it (Post 2018).

    Tokens are those of mteval-v13a; a precision of zero is smoothed exponentially. Where no hypothesis has four
    tokens there is no four-gram to be precise about, and sacrebleu's answer is 0.

    Raises:
        UsageError: there are no hypotheses, the two differ in number, or a hypothesis has no reference.
    """
    metric = _bleu(lowercase)
    score = metric.corpus_score(hypotheses, _streams(hypotheses, references)).score
    return TextScore(float(score), str(metric.get_signature()))


def chrf(hypotheses: Sequence[str], references: References, *, lowercase: bool = False) -> TextScore:
    """N hypotheses and their references → corpus chrF (Popović 2015): F2 of character n-grams up to six.

    Spaces are left out of the n-grams. Of several references that nearest to the hypothesis counts.

    Raises:
        UsageError: there are no hypotheses, the two differ in number, or a hypothesis has no reference.
    """
    metric = _chrf(lowercase)
    score = metric.corpus_score(hypotheses, _streams(hypotheses, references)).score
    return TextScore(float(score), str(metric.get_signature()))


def sentence_chrf(hypotheses: Sequence[str], references: References, *, lowercase: bool = False) -> np.ndarray:
    """(N,) float64: chrF of each hypothesis by itself, in [0, 100].

    Raises:
        UsageError: there are no hypotheses, the two differ in number, or a hypothesis has no reference.
    """
    metric = _chrf(lowercase)
    several = paired(hypotheses, references)
    return np.array([metric.sentence_score(h, r).score for h, r in zip(hypotheses, several, strict=True)])


def bleu_statistics(hypotheses: Sequence[str], references: References, *, lowercase: bool = False) -> np.ndarray:
    """(N, 10) int64: what BLEU needs of each sentence. BLEU of any choice of sentences is that of their rows' sum.

    Columns: tokens of the hypothesis, tokens of the reference nearest in length, matched n-grams of orders 1 to 4,
    n-grams of orders 1 to 4 in the hypothesis.

    Raises:
        UsageError: there are no hypotheses, the two differ in number, or a hypothesis has no reference.
    """
    metric = _bleu(lowercase, effective_order=True)  # which touches the score of a sentence, and not its counts
    rows = []
    for hypothesis, several in zip(hypotheses, paired(hypotheses, references), strict=True):
        score = metric.sentence_score(hypothesis, several)
        rows.append([score.sys_len, score.ref_len, *score.counts, *score.totals])
    return np.array(rows, dtype=np.int64)


def bleu_of(statistics: np.ndarray) -> float:
    """(10,) summed rows of `bleu_statistics` → BLEU in [0, 100], smoothed as `bleu` is."""
    from sacrebleu.metrics import BLEU

    tokens, expected, *counts = (int(value) for value in statistics)
    return float(BLEU.compute_bleu(counts[:ORDER], counts[ORDER:], tokens, expected, smooth_method="exp").score)


def paired(hypotheses: Sequence[str], references: References) -> list[tuple[str, ...]]:
    """The references of each hypothesis, one or several.

    Raises:
        UsageError: there are no hypotheses, the two differ in number, or a hypothesis has no reference.
    """
    if isinstance(hypotheses, str) or isinstance(references, str):
        raise UsageError("hypotheses and references are sequences of strings; put a single one into a list")
    if not len(hypotheses):
        raise UsageError("there are no hypotheses; give at least one")
    if len(hypotheses) != len(references):
        raise UsageError(f"{len(hypotheses)} hypotheses cannot be compared with {len(references)} references")
    several = [(one,) if isinstance(one, str) else tuple(one) for one in references]
    for number, row in enumerate(several):
        if not row:
            raise UsageError(f"hypothesis {number} ({hypotheses[number][:60]!r}) has no reference; give one or more")
    return several


def _streams(hypotheses: Sequence[str], references: References) -> list[list[Any]]:
    """sacrebleu reads references by stream, the first of every sentence, the second, …; None where there is none."""
    several = paired(hypotheses, references)
    return [[row[i] if i < len(row) else None for row in several] for i in range(max(map(len, several)))]


def _bleu(lowercase: bool, effective_order: bool = False) -> "BLEU":
    from sacrebleu.metrics import BLEU

    # Phrases of a tokenised corpus are expected here: `force` says so, and changes neither score nor signature.
    return BLEU(lowercase=lowercase, effective_order=effective_order, force=True)


def _chrf(lowercase: bool) -> "CHRF":
    from sacrebleu.metrics import CHRF

    return CHRF(lowercase=lowercase)
