"""What is kept of the latent space of a seq2seq run: interpolations, purity, score sheets, looks."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from embedkit.analysis.generation import GenerationScore
from embedkit.analysis.purity import Coverage, Purity
from embedkit.errors import RunError, SpaceError
from embedkit.files import read_json, write_json
from embedkit.runs.artefacts import load_record, save_record
from embedkit.runs.folder import Run

_T = TypeVar("_T")


@dataclass(frozen=True)
class InterpolationTable:
    """What lies between some phrases of a run, decoded.

    Attributes:
        phrases: the ends.
        steps: points on each line, the ends included.
        texts: for each pair (i, j), i < j, the texts of all points from phrase i to phrase j.
    """

    phrases: tuple[str, ...]
    steps: int
    texts: Mapping[tuple[int, int], tuple[str, ...]]


@dataclass(frozen=True)
class PuritySheet:
    """How pure the neighbourhoods of templated phrases are in a run's space and in baselines, by name.

    `spaces` stand by name, the run's own first; `coverage` says how many words a baseline's vectors knew.
    """

    spaces: Mapping[str, Purity]
    coverage: Mapping[str, Coverage]


@dataclass(frozen=True, eq=False)
class Look:
    """How one held-out text was translated: its beam search, and where the model looked, if it attends.

    `nodes` are those of decoding.beam.BeamNode with tokens as text; `winner` is the one that ends the hypothesis;
    `weights` are (T, S) or None.
    """

    source: str
    reference: str
    hypothesis: str
    nodes: tuple[Mapping[str, Any], ...]
    source_tokens: tuple[str, ...] = ()
    target_tokens: tuple[str, ...] = ()
    weights: np.ndarray | None = None
    winner: int | None = None


def save_interpolations(run: Run, table: InterpolationTable) -> Path:
    rows = [[i, j, list(texts)] for (i, j), texts in table.texts.items()]
    return _save(run, "interpolations", {"phrases": list(table.phrases), "steps": table.steps, "texts": rows})


def load_interpolations(run: Run) -> InterpolationTable | None:
    """None where none is kept. Raises RunError where it is damaged, as all that follow."""

    def build(values: dict[str, Any]) -> InterpolationTable:
        texts = {(int(i), int(j)): tuple(row) for i, j, row in values["texts"]}
        return InterpolationTable(tuple(values["phrases"]), values["steps"], texts)

    return _load(run, "interpolations", build)


def save_purity(run: Run, sheet: PuritySheet) -> Path:
    return save_record(_path(run, "purity"), sheet)


def load_purity(run: Run) -> PuritySheet | None:
    path = _path(run, "purity")
    return load_record(path, PuritySheet) if path.exists() else None


def save_looks(run: Run, looks: tuple[Look, ...]) -> Path:
    rows = [
        {**vars(look), "weights": None if look.weights is None else np.round(look.weights, 4).tolist()}
        for look in looks
    ]
    return _save(run, "looks", {"looks": rows})


def load_looks(run: Run) -> tuple[Look, ...]:
    def build(values: dict[str, Any]) -> tuple[Look, ...]:
        return tuple(
            Look(
                **{
                    **row,
                    "nodes": tuple(row["nodes"]),
                    "source_tokens": tuple(row["source_tokens"]),
                    "target_tokens": tuple(row["target_tokens"]),
                    "weights": None if row["weights"] is None else np.array(row["weights"]),
                }
            )
            for row in values["looks"]
        )

    return _load(run, "looks", build) or ()


def save_generation(run: Run, split: str, score: GenerationScore) -> Path:
    """Keep a score sheet as scores/SPLIT.json."""
    return save_record(run.path / "scores" / f"{split}.json", score)


def load_generation(run: Run, split: str) -> GenerationScore | None:
    path = run.path / "scores" / f"{split}.json"
    return load_record(path, GenerationScore) if path.exists() else None


def _path(run: Run, name: str) -> Path:
    return run.path / "phrases" / f"{name}.json"


def _save(run: Run, name: str, values: Mapping[str, Any]) -> Path:
    path = _path(run, name)
    write_json(path, values)
    return path


def _load(run: Run, name: str, build: Callable[[dict[str, Any]], _T]) -> _T | None:
    path = _path(run, name)
    if not path.exists():
        return None
    try:
        return build(read_json(path))
    except (json.JSONDecodeError, AttributeError, KeyError, SpaceError, TypeError, ValueError) as error:
        raise RunError(f"{path}: damaged or of another version ({error}); make it again") from None
