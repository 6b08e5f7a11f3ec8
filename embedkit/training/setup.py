"""Before training starts: the folder, the device and the seed."""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from embedkit.errors import RunError, UsageError, unknown
from embedkit.processes import launch
from embedkit.runs.folder import Run
from embedkit.tasks import task_of


def new_run(path: Path) -> Run:
    """The run that will be kept at `path`.

    Raises:
        UsageError: the folder holds a run already.
    """
    if (path / "config.toml").exists():
        raise UsageError(f"{path} holds a run already; give another --name, --resume it, or remove the folder")
    return Run(path)


def refuse_changed(run: Run, checksum: str, source: str) -> None:
    """Raises:
    RunError: the corpus of this checksum is not the one that the run was started on.
    """
    if checksum != run.provenance["corpus"]["checksum"]:
        raise RunError(f"{source} has changed since {run.path} was started; train a new run{_or_train_on(run, source)}")


def _or_train_on(run: Run, source: str) -> str:
    """How to train a run on with another text, of a task that can; else nothing."""
    task = task_of(run.kind)
    if task.command is None or "start_from" not in task.config_types()[1].__dataclass_fields__:
        return ""
    command = f"embedkit train {task.command.name} --start-from {run.name} --corpus {shlex.quote(source)}"
    return f", or train on with the new text: `{command}`"


def choose_device(name: str) -> torch.device:
    """The device of this name; "auto" takes CUDA, then MPS, then the CPU. Each of several processes has its own GPU.

    Raises:
        UsageError: the name is unknown or the device is not there.
    """
    here = launch()
    at_hand = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if here.count > 1:
        at_hand["mps"] = False  # there is one, and no way to add up what it has with others
    if name == "auto":
        name = next(kind for kind in ("cuda", "mps", "cpu") if at_hand[kind])
    if name not in at_hand:
        raise unknown("device", name, ["auto", *at_hand])
    if not at_hand[name]:
        shared = " by several processes" if here.count > 1 else ""
        raise UsageError(f"--device {name}: this machine has none that torch can use{shared}; try --device cpu")
    if name != "cuda" or here.count == 1:
        return torch.device(name)
    if here.local_count > torch.cuda.device_count():
        raise UsageError(
            f"{here.local_count} processes on this machine and {torch.cuda.device_count()} GPUs; "
            "lower torchrun's --nproc-per-node, or add --device cpu"
        )
    return torch.device("cuda", here.local_rank)


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """torch draws weights and dropout from a global generator: seed it here and put it back after."""
    devices = [torch.cuda.current_device()] if torch.cuda.is_available() else []
    with torch.random.fork_rng(devices):
        torch.manual_seed(seed)
        yield
