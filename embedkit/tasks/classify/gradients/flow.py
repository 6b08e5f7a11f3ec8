"""How far a gradient comes: that of a loss at the last step, with respect to the state at every earlier one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from embedkit.models.recurrent import RecurrentCore, State

GATES: Mapping[str, tuple[str, ...]] = {
    "lstm": ("input", "forget", "candidate", "output"),
    "gru": ("reset", "update", "candidate"),
    "rnn-tanh": ("candidate",),
    "rnn-relu": ("candidate",),
}
"""By cell, whose recurrent matrix each block of `weight_hh` is, in torch's order. A plain cell has one."""


@dataclass(frozen=True, eq=False)
class StateGradients:
    """Gradients of a loss with respect to the last layer's state after each of T steps.

    Attributes:
        hidden: (T, B, H).
        cell: (T, B, H) of an LSTM's cell state, None elsewhere. A change of the one is taken to leave the other alone.
    """

    hidden: Tensor
    cell: Tensor | None


def state_gradients(core: RecurrentCore, x: Tensor, loss: Callable[[Tensor], Tensor], state: State) -> StateGradients:
    """Read (T, B, input_size) step by step, and differentiate `loss`, a function of the last (B, H) hidden state."""
    after: list[tuple[Tensor, ...]] = []
    for step in x.split(1):
        _, state = core(step, state)
        after.append(state[-1])
    parts = list(zip(*after, strict=True))
    flat = [each for part in parts for each in part]
    # Nothing leads on from the last cell state: its gradient is zero, as the hidden state is another result.
    gradients = torch.autograd.grad(loss(parts[0][-1][0]), flat, allow_unused=True, materialize_grads=True)
    hidden, *cell = (torch.cat(gradients[i : i + len(x)]) for i in range(0, len(gradients), len(x)))
    return StateGradients(hidden, cell[0] if cell else None)


def spectral_radii(core: RecurrentCore) -> dict[str, float]:
    """The largest absolute eigenvalue of the last layer's recurrent matrix, by gate."""
    weight = core.layers[-1].get_parameter("weight_hh_l0").detach().double()
    blocks = weight.split(core.hidden_size)
    return {
        gate: float(torch.linalg.eigvals(block).abs().max())
        for gate, block in zip(GATES[core.cell], blocks, strict=True)
    }


def planted_core(matrix: Tensor) -> RecurrentCore:
    """A plain tanh network with this (H, H) recurrent matrix and nothing else, in float64.

    Started from a state of zeros and fed zeros it stays there, where the slope of tanh is 1: the gradient that arrives
    k steps earlier is the one at the end times the k-th power of the transposed matrix, to rounding.
    """
    core = RecurrentCore("rnn-tanh", 1, len(matrix)).double()
    with torch.no_grad():
        for name, parameter in core.named_parameters():
            if "weight_hh" in name:
                parameter.copy_(matrix)
            else:
                parameter.zero_()
    return core


def planted_gradients(matrix: Tensor, towards: Tensor, steps: int) -> Tensor:
    """(H, H) matrix and (H,) gradient at the end → (steps + 1, H) gradients at lags 0, 1, …, steps."""
    core = planted_core(matrix)
    gradients = state_gradients(
        core,
        torch.zeros(steps + 1, 1, 1, dtype=torch.float64),
        lambda hidden: (hidden * towards).sum(),
        core.initial_state(1),
    )
    return gradients.hidden[:, 0].flip(0)


def orthogonal_matrix(size: int, seed: int) -> Tensor:
    """A random (H, H) orthogonal matrix in float64: all its eigenvalues have the absolute value 1."""
    normal = torch.randn(size, size, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    return torch.linalg.qr(normal).Q
