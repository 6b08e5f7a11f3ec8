"""Gradients with respect to earlier states: planted ones to rounding, others against a finite difference."""

import numpy as np
import pytest
import torch

from embedkit.models.recurrent import CELLS, RecurrentCore, State
from embedkit.tasks.classify.gradients.flow import (
    GATES,
    orthogonal_matrix,
    planted_gradients,
    spectral_radii,
    state_gradients,
)

STEPS = 60


@pytest.mark.parametrize("ratio", [0.5, 1.0, 1.5])
def test_a_planted_matrix_shows_the_textbook_shape(ratio: float) -> None:
    towards = torch.arange(1.0, 9.0, dtype=torch.float64)
    norms = planted_gradients(ratio * orthogonal_matrix(8, seed=3), towards, STEPS).norm(dim=1)
    expected = float(towards.norm()) * ratio ** np.arange(STEPS + 1)
    np.testing.assert_allclose(norms.numpy(), expected, rtol=1e-13)


def test_one_matrix_with_three_eigenvalues_shows_all_three_shapes_at_once() -> None:
    gradients = planted_gradients(torch.diag(torch.tensor([0.5, 1.0, 1.5])).double(), torch.ones(3).double(), STEPS)
    lags = np.arange(STEPS + 1)[:, None]
    np.testing.assert_allclose(gradients.numpy(), np.array([0.5, 1.0, 1.5]) ** lags, rtol=1e-13)


def test_a_matrix_that_is_not_normal_grows_before_it_vanishes() -> None:
    """Eigenvalues of 0.5 and a large corner: (Mᵀ)ᵏ of (1, 0) is (0.5ᵏ, 10 k 0.5ᵏ⁻¹)."""
    matrix = torch.tensor([[0.5, 10.0], [0.0, 0.5]], dtype=torch.float64)
    gradients = planted_gradients(matrix, torch.tensor([1.0, 0.0], dtype=torch.float64), 30)
    lags = np.arange(31)
    expected = np.stack([0.5**lags, 10.0 * lags * 0.5 ** (lags - 1.0)], axis=1)
    np.testing.assert_allclose(gradients.numpy(), expected, rtol=1e-13)
    norms = gradients.norm(dim=1)
    assert norms[1] > 10 * norms[0]
    assert norms[-1] < 1e-5


def run_from(core: RecurrentCore, x: torch.Tensor, state: State) -> torch.Tensor:
    return core(x, state)[0][-1]


@pytest.mark.parametrize("cell", CELLS)
def test_the_gradient_is_that_of_a_finite_difference(cell: str) -> None:
    torch.manual_seed(0)
    core, x = RecurrentCore(cell, 3, 4).double(), torch.randn(7, 2, 3, dtype=torch.float64)
    weights = torch.randn(2, 4, dtype=torch.float64)

    def loss(hidden: torch.Tensor) -> torch.Tensor:
        return (torch.tanh(hidden) * weights).sum()

    gradients = state_gradients(core, x, loss, core.initial_state(2))
    assert gradients.hidden.shape == (7, 2, 4)
    parts = [gradients.hidden] if gradients.cell is None else [gradients.hidden, gradients.cell]
    assert (gradients.cell is not None) == (cell == "lstm")
    width = 1e-6
    for step in (0, 3, 5):
        _, ((*state,),) = core(x[: step + 1], core.initial_state(2))
        for which, gradient in enumerate(parts):
            for unit in range(4):
                ends = []
                for sign in (1, -1):
                    moved = [part.detach().clone() for part in state]
                    moved[which][0, 1, unit] += sign * width
                    ends.append(float(loss(run_from(core, x[step + 1 :], (tuple(moved),))).detach()))
                difference = (ends[0] - ends[1]) / (2 * width)
                assert float(gradient[step, 1, unit]) == pytest.approx(difference, rel=1e-5, abs=1e-9)


def test_the_last_step_has_the_gradient_of_the_loss_itself() -> None:
    torch.manual_seed(0)
    core, x = RecurrentCore("lstm", 3, 4), torch.randn(5, 2, 3)
    gradients = state_gradients(core, x, lambda hidden: 3 * hidden.sum(), core.initial_state(2))
    assert gradients.hidden[-1].tolist() == [[3.0] * 4] * 2
    assert gradients.cell is not None
    assert gradients.cell[-1].tolist() == [[0.0] * 4] * 2


@pytest.mark.parametrize("cell", CELLS)
def test_radii_are_of_each_gates_own_block(cell: str) -> None:
    core = RecurrentCore(cell, 2, 3)
    gates = GATES[cell]
    with torch.no_grad():
        blocks = [torch.diag(torch.tensor([0.1, -0.5 * (i + 1), 0.2])) for i in range(len(gates))]
        core.layers[0].get_parameter("weight_hh_l0").copy_(torch.cat(blocks))
    assert spectral_radii(core) == pytest.approx({gate: 0.5 * (i + 1) for i, gate in enumerate(gates)})


def test_a_rotation_has_a_radius_of_one() -> None:
    assert float(torch.linalg.eigvals(orthogonal_matrix(6, seed=1)).abs().max()) == pytest.approx(1.0)
