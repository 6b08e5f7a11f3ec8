"""How difficult programs are by curriculum and share of the budget, worked out by hand."""

from collections import Counter
from random import Random

import pytest

from embedkit.tasks.execute.config import CURRICULA
from embedkit.tasks.execute.difficulty import DIFFICULTIES, stages

TARGET = (2, 2)


def test_the_length_is_raised_before_the_nesting() -> None:
    assert stages((3, 1)) == [(1, 1), (2, 1), (3, 1)]
    assert stages(TARGET) == [(1, 1), (2, 1), (1, 2), (2, 2)]


def test_every_curriculum_of_the_options_is_there() -> None:
    assert tuple(DIFFICULTIES) == CURRICULA


@pytest.mark.parametrize(
    ("share", "expected"), [(0, (1, 1)), (0.124, (1, 1)), (0.125, (2, 1)), (0.25, (1, 2)), (0.375, (2, 2)), (1, (2, 2))]
)
def test_naive_goes_through_its_stages_in_half_of_the_budget(share: float, expected: tuple[int, int]) -> None:
    assert DIFFICULTIES["naive"](TARGET, share, Random(0)) == expected


def test_without_a_curriculum_the_target_comes_from_the_start() -> None:
    assert DIFFICULTIES["none"](TARGET, 0.0, Random(0)) == TARGET


def test_mix_draws_evenly_up_to_the_target() -> None:
    random = Random(1)
    counts = Counter(DIFFICULTIES["mix"](TARGET, 0.0, random) for _ in range(8_000))
    assert set(counts) == {(1, 1), (1, 2), (2, 1), (2, 2)}
    assert all(abs(count - 2_000) < 200 for count in counts.values())  # five standard deviations


def test_combined_is_half_naive_and_half_mixed() -> None:
    random = Random(2)
    counts = Counter(DIFFICULTIES["combined"](TARGET, 0.0, random) for _ in range(8_000))
    assert abs(counts[1, 1] - 5_000) < 250  # half, and a quarter of the other half
    assert all(abs(counts[each] - 1_000) < 170 for each in ((1, 2), (2, 1), (2, 2)))
