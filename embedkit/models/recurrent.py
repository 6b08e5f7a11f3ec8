"""The recurrent core that every model is built on. State is an argument and a result; there is no hidden state."""

import os
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn

from embedkit.errors import unknown

# oneDNN keeps the kernels it compiled for each of the last shapes it met, of a product about a megabyte; with its own
# 1,024 of them texts of many lengths take gigabytes. Training on pairs, whose shapes are rounded, meets fewer than
# this. It reads it before its first use.
os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "512")

LayerState = tuple[Tensor, ...]
"""(h,), or (h, c) for an LSTM; each (1, B, H)."""

State = tuple[LayerState, ...]
"""A LayerState a layer."""

CELLS: dict[str, Callable[..., nn.RNNBase]] = {
    "lstm": nn.LSTM,
    "gru": nn.GRU,
    "rnn-tanh": partial(nn.RNN, nonlinearity="tanh"),
    "rnn-relu": partial(nn.RNN, nonlinearity="relu"),
}


IDENTITY_INPUT_STD = 1e-3
CHRONO_STEPS = 100


def detach(state: State) -> State:
    """The same values with the past cut off: no gradient reaches beyond the window's edge."""
    return tuple(tuple(part.detach() for part in layer) for layer in state)


def dropout(x: Tensor, share: float) -> Tensor:
    """x with each unit zero by chance and the others scaled to make up for it (Srivastava et al. 2014).

    torch's own draws a number a unit on a processor, which was a sixteenth of a word model's step. 16 bits decide here,
    so that one number of 64 serves four units, and the share is a multiple of 2⁻¹⁶.
    """
    if x.device.type != "cpu":
        return nn.functional.dropout(x, share)
    below = min(round(share * 2**16), 2**16 - 1)
    numbers = torch.empty(-(-x.numel() // 4), dtype=torch.int64).random_(torch.iinfo(torch.int64).min, None)
    bits = numbers.view(torch.int16)[: x.numel()].view(x.shape)
    return x * (bits >= below - 2**15).to(x.dtype).mul_(2**16 / (2**16 - below))


def locked_dropout(x: Tensor, share: float) -> Tensor:
    """(T, B, D) → the same, with the same units dropped at every step (Gal & Ghahramani 2016)."""
    keep = torch.empty_like(x[:1]).bernoulli_(1 - share).div_(1 - share)
    return x * keep


def uniform(layer: nn.RNNBase) -> None:
    """torch's own: everything between ±1/√H, the biases too."""
    layer.reset_parameters()


def orthogonal(layer: nn.RNNBase) -> None:
    """Orthogonal recurrence, Glorot input weights, and an LSTM that remembers at first (forget bias 1)."""
    _initialise(layer, nn.init.orthogonal_, nn.init.xavier_uniform_)


def identity(layer: nn.RNNBase) -> None:
    """The state is handed on as it is and inputs hardly count (Le, Jaitly & Hinton 2015, meant for "rnn-relu")."""
    _initialise(layer, nn.init.eye_, partial(nn.init.normal_, std=IDENTITY_INPUT_STD))


def chrono(layer: nn.RNNBase) -> None:
    """Orthogonal, and gates that hold on for 1 to CHRONO_STEPS steps (Tallec & Ollivier 2018); a plain cell has none.

    A forget gate of bias b keeps its unit for some e^b steps, so biases are logarithms of evenly drawn numbers of
    steps. The input gate gets −b. A GRU's update gate, which keeps where an LSTM's input gate lets in, gets b.
    """
    orthogonal(layer)
    size, bias = layer.hidden_size, layer.get_parameter("bias_ih_l0").data
    if isinstance(layer, nn.LSTM):
        bias[size : 2 * size].uniform_(1, CHRONO_STEPS - 1).log_()
        bias[:size] = -bias[size : 2 * size]
    elif isinstance(layer, nn.GRU):
        bias[size : 2 * size].uniform_(1, CHRONO_STEPS - 1).log_()


def _initialise(layer: nn.RNNBase, recurrence: Callable[[Tensor], Tensor], inputs: Callable[[Tensor], Tensor]) -> None:
    """Each gate's matrices by the given functions, no biases but an LSTM's forget bias of 1."""
    size = layer.hidden_size
    for name, weight in layer.named_parameters():
        if name.startswith("weight_hh"):
            for gate in weight.data.split(size):
                recurrence(gate)
        elif name.startswith("weight_ih"):
            for gate in weight.data.split(size):
                inputs(gate)
        else:
            nn.init.zeros_(weight)
    if isinstance(layer, nn.LSTM):
        layer.get_parameter("bias_ih_l0").data[size : 2 * size] = 1.0


INITIALISERS: dict[str, Callable[[nn.RNNBase], None]] = {
    "orthogonal": orthogonal,
    "uniform": uniform,
    "identity": identity,
    "chrono": chrono,
}


class RecurrentCore(nn.Module):
    """Layers of one recurrent cell, dropout between them.

    Args:
        cell: a name in CELLS.
        weight_drop: share of the recurrent weights dropped in training, drawn once a window (Merity et al. 2018).
        locked: drop the same units at every step of a window.
        initialisation: a name in INITIALISERS.
    """

    def __init__(
        self,
        cell: str,
        input_size: int,
        hidden_size: int,
        layers: int = 1,
        *,
        dropout: float = 0.0,
        locked: bool = False,
        weight_drop: float = 0.0,
        initialisation: str = "orthogonal",
    ) -> None:
        super().__init__()
        if cell not in CELLS:
            raise unknown("cell", cell, CELLS)
        if initialisation not in INITIALISERS:
            raise unknown("initialisation", initialisation, INITIALISERS)
        self.cell, self.hidden_size, self.locked = cell, hidden_size, locked
        self.initialisation = initialisation
        self.dropout, self.weight_drop = dropout, weight_drop
        sizes = [input_size] + [hidden_size] * (layers - 1)
        self.layers = nn.ModuleList(CELLS[cell](size, hidden_size) for size in sizes)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the weights anew, as `initialisation` says."""
        for layer in self.layers:
            assert isinstance(layer, nn.RNNBase)
            INITIALISERS[self.initialisation](layer)

    def initial_state(self, batch_size: int) -> State:
        """Zeros for every layer."""
        weight = next(self.parameters())
        zero = weight.new_zeros(1, batch_size, self.hidden_size)
        parts = 2 if self.cell == "lstm" else 1
        return tuple((zero,) * parts for _ in self.layers)

    def forward(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """(T, B, input_size) and a state → (T, B, hidden_size) and the state after the last step."""
        after = []
        for i, (layer, before) in enumerate(zip(self.layers, state, strict=True)):
            if i > 0:
                x = self.drop(x)
            x, last = self._run(layer, x, before)
            after.append(last)
        return x, tuple(after)

    def drop(self, x: Tensor) -> Tensor:
        """Dropout as this core is set: locked over time or not; nothing outside training."""
        if not self.training or self.dropout == 0:
            return x
        return locked_dropout(x, self.dropout) if self.locked else dropout(x, self.dropout)

    def _run(self, layer: nn.Module, x: Tensor, before: LayerState) -> tuple[Tensor, LayerState]:
        hidden = before if self.cell == "lstm" else before[0]
        if self.training and self.weight_drop > 0:
            dropped = dropout(layer.get_parameter("weight_hh_l0"), self.weight_drop)
            y, last = torch.func.functional_call(layer, {"weight_hh_l0": dropped}, (x, hidden))
        else:
            y, last = layer(x, hidden)
        return y, last if self.cell == "lstm" else (last,)
