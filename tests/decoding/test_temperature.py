"""Temperatures by hand, and those that single precision does not divide by."""

import pytest
import torch

from embedkit.decoding.temperature import tempered
from embedkit.tasks.language_model.sampling import choose

SCORES = torch.tensor([[0.2, 0.5, 0.3], [0.25, 0.25, 0.5]]).log()


def test_probabilities_are_raised_and_shared_out_anew() -> None:
    # 0.2² : 0.5² : 0.3² = 4 : 25 : 9.
    torch.testing.assert_close(tempered(SCORES, 0.5)[0], torch.tensor([4, 25, 9]) / 38)
    torch.testing.assert_close(tempered(SCORES, 1), SCORES.exp())


@pytest.mark.parametrize("temperature", [1e-320, 1e-300, 1e-40, 1e-20])
def test_near_zero_the_likeliest_has_it_all(temperature: float) -> None:
    expected = torch.tensor([[0, 1.0, 0], [0, 0, 1]])
    torch.testing.assert_close(tempered(SCORES, temperature), expected)
    assert choose(SCORES[0], temperature, None, None, torch.Generator().manual_seed(0)) == 1


@pytest.mark.parametrize("temperature", [1e20, 1e39, 1e300])
def test_far_from_zero_all_have_the_same_but_what_cannot_be(temperature: float) -> None:
    scores = torch.cat([SCORES[0], torch.tensor([-torch.inf])])
    torch.testing.assert_close(tempered(scores, temperature), torch.tensor([1 / 3, 1 / 3, 1 / 3, 0]))
    assert choose(scores, temperature, None, None, torch.Generator().manual_seed(0)) < 3


@pytest.mark.parametrize("top_p", [1e-300, 1e-9, 0.5])
def test_the_likeliest_is_always_among_those_that_are_drawn_from(top_p: float) -> None:
    draws = {choose(SCORES[0], 1.0, None, top_p, torch.Generator().manual_seed(seed)) for seed in range(20)}
    assert draws == {1}
