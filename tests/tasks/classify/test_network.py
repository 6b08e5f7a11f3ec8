"""The classifier: shapes, what padding is, and that the class is told from the last state."""

import pytest
import torch

from embedkit.models.recurrent import CELLS, INITIALISERS
from embedkit.tasks.classify.config import ClassifierModel
from embedkit.tasks.classify.network import SequenceClassifier


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("initialisation", INITIALISERS)
def test_states_over_time_and_logits_of_the_last(cell: str, initialisation: str) -> None:
    torch.manual_seed(0)
    network = SequenceClassifier(ClassifierModel(cell=cell, hidden_size=5, initialisation=initialisation), 8, 4)
    ids = torch.randint(0, 9, (7, 3))
    hidden = network.hidden(ids)
    assert hidden.shape == (7, 3, 5)
    assert torch.equal(network.final_state(ids), hidden[-1])
    torch.testing.assert_close(network(ids), hidden[-1] @ network.head.weight.T + network.head.bias)


def test_padding_is_a_vector_of_zeros_and_symbols_are_one_hot() -> None:
    network = SequenceClassifier(ClassifierModel(hidden_size=5), 8, 4)
    assert network.inputs(torch.tensor([[8, 2]]))[0].tolist() == [[0.0] * 8, [0, 0, 1, 0, 0, 0, 0, 0]]
    assert [name for name, _ in network.named_parameters() if "one_hot" in name] == []


def test_a_step_of_the_plain_network_worked_out_by_hand() -> None:
    network = SequenceClassifier(ClassifierModel(cell="rnn-relu", hidden_size=1), 2, 2)
    core = network.core.layers[0]
    with torch.no_grad():
        core.weight_ih_l0.copy_(torch.tensor([[1.0, -2.0]]))
        core.weight_hh_l0.fill_(0.5)
        core.bias_ih_l0.fill_(0.25)
        network.head.weight.copy_(torch.tensor([[1.0], [-1.0]]))
        network.head.bias.zero_()
    # padding: 0.25; symbol 0: 0.5 · 0.25 + 1 + 0.25 = 1.375; symbol 1: 0.5 · 1.375 − 2 + 0.25 < 0, so 0
    ids = torch.tensor([[2], [0], [1]])
    assert network.hidden(ids).flatten().tolist() == [0.25, 1.375, 0.0]
    assert network(ids[:2]).tolist() == [[1.375, -1.375]]
