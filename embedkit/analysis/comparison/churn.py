"""One space over its training: how its neighbourhoods change from snapshot to snapshot, and what it can do at each."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from embedkit.analysis.comparison.cka import Cka, cka
from embedkit.analysis.comparison.wordwise import WordMean, word_mean
from embedkit.analysis.intervals import Interval
from embedkit.analysis.neighbors import neighbor_table
from embedkit.analysis.overlap import chance_jaccard, jaccards
from embedkit.errors import UsageError
from embedkit.progress import Progress, no_progress
from embedkit.spaces.space import EmbeddingSpace

if TYPE_CHECKING:
    from embedkit.analysis.analogies.questions import AnalogySet

FREQUENT = 5_000
"""So many words are followed, the most frequent."""
FEWEST = 20


class SpaceInTime(Protocol):
    """A space, and when in the training it was as it is: after how many steps and tokens, and what share of all."""

    @property
    def step(self) -> int: ...
    @property
    def tokens_seen(self) -> int: ...
    @property
    def share(self) -> float: ...
    @property
    def space(self) -> EmbeddingSpace: ...


@dataclass(frozen=True)
class AnalogyShare:
    """The share of the covered questions that the headline method answers, with its interval over word pairs."""

    accuracy: float
    interval: Interval | None
    covered: int
    total: int


@dataclass(frozen=True)
class SnapshotFigures:
    """A snapshot beside the next one and beside the last.

    Attributes:
        to_next, to_last: neighbour churn, 1 − the mean Jaccard index of each word's k nearest; None for the last.
        cka_to_last: of the followed words; None for the last.
        analogies: None without questions, or where none is covered.
    """

    step: int
    tokens_seen: int
    share: float
    to_next: WordMean | None
    to_last: WordMean | None
    cka_to_last: Cka | None
    analogies: AnalogyShare | None


@dataclass(frozen=True)
class OverTraining:
    """A space over its training.

    Attributes:
        words: followed, the most frequent, whose neighbours are among themselves.
        churn_chance: churn between two snapshots whose labels are shuffled.
        questions: the name of the question set; empty without one.
        restrict: analogies are answered among the first so many words.
    """

    space: str
    words: int
    k: int
    churn_chance: float
    questions: str
    restrict: int | None
    snapshots: tuple[SnapshotFigures, ...]
    resamples: int
    seed: int


def over_training(
    name: str,
    snapshots: Iterable[SpaceInTime],
    *,
    frequent: int | None = FREQUENT,
    k: int = 10,
    questions: "AnalogySet | None" = None,
    restrict: int | None = None,
    resamples: int = 1000,
    seed: int = 0,
    progress: Progress = no_progress,
) -> OverTraining:
    """Follow a space through snapshots of the same labels, the earliest first.

    Args:
        frequent: follow the first so many words; None for all.
        questions: analogies that each snapshot answers.
        restrict: among the first so many words; None for all.

    Raises:
        UsageError: there are fewer than two snapshots, or too few words for k neighbours.
    """
    heads: list[EmbeddingSpace] = []
    tables: list[np.ndarray] = []
    times: list[tuple[int, int, float]] = []
    analogies: list[AnalogyShare | None] = []
    for snapshot in snapshots:
        head = snapshot.space.head(frequent or len(snapshot.space))
        if k < 1 or len(head) < max(FEWEST, 2 * k + 1):
            raise UsageError(f"{name}: {len(head)} words are too few to compare {k} neighbours of each")
        progress(None, f"step {snapshot.step:,}: neighbours of {len(head):,} words")
        tables.append(neighbor_table(head, np.arange(len(head)), k=k)[0])
        heads.append(head)
        times.append((snapshot.step, snapshot.tokens_seen, snapshot.share))
        if questions is not None:
            progress(None, f"step {snapshot.step:,}: analogies")
        analogies.append(None if questions is None else _analogies(snapshot.space, questions, restrict, seed))
    if len(heads) < 2:
        raise UsageError(f"{name}: {len(heads)} snapshots; a course needs two or more")

    def churn(one: int, other: int) -> WordMean:
        return word_mean(1 - jaccards(tables[one], tables[other]), resamples=resamples, seed=seed)

    last = len(heads) - 1
    figures = tuple(
        SnapshotFigures(
            *times[number],
            to_next=None if number == last else churn(number, number + 1),
            to_last=None if number == last else churn(number, last),
            cka_to_last=None if number == last else cka(heads[number].unit, heads[last].unit, seed=seed),
            analogies=analogies[number],
        )
        for number in range(len(heads))
    )
    return OverTraining(
        space=name,
        words=len(heads[0]),
        k=k,
        churn_chance=1 - chance_jaccard(len(heads[0]), k),
        questions="" if questions is None else questions.name,
        restrict=restrict,
        snapshots=figures,
        resamples=resamples,
        seed=seed,
    )


def _analogies(space: EmbeddingSpace, questions: "AnalogySet", restrict: int | None, seed: int) -> AnalogyShare | None:
    from embedkit.analysis.analogies.score_sheet import HEADLINE
    from embedkit.analysis.analogies.scoring import score

    sheet = score(space, questions, restrict=restrict, methods=[HEADLINE], seed=seed)
    row = sheet.micro.by(HEADLINE)
    if row is None:
        return None
    return AnalogyShare(row.accuracy.value, row.accuracy.interval, sheet.micro.covered, sheet.micro.total)
