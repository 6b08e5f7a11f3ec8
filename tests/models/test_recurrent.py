"""The recurrent core: state carried, state cut, and the dropouts."""

import pytest
import torch

from embedkit.errors import UsageError
from embedkit.models.recurrent import CELLS, RecurrentCore, detach, dropout


@pytest.mark.parametrize("cell", CELLS)
def test_two_windows_with_the_state_carried_equal_one(cell: str) -> None:
    torch.manual_seed(0)
    core, x = RecurrentCore(cell, 3, 5, layers=2), torch.randn(8, 2, 3)
    whole, _ = core(x, core.initial_state(2))
    first, state = core(x[:3], core.initial_state(2))
    second, _ = core(x[3:], state)
    torch.testing.assert_close(torch.cat([first, second]), whole)
    forgotten, _ = core(x[3:], core.initial_state(2))
    assert not torch.allclose(forgotten, second)


@pytest.mark.parametrize("cell", CELLS)
def test_no_gradient_passes_a_detached_edge(cell: str) -> None:
    torch.manual_seed(0)
    core = RecurrentCore(cell, 3, 5)
    early, late = torch.randn(4, 2, 3, requires_grad=True), torch.randn(4, 2, 3)
    _, state = core(early, core.initial_state(2))
    carried, _ = core(late, state)
    (gradient,) = torch.autograd.grad(carried.sum(), early, retain_graph=True)
    assert gradient.abs().sum() > 0
    cut, _ = core(late, detach(state))
    assert torch.autograd.grad(cut.sum(), early, allow_unused=True) == (None,)
    torch.testing.assert_close(cut, carried)


def test_locked_dropout_drops_the_same_units_at_every_step() -> None:
    torch.manual_seed(0)
    core = RecurrentCore("lstm", 3, 5, dropout=0.5, locked=True)
    dropped = core.drop(torch.ones(6, 2, 40))
    assert (dropped == dropped[0]).all()
    assert set(dropped.unique().tolist()) == {0.0, 2.0}
    free = RecurrentCore("lstm", 3, 5, dropout=0.5).drop(torch.ones(6, 2, 40))
    assert not (free == free[0]).all()


@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16])
def test_dropout_is_zero_by_its_share_in_every_place_and_keeps_the_mean(kind: torch.dtype) -> None:
    torch.manual_seed(0)
    x = torch.ones(100_000, 5, dtype=kind, requires_grad=True)
    dropped = dropout(x, 0.25)
    assert dropped.dtype == kind
    assert set(dropped.unique().tolist()) == {0.0, torch.tensor(4 / 3, dtype=kind).item()}
    # Four standard errors of a share of 100,000 draws. Four units share a number: five columns meet all its quarters.
    shares = (dropped == 0).double().mean(dim=0)
    torch.testing.assert_close(shares, torch.full((5,), 0.25).double(), atol=0.0055, rtol=0)
    dropped.sum().backward()
    assert (x.grad == dropped.detach()).all()
    torch.manual_seed(0)
    assert (dropout(x, 0.25) == dropped).all()


@pytest.mark.parametrize("shape", [(0,), (1,), (3, 1), (2, 3, 7)])
def test_dropout_takes_any_shape_and_an_extreme_share(shape: tuple[int, ...]) -> None:
    assert dropout(torch.ones(shape), 0.5).shape == shape
    assert (dropout(torch.ones(shape), 0.0) == 1).all()
    assert dropout(torch.ones(shape), 1 - 1e-9).isfinite().all()


def test_dropout_lies_between_layers_and_neither_before_nor_behind_them() -> None:
    torch.manual_seed(0)
    core, x = RecurrentCore("gru", 3, 5, layers=3, dropout=1 - 1e-9), torch.randn(6, 2, 3)
    output, state = core(x, core.initial_state(2))
    core.eval()
    _, whole = core(x, core.initial_state(2))
    torch.testing.assert_close(state[0], whole[0])  # the first layer has its whole input
    nothing, _ = core.layers[2](torch.zeros(6, 2, 5))
    torch.testing.assert_close(output, nothing)  # the last has none, and its own output is whole
    assert not torch.allclose(state[1][0], whole[1][0])


def test_weight_drop_changes_training_and_not_evaluation() -> None:
    torch.manual_seed(0)
    core, x = RecurrentCore("gru", 3, 5, weight_drop=0.5), torch.randn(6, 2, 3)
    before = {name: p.detach().clone() for name, p in core.named_parameters()}
    draws = [core(x, core.initial_state(2))[0] for _ in range(2)]
    assert not torch.allclose(*draws)
    draws[0].sum().backward()
    assert core.layers[0].weight_hh_l0.grad.abs().sum() > 0
    core.eval()
    torch.testing.assert_close(*[core(x, core.initial_state(2))[0] for _ in range(2)])
    for name, p in core.named_parameters():
        torch.testing.assert_close(p, before[name])


def test_an_lstm_remembers_at_first() -> None:
    core = RecurrentCore("lstm", 3, 5)
    forget = core.layers[0].bias_ih_l0[5:10] + core.layers[0].bias_hh_l0[5:10]
    assert forget.tolist() == [1.0] * 5


def test_a_misspelt_cell_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="unknown cell 'ltsm'; did you mean lstm"):
        RecurrentCore("ltsm", 3, 5)


def test_recurrence_starts_as_it_is_asked_to() -> None:
    def drawn(cell: str, initialisation: str) -> dict[str, torch.Tensor]:
        torch.manual_seed(0)
        return {n: p.detach() for n, p in RecurrentCore(cell, 3, 5, initialisation=initialisation).named_parameters()}

    relu = drawn("rnn-relu", "identity")
    assert torch.equal(relu["layers.0.weight_hh_l0"], torch.eye(5))
    assert 0 < relu["layers.0.weight_ih_l0"].abs().max() < 0.01
    assert relu["layers.0.bias_ih_l0"].abs().max() == 0
    square = drawn("rnn-tanh", "orthogonal")["layers.0.weight_hh_l0"]
    torch.testing.assert_close(square @ square.T, torch.eye(5))
    uniform = drawn("gru", "uniform")
    for weight in uniform.values():
        assert 0 < weight.abs().max() <= 5**-0.5
    assert torch.equal(drawn("gru", "uniform")["layers.0.weight_hh_l0"], uniform["layers.0.weight_hh_l0"])
    with pytest.raises(UsageError, match="unknown initialisation 'identiy'; did you mean identity"):
        RecurrentCore("gru", 3, 5, initialisation="identiy")


def test_the_default_weights_are_those_of_before_there_was_a_choice() -> None:
    """Recorded at the commit before; existing runs are trained again to the same weights."""
    torch.manual_seed(0)
    core = RecurrentCore("lstm", 3, 4, layers=2)
    sums = [p.detach().double().abs().sum().item() for p in core.parameters()]
    assert sums == pytest.approx([22.677282, 29.148279, 4.0, 0.0, 29.748127, 27.659773, 4.0, 0.0], rel=1e-5)


def test_chrono_gates_hold_on_for_up_to_a_hundred_steps() -> None:
    torch.manual_seed(0)
    lstm = RecurrentCore("lstm", 3, 200, initialisation="chrono").layers[0].bias_ih_l0.detach()
    let_in, forget, rest = lstm[:200], lstm[200:400], lstm[400:]
    assert torch.equal(let_in, -forget)
    assert 1 <= forget.exp().min() < 5 < 90 < forget.exp().max() <= 99
    assert rest.abs().max() == 0
    gru = RecurrentCore("gru", 3, 200, initialisation="chrono").layers[0].bias_ih_l0.detach()
    assert gru[:200].abs().max() == gru[400:].abs().max() == 0
    assert 90 < gru[200:400].exp().max() <= 99
    others = [RecurrentCore("gru", 3, 200, initialisation="chrono").layers[0].bias_ih_l0.detach() for _ in range(5)]
    assert 1 <= torch.stack(others)[:, 200:400].exp().min() < 2
    # A GRU's update gate near 1 keeps the state.
    cell = torch.nn.GRU(1, 1)
    with torch.no_grad():
        for weight in cell.parameters():
            weight.zero_()
        cell.bias_ih_l0[1] = 50.0
    assert cell(torch.ones(5, 1, 1), torch.full((1, 1, 1), 0.7))[0][-1].item() == pytest.approx(0.7)


def test_a_plain_cell_has_no_gates_and_chrono_is_orthogonal() -> None:
    drawn = []
    for initialisation in ("chrono", "orthogonal"):
        torch.manual_seed(0)
        drawn.append(RecurrentCore("rnn-tanh", 3, 5, initialisation=initialisation).layers[0].weight_hh_l0)
    assert torch.equal(*drawn)
