"""An output at every step of what is read."""

import pytest
import torch

from embedkit.models.recurrent import CELLS
from embedkit.tasks.echo.network import Tagger


@pytest.mark.parametrize("cell", CELLS)
def test_two_chunks_with_the_state_carried_equal_one(cell: str) -> None:
    torch.manual_seed(0)
    tagger, x = Tagger(cell, 2, 5, layers=2, output_size=3), torch.randn(7, 4, 2)
    whole, _ = tagger(x, tagger.initial_state(4))
    assert whole.shape == (7, 4, 3)
    first, state = tagger(x[:3], tagger.initial_state(4))
    second, _ = tagger(x[3:], state)
    torch.testing.assert_close(torch.cat([first, second]), whole)


def test_an_output_knows_nothing_of_later_steps() -> None:
    torch.manual_seed(0)
    tagger, x = Tagger("gru", 1, 4), torch.randn(6, 1, 1, requires_grad=True)
    logits, _ = tagger(x, tagger.initial_state(1))
    (gradient,) = torch.autograd.grad(logits[2].sum(), x)
    assert (gradient[:3] != 0).all()
    assert (gradient[3:] == 0).all()
