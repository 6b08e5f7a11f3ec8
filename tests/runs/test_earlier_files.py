"""Files that the first version wrote are read, and written again they are the same, letter for letter; only strings in
an .npz are kept by their length now."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embedkit.analysis.cells.probes import PROBE_SHEETS
from embedkit.analysis.cells.traces import TRACES
from embedkit.analysis.clusters.stored import CLUSTERINGS
from embedkit.analysis.comparison.stored import OVER_TRAINING
from embedkit.analysis.maps.stored import MAPS
from embedkit.runs.arrays import load_arrays
from embedkit.runs.artefacts import Artefact
from embedkit.runs.folder import Run
from embedkit.runs.strings import Strings
from embedkit.tasks.echo.score import ECHO_SCORES
from embedkit.tasks.execute.score import EXECUTION_SCORES
from embedkit.tasks.seq2seq.examples import INTERPOLATIONS, TRANSLATION_TRACES
from embedkit.tasks.writing.offers import OFFERS

INTERVAL = {"low": 0.25, "high": 0.75}
EXACT = {"name": "exact", "n": 4, "right": 2, "interval": INTERVAL}
RIGHT = {"positions": [{"right": 2, "n": 4, "interval": INTERVAL}]}
OVERALL = {"overall": {"right": 2, "n": 4, "interval": INTERVAL}}
NODE = {"parent": None, "token": "⏎", "log_probability": -0.5, "step": 0, "rank": 1, "kept": True, "final": True}
CONTROL = {"mean": 0.5, "upper": 0.75, "p": 0.01, "draws": 99}
FILES: dict[str, tuple[Artefact[Any], dict[str, Any]]] = {
    "clusters/input.json": (
        CLUSTERINGS,
        {
            "space": "naïve/input",
            "names": ["</script>", "b"],
            "words": [["x"], []],
            "nearest": [["</script>", "c"], ["b"]],
            "parameters": {"method": "hdbscan", "dimensions": None, "leaves": True, "versions": {"numpy": "2.0"}},
            "silhouette": 0.5,
            "silhouette_sample": 3,
            "evidence": {
                "validity": {"value": 0.25, "per_cluster": [0.5, -0.5], "points": 4, "dimensions": 20},
                "test": None,
                "agreements": [
                    {
                        "method": "umap",
                        "clusters": 2,
                        "noise": 0.25,
                        "points": 4,
                        "in_both": 3,
                        "rand": None,
                        "information": 0.5,
                        "rand_with_noise": 0.25,
                        "information_with_noise": 0.25,
                    }
                ],
            },
            "source": "0382",
            "labels": [0, -1, 1, 0],
        },
    ),
    "phrases/interpolations.json": (
        INTERPOLATIONS,
        {"phrases": ["a", "日本"], "steps": 3, "texts": [[0, 1, ["a", "", "日本"]], [0, 2, []]]},
    ),
    "phrases/looks.json": (
        TRANSLATION_TRACES,
        {
            "looks": [
                {
                    "source": "a",
                    "reference": "b",
                    "hypothesis": "b",
                    "nodes": [NODE],
                    "source_tokens": ["a", "⏎"],
                    "target_tokens": ["b"],
                    # Rounded to four digits in single precision.
                    "weights": [[0.9998999834060669, 9.999999747378752e-05]],
                    "winner": 0,
                },
                {
                    "source": "",
                    "reference": "",
                    "hypothesis": "",
                    "nodes": [],
                    "source_tokens": [],
                    "target_tokens": [],
                    "weights": None,
                    "winner": None,
                },
            ]
        },
    ),
    "scores/test.json": (
        EXECUTION_SCORES,
        {
            "name": "execute/test",
            "task": "programs",
            "target": [1, 2],
            "exact": EXACT,
            "places": [{**EXACT, "name": "units"}],
            "kinds": [],
            "cells": [{"length": 1, "nesting": 1, "exact": EXACT}],
            "right": [{"program": "print(1)", "answer": "1", "output": "1"}],
            "wrong": [],
            "seed": 1,
        },
    ),
    "scores/valid.json": (
        ECHO_SCORES,
        {
            "name": "echo/valid",
            "delay": 3,
            "chunk": 10,
            "trained_carried": True,
            "carried": {**RIGHT, **OVERALL},
            "reset": {**RIGHT, **OVERALL},
            "strip": {"start": 10, "inputs": [1], "targets": [1], "carried": [0.9998], "reset": [0.5944]},
        },
    ),
    "comparisons/over-training.json": (
        OVER_TRAINING,
        {
            "space": "snaps/input",
            "words": 5000,
            "k": 10,
            "churn_chance": 0.5,
            "questions": "google-analogies",
            "restrict": None,
            "snapshots": [
                {
                    "step": 15,
                    "tokens_seen": 33600,
                    "share": 0.25,
                    "to_next": {"value": 0.5, "interval": INTERVAL, "words": 5000},
                    "to_last": None,
                    "cka_to_last": {
                        "plain": 0.875,
                        "debiased": 0.75,
                        "interval": INTERVAL,
                        "shuffled": 0.0,
                        "words": 5000,
                    },
                    "analogies": {"accuracy": 0.0, "interval": None, "covered": 4749, "total": 19544},
                }
            ],
            "resamples": 1000,
            "seed": 0,
        },
    ),
    "probes/held-out.json": (
        PROBE_SHEETS,
        {
            "name": "held-out",
            "signal": "cell",
            "layer": 0,
            "units": 128,
            "level": "word",
            "tokens": 5000,
            "source": "held-out text",
            "seed": 0,
            "probes": [
                {
                    "feature": "position",
                    "told": "tokens since the line began",
                    "measure": "correlation",
                    "n": 2500,
                    "base_rate": None,
                    "unit": 90,
                    "sign": 1,
                    "threshold": None,
                    "train_score": 0.25,
                    "score": 0.5,
                    "auc": None,
                    "interval": INTERVAL,
                    "control": CONTROL,
                    "linear": {"score": 0.5, "control": 0.0},
                    "ranked": [90, 3],
                }
            ],
            "unscored": [{"feature": "brackets", "told": "inside brackets", "why": "no token has it"}],
            "excerpts": [
                {
                    "feature": "position",
                    "unit": 90,
                    "texts": ["</b>", "ally"],
                    "glue": " ",
                    "values": [-0.25, 0.5],
                    "truth": [1.0, None],
                }
            ],
        },
    ),
    "keypad/offers.json": (
        OFFERS,
        {"split": "valid", "seed": 0, "offers": [{"before": "…by ", "offered": ["the first"], "went_on": "it"}]},
    ),
}


@pytest.mark.parametrize("path", FILES)
def test_a_json_file_comes_out_as_it_was(tmp_path: Path, path: str) -> None:
    artefact, values = FILES[path]
    text = json.dumps(values, indent=2, ensure_ascii=False) + "\n"
    run, again = Run(tmp_path / "run"), Run(tmp_path / "again")
    (run.path / path).parent.mkdir(parents=True)
    (run.path / path).write_text(text, encoding="utf-8")
    name = Path(path).stem
    written = artefact.save(again, artefact.load(run, name), name)
    assert written == again.path / path
    assert written.read_text(encoding="utf-8") == text


FIDELITY = {
    "at": [{"k": 1, "trustworthiness": 0.5, "continuity": 0.75, "neighbors_kept": 0.25, "chance": 0.5}],
    "distance_rank_correlation": None,
    "neighborhood_hit": {"labels": "cluster", "k": 1, "on_map": 0.5, "in_space": 0.5, "chance": 0.25, "asked": 2},
    "metric": "cosine",
    "sample": 2,
    "points": 2,
    "seed": 0,
}
SPREAD = {"mean": 0.5, "lowest": 0.25, "highest": 0.75}
ABOUT = {
    "space": "naïve/input",
    "method": "pca",
    "parameters": {"dimensions": 3, "solver": None, "versions": {"numpy": "2.0"}},
    "fidelity": FIDELITY,
    "explained_variance": [0.5, 0.25, 0.125],
    "local": {"k": 1, "far": 1, "metric": "cosine"},
    "faces": [FIDELITY, {**FIDELITY, "neighborhood_hit": None}, FIDELITY],
    "stability": {
        "method": "pca",
        "share": 0.875,
        "k": 1,
        "parameters": {"dimensions": 3},
        "seeds": {"jaccard": SPREAD, "procrustes": None, "chance": 0.25, "maps": 2},
        "subsamples": {"jaccard": SPREAD, "procrustes": SPREAD, "chance": 0.25, "maps": 2},
    },
    "source": "0382",
}
LABELS = {"labels": np.array(["</b>", "日本"])}
WHOLE = {
    "points": np.arange(6, dtype=np.float32).reshape(2, 3),
    **{f"kept{end}": np.array([0.5, end != ""], dtype=np.float32) for end in ("", "_0", "_1", "_2")},
    **{f"intruders{end}": np.array([0.25, end == "_1"], dtype=np.float32) for end in ("", "_0", "_1", "_2")},
    "stable_seeds": np.array([0.5, np.nan], dtype=np.float32),
    "stable_subsamples": np.array([0.25, 1.0], dtype=np.float32),
}
NOTHING = {"fidelity": None, "explained_variance": None, "local": None, "faces": [], "stability": None, "source": ""}


@pytest.mark.parametrize("made", ["whole", "by hand"])
def test_a_map_comes_out_as_it_was(tmp_path: Path, made: str) -> None:
    whole = made == "whole"
    about = np.array(json.dumps(ABOUT if whole else {**ABOUT, **NOTHING}))
    points = {} if whole else {"points": np.eye(2, dtype=np.float32)}
    name = "input-pca-3d" if whole else "input-pca"
    arrays = {**(WHOLE if whole else points), **LABELS, "about": about}
    _same_arrays(tmp_path, MAPS, name, arrays)


def test_the_faces_of_a_map_are_those_of_its_axes(tmp_path: Path) -> None:
    path = tmp_path / "run" / "maps" / "input-pca-3d.npz"
    path.parent.mkdir(parents=True)
    np.savez(path, **WHOLE, **LABELS, about=np.array(json.dumps(ABOUT)))
    whole = MAPS.load(Run(tmp_path / "run"), "input-pca-3d")
    first, second, third = whole.faces
    assert [face.points.tolist() for face in whole.faces] == [[[0, 1], [3, 4]], [[0, 2], [3, 5]], [[1, 2], [4, 5]]]
    assert [face.explained_variance for face in whole.faces] == [(0.5, 0.25), (0.5, 0.125), (0.25, 0.125)]
    assert second.fidelity is not None
    assert second.fidelity.neighborhood_hit is None
    assert second.intruders is not None
    assert second.intruders.tolist() == [0.25, 1.0]
    for face in (first, second, third):
        assert (face.space, face.labels, face.stability, face.faces) == (whole.space, whole.labels, None, ())
    before = {key: value for key, value in ABOUT.items() if key != "faces"}  # faces were not always measured
    np.savez(path, **WHOLE, **LABELS, about=np.array(json.dumps(before)))
    assert MAPS.load(Run(tmp_path / "run"), "input-pca-3d").faces == ()


@pytest.mark.parametrize("gates", [True, False])
def test_a_trace_comes_out_as_it_was(tmp_path: Path, gates: bool) -> None:
    values = np.eye(2, 3, dtype=np.float32)
    known = {
        "surprisal": np.array([np.nan, 1.5], dtype=np.float32),
        "gate:update": values / 2,
        "feature:inside quotes": np.array([0.0, 1.0], dtype=np.float32),
    }
    arrays = {"values": values, "layer": np.array(-1), "cell": np.array("gru"), **(known if gates else {})}
    _same_arrays(tmp_path, TRACES, "sentence", {**arrays, "tokens": np.array(["a", "\n"])})


def _same_arrays(folder: Path, artefact: Artefact[Any], name: str, arrays: dict[str, Any]) -> None:
    run, again = Run(folder / "run"), Run(folder / "again")
    artefact.path(run, name).parent.mkdir(parents=True)
    np.savez(artefact.path(run, name), **arrays)
    written = load_arrays(artefact.save(again, artefact.load(run, name), name))
    assert set(written) == set(arrays)
    for key, array in arrays.items():
        if isinstance(written[key], Strings):
            assert written[key] == tuple(array.tolist()), key
            continue
        assert (written[key].dtype, written[key].shape) == (array.dtype, array.shape), key
        assert written[key].tobytes() == array.tobytes(), key
