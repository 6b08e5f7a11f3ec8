"""The score sheet, with answers worked out by hand on words in a plane and in planted spaces."""

from pathlib import Path

import numpy as np
import pytest

from embedkit.analysis.analogies.categories import Category, Pair
from embedkit.analysis.analogies.expressions import solve
from embedkit.analysis.analogies.landings import land
from embedkit.analysis.analogies.questions import AnalogySet
from embedkit.analysis.analogies.score_sheet import draws_in_words, in_words
from embedkit.analysis.analogies.scoring import DRAWS, answer, difference, score, sheet
from embedkit.analysis.analogies.tallies import clusters_of
from embedkit.errors import UsageError
from embedkit.spaces import EmbeddingSpace


def in_plane(**degrees: float) -> EmbeddingSpace:
    """Unit vectors at these angles."""
    angles = np.radians(list(degrees.values()))
    return EmbeddingSpace("plane", tuple(degrees), np.column_stack([np.cos(angles), np.sin(angles)]))


ROYAL = AnalogySet("royal", (Category.from_pairs("royal", (Pair("man", ("king",)), Pair("woman", ("queen",)))),))
# king - man + woman is (0.57, 1.21) and points to 64.6°: queen's 80° are nearer than dog's 48°.
PLANE = in_plane(man=0, king=30, woman=45, queen=80, dog=48, cat=200)


def planted(pairs: int = 20, dimensions: int = 40, noise: float = 0.0, others: int = 200, seed: int = 0):
    """A space in which targets are sources moved by one offset, and its questions."""
    rng = np.random.default_rng(seed)
    sources = rng.normal(size=(pairs, dimensions))
    sources /= np.linalg.norm(sources, axis=1, keepdims=True)
    offset = rng.normal(size=dimensions)
    offset -= sources.T @ np.linalg.lstsq(sources.T, offset, rcond=None)[0]  # at a right angle to every source
    offset *= 2 / np.linalg.norm(offset)
    targets = sources + offset + noise * rng.normal(size=sources.shape)
    rest = rng.normal(size=(others, dimensions))
    labels = [*(f"s{i}" for i in range(pairs)), *(f"t{i}" for i in range(pairs)), *(f"w{i}" for i in range(others))]
    space = EmbeddingSpace("planted", tuple(labels), np.vstack([sources, targets, rest]))
    category = Category.from_pairs("moved", tuple(Pair(f"s{i}", (f"t{i}",)) for i in range(pairs)))
    return space, AnalogySet("planted", (category,))


def test_a_row_has_its_denominators_and_what_the_exclusion_hides() -> None:
    questions = AnalogySet(
        "two",
        (
            Category.from_pairs(
                "royal", (Pair("man", ("king",)), Pair("woman", ("queen",)), Pair("duke", ("duchess",)))
            ),
            Category.from_pairs("unknown", (Pair("x", ("y",)), Pair("u", ("v",)))),
        ),
    )
    found = score(PLANE, questions, methods=["3CosAdd"])
    royal, unknown = found.categories
    # Three pairs make six questions; two of them are about pairs whose words are all there.
    assert (royal.covered, royal.total, royal.covered_pairs, royal.pairs) == (2, 6, 2, 3)
    row = royal.by("3CosAdd")
    assert row is not None
    # queen - woman + man is (0.47, 0.28) and points to 30.8°, so king is right too.
    assert (row.correct, row.accuracy.value, row.strict.value) == (2, 1.0, 2 / 6)
    assert (unknown.covered, unknown.total, unknown.methods, unknown.chance) == (0, 2, (), None)
    assert (found.micro.covered, found.micro.total, found.micro.coverage) == (2, 8, 0.25)
    assert len(found.macro) == 2  # 3CosAdd and the baseline, over the one category that is covered
    # Of the six words queen is the fourth and king the second.
    assert answer(PLANE, questions, methods=["3CosAdd"]).rank.tolist() == [4, 2]
    # Of six words a, a′ and b may not answer: one of three.
    assert royal.chance == pytest.approx(1 / 3)


def test_the_gain_is_over_the_nearest_word_to_b() -> None:
    found = score(PLANE, ROYAL)
    nearest = found.micro.by("only-b")
    assert nearest is not None
    # The nearest to woman (45°) but man and king is dog (48°); to man (0°) but woman and queen it is king.
    assert (nearest.correct, nearest.gain) == (1, None)
    row = found.micro.by("3CosAdd")
    assert row is not None
    assert row.gain is not None
    assert row.gain.value == 0.5


def test_below_the_floor_of_coverage_there_is_no_headline() -> None:
    pairs = (Pair("man", ("king",)), Pair("woman", ("queen",)), Pair("a", ("b",)))
    few = score(PLANE, AnalogySet("few", (Category.from_pairs("x", pairs),)))
    assert few.headline is None
    assert "2 of 6 questions are covered, 33.3 %" in in_words(few)
    whole = score(PLANE, ROYAL)
    assert whole.headline is not None
    assert in_words(whole).startswith("3CosAdd answers 100.0 %")


def test_any_of_several_answers_is_right_and_the_first_that_is_there_is_given() -> None:
    pairs = (Pair("man", ("emperor", "king")), Pair("woman", ("dog", "queen")))
    found = answer(PLANE, AnalogySet("sets", (Category.from_pairs("x", pairs),)), methods=["3CosAdd"])
    assert found.questions.targets.tolist() == [[PLANE.index_of("king"), -1], [4, 3]]
    assert found.right("3CosAdd").tolist() == [[True, True]]


def test_case_is_folded_only_where_the_space_is_lower_case() -> None:
    shouted = AnalogySet("x", (Category.from_pairs("x", (Pair("Man", ("KING",)), Pair("Woman", ("Queen",)))),))
    assert score(PLANE, shouted).micro.covered == 2
    assert score(PLANE, shouted, lowercase=False).micro.covered == 0


def test_exact_offsets_are_found_with_nothing_excluded() -> None:
    space, questions = planted()
    found = score(space, questions)
    row = found.micro.by("3CosAdd raw")
    assert row is not None
    assert (row.honest_correct, row.median_rank, row.honest_query) == (380, 1.0, (0, 0, 0))


def test_random_vectors_sit_at_chance() -> None:
    rng = np.random.default_rng(3)
    _, questions = planted()
    labels = [*(f"s{i}" for i in range(20)), *(f"t{i}" for i in range(20)), *(f"w{i}" for i in range(10))]
    found = score(EmbeddingSpace("random", tuple(labels), rng.normal(size=(50, 30))), questions)
    assert found.micro.chance == pytest.approx(1 / 47)
    for row in found.micro.methods:
        if not row.method.startswith("LRCos"):  # that one learns that a target is no source, which is true
            assert row.accuracy.value < 0.12, row.method


def test_parts_hold_every_covered_question_once() -> None:
    space, questions = planted(noise=0.3)
    found = score(space, questions)
    for by in {part.by for part in found.parts}:
        assert sum(part.covered for part in found.parts if part.by == by) == found.micro.covered
    # The targets are words 21 to 40: all of them among the first thousand.
    assert [(p.low, p.high, p.covered) for p in found.parts if p.by.startswith("rank")] == [(1, 1_000, 380)]


def test_what_draws_words_is_the_mean_of_several_draws() -> None:
    space, questions = planted(noise=0.35)
    answers = answer(space, questions, methods=["3CosAdd", "LRCos"], seed=3)
    right = answers.right("LRCos")
    assert (len(right), len(answers.right("3CosAdd"))) == (DRAWS, 1)
    # Draws of one seed and those of the next have no seed in common.
    covered = answers.questions
    for draw, row in enumerate(right):
        alone = land(space.unit, space.vectors, covered, methods=["LRCos"], seed=3 * DRAWS + draw)["LRCos"]
        assert (row == (alone.best == covered.answers[:, 0])).all()
    found = sheet(answers)
    row, other = found.micro.by("LRCos"), found.micro.by("3CosAdd")
    assert row is not None
    assert other is not None
    assert len(set(row.by_draw)) > 1
    assert row.by_draw == pytest.approx(right.mean(axis=1))
    assert row.accuracy.value == pytest.approx(right.mean())
    assert row.correct == pytest.approx(right.sum() / DRAWS)
    assert other.by_draw == ()
    low, high = 100 * min(row.by_draw), 100 * max(row.by_draw)
    assert (
        f"the mean of 5 draws by seed 3, which the intervals allow for; by draw LRCos from {low:.1f} to {high:.1f} %"
        in (draws_in_words(found))
    )
    assert draws_in_words(score(space, questions, methods=["3CosAdd"])) == ""


def test_pairs_that_hang_together_by_words_are_one_cluster() -> None:
    # dallas and houston share texas; paris : france and france : french hang together by france, and by it with nice.
    pairs = [("dallas", "texas"), ("paris", "france"), ("houston", "texas"), ("france", "french"), ("nice", "france")]
    assert clusters_of([*pairs, ("rome", "italy")]).tolist() == [0, 1, 0, 1, 1, 2]
    assert clusters_of([]).tolist() == []


def test_two_spaces_are_compared_on_what_both_cover() -> None:
    space, questions = planted()
    blurred, _ = planted(noise=0.35)
    short = blurred.take(np.setdiff1d(np.arange(len(space)), [0]))  # without s0
    one, other = answer(space, questions, methods=["3CosAdd"]), answer(short, questions, methods=["3CosAdd"])
    found = difference(one, other)
    assert (found.covered, found.total) == (19 * 18, 380)
    both = one.coverage.mask & other.coverage.mask
    expected = one.right("3CosAdd")[:, both].mean() - other.right("3CosAdd").mean()
    micro = found.micro["3CosAdd"]
    assert micro.value == pytest.approx(expected)
    assert micro.value > 0.1
    assert micro.interval is not None
    assert micro.interval.low > 0
    same = difference(one, one).micro["3CosAdd"]
    assert same.value == 0


def test_a_difference_needs_the_same_questions() -> None:
    one, other = answer(PLANE, ROYAL), answer(*planted())
    with pytest.raises(UsageError, match="two question sets"):
        difference(one, other)


def test_an_unknown_method_is_named() -> None:
    with pytest.raises(UsageError, match="did you mean 3CosAdd"):
        answer(PLANE, ROYAL, methods=["3cosadd"])


def test_the_same_seed_gives_the_same_sheet() -> None:
    space, questions = planted(noise=0.3)
    assert sheet(answer(space, questions, seed=1)) == score(space, questions, seed=1)
    assert score(space, questions, seed=1) != score(space, questions, seed=2)


@pytest.mark.parametrize("restrict", [100, 190, None])
def test_counts_of_3cosadd_equal_gensims(restrict: int | None, tmp_path: Path) -> None:
    from gensim.models import KeyedVectors

    space, questions = planted(noise=0.3)
    (category,) = questions.categories
    path = tmp_path / "questions.txt"
    path.write_text(": moved\n" + "".join(" ".join(question) + "\n" for question in category.quadruples()))
    peer = KeyedVectors(space.dimensions)
    peer.add_vectors(list(space.labels), space.vectors)
    share, sections = peer.evaluate_word_analogies(str(path), restrict_vocab=restrict or len(space))
    ours = score(space, AnalogySet.read(path), restrict=restrict, methods=["3CosAdd"]).micro
    row = ours.by("3CosAdd")
    assert row is not None
    assert (row.correct, row.accuracy.value) == (len(sections[0]["correct"]), share)
    assert ours.covered == len(sections[0]["correct"]) + len(sections[0]["incorrect"])
    assert 0.2 < share < 0.98  # some are right and some are wrong, or the comparison would show little


@pytest.mark.parametrize(("restrict", "right", "covered"), [(3, 0, 0), (4, 2, 2), (5, 1, 2), (None, 1, 2)])
def test_the_last_word_that_may_answer_does_and_the_next_does_not(
    restrict: int | None, right: int, covered: int
) -> None:
    # king - man + woman points to 64.6°: the dog is nearest once it may answer; king comes out in any case.
    space = in_plane(man=0, king=30, woman=45, queen=80, dog=64)
    found = score(space, ROYAL, restrict=restrict, methods=["3CosAdd"])
    row = found.micro.by("3CosAdd")
    assert (found.micro.covered, found.vocabulary) == (covered, restrict or 5)
    assert (row.correct if row else 0) == right


def test_each_question_lands_where_solving_it_alone_lands() -> None:
    space, questions = planted(noise=0.3)
    answers = answer(space, questions, methods=["3CosAdd"])
    (landings,) = answers.landings["3CosAdd"]
    for (a, a2, b, _), best, honest in list(
        zip(questions.categories[0].quadruples(), landings.best, landings.honest, strict=True)
    )[::7]:
        alone = solve(space, [a2, b], [a], k=1)
        assert (space.labels[best], space.labels[honest]) == (alone.answers[0].word, alone.honest[0].word)
