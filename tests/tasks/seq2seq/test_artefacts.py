"""What is kept of a latent space comes back as it was, and a damaged file says so."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from embedkit.analysis.generation import score_generation
from embedkit.analysis.purity import Coverage, knn_purity
from embedkit.decoding.beam import BeamNode
from embedkit.errors import RunError
from embedkit.runs.folder import Run
from embedkit.tasks.seq2seq import artefacts as store
from embedkit.tasks.seq2seq.artefacts import InterpolationTable, Look, PuritySheet

HOSTILE = ("", "</script>", "a\tb\nc", "naïve 日本", "'\"\\")


@pytest.fixture
def run(tmp_path: Path) -> Run:
    run = Run(tmp_path / "try")
    run.write_config({"kind": "seq2seq"})
    return run


def test_interpolations_come_back(run: Run) -> None:
    pairs = {(0, 1): HOSTILE[:3], (0, 2): HOSTILE[1:4], (1, 2): HOSTILE[2:]}
    made = InterpolationTable(HOSTILE[:3], 3, pairs)
    store.save_interpolations(run, made)
    assert store.load_interpolations(run) == made
    empty = InterpolationTable((), 9, {})
    store.save_interpolations(run, empty)
    assert store.load_interpolations(run) == empty


def test_purity_comes_back(run: Run) -> None:
    vectors = np.random.default_rng(0).normal(size=(24, 3))
    kinds = ["time", "place"] * 12
    drawn = knn_purity(vectors, kinds, clusters=[i // 4 for i in range(24)], k=3, resamples=20)
    plain = knn_purity(vectors, kinds, k=3, resamples=0)
    assert plain.interval is None
    made = PuritySheet({"the bottleneck": drawn, "bag of words": plain}, {"word vectors": Coverage(9, 7, 24, 1)})
    store.save_purity(run, made)
    back = store.load_purity(run)
    assert back == made
    assert list(back.spaces) == ["the bottleneck", "bag of words"]


def test_looks_come_back(run: Run) -> None:
    node = vars(BeamNode(None, 0, -0.5, step=0, rank=1, kept=True, final=True)) | {"token": "⏎"}
    weights = np.array([[0.25, 0.75], [1.0, 0.0]])
    made = (Look("a", HOSTILE[1], "b", (node,), ("a", "⏎"), ("b", "⏎"), weights), Look("", "", HOSTILE[3], ()))
    store.save_looks(run, made)
    first, second = store.load_looks(run)
    assert np.array_equal(first.weights, weights)
    assert {**vars(first), "weights": None} == {**vars(made[0]), "weights": None}
    assert vars(second) == vars(made[1])


def test_a_score_sheet_comes_back(run: Run) -> None:
    made = score_generation(
        ["a", "b"], ["one two three four", HOSTILE[3]], ["one two three four", ""], memorised_from=["x"], resamples=10
    )
    assert made.bleu is not None
    path = store.save_generation(run, "valid", made)
    assert path.relative_to(run.path).as_posix() == "scores/valid.json"
    assert store.load_generation(run, "valid") == made
    short = score_generation(["a"], ["one"], ["one"])
    assert (short.bleu, short.bleu_interval, short.memory) == (None, None, None)
    store.save_generation(run, "test", short)
    assert store.load_generation(run, "test") == short


LOADERS: dict[str, Callable[[Run], object]] = {
    "phrases/interpolations.json": store.load_interpolations,
    "phrases/purity.json": store.load_purity,
    "phrases/looks.json": store.load_looks,
    "scores/valid.json": lambda run: store.load_generation(run, "valid"),
}


@pytest.mark.parametrize("name", LOADERS)
def test_what_is_not_there_is_none_and_what_is_damaged_is_named(run: Run, name: str) -> None:
    load, path = LOADERS[name], run.path / name
    assert load(run) == (() if "looks" in name else None)
    path.parent.mkdir()
    for damaged in ('{"labels": [0', "[]", "{}", "3", '{"labels": 3, "texts": 3, "spaces": 3, "looks": 3}', "null"):
        path.write_text(damaged, encoding="utf-8")
        with pytest.raises(RunError, match=rf"{path.name}: damaged or of another version .*; make it again"):
            load(run)
    path.write_bytes(b"\xff\xfe{}")
    with pytest.raises(RunError, match=f"{path.name}: damaged"):
        load(run)
