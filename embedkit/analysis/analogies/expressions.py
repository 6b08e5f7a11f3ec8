"""One analogy at a time: a is to a′ as b is to what, ranked by 3CosAdd, or by any method that needs no other pairs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np

from embedkit.analysis.analogies.block_rows import BlockRows, Operands
from embedkit.analysis.analogies.methods import METHODS, Form
from embedkit.analysis.neighbors import Answer, Answers, best_rows, largest, restricted, rows_of
from embedkit.config import RESTRICT
from embedkit.errors import UsageError, unknown
from embedkit.notebook import Displayed
from embedkit.spaces.space import EmbeddingSpace

_BLOCK = 20_000  # words whose double-precision copies are held at a time


@dataclass(frozen=True)
class AnalogyAnswer(Displayed):
    """The answers to one question `b - a + c`: the query words excluded, and the honest ranking beside it."""

    positive: tuple[str, ...]
    negative: tuple[str, ...]
    restrict: int | None
    vocabulary: int
    answers: Answers
    honest: Answers

    def __repr__(self) -> str:
        return f"{self.expression}: {self.answers!r}"

    @property
    def expression(self) -> str:
        """The question with signs: "king + woman - man"."""
        return " - ".join([" + ".join(self.positive), *self.negative]).strip()


def parse_expression(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words added and the words taken away.

    Signs stand between spaces, since words such as "twenty-two" hold them too. Three words without a sign are
    a, b, c of "a is to b as c is to ?".

    >>> parse_expression("king - man + woman")
    (('king', 'woman'), ('man',))
    >>> parse_expression("man king woman")
    (('king', 'woman'), ('man',))

    Raises:
        UsageError: it is neither.
    """
    tokens = text.split()
    if len(tokens) == 3 and not set(tokens) & {"+", "-"}:
        a, b, c = tokens
        return (b, c), (a,)
    if tokens and tokens[0] not in ("+", "-"):
        tokens = ["+", *tokens]
    signs, words = tokens[::2], tokens[1::2]
    if len(signs) != len(words) or len(words) < 2 or set(signs) - {"+", "-"} or set(words) & {"+", "-"}:
        raise UsageError(
            f"cannot read {text!r}; write 'king - man + woman' with spaces around the signs, or 'man king woman'"
        )
    signed = list(zip(signs, words, strict=True))
    return tuple(w for sign, w in signed if sign == "+"), tuple(w for sign, w in signed if sign == "-")


@overload
def solve(space: EmbeddingSpace, expression: str, /, *, k: int = ..., restrict: int | None = ...) -> AnalogyAnswer: ...


@overload
def solve(
    space: EmbeddingSpace,
    positive: Sequence[str],
    negative: Sequence[str],
    *,
    k: int = ...,
    restrict: int | None = ...,
) -> AnalogyAnswer: ...


def solve(
    space: EmbeddingSpace,
    positive: Sequence[str],
    negative: Sequence[str] = (),
    *,
    k: int = 10,
    restrict: int | None = RESTRICT,
) -> AnalogyAnswer:
    """Rank words by their cosine with the sum of the unit vectors of `positive` less those of `negative`.

    The ranking is 3CosAdd's. The query words may come from the whole space; only the first `restrict` may answer.
    Of equal cosines the word that stands first, the more frequent one, wins.

    Args:
        positive: the words added, beside `negative`, the words taken away; or both as one text, such as
            "king - man + woman", which `parse_expression` reads. Labels with spaces in them are given as lists.

    Raises:
        UsageError: the text cannot be read, a word is unknown (its nearest spellings are named), the words cancel out,
            or k or restrict is below 1.
    """
    if isinstance(positive, str):
        if negative:
            raise UsageError(f"give the whole expression as text or two lists of words, not {positive!r} and a list")
        positive, negative = parse_expression(positive)
    among = restricted(space, restrict)
    if k < 1:
        raise UsageError(f"k is {k}; ask for at least one answer")
    added, subtracted = rows_of(space, positive), rows_of(space, negative)
    query, taken = (
        space.unit_rows(np.array(rows, dtype=np.int64)).sum(axis=0, dtype=np.float64) for rows in (added, subtracted)
    )
    query -= taken
    length = np.linalg.norm(query)
    # Unit vectors in float32 that cancel out leave a rest of about 1e-7.
    if length < 1e-6:
        raise UsageError(f"{' + '.join(positive)} less {' + '.join(negative)} is nothing; use other words")
    query_words = {*added, *subtracted}
    best, cosines = best_rows(space, (query / length).astype(np.float32), k + len(query_words), among)

    def ranked(some: np.ndarray) -> Answers:
        pairs = zip(best[some][:k].tolist(), cosines[some], strict=False)
        return Answers(Answer(space.labels[row], float(cosine)) for row, cosine in pairs)

    return AnalogyAnswer(
        positive=tuple(positive),
        negative=tuple(negative),
        restrict=restrict,
        vocabulary=among,
        answers=ranked(~np.isin(best, list(query_words))),
        honest=ranked(np.ones(len(best), dtype=bool)),
    )


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
    lengths = space.norms
    operands = Operands(space.unit, lengths, words, pairs=np.array([[0, 1]]), query_words=np.array([2]))
    centre = 0.0
    if form.centred is not None:
        vectors = space.unit if form.centred == "unit" else space.vectors
        first, second, third = vectors[words].astype(np.float64)
        centre = float(third @ (second - first))
    blocks = [
        _block_scores(BlockRows(operands, slice(i, min(i + _BLOCK, among))), form, centre)
        for i in range(0, among, _BLOCK)
    ]
    scores = np.concatenate(blocks)
    return np.where(np.isfinite(scores), scores, -np.inf).astype(np.float32)


def _block_scores(rows: BlockRows, form: Form, centre: float) -> np.ndarray:
    """(columns,) float64 scores of a block's words; the words of the question are a, a′ and b, in this order."""
    right = rows[form.right][2].astype(np.float64)
    if form.left is None:
        return right
    left = rows[form.left][1 if form.left_of == "a2" else 0].astype(np.float64)
    return (left - centre) * right if form.product else form.sign * left + right
