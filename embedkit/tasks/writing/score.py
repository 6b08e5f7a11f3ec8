"""Scores of ranking words by their keys on a telephone keypad: accuracy and keystrokes, in context and by frequency.

Keystrokes per character (MacKenzie 2002): every word costs its keys, a press of `next` for each word that is ranked
before it, and the space, which takes the word that is shown; divided by its characters and the space,

    KSPC = Σ (keys + next + 1) / Σ (characters + 1),

summed over the running words of a text. An apostrophe or hyphen is a character that costs no key. 1.0 is a keyboard
with a key for each letter.

References:
    MacKenzie 2002, KSPC (keystrokes per character) as a characteristic of text entry techniques. Mobile HCI 2002.
    Field & Welsh 2007, Bootstrapping clustered data. Journal of the Royal Statistical Society B 69(3).
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from embedkit.analysis.intervals import Interval, percentiles
from embedkit.analysis.proportion import Proportion
from embedkit.errors import UsageError
from embedkit.runs.artefacts import RUN_NAME, Artefact
from embedkit.tasks.writing.keypad import KeyedWord, multitap_presses

SPLITS = ("valid", "test")
CONFUSED = 12
EXAMPLES = 6
_BINS = ((1, 1), (2, 2), (3, 4), (5, 8), (9, None))


@dataclass(frozen=True)
class Ranking:
    """The figures of one ranking over the scored words.

    Attributes:
        first: words that it ranked first.
        first_interval, kspc_interval: 95 %, over passages; None where there is only one.
        presses: keys, presses of `next`, and spaces.
    """

    first: int
    first_interval: Interval | None
    presses: int
    kspc: float
    kspc_interval: Interval | None


@dataclass(frozen=True)
class Difference:
    """The figures in context minus those by frequency, on the same words; 95 % intervals over passages.

    `only_in_context` words are first in context alone, `only_by_frequency` by frequency alone.
    """

    first_share: float
    first_interval: Interval | None
    kspc: float
    kspc_interval: Interval | None
    only_in_context: int
    only_by_frequency: int


@dataclass(frozen=True)
class ByFitting:
    """The `n` scored words whose keys fit `fewest` to `most` words (None: or more), and those ranked first."""

    fewest: int
    most: int | None
    n: int
    by_frequency: int
    in_context: int
    by_frequency_interval: Interval
    in_context_interval: Interval


@dataclass(frozen=True)
class Confusion:
    """Digits that context and frequency rank differently: the first of their words by frequency, how many scored words
    have these digits, and how many of those each ranking had first."""

    digits: str
    words: tuple[str, ...]
    n: int
    by_frequency: int
    in_context: int


@dataclass(frozen=True)
class KeypadScore:
    """The score of ranking held-out words by their keys, with a language model in context and by frequency.

    Attributes:
        split: of the run's corpus.
        passages: stretches of its lines, drawn with `seed`; intervals are bootstraps over them, `resamples` draws.
        words: running words in them that have keys, those out of vocabulary with them.
        unknown: those of them that are out of vocabulary; they are in no figure.
        n: words scored: words - unknown.
        ambiguous: scored words whose keys have another word too.
        vocabulary: words that can be typed.
        characters: of the scored words, and a space each.
        multitap_kspc: of the same words without a dictionary.
        helped, hurt: words that only the one ranking had first, each from another passage.
    """

    run: str = field(metadata=RUN_NAME)
    split: str
    passages: int
    words: int
    unknown: int
    n: int
    ambiguous: int
    vocabulary: int
    characters: int
    by_frequency: Ranking
    in_context: Ranking
    difference: Difference
    multitap_kspc: float
    by_fitting: tuple[ByFitting, ...]
    confusions: tuple[Confusion, ...]
    helped: tuple[KeyedWord, ...]
    hurt: tuple[KeyedWord, ...]
    resamples: int
    seed: int

    @property
    def coverage(self) -> float:
        """The share of the words that are in the vocabulary."""
        return self.n / self.words


KEYPAD_SCORES = Artefact("keypad", KeypadScore, "score sheet", named=lambda score: score.split)
"""A sheet for each of `SPLITS`."""


def keypad_score(
    keyed: Sequence[KeyedWord], *, run: str, split: str, vocabulary: int, resamples: int = 1000, seed: int = 0
) -> KeypadScore:
    """Held-out words with their ranks in both rankings → their figures.

    Words of a passage depend on each other, so intervals are of other passages that might have been drawn: passages are
    drawn again with replacement (Field & Welsh 2007). Where no word or every word is first, that has no width, and
    Wilson's interval stands instead.

    Raises:
        UsageError: there is no word that can be scored.
    """
    scored = [word for word in keyed if word.in_context is not None and word.by_frequency is not None]
    if not scored:
        raise UsageError(f"{run}: none of {len(keyed)} held-out words is in its vocabulary; take more --words")
    characters = np.array([len(word.word) + 1 for word in scored])
    ranks = np.array([[word.by_frequency, word.in_context] for word in scored]).T
    first = ranks == 1
    presses = np.array([len(word.digits) + 1 for word in scored]) + ranks - 1
    passage = np.unique([word.passage for word in scored], return_inverse=True)[1]
    # Sums by passage of everything that a figure is made of; a draw of passages weighs them.
    sums = np.array([np.bincount(passage, row) for row in (*first, *presses, characters, np.ones(len(scored)))])
    draws = _draws(sums, resamples, seed)
    shares, kspc = draws[:2] / draws[5], draws[2:4] / draws[4]

    def ranking(which: int) -> Ranking:
        right = int(first[which].sum())
        bootstrap = percentiles(shares[which])
        return Ranking(
            first=right,
            first_interval=Proportion.of(right, len(scored)).interval if right in (0, len(scored)) else bootstrap,
            presses=int(presses[which].sum()),
            kspc=float(presses[which].sum() / characters.sum()),
            kspc_interval=percentiles(kspc[which]),
        )

    return KeypadScore(
        run=run,
        split=split,
        passages=len({word.passage for word in keyed}),
        words=len(keyed),
        unknown=len(keyed) - len(scored),
        n=len(scored),
        ambiguous=sum(word.fitting > 1 for word in scored),
        vocabulary=vocabulary,
        characters=int(characters.sum()),
        by_frequency=ranking(0),
        in_context=ranking(1),
        difference=Difference(
            first_share=float(first[1].mean() - first[0].mean()),
            first_interval=percentiles(shares[1] - shares[0]),
            kspc=float((presses[1].sum() - presses[0].sum()) / characters.sum()),
            kspc_interval=percentiles(kspc[1] - kspc[0]),
            only_in_context=int((first[1] & ~first[0]).sum()),
            only_by_frequency=int((first[0] & ~first[1]).sum()),
        ),
        multitap_kspc=sum((multitap_presses(word.word) or 0) + 1 for word in scored) / int(characters.sum()),
        by_fitting=_by_fitting(scored),
        confusions=_confusions(scored),
        helped=_examples(scored, lambda word: word.in_context == 1 and word.by_frequency != 1),
        hurt=_examples(scored, lambda word: word.by_frequency == 1 and word.in_context != 1),
        resamples=resamples,
        seed=seed,
    )


def _draws(sums: np.ndarray, resamples: int, seed: int) -> np.ndarray:
    """(F, P) sums by passage → (F, resamples) sums over passages drawn again; none of a single passage."""
    passages = sums.shape[1]
    if passages < 2:
        return np.zeros((len(sums), 0))
    weights = np.random.default_rng(seed).multinomial(passages, np.full(passages, 1 / passages), size=resamples)
    return sums @ weights.T


def _by_fitting(scored: Sequence[KeyedWord]) -> tuple[ByFitting, ...]:
    """The scored words by how many words have their keys; bins without a word are left out."""
    rows = []
    for fewest, most in _BINS:
        words = [word for word in scored if fewest <= word.fitting <= (most or word.fitting)]
        if words:
            n, frequent = len(words), sum(word.by_frequency == 1 for word in words)
            likely = sum(word.in_context == 1 for word in words)
            intervals = (Proportion.of(right, n).interval for right in (frequent, likely))
            rows.append(ByFitting(fewest, most, n, frequent, likely, *intervals))
    return tuple(rows)


def _confusions(scored: Sequence[KeyedWord]) -> tuple[Confusion, ...]:
    """The digits over which the two rankings differ most often; of equally many the more frequent ones first."""
    groups: dict[str, list[KeyedWord]] = defaultdict(list)
    for word in scored:
        groups[word.digits].append(word)
    differing = Counter(word.digits for word in scored if (word.by_frequency == 1) != (word.in_context == 1))
    ordered = sorted(differing, key=lambda digits: (-differing[digits], -len(groups[digits]), digits))
    return tuple(
        Confusion(
            digits,
            groups[digits][0].first_by_frequency,
            len(groups[digits]),
            sum(word.by_frequency == 1 for word in groups[digits]),
            sum(word.in_context == 1 for word in groups[digits]),
        )
        for digits in ordered[:CONFUSED]
    )


def _examples(scored: Sequence[KeyedWord], fits: Callable[[KeyedWord], bool]) -> tuple[KeyedWord, ...]:
    """The first words that fit, no two of the same digits or the same passage."""
    examples: list[KeyedWord] = []
    digits: set[str] = set()
    passages: set[int] = set()
    for word in scored:
        if fits(word) and word.digits not in digits and word.passage not in passages:
            examples.append(word)
            digits.add(word.digits)
            passages.add(word.passage)
    return tuple(examples[:EXAMPLES])
