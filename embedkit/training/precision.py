"""Single precision or bfloat16: chosen once before a training, from the device and from how large its products are."""

import warnings
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Literal

import torch

from embedkit.config.optimisation import Optimisation
from embedkit.errors import EmbedkitWarning
from embedkit.runs.folder import Run

LSTM_GAINS_FROM, OTHERS_GAIN_FROM = 2**16, 2**20
"""Sequences side by side times units squared, from which bfloat16 trained faster than single precision where the
processor multiplies it natively. An LSTM runs as one fused layer; the other cells pay for casts at every step. Measured
by `python -m benchmarks.precision`."""
LSTM_UNITS_A_ROW = 32
"""An LSTM of more units to a sequence is slower in bfloat16: its weights are laid out anew more than they are used."""


@dataclass(frozen=True)
class PrecisionChoice:
    """What a training is done in, and why, as its provenance has it.

    Attributes:
        precision: what its matrix products are done in.
        asked: the option: auto, fp32 or bf16.
        reason: in words.
    """

    precision: Literal["fp32", "bf16"]
    asked: str
    reason: str


def autocast(device: torch.device, precision: str) -> AbstractContextManager[Any]:
    """bfloat16 products where that was chosen; gradients and parameters stay in float32."""
    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bf16")


def native_bfloat16(device: torch.device) -> str | None:
    """What multiplies bfloat16 natively on a device: a set of instructions or a GPU's name; None where nothing does."""
    if device.type == "cuda":
        native = torch.cuda.is_bf16_supported(including_emulation=False)
        return torch.cuda.get_device_name(device) if native else None
    if device.type != "cpu":
        return None
    # torch keeps both under private names.
    instructions = {"amx": "_is_amx_tile_supported", "avx512_bf16": "_is_avx512_bf16_supported"}
    return next((name for name, has in instructions.items() if getattr(torch.cpu, has, bool)()), None)


def gains_from_bfloat16(cell: str | None, rows: int, units: int) -> bool:
    """Whether the products of a recurrent layer are so large that bfloat16 is faster than single precision.

    Args:
        cell: the recurrent cell; None where a model has none, of which nothing was measured.
        rows: sequences side by side in a batch.
        units: of the layer.
    """
    if cell is None:
        return False
    if cell == "lstm":
        return rows * units**2 >= LSTM_GAINS_FROM and units <= LSTM_UNITS_A_ROW * rows
    return rows * units**2 >= OTHERS_GAIN_FROM


def choose_precision(training: Optimisation, device: torch.device, *, gains: bool) -> PrecisionChoice:
    """What a new training is done in.

    Args:
        gains: whether the model is large enough for bfloat16 to be faster.
    """
    asked, native = training.asked_precision, native_bfloat16(device)
    if asked == "fp32":
        return PrecisionChoice("fp32", asked, "asked for")
    if asked == "bf16":
        if native is None:
            _warn(f"bfloat16 was asked for, and {_here(device)}; single precision may be faster: --precision fp32")
        return PrecisionChoice("bf16", asked, "asked for")
    if native is None:
        return PrecisionChoice("fp32", asked, _here(device))
    if not gains:
        return PrecisionChoice("fp32", asked, f"a model of this size gains nothing from bfloat16, for all of {native}")
    return PrecisionChoice("bf16", asked, f"{native} multiplies it natively")


def resumed_precision(run: Run, training: Optimisation, device: torch.device) -> PrecisionChoice | None:
    """What a stopped run goes on in, where that is not what it was begun in; None where it is.

    A run that was begun in bfloat16 because the machine multiplied it natively goes on in single precision on one that
    does not. That is warned of: the weights will not be those that it would have had.
    """
    if training.asked_precision != "bf16" or native_bfloat16(device) is not None:
        return None
    record = run.provenance.get("precision")
    if not isinstance(record, Mapping) or record.get("asked") != "auto":
        _warn(f"{run.path} was begun in bfloat16, which was asked for, and {_here(device)}: it goes on slowly")
        return None
    _warn(
        f"{run.path} was begun in bfloat16, and {_here(device)}: it goes on in single precision, and ends with other "
        "weights than it would have had"
    )
    return PrecisionChoice("fp32", "auto", f"begun in bf16 ({record.get('reason')}); then {_here(device)}")


def _here(device: torch.device) -> str:
    what = {"cpu": "this processor", "cuda": "this GPU"}.get(device.type, f"{device.type} here")
    return f"{what} does not multiply bfloat16 natively"


def _warn(message: str) -> None:
    warnings.warn(message, EmbedkitWarning, stacklevel=4)
