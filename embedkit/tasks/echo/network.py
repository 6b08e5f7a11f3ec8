"""The in-step shape: an output at every step of what is read, as it is read."""

from torch import Tensor, nn

from embedkit.models.recurrent import RecurrentCore, State


class Tagger(nn.Module):
    """Recurrent layers with a linear layer on the hidden vector of each step.

    Args:
        cell: a name in CELLS.
        input_size: numbers that are read at a step.
        output_size: logits that are given at a step; one where it is a yes or a no.
    """

    def __init__(self, cell: str, input_size: int, hidden_size: int, layers: int = 1, *, output_size: int = 1) -> None:
        super().__init__()
        self.core = RecurrentCore(cell, input_size, hidden_size, layers)
        self.readout = nn.Linear(hidden_size, output_size)

    def initial_state(self, batch_size: int) -> State:
        return self.core.initial_state(batch_size)

    def forward(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """(T, B, input_size) and a state → (T, B, output_size) logits and the state after the last step."""
        hidden, state = self.core(x, state)
        return self.readout(hidden), state
