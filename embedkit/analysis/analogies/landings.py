"""Where analogy questions land, by every method: exact, over the whole vocabulary, block by block.

A question is a : a′ :: b : ?. Every method scores all words x of the vocabulary; the best word but a, a′ and b is its
answer. What it would answer with nothing excluded, and the rank that the right answer has then, come with it, since the
exclusion hides how often the best word is b itself (Linzen 2016; Rogers, Drozd & Li 2017).

All methods answer the same questions with the same words excluded. A block of the vocabulary is multiplied with the
few hundred words of the questions once (block_rows.py); a compiled loop then puts two rows together for each
question and method (kernels.py).
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from os import cpu_count
from queue import SimpleQueue

import numpy as np
from threadpoolctl import threadpool_limits

from embedkit.analysis.analogies.block_rows import BlockRows, Operands
from embedkit.analysis.analogies.coverage import CoveredQuestions
from embedkit.analysis.analogies.lrcos import OtherPairs, teachers_of
from embedkit.analysis.analogies.methods import METHODS, AnalogyMethod, Form
from embedkit.errors import UsageError, unknown
from embedkit.progress import Progress, no_progress

__all__ = ["Landings", "land"]

_BLOCK = 1024  # words of the vocabulary at a time: the rows of a category's words stay in the L2 cache
_THREADS = 8  # at most; each holds some ten rows over a block for each word of the questions
_QUESTIONS = 4096  # at a time where a (Q, D) array in double precision is made


@dataclass(frozen=True, eq=False)
class Landings:
    """Where Q questions land, as (Q,) rows of the vocabulary. Of equal scores the word that stands first wins.

    `best` is the best word but a, a′ and b, -1 where there is none. `honest` is the best of all words, -1 where none
    has a score. `rank` is that of the best-ranked right answer with nothing excluded; 1 is first.
    """

    best: np.ndarray
    honest: np.ndarray
    rank: np.ndarray


def land(
    unit: np.ndarray,
    vectors: np.ndarray,
    questions: CoveredQuestions,
    *,
    methods: Sequence[str] | None = None,
    seed: int = 0,
    progress: Progress = no_progress,
) -> dict[str, Landings]:
    """Answer all questions by each of the methods.

    The first call on a machine compiles the loop, which takes some seconds; it is kept on the disk.

    Args:
        unit, vectors: (V, D) float32, the words that may answer: unit vectors, and the same at their lengths.
        methods: names out of `METHODS`, by default all.
        seed: of what a method draws, as LRCos its random words.
        progress: called with the share of the work that is done, which rises to 1.

    Raises:
        UsageError: a method is unknown, the two arrays differ in shape, or a word of a pair is not among them.
    """
    names = tuple(dict.fromkeys(METHODS if methods is None else methods))
    for name in names:
        if name not in METHODS:
            raise unknown("analogy method", name, METHODS)
    if unit.ndim != 2 or unit.shape != vectors.shape:
        raise UsageError(f"unit vectors of shape {unit.shape}, vectors of {vectors.shape}; give the same words twice")
    last = max(int(rows.max(initial=-1)) for rows in (questions.source, questions.targets))
    if last >= len(unit):
        raise UsageError(f"a pair has word {last} of a vocabulary of {len(unit)}; leave out pairs that are not covered")
    if not len(questions):
        return {name: Landings(*(np.empty(0, dtype=np.int64) for _ in range(3))) for name in names}

    task = _Questions(unit, vectors, questions)
    table = [METHODS[name] for name in names]
    fits = len(task.query_pairs) * sum(method.learnt is not None and method.learnt.stepwise for method in table)
    steps = _Steps(fits + len(task.starts), progress)
    # Each thread multiplies its own block, so BLAS must not start threads of its own.
    with threadpool_limits(1, user_api="blas"):
        operands = task.operands(table, seed, steps.take)
        scorings = [task.scoring(method.form) for method in table]
        task.expect(operands, scorings)
        standings = task.sweep(operands, scorings, steps.take)
    return {name: task.landings(of) for name, of in zip(names, standings, strict=True)}


class _Steps:
    """Steps of equal work, of which each one that is taken is passed on as a share of all."""

    def __init__(self, steps: int, progress: Progress) -> None:
        self.steps, self.progress, self.done = steps, progress, 0

    def take(self) -> None:
        self.done += 1
        self.progress(self.done / self.steps)


@dataclass(frozen=True, eq=False)
class _Scoring:
    """How one method scores Q questions.

    Attributes:
        left_of, right_of: (Q,) numbers of each question's rows.
        centre: (Q,) float32.
        expected, target: (Q,) the score of the right answer that ranks best, and its word; `expect` fills them in.
    """

    form: Form
    left_of: np.ndarray
    right_of: np.ndarray
    centre: np.ndarray
    expected: np.ndarray
    target: np.ndarray

    def rows(self, rows: BlockRows) -> tuple[np.ndarray, np.ndarray, np.float32]:
        """The left and the right rows, and the sign; where there is no left row its factor is 0."""
        right = rows[self.form.right]
        if self.form.left is None:
            return right, right, np.float32(0)
        return rows[self.form.left], right, np.float32(self.form.sign)

    def tops(self, right: np.ndarray) -> np.ndarray:
        """What no score made with each right row is above, where that row alone is the score."""
        if self.form.left is None:
            return right.max(axis=1)
        return np.full(len(right), np.inf, dtype=np.float32)

    def expect(self, rows: BlockRows, question: np.ndarray, column: np.ndarray, word: np.ndarray) -> None:
        """Take in right answers, whose words stand at columns of a block, where they rank better than those so far.

        Args:
            question, column, word: (C,) of each answer; a question can have several.
        """
        left, right, sign = self.rows(rows)
        first, second = left[self.left_of[question], column], right[self.right_of[question], column]
        score = (first - self.centre[question]) * second if self.form.product else sign * first + second
        score[np.isnan(score)] = -np.inf
        # The largest score of each question, of equal ones the first word.
        ranked = np.lexsort((word, -score, question))
        top = ranked[np.flatnonzero(np.diff(question[ranked], prepend=-1))]
        expected, target = self.expected[question[top]], self.target[question[top]]
        top = top[(score[top] > expected) | ((score[top] == expected) & (word[top] < target))]
        self.expected[question[top]], self.target[question[top]] = score[top], word[top]


@dataclass(frozen=True, eq=False)
class _Standings:
    """Of each of Q questions the best words over the blocks so far, as in `kernels.sweep`, which brings them up to
    date."""

    best_score: np.ndarray
    best: np.ndarray
    honest_score: np.ndarray
    honest: np.ndarray
    ahead: np.ndarray

    @classmethod
    def empty(cls, questions: int) -> "_Standings":
        scores = [np.full(questions, -np.inf, dtype=np.float32) for _ in range(2)]
        words = [np.full(questions, -1, dtype=np.int64) for _ in range(2)]
        return cls(scores[0], words[0], scores[1], words[1], np.zeros(questions, dtype=np.int64))

    def add(self, other: "_Standings") -> None:
        """Take in the standings over other blocks."""
        for score, word, its_score, its_word in (
            (self.best_score, self.best, other.best_score, other.best),
            (self.honest_score, self.honest, other.honest_score, other.honest),
        ):
            wins = (its_score > score) | ((its_score == score) & (its_word < word))
            score[wins], word[wins] = its_score[wins], its_word[wins]
        self.ahead[:] += other.ahead


class _Questions:
    """Questions in the order of the loop, their words, example pairs and query pairs numbered."""

    def __init__(self, unit: np.ndarray, vectors: np.ndarray, questions: CoveredQuestions) -> None:
        self.unit, self.vectors, self.questions = unit, vectors, questions
        self.starts = range(0, len(unit), _BLOCK)
        # Questions of one example pair stand together, so that its row stays in the L1 cache.
        self.order = np.lexsort((questions.query, questions.example))
        self.excluded = np.column_stack([questions.a, questions.a2, questions.b])[self.order]
        self.answers = questions.answers[self.order]
        self.words, flat = np.unique(self.excluded, return_inverse=True)
        a, a2, b = flat.reshape(self.excluded.shape).T
        pairs, pair = np.unique(a * len(self.words) + a2, return_inverse=True)
        self.pairs = np.column_stack(np.divmod(pairs, len(self.words)))
        self.query_pairs, query = np.unique(questions.query[self.order], return_inverse=True)
        self.number = {"pair": pair, "a2": a2, "b": b, "query": query}

    def operands(self, methods: Sequence[AnalogyMethod], seed: int, step: Callable[[], None]) -> Operands:
        """What the rows are made of, with what the methods learn from other pairs."""
        questions = self.questions
        source, targets, category = questions.source, questions.targets, questions.category
        teachers = teachers_of(source, targets, category, self.query_pairs)
        pairs = OtherPairs(self.unit, self.vectors, source, targets, category, self.query_pairs, teachers, seed, step)
        learners = dict.fromkeys(method.learnt for method in methods)
        return Operands(
            unit=self.unit,
            lengths=np.sqrt(np.einsum("vd,vd->v", self.vectors, self.vectors)),
            words=self.words,
            pairs=self.pairs,
            query_words=np.searchsorted(self.words, source[self.query_pairs]),
            learnt={learner: learner.learn(pairs) for learner in learners if learner is not None},
        )

    def scoring(self, form: Form) -> _Scoring:
        """How a method of this form scores the questions, without the right answers' scores."""
        questions = len(self.excluded)
        return _Scoring(
            form=form,
            left_of=self.number[form.left_of if form.left else form.right_of],
            right_of=self.number[form.right_of],
            centre=self._centre(form.centred),
            expected=np.full(questions, -np.inf, dtype=np.float32),
            target=np.full(questions, len(self.unit), dtype=np.int64),
        )

    def _centre(self, of: str | None) -> np.ndarray:
        """(Q,) float32 b · (a′ - a) of the unit or the raw vectors."""
        centres = np.zeros(len(self.excluded), dtype=np.float32)
        if of is not None:
            vectors = self.unit if of == "unit" else self.vectors
            for start in range(0, len(centres), _QUESTIONS):
                part = slice(start, start + _QUESTIONS)
                a, a2, b = (vectors[words].astype(np.float64) for words in self.excluded[part].T)
                centres[part] = np.einsum("qd,qd->q", b, a2 - a)
        return centres

    def expect(self, operands: Operands, scorings: Sequence[_Scoring]) -> None:
        """Score all right answers by each method, gathered into blocks of their own, and keep each question's best."""
        question, place = np.nonzero(self.answers >= 0)
        answer = self.answers[question, place]
        columns, column = np.unique(answer, return_inverse=True)
        by_column = np.argsort(column, kind="stable")
        edges = np.searchsorted(column[by_column], np.arange(0, len(columns) + _BLOCK, _BLOCK))
        for start, low, high in zip(range(0, len(columns), _BLOCK), edges, edges[1:], strict=False):
            rows = BlockRows(operands, columns[start : start + _BLOCK])
            cells = by_column[low:high]
            q, x, word = question[cells], column[cells] - start, answer[cells]
            for scoring in scorings:
                scoring.expect(rows, q, x, word)

    def sweep(self, operands: Operands, scorings: Sequence[_Scoring], on_block: Callable[[], None]) -> list[_Standings]:
        """Take every method over the whole vocabulary, on as many threads as there are cores."""
        from embedkit.analysis.analogies.kernels import sweep

        threads = min(cpu_count() or 1, _THREADS, len(self.starts))
        lower = [np.nextafter(scoring.expected, np.float32(-np.inf)) for scoring in scorings]
        # A thread takes what is free, so blocks reach it in any order: the best words do not depend on it.
        free: SimpleQueue[list[_Standings]] = SimpleQueue()
        by_thread = [[_Standings.empty(len(self.excluded)) for _ in scorings] for _ in range(threads)]
        for standings in by_thread:
            free.put(standings)

        def go_over(start: int) -> None:
            standings = free.get()
            rows = BlockRows(operands, slice(start, start + _BLOCK))
            for of, below, into in zip(scorings, lower, standings, strict=True):
                left, right, sign = of.rows(rows)
                sweep(
                    *(left, right, of.tops(right), of.left_of, of.right_of, sign, of.centre, of.form.product),
                    *(start, self.excluded, of.expected, below, of.target),
                    *(into.best_score, into.best, into.honest_score, into.honest, into.ahead),
                )
            free.put(standings)

        with ThreadPoolExecutor(threads) as pool:
            for _ in pool.map(go_over, self.starts):
                on_block()
        for standings in by_thread[1:]:
            for into, other in zip(by_thread[0], standings, strict=True):
                into.add(other)
        return by_thread[0]

    def landings(self, standings: _Standings) -> Landings:
        """Where the questions land, in the order in which they came."""
        back = np.argsort(self.order, kind="stable")
        return Landings(standings.best[back], standings.honest[back], standings.ahead[back] + 1)
