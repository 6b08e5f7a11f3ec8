"""Log-probabilities at a temperature: sharper below 1, flatter above."""

from torch import Tensor

_LEAST, _MOST = 1e-30, 1e30  # what single precision divides by


def tempered(scores: Tensor, temperature: float) -> Tensor:
    """(…, V) log-probabilities → the probabilities at a temperature above 0, however near to it or far from it."""
    if _LEAST <= temperature <= _MOST:
        return (scores / temperature).softmax(-1)
    exact = scores.double()
    return ((exact - exact.amax(-1, keepdim=True)) / temperature).softmax(-1).to(scores.dtype)
