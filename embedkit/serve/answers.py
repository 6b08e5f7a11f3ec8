"""Answers about words: completion, neighbours and analogies over the full space."""

from bisect import bisect_left
from typing import Any

from embedkit.analysis.analogies.expressions import AnalogyAnswer, parse_expression, solve, solve_by
from embedkit.analysis.analogies.score_sheet import HEADLINE
from embedkit.analysis.neighbors import Answer, nearest
from embedkit.config import RESTRICT
from embedkit.errors import UsageError
from embedkit.serve.catalog import Words

COMPLETIONS, NEAREST, RANKED = 10, 20, 10


def starting(words: Words, start: str, most: int = COMPLETIONS) -> list[str]:
    """The labels that begin so in any case, in the order of the space."""
    lower = start.lower()
    first = bisect_left(words.lowered, lower)
    last = bisect_left(words.lowered, lower + "\U0010ffff")
    return [words.space.labels[row] for row in sorted(words.order[first:last].tolist())[:most]]


def about(words: Words, word: str) -> dict[str, Any]:
    """Raises:
    UsageError: the word is not in the space; the nearest spellings are named.
    """
    space = words.space
    neighbors = nearest(space, word, k=min(NEAREST, max(1, len(space) - 1)))
    row = space.index_of(word)
    count = space.columns.get("count")
    return {
        "word": word,
        "rank": None if row is None else row + 1,
        "of": len(space),
        "count": None if count is None or row is None else float(count[row]),
        "nearest": _answers(neighbors),
    }


def analogy(words: Words, text: str, method: str = HEADLINE) -> dict[str, Any]:
    """An expression by 3CosAdd; a question of three words, a b c or b - a + c, by any method that needs no category.

    Raises:
        UsageError: it cannot be read, a word is unknown, or the method needs three words or a category.
    """
    positive, negative = parse_expression(text)
    if method == HEADLINE:
        return _reply(words, solve(words.space, positive, negative, k=RANKED), method)
    if len(positive) != 2 or len(negative) != 1:
        raise UsageError(f"{method} answers a question of three words, such as king - man + woman")
    answer = solve_by(words.space, negative[0], positive[0], positive[1], method=method, k=RANKED)
    return _reply(words, answer, method)


def _reply(words: Words, answer: AnalogyAnswer, method: str) -> dict[str, Any]:
    size = len(words.space)
    among = f"{answer.vocabulary:,} words may answer"
    among += f": the first of {size:,}" if answer.vocabulary < min(size, RESTRICT + 1) or size > RESTRICT else ""
    return {
        "method": method,
        "among": f"{among}.",
        "asked": [*answer.positive, *answer.negative],
        "answers": _answers(answer.answers),
        "honest": _answers(answer.honest),
    }


def _answers(answers: tuple[Answer, ...]) -> list[list[Any]]:
    return [[answer.word, round(answer.cosine, 6)] for answer in answers]
