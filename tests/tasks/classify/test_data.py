"""Temporal order: generated sequences against the task's rules, by brute force, and no sequence in two splits."""

from itertools import product

import numpy as np
import pytest

from embedkit.errors import UsageError
from embedkit.tasks.classify.data import CLASSES, LEVELS, PADDING, corpus_facts, draw, encode, every, one_hot, texts

SPLITS = ("train", "valid", "test")
RULES = {"XX": "Q", "XY": "R", "YX": "S", "YY": "U"}


def obeys(text: str, level: str) -> bool:
    """The rules of the task as they are written down, with no regard for how sequences are made."""
    chosen = LEVELS[level]
    places = [i for i, symbol in enumerate(text) if symbol in "XY"]
    return (
        chosen.length[0] <= len(text) <= chosen.length[1]
        and (text[0], text[-1]) == ("B", "E")
        and set(text[1:-1]) <= set("abcdXY")
        and len(places) == 2
        and chosen.t1[0] <= places[0] <= chosen.t1[1]
        and chosen.t2[0] <= places[1] <= chosen.t2[1]
    )


def class_of(text: str) -> str:
    return RULES["".join(symbol for symbol in text if symbol in "XY")]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("split", SPLITS)
def test_every_sequence_obeys_the_rules_and_has_its_class(level: str, split: str) -> None:
    sequences = draw(level, 200, 3, split)
    assert sequences.ids.shape == (200, LEVELS[level].width)
    for text, row, label in zip(texts(sequences.ids), sequences.ids, sequences.labels, strict=True):
        assert obeys(text, level), text
        assert class_of(text) == CLASSES[label]
        # Padded on the left, and nowhere else.
        assert (row[: len(row) - len(text)] == PADDING).all()
        assert (row[len(row) - len(text) :] != PADDING).all()


def test_a_rule_that_is_broken_is_seen() -> None:
    assert obeys("BXadYcaE", "easy")
    for wrong in ("BXadYcaa", "BXaddcaE", "BaaXYcaE", "BXadYcaaE", "EXadYcaB", "BXXdYcaE"):
        assert not obeys(wrong, "easy")


@pytest.mark.parametrize("level", LEVELS)
def test_lengths_places_and_classes_reach_both_ends_evenly(level: str) -> None:
    sequences, spec = draw(level, 3_000, 1), LEVELS[level]
    lines = texts(sequences.ids)
    places = [[i for i, symbol in enumerate(text) if symbol in "XY"] for text in lines]
    for values, span in (
        ([len(text) for text in lines], spec.length),
        ([first for first, _ in places], spec.t1),
        ([second for _, second in places], spec.t2),
    ):
        assert (min(values), max(values)) == span
        assert abs(np.mean(values) - sum(span) / 2) < 0.05 * (span[1] - span[0])
    assert np.bincount(sequences.labels, minlength=4).min() > 650  # 750 are expected


def test_the_easy_level_has_as_many_sequences_as_brute_force_finds() -> None:
    """All 6⁵ + 6⁶ ways to fill what stands between B and E, of which the rules leave 5,120."""
    fillings = (f"B{''.join(inner)}E" for n in (5, 6) for inner in product("abcdXY", repeat=n))
    allowed = {text for text in fillings if obeys(text, "easy")}
    assert len(allowed) == LEVELS["easy"].distinct == 5_120
    sequences = every("easy")
    assert set(texts(sequences.ids)) == allowed
    assert len(sequences.labels) == 5_120
    assert [class_of(text) for text in texts(sequences.ids)] == [CLASSES[label] for label in sequences.labels]


@pytest.mark.parametrize("level", ["easy", "normal"])
def test_no_sequence_is_in_two_splits_whatever_the_seeds(level: str) -> None:
    sets = {
        split: {text for seed in (1, 2, 3) for text in texts(draw(level, 400, seed, split).ids)} for split in SPLITS
    }
    for one, other in (("train", "valid"), ("train", "test"), ("valid", "test")):
        assert not sets[one] & sets[other]


def test_held_out_sequences_come_once_and_the_easy_level_has_few() -> None:
    held_out = {split: texts(draw("easy", 10_000, 1, split).ids) for split in ("valid", "test")}
    assert {split: len(lines) for split, lines in held_out.items()} == {"valid": 261, "test": 282}
    assert all(len(set(lines)) == len(lines) for lines in held_out.values())
    train = texts(draw("easy", 40_000, 1).ids)
    assert len(train) == 40_000
    # Each is drawn five times or more on average: nearly all of the others come.
    assert 4_500 < len(set(train)) <= 5_120 - 261 - 282
    assert len(set(texts(draw("hard", 1_000, 1, "test").ids))) == 1_000


def test_the_same_seed_draws_the_same_sequences() -> None:
    one, again, other = (draw("normal", 50, seed) for seed in ([1, 7], [1, 7], [1, 8]))
    assert (one.ids == again.ids).all()
    assert not (one.ids == other.ids).all()
    assert corpus_facts("normal") == corpus_facts("normal") != corpus_facts("hard")


def test_a_batch_of_the_easy_level_is_32_by_9_by_8() -> None:
    vectors = one_hot(draw("easy", 32, 1).ids)
    assert vectors.shape == (32, 9, 8)
    assert np.eye(4)[draw("easy", 32, 1).labels].shape == (32, 4)
    vectors = one_hot(encode(["BXadYcaE", "BYabXcE"], 9))
    assert vectors[0, 0].tolist() == [0] * 8  # padding
    assert vectors[0, 1].tolist() == [0, 0, 0, 0, 0, 0, 1, 0]  # B
    assert vectors[0, 2].tolist() == [1, 0, 0, 0, 0, 0, 0, 0]  # X
    assert vectors[1].sum(1).tolist() == [0, 0, 1, 1, 1, 1, 1, 1, 1]
    assert vectors[1, -1].tolist() == [0, 0, 0, 0, 0, 0, 0, 1]  # E


def test_an_unknown_level_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="unknown level 'nightmaer'; did you mean nightmare"):
        draw("nightmaer", 5, 1)
