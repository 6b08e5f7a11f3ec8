"""Sampling: four tokens whose probabilities are known, and a small untrained model."""

from collections import Counter

import numpy as np
import pytest
import torch

from embedkit.errors import UsageError
from embedkit.tasks.language_model.config import LanguageModel
from embedkit.tasks.language_model.network import LanguageModelNetwork
from embedkit.tasks.language_model.sampling import choose, continue_text
from embedkit.text.vocabulary import EOS, UNK, Vocabulary

SCORES = torch.tensor([0.15, 0.5, 0.1, 0.25]).log()
"""Falling: token 1, 3, 0, 2."""

WORDS = Vocabulary("word", (UNK, EOS, "a", "b", "c", "(", ")"), np.array([900, 5, 4, 3, 2, 1, 1]), lowercase=True)


@pytest.fixture
def model() -> LanguageModelNetwork:
    torch.manual_seed(0)
    config = LanguageModel(embedding_size=4, hidden_size=8, softmax="full")
    return LanguageModelNetwork(config, WORDS.counts).eval()


def drawn(temperature: float = 1.0, top_k: int | None = None, top_p: float | None = None, n: int = 400) -> Counter[int]:
    generator = torch.Generator().manual_seed(0)
    return Counter(choose(SCORES, temperature, top_k, top_p, generator) for _ in range(n))


def test_temperature_zero_takes_the_likeliest() -> None:
    assert drawn(0.0) == {1: 400}
    assert drawn(0.0, top_k=3, top_p=0.9) == {1: 400}


def test_shares_follow_the_probabilities_and_the_temperature() -> None:
    shares = {token: n / 10_000 for token, n in drawn(1.0, n=10_000).items()}
    assert [shares[i] for i in range(4)] == pytest.approx([0.15, 0.5, 0.1, 0.25], abs=0.02)
    # At one half the probabilities are squared: 0.0225 0.25 0.01 0.0625, of 0.345 together.
    shares = {token: n / 10_000 for token, n in drawn(0.5, n=10_000).items()}
    assert [shares[i] for i in range(4)] == pytest.approx([0.065, 0.725, 0.029, 0.181], abs=0.02)


@pytest.mark.parametrize(
    ("top_k", "top_p", "kept"),
    [
        (1, None, {1}),
        (2, None, {1, 3}),
        (9, None, {0, 1, 2, 3}),
        (None, 0.4, {1}),
        (None, 0.6, {1, 3}),
        (None, 0.8, {0, 1, 3}),
        (None, 1.0, {0, 1, 2, 3}),
        # Of the two kept the first has 2/3: past 0.6 alone, short of 0.7.
        (2, 0.6, {1}),
        (2, 0.7, {1, 3}),
    ],
)
def test_what_may_be_drawn(top_k: int | None, top_p: float | None, kept: set[int]) -> None:
    assert set(drawn(1.0, top_k, top_p)) == kept


def test_the_temperature_comes_before_the_nucleus() -> None:
    # 0.725 at one half, so 0.7 is reached by one token and not by two.
    assert set(drawn(0.5, top_p=0.7)) == {1}
    assert set(drawn(1.0, top_p=0.7)) == {1, 3}


def test_temperature_zero_is_the_greedy_walk(model: LanguageModelNetwork) -> None:
    ids = WORDS.encode("a b")
    with torch.no_grad():
        for _ in range(6):
            hidden, _ = model.hidden(torch.tensor(ids)[:, None], model.initial_state(1))
            scores = model.log_probabilities(hidden[-1])[0]
            scores[0] = -torch.inf
            ids.append(int(scores.argmax()))
    for seed in (0, 1):
        text = "".join(continue_text(model, WORDS, "a b", tokens=6, temperature=0, seed=seed))
        assert "a b" + text == WORDS.decode(ids)


def test_a_seed_gives_the_same_text_and_another_does_not(model: LanguageModelNetwork) -> None:
    one, two, other = (
        "".join(continue_text(model, WORDS, "a", tokens=40, temperature=1.0, seed=seed)) for seed in (1, 1, 2)
    )
    assert one == two != other


def test_the_callers_generator_is_left_alone(model: LanguageModelNetwork) -> None:
    torch.manual_seed(7)
    before = torch.get_rng_state()
    list(continue_text(model, WORDS, "a", tokens=5))
    assert torch.equal(torch.get_rng_state(), before)


def test_the_unknown_word_is_never_drawn(model: LanguageModelNetwork) -> None:
    # It is by far the likeliest: 900 of 916.
    assert UNK not in "".join(continue_text(model, WORDS, "a", tokens=60, temperature=1.0))


def test_pieces_join_to_the_printed_text(model: LanguageModelNetwork) -> None:
    pieces = list(continue_text(model, WORDS, "( a", tokens=50, temperature=1.5, seed=3))
    assert len(pieces) > 20
    assert not any(piece == "" for piece in pieces)
    text = "(a" + "".join(pieces)
    assert "( " not in text
    assert " )" not in text


def test_an_empty_prompt_starts_after_a_line_end(model: LanguageModelNetwork) -> None:
    hidden, _ = model.hidden(torch.tensor([[1]]), model.initial_state(1))
    scores = model.log_probabilities(hidden[-1])[0]
    scores[0] = -torch.inf
    (piece,) = continue_text(model, WORDS, "", tokens=1, temperature=0)
    assert piece == WORDS.decode([int(scores.argmax())])


def test_characters_that_span_tokens_wait_until_they_are_whole() -> None:
    from tokenizers import pre_tokenizers

    letters = tuple(sorted(pre_tokenizers.ByteLevel.alphabet()))
    vocabulary = Vocabulary("bpe", letters, np.ones(256, dtype=np.int64))
    model = LanguageModelNetwork(LanguageModel(embedding_size=2, hidden_size=2, softmax="full"), vocabulary.counts)
    first = vocabulary.encode("é")[0]
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.softmax.bias[first] = 9
    # Four beginnings of a character and never an end; then one letter, whole at once.
    assert list(continue_text(model.eval(), vocabulary, "x", tokens=4, temperature=0)) == []
    with torch.no_grad():
        model.softmax.bias[vocabulary.encode("y")[0]] = 10
    assert list(continue_text(model, vocabulary, "x", tokens=2, temperature=0)) == ["y", "y"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"temperature": -0.1}, r"--temperature -0\.1"),
        ({"top_k": 0}, "--top-k 0"),
        ({"top_p": 0.0}, r"--top-p 0\.0"),
        ({"top_p": 1.1}, r"--top-p 1\.1"),
        ({"tokens": 0}, "--tokens 0"),
    ],
)
def test_options_out_of_range_are_said_at_once(model: LanguageModelNetwork, options: dict, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        continue_text(model, WORDS, "a", **options)
