"""What a space is organised by is kept with its run, and known again by the vectors and columns that it is of."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from embedkit.analysis.organisation.columns import organised_by
from embedkit.analysis.organisation.stored import ORGANISATIONS, organisation_is_current
from embedkit.runs.folder import Run
from embedkit.spaces.space import EmbeddingSpace

RNG = np.random.default_rng(0)
SPACE = EmbeddingSpace(
    "try/vectors",
    tuple(f"p{i}" for i in range(30)),
    RNG.normal(size=(30, 4)),
    {"side": np.array(["left", "right"] * 15), "price": RNG.random(30)},
)


def test_it_comes_back_as_it_was(tmp_path: Path) -> None:
    run, made = Run(tmp_path / "try"), organised_by(SPACE)
    ORGANISATIONS.save(run, made, "vectors")
    assert ORGANISATIONS.load(run, "vectors") == made


def test_it_is_current_for_its_own_vectors_and_columns_alone() -> None:
    made = organised_by(SPACE)
    assert organisation_is_current(made, SPACE)
    assert organisation_is_current(made, replace(SPACE, name="another name"))
    assert not organisation_is_current(None, SPACE)
    assert not organisation_is_current(made, replace(SPACE, vectors=SPACE.vectors + 1))
    for column, values in (("side", np.array(["right", "left"] * 15)), ("price", np.zeros(30))):
        assert not organisation_is_current(made, replace(SPACE, columns={**SPACE.columns, column: values}))
