"""What a recogniser's report needs: its score on held-out utterances, a few of them step by step, what its layers know,
and maps of their states."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from embedkit.analysis.cells.traces import TRACES, HiddenTrace
from embedkit.config import SCORED
from embedkit.errors import CorpusError, SpaceError, UsageError
from embedkit.progress import Steps
from embedkit.runs.folder import Run
from embedkit.runs.options import corpus_of
from embedkit.studies.columns import study_columns
from embedkit.studies.spaces import MAP_METHODS, map_space, study_space
from embedkit.tasks.speech.hearing import HEARINGS, LAYERS, LayerPurity, LayerSheet
from embedkit.tasks.speech.labels import GREEDY, Search
from embedkit.tasks.speech.score import SPEECH_SCORES, SpeechScore, score_speech

if TYPE_CHECKING:
    from embedkit.analysis.purity import Purity
    from embedkit.tasks.speech.corpus import Utterance

NEIGHBORS = 10
NEAR = 0.25
"""Seconds by which the steps of a trace may be longer or shorter than its sound, which is padded to whole ones."""


def study(run: Run, map_points: int | None, steps: Steps) -> None:
    """Score it and look into it, where its corpus is at hand; what is stored is not made again."""
    split = "test" if "test_words" in run.metrics else "valid"
    try:
        if SPEECH_SCORES.load_or_none(run, split) is None:
            with steps(f"{run.name}: recognise the {split} utterances"):
                evaluate_recogniser(run, split)
        if LAYERS.load_or_none(run, split) is None:
            with steps(f"{run.name}: what each layer knows"):
                LAYERS.save(run, layer_sheet(run))
        if not TRACES.names(run):
            with steps(f"{run.name}: trace an utterance"):
                trace_example(run, split)
        space = study_space(run, "states", steps)
    except CorpusError:  # the recordings are gone: the report does with what is stored
        return
    for method in MAP_METHODS:
        map_space(run, "states", space, method, map_points, steps)
    study_columns(run, "states", space, steps)


def evaluate_recogniser(run: Run, split: str, *, search: Search = GREEDY, most: int | None = SCORED) -> SpeechScore:
    """Score a run on utterances that it was not trained on, and keep the score with what it makes of its examples.

    Args:
        most: at most so many utterances, the first; None for all.

    Raises:
        UsageError: its corpus has no such split, or the tokens of the search's language model do not fit.
        CorpusError: its corpus is no longer at hand, or has changed.
    """
    from embedkit.tasks.speech.data import open_speech
    from embedkit.tasks.speech.fusion import fused
    from embedkit.tasks.speech.predictions import Transcriber
    from embedkit.tasks.speech.strings import held_out_utterances

    transcriber = Transcriber(run, search)
    corpus = corpus_of(run, open_speech)
    if not corpus.splits.get(split):
        raise UsageError(f"--split {split}: {transcriber.training.corpus} has {', '.join(corpus.splits)}")
    utterances = held_out_utterances(corpus.splits[split], corpus.rate, transcriber.training, split, words=corpus.words)
    utterances = utterances[:most]
    score = score_speech(
        utterances,
        [transcriber.vocabulary.printed(utterance.text) for utterance in utterances],
        transcriber.texts(utterances),
        name=run.name,
        split=split,
        beams=search.beams,
        seconds=sum(len(utterance.samples) for utterance in utterances) / corpus.rate,
        language=fused(search),
    )
    for old in HEARINGS.names(run):
        if old.startswith(f"{split}-"):
            HEARINGS.path(run, old).unlink()
    for example in score.examples:
        HEARINGS.save(run, transcriber.hearing(utterances[example.row]), f"{split}-{example.row}")
    SPEECH_SCORES.save(run, score)
    return score


def trace_example(run: Run, split: str) -> None:
    """Trace the first example of the split's score that is recognised without an error, or the first of all."""
    score = SPEECH_SCORES.load(run, split)
    if score.examples:
        name = f"{split}-{min(score.examples, key=lambda each: each.errors > 0).row}"
        trace = retrace(run, name, -1)
        assert trace is not None
        TRACES.save(run, trace, name)


def retrace(run: Run, name: str, layer: int) -> HiddenTrace | None:
    """The trace of a held-out utterance, called SPLIT-ROW. One of another name is of a file, whose sound is not kept:
    None, unless its steps are told as those of a held-out utterance, of which it is then.

    Raises:
        CorpusError: the run's corpus is no longer at hand, or has changed.
    """
    from embedkit.tasks.speech.data import open_speech
    from embedkit.tasks.speech.predictions import Transcriber
    from embedkit.tasks.speech.strings import held_out_utterances

    corpus, transcriber = corpus_of(run, open_speech), Transcriber(run)

    def utterances(split: str) -> "Sequence[Utterance]":
        return held_out_utterances(corpus.splits[split], corpus.rate, transcriber.training, split, words=corpus.words)

    split, _, row = name.rpartition("-")
    if row.isdecimal() and corpus.splits.get(split) and int(row) < len(utterances(split)):
        return transcriber.trace(utterances(split)[int(row)], layer=layer)
    kept = TRACES.load_or_none(run, name)
    if kept is None:
        return None
    seconds = len(kept.tokens) * (kept.step or 0.0)
    for each in (each for split in corpus.splits if split != "train" for each in utterances(split)):
        if abs(len(each.samples) / corpus.rate - seconds) > NEAR:
            continue
        trace = transcriber.trace(each, layer=layer)
        if trace.tokens == kept.tokens and trace.words == kept.words:
            return trace
    return None


def layer_sheet(run: Run) -> LayerSheet:
    """How purely words lie by what is said and by who says it, from what the first layer reads to the last."""
    from embedkit.tasks.speech.predictions import Transcriber
    from embedkit.tasks.speech.spaces import held_out, spans, word_vectors

    transcriber = Transcriber(run)
    split, utterances = held_out(transcriber)
    words = spans(utterances)
    known = all(len(utterance.borders) for utterance in utterances)
    speakers = [utterances[row].speaker for row, _, _ in words]
    recordings = [utterances[row].sources[min(place, len(utterances[row].sources) - 1)] for row, place, _ in words]
    # Neither the same recording in another string nor another word of the same string may answer.
    groups = np.array([(recording, row) for recording, (row, _, _) in zip(recordings, words, strict=True)])
    layers = []
    for number, vectors in enumerate(word_vectors(transcriber, utterances)):
        layers.append(
            LayerPurity(
                "frames" if not number else f"layer {number}",
                vectors.shape[1],
                _purity(vectors, [text for _, _, text in words], groups) if known else None,
                _purity(vectors, speakers, groups),
            )
        )
    return LayerSheet(split, len(words), tuple(layers))


def _purity(vectors: np.ndarray, kinds: Sequence[str], groups: np.ndarray) -> "Purity | None":
    from embedkit.analysis.purity import knn_purity

    if len(set(kinds)) < 2:
        return None
    try:
        return knn_purity(vectors, kinds, groups=groups, clusters=groups[:, 0], k=NEIGHBORS, resamples=300)
    except (UsageError, SpaceError):  # too few words, or a kind with a single one
        return None
