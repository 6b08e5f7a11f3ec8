"""What a large vocabulary costs."""

import warnings

import numpy as np
import pytest

from embedkit.errors import EmbedkitWarning
from embedkit.text.vocabulary import Vocabulary
from embedkit.training import cost
from embedkit.training.cost import VocabularyCost, tell_cost

WORDS = Vocabulary("word", ("<unk>", "<eos>", "a", "d", "b", "c"), np.array([1, 9, 5, 1, 1, 1]))


def test_it_is_counted_by_hand() -> None:
    # 255 numbers and a bias, of four bytes each: a kibibyte a token. The unknown word is kept whatever its count.
    assert VocabularyCost.of(WORDS, [255], "sgd") == VocabularyCost(6, once=3, weights=6 * 1024, training=12 * 1024)
    assert VocabularyCost.of(WORDS, [127, 128], "adamw").training == 24 * 1024
    assert VocabularyCost.of(WORDS, [255], "adamw", in_blocks=True).training == 18 * 1024


def test_it_is_told_of_a_large_one_with_what_a_smaller_would_save(monkeypatch: pytest.MonkeyPatch) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tell_cost(WORDS, [255], "adamw")
    monkeypatch.setattr(cost, "LARGE", 6)
    gibibyte = 2**28 - 1
    message = (
        r"6 tokens: .* take 6\.0 GiB, and about 24\.0 GiB .* adamw; 3 of them .* would leave 3 tokens and 12\.0 GiB"
    )
    with pytest.warns(EmbedkitWarning, match=message):
        tell_cost(WORDS, [gibibyte], "adamw")
