"""Configurations refuse what cannot be meant."""

import math
from dataclasses import dataclass
from typing import Annotated, get_type_hints

import pytest

from embedkit.config import Checked, from_table
from embedkit.config.bounds import Count, CountOrZero, NotNegative, Positive, PositiveOrInfinite, Share
from embedkit.errors import UsageError
from embedkit.tasks import all_tasks
from embedkit.tasks.language_model.config import LanguageModel, LanguageModelTraining


def test_a_number_out_of_range_names_the_option() -> None:
    with pytest.raises(UsageError, match=r"--dropout 1\.5: must be at least 0 and below 1"):
        LanguageModel(dropout=1.5)
    with pytest.raises(UsageError, match="--batch-size 0: must be at least 1"):
        LanguageModelTraining(batch_size=0)


def test_a_misspelt_choice_never_becomes_the_default() -> None:
    with pytest.raises(UsageError, match="unknown schedule 'cosin'; did you mean cosine"):
        LanguageModelTraining(schedule="cosin")
    with pytest.raises(UsageError, match="unknown softmax 'ful'; did you mean full"):
        LanguageModel(softmax="ful")


def test_a_table_with_an_unknown_key_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="unknown option 'hiden_size'; did you mean hidden_size"):
        from_table(LanguageModel, {"hiden_size": 3})


def test_a_table_gives_back_the_configuration() -> None:
    assert from_table(LanguageModel, {"layers": 2, "cutoffs": [5, 9]}) == LanguageModel(layers=2, cutoffs=(5, 9))


def test_a_subclass_checks_its_own_numbers_and_its_bases() -> None:
    from embedkit.tasks.seq2seq.config import Seq2SeqTraining

    for name, value in (("denoise", 1.0), ("warmup", 1.0), ("batch_tokens", 0), ("patience", 0), ("clip", 0.0)):
        with pytest.raises(UsageError, match=f"--{name.replace('_', '-')}"):
            Seq2SeqTraining(**{name: value})
    assert not [name for name in vars(Seq2SeqTraining()) if name.startswith("_")]


@dataclass(frozen=True)
class Bounded(Checked):
    count: Count = 3
    none_allowed: CountOrZero = 0
    rate: Positive | None = None
    weight: NotNegative = 0.0
    norm: PositiveOrInfinite = 1.0
    share: Share = 0.5


@dataclass(frozen=True)
class Derived(Bounded):
    count: int = 5  # as of an option that a command hides
    share: Annotated[float, "another's"] = 0.1


@pytest.mark.parametrize("kind", [Bounded, Derived])
@pytest.mark.parametrize(
    ("name", "value", "demand"),
    [
        ("count", 0, "at least 1"),
        ("none_allowed", -1, "at least 0"),
        ("rate", 0.0, "above zero"),
        ("rate", float("nan"), "above zero"),
        ("rate", float("inf"), "a finite number"),
        ("weight", -0.1, "at least 0"),
        ("weight", float("nan"), "at least 0"),
        ("weight", float("inf"), "a finite number"),
        ("norm", 0.0, "above zero"),
        ("norm", float("nan"), "above zero"),
        ("share", -0.1, "at least 0 and below 1"),
        ("share", 1.0, "at least 0 and below 1"),
    ],
)
def test_a_bound_stands_in_the_type_of_its_field_and_holds_for_subclasses(
    kind: type[Bounded], name: str, value: float, demand: str
) -> None:
    with pytest.raises(UsageError) as error:
        kind(**{name: value})
    assert str(error.value) == f"--{name.replace('_', '-')} {value}: must be {demand}"


def test_what_is_on_a_bound_or_none_is_taken() -> None:
    assert Derived(count=1, none_allowed=0, rate=None, share=0.0) == Derived(1, 0, None, share=0.0)
    assert Derived(rate=1e-9, share=0.999).rate == 1e-9
    assert Derived(norm=math.inf).norm == math.inf


def test_no_number_of_a_configuration_is_beyond_all_bounds() -> None:
    """Every number with a fraction of every task is finite, but the norm of the gradient: infinity does not clip."""
    tasks = all_tasks()
    kinds = [kind for task in tasks for kind in task.config_types()]
    kinds += [each.resolve(each.options) for task in tasks for each in task.experiments]
    hints = [(kind, name, hint) for kind in kinds for name, hint in get_type_hints(kind).items()]
    numbers = [(kind, name) for kind, name, hint in hints if hint in (float, float | None)]
    assert len(numbers) > 70
    for kind, name in numbers:
        for value in (math.nan, math.inf, -math.inf):
            if (name, value) != ("clip", math.inf):
                with pytest.raises(UsageError, match=f"--{name.replace('_', '-')} {value}: must be "):
                    kind(**{name: value})
