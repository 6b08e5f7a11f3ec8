"""One analogy at a time: a is to a′ as b is to what, ranked by 3CosAdd."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np

from embedkit.analysis.neighbors import Answer, Answers, largest, restricted, rows_of
from embedkit.config import RESTRICT
from embedkit.errors import UsageError
from embedkit.notebook import Displayed
from embedkit.spaces.space import EmbeddingSpace


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
    added, taken = rows_of(space, positive), rows_of(space, negative)
    query = space.unit[added].sum(axis=0, dtype=np.float64) - space.unit[taken].sum(axis=0, dtype=np.float64)
    length = np.linalg.norm(query)
    # Unit vectors in float32 that cancel out leave a rest of about 1e-7.
    if length < 1e-6:
        raise UsageError(f"{' + '.join(positive)} less {' + '.join(negative)} is nothing; use other words")
    cosines = space.unit[:among] @ (query / length).astype(np.float32)
    query_words = {*added, *taken}

    def ranked(rows: np.ndarray) -> Answers:
        return Answers(Answer(space.labels[i], float(cosines[i])) for i in rows)

    best = largest(cosines[None, :], min(k + len(query_words), among))[0][0]
    return AnalogyAnswer(
        positive=tuple(positive),
        negative=tuple(negative),
        restrict=restrict,
        vocabulary=among,
        answers=ranked(best[~np.isin(best, list(query_words))][:k]),
        honest=ranked(best[:k]),
    )
