"""Beam search over a decoder: the few likeliest beginnings are kept at every step."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from embedkit.errors import UsageError
from embedkit.models.decoder import Decoded, Decoder, Encoded


@dataclass(frozen=True)
class Hypothesis:
    """A text that a beam search found.

    Attributes:
        ids: without the end of line.
        log_probability: of the whole text with its end, in nats.
        score: what hypotheses are ranked by, the log-probability made comparable between lengths.
        ended: whether it came to its end; False where it was cut at the longest length allowed.
    """

    ids: tuple[int, ...]
    log_probability: float
    score: float
    ended: bool = True


@dataclass(frozen=True)
class BeamNode:
    """A beginning that a beam search looked at. `parent` is a node's place in the list, None at the root; `rank` is its
    place among those of its step, 1 the best."""

    parent: int | None
    token: int
    log_probability: float
    step: int
    rank: int
    kept: bool
    final: bool


@dataclass(frozen=True)
class BeamResult:
    """The hypotheses of a source, the best first, and all beginnings that were looked at."""

    hypotheses: list[Hypothesis]
    nodes: list[BeamNode]


def normalised(log_probability: float, tokens: int, length_penalty: float) -> float:
    """log p / ((5 + tokens) / 6)^α (Wu et al. 2016); the end counts as a token. α = 0 ranks by probability alone."""
    return log_probability / ((5 + tokens) / 6) ** length_penalty


@dataclass(frozen=True)
class _Option:
    """A continuation: which beam it continues, by which token, and the log-probability of it all."""

    beam: int
    token: int
    total: float


class _Search:
    """The search of one source: its hypotheses so far, and the texts of its live beams."""

    def __init__(self, end: int, beams: int, length_penalty: float) -> None:
        self.end, self.beams, self.length_penalty = end, beams, length_penalty
        self.hypotheses: list[Hypothesis] = []
        self.nodes: list[BeamNode] = []
        self.live: list[_Option] = [_Option(0, end, 0.0)]
        self._texts: list[tuple[int, ...]] = [()]
        self._places: list[int | None] = [None]

    @property
    def done(self) -> bool:
        return len(self.hypotheses) >= self.beams or not self.live

    def advance(self, options: Sequence[_Option], step: int, last: bool) -> None:
        """Take the best continuations of a step, the best first."""
        live: list[_Option] = []
        texts: list[tuple[int, ...]] = []
        places: list[int | None] = []
        for rank, option in enumerate(options):
            ended = option.token == self.end
            # An end that is not among the best `beams` is no better than what goes on.
            survives = rank < self.beams if ended else len(live) < self.beams
            parent = self._places[option.beam]
            self.nodes.append(
                BeamNode(parent, option.token, option.total, step, rank + 1, survives, ended and survives)
            )
            if not survives:
                continue
            text = self._texts[option.beam] + (() if ended else (option.token,))
            if ended or last:
                score = normalised(option.total, step + 1, self.length_penalty)
                self.hypotheses.append(Hypothesis(text, option.total, score, ended))
            if not ended:
                live.append(option)
                texts.append(text)
                places.append(len(self.nodes) - 1)
        self.live, self._texts, self._places = live, texts, places

    @property
    def ranked(self) -> list[Hypothesis]:
        return sorted(self.hypotheses, key=lambda hypothesis: -hypothesis.score)[: self.beams]


@torch.no_grad()
def beam_search(
    model: Decoder,
    encoded: Encoded,
    *,
    end: int,
    longest: int,
    beams: int = 5,
    length_penalty: float = 1.0,
    banned: Sequence[int] = (),
) -> list[BeamResult]:
    """Search for B sources at once.

    At every step each of the `beams` beginnings of a source is continued by every token, and the best 2 · beams
    continuations are looked at: those that end are hypotheses, and the best others go on. A source is done when it has
    as many hypotheses as beams, or at the longest length, where what is still going on is cut.

    Args:
        end: the id that ends a text; the decoder starts from it too.
        longest: tokens, the end included.
        length_penalty: α of `normalised`.
        banned: ids that are never taken.
    """
    device = encoded.code.device
    searches = [_Search(end, beams, length_penalty) for _ in encoded.code]
    going, state = list(range(len(searches))), model.start(encoded.code)
    encoded, codes = model.with_keys(encoded), encoded.code
    for step in range(longest):
        # A source with fewer beginnings than another is filled up with impossible ones.
        width = max(len(searches[i].live) for i in going)
        live = [searches[i].live + [_Option(0, end, -torch.inf)] * (width - len(searches[i].live)) for i in going]
        tokens = torch.tensor([[option.token] for row in live for option in row], device=device)
        totals = torch.tensor([[option.total for option in row] for row in live], device=device)
        outputs, state = model.write(codes, tokens, state)
        # The beams of a source attend to the same memory, so they stand where time does.
        decoded = model.attend(encoded, Decoded(outputs.view(len(going), width, -1), state))
        scores = model.log_probabilities(decoded.vectors.flatten(0, 1)).float()
        scores[:, list(banned)] = -torch.inf
        candidates = (totals[:, :, None] + scores.unflatten(0, (len(going), width))).flatten(1)
        best, places = candidates.topk(min(2 * beams, candidates.shape[1]), dim=1)
        last = step + 1 == longest
        for i, values, where in zip(going, best.tolist(), places.tolist(), strict=True):
            options = zip(where, values, strict=True)
            size = scores.shape[1]
            possible = [_Option(at // size, at % size, value) for at, value in options if value > -torch.inf]
            searches[i].advance(possible, step, last)
        unfinished = [row for row, i in enumerate(going) if not searches[i].done]
        if not unfinished:
            break
        wide = max(len(searches[going[row]].live) for row in unfinished)
        rows = [row * width + beam for row in unfinished for beam in _beams(searches[going[row]].live, wide)]
        chosen = torch.tensor(rows, device=device)
        state = tuple(tuple(part[:, chosen].contiguous() for part in layer) for layer in state)
        codes, encoded = codes[chosen], encoded.take(torch.tensor(unfinished, device=device))
        going = [going[row] for row in unfinished]
    return [BeamResult(search.ranked, search.nodes) for search in searches]


def _beams(live: Sequence[_Option], width: int) -> list[int]:
    """The beam each live beginning came from, filled up to the width."""
    return [option.beam for option in live] + [0] * (width - len(live))


def beams_for(best: int, beams: int | None, length_penalty: float | None = None, *, usual: int = 5) -> int:
    """How many beginnings a search keeps of which the `best` are shown: as many as are asked for, else the `usual`
    number or `best`, whichever is more.

    Raises:
        UsageError: an option is out of range, or a search of so few beginnings has not so many results.
    """
    if best < 1:
        raise UsageError(f"--best {best}: must be at least 1")
    check_beams(usual if beams is None else beams, 0 if length_penalty is None else length_penalty)
    if beams is not None and beams < best:
        raise UsageError(f"--best {best}: a search with --beams {beams} has {beams}; raise --beams, or leave it out")
    return max(usual, best) if beams is None else beams


def check_beams(beams: int, length_penalty: float) -> None:
    """Raises:
    UsageError: an option of the search is out of range.
    """
    if beams < 1:
        raise UsageError(f"--beams {beams}: must be at least 1 (1 is greedy)")
    if length_penalty < 0:
        raise UsageError(f"--length-penalty {length_penalty}: must be at least 0")
