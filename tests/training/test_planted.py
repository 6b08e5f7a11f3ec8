"""A corpus whose grammar has known relations: trained vectors must solve its analogies, untrained ones must not.

"see capitald paves rivern": after a name stands a word of its role, then one that goes with both names of a pair. So
a capital differs from its country as every capital does from its own, and a plural from its singular.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from embedkit.analysis.analogies.categories import Category, Pair
from embedkit.analysis.analogies.questions import AnalogySet
from embedkit.analysis.analogies.scoring import score
from embedkit.spaces import EmbeddingSpace
from embedkit.spaces.open import open_run_space
from embedkit.tasks.language_model.config import LanguageModel, LanguageModelTraining
from embedkit.tasks.language_model.network import LanguageModelNetwork, load_language_model
from embedkit.tasks.word2vec.config import Word2VecTraining
from embedkit.tasks.word2vec.training import train_word2vec
from embedkit.training.driver import train

SENTENCES = 20_000
LETTERS = "abcdefgh"
CAPITALS = [(f"country{x}", f"capital{x}") for x in LETTERS]
PLURALS = [(f"thing{x}", f"thing{x}s") for x in LETTERS]
GRAMMAR = [
    (CAPITALS, (["governs", "borders", "taxes"], ["houses", "lights", "paves"]), ["river", "hill"]),
    (PLURALS, (["is", "was", "seems"], ["are", "were", "seem"]), ["colour", "shape"]),
]
"""Pairs; the words of either role; what a pair's own words begin with."""


QUESTIONS = AnalogySet(
    "planted",
    tuple(
        Category.from_pairs(name, (Pair(a, (b,)) for a, b in pairs))
        for name, pairs in (("capital", CAPITALS), ("plural", PLURALS))
    ),
)


def sentences() -> Iterator[str]:
    """Nothing before a name tells which it is, so a language model has to learn it from the name's own vector."""
    rng = np.random.default_rng(0)
    for _ in range(SENTENCES):
        pairs, roles, owns = GRAMMAR[rng.integers(len(GRAMMAR))]
        pair, role = rng.integers(len(pairs)), rng.integers(2)
        opening, own = rng.choice(["see", "so", "yes"]), rng.choice(owns)
        yield f"{opening} {pairs[pair][role]} {rng.choice(roles[role])} {own}{LETTERS[pair]}"


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("planted") / "planted.txt"
    path.write_text("\n".join(sentences()) + "\n", encoding="utf-8")
    return path


def accuracies(space: EmbeddingSpace) -> dict[str, float]:
    found = score(space, QUESTIONS, restrict=None, methods=["3CosAdd"])
    assert found.micro.coverage == 1
    return {row.name: row.methods[0].accuracy.value for row in found.categories}


def assert_learned(before: EmbeddingSpace, after: EmbeddingSpace) -> None:
    # By chance a question is answered once in the number of words, some eighty.
    assert len(after) > 70
    assert max(accuracies(before).values()) < 0.15
    assert min(accuracies(after).values()) > 0.8, accuracies(after)


def test_word_vectors_solve_the_planted_analogies(text: Path, tmp_path: Path) -> None:
    config = Word2VecTraining(corpus=str(text), dimensions=24, window=4, sample=0.0, epochs=10, workers=1)
    after = open_run_space(train_word2vec(config, tmp_path / "after"), "vectors")
    noise = np.random.default_rng(0).normal(size=after.vectors.shape)
    assert_learned(EmbeddingSpace("before", after.labels, noise), after)


def test_a_language_models_embeddings_solve_them_too(text: Path, tmp_path: Path) -> None:
    model = LanguageModel(embedding_size=24, hidden_size=48, dropout=0.1, softmax="full", tied=False)
    training = LanguageModelTraining(corpus=str(text), batch_size=32, bptt=20, epochs=6, evaluations=2, device="cpu")
    run = train(model, training, tmp_path / "after")
    after = open_run_space(run, "input")
    torch.manual_seed(0)
    _, vocabulary = load_language_model(run)
    untrained = LanguageModelNetwork(replace(model), vocabulary.counts).embedding.weight.detach().numpy()
    assert_learned(EmbeddingSpace("before", vocabulary.tokens, untrained), after)
