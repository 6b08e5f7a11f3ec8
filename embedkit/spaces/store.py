"""What is kept with a run: spaces, score sheets and traces, under the names that runs.py lays down."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np

from embedkit.analysis.traces import HiddenTrace
from embedkit.errors import RunError, unknown
from embedkit.runs import Run
from embedkit.spaces.formats_npz import load_arrays, read_npz, save_arrays, strings, write_npz
from embedkit.spaces.space import EmbeddingSpace

_T = TypeVar("_T")


def save_run_space(run: Run, which: str, space: EmbeddingSpace) -> Path:
    """Keep a space as spaces/WHICH.npz."""
    path = run.path / "spaces" / f"{which}.npz"
    write_npz(space, path)
    return path


def load_run_space(run: Run, which: str) -> EmbeddingSpace:
    """Raises:
    UsageError: the run has no such space.
    SpaceError: it is damaged.
    """
    return read_npz(_existing(run, "spaces", which, ".npz", "space"))


def save_trace(run: Run, name: str, trace: HiddenTrace) -> Path:
    """Keep hidden states as traces/NAME.npz."""
    path = run.path / "traces" / f"{name}.npz"
    arrays = {"values": trace.values, "surprisal": trace.surprisal, "layer": np.array(trace.layer)}
    save_arrays(path, arrays | {"tokens": strings(trace.tokens, "trace")})
    return path


def load_trace(run: Run, name: str) -> HiddenTrace:
    """Raises:
    UsageError: the run has no such trace.
    SpaceError, RunError: it is damaged.
    """
    path = _existing(run, "traces", name, ".npz", "trace")
    arrays = load_arrays(path, needed=("tokens", "values", "surprisal", "layer"))
    return _whole(
        path,
        lambda: HiddenTrace(
            tokens=tuple(arrays["tokens"].tolist()),
            values=arrays["values"],
            surprisal=arrays["surprisal"],
            layer=int(arrays["layer"]),
        ),
    )


def _last(name: str) -> str:
    return name.rsplit("/", 1)[-1]


def _existing(run: Run, folder: str, name: str, suffix: str, kind: str) -> Path:
    names = run.artefacts(folder, suffix)
    if name not in names:
        raise unknown(kind, name, names, hint=f"(in {run.path / folder}/)")
    return run.path / folder / f"{name}{suffix}"


def _whole(path: Path, build: Callable[[], _T]) -> _T:
    try:
        return build()
    except (KeyError, TypeError, ValueError) as error:
        raise RunError(f"{path}: damaged or of another version ({error}); make it again") from None
