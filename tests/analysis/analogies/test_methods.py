"""The table of methods: which answer a question alone, and that another one is an entry."""

import numpy as np
import pytest

from embedkit.analysis.analogies.block_rows import BlockRows
from embedkit.analysis.analogies.categories import Category, Pair
from embedkit.analysis.analogies.expressions import alone, solve_by
from embedkit.analysis.analogies.lrcos import OtherPairs
from embedkit.analysis.analogies.methods import METHODS, AnalogyMethod, Form, Learnt
from embedkit.analysis.analogies.questions import AnalogySet
from embedkit.analysis.analogies.scoring import score
from embedkit.errors import UsageError
from embedkit.spaces import EmbeddingSpace
from tests.progress import Recorder

SQUARE = EmbeddingSpace(
    "square",
    ("man", "woman", "king", "queen", "uncle", "aunt", "far"),
    np.array([[1, 0, 0], [0, 1, 0], [1, 0, 1], [0, 1, 1], [1, 0, 2], [0, 1, 2], [-1, -1, -1]], dtype=float),
)


def questions() -> AnalogySet:
    pairs = (Pair("man", ("woman",)), Pair("king", ("queen",)), Pair("uncle", ("aunt",)))
    return AnalogySet("family", (Category.from_pairs("sexes", pairs),))


@pytest.fixture
def methods(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test registers is gone after it."""
    monkeypatch.setattr(METHODS, "_entries", dict(METHODS))


def test_those_that_learn_from_a_category_are_not_alone() -> None:
    assert set(METHODS) - set(alone()) == {"3CosAvg", "3CosAvg raw", "LRCos", "LRCos raw"}
    assert [name for name, method in METHODS.items() if method.learnt and method.learnt.stepwise] == [
        "LRCos",
        "LRCos raw",
    ]


@pytest.mark.usefixtures("methods")
def test_a_method_of_a_row_of_its_own_is_scored_and_answers_one_question() -> None:
    def lengths(rows: BlockRows) -> np.ndarray:
        """How long x is, whatever the question."""
        return np.tile(rows.lengths, (len(rows.of.words), 1))

    METHODS.add(AnalogyMethod("longest", "|x|", "nobody", Form(lengths)))
    assert list(METHODS)[-1] == "longest"
    # Of four words that are no part of the question aunt and uncle are the longest, sqrt(5); uncle stands first.
    answer = solve_by(SQUARE, "man", "woman", "king", method="longest", k=2, restrict=None)
    assert [each.word for each in answer.answers] == ["uncle", "aunt"]
    assert answer.answers[0].cosine == pytest.approx(5**0.5)
    row = score(SQUARE, questions(), restrict=None, methods=["longest"]).micro.by("longest")
    # Of six questions man : woman :: uncle : ? and king : queen :: uncle : ? are answered by aunt.
    assert row is not None
    assert row.correct == 2


@pytest.mark.usefixtures("methods")
def test_a_method_that_learns_is_given_the_other_pairs_and_tells_its_steps() -> None:
    teachers: list[list[int]] = []
    recorder = Recorder()

    def ends(pairs: OtherPairs) -> np.ndarray:
        """The mean of the other pairs' targets, one a query pair."""
        rows = []
        for each in pairs.teachers:
            teachers.append(each.tolist())
            rows.append(pairs.unit[pairs.targets[each, 0]].mean(axis=0))
            pairs.step()
        return np.array(rows)

    form = Form(Learnt(ends, lambda queries, rows: rows.product(queries), stepwise=True), "query")
    METHODS.add(AnalogyMethod("ends", "cos(x, mean of the other targets)", "nobody", form))
    row = score(SQUARE, questions(), restrict=None, methods=["ends"], progress=recorder).micro.by("ends")
    assert teachers == [[1, 2], [0, 2], [0, 1]]
    shares = recorder.shares
    assert shares[-1] == 1
    assert shares == sorted(shares)
    assert len(shares) == 4  # three query pairs and one block of the vocabulary
    assert row is not None
    # Between woman and aunt lies queen, king's answer; what lies between other two is no answer.
    assert row.correct == 2
    with pytest.raises(UsageError, match="ends learns from other pairs of a category"):
        solve_by(SQUARE, "man", "woman", "king", method="ends")
