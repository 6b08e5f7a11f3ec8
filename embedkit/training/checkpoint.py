"""Weights and training state on disk. Everything is safetensors, so nothing is run when a file is read.

`state.safetensors` holds tensors and, in its header, the position as JSON: one file, one rename, so that a kill
never leaves the two at different steps.
"""

import json
from collections.abc import Mapping
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from embedkit.errors import RunError
from embedkit.files import parse_json, whole_file
from embedkit.models.recurrent import State
from embedkit.runs.folder import Run

_NAMED = 128  # bytes, about, of a tensor's name, shape and place
STATE_FILE, WEIGHTS_FILE = "state.safetensors", "weights.safetensors"


def save_weights(run: Run, model: nn.Module) -> None:
    """Write the model's parameters; tied ones once."""
    tensors = {name: p.detach().cpu().contiguous() for name, p in model.named_parameters()}
    with whole_file(run.path / WEIGHTS_FILE, _bytes(tensors)) as temporary:
        save_file(tensors, temporary)


def load_weights(run: Run, model: nn.Module) -> None:
    """Read the parameters into a model of the same shape.

    Raises:
        RunError: the file is missing, damaged, or of another shape.
    """
    _assign(model, read_weights(run), run, WEIGHTS_FILE)


def read_weights(run: Run) -> dict[str, Tensor]:
    """A run's parameters by name.

    Raises:
        RunError: the file is missing or damaged.
    """
    return _read(run, WEIGHTS_FILE)


def generator_states() -> dict[str, Tensor]:
    """Where torch's random generators stand, by device: (N,) bytes each."""
    states = {"cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        states["cuda"] = torch.cuda.get_rng_state()
    return states


def save_state(
    run: Run,
    model: nn.Module,
    optimiser: torch.optim.Optimizer,
    state: State,
    generators: Mapping[str, Tensor],
    position: Mapping[str, Any],
) -> None:
    """Write everything that training needs to go on as if it had never stopped.

    Args:
        generators: as `generator_states`; of several processes (count, N), a row each.
    """
    tensors: dict[str, Tensor] = {f"model.{name}": p.detach() for name, p in model.named_parameters()}
    for i, slots in optimiser.state_dict()["state"].items():
        tensors |= {
            f"optimiser.{i}.{name}": torch.as_tensor(value) for name, value in slots.items() if value is not None
        }
    for i, layer in enumerate(state):
        tensors |= {f"recurrent.{i}.{j}": part.detach() for j, part in enumerate(layer)}
    tensors |= {f"random.{device}": numbers for device, numbers in generators.items()}
    tensors = {name: tensor.cpu().contiguous() for name, tensor in tensors.items()}
    with whole_file(run.path / STATE_FILE, _bytes(tensors)) as temporary:
        save_file(tensors, temporary, metadata={"position": json.dumps(dict(position))})


def _bytes(tensors: Mapping[str, Tensor]) -> int:
    return sum(tensor.nbytes + _NAMED for tensor in tensors.values())


def load_state(
    run: Run, model: nn.Module, optimiser: torch.optim.Optimizer, rank: int = 0
) -> tuple[State, dict[str, Any]]:
    """Restore model, optimiser and random generators; return the recurrent state and the position.

    Args:
        rank: which process this is; one that there was not when the state was saved keeps its generators.

    Raises:
        RunError: there is nothing to resume, or the file is damaged.
    """
    tensors = _read(run, STATE_FILE)
    try:
        with safe_open(run.path / STATE_FILE, framework="pt") as file:
            position = parse_json(file.metadata()["position"])
    except (KeyError, TypeError, ValueError):
        raise RunError(f"{run.path / STATE_FILE}: damaged (no position in it); train the run again") from None
    groups = {prefix: _under(prefix, tensors) for prefix in ("model", "optimiser", "recurrent")}
    _assign(model, groups["model"], run, STATE_FILE)
    parameters = [parameter for group in optimiser.param_groups for parameter in group["params"]]
    slots: dict[int, dict[str, Tensor]] = {}
    for name, tensor in groups["optimiser"].items():
        index, slot = name.split(".", 1)
        like = parameters[int(index)]
        # Laid out in memory as its parameter is: otherwise a resumed captioner ended some last bits off.
        laid_out = torch.empty_like(like).copy_(tensor) if tensor.shape == like.shape else tensor
        slots.setdefault(int(index), {})[slot] = laid_out
    optimiser.load_state_dict({"state": slots, "param_groups": optimiser.state_dict()["param_groups"]})
    # Copies: where torch is given a row of several, it reads the first instead.
    generators = {device: torch.atleast_2d(rows)[rank:].clone() for device, rows in _under("random", tensors).items()}
    if len(generators["cpu"]):
        torch.set_rng_state(generators["cpu"][0])
    if torch.cuda.is_available() and len(generators.get("cuda", ())):
        torch.cuda.set_rng_state(generators["cuda"][0])
    device = next(model.parameters()).device
    layers: dict[int, dict[int, Tensor]] = {}
    for name, tensor in groups["recurrent"].items():
        i, j = map(int, name.split("."))
        layers.setdefault(i, {})[j] = tensor.to(device)
    return tuple(tuple(layers[i][j] for j in sorted(layers[i])) for i in sorted(layers)), position


def _under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name[len(prefix) + 1 :]: t for name, t in tensors.items() if name.startswith(prefix + ".")}


def _read(run: Run, name: str) -> dict[str, Tensor]:
    file = run.path / name
    try:
        return load_file(file)
    except FileNotFoundError:
        raise RunError(f"{file}: no such file; train the run again, or another with `embedkit train lm`") from None
    except SafetensorError as error:
        raise RunError(f"{file}: damaged ({error}); restore it or train the run again") from None


def _assign(model: nn.Module, tensors: Mapping[str, Tensor], run: Run, name: str) -> None:
    parameters = dict(model.named_parameters())
    if parameters.keys() != tensors.keys() or any(parameters[k].shape != tensors[k].shape for k in tensors):
        raise RunError(f"{run.path / name}: the weights do not fit {run.path}/config.toml; was it edited?")
    with torch.no_grad():
        for key, tensor in tensors.items():
            parameters[key].copy_(tensor)
