"""Budgets and learning rates, worked out by hand."""

import pytest

from embedkit.errors import UsageError
from embedkit.tasks.language_model.config import LanguageModelTraining
from embedkit.training.schedule import Budget, learning_rate, parts_done


def test_four_passes_where_no_budget_is_given() -> None:
    assert Budget.of(LanguageModelTraining(), 120) == Budget(480, None)


def test_the_first_limit_counts() -> None:
    assert Budget.of(LanguageModelTraining(epochs=0.5, steps=100), 120).steps == 60
    both = Budget.of(LanguageModelTraining(steps=100, minutes=1), 120)
    assert both.share(50, 6) == 0.5
    assert both.share(10, 30) == 0.5
    assert both.share(10, 90) == 1


def test_parts_of_a_budget_are_over_at_their_ends() -> None:
    assert [parts_done(share, 4) for share in (0, 0.2499, 0.25, 0.5, 0.9999, 1)] == [0, 0, 1, 2, 3, 4]
    # 0.29 · 100 is 28.999999999999996.
    assert [parts_done(step / 100, 100) for step in range(101)] == list(range(101))
    assert [parts_done(step / 700, 7) for step in range(701)] == [step // 100 for step in range(701)]


def test_minutes_alone_set_no_steps() -> None:
    assert Budget.of(LanguageModelTraining(minutes=3), 120) == Budget(None, 180)


@pytest.mark.parametrize("name", ["epochs", "steps", "minutes"])
def test_an_empty_budget_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match=f"--{name} 0: must be above zero"):
        LanguageModelTraining(**{name: 0})


@pytest.mark.parametrize(("share", "rate"), [(0.05, 0.5), (0.1, 1.0), (0.4, 0.75), (0.55, 0.5), (1.0, 0.0)])
def test_cosine_after_a_linear_rise(share: float, rate: float) -> None:
    assert learning_rate("cosine", 1.0, 0.1, share) == pytest.approx(rate)


def test_constant_stays() -> None:
    assert learning_rate("constant", 0.3, 0.0, 0.9) == 0.3
