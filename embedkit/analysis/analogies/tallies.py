"""Right and wrong answers of a space by method and category: the figures and intervals of its score sheet."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from embedkit.analysis.analogies.answer_sheet import AnswerSheet, hits
from embedkit.analysis.analogies.coverage import Coverage
from embedkit.analysis.analogies.questions import AnalogySet
from embedkit.analysis.analogies.score_sheet import BASELINE, COSINE, RANK, CategoryScore, MethodScore, PartScore
from embedkit.analysis.intervals import Estimate, PairedOutcomes, estimate

RANKS = (1_000, 3_000, 10_000, 30_000, 100_000)
"""Where answers are parted by how frequent they are: their rank in the space."""
PARTS = 4
"""How many parts, of equally many questions each, there are by the cosine of b and b′."""


class Tallies:
    """Right and wrong of every method, question by question, in the shapes that scores and intervals need."""

    def __init__(self, answers: AnswerSheet) -> None:
        self.answers = answers
        self.methods = tuple(answers.landings)
        self.right = by_draw([answers.right(method) for method in self.methods])
        self.gain = self.right - self.right[:, [self.methods.index(BASELINE)]]

    def categories(self, rows: np.ndarray) -> list[PairedOutcomes]:
        """(S, 2M, Q) accuracies and gains over the covered questions, by category."""
        coverage = self.answers.coverage
        lowest = np.repeat([0, -1], len(self.methods))
        return paired(self.answers.question_set, coverage, coverage.mask, rows, lowest)

    def strict(self) -> list[PairedOutcomes]:
        """(S, M, T) over all questions: the uncovered ones are wrong."""
        coverage = self.answers.coverage
        mask = coverage.mask
        rows = np.zeros((*self.right.shape[:2], len(mask)))
        rows[:, :, mask] = self.right
        return paired(self.answers.question_set, coverage, np.ones_like(mask), rows, lowest=0)

    def category(
        self, name: str, number: int | None, covered: Sequence[Estimate] | None, strict: Sequence[Estimate] | None
    ) -> CategoryScore:
        """A row of the sheet; `number` is that of a category, None for all questions."""
        coverage, categories = self.answers.coverage, self.answers.question_set.categories
        own = categories if number is None else (categories[number],)
        part = slice(None) if number is None else coverage.covered_parts[number]
        counts = coverage.covered_pairs
        return CategoryScore(
            name=name,
            covered=self.right[0, 0, part].size,
            total=sum(len(category.questions) for category in own),
            covered_pairs=sum(counts) if number is None else counts[number],
            pairs=sum(len(category.pairs) for category in own),
            chance=self._chance(part),
            methods=tuple(
                self._method(i, part, covered[i], covered[len(self.methods) + i], strict[i])
                for i in range(len(self.methods))
                if covered and strict
            ),
            consistency=None if number is None else self.answers.consistencies[number],
        )

    def _method(self, i: int, part: slice, accuracy: Estimate, gain: Estimate, strict: Estimate) -> MethodScore:
        questions, landings = self.answers.questions, self.answers.landings[self.methods[i]]
        honest = np.array([each.honest[part] for each in landings])
        draws = len(honest)
        a, a2, b = (float((honest == words[part]).sum()) / draws for words in (questions.a, questions.a2, questions.b))
        answers = questions.answers[part]
        right = self.right[:draws, i, part].sum(axis=1)
        return MethodScore(
            method=self.methods[i],
            correct=float(right.mean()),
            accuracy=accuracy,
            gain=None if self.methods[i] == BASELINE else gain,
            strict=strict,
            honest_correct=sum(float(hits(each, answers).sum()) for each in honest) / draws,
            honest_query=(a, a2, b),
            median_rank=float(np.median([each.rank[part] for each in landings])),
            by_draw=tuple((right / right_of).tolist()) if draws > 1 and (right_of := len(answers)) else (),
        )

    def _chance(self, part: slice) -> float | None:
        """The mean share of right answers among the words that may answer."""
        questions = self.answers.questions
        excluded = np.stack([questions.a, questions.a2, questions.b], axis=1)[part]
        if not len(excluded):
            return None
        answers = questions.answers[part]
        impossible = (answers[:, :, None] == excluded[:, None, :]).any(axis=2) | (answers < 0)
        distinct = np.array([len(set(row)) for row in excluded.tolist()])
        return float(((~impossible).sum(axis=1) / np.maximum(self.answers.vocabulary - distinct, 1)).mean())


def by_draw(outcomes: Sequence[np.ndarray]) -> np.ndarray:
    """(S, Q) outcomes of each of M methods, S being 1 where nothing is drawn → (S, M, Q) float64 of the most draws."""
    draws = max((len(rows) for rows in outcomes), default=1)
    return np.stack([np.broadcast_to(rows.astype(float), (draws, rows.shape[1])) for rows in outcomes], axis=1)


def paired(
    question_set: AnalogySet, coverage: Coverage, mask: np.ndarray, rows: np.ndarray, lowest: np.ndarray | int
) -> list[PairedOutcomes]:
    """(S, M, Q) outcomes of the Q questions of the (T,) mask, by category; only the pairs of these are numbered."""
    outcomes, begin = [], 0
    for category, part in zip(question_set.categories, coverage.parts, strict=True):
        ends = np.array(category.questions, dtype=np.int64).reshape(-1, 2)[mask[part]]
        pairs, numbers = np.unique(ends, return_inverse=True)
        named = [category.pairs[pair] for pair in pairs.tolist()]
        numbers = numbers.reshape(ends.shape)
        outcomes.append(
            PairedOutcomes(
                example=numbers[:, 0],
                query=numbers[:, 1],
                pairs=len(pairs),
                outcomes=rows[..., begin : begin + len(ends)],
                lowest=lowest,
                clusters=clusters_of([(pair.source, pair.targets[0]) for pair in named]),
            )
        )
        begin += len(ends)
    return outcomes


def clusters_of(pairs: Sequence[tuple[str, str]]) -> np.ndarray:
    """(P,) the numbers of the clusters of pairs that hang together by shared words, such as cities by their state."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    number: dict[str, int] = {}
    words = np.array([[number.setdefault(word, len(number)) for word in pair] for pair in pairs], dtype=np.int64)
    if not len(words):
        return np.empty(0, dtype=np.int64)
    links = coo_array((np.ones(len(words)), words.T), shape=(len(number), len(number)))
    _, clusters = connected_components(links, directed=False)
    return np.unique(clusters[words[:, 0]], return_inverse=True)[1]


def part_scores(answers: AnswerSheet, tallies: Tallies) -> tuple[PartScore, ...]:
    """Accuracies by the cosine of b and b′, in parts of equally many questions, and by the answer's rank."""
    if not len(answers.rank):
        return ()
    edges = np.unique(np.quantile(answers.cosine, np.linspace(0, 1, PARTS + 1)))
    inside = sum(rank < answers.vocabulary for rank in RANKS)
    ranks = [0, *RANKS[: inside + 1], *([answers.vocabulary] if inside == len(RANKS) else [])]
    bins: list[tuple[str, float, float, np.ndarray]] = []
    for i, (low, high) in enumerate(pairwise(edges.tolist())):
        above = (answers.cosine > low) | (i == 0)
        bins.append((COSINE, low, high, above & (answers.cosine <= high)))
    for low, high in pairwise(ranks):
        bins.append((RANK, low + 1, high, (answers.rank > low) & (answers.rank <= high)))
    coverage = answers.coverage
    scores = []
    for by, low, high, members in bins:
        mask = coverage.mask.copy()
        mask[coverage.mask] = members
        rows = paired(answers.question_set, coverage, mask, tallies.right[:, :, members], lowest=0)
        micro = estimate(rows).micro
        if micro:
            accuracy = dict(zip(tallies.methods, micro, strict=True))
            scores.append(PartScore(by, low, high, int(members.sum()), accuracy))
    return tuple(scores)
