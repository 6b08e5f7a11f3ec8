"""Scenes against the rules by which they are made: what no two splits share, what is drawn where, and how often."""

from itertools import combinations

import numpy as np
import pytest

from embedkit.errors import UsageError
from embedkit.tasks.caption import scenes
from embedkit.tasks.caption.scenes import draw_scenes
from embedkit.tasks.caption.sentences import parse


def test_no_original_is_in_two_splits() -> None:
    splits = {split: set(scenes.originals_of(split).tolist()) for split in ("train", "valid", "test")}
    assert [len(numbers) for numbers in splits.values()] == [1438, 179, 180]
    assert all(not one & other for one, other in combinations(splits.values(), 2))
    for split, numbers in splits.items():
        made = draw_scenes(300, split, np.random.default_rng(3))
        assert {digit.original for scene in made.digits for digit in scene} <= numbers


def test_a_digit_is_drawn_from_an_original_of_its_value_at_its_place() -> None:
    made = draw_scenes(200, "train", np.random.default_rng(0), warped=True)
    values = scenes.originals()[1]
    for image, digits in zip(made.images[:, 0], made.digits, strict=True):
        ink = np.zeros_like(image, dtype=bool)
        for digit in digits:
            assert values[digit.original] == digit.value
            half = max(scenes.DIGIT_SIDES[digit.size]) / 2
            top, left = int(digit.y - half), int(digit.x - half)
            box = np.s_[max(0, top) : int(digit.y + half) + 1, max(0, left) : int(digit.x + half) + 1]
            assert image[box].max() > 100
            ink[box] = True
        assert not image[~ink].any()


def test_scenes_are_as_frequent_as_stated_and_their_relations_beyond_doubt() -> None:
    sample = draw_scenes(3000, "valid", np.random.default_rng(0))
    counts = np.bincount([len(digits) for digits in sample.digits], minlength=4)[1:]
    assert abs(counts / 3000 - 1 / 3).max() < 0.03
    alike = [len({(d.value, d.size) for d in digits}) == 1 for digits in sample.digits if len(digits) == 2]
    assert abs(np.mean(alike) - 0.5) < 0.05
    for digits, caption in zip(sample.digits, sample.captions, strict=True):
        mention = parse(caption)
        assert mention is not None
        assert mention.digits == len(digits)
        assert all(max(abs(a.x - b.x), abs(a.y - b.y)) > 9 for a, b in combinations(digits, 2))
        if len(digits) == 2 and mention.relations:
            (a, b) = digits
            assert abs(abs(a.x - b.x) - abs(a.y - b.y)) >= 3


def test_what_is_made_is_told_by_its_seed() -> None:
    one, again, other = (scenes.scene_corpus(20, seed) for seed in (1, 1, 2))
    assert one.checksum == again.checksum != other.checksum
    assert one.splits["test"].captions == other.splits["test"].captions  # held out from every run
    image, caption = scenes.held_out_scene(7, "test")
    assert (one.splits["test"].inputs[7] == image).all()
    assert one.splits["test"].captions[7] == (caption,)
    first, second = (scenes.training_scenes(4, 1, 0, batch) for batch in (0, 1))
    assert (first.images != second.images).any()
    with pytest.raises(UsageError, match="numbers go up to 9,999"):
        scenes.held_out_scene(10_000, "test")


def test_without_a_warp_an_original_is_only_scaled() -> None:
    original = np.zeros((8, 8), dtype=np.float32)
    original[:, 4:] = 1
    drawn = (original.ravel() @ scenes._resampling(16, 0)).reshape(16, 16)
    assert drawn[8, :7] == pytest.approx(np.zeros(7))
    assert drawn[8, 9:15] == pytest.approx(np.ones(6))
