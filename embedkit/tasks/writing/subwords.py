"""Words of a model whose tokens are characters or pieces of words: where they begin and end, and their probability."""

from bisect import bisect_left
from collections.abc import Sequence
from functools import cached_property

import torch
from torch import Tensor

from embedkit.tasks.language_model.network import LanguageModelNetwork
from embedkit.tasks.writing.keypad import JOINERS
from embedkit.tasks.writing.reader import Reading, take
from embedkit.text.byte_pairs import BYTES
from embedkit.text.vocabulary import Vocabulary

SPACE_IN_BYTES = "Ġ"
_AT_ONCE = 512  # words whose probabilities are computed in one batch


class Subwords:
    """The tokens of a char or bpe vocabulary as parts of words.

    A word is a run of letters, digits, apostrophes and hyphens. It ends before the next token that is none of these.
    """

    def __init__(self, model: LanguageModelNetwork, vocabulary: Vocabulary) -> None:
        self.model, self.vocabulary = model, vocabulary
        self.leads = vocabulary.level == "bpe"
        """Whether the space before a word is part of its first token."""
        self.inside = torch.tensor([self._is_inside(token) for token in vocabulary.tokens])
        """(V,) tokens that go on with a word."""
        self.outside = ~self.inside
        led = [self.leads and t[:1] == SPACE_IN_BYTES and self._is_inside(t[1:]) for t in vocabulary.tokens]
        self.begins = self.inside | torch.tensor(led)
        """(V,) tokens that begin a word, a space before it included."""
        for special in () if vocabulary.unk is None else (vocabulary.unk,):
            self.inside[special] = self.begins[special] = False

    def _is_inside(self, token: str) -> bool:
        if not self.leads:
            return is_inside(token)
        return bool(token) and all(BYTES.get(c, 0) >= 0x80 or is_inside(chr(BYTES.get(c, 0))) for c in token)

    def expects_space(self, reading: Reading) -> bool:
        """Whether a space is likelier than not to come next: the lines of some texts begin with one."""
        space = SPACE_IN_BYTES if self.leads else " "
        spaced = torch.tensor([token.startswith(space) for token in self.vocabulary.tokens])
        return bool(reading.scores[0, spaced].exp().sum() > 0.5)

    def cut(self, text: str) -> tuple[str, str]:
        """A text without the space at its end that is part of the next word's first token, and that space."""
        return (text[:-1], " ") if self.leads and text.endswith(" ") else (text, "")

    @cached_property
    def _sorted(self) -> list[tuple[str, int]]:
        return sorted((token, i) for i, token in enumerate(self.vocabulary.tokens))

    def fitting(self, rest: str) -> Tensor:
        """(V,) true for tokens with which a word can go on that must begin with `rest`, as tokens are written: those
        that are a beginning of it, or all of it and more of the word."""
        allowed = torch.zeros(len(self.vocabulary), dtype=torch.bool)
        for length in range(1, len(rest)):
            if (i := self.vocabulary.index_of(rest[:length])) is not None:
                allowed[i] = True
        for token, i in self._sorted[bisect_left(self._sorted, (rest, -1)) :]:
            if not token.startswith(rest):
                break
            allowed[i] = token == rest or self._is_inside(token[len(rest) :])
        return allowed

    def ending(self, scores: Tensor) -> Tensor:
        """(…, V) log-probabilities of the next token → (…) that the word is at its end."""
        return scores[..., self.outside].logsumexp(-1)

    @torch.no_grad()
    def log_probabilities(self, reading: Reading, texts: Sequence[int], spelled: Sequence[Sequence[int]]) -> Tensor:
        """(N,) log-probabilities, in nats, of N words and of their end, each after one of the texts of a reading.

        Args:
            texts: which text each word stands after.
            spelled: the token ids of each word, at least one.
        """
        first = reading.scores[list(texts), [ids[0] for ids in spelled]]
        parts = [
            self._rest(reading, texts[start : start + _AT_ONCE], spelled[start : start + _AT_ONCE])
            for start in range(0, len(spelled), _AT_ONCE)
        ]
        return first + torch.cat(parts)

    def _rest(self, reading: Reading, texts: Sequence[int], spelled: Sequence[Sequence[int]]) -> Tensor:
        """(N,) log-probabilities of all but the first token of each word, and of its end."""
        lengths = torch.tensor([len(ids) for ids in spelled])
        ids = torch.zeros(int(lengths.max()), len(spelled), dtype=torch.long)
        for column, word in enumerate(spelled):
            ids[: len(word), column] = torch.tensor(word)
        # What stands after a word's end is read and not looked at.
        hidden, _ = self.model.hidden(ids, take(reading.state, torch.tensor(texts)))
        scores = self.model.log_probabilities(hidden)  # (T, N, V)
        inner = scores[:-1].gather(2, ids[1:, :, None]).squeeze(2)
        inner = inner.masked_fill(torch.arange(1, len(ids))[:, None] >= lengths, 0.0).sum(0)
        return inner + self.ending(scores[lengths - 1, torch.arange(len(spelled))])


def is_inside(characters: str) -> bool:
    """Whether characters can stand inside a word."""
    return bool(characters) and all(c.isalnum() or c in JOINERS for c in characters)
