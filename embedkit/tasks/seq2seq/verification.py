"""Verification of an encoder-decoder: its vocabularies are counted again, and its held-out scores and
what its report shows of its vectors made again."""

from embedkit.errors import CorpusError
from embedkit.runs.folder import Run
from embedkit.studies.sources import corpus_away, same_vocabulary
from embedkit.studies.verdicts import MATCH, MEASURED, ROUNDING, UNCHECKED, Remade, Verdict, brief, same_figures


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
        return UNCHECKED, f"its text: {brief(error)}"
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
        return UNCHECKED, f"its text: {brief(error)}"
    translator = Translator(run)
    again = TranslationTraces(tuple(translation_trace(translator, *pair) for pair in pairs))
    so = f"{len(again.looks)} translations searched again: the same"
    return same_figures(stored, again, so, "searched again, ", absolute=ROUNDING)


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
        return UNCHECKED, f"its text: {brief(error)}"
    source, target = (
        same_vocabulary(*pair) for pair in zip(load_vocabularies(run), build_vocabularies(model, corpus), strict=True)
    )
    return target if source[0] == MATCH else source


REMADE = (
    Remade("", ".json", _vocabularies, only="tokenizer"),
    Remade("scores", ".json", _scores),
    Remade("phrases", ".json", _interpolations, only="interpolations"),
    Remade("phrases", ".json", _purity, only="purity"),
    Remade("phrases", ".json", _looks, only="looks"),
)
