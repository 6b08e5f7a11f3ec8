"""A language model in the search: what it adds is what it says of the whole text, by brute force over short inputs."""

import numpy as np
import pytest
import torch

from embedkit.tasks.language_model.config import LanguageModel
from embedkit.tasks.language_model.network import LanguageModelNetwork
from embedkit.tasks.speech.fusion import TextModel, TokenFusion, WordFusion
from embedkit.tasks.speech.labels import prefix_beam
from embedkit.text.vocabulary import Vocabulary
from tests.tasks.speech.test_labels import by_brute_force

WEIGHT, BONUS = 0.7, 0.4


def model_of(level: str, tokens: tuple[str, ...]) -> tuple[LanguageModelNetwork, Vocabulary]:
    """A language model with weights as they are drawn, and sharper than these are."""
    vocabulary = Vocabulary(level, tokens, np.arange(len(tokens), 0, -1))  # type: ignore[arg-type]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        options = LanguageModel(level=level, embedding_size=6, hidden_size=6, tied=False, softmax="full")  # type: ignore[arg-type]
        network = LanguageModelNetwork(options, vocabulary.counts).eval()
        for parameter in network.parameters():
            parameter.data *= 3
    return network, vocabulary


@torch.no_grad()
def of_text(network: LanguageModelNetwork, vocabulary: Vocabulary, ids: list[int]) -> float:
    """The log-probability of a whole line with its end, in one pass over it."""
    line = torch.tensor([vocabulary.line_end, *ids, vocabulary.line_end])
    hidden, _ = network.hidden(line[:-1, None], network.initial_state(1))
    following = network.log_probabilities(hidden)[:, 0].double()
    return float(following[torch.arange(len(line) - 1), line[1:]].sum())


def scores(labels: int, seed: int = 0) -> np.ndarray:
    drawn = np.random.default_rng(seed).dirichlet(np.full(labels + 1, 0.8), size=4)
    return np.log(drawn.clip(1e-4))


@pytest.mark.parametrize("seed", range(3))
def test_words_are_scored_as_the_language_model_scores_the_whole_line(seed: int) -> None:
    network, vocabulary = model_of("word", ("<unk>", "<eos>", "one", "two", "three"))
    own = Vocabulary("word", ("two", "one", "never"), np.ones(3, dtype=np.int64))  # of another order, and one more
    of_own = [3, 2, 0]
    fusion = TokenFusion(TextModel(network, vocabulary), own, WEIGHT, BONUS)
    posterior = scores(len(own), seed)
    sums = by_brute_force(posterior)

    def score(tokens: tuple[int, ...]) -> float:
        text = of_text(network, vocabulary, [of_own[token] for token in tokens])
        return float(np.log(sums[tokens])) + WEIGHT * text + BONUS * len(tokens)

    ranked = prefix_beam(posterior, 10_000, fusion)
    assert {each.tokens for each in ranked} == set(sums)
    for each in ranked:
        assert each.score == pytest.approx(score(each.tokens), abs=1e-5)
    assert ranked[0].tokens == max(sums, key=score)


@pytest.mark.parametrize("level", ["char", "word"])
def test_characters_are_scored_by_a_model_of_characters_or_of_words(level: str) -> None:
    own = Vocabulary("char", ("a", " ", "b"), np.ones(3, dtype=np.int64))
    known = {"char": ("<unk>", "\n", "b", " ", "a"), "word": ("<unk>", "<eos>", "a", "ab", "b")}[level]
    network, vocabulary = model_of(level, known)
    fusion = {"char": TokenFusion, "word": WordFusion}[level](TextModel(network, vocabulary), own, WEIGHT, BONUS)
    posterior = scores(len(own))
    sums = by_brute_force(posterior)

    def score(tokens: tuple[int, ...]) -> float:
        text = own.decode(tokens)
        whole = of_text(network, vocabulary, vocabulary.encode(text))
        return float(np.log(sums[tokens])) + WEIGHT * whole + BONUS * len(text.split())

    ranked = prefix_beam(posterior, 10_000, fusion)
    for each in ranked:
        assert each.score == pytest.approx(score(each.tokens), abs=1e-5)
    assert ranked[0].tokens == max(sums, key=score)


def test_what_is_kept_is_bounded_and_read_again() -> None:
    network, vocabulary = model_of("word", ("<unk>", "<eos>", "one", "two", "three"))
    model, other = TextModel(network, vocabulary), TextModel(network, vocabulary)
    model._most = 3
    lines = [
        tuple(int(i) for i in np.random.default_rng(n).integers(2, 5, size=1_050 if n == 0 else 5)) for n in range(4)
    ]
    for line in lines:  # the first is longer than Python's recursion would go
        assert model.total(line) == other.total(line)
        assert np.array_equal(model.following(line[:3]), other.following(line[:3]))
    assert len(model._reads) == 3
    assert other.total(lines[1]) + other.following(lines[1])[1] == pytest.approx(
        of_text(network, vocabulary, list(lines[1])), abs=1e-5
    )
