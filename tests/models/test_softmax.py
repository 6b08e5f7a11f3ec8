"""Softmax heads against distributions worked out by hand."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from embedkit.models import softmax
from embedkit.models.softmax import SoftmaxHead


def head(
    cutoffs: tuple[int, ...], *, size: int = 10, width: int = 4, hidden: int = 4, rare_block: int = 0
) -> SoftmaxHead:
    torch.manual_seed(0)
    table = nn.Parameter(torch.randn(size, width))
    made = SoftmaxHead(hidden, table, cutoffs, np.arange(size, 0, -1), rare_block=rare_block)
    for inner in (made.tails, made.rare):
        if inner is not None:
            nn.init.normal_(inner.weight)
    return made


@pytest.mark.parametrize("rare_block", [0, 1, 3, 9])
def test_adaptive_probabilities_sum_to_one(rare_block: int) -> None:
    total = head((3, 6), rare_block=rare_block).log_probabilities(torch.randn(5, 4)).exp().sum(1)
    torch.testing.assert_close(total, torch.ones(5))


@pytest.mark.parametrize(
    ("cutoffs", "rare_block"), [((), 0), ((4,), 0), ((3, 6), 0), ((4,), 3), ((3, 6), 2), ((3, 6), 3), ((3, 6), 4)]
)
@pytest.mark.parametrize("in_blocks", [False, True])
def test_loss_is_the_negative_log_probability_of_each_target(
    cutoffs: tuple[int, ...], rare_block: int, in_blocks: bool
) -> None:
    made, hidden, targets = head(cutoffs, rare_block=rare_block), torch.randn(30, 4), torch.arange(30) * 7 % 10
    expected = -made.log_probabilities(hidden)[torch.arange(30), targets]
    if in_blocks:
        made.train_in_blocks()
    torch.testing.assert_close(made(hidden, targets), expected.sum())
    torch.testing.assert_close(made.nats(hidden, targets), expected)
    with torch.autocast("cpu", torch.bfloat16):
        torch.testing.assert_close(made(hidden, targets), expected.sum(), rtol=0.02, atol=0.0)


def test_probabilities_of_rare_words_worked_out_on_paper() -> None:
    """One word in the head, three rare ones in blocks of two. Scores of head and tail are 0 and ln 3, of the blocks 0
    and ln 4, of the words of the first block 0 and ln 2: 1/4, then 3/4 · 1/5 · 1/3, · 2/3, and 3/4 · 4/5."""
    table = torch.tensor([[0.0], [0.0], [math.log(2)], [5.0]])
    made = SoftmaxHead(1, nn.Parameter(table), (1,), rare_block=2)
    with torch.no_grad():
        made.tails.weight[:], made.tails.bias[:] = math.log(3), 0
        made.rare.weight[:], made.rare.bias[:] = torch.tensor([[0.0], [math.log(4)]]), 0
    expected = torch.tensor([1 / 4, 1 / 20, 1 / 10, 3 / 5])
    torch.testing.assert_close(made.log_probabilities(torch.ones(1, 1)).exp()[0], expected)
    torch.testing.assert_close(made.nats(torch.ones(4, 1), torch.arange(4)), -expected.log())


def test_a_loss_worked_out_on_paper() -> None:
    """Two words with scores 0 and ln 3: probabilities 1/4 and 3/4."""
    made = SoftmaxHead(1, nn.Parameter(torch.tensor([[0.0], [math.log(3)]])))
    loss = made(torch.ones(2, 1), torch.tensor([0, 1]))
    assert math.isclose(loss.item(), math.log(4) + math.log(4 / 3), rel_tol=1e-6)


@pytest.mark.parametrize(("cutoffs", "rare_block"), [((2, 4), 0), ((2,), 3)])
def test_a_new_head_predicts_the_frequencies(cutoffs: tuple[int, ...], rare_block: int) -> None:
    counts = np.array([59, 29, 9, 9, 4, 4])
    made = SoftmaxHead(4, nn.Parameter(torch.zeros(6, 4)), cutoffs, counts, rare_block=rare_block)
    for inner in (made.tails, made.rare):
        if inner is not None:
            nn.init.zeros_(inner.weight)
    expected = torch.tensor((counts + 1) / (counts + 1).sum(), dtype=torch.float32)
    torch.testing.assert_close(made.log_probabilities(torch.randn(1, 4)).exp()[0], expected)


def test_gradients_reach_the_table_through_head_and_tails() -> None:
    made = head((3, 6))
    made(torch.randn(4, 4), torch.tensor([0, 1, 4, 8])).backward()
    touched = made.table.grad.abs().sum(1) > 0
    assert touched.all()


@pytest.mark.parametrize("rare_block", [0, 7])
def test_the_likeliest_token_is_that_of_all_log_probabilities(rare_block: int) -> None:
    made = head((20, 40), size=60, rare_block=rare_block)
    pieces = set()
    for _ in range(5):
        hidden, banned = torch.randn(40, 4) * 3, torch.rand(40, 60) < 0.3
        with torch.no_grad():
            expected = made.log_probabilities(hidden).masked_fill(banned, -torch.inf).argmax(1)
            assert torch.equal(made.likeliest(hidden, banned), expected)
        pieces |= {int(token) // 20 for token in expected}
    assert pieces == {0, 1, 2}, "of the head and of both tails"


def test_other_widths_are_projected() -> None:
    made = head((3,), hidden=7)
    assert made.log_probabilities(torch.randn(2, 7)).shape == (2, 10)


def test_rows_that_fill_up_change_neither_loss_nor_gradients(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 7 targets three are in the head, two in each tail: filled up to 8, 4 and 4 rows by such without a target."""
    made, hidden = head((3, 6)), torch.randn(7, 4, requires_grad=True)
    targets = torch.tensor([0, 1, 2, 4, 5, 8, 9])

    def worked_out() -> list[torch.Tensor]:
        loss = made(hidden, targets)
        return [loss, *torch.autograd.grad(loss, [hidden, made.table, made.bias, made.tails.weight])]

    plain, rows = worked_out(), []
    linear = nn.functional.linear
    monkeypatch.setattr(softmax, "_multiple", lambda hidden: 4)
    monkeypatch.setattr(nn.functional, "linear", lambda x, *of: rows.append(len(x)) or linear(x, *of))
    for filled_up, value in zip(worked_out(), plain, strict=True):
        torch.testing.assert_close(filled_up, value)
    assert rows == [4, 4, 8, 8], "two tails, the words of the head and its entries of the tails"


def test_products_in_bfloat16_are_of_few_shapes(monkeypatch: pytest.MonkeyPatch) -> None:
    made, rows, linear = head((3, 6)), [], nn.functional.linear
    monkeypatch.setattr(nn.functional, "linear", lambda x, *of: rows.append(len(x)) or linear(x, *of))
    for count in (30, 31, 50):
        targets = torch.arange(count) % 10
        made(torch.randn(count, 4), targets)
        with torch.autocast("cpu", torch.bfloat16):
            made(torch.randn(count, 4), targets)
    assert [n for n in rows if n not in (32, 64)] == [9, 12, 30, 30, 9, 12, 31, 31, 15, 20, 50, 50], "single precision"
