"""What is measured of a run comes back as it was, and a damaged file says so."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from embedkit.analysis.generation import score_generation
from embedkit.analysis.purity import Coverage, knn_purity
from embedkit.errors import RunError
from embedkit.runs.folder import Run
from embedkit.tasks.seq2seq.score import GENERATION_SCORES, PURITY, PuritySheet

HOSTILE = ("", "</script>", "a\tb\nc", "naïve 日本", "'\"\\")


@pytest.fixture
def run(tmp_path: Path) -> Run:
    run = Run(tmp_path / "try")
    run.write_config({"kind": "seq2seq"})
    return run


def test_purity_comes_back(run: Run) -> None:
    vectors = np.random.default_rng(0).normal(size=(24, 3))
    kinds = ["time", "place"] * 12
    drawn = knn_purity(vectors, kinds, clusters=[i // 4 for i in range(24)], k=3, resamples=20)
    plain = knn_purity(vectors, kinds, k=3, resamples=0)
    assert plain.interval is None
    made = PuritySheet({"the bottleneck": drawn, "bag of words": plain}, {"word vectors": Coverage(9, 7, 24, 1)})
    PURITY.save(run, made)
    back = PURITY.load_or_none(run)
    assert back == made
    assert list(back.spaces) == ["the bottleneck", "bag of words"]


def test_a_score_sheet_comes_back(run: Run) -> None:
    made = score_generation(
        ["a", "b"],
        ["one two three four", HOSTILE[3]],
        ["one two three four", ""],
        memorised_from=["x"],
        trained_sources=["b c"],
        resamples=10,
    )
    assert made.bleu is not None
    path = GENERATION_SCORES.save(run, made, "valid")
    assert path.relative_to(run.path).as_posix() == "scores/valid.json"
    assert GENERATION_SCORES.load_or_none(run, "valid") == made
    short = score_generation(["a"], ["one"], ["one"])
    assert (short.bleu, short.bleu_interval, short.memory) == (None, None, None)
    GENERATION_SCORES.save(run, short, "test")
    assert GENERATION_SCORES.load_or_none(run, "test") == short


def test_a_score_of_an_earlier_version_opens(run: Run) -> None:
    made = score_generation(["a"], ["one"], ["one"], trained_sources=["b c"])
    path = GENERATION_SCORES.save(run, made, "valid")
    values = json.loads(path.read_text(encoding="utf-8"))
    assert values.pop("by_novelty")
    path.write_text(json.dumps(values), encoding="utf-8")
    assert GENERATION_SCORES.load(run, "valid") == replace(made, by_novelty=())


LOADERS: dict[str, Callable[[Run], object]] = {
    "phrases/purity.json": PURITY.load_or_none,
    "scores/valid.json": lambda run: GENERATION_SCORES.load_or_none(run, "valid"),
}


@pytest.mark.parametrize("name", LOADERS)
def test_what_is_not_there_is_none_and_what_is_damaged_is_named(run: Run, name: str) -> None:
    load, path = LOADERS[name], run.path / name
    assert load(run) is None
    path.parent.mkdir()
    for damaged in ('{"labels": [0', "[]", "{}", "3", '{"labels": 3, "texts": 3, "spaces": 3, "looks": 3}', "null"):
        path.write_text(damaged, encoding="utf-8")
        with pytest.raises(RunError, match=rf"{path.name}: damaged or of another version .*; make it again"):
            load(run)
    path.write_bytes(b"\xff\xfe{}")
    with pytest.raises(RunError, match=f"{path.name}: damaged"):
        load(run)
