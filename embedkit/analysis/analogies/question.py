"""One question, a is to a′ as b is to what, ranked by any method that needs no other pairs of its category."""

import numpy as np

from embedkit.analysis.analogies.block_rows import BlockRows, Operands
from embedkit.analysis.analogies.expressions import AnalogyAnswer
from embedkit.analysis.analogies.methods import METHODS, Form
from embedkit.analysis.neighbors import Answer, Answers, largest, restricted, rows_of
from embedkit.config import RESTRICT
from embedkit.errors import UsageError, unknown
from embedkit.spaces.space import EmbeddingSpace

_BLOCK = 20_000  # words whose double-precision copies are held at a time


def alone() -> tuple[str, ...]:
    """The methods that answer a question by itself; others learn from the other pairs of its category."""
    return tuple(name for name, method in METHODS.items() if method.alone)


def solve_by(
    space: EmbeddingSpace, a: str, a2: str, b: str, *, method: str, k: int = 10, restrict: int | None = RESTRICT
) -> AnalogyAnswer:
    """Rank words by a method's score, a, a′ and b excluded, and the honest ranking beside it.

    The three may come from the whole space; only the first `restrict` may answer. A score is the method's own, which
    need not be a cosine; what has none, such as x = b by PairDirection, is left out.

    Raises:
        UsageError: a word or the method is unknown, or the method needs a category of pairs, or k is below 1.
    """
    if method not in METHODS:
        raise unknown("analogy method", method, METHODS)
    if not METHODS[method].alone:
        raise UsageError(f"{method} learns from other pairs of a category; of one question take {', '.join(alone())}")
    if k < 1:
        raise UsageError(f"k is {k}; ask for at least one answer")
    among = restricted(space, restrict)
    words = np.array(rows_of(space, [a, a2, b]))
    scores = _scores(space, words, among, METHODS[method].form)
    ranked = largest(scores[None, :], min(k + 3, among))[0][0]
    ranked = ranked[np.isfinite(scores[ranked])]
    answers = ranked[~np.isin(ranked, words)]

    def answers_of(rows: np.ndarray) -> Answers:
        return Answers(Answer(space.labels[row], float(scores[row])) for row in rows[:k])

    return AnalogyAnswer((a2, b), (a,), restrict, among, answers_of(answers), answers_of(ranked))


def _scores(space: EmbeddingSpace, words: np.ndarray, among: int, form: Form) -> np.ndarray:
    """(among,) float32 scores of the words that may answer, -inf where there is none."""
    lengths = np.linalg.norm(space.vectors, axis=1).astype(np.float32)
    of = Operands(space.unit, lengths, words, pairs=np.array([[0, 1]]), asked=np.array([2]))
    centre = 0.0
    if form.centred is not None:
        vectors = space.unit if form.centred == "unit" else space.vectors
        first, second, third = vectors[words].astype(np.float64)
        centre = float(third @ (second - first))
    blocks = [_of_block(BlockRows(of, slice(i, min(i + _BLOCK, among))), form, centre) for i in range(0, among, _BLOCK)]
    scores = np.concatenate(blocks)
    return np.where(np.isfinite(scores), scores, -np.inf).astype(np.float32)


def _of_block(rows: BlockRows, form: Form, centre: float) -> np.ndarray:
    right = rows[form.right][2].astype(np.float64)
    if form.left is None:
        return right
    left = rows[form.left][1 if form.left_of == "a2" else 0].astype(np.float64)
    return (left - centre) * right if form.product else form.sign * left + right
