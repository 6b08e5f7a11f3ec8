"""Verification of an encoder-decoder: its vocabularies are counted again, and its held-out scores and
what its report shows of its vectors made again."""

from embedkit.errors import CorpusError
from embedkit.runs.folder import Run
from embedkit.runs.provenance import keeps
from embedkit.runs.scratch import scratch_copy
from embedkit.studies.sources import corpus_away, same_vocabulary, unreadable
from embedkit.studies.verdicts import (
    DIFFERS,
    MATCH,
    MEASURED,
    ROUNDING,
    UNCHECKED,
    Remade,
    Verdict,
    same_figures,
)


def _scores(run: Run, split: str) -> Verdict:
    from embedkit.tasks.seq2seq.score import GENERATION_SCORES
    from embedkit.tasks.seq2seq.study import BEAMS, evaluate_run

    stored = GENERATION_SCORES.load(run, split)
    beams = BEAMS if stored.beams is None else stored.beams
    penalty = 1.0 if stored.length_penalty is None else stored.length_penalty
    if away := corpus_away(run):
        return UNCHECKED, f"its text: {away}"
    try:
        again = evaluate_run(run, split=split, beams=beams, length_penalty=penalty, most=stored.n)
    except CorpusError as error:
        return unreadable(run, error, "its text")
    so = f"{again.n:,} sources decoded again by {beams} beams: the same"
    return same_figures(stored, again, so, f"decoded again by {beams} beams, ", relative=MEASURED)


def _interpolations(run: Run, _name: str) -> Verdict:
    from embedkit.tasks.seq2seq.examples import INTERPOLATIONS
    from embedkit.tasks.seq2seq.study import interpolations
    from embedkit.tasks.seq2seq.translator import Translator

    stored = INTERPOLATIONS.load(run)
    again = interpolations(Translator(run), stored.phrases, stored.steps)
    return same_figures(stored, again, f"{len(again.texts):,} lines decoded again: the same", "decoded again, ")


def _purity(run: Run, _name: str) -> Verdict:
    from embedkit.tasks.seq2seq.score import PURITY
    from embedkit.tasks.seq2seq.study import purity_sheet
    from embedkit.tasks.seq2seq.translator import Translator

    stored, again = PURITY.load(run), purity_sheet(Translator(run), {})
    so = f"measured again in {len(again.spaces)} spaces: the same"
    return same_figures(stored, again, so, "measured again, ", relative=MEASURED)


def _looks(run: Run, _name: str) -> Verdict:
    from embedkit.tasks.seq2seq.examples import TRANSLATION_TRACES, TranslationTraces
    from embedkit.tasks.seq2seq.study import some_pairs, translation_trace
    from embedkit.tasks.seq2seq.translator import Translator

    stored = TRANSLATION_TRACES.load(run)
    if away := corpus_away(run):
        return UNCHECKED, f"its text: {away}"
    try:
        pairs = some_pairs(run)
    except CorpusError as error:
        return unreadable(run, error, "its text")
    translator = Translator(run)
    again = TranslationTraces(tuple(translation_trace(translator, *pair) for pair in pairs))
    so = f"{len(again.looks)} translations searched again: the same"
    return same_figures(stored, again, so, "searched again, ", absolute=ROUNDING)


def _phrases(run: Run, _name: str) -> Verdict:
    """The phrases that the run's map is of, counted again in its text."""
    from embedkit.runs.options import configurations
    from embedkit.tasks.seq2seq.data import load_phrases, open_task, save_phrases
    from embedkit.tasks.seq2seq.vocabularies import load_vocabularies

    if away := corpus_away(run):
        return UNCHECKED, f"its text: {away}"
    _, training = configurations(run)
    stored = load_phrases(run)
    try:
        with scratch_copy(run) as copy:
            save_phrases(copy, open_task(training), training, load_vocabularies(run)[0])
            counted = load_phrases(copy)
    except CorpusError as error:
        return unreadable(run, error, "its text")
    for text in dict.fromkeys((*counted, *stored)):
        if stored.get(text) != counted.get(text):
            often, stated = (f"{each.get(text, 0):,} times" for each in (counted, stored))
            return DIFFERS, f"counted again, {text!r} is there {often}, not {stated}"
    if list(stored) != list(counted):
        result = DIFFERS if keeps(run.provenance) else UNCHECKED
        return result, f"{len(stored):,} phrases counted again: the same, in another order"
    return MATCH, f"{len(stored):,} phrases counted again: the same"


def _vocabularies(run: Run, _name: str) -> Verdict:
    from embedkit.runs.options import configurations
    from embedkit.tasks.seq2seq.data import build_vocabularies, open_task
    from embedkit.tasks.seq2seq.vocabularies import load_vocabularies

    if away := corpus_away(run):
        return UNCHECKED, f"its text: {away}"
    model, training = configurations(run)
    try:
        corpus = open_task(training)
    except CorpusError as error:
        return unreadable(run, error, "its text")
    source, target = (
        same_vocabulary(*pair) for pair in zip(load_vocabularies(run), build_vocabularies(model, corpus), strict=True)
    )
    return target if source[0] == MATCH else source


REMADE = (
    Remade("", ".json", _vocabularies, only="tokenizer"),
    Remade("", ".tsv", _phrases, only="phrases"),
    Remade("scores", ".json", _scores),
    Remade("phrases", ".json", _interpolations, only="interpolations"),
    Remade("phrases", ".json", _purity, only="purity"),
    Remade("phrases", ".json", _looks, only="looks"),
)
