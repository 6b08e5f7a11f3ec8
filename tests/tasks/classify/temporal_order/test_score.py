"""Courses over seeds, what is reached and when, and confusion tables; worked out by hand."""

import pytest

from embedkit.tasks.classify.score import Confusion
from embedkit.tasks.classify.temporal_order.score import Course, Seeds, first_reached


def test_a_course_is_the_median_between_the_least_and_the_greatest() -> None:
    course = Course.of([1, 2], [[0.2, 0.4], [0.3, 1.0], [0.7, 0.5]])
    assert course.low.tolist() == [0.2, 0.4]
    assert course.middle.tolist() == [0.3, 0.5]
    assert course.high.tolist() == [0.7, 1.0]
    assert Course.of([1, 2], [[0.2, 0.4], [0.3, 1.0]]).middle.tolist() == pytest.approx([0.25, 0.7])


def test_seeds_are_counted_against_a_share_and_the_worst_has_an_interval() -> None:
    seeds = Seeds((50, 99, 100), 100)
    assert (seeds.worst, seeds.middle, seeds.best) == (0.5, 0.99, 1.0)
    assert (seeds.reached(0.99), seeds.reached(0.995)) == (2, 1)
    # Wilson's: (0.5 + z²/200 ± z √(0.25/100 + z²/40000)) / (1 + z²/100), z = 1.96
    assert (seeds.worst_interval.low, seeds.worst_interval.high) == pytest.approx((0.4038, 0.5962), abs=1e-4)


def test_the_first_epoch_at_a_share_or_none() -> None:
    assert first_reached([1, 2, 3], [0.2, 0.99, 0.5], 0.99) == 2
    assert first_reached([1, 2, 3], [0.2, 0.98, 0.5], 0.99) is None


def test_a_confusion_table_by_hand() -> None:
    confusion = Confusion(("Q", "R"), ((3, 1), (0, 4)))
    assert (confusion.right, confusion.n, confusion.accuracy.share) == (7, 8, 7 / 8)
    assert [confusion.of_class(i) for i in (0, 1)] == [(3, 4), (4, 4)]
    assert confusion.mistakes == [("Q", "R", 1)]
    assert Confusion(("Q", "R"), ((3, 1), (2, 4))).mistakes == [("R", "Q", 2), ("Q", "R", 1)]
    assert Confusion(("Q", "R"), ((3, 0), (0, 4))).mistakes == []
    # Wilson's for 7 of 8.
    assert (confusion.accuracy.interval.low, confusion.accuracy.interval.high) == pytest.approx(
        (0.5291, 0.9776), abs=1e-4
    )
