"""The large file of the benchmarks is what it says, made small."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.large_file import labels, write
from embedkit.analysis.neighbors import nearest
from embedkit.spaces.open import open_space


def test_a_small_one_is_kept_and_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMBEDKIT_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr("embedkit.spaces.formats.npz._MAPPED", 0)
    monkeypatch.setattr("embedkit.spaces.space.LARGE", 0)
    write(tmp_path / "large.bin", 3_000, 20)
    words = tuple(labels(3_000))
    assert len(set(words)) == 3_000
    assert sum("_" in word for word in words) > 300
    space = open_space(tmp_path / "large.bin")
    assert space.labels == words
    assert isinstance(space.vectors.base, np.memmap)
    cosines = space.take(np.arange(3_000)).unit @ space.unit_rows(np.array([7]))[0]
    best = np.argsort(-cosines, kind="stable")[1:6]
    assert [answer.word for answer in nearest(space, words[7], k=5)] == [words[row] for row in best]
