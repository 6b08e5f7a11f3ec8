"""Softmax heads against distributions worked out by hand."""

import math

import numpy as np
import torch
from torch import nn

from embedkit.models.cutoffs import choose_cutoffs
from embedkit.models.softmax import SoftmaxHead


def head(cutoffs: tuple[int, ...], *, size: int = 10, width: int = 4, hidden: int = 4) -> SoftmaxHead:
    torch.manual_seed(0)
    made = SoftmaxHead(hidden, nn.Parameter(torch.randn(size, width)), cutoffs, np.arange(size, 0, -1))
    if made.tails is not None:
        nn.init.normal_(made.tails.weight)
    return made


def test_adaptive_probabilities_sum_to_one() -> None:
    total = head((3, 6)).log_probabilities(torch.randn(5, 4)).exp().sum(1)
    torch.testing.assert_close(total, torch.ones(5))


def test_loss_is_the_negative_log_probability_of_each_target() -> None:
    for cutoffs in [(), (4,), (3, 6)]:
        made, hidden, targets = head(cutoffs), torch.randn(30, 4), torch.arange(30) % 10
        expected = -made.log_probabilities(hidden)[torch.arange(30), targets].sum()
        torch.testing.assert_close(made(hidden, targets), expected)


def test_a_loss_worked_out_on_paper() -> None:
    """Two words with scores 0 and ln 3: probabilities 1/4 and 3/4."""
    made = SoftmaxHead(1, nn.Parameter(torch.tensor([[0.0], [math.log(3)]])))
    loss = made(torch.ones(2, 1), torch.tensor([0, 1]))
    assert math.isclose(loss.item(), math.log(4) + math.log(4 / 3), rel_tol=1e-6)


def test_a_new_head_predicts_the_frequencies() -> None:
    counts = np.array([59, 29, 9, 9, 4, 4])
    made = SoftmaxHead(4, nn.Parameter(torch.zeros(6, 4)), (2, 4), counts)
    nn.init.zeros_(made.tails.weight)
    expected = torch.tensor((counts + 1) / (counts + 1).sum(), dtype=torch.float32)
    torch.testing.assert_close(made.log_probabilities(torch.randn(1, 4)).exp()[0], expected)


def test_gradients_reach_the_table_through_head_and_tails() -> None:
    made = head((3, 6))
    made(torch.randn(4, 4), torch.tensor([0, 1, 4, 8])).backward()
    touched = made.table.grad.abs().sum(1) > 0
    assert touched.all()


def test_other_widths_are_projected() -> None:
    made = head((3,), hidden=7)
    assert made.log_probabilities(torch.randn(2, 7)).shape == (2, 10)


def test_cutoffs_of_a_zipf_vocabulary_save_most_of_the_work() -> None:
    counts = 1e6 / np.arange(1, 30_001)
    first, second = choose_cutoffs(counts)
    mass = counts / counts.sum()
    cost = first + 2 + mass[first:second].sum() * (second - first) + mass[second:].sum() * (30_000 - second)
    assert cost < 30_000 / 5


def test_a_small_vocabulary_keeps_one_softmax() -> None:
    assert choose_cutoffs(np.full(65, 10)) == ()
