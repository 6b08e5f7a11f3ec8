"""Analogies: four words in a plane by hand, and gensim as the referee."""

import numpy as np
import pytest

from embedkit.analysis.analogies import AnalogySet, parse_expression, score, solve
from embedkit.errors import CorpusError, UsageError
from embedkit.spaces import EmbeddingSpace

# man and king differ by what woman and queen differ by; all on the unit circle but for their lengths.
PLANE = EmbeddingSpace(
    "plane",
    ("man", "king", "woman", "queen", "apple"),
    np.array([[1, 0], [0.6, 0.8], [0, 2], [-0.8, 0.6], [-1, -1]]),
)


@pytest.fixture(scope="module")
def planted() -> tuple[EmbeddingSpace, AnalogySet]:
    """400 words in 20 dimensions: two relations of 12 pairs each with noise, so that some questions fail."""
    rng = np.random.default_rng(3)
    vectors = rng.normal(size=(400, 20))
    categories = {}
    for r, name in enumerate(("first", "second")):
        heads = np.arange(12) + 50 * r
        vectors[heads + 24] = vectors[heads] + rng.normal(size=20) + 0.9 * rng.normal(size=(12, 20))
        pairs = [(f"w{i}", f"w{i + 24}") for i in heads]
        categories[name] = tuple((*p, *q) for p in pairs for q in pairs if p != q)
    return EmbeddingSpace("planted", tuple(f"w{i}" for i in range(400)), vectors), AnalogySet("two", categories)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("king - man + woman", (("king", "woman"), ("man",))),
        ("man king woman", (("king", "woman"), ("man",))),
        ("- man + king", (("king",), ("man",))),
        ("twenty-one + one", (("twenty-one", "one"), ())),
        ("a - b - c", (("a",), ("b", "c"))),
    ],
)
def test_expressions(text: str, expected: tuple) -> None:
    assert parse_expression(text) == expected


@pytest.mark.parametrize("text", ["", "king", "king -", "king man", "king - - man", "a b c d", "+ - +"])
def test_what_is_no_expression_says_how_to_write_one(text: str) -> None:
    with pytest.raises(UsageError, match="king - man \\+ woman"):
        parse_expression(text)


def test_the_answer_in_a_plane() -> None:
    answer = solve(PLANE, ["king", "woman"], ["man"], k=2)
    # king - man + woman = (-0.4, 1.8), of length sqrt(3.4); queen = (-0.8, 0.6): (0.32 + 1.08) / sqrt(3.4).
    assert answer.answers[0].word == "queen"
    assert answer.answers[0].cosine == pytest.approx(1.4 / np.sqrt(3.4), abs=1e-6)
    assert answer.answers[1].word == "apple"
    # With nothing excluded woman herself is nearer: 1.8 / sqrt(3.4).
    assert [a.word for a in answer.honest] == ["woman", "queen"]
    assert answer.honest[0].cosine == pytest.approx(1.8 / np.sqrt(3.4), abs=1e-6)
    assert answer.vocabulary == 5


def test_only_the_first_words_may_answer() -> None:
    assert [a.word for a in solve(PLANE, ["king", "woman"], ["man"], restrict=3).answers] == []
    assert [a.word for a in solve(PLANE, ["apple"], ["man"], restrict=4).answers] == ["queen", "woman", "king"]


def test_words_that_cancel_out_and_unknown_words_are_said() -> None:
    with pytest.raises(UsageError, match="nothing"):
        solve(PLANE, ["king"], ["king"])
    with pytest.raises(UsageError, match="did you mean queen"):
        solve(PLANE, ["quene"], ["man"])
    with pytest.raises(UsageError, match="did you mean king"):
        solve(PLANE, ["King"], ["man"])


def test_the_score_in_a_plane() -> None:
    asked = AnalogySet(
        "few",
        {
            "royal": (("man", "king", "woman", "queen"), ("man", "king", "queen", "woman")),
            "fruit": (("man", "king", "woman", "pear"),),
        },
    )
    sheet = score(PLANE, asked, resamples=10)
    royal, fruit = sheet.categories
    # king - man + queen = (-1.2, 1.4): woman (0.76) before apple (-0.08), but queen herself (0.98) before both.
    assert (royal.correct, royal.covered, royal.total) == (2, 2, 2)
    assert (royal.honest_correct, royal.honest_query_words) == (0, 2)
    assert (fruit.correct, fruit.covered, fruit.total) == (0, 0, 1)
    assert fruit.accuracy is None
    assert fruit.interval is None
    assert (sheet.overall.accuracy, sheet.overall.coverage) == (1.0, 2 / 3)


def test_upper_case_questions_fold_on_a_lower_case_space() -> None:
    asked = AnalogySet("shouted", {"royal": (("Man", "KING", "Woman", "Queen"),)})
    assert score(PLANE, asked, resamples=10).overall.correct == 1
    assert score(PLANE, asked, resamples=10).lowercase
    assert score(PLANE, asked, resamples=10, lowercase=False).overall.covered == 0


def test_equal_scores_go_to_the_first_word() -> None:
    twins = EmbeddingSpace("twins", ("man", "king", "woman", "other", "queen"), PLANE.vectors[[0, 1, 2, 3, 3]])
    asked = AnalogySet("one", {"royal": (("man", "king", "woman", "queen"),)})
    assert score(twins, asked, resamples=10).overall.correct == 0
    assert solve(twins, ["king", "woman"], ["man"]).answers[0].word == "other"


@pytest.mark.parametrize("restrict", [100, 333, None])
def test_scores_equal_gensims(planted: tuple[EmbeddingSpace, AnalogySet], restrict: int | None, tmp_path) -> None:
    from gensim.models import KeyedVectors

    space, asked = planted
    lines = [line for name, qs in asked.categories.items() for line in (f": {name}", *(" ".join(q) for q in qs))]
    (tmp_path / "questions.txt").write_text("\n".join(lines))
    peer = KeyedVectors(space.dimensions)
    peer.add_vectors(list(space.labels), space.vectors)
    share, sections = peer.evaluate_word_analogies(
        str(tmp_path / "questions.txt"), restrict_vocab=restrict or len(space)
    )
    ours = score(space, AnalogySet.read(tmp_path / "questions.txt"), restrict=restrict, resamples=10)
    for category, section in zip((*ours.categories, ours.overall), sections, strict=True):
        assert category.correct == len(section["correct"])
        assert category.covered == len(section["correct"]) + len(section["incorrect"])
    assert ours.overall.accuracy == share
    assert 0.2 < share < 0.98  # some are right and some are wrong, or the comparison would show little


def test_each_question_lands_where_solving_it_alone_lands(planted: tuple[EmbeddingSpace, AnalogySet]) -> None:
    from embedkit.analysis.analogies import rows_of_questions
    from embedkit.analysis.cosadd import land

    space, asked = planted
    questions = [q for qs in asked.categories.values() for q in qs]
    rows = rows_of_questions(space, questions, len(space), lowercase=True)
    landings = land(space.unit, rows)
    for (a, b, c, _), excluded, honest in zip(questions, landings.excluded, landings.honest, strict=True):
        alone = solve(space, [b, c], [a], k=1, restrict=None)
        assert (space.labels[excluded], space.labels[honest]) == (alone.answers[0].word, alone.honest[0].word)


def test_a_wrong_hint_changes_no_answer(planted: tuple[EmbeddingSpace, AnalogySet]) -> None:
    from embedkit.analysis.cosadd import land

    space, _ = planted
    rng = np.random.default_rng(0)
    rows = rng.integers(0, len(space), size=(500, 4))
    shuffled = rows.copy()
    shuffled[:, 3] = rng.permutation(rows[:, 3])
    scores = space.unit @ (space.unit[rows[:, 1]] - space.unit[rows[:, 0]] + space.unit[rows[:, 2]]).T
    honest = scores.argmax(axis=0)
    scores[rows[:, :3], np.arange(500)[:, None]] = -np.inf
    for asked in (rows, shuffled):
        landings = land(space.unit, asked)
        assert (landings.excluded == scores.argmax(axis=0)).all()
        assert (landings.honest == honest).all()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("man king woman queen\n", r":1: a question before"),
        (": royal\nman king woman\n", r":2: 3 words"),
        (": royal\n", "no questions"),
    ],
)
def test_a_malformed_set_names_its_line(text: str, message: str, tmp_path) -> None:
    (tmp_path / "bad.txt").write_text(text)
    with pytest.raises(CorpusError, match=message):
        AnalogySet.read(tmp_path / "bad.txt")


def test_a_set_that_is_not_utf8_names_its_line(tmp_path) -> None:
    (tmp_path / "bad.txt").write_bytes(b": royal\nman king woman \xff\n")
    with pytest.raises(CorpusError, match=":2: not UTF-8"):
        AnalogySet.read(tmp_path / "bad.txt")
