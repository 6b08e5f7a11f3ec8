"""Signal echo: the network, how it is trained, and what its capacity is measured by."""

from dataclasses import dataclass

from embedkit.config.checked import Checked
from embedkit.config.language_model import Cell
from embedkit.config.optimisation import OptimisationConfig


@dataclass(frozen=True)
class EchoConfig(Checked):
    """The shape of a network that gives a binary signal back, some steps later."""

    _AT_LEAST_ONE = ("layers", "hidden_size")

    cell: Cell = "gru"
    "The recurrent cell."
    layers: int = 1
    "Recurrent layers."
    hidden_size: int = 32
    "Units of each recurrent layer."


@dataclass(frozen=True)
class EchoTrainingConfig(OptimisationConfig):
    """The signal, and how a network is trained on its echo."""

    _AT_LEAST_ONE = (
        *OptimisationConfig._AT_LEAST_ONE,
        "delay",
        "chunk",
        "batch_size",
        "length",
        "held_out_length",
    )

    corpus: str = "echo"
    "Always echo: the signal is made here."
    learning_rate: float = 1e-2
    "At its peak."
    delay: int = 3
    "The target is the input of so many steps before."
    chunk: int = 10
    "Steps of a chunk: truncated back-propagation through time reaches no further."
    batch_size: int = 32
    "Series side by side."
    length: int = 2_500
    "Bits of each training series."
    held_out_length: int = 1_000
    "Bits of each validation and each test series."
    carry_state: bool = True
    "Hand the state on from chunk to chunk; without it every chunk starts from zeros."
