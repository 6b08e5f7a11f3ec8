"""What the units of a recurrent core do over a text: traces and signals, computed from a trained run's weights."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
import torch
from torch import Tensor

from embedkit.analysis.cells.gates import SIGNALS, LayerWeights, unroll
from embedkit.analysis.cells.traces import HiddenTrace
from embedkit.errors import UsageError, unknown
from embedkit.models.recurrent import RecurrentCore
from embedkit.numerals import counted
from embedkit.progress import Progress, no_progress
from embedkit.runs.folder import Run
from embedkit.text.features import Tokens, read_features
from embedkit.text.typed import typed_ids
from embedkit.text.vocabulary import Vocabulary


@dataclass(frozen=True, eq=False)
class Reading:
    """A text as a run's recurrent core reads it.

    Attributes:
        tokens: T of them, and `ids` (T,), as the run's vocabulary has them.
        inputs: (T, 1, input_size) inputs of the core.
        log_probabilities: (T, H) hidden states of the last layer → (T, V) of the next token; None where the network
            predicts none.
    """

    core: RecurrentCore
    vocabulary: Vocabulary
    ids: np.ndarray
    inputs: Tensor
    log_probabilities: Callable[[Tensor], Tensor] | None = None


def read(run: Run, ids: Callable[[Vocabulary], Sequence[int]]) -> Reading:
    """A text as a run's recurrent core reads it, given what turns the run's vocabulary into the text's token ids.

    Raises:
        RunError: a run of this kind reads no text.
    """
    return run.task.load("reader")(run, ids)


@torch.no_grad()
def read_text(run: Run, text: str) -> Reading:
    """A text that somebody typed as a run's recurrent core reads it, by the run's own vocabulary (see `typed_ids`).

    Raises:
        UsageError: the text has no token.
    """
    reading = read(run, lambda vocabulary: typed_ids(vocabulary, text))
    if not len(reading.ids):
        raise UsageError("the text is empty: give at least one token")
    return reading


def layer_weights(core: RecurrentCore, dtype: type[np.floating] | None = None) -> tuple[LayerWeights, ...]:
    """The weights of a recurrent core as arrays, in their own precision unless another is given."""
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    return tuple(
        LayerWeights(
            core.cell, *(np.asarray(layer.get_parameter(name).detach().cpu().numpy(), dtype) for name in names)
        )
        for layer in core.layers
    )


def trace_core(core: RecurrentCore, inputs: Tensor, tokens: Sequence[str], *, layer: int = -1) -> HiddenTrace:
    """What the units of one layer of a core, of a run of any kind, do over (T, 1, input_size) inputs from zeros on.

    Computed in double precision, where it is torch's own to many digits. Torch's single precision is itself some 1e-6
    off after a few hundred steps of a trained LSTM, and no two orders of summation agree there.

    Args:
        tokens: what each input is called.

    Raises:
        UsageError: there is no such layer.
    """
    number = check_layer(core, layer)
    signals_by_layer, _ = unroll(layer_weights(core, np.float64)[: number + 1], inputs.detach().cpu().double().numpy())
    signals = {name: values[:, 0].astype(np.float32) for name, values in signals_by_layer[number].items()}
    return HiddenTrace(tuple(tokens), signals.pop("hidden"), None, layer, core.cell, signals)


def check_layer(core: RecurrentCore, layer: int) -> int:
    """A layer's number counted from 0; -1 is the last. Raises UsageError where the core has no such layer."""
    return layer_number(len(core.layers), layer)


def layer_number(count: int, layer: int) -> int:
    """As `check_layer`, of a network with so many layers."""
    if not -count <= layer < count:
        raise UsageError(f"--layer {layer}: the run has {counted(count, 'layer')}, 0 to {count - 1}")
    return layer % count


def trace(run: Run, text: str, *, layer: int = -1) -> HiddenTrace:
    """What the units of one layer do over a text, what the text is like, and how surprised the model was at each token.

    Raises:
        UsageError: the text has no token, or there is no such layer.
    """
    return trace_reading(read_text(run, text), layer=layer)


@torch.no_grad()
def trace_reading(reading: Reading, *, layer: int = -1) -> HiddenTrace:
    """As `trace`, of a text that was read."""
    tokens = [reading.vocabulary.tokens[i] for i in reading.ids]
    hidden_trace = trace_core(reading.core, reading.inputs, tokens, layer=layer)
    features = read_features(Tokens.of(reading.vocabulary, reading.ids.tolist()))
    return replace(
        hidden_trace, surprisal=_surprisal(reading), features={each.description: each.values for each in features}
    )


def _surprisal(reading: Reading) -> np.ndarray | None:
    """(T,) nats of each token given those before it, NaN first."""
    if reading.log_probabilities is None:
        return None
    hidden, _ = reading.core(reading.inputs, reading.core.initial_state(1))
    log_probabilities = reading.log_probabilities(hidden[:-1, 0])
    nats = -log_probabilities.gather(1, torch.from_numpy(reading.ids[1:, None]))[:, 0]
    return np.concatenate([[np.nan], nats.numpy()]).astype(np.float32)


COLUMNS, WARM_UP, WINDOW = 32, 128, 64
"""A long text is read in COLUMNS pieces side by side, each from WARM_UP tokens before it on, WINDOW steps at a time."""


@torch.no_grad()
def states_over(reading: Reading, signal: str, *, layer: int = -1, progress: Progress = no_progress) -> np.ndarray:
    """(T, H) values of one signal of a layer after each token of a long text.

    The text is read in COLUMNS pieces side by side. Each but the first starts WARM_UP tokens early from zeros, so that
    its state at the piece's first token has read WARM_UP tokens before it.

    Raises:
        UsageError: there is no such layer, or the cell has no such signal.
    """
    number, weights = check_layer(reading.core, layer), layer_weights(reading.core)
    if signal not in SIGNALS[reading.core.cell]:
        raise unknown("signal", signal, SIGNALS[reading.core.cell])
    total = len(reading.ids)
    length = -(-total // COLUMNS)
    starts = np.arange(0, total, length)
    inputs = reading.inputs[:, 0].numpy()
    states = np.empty((length, len(starts), weights[number].units), np.float32)
    state = tuple(each.initial_state(len(starts)) for each in weights)
    # No more than a piece, so that the first piece alone has nothing before it.
    for top in (*range(-min(WARM_UP, length), 0, WINDOW), *range(0, length, WINDOW)):
        rows = np.arange(top, min(top + WINDOW, 0 if top < 0 else length))
        at = np.clip(starts[None] + rows[:, None], 0, total - 1)
        signals, state = unroll(weights[: number + 1], inputs[at], state)
        if top < 0:
            for part in chain.from_iterable(state):
                part[0] = 0.0
        else:
            states[rows] = signals[number][signal]
            progress((rows[-1] + 1) / length)
    return states.transpose(1, 0, 2).reshape(-1, states.shape[2])[:total]
