"""3CosAdd over many questions at once: exact, block by block of the vocabulary.

The score of a word x for the question a : b :: c : ? is cos(x, b) - cos(x, a) + cos(x, c) (Mikolov et al. 2013;
the name is Levy & Goldberg's, 2014). A set of thousands of questions is made of a few hundred words, so for a
block of the vocabulary the rows of cosines of those words are one matrix product, and the scores are sums:

    pair row   cos(x, b) - cos(x, a)    one for each distinct (a, b), shared by all its questions
    word row   cos(x, c)                one for each distinct word

Most sums need not be made. The largest value of a pair row in a bucket of neighbouring columns and that of a
word row bound every score of the bucket; only buckets whose bound reaches a score already known are added up.
Rounding keeps the order (fl(x + y) never falls as x or y rises), so nothing is lost by it.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from os import cpu_count

import numpy as np
from threadpoolctl import threadpool_limits

_BLOCK = 1024  # words of the vocabulary at a time
_BUCKET = 64  # words under one bound
_QUESTIONS = 20_000  # questions at a time, which bounds the memory for sets with many distinct words
_SUMS = 1024  # buckets added up at a time: 256 KiB, within the L2 cache
_SLACK = np.float32(1e-5)  # more than two matrix products differ by in rounding


@dataclass(frozen=True, eq=False)
class Landings:
    """Where Q questions land: (Q,) rows of the vocabulary.

    `excluded` is the best word but a, b and c, as the task is always scored; -1 where there is no other word.
    `honest` is the best of all words. Of equal scores the word that stands first wins.
    """

    excluded: np.ndarray
    honest: np.ndarray


def land(unit: np.ndarray, questions: np.ndarray, *, on_questions: Callable[[int], None] | None = None) -> Landings:
    """Answer (Q, 4) questions, rows a, b, c and the expected d of a vocabulary of (V, D) float32 unit rows.

    The expected word is only a hint that saves work: its score is one that the best must reach.

    Args:
        on_questions: called with the number of questions answered since the last call.
    """
    excluded = np.empty(len(questions), dtype=np.int64)
    honest = np.empty(len(questions), dtype=np.int64)
    for start in range(0, len(questions), _QUESTIONS):
        part = slice(start, start + _QUESTIONS)
        excluded[part], honest[part] = _land(unit, questions[part])
        if on_questions:
            on_questions(len(questions[part]))
    return Landings(excluded, honest)


def _land(unit: np.ndarray, questions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    words, flat = np.unique(questions, return_inverse=True)
    a, b, c, d = flat.reshape(questions.shape).T
    pairs, pair = np.unique(a * len(words) + b, return_inverse=True)
    task = _Task(unit, words, pairs // len(words), pairs % len(words), pair, c)
    gram = unit[words] @ unit[words].T

    def score(x: np.ndarray) -> np.ndarray:
        return gram[b, x] - gram[a, x] + gram[c, x]

    hinted = (d != a) & (d != b) & (d != c)
    floor = np.where(hinted, score(d) - _SLACK, -np.inf).astype(np.float32)
    value = np.full(len(questions), -np.inf, dtype=np.float32)
    best = np.full(len(questions), -1, dtype=np.int64)
    # Each thread multiplies its own block, so BLAS must not start threads of its own.
    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(cpu_count()) as pool:
        starts = range(0, len(unit), _BLOCK)
        for asked, reached, place in pool.map(lambda start: task.best_of_block(start, floor), starts):
            # Blocks come back in order, so an equal score later on does not displace an earlier word.
            better = reached > value[asked]
            asked, reached = asked[better], reached[better]
            value[asked], best[asked] = reached, place[better]
            floor[asked] = np.maximum(floor[asked], reached)
    return best, _honest(words, [(value, best)] + [(score(x), words[x]) for x in (a, b, c)])


@dataclass(frozen=True, eq=False)
class _Task:
    """Questions as numbers: `words` (W,) rows of the vocabulary; the distinct pairs (`first`, `second`) (P,) and
    of each question its `pair` and `third` (Q,), all of them numbers of words or pairs."""

    unit: np.ndarray
    words: np.ndarray
    first: np.ndarray
    second: np.ndarray
    pair: np.ndarray
    third: np.ndarray

    def best_of_block(self, start: int, floor: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The questions whose best word in this block reaches their floor, its score, and its row."""
        word_rows, pair_rows = self._rows(start)
        buckets = word_rows.shape[1] // _BUCKET
        word_rows, pair_rows = word_rows.reshape(-1, _BUCKET), pair_rows.reshape(-1, _BUCKET)
        bound = pair_rows.max(axis=1).reshape(-1, buckets)[self.pair]
        bound += word_rows.max(axis=1).reshape(-1, buckets)[self.third]
        asked, bucket = np.divmod(np.flatnonzero(bound >= floor[:, None]), buckets)
        of_pair, of_word = self.pair[asked] * buckets + bucket, self.third[asked] * buckets + bucket
        score = np.empty(len(asked), dtype=np.float32)
        place = np.empty(len(asked), dtype=np.int64)
        for begin in range(0, len(asked), _SUMS):
            part = slice(begin, begin + _SUMS)
            sums = pair_rows.take(of_pair[part], axis=0)
            sums += word_rows.take(of_word[part], axis=0)
            inside = sums.argmax(axis=1)
            score[part] = sums[np.arange(len(sums)), inside]
            place[part] = inside
        place += start + bucket * _BUCKET
        return _first_largest(asked, score, place)

    def _rows(self, start: int) -> tuple[np.ndarray, np.ndarray]:
        """Word rows (W, columns) and pair rows (P, columns) over the block that starts here.

        The words of a question are put out of reach, as are the columns that fill up the last bucket.
        """
        block = self.unit[start : start + _BLOCK]
        word_rows = self.unit[self.words] @ block.T
        if len(block) % _BUCKET:
            word_rows = np.pad(word_rows, ((0, 0), (0, -len(block) % _BUCKET)))
        pair_rows = word_rows.take(self.second, axis=0)
        pair_rows -= word_rows.take(self.first, axis=0)
        column = self.words - start
        inside = (column >= 0) & (column < len(block))
        for end in (self.first, self.second):
            rows = np.flatnonzero(inside[end])
            pair_rows[rows, column[end[rows]]] = -np.inf
        word_rows[np.flatnonzero(inside), column[inside]] = -np.inf
        word_rows[:, len(block) :] = -np.inf
        return word_rows, pair_rows


def _first_largest(
    asked: np.ndarray, score: np.ndarray, place: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each question the largest score and the first place that has it, where any word was within reach.

    Questions stand together and their places rise.
    """
    begins = np.flatnonzero(np.diff(asked, prepend=-1))
    if not len(begins):
        return asked, score, place
    largest = np.maximum.reduceat(score, begins)
    lengths = np.diff(begins, append=len(asked))
    place = np.minimum.reduceat(np.where(score == largest.repeat(lengths), place, np.iinfo(np.int64).max), begins)
    found = largest > -np.inf
    return asked[begins][found], largest[found], place[found]


def _honest(words: np.ndarray, candidates: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Of several (scores, rows) the row with the largest score, of equal ones the lowest row."""
    score, best = candidates[0]
    for other, row in candidates[1:]:
        wins = (other > score) | ((other == score) & (row < best))
        score, best = np.where(wins, other, score), np.where(wins, row, best)
    return best
