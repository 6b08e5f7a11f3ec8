"""Which points of a space are looked at: the answers by hand."""

import numpy as np
import pytest

from embedkit.errors import SpaceError, UsageError
from embedkit.spaces import EmbeddingSpace
from embedkit.spaces.sampling import Sample, choose, sample_of


def space(total: int, noun: str = "document", format: str = "parquet", **columns: np.ndarray) -> EmbeddingSpace:
    labels = tuple(f"text {i}" for i in range(total))
    vectors = np.arange(1, total + 1, dtype=np.float32)[:, None] * np.ones((1, 2), dtype=np.float32)
    return EmbeddingSpace("made", labels, vectors, columns, {"noun": noun, "format": format})


def test_the_most_frequent_are_taken_by_their_counts_and_keep_their_order() -> None:
    rows, sample = choose(space(6, count=np.array([5, 50, 1, 40, 5, 30])), 4)
    assert rows.tolist() == [0, 1, 3, 5]
    assert str(sample) == "the 4 most frequent of 6 documents"


def test_of_a_file_of_word_vectors_the_first_are_taken_and_that_is_said() -> None:
    rows, sample = choose(space(6, "word", "text"), 2)
    assert rows.tolist() == [0, 1]
    assert str(sample) == "the first 2 of 6 words in the file, which such files keep by frequency"


def test_of_a_table_points_are_drawn_at_random_by_a_seed_in_their_order() -> None:
    table = space(1_000)
    rows, sample = choose(table, 100)
    assert rows.tolist() == sorted(set(rows.tolist()))
    assert len(rows) == 100
    assert rows[-1] > 900  # not the first
    assert str(sample) == "100 of 1,000 documents, drawn at random (seed 0)"
    assert np.array_equal(rows, choose(table, 100)[0])
    assert not np.array_equal(rows, choose(table, 100, seed=1)[0])


def test_a_smaller_sample_is_a_part_of_a_larger_one() -> None:
    category = np.repeat(["a", "b", "c"], [600, 390, 10])
    table = space(1_000, category=category)
    for stratify in ("", "category"):
        small, large = (set(choose(table, points, stratify=stratify)[0].tolist()) for points in (50, 400))
        assert small < large


def test_every_category_of_a_table_sorted_by_category_is_in_a_stratified_sample_by_its_share() -> None:
    category = np.repeat(["a", "b", "c", "d"], [600, 388, 10, 2])
    rows, sample = choose(space(1_000, category=category), 100, stratify="category")
    names, counts = np.unique(category[rows], return_counts=True)
    # The shares are 60, 38.8, 1 and 0.2; one of d is there in any case.
    assert dict(zip(names.tolist(), counts.tolist(), strict=True)) == {"a": 60, "b": 38, "c": 1, "d": 1}
    assert str(sample) == "100 of 1,000 documents, drawn at random, stratified by category (seed 0)"
    few, _ = choose(space(1_000, category=category), 2, stratify="category")
    assert category[few].tolist() == ["a", "b"]  # the largest, where there is no room for all


def test_missing_values_are_a_category_and_counts_do_not_choose_a_stratified_sample() -> None:
    category = np.repeat(["a", "", "b"], [50, 45, 5])
    rows, sample = choose(space(100, category=category, count=np.arange(100)), 20, stratify="category")
    assert np.unique(category[rows], return_counts=True)[1].tolist() == [9, 10, 1]
    assert sample.method == "random"


def test_all_points_are_no_sample() -> None:
    for points in (None, 0, 6, 7):
        rows, sample = choose(space(6), points)
        assert rows.tolist() == [0, 1, 2, 3, 4, 5]
        assert str(sample) == "all 6 documents"


def test_what_cannot_be_a_stratum_is_refused_and_those_that_can_are_named() -> None:
    table = space(6, colour=np.repeat(["red", "blue"], 3), score=np.linspace(0, 1, 6))
    with pytest.raises(UsageError, match=r"'score' holds numbers, by which .* cannot be stratified; colour can be"):
        choose(table, 2, stratify="score")
    with pytest.raises(UsageError, match="unknown column of categories 'color'; did you mean colour"):
        choose(table, 2, stratify="color")
    with pytest.raises(UsageError, match="-1 points"):
        choose(table, -1)


def test_a_sample_comes_back_from_its_settings_and_an_earlier_map_is_of_the_first() -> None:
    table = space(20)
    _, sample = choose(table, 5)
    assert sample_of({"sample": sample.to_json()}, 5, table) == sample
    assert str(sample_of({}, 5, table)) == "the first 5 of 20 documents"
    assert str(sample_of({}, 20, table)) == "all 20 documents"
    assert sample_of({}, 5, space(20, count=np.ones(20))) == Sample("frequent", 5, 20, "document")


def test_whether_a_sample_is_what_is_asked_for() -> None:
    sample = Sample("random", 5, 20, seed=0, stratified_by="colour")
    assert all(sample.fits(points, stratify, 20) for points, stratify in ((None, None), (5, "colour")))
    assert not any(sample.fits(points, stratify, 20) for points, stratify in ((6, None), (5, ""), (0, None)))
    assert all(Sample("all", 20, 20).fits(points, stratify, 20) for points, stratify in ((0, "colour"), (50, None)))


@pytest.mark.parametrize(
    "damage", [{"points": "5"}, {"of": None}, {"method": "best"}, {"more": 1}, {"seed": 0.5}, {"points": True}]
)
def test_a_damaged_sample_is_named(damage: dict[str, object]) -> None:
    (name,) = damage
    stored = {"method": "first", "points": 5, "of": 20, **damage}
    with pytest.raises(SpaceError, match=rf"a sample of .*{name} is .*make it again"):
        sample_of({"sample": stored}, 5, space(20))
    with pytest.raises(SpaceError, match="points is missing"):
        sample_of({"sample": {"method": "first", "of": 20}}, 5, space(20))
