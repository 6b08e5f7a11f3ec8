"""Shallow fusion: a language model of the kit takes part in the search for what was said.

The search ranks texts by log p(text | sound) + weight · log p(text) + bonus · words (Hannun et al. 2014, after whom the
weight and the bonus are α and β; Gulcehre et al. 2015 gave it its name). Every word costs what the language model takes
off for it, so that short texts would win without a bonus.

A recogniser of words takes a language model of words. One of characters takes a model of characters, or one of words,
which is asked where a word ends.

References:
    Gulcehre et al. 2015, On using monolingual corpora in neural machine translation. arXiv:1503.03535.
    Hannun, Maas, Jurafsky & Ng 2014, First-pass large vocabulary continuous speech recognition using bi-directional
    recurrent DNNs. arXiv:1408.2873.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from embedkit.errors import UsageError
from embedkit.files import sha256
from embedkit.models.recurrent import State
from embedkit.runs.folder import Run
from embedkit.tasks.language_model.network import LanguageModelNetwork, load_language_model
from embedkit.tasks.speech.labels import Language, Search
from embedkit.tasks.speech.score import Fused
from embedkit.text.typed import word_ids
from embedkit.text.vocabulary import Vocabulary

KEPT, FEWEST = 8_000_000, 256
"""Log-probabilities that are kept, of as many beginnings of texts as that comes to, and of so many at least."""


@dataclass(frozen=True, eq=False)
class _Read:
    """A model's state after some tokens, (V,) log-probabilities of the next, and the log-probability of those read."""

    state: State
    following: np.ndarray
    total: float


class TextModel:
    """Log-probabilities of texts by a language model; a text begins where a line does."""

    def __init__(self, network: LanguageModelNetwork, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self._network = network
        self._reads: dict[tuple[int, ...], _Read] = {}
        self._most = max(FEWEST, KEPT // len(vocabulary))

    def following(self, ids: tuple[int, ...]) -> np.ndarray:
        """(V,) log-probabilities of the token after these."""
        return self._read(ids).following

    def total(self, ids: tuple[int, ...]) -> float:
        """The log-probability of a line that begins with these tokens."""
        return self._read(ids).total

    def _read(self, ids: tuple[int, ...]) -> _Read:
        """Read on from the longest beginning that is kept."""
        known = next((count for count in range(len(ids), -1, -1) if ids[:count] in self._reads), None)
        if known is None:
            read, known = self._step(self.vocabulary.line_end, self._network.initial_state(1), 0.0), 0
        else:
            read = self._reads[ids[:known]]
        for count in range(known, len(ids)):
            token = ids[count]
            read = self._step(token, read.state, read.total + float(read.following[token]))
            self._keep(ids[: count + 1], read)
        if not ids:
            self._keep(ids, read)
        return read

    def _keep(self, ids: tuple[int, ...], read: _Read) -> None:
        while len(self._reads) >= self._most:
            del self._reads[next(iter(self._reads))]  # the oldest
        self._reads[ids] = read

    @torch.no_grad()
    def _step(self, token: int, state: State, total: float) -> _Read:
        hidden, state = self._network.hidden(torch.tensor([[token]]), state)
        return _Read(state, self._network.log_probabilities(hidden[-1])[0].double().numpy(), total)


class TokenFusion:
    """A language model whose tokens are those of the recogniser: words or characters."""

    def __init__(self, model: TextModel, own: Vocabulary, weight: float, bonus: float) -> None:
        self._model, self._weight, self._bonus = model, weight, bonus
        self._ids = np.array(word_ids(model.vocabulary, own.tokens))
        # A word ends with each token, or where a space comes after a character that is none.
        self._words = own.level == "word"
        self._spaces = np.array([token.isspace() for token in own.tokens])

    def next(self, tokens: tuple[int, ...]) -> np.ndarray:
        more = self._weight * self._model.following(self._line(tokens))[self._ids]
        ends = np.ones(len(self._ids)) if self._words else self._spaces * self._open(tokens)
        return more + self._bonus * ends

    def end(self, tokens: tuple[int, ...]) -> float:
        last = float(self._model.following(self._line(tokens))[self._model.vocabulary.line_end])
        return self._weight * last + self._bonus * (not self._words and self._open(tokens))

    def _line(self, tokens: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(self._ids[list(tokens)].tolist())

    def _open(self, tokens: tuple[int, ...]) -> bool:
        """Whether a word has begun and not ended."""
        return bool(tokens) and not self._spaces[tokens[-1]]


class WordFusion:
    """A language model of words for a recogniser of characters: a word counts when its end has come."""

    def __init__(self, model: TextModel, own: Vocabulary, weight: float, bonus: float) -> None:
        self._model, self._own, self._weight, self._bonus = model, own, weight, bonus
        self._spaces = np.array([token.isspace() for token in own.tokens], dtype=np.float64)

    def next(self, tokens: tuple[int, ...]) -> np.ndarray:
        return self._spaces * self._of_last_word(tokens)

    def end(self, tokens: tuple[int, ...]) -> float:
        ids = tuple(self._model.vocabulary.encode(self._own.decode(tokens)))
        ending = float(self._model.following(ids)[self._model.vocabulary.line_end])
        return self._of_last_word(tokens) + self._weight * ending

    def _of_last_word(self, tokens: tuple[int, ...]) -> float:
        """What the last word adds, its bonus too; 0 after a space."""
        text = self._own.decode(tokens)
        if not text or text[-1].isspace():
            return 0.0
        whole, before = (tuple(self._model.vocabulary.encode(part)) for part in (text, text[: -len(text.split()[-1])]))
        return self._weight * (self._model.total(whole) - self._model.total(before)) + self._bonus


def fuse(run: Run, own: Vocabulary, weight: float, bonus: float) -> Language:
    """A language model's part in the search of a recogniser with this vocabulary.

    Raises:
        UsageError: their tokens do not fit.
        RunError: the run's weights are missing or damaged.
    """
    network, vocabulary = load_language_model(run)
    kinds: dict[tuple[str, str], Callable[[TextModel, Vocabulary, float, float], Language]] = {
        ("word", "word"): TokenFusion,
        ("char", "char"): TokenFusion,
        ("char", "word"): WordFusion,
    }
    if (own.level, vocabulary.level) not in kinds:
        level = "word" if own.level == "word" else "char or word"
        raise UsageError(
            f"--language-model {run.name}: its tokens are of level {vocabulary.level}, and the recogniser writes level "
            f"{own.level}; train one with `embedkit train lm --level {level}`"
        )
    return kinds[own.level, vocabulary.level](TextModel(network, vocabulary), own, weight, bonus)


def fused(search: Search) -> Fused | None:
    """What is kept of a search's language model with a score."""
    run = search.language_model
    if run is None:
        return None
    return Fused(run.name, sha256([run.path / "weights.safetensors"]), search.weight, search.bonus)
