"""How often a language model finds the good sentence of a minimal pair likelier, by phenomenon and field.

As in BLiMP (Warstadt et al. 2020) the good sentence has to be strictly likelier. Two sentences that are the same tokens
to the model, as where the words that differ are both unknown to it, are equally likely to the bit: a tie, which is not
right. Chance is therefore one half of what is no tie.

References:
    Warstadt et al. 2020, BLiMP: The Benchmark of Linguistic Minimal Pairs for English. TACL 8.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from embedkit.analysis.intervals import Interval, percentiles
from embedkit.analysis.proportion import Proportion
from embedkit.runs.artefacts import RUN_NAME, Artefact
from embedkit.tasks.language_model.minimal_pairs.pairs import MinimalPair, MinimalPairSet

CHANCE = 0.5
FEWEST_PARADIGMS = 10
"""With fewer there is no interval over them."""
RESAMPLES = 2_000


@dataclass(frozen=True)
class GroupScore:
    """The pairs of a phenomenon, a field, a paradigm, or all.

    Attributes:
        right: those whose good sentence is the likelier one; its interval is over pairs, as if they were independent.
        ties: those whose sentences are equally likely.
        unknown: those with a word that the model does not know, in one of the sentences or in both.
        known: the right ones of the others; None where there are none.
        example: the first pair of the group, the good sentence first.
    """

    name: str
    right: Proportion
    ties: int
    unknown: int
    known: Proportion | None
    example: tuple[str, str]


@dataclass(frozen=True)
class MinimalPairScore:
    """A language model on a set of minimal pairs.

    Attributes:
        pairs: the name of the set.
        source: where it was read, as it was named; `checksum` is of that file.
        all: every pair.
        over_paradigms: the 95 % interval of the mean accuracy of paradigms, by a bootstrap over them; None where there
            are fewer than FEWEST_PARADIGMS.
        fields, phenomena, paradigms: by name; those of pairs that name none are left out.
    """

    run: str = field(metadata=RUN_NAME)
    pairs: str
    source: str
    checksum: str
    all: GroupScore
    over_paradigms: Interval | None
    fields: tuple[GroupScore, ...]
    phenomena: tuple[GroupScore, ...]
    paradigms: tuple[GroupScore, ...]


SCORES = Artefact("minimal-pairs", MinimalPairScore, "score of minimal pairs")
"""A score a set, under the set's name."""


def minimal_pair_score(
    pairs: MinimalPairSet, good: np.ndarray, bad: np.ndarray, unknown: np.ndarray, *, run: str, source: str
) -> MinimalPairScore:
    """The figures of N pairs.

    Args:
        good, bad: (N,) nats of the sentences.
        unknown: (N,) whether a word of the pair is out of vocabulary.
    """
    right, ties = good < bad, good == bad

    def group(name: str, rows: np.ndarray) -> GroupScore:
        known = rows[~unknown[rows]]
        first = pairs.pairs[rows[0]]
        return GroupScore(
            name=name,
            right=Proportion.of(int(right[rows].sum()), len(rows)),
            ties=int(ties[rows].sum()),
            unknown=int(unknown[rows].sum()),
            known=Proportion.of(int(right[known].sum()), len(known)) if len(known) else None,
            example=(first.good, first.bad),
        )

    def groups(name_of: Callable[[MinimalPair], str]) -> tuple[GroupScore, ...]:
        rows: dict[str, list[int]] = {}
        for row, pair in enumerate(pairs.pairs):
            rows.setdefault(name_of(pair), []).append(row)
        return tuple(group(name, np.array(rows[name])) for name in sorted(rows) if name)

    paradigms = groups(lambda pair: pair.paradigm)
    return MinimalPairScore(
        run=run,
        pairs=pairs.name,
        source=source,
        checksum=pairs.checksum,
        all=group("all", np.arange(len(pairs))),
        over_paradigms=_over(paradigms),
        fields=groups(lambda pair: pair.field),
        phenomena=groups(lambda pair: pair.phenomenon),
        paradigms=paradigms,
    )


def _over(paradigms: tuple[GroupScore, ...]) -> Interval | None:
    if len(paradigms) < FEWEST_PARADIGMS:
        return None
    shares = np.array([paradigm.right.share for paradigm in paradigms])
    return percentiles(np.random.default_rng(0).choice(shares, (RESAMPLES, len(shares))).mean(axis=1))
