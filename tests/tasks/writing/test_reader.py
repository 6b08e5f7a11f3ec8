"""What has been read is not read again, and that changes nothing."""

import numpy as np
import pytest
import torch

from embedkit.tasks.language_model.network import LanguageModelNetwork
from embedkit.tasks.writing import reader as reading_texts
from embedkit.tasks.writing.reader import Reader, Reading, joined
from tests.tasks.writing.bigrams import small, words

VOCABULARY = words(*"abcdefghij")


def scratch(model: LanguageModelNetwork, ids: list[int]) -> torch.Tensor:
    with torch.no_grad():
        hidden, _ = model.hidden(torch.tensor([VOCABULARY.line_end, *ids])[:, None], model.initial_state(1))
        return model.log_probabilities(hidden[-1])


def test_a_text_that_is_typed_and_mended_is_read_as_one_from_scratch() -> None:
    model = small(VOCABULARY)
    reader = Reader(model, VOCABULARY)
    rng = np.random.default_rng(0)
    ids: list[int] = []
    for _ in range(200):
        if rng.random() < 0.35 and ids:
            del ids[-int(rng.integers(1, 4)) :]
        else:
            ids += rng.integers(2, len(VOCABULARY), size=int(rng.integers(1, 4))).tolist()
        if rng.random() < 0.1:
            ids[len(ids) // 2 :] = [3]
        assert torch.allclose(reader.at(ids).scores, scratch(model, ids), atol=1e-5)


def test_a_token_costs_a_step_however_long_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = Reader(small(VOCABULARY), VOCABULARY)
    ids = [2 + i % 10 for i in range(5_000)]
    reader.at(ids)
    assert reader.steps == 5_001  # with the line's end before it
    for typed in range(5):
        reader.at([*ids, typed + 2])  # the one before is deleted, another typed
        assert reader.steps == 5_002 + typed
    reader.at(ids)
    assert reader.steps == 5_007  # the token before is read again, its scores are not kept
    reader.at(ids)
    assert reader.steps == 5_007


def test_a_long_text_is_read_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_texts, "_FAR", 7)
    model = small(VOCABULARY)
    ids = [2 + (i * i) % 10 for i in range(150)]
    assert torch.allclose(Reader(model, VOCABULARY).at(ids).scores, scratch(model, ids), atol=1e-5)


def test_texts_go_on_side_by_side() -> None:
    model = small(VOCABULARY)
    reader = Reader(model, VOCABULARY)
    one, other = reader.at([2, 3]), reader.at([4])
    both = joined([one, other]).rows([1, 0, 1]).then([5, 6, 7])
    for row, ids in enumerate(([4, 5], [2, 3, 6], [4, 7])):
        assert torch.allclose(both.scores[row], scratch(model, ids)[0], atol=1e-5)
    assert isinstance(both, Reading)
