"""Gates by hand, and against torch's own states."""

import numpy as np
import pytest
import torch

from embedkit.analysis.cells.gates import SIGNALS, LayerWeights, unroll
from embedkit.errors import UsageError
from embedkit.models.recurrent import CELLS, RecurrentCore
from embedkit.studies.tracing import layer_weights, trace_core


def sigmoid(x: float) -> float:
    return 1 / (1 + np.exp(-x))


def weights(cell: str, inputs: list[float], recurrent: list[float], biases: list[float]) -> LayerWeights:
    """One unit, one input; only the gru's second bias is not zero, so that where it stands can be told."""
    column = np.array(inputs)[:, None]
    back = np.array(biases) if cell == "gru" else np.zeros(len(biases))
    front = np.zeros(len(biases)) if cell == "gru" else np.array(biases)
    return LayerWeights(cell, column, np.array(recurrent)[:, None], front, back)


def test_an_lstm_of_one_unit_by_hand() -> None:
    layer = weights("lstm", [1.0, 0.0, 2.0, -1.0], [0.5, 1.0, 0.0, 0.0], [0.0, 2.0, 0.0, 1.0])
    (signals,), _ = unroll([layer], np.array([[[1.0]], [[-1.0]]]))
    first = {"input": sigmoid(1), "forget": sigmoid(2), "candidate": np.tanh(2), "output": sigmoid(0)}
    first["cell"] = first["input"] * first["candidate"]
    h = first["hidden"] = first["output"] * np.tanh(first["cell"])
    second = {
        "input": sigmoid(-1 + 0.5 * h),
        "forget": sigmoid(2 + h),
        "candidate": np.tanh(-2),
        "output": sigmoid(2),
    }
    second["cell"] = second["forget"] * first["cell"] + second["input"] * second["candidate"]
    second["hidden"] = second["output"] * np.tanh(second["cell"])
    for name in SIGNALS["lstm"]:
        assert signals[name][:, 0, 0] == pytest.approx([first[name], second[name]], abs=1e-12), name


def test_a_gru_resets_after_the_product_and_keeps_where_z_is_one() -> None:
    """With the bias inside the reset, n = tanh(x + r · (3 h + 0.5)): at the first step h is 0 and the bias speaks."""
    layer = weights("gru", [0.0, 0.0, 1.0], [0.0, 0.0, 3.0], [-1.0, 1.0, 0.5])
    (signals,), (last,) = unroll([layer], np.array([[[0.2]], [[0.4]]]))
    r, z = sigmoid(-1), sigmoid(1)
    n1 = np.tanh(0.2 + r * 0.5)
    h1 = (1 - z) * n1
    n2 = np.tanh(0.4 + r * (3 * h1 + 0.5))
    assert signals["candidate"][:, 0, 0] == pytest.approx([n1, n2], abs=1e-12)
    assert signals["hidden"][:, 0, 0] == pytest.approx([h1, (1 - z) * n2 + z * h1], abs=1e-12)
    assert last[0][0, 0] == signals["hidden"][1, 0, 0]


def off(mine: np.ndarray, torchs: torch.Tensor) -> float:
    """The largest difference; where states go beyond ±1, as a share of the largest."""
    return float(np.abs(mine - torchs.numpy()).max() / max(1.0, np.abs(mine).max()))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("layers", [1, 3])
def test_states_are_torchs_own(cell: str, layers: int, dtype: torch.dtype) -> None:
    generator = torch.Generator().manual_seed(3)
    with torch.random.fork_rng():
        torch.manual_seed(1)
        core = RecurrentCore(cell, 5, 7, layers).to(dtype)
    with torch.no_grad():
        for parameter in core.parameters():
            parameter.add_(0.1 * torch.randn(parameter.shape, generator=generator, dtype=dtype))
    inputs = torch.randn(40, 3, 5, generator=generator, dtype=dtype)
    signals, state = unroll(layer_weights(core), inputs.numpy())
    with torch.no_grad():
        outputs, after = core(inputs, core.initial_state(3))
        for t in (1, 17):
            _, early = core(inputs[:t], core.initial_state(3))
            for layer, parts in enumerate(early):
                for name, part in zip(("hidden", "cell"), parts, strict=False):
                    assert off(signals[layer][name][t - 1], part[0]) <= 1e-6
    tolerance = 1e-6 if dtype is torch.float32 else 1e-12
    assert off(signals[-1]["hidden"], outputs) <= tolerance
    for mine, torchs in zip(state, after, strict=True):
        for part, expected in zip(mine, torchs, strict=True):
            assert off(part, expected[0]) <= tolerance
    assert signals[0]["hidden"].dtype == {torch.float32: np.float32, torch.float64: np.float64}[dtype]


def test_a_state_that_is_handed_on_is_a_text_read_in_two_windows() -> None:
    layer = weights("lstm", [1.0, 0.3, 2.0, -1.0], [0.5, 1.0, 0.2, 0.1], [0.0, 2.0, 0.0, 1.0])
    inputs = np.random.default_rng(0).normal(size=(9, 2, 1))
    (whole,), _ = unroll([layer], inputs)
    (first,), state = unroll([layer], inputs[:4])
    (second,), _ = unroll([layer], inputs[4:], state)
    for name, values in whole.items():
        assert np.concatenate([first[name], second[name]]) == pytest.approx(values, abs=1e-15)


def test_a_core_of_any_run_is_traced_by_its_inputs() -> None:
    with torch.random.fork_rng():
        torch.manual_seed(1)
        core = RecurrentCore("gru", 2, 4, layers=2)
    made = trace_core(core, torch.eye(2)[[0, 1, 1]][:, None], ["B", "X", "E"], layer=0)
    assert (made.cell, made.tokens, made.values.shape) == ("gru", ("B", "X", "E"), (3, 4))
    assert set(made.gates) == {"reset", "update", "candidate"}
    assert made.surprisal is None
    assert set(made.events) == {"memory reset", "kept", "written"}
    with pytest.raises(UsageError, match="--layer 2: the run has 2 layers, 0 to 1"):
        trace_core(core, torch.zeros(1, 1, 2), ["B"], layer=2)


def test_weights_of_another_cell_are_refused() -> None:
    with pytest.raises(ValueError, match="are not those of a gru"):
        LayerWeights("gru", np.zeros((8, 1)), np.zeros((8, 2)), np.zeros(8), np.zeros(8))
    with pytest.raises(UsageError, match="unknown cell 'ltsm'; did you mean lstm"):
        LayerWeights("ltsm", np.zeros((8, 1)), np.zeros((8, 2)), np.zeros(8), np.zeros(8))
