"""Nearest neighbours by cosine, exact: for one word, and for many rows at once."""

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from difflib import get_close_matches
from os import cpu_count

import numpy as np

from embedkit.errors import UsageError, did_you_mean, refuse_single_text, unknown, visible
from embedkit.notebook import Displayed
from embedkit.numerals import counted, shortened, with_article
from embedkit.spaces.space import EmbeddingSpace

_AT_ONCE = 4_000_000  # scores that are made and sorted at once: 16 MB of float32
_ROWS, _STRETCH = 512, 4_096  # more are made in tiles of so many rows and columns, which stay in the cache
_SCANNED = 1 << 20  # numbers of a large space that a thread multiplies at a time, straight from its file
_FEW = 16  # questions for which all vectors are gone through once rather than copied as unit vectors
_MORE = 64  # candidates beside the k best of a scan, among which rounding may have changed the order
_BUCKET = 64  # scores of which only the maximum is looked at first when the k best are sought


@dataclass(frozen=True)
class Answer:
    """A word and its cosine with what was asked for, or its score by another method."""

    word: str
    cosine: float


class Answers(tuple[Answer, ...], Displayed):
    """Answers by falling cosine."""

    __slots__ = ()

    def __repr__(self) -> str:
        entries = [f"{answer.word!r} {answer.cosine:.3f}" for answer in self[:10]]
        return ", ".join(entries + ([f"and {len(self) - 10:,} more"] if len(self) > 10 else [])) or "no answers"


def nearest(space: EmbeddingSpace, word: str, *, k: int = 10, restrict: int | None = None) -> Answers:
    """The k words whose vectors have the largest cosine with the word's own, which is left out.

    Args:
        restrict: only the first `restrict` words of the space may answer; None for all.

    Raises:
        UsageError: the word is not in the space (its nearest spellings are named), or k or restrict is below 1.
    """
    ids, cosines = neighbor_table(space, np.array(rows_of(space, [word])), k=k, restrict=restrict)
    return Answers(Answer(space.labels[i], float(c)) for i, c in zip(ids[0], cosines[0], strict=True))


def nearest_to(
    space: EmbeddingSpace,
    vector: np.ndarray,
    *,
    k: int = 10,
    restrict: int | None = None,
    excluded: Sequence[str] = (),
) -> Answers:
    """The k points whose vectors have the largest cosine with a (D,) vector; `excluded` labels are left out.

    Raises:
        UsageError: the vector has another length than the space's, or k or restrict is below 1.
    """
    among = restricted(space, restrict)
    if np.shape(vector) != (space.dimensions,):
        raise UsageError(f"a vector of shape {np.shape(vector)} in {space.name} of {space.dimensions} dimensions")
    if k < 1:
        raise UsageError(f"k is {k}; ask for at least one neighbour")
    length = float(np.linalg.norm(vector))
    query = np.asarray(vector, dtype=np.float32) / (length if length > 0 else 1)
    left_out = [row for label in excluded if (row := space.index_of(label)) is not None]
    rows, nearest_cosines = best_rows(space, query, k, among, left_out)
    pairs = zip(rows.tolist(), nearest_cosines, strict=True)
    return Answers(Answer(space.labels[i], float(cosine)) for i, cosine in pairs)


def best_rows(
    space: EmbeddingSpace, query: np.ndarray, k: int, among: int, left_out: Sequence[int] = ()
) -> tuple[np.ndarray, np.ndarray]:
    """The rows of the k largest cosines with a (D,) float32 query of length one, falling, equal ones by row; and those.

    A large space is gone through as it is kept, on all cores and without a copy, and the best are computed once more in
    double precision.

    Args:
        among: only the first so many rows.
        left_out: rows that may not answer.
    """
    if not space.large:
        cosines = space.unit[:among] @ query
        left_out = [row for row in left_out if row < among]
        cosines[left_out] = -np.inf
        rows, best = largest(cosines[None, :], min(k, among))
        finite = np.isfinite(best[0])
        return rows[0][finite], best[0][finite]
    cosines = _scan(space, query, among)
    cosines[[row for row in left_out if row < among]] = -np.inf
    candidates = np.sort(largest(cosines[None, :], min(k + _MORE, among))[0][0])
    candidates = candidates[np.isfinite(cosines[candidates])]
    exact = np.einsum("nd,d->n", space.unit_rows(candidates).astype(np.float64), query.astype(np.float64))
    order = np.argsort(-exact.astype(np.float32), kind="stable")[:k]
    return candidates[order], exact[order].astype(np.float32)


def _scan(space: EmbeddingSpace, query: np.ndarray, among: int) -> np.ndarray:
    """(among,) float32 cosines with a (D,) query of length one; a zero row has 0."""
    from threadpoolctl import threadpool_limits

    cosines = np.empty(among, dtype=np.float32)

    def fill(start: int, stop: int) -> None:
        lengths = space.norms[start:stop]
        np.matmul(space.rows(slice(start, stop)), query, out=cosines[start:stop])
        cosines[start:stop] /= np.where(lengths > 0, lengths, 1)

    # Each thread multiplies its own rows, so BLAS must not start threads of its own.
    with threadpool_limits(1, user_api="blas"):
        in_blocks(fill, among, max(_SCANNED // space.dimensions, 1))
    return cosines


def neighbor_table(
    space: EmbeddingSpace, rows: np.ndarray, *, k: int = 10, restrict: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """(R,) rows → (R, k) int32 ids of their nearest neighbours and (R, k) float32 cosines, falling.

    A row is never its own neighbour; equal cosines stand in the order of the space. Where fewer than k + 1
    words may answer there are fewer columns. A zero row has cosine 0 with every other.

    Raises:
        UsageError: k or restrict is below 1.
    """
    among = restricted(space, restrict)
    if k < 1:
        raise UsageError(f"k is {k}; ask for at least one neighbour")
    k = min(k, among - 1)
    rows = np.asarray(rows, dtype=np.int64)
    if k == 0:
        return np.empty((len(rows), 0), dtype=np.int32), np.empty((len(rows), 0), dtype=np.float32)
    if not space.large:
        # Of all rows only: among other rows products are rounded in other ways. And of all rows always, whether or not
        # their table is kept, so that the figures are the same to the bit whatever was computed before.
        if among == len(space) and np.array_equal(rows, np.arange(among)):
            return unit_table(space.unit, k)
        candidates = space.unit[:among]
        return best_columns(lambda some, stretch: space.unit[rows[some]] @ candidates[stretch].T, rows, among, k)
    if len(rows) <= _FEW:
        answers = [
            best_rows(space, query, k, among, [row]) for row, query in zip(rows, space.unit_rows(rows), strict=True)
        ]
        return np.array([ids for ids, _ in answers], dtype=np.int32), np.array([cosines for _, cosines in answers])
    queries = space.unit_rows(rows)
    return best_columns(
        lambda some, stretch: queries[some] @ space.unit_rows(slice(stretch.start, min(stretch.stop, among))).T,
        rows,
        among,
        k,
    )


def unit_table(unit: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """(N, D) float32 rows of length one → what `neighbor_table` gives for all of them.

    It is kept for the next that asks for as many neighbours of the same rows, or for fewer: with many points it is most
    of the work on a map.
    """
    if (table := kept_table(unit, k)) is None:
        table = best_columns(lambda some, stretch: unit[some] @ unit[stretch].T, np.arange(len(unit)), len(unit), k)
        for part in table:
            part.flags.writeable = False
        _kept_table[:] = [(_digest(unit), *table)]
    return table


def kept_table(unit: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray] | None:
    """What `unit_table` kept, if it is of these rows and has k neighbours; else None."""
    for digest, ids, cosines in _kept_table:
        if ids.shape[0] == len(unit) and ids.shape[1] >= k and digest == _digest(unit):
            return ids[:, :k], cosines[:, :k]
    return None


def _digest(unit: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(unit).data).hexdigest() + str(unit.shape)


_kept_table: list[tuple[str, np.ndarray, np.ndarray]] = []


def best_columns(
    scores: Callable[[slice, slice], np.ndarray], own: np.ndarray, columns: int, k: int
) -> tuple[np.ndarray, np.ndarray]:
    """The (R, k) int32 columns of each row's k largest scores, falling, equal ones by column; and those scores.

    Args:
        scores: gives the float32 scores of some rows in some columns. It is called by several threads.
        own: (R,) the column that a row may not have.
        k: less than `columns`.
    """
    ids = np.zeros((len(own), k), dtype=np.int32)
    best = np.full((len(own), k), -np.inf, dtype=np.float32)

    def tile(some: slice, stretch: slice) -> np.ndarray:
        block = scores(some, stretch)
        inside = np.flatnonzero((own[some] >= stretch.start) & (own[some] < stretch.start + block.shape[1]))
        block[inside, own[some][inside] - stretch.start] = -np.inf
        return block

    if len(own) * columns <= _AT_ONCE:
        return largest(tile(slice(0, len(own)), slice(0, columns)), k) if len(own) else (ids, best)
    from threadpoolctl import threadpool_limits

    from embedkit.analysis.top_k import take_in

    def fill(start: int, stop: int) -> None:
        for first in range(0, columns, _STRETCH):
            take_in(tile(slice(start, stop), slice(first, first + _STRETCH)), first, ids[start:stop], best[start:stop])

    # Each thread multiplies its own tiles, so BLAS must not start threads of its own.
    with threadpool_limits(1, user_api="blas"):
        in_blocks(fill, len(own), min(_ROWS, -(-len(own) // (cpu_count() or 1))))
    return ids, best


def in_blocks(work: Callable[[int, int], None], length: int, block: int) -> None:
    """Call `work(start, stop)` for consecutive blocks, on as many threads as there are cores.

    numpy lets go of the interpreter in its loops, so threads share the arrays and still run side by side.
    """
    starts = range(0, length, block)
    if len(starts) < 2:
        work(0, length)
        return
    with ThreadPoolExecutor(cpu_count()) as pool:
        for result in [pool.submit(work, start, min(start + block, length)) for start in starts]:
            result.result()


def largest(scores: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """(R, M) → (R, k) column ids of each row's k largest values, falling, equal ones by column; and those values.

    Only the few scores at or above a floor under the k-th largest value are sorted. In long rows that floor is the k-th
    largest of the maxima of disjoint buckets, in short ones the value itself.
    """
    columns = np.empty((len(scores), k), dtype=np.int32)
    whole = scores.shape[1] // _BUCKET
    if whole > 2 * k:
        maxima = scores[:, : whole * _BUCKET].reshape(len(scores), whole, _BUCKET).max(axis=2)
        floors = np.partition(maxima, whole - k, axis=1)[:, whole - k]
    else:
        floors = np.partition(scores, -k, axis=1)[:, -k]
    for row, (values, floor) in enumerate(zip(scores, floors, strict=True)):
        candidates = np.flatnonzero(values >= floor)
        order = np.argsort(-values[candidates], kind="stable")[:k]
        columns[row] = candidates[order]
    return columns, np.take_along_axis(scores, columns, axis=1)


def restricted(space: EmbeddingSpace, restrict: int | None) -> int:
    """How many words of the space may answer.

    Raises:
        UsageError: restrict is below 1.
    """
    if restrict is not None and restrict < 1:
        raise UsageError(f"restrict is {restrict}; keep at least the most frequent word, or leave it out for all")
    return len(space) if restrict is None else min(restrict, len(space))


def rows_of(space: EmbeddingSpace, words: Sequence[str]) -> list[int]:
    """The rows of these words.

    Raises:
        UsageError: one is not in the space; its nearest spellings are named. Or this is a single word.
    """
    refuse_single_text(words)
    rows = []
    for word in words:
        if not isinstance(word, str):
            what = with_article(type(word).__name__)
            raise UsageError(f"{word!r} is no {space.noun} of {space.name}, but {what}; give each as a text")
        row = space.index_of(word)
        if row is None:
            raise _unknown_word(space, word)
        rows.append(row)
    return rows


def _unknown_word(space: EmbeddingSpace, word: str) -> UsageError:
    """The error for a word that is not in the space, with its other cases, its nearest spellings or the texts that it
    stands in."""
    variants = [v for v in dict.fromkeys([word.lower(), word.capitalize(), word.upper()]) if v in space]
    if variants:
        return UsageError(f"{word!r} is not in {space.name}; {did_you_mean(variants)}")
    # A misspelling is about as long as what was meant; difflib is slow, so rare words are not searched.
    candidates = [label for label in space.labels[:50_000] if abs(len(label) - len(word)) <= 2]
    spellings = get_close_matches(word, candidates, n=3, cutoff=0.6)
    if spellings:
        return UsageError(f"{word!r} is not in {space.name}; {did_you_mean(spellings)}")
    parts = word.casefold().split()
    texts = [label for label in space.labels[:50_000] if all(part in label.casefold() for part in parts)]
    if parts and texts and len(word) > 2:
        examples = " or ".join(
            repr(visible(label) if len(label) < 100 else shortened(visible(label))) for label in texts[:3]
        )
        verb = "contains" if len(texts) == 1 else "contain"
        where = f"{shortened(word)!r} is not in {space.name}; {counted(len(texts), space.noun)} {verb} it"
        return UsageError(f"{where}: name one whole, such as {examples}")
    return unknown(f"{space.noun} of {space.name}", shortened(word), [shortened(label) for label in space.labels[:12]])
