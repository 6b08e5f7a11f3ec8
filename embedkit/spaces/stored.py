"""What is kept with a run: spaces and traces, under the names that runs.py lays down."""

from pathlib import Path

import numpy as np

from embedkit.analysis.cells.traces import HiddenTrace
from embedkit.errors import RunError
from embedkit.runs.arrays import load_arrays, save_arrays, strings
from embedkit.runs.folder import Run
from embedkit.spaces.formats.npz import read_npz, write_npz
from embedkit.spaces.space import EmbeddingSpace


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
    return read_npz(run.artefact("spaces", which, ".npz", "space"))


_GATE, _FEATURE = "gate:", "feature:"


def save_trace(run: Run, name: str, trace: HiddenTrace) -> Path:
    """Keep a trace as traces/NAME.npz: tokens, values, surprisal where there is one, layer, cell, and an array
    gate:NAME or feature:NAME for each of those."""
    path = run.path / "traces" / f"{name}.npz"
    arrays = {"values": trace.values, "layer": np.array(trace.layer), "cell": np.array(trace.cell)}
    arrays |= {} if trace.surprisal is None else {"surprisal": trace.surprisal}
    arrays |= {_GATE + key: values for key, values in trace.gates.items()}
    arrays |= {_FEATURE + key: values for key, values in trace.features.items()}
    save_arrays(path, arrays | {"tokens": strings(trace.tokens, "trace")})
    return path


def load_trace(run: Run, name: str) -> HiddenTrace:
    """A trace; one that an older version kept has no gates and no features.

    Raises:
        UsageError: the run has no such trace.
        SpaceError, RunError: it is damaged.
    """
    path = run.artefact("traces", name, ".npz", "trace")
    arrays = load_arrays(path, needed=("tokens", "values", "layer"))
    try:
        return HiddenTrace(
            tokens=tuple(arrays["tokens"].tolist()),
            values=arrays["values"],
            surprisal=arrays.get("surprisal"),
            layer=int(arrays["layer"]),
            cell=str(arrays.get("cell", "")),
            gates={key.removeprefix(_GATE): each for key, each in arrays.items() if key.startswith(_GATE)},
            features={key.removeprefix(_FEATURE): each for key, each in arrays.items() if key.startswith(_FEATURE)},
        )
    except (KeyError, TypeError, ValueError) as error:
        raise RunError(f"{path}: damaged or of another version ({error}); make it again") from None
