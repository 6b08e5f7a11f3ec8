"""How many words are recognised wrongly: by speaker, by length, by pause, and which word for which.

An error is an edit that turns what was recognised into what was said: a word put for another, left out, or put in. Each
is laid to the recording that its word is from, one put in to that of the word before it. The recordings are a sample of
all that might have been made, so intervals are from resamples of them, whole, with all the strings that they stand in.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from embedkit.analysis.edits import Pair, alignment
from embedkit.analysis.intervals import Interval, percentiles
from embedkit.runs.artefacts import FROM_COUNTS, RUN_NAME, Artefact
from embedkit.tasks.speech.corpus import Utterance

RESAMPLES = 2_000
EXAMPLES = 6
PAUSES = ((0.0, 0.12), (0.12, 0.25), (0.25, 10.0))
LEFT_OUT, PUT_IN = "(left out)", "(put in)"


@dataclass(frozen=True)
class ErrorRate:
    """`errors` over the `words` of a group of utterances, with the 95 % interval of their ratio over recordings."""

    name: str
    errors: int
    words: int
    recordings: int
    interval: Interval = field(metadata=FROM_COUNTS)

    @property
    def rate(self) -> float:
        return self.errors / self.words


def _with_names_of_the_field(values: Mapping[str, Any]) -> dict[str, Any]:
    """What versions before 0.3.0 called said and heard."""
    names = {"said": "reference", "heard": "hypothesis"}
    return {names.get(key, key): value for key, value in values.items()}


@dataclass(frozen=True)
class Confusion:
    """`n` times the word `hypothesis` was recognised for the word `reference`; LEFT_OUT and PUT_IN stand for none."""

    reference: str
    hypothesis: str
    n: int

    @staticmethod
    def from_stored(values: Mapping[str, Any]) -> dict[str, Any]:
        return _with_names_of_the_field(values)


@dataclass(frozen=True)
class SpeechExample:
    """Utterance `row` of the split."""

    row: int
    name: str
    speaker: str
    reference: str
    hypothesis: str
    errors: int

    @staticmethod
    def from_stored(values: Mapping[str, Any]) -> dict[str, Any]:
        return _with_names_of_the_field(values)


@dataclass(frozen=True)
class Fused:
    """The language-model run that took part in a search, with the checksum of its weights (see `fusion`)."""

    run: str
    checksum: str
    weight: float
    bonus: float


@dataclass(frozen=True)
class SpeechScore:
    """A recogniser on utterances that it was not trained on.

    Attributes:
        beams: of the prefix beam search; 1 is the likeliest path.
        substitutions, deletions, insertions: kinds of errors.
        exact: utterances without an error.
        sayings: each word that is said, how often it is not recognised, where there are few words.
        language: what took part in the search.
    """

    name: str = field(metadata=RUN_NAME)
    split: str
    beams: int
    utterances: int
    seconds: float
    overall: ErrorRate
    substitutions: int
    deletions: int
    insertions: int
    exact: int
    speakers: tuple[ErrorRate, ...]
    lengths: tuple[ErrorRate, ...]
    pauses: tuple[ErrorRate, ...]
    sayings: tuple[ErrorRate, ...]
    confusions: tuple[Confusion, ...]
    examples: tuple[SpeechExample, ...]
    language: Fused | None = None

    @property
    def search(self) -> str:
        """How texts were searched for, in words."""
        if self.beams == 1:
            return "the likeliest label at every step"
        text = f"a prefix beam search of {self.beams}"
        if self.language is None:
            return text
        return f"{text} with {self.language.run}, weight {self.language.weight:g}, {self.language.bonus:g} a word"


SPEECH_SCORES = Artefact("scores", SpeechScore, "score", named=lambda score: score.split)

_FEW = 30  # different words at most whose confusions are kept


@dataclass(frozen=True)
class _Word:
    """A word that was said with what was recognised for it, its errors and its recording."""

    reference: str
    hypothesis: str | None
    errors: int
    recording: int
    utterance: int


def score_speech(
    utterances: Sequence[Utterance],
    references: Sequence[str],
    hypotheses: Sequence[str],
    *,
    name: str,
    split: str,
    beams: int,
    seconds: float,
    language: Fused | None = None,
) -> SpeechScore:
    """Score what was recognised of each utterance; a reference is its text as a vocabulary prints it."""
    words: list[_Word] = []
    confusions: Counter[tuple[str, str]] = Counter()
    wrong: list[int] = []
    kinds: Counter[str] = Counter()
    for number, (utterance, one, other) in enumerate(zip(utterances, references, hypotheses, strict=True)):
        pairs = alignment(one.split(), other.split())
        own = _laid_to_words(pairs, utterance, number)
        words += own
        wrong.append(sum(word.errors for word in own))
        for pair in pairs:
            kinds["insertion" if pair[0] is None else "deletion" if pair[1] is None else "substitution"] += (
                pair[0] != pair[1]
            )
            confusions[pair[0] or PUT_IN, pair[1] or LEFT_OUT] += 1
    few = len({word.reference for word in words}) <= _FEW
    by_speaker = _groups(words, lambda word: utterances[word.utterance].speaker)
    return SpeechScore(
        name=name,
        split=split,
        beams=beams,
        utterances=len(utterances),
        seconds=seconds,
        overall=error_rate("all", words),
        substitutions=kinds["substitution"],
        deletions=kinds["deletion"],
        insertions=kinds["insertion"],
        exact=sum(not errors for errors in wrong),
        speakers=by_speaker if any(rate.name for rate in by_speaker) else (),
        lengths=_groups(words, lambda word: _length(len(references[word.utterance].split()))),
        pauses=_groups(words, lambda word: _pause(utterances[word.utterance].pause)),
        sayings=_groups(words, lambda word: word.reference) if few else (),
        confusions=tuple(Confusion(*pair, n) for pair, n in sorted(confusions.items())) if few else (),
        examples=_examples(utterances, references, hypotheses, wrong),
        language=language,
    )


def error_rate(name: str, words: Sequence[_Word]) -> ErrorRate:
    """Errors over words, and the interval of the ratio by a bootstrap over recordings. Where there is no error it ends
    at the share of wrong recordings of which a sample of so many would have none in 2.5 % of cases."""
    recordings, places = np.unique([word.recording for word in words], return_inverse=True)
    errors = np.bincount(places, [word.errors for word in words])
    counts = np.bincount(places)
    total = int(errors.sum())
    if not total:
        interval = Interval(0.0, 1 - 0.025 ** (1 / len(recordings)))
    else:
        rng = np.random.default_rng(0)
        draws = rng.multinomial(len(recordings), np.full(len(recordings), 1 / len(recordings)), size=RESAMPLES)
        drawn = percentiles((draws @ errors) / (draws @ counts))
        assert drawn is not None
        interval = drawn
    return ErrorRate(name, total, len(words), len(recordings), interval)


def _laid_to_words(pairs: Sequence[Pair], utterance: Utterance, number: int) -> list[_Word]:
    """Each word that was said with its errors; a word put in counts for the one before it, or else the first."""
    words: list[_Word] = []
    early = 0
    for one, other in pairs:
        if one is not None:
            source = utterance.sources[min(len(words), len(utterance.sources) - 1)]
            words.append(_Word(one, other, int(one != other) + early, source, number))
            early = 0
        elif words:
            last = words[-1]
            words[-1] = _Word(last.reference, last.hypothesis, last.errors + 1, last.recording, number)
        else:
            early += 1
    return words


def _groups(words: Sequence[_Word], key: Callable[[_Word], str | None]) -> tuple[ErrorRate, ...]:
    by_key: dict[str, list[_Word]] = {}
    for word in words:
        name = key(word)
        if name is not None:
            by_key.setdefault(name, []).append(word)
    return tuple(error_rate(name, own) for name, own in sorted(by_key.items(), key=lambda item: _order(item[0])))


def _order(name: str) -> tuple[float, str]:
    first = name.split(" ")[0]
    return (float(first), name) if first.replace(".", "").isdigit() else (0.0, name)


def _length(words: int) -> str:
    if words <= 7:
        return f"{words} word{'s' * (words > 1)}"
    low = (words - 8) // 8 * 8 + 8
    return f"{low} to {low + 7} words"


def _pause(pause: float | None) -> str | None:
    if pause is None:
        return None
    low, high = next(each for each in PAUSES if each[0] <= pause < each[1])
    return f"{low:g} to {high:g} s" if high < 1 else f"{low:g} s and more"


def _examples(
    utterances: Sequence[Utterance], references: Sequence[str], hypotheses: Sequence[str], wrong: Sequence[int]
) -> tuple[SpeechExample, ...]:
    """The most wrong, and of every speaker the first that is right; nothing that is too short to be of interest."""
    order = sorted(range(len(wrong)), key=lambda row: (-wrong[row], row))
    bad = [row for row in order if wrong[row]][: EXAMPLES // 2]
    longest = max(len(text.split()) for text in references)
    right = [row for row in range(len(wrong)) if not wrong[row] and len(references[row].split()) >= min(3, longest)]
    chosen: list[int] = []
    for row in right:
        if utterances[row].speaker not in {utterances[other].speaker for other in chosen} or len(right) < EXAMPLES:
            chosen.append(row)
    rows: Iterable[int] = [*bad, *chosen][:EXAMPLES]
    return tuple(
        SpeechExample(row, utterances[row].name, utterances[row].speaker, references[row], hypotheses[row], wrong[row])
        for row in rows
    )
