"""What goes on inside a recurrent cell at every step, computed again from its weights.

With x the input, h the hidden state before, σ the logistic function and ∘ the product by element:

    LSTM     i, f, o = σ(W x + b + U h + b')        the input, forget and output gate, each with its own weights
             g  = tanh(W x + b + U h + b')          the candidate
             c' = f ∘ c + i ∘ g                     the cell state
             h' = o ∘ tanh(c')
    GRU      r, z = σ(W x + b + U h + b')           the reset and update gate
             n  = tanh(W x + b + r ∘ (U h + b'))    the candidate; r after the product, as in torch and cuDNN
             h' = (1 − z) ∘ n + z ∘ h               z near 1 keeps; Cho et al. 2014 have 1 − z there
    RNN      h' = tanh(W x + b + U h + b'), or ReLU

References:
    Hochreiter & Schmidhuber 1997, Long short-term memory. Gers, Schmidhuber & Cummins 2000 added the forget gate.
    Cho et al. 2014, Learning phrase representations using RNN encoder-decoder, for the GRU.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from embedkit.errors import unknown

SIGNALS: Mapping[str, tuple[str, ...]] = {
    "lstm": ("hidden", "cell", "input", "forget", "output", "candidate"),
    "gru": ("hidden", "reset", "update", "candidate"),
    "rnn-tanh": ("hidden",),
    "rnn-relu": ("hidden",),
}
"""By cell, what there is to see in each unit at each step."""
TITLES = {
    "hidden": "hidden state",
    "cell": "cell state",
    "input": "input gate",
    "forget": "forget gate",
    "output": "output gate",
    "reset": "reset gate",
    "update": "update gate",
    "candidate": "candidate",
}
GATES = ("input", "forget", "output", "reset", "update")
"""Signals that lie between 0, shut, and 1, open."""

Signals = dict[str, np.ndarray]
"""By name, the values of one layer: (T, B, H)."""
LayerState = tuple[np.ndarray, ...]
"""(h,), or (h, c) for an LSTM; each (B, H)."""


@dataclass(frozen=True, eq=False)
class LayerWeights:
    """One recurrent layer as torch keeps it: `weight_ih` (G·H, I), `weight_hh` (G·H, H), two biases (G·H,).

    G is 4 for an LSTM, in the order i, f, g, o; 3 for a GRU, in the order r, z, n; else 1.

    Raises:
        UsageError: there is no such cell.
        ValueError: the shapes are not those of the cell.
    """

    cell: str
    weight_ih: np.ndarray
    weight_hh: np.ndarray
    bias_ih: np.ndarray
    bias_hh: np.ndarray

    def __post_init__(self) -> None:
        if self.cell not in SIGNALS:
            raise unknown("cell", self.cell, SIGNALS)
        rows, units = self.weight_hh.shape
        gates = {"lstm": 4, "gru": 3}.get(self.cell, 1)
        if rows != gates * units or any(len(part) != rows for part in (self.weight_ih, self.bias_ih, self.bias_hh)):
            shapes = f"{self.weight_ih.shape} and {self.weight_hh.shape}"
            raise ValueError(f"weights {shapes} are not those of a {self.cell}")

    @property
    def units(self) -> int:
        return self.weight_hh.shape[1]

    def initial_state(self, batch_size: int) -> LayerState:
        """Zeros."""
        zero = np.zeros((batch_size, self.units), self.weight_hh.dtype)
        return (zero, zero) if self.cell == "lstm" else (zero,)


def unroll(
    layers: Sequence[LayerWeights], inputs: np.ndarray, state: Sequence[LayerState] | None = None
) -> tuple[tuple[Signals, ...], tuple[LayerState, ...]]:
    """(T, B, I) inputs and a state a layer, zeros by default → every signal and the state after, of every layer.

    The hidden states of a layer are the inputs of the next. Numbers are of the weights' precision.
    """
    signals, states = [], []
    x = inputs
    for number, layer in enumerate(layers):
        before = layer.initial_state(inputs.shape[1]) if state is None else state[number]
        layer_signals, after = _unroll_layer(layer, x, before)
        x = layer_signals["hidden"]
        signals.append(layer_signals)
        states.append(after)
    return tuple(signals), tuple(states)


def _unroll_layer(layer: LayerWeights, x: np.ndarray, state: LayerState) -> tuple[Signals, LayerState]:
    """(T, B, I) inputs and the state before → the layer's signals, (T, B, H) each, and the state after."""
    steps, columns, _ = x.shape
    signals = {name: np.empty((steps, columns, layer.units), x.dtype) for name in SIGNALS[layer.cell]}
    # What comes from the inputs needs no step before it, so it is one product for all steps.
    driven = x @ layer.weight_ih.T + layer.bias_ih
    recurrence = np.ascontiguousarray(layer.weight_hh.T)
    for t in range(steps):
        now = _STEPS[layer.cell](driven[t], state[0] @ recurrence + layer.bias_hh, state)
        for name, values in now.items():
            signals[name][t] = values
        state = tuple(signals[name][t] for name in ("hidden", "cell") if name in now)
    return signals, state


def _sigmoid(x: np.ndarray) -> np.ndarray:
    """1 / (1 + e^−x), without overflow."""
    return 0.5 * (1 + np.tanh(0.5 * x))


def _lstm(driven: np.ndarray, returned: np.ndarray, state: LayerState) -> Signals:
    i, f, g, o = np.split(driven + returned, 4, axis=1)
    i, f, g, o = _sigmoid(i), _sigmoid(f), np.tanh(g), _sigmoid(o)
    cell = f * state[1] + i * g
    return {"hidden": o * np.tanh(cell), "cell": cell, "input": i, "forget": f, "output": o, "candidate": g}


def _gru(driven: np.ndarray, returned: np.ndarray, state: LayerState) -> Signals:
    (r, z, n), (ur, uz, un) = np.split(driven, 3, axis=1), np.split(returned, 3, axis=1)
    r, z = _sigmoid(r + ur), _sigmoid(z + uz)
    n = np.tanh(n + r * un)
    return {"hidden": (1 - z) * n + z * state[0], "reset": r, "update": z, "candidate": n}


def _tanh(driven: np.ndarray, returned: np.ndarray, state: LayerState) -> Signals:
    return {"hidden": np.tanh(driven + returned)}


def _relu(driven: np.ndarray, returned: np.ndarray, state: LayerState) -> Signals:
    return {"hidden": np.maximum(driven + returned, 0)}


_STEPS: Mapping[str, Callable[[np.ndarray, np.ndarray, LayerState], Signals]] = {
    "lstm": _lstm,
    "gru": _gru,
    "rnn-tanh": _tanh,
    "rnn-relu": _relu,
}
"""By cell, one step: (B, G·H) from the inputs, (B, G·H) from the hidden state before, the state → (B, H) by signal."""
