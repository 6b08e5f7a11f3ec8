"""Tables in blocks of rows: the same rows, losses and gradients as of the whole table, and only what a step meets."""

import numpy as np
import pytest
import torch
from torch import nn

from embedkit.models.row_blocks import RowBlocks
from embedkit.models.softmax import SoftmaxHead


def test_rows_and_their_gradients_by_hand() -> None:
    table = nn.Parameter(torch.arange(10.0).reshape(5, 2))
    blocks = RowBlocks(table, (2, 3, 5))
    rows = blocks.look_up(torch.tensor([[4, 0], [3, 0]]))
    assert rows.tolist() == [[[8, 9], [0, 1]], [[6, 7], [0, 1]]]
    rows.sum().backward()
    first, second, third = (leaf.grad for leaf in blocks.leaves)
    assert first.tolist() == [[2, 2], [0, 0]]
    assert second is None
    assert third.tolist() == [[1, 1], [1, 1]]
    with torch.no_grad():
        blocks.leaves[2] += 1
    assert table[4].tolist() == [9, 10], "they share their memory"


@pytest.mark.parametrize(
    ("cutoffs", "rare_block", "sizes", "targets", "met"),
    [
        ((3, 6, 8, 10), 0, [3, 3, 2, 2, 1], [0, 2, 7, 6, 10, 1], [True, False, True, False, True]),
        # Rare are words 6 to 10, in blocks of two, the last of one: a word twice, and two words of one block.
        ((3, 6), 2, [3, 3, 2, 2, 1], [0, 2, 7, 6, 7, 10, 1], [True, False, True, False, True]),
    ],
)
def test_a_softmax_in_blocks_has_the_loss_and_the_gradients_of_the_whole(
    cutoffs: tuple[int, ...], rare_block: int, sizes: list[int], targets: list[int], met: list[bool]
) -> None:
    torch.manual_seed(0)
    whole, parts = (
        SoftmaxHead(4, nn.Parameter(torch.empty(11, 4)), cutoffs, np.arange(11, 0, -1), rare_block=rare_block)
        for _ in "ab"
    )
    nn.init.normal_(whole.table)
    for name, parameter in parts.named_parameters():
        parameter.data.copy_(whole.get_parameter(name))
    blocks = parts.train_in_blocks()
    assert [len(leaf) for leaf in blocks.leaves] == sizes
    hidden = torch.randn(len(targets), 4)
    losses = [head(hidden, torch.tensor(targets)) for head in (whole, parts)]
    assert torch.equal(*losses)
    for loss in losses:
        loss.backward()
    assert [leaf.grad is not None for leaf in blocks.leaves] == met
    gradient = torch.cat([torch.zeros_like(leaf) if leaf.grad is None else leaf.grad for leaf in blocks.leaves])
    torch.testing.assert_close(gradient, whole.table.grad)
    for name, parameter in parts.named_parameters():
        if name != "table":
            torch.testing.assert_close(parameter.grad, whole.get_parameter(name).grad)
    torch.testing.assert_close(parts.log_probabilities(hidden).exp().sum(1), torch.ones(len(targets)))
