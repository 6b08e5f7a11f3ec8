"""Spaces of a language model: the mean state of each word by hand, and the sum of its tables."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
import torch
from torch import Tensor

from embedkit.errors import CorpusError, UsageError
from embedkit.runs.folder import Run
from embedkit.serve import catalog
from embedkit.spaces.open import open_space
from embedkit.tasks.language_model.config import LanguageModel, LanguageModelTraining
from embedkit.tasks.language_model.network import LanguageModelNetwork, load_language_model
from embedkit.tasks.language_model.spaces import mean_states
from embedkit.training.driver import train
from tests.progress import Recorder

LINES = ["the cat sat", "the dog sat on the cat"] * 8


class Adding:
    """A model whose state is the sum of all ids that it has read, each plus one."""

    embedding = SimpleNamespace(weight=torch.zeros(5, 1))

    def initial_state(self, columns: int) -> Tensor:
        return torch.zeros(columns, 1)

    def hidden(self, ids: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        sums = state + (ids[:, :, None] + 1).cumsum(dim=0)
        return sums, sums[-1]


def test_a_words_contextual_vector_is_the_mean_of_its_states() -> None:
    """The cat. The dog. as 0 1 2 0 3 2: the states are 1, 3, 6, 7, 11 and 14."""
    model = cast(LanguageModelNetwork, Adding())
    means, counts = mean_states(model, np.array([0, 1, 2, 0, 3, 2]))
    assert counts.tolist() == [2, 1, 2, 1, 0]
    assert means.tolist() == [[(1 + 7) / 2], [3], [(6 + 14) / 2], [11], [0]]
    # Side by side each sentence begins anew: 1, 3, 6 and 1, 5, 8.
    beside, _ = mean_states(model, np.array([0, 1, 2, 0, 3, 2]), columns=2)
    assert beside[:4].tolist() == [[1], [3], [7], [5]]
    # The state goes on from window to window: of 130 the last is 130.
    told = Recorder()
    long, _ = mean_states(model, np.array([0] * 129 + [1]), columns=1, progress=told)
    assert long[1].item() == 129 + 2
    assert told.shares == [64 / 130, 128 / 130, 1]
    assert told.texts[-1] == "130 tokens read"


def trained(folder: Path, **shape: Any) -> Run:
    for split in ("train", "valid"):
        (folder / f"{split}.txt").write_text("\n".join(LINES) + "\n", encoding="utf-8")
    model = LanguageModel(embedding_size=6, dropout=0.0, softmax="full", min_count=1, **shape)
    training = LanguageModelTraining(corpus=str(folder), batch_size=2, bptt=10, steps=2, evaluations=1, device="cpu")
    return train(model, training, folder / "runs" / "try")


def test_spaces_of_a_run_come_from_its_tables_and_its_text(tmp_path: Path) -> None:
    run = trained(tmp_path, hidden_size=6, tied=False)
    assert catalog.spaces(run) == ["input", "output"]
    model, vocabulary = load_language_model(run)
    inputs, outputs, total = (open_space(f"{run.path}/{which}") for which in ("input", "output", "sum"))
    assert total.vectors == pytest.approx(inputs.vectors + outputs.vectors, abs=1e-6)
    contextual = open_space(f"{run.path}/contextual")
    ids = [token for line in LINES for token in (*vocabulary.encode(line), vocabulary.line_end)]
    means, counts = mean_states(model, np.array(ids))
    seen = np.flatnonzero(counts)
    assert contextual.labels == tuple(vocabulary.tokens[row] for row in seen)
    assert "<unk>" not in contextual  # which stands nowhere
    assert contextual.vectors == pytest.approx(means[seen], abs=1e-6)
    assert contextual.columns["contexts"].tolist() == counts[seen].tolist()
    assert contextual.of_words
    assert "contextual" in catalog.spaces(run)  # now that it is kept
    (tmp_path / "train.txt").write_text("another text\n" * 20, encoding="utf-8")
    (run.path / "spaces" / "contextual.npz").unlink()
    with pytest.raises(CorpusError, match="has changed since"):
        open_space(f"{run.path}/contextual")


@pytest.mark.parametrize(
    ("shape", "why"),
    [({"hidden_size": 6}, "tied: one table"), ({"hidden_size": 8, "tied": False}, "6 and 8 dimensions")],
)
def test_tables_without_a_sum_say_why(tmp_path: Path, shape: dict[str, Any], why: str) -> None:
    run = trained(tmp_path, **shape)
    with pytest.raises(UsageError, match=f"{why}; take try/input"):
        open_space(f"{run.path}/sum")
