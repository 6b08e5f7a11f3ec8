"""A finished encoder-decoder at work: texts to vectors, vectors to texts, texts to texts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from embedkit.decoding.beam import BeamResult, Hypothesis, beam_search, check_beams
from embedkit.decoding.temperature import tempered
from embedkit.errors import UsageError, refuse_single_text
from embedkit.models.decoder import Encoded
from embedkit.models.unrolling import unroll
from embedkit.runs.folder import Run
from embedkit.tasks.seq2seq.config import gives_back, longest_answer
from embedkit.tasks.seq2seq.network import load_seq2seq
from embedkit.text.pairs import line_ids, pad

LONGEST_SOURCE = 2_000
"""Tokens of a source; a longer one is refused."""
BATCH = 128


@dataclass(frozen=True)
class Translation:
    """A model's output for a source.

    Attributes:
        log_probability: in nats.
        score: by which several translations of a source are ranked.
        ended: whether the model wrote an end of line; False where it was cut.
    """

    text: str
    log_probability: float
    score: float
    ended: bool


@dataclass(frozen=True)
class InterpolationStep:
    """A point between two texts, `share` of the way from the first to the second, and what it decodes to."""

    share: float
    text: str


@dataclass(frozen=True, eq=False)
class AttentionMap:
    """How much of its attention each token of a translation, (T,), gave to each token of its source, (S,): (T, S)."""

    source: tuple[str, ...]
    target: tuple[str, ...]
    weights: np.ndarray


class Translator:
    """The model of a finished seq2seq run with its vocabularies.

    Raises:
        RunError: the run's weights are missing or damaged.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.model, self.source, self.target = load_seq2seq(run)
        self.banned = [] if self.target.unk is None else [self.target.unk]

    @property
    def attends(self) -> bool:
        return self.model.attention is not None

    @property
    def dimensions(self) -> int:
        """Of a text's vector."""
        return self.model.config.bottleneck_size

    @property
    def gives_back(self) -> bool:
        """Whether the model learned to give its source back, as an autoencoder does."""
        return gives_back(self.run)

    @torch.no_grad()
    def encode(self, texts: Sequence[str]) -> Encoded:
        """The encoder's output for B texts, which the decoder starts from; a text may be empty.

        Raises:
            UsageError: a text has too many tokens, or this is a single text.
        """
        refuse_single_text(texts)
        ids, lengths = pad([self._ids(text) for text in texts])
        return self.model.encode(torch.from_numpy(ids), torch.from_numpy(lengths))

    def _ids(self, text: str) -> np.ndarray:
        if not isinstance(text, str):
            raise UsageError(f"a text is expected, and {text!r} is none")
        ids = line_ids(self.source, _one_line(text))
        if len(ids) > LONGEST_SOURCE:
            raise UsageError(f"{text[:40]!r}… has {len(ids):,} tokens; {LONGEST_SOURCE:,} are the most: split it")
        return ids

    def codes(self, texts: Sequence[str]) -> np.ndarray:
        """(N, D) float32: the bottleneck vector of each text.

        Raises:
            UsageError: a text has too many tokens, or this is a single text.
        """
        refuse_single_text(texts)
        codes = np.empty((len(texts), self.model.config.bottleneck_size), dtype=np.float32)
        for rows in self._batches(texts):
            codes[rows] = self.encode([texts[i] for i in rows]).code.numpy()
        return codes

    def unknown_words(self, text: str) -> int:
        """How many tokens of a text the source's vocabulary does not know."""
        return 0 if self.source.unk is None else int((self._ids(text) == self.source.unk).sum())

    def decode_codes(self, codes: np.ndarray, *, longest: int = 100) -> list[str]:
        """(N, D) points of the bottleneck → the likeliest text of each, greedily.

        Raises:
            UsageError: the model attends to its source, so that a vector alone cannot be decoded.
        """
        if self.attends:
            raise UsageError(f"run {self.run.name} attends to its source: a point between two has none to look at")
        texts: list[str] = []
        for start in range(0, len(codes), BATCH):
            encoded = Encoded(torch.from_numpy(np.ascontiguousarray(codes[start : start + BATCH], dtype=np.float32)))
            answers = unroll(self.model, encoded, end=self.target.line_end, longest=longest, banned=self.banned)
            texts += [self.target.decode(ids) for ids in answers]
        return texts

    def translate(
        self, texts: Sequence[str], *, beams: int = 5, length_penalty: float = 1.0, batch: int = BATCH
    ) -> list[list[Translation]]:
        """The best translations of each text, by beam search; one beam is greedy decoding.

        Where the model attends to its source, an unknown word of the translation is the source word it looks at most.

        Raises:
            UsageError: beams is below 1 or length_penalty below 0, a text is too long, or this is a single text.
        """
        refuse_single_text(texts)
        check_beams(beams, length_penalty)
        translations: list[list[Translation]] = [[] for _ in texts]
        for rows in self._batches(texts, batch):
            chosen = [texts[i] for i in rows]
            encoded = self.encode(chosen)
            longest = longest_answer(max(len(self._ids(text)) for text in chosen))
            results = beam_search(
                self.model,
                encoded,
                end=self.target.line_end,
                longest=longest,
                beams=beams,
                length_penalty=length_penalty,
                banned=() if self.attends else self.banned,
            )
            for i, place, result in zip(rows, range(len(rows)), results, strict=True):
                one = encoded.take(torch.tensor([place]))
                translations[i] = [self._translation(texts[i], one, hypothesis) for hypothesis in result.hypotheses]
        return translations

    def interpolate(self, first: str, second: str, *, steps: int = 9) -> list[InterpolationStep]:
        """What lies on the straight line between the vectors of two texts, decoded greedily, the two ends included.

        Raises:
            UsageError: steps is below 2, or the model attends to its source.
        """
        if steps < 2:
            raise UsageError(f"--steps {steps}: must be at least 2, for the two ends")
        a, b = self.codes([first, second])
        shares = np.linspace(0, 1, steps, dtype=np.float32)
        texts = self.decode_codes((1 - shares[:, None]) * a + shares[:, None] * b)
        return [InterpolationStep(float(share), text) for share, text in zip(shares, texts, strict=True)]

    def analogy(self, a: str, b: str, c: str) -> tuple[np.ndarray, str]:
        """a is to b as c is to what? The vector b − a + c, (D,), and the text it decodes to.

        Raises:
            UsageError: the model attends to its source.
        """
        code_a, code_b, code_c = self.codes([a, b, c])
        code = code_b - code_a + code_c
        return code, self.decode_codes(code[None])[0]

    def sample(self, texts: Sequence[str], *, temperature: float = 1.0, seed: int = 0) -> list[Translation]:
        """One text drawn for each source, with the probability that the model gives it.

        Raises:
            UsageError: the temperature is not above 0, or this is a single text.
        """
        refuse_single_text(texts)
        if temperature <= 0:
            raise UsageError(f"--temperature {temperature}: must be above 0; without it the likeliest is searched for")
        if not texts:
            return []
        generator = torch.Generator().manual_seed(seed)

        def choose(scores: torch.Tensor) -> torch.Tensor:
            return torch.multinomial(tempered(scores, temperature), 1, generator=generator)[:, 0]

        encoded = self.encode(texts)
        longest = longest_answer(max(len(self._ids(text)) for text in texts))
        answers = unroll(
            self.model, encoded, end=self.target.line_end, longest=longest, banned=self.banned, choose=choose
        )
        return [
            self._translation(text, encoded.take(torch.tensor([row])), self._hypothesis(encoded, row, ids, longest))
            for row, (text, ids) in enumerate(zip(texts, answers, strict=True))
        ]

    @torch.no_grad()
    def _hypothesis(self, encoded: Encoded, row: int, ids: Sequence[int], longest: int) -> Hypothesis:
        """The token ids that were drawn for the source of a row, with their log-probability in nats."""
        one, ended = encoded.take(torch.tensor([row])), len(ids) < longest
        targets = torch.tensor([*ids, self.target.line_end] if ended else list(ids))
        inputs = torch.cat([torch.tensor([self.target.line_end]), targets[:-1]])[None]
        decoded = self.model.decode(one, inputs, self.model.start(one.code))
        scores = self.model.log_probabilities(decoded.vectors[0]).gather(1, targets[:, None])
        total = float(scores.sum())
        return Hypothesis(tuple(ids), total, total, ended)

    def attention(self, text: str, hypothesis: Hypothesis | None = None) -> AttentionMap:
        """The attention weights of a translation of a text, by default the best of a beam search.

        Raises:
            UsageError: the model has no attention.
        """
        if not self.attends:
            raise UsageError(f"run {self.run.name} has no attention; train one with --attention dot")
        encoded = self.encode([text])
        if hypothesis is None:
            hypothesis = self.search(text).hypotheses[0]
        ids = [*hypothesis.ids, self.target.line_end]
        return AttentionMap(
            tuple(self.source.tokens[i] for i in self._ids(text)),
            tuple(self.target.tokens[i] for i in ids),
            self._weights(encoded, hypothesis.ids),
        )

    def search(self, text: str, *, beams: int = 5) -> BeamResult:
        """The beam search of one text, with every node that it visited."""
        return beam_search(
            self.model,
            self.encode([text]),
            end=self.target.line_end,
            longest=longest_answer(len(self._ids(text))),
            beams=beams,
            banned=self.banned,
        )[0]

    @torch.no_grad()
    def _weights(self, encoded: Encoded, ids: Sequence[int]) -> np.ndarray:
        """(T + 1, S): the attention of each token of a translation and of its end."""
        inputs = torch.tensor([[self.target.line_end, *ids]])
        decoded = self.model.decode(encoded, inputs, self.model.start(encoded.code))
        assert decoded.weights is not None
        return decoded.weights[0].numpy()

    def _translation(self, source: str, encoded: Encoded, hypothesis: Hypothesis) -> Translation:
        text = self._text(source, encoded, hypothesis.ids)
        return Translation(text, hypothesis.log_probability, hypothesis.score, hypothesis.ended)

    def _text(self, source: str, encoded: Encoded, ids: Sequence[int]) -> str:
        if self.target.unk not in ids or self.target.unk is None or not self.attends:
            return self.target.decode(ids)
        attended = self._weights(encoded, ids).argmax(axis=1)
        words = self.source.split(_one_line(source))
        return self.target.join(
            [
                words[attended[i]]
                if token == self.target.unk and attended[i] < len(words)
                else self.target.tokens[token]
                for i, token in enumerate(ids)
            ]
        )

    def _batches(self, texts: Sequence[str], size: int = BATCH) -> Iterator[list[int]]:
        """The numbers of texts in batches of like lengths."""
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        return (order[start : start + size] for start in range(0, len(order), size))


def _one_line(text: str) -> str:
    """A source is a line: its line ends are read as spaces."""
    return " ".join(text.splitlines())
