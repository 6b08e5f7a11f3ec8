"""Examples that are kept with a run come back as they were, and a damaged file says so."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from embedkit.decoding.beam import BeamNode
from embedkit.errors import RunError
from embedkit.runs.folder import Run
from embedkit.tasks.seq2seq.examples import (
    INTERPOLATIONS,
    TRANSLATION_TRACES,
    InterpolationTable,
    TranslationTrace,
    TranslationTraces,
    load_translation_traces,
)

HOSTILE = ("", "</script>", "a\tb\nc", "naïve 日本", "'\"\\")


@pytest.fixture
def run(tmp_path: Path) -> Run:
    run = Run(tmp_path / "try")
    run.write_config({"kind": "seq2seq"})
    return run


def test_interpolations_come_back(run: Run) -> None:
    pairs = {(0, 1): HOSTILE[:3], (0, 2): HOSTILE[1:4], (1, 2): HOSTILE[2:]}
    made = InterpolationTable(HOSTILE[:3], 3, pairs)
    INTERPOLATIONS.save(run, made)
    assert INTERPOLATIONS.load_or_none(run) == made
    empty = InterpolationTable((), 9, {})
    INTERPOLATIONS.save(run, empty)
    assert INTERPOLATIONS.load_or_none(run) == empty


def test_looks_come_back(run: Run) -> None:
    node = vars(BeamNode(None, 0, -0.5, step=0, rank=1, kept=True, final=True)) | {"token": "⏎"}
    weights = np.array([[0.25, 0.75], [1.0, 0.0]])
    made = (
        TranslationTrace("a", HOSTILE[1], "b", (node,), ("a", "⏎"), ("b", "⏎"), weights),
        TranslationTrace("", "", HOSTILE[3], ()),
    )
    TRANSLATION_TRACES.save(run, TranslationTraces(made))
    first, second = load_translation_traces(run)
    assert np.array_equal(first.weights, weights)
    assert {**vars(first), "weights": None} == {**vars(made[0]), "weights": None}
    assert vars(second) == vars(made[1])


LOADERS: dict[str, Callable[[Run], object]] = {
    "phrases/interpolations.json": INTERPOLATIONS.load_or_none,
    "phrases/looks.json": load_translation_traces,
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
