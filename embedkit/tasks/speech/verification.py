"""Verification of a recogniser: held-out utterances are recognised again, and what is shown of a few of them and of the
layers is made again."""

from embedkit.errors import CorpusError
from embedkit.runs.folder import Run, file_name
from embedkit.runs.scratch import scratch_copy
from embedkit.studies.sources import corpus_away, unreadable
from embedkit.studies.verdicts import MEASURED, ROUNDING, UNCHECKED, Remade, Verdict, same_figures


def _scores(run: Run, split: str) -> Verdict:
    """The score, and what it makes of its examples. A language model that took part has to lie beside the run."""
    from embedkit.tasks.speech.fusion import fused
    from embedkit.tasks.speech.hearing import HEARINGS
    from embedkit.tasks.speech.labels import Search
    from embedkit.tasks.speech.score import SPEECH_SCORES
    from embedkit.tasks.speech.study import evaluate_recogniser

    stored = SPEECH_SCORES.load(run, split)
    search = Search(stored.beams)
    if stored.language is not None:
        model = Run(run.path.parent / file_name(stored.language.run, "language model"))
        search = Search(stored.beams, model, stored.language.weight, stored.language.bonus)
        try:
            same = fused(search) == stored.language
        except OSError:
            return UNCHECKED, f"the language model that took part, {model.name}, is not beside the run"
        if not same:
            return UNCHECKED, f"the language model that took part, {model.name}, has other weights now"
    if away := corpus_away(run):
        return UNCHECKED, f"its recordings: {away}"
    with scratch_copy(run) as copy:
        try:
            again = evaluate_recogniser(copy, split, search=search, most=stored.utterances)
        except CorpusError as error:
            return unreadable(run, error, "its recordings")
        hearings = [
            {name: HEARINGS.load(each, name) for name in HEARINGS.names(each) if name.startswith(f"{split}-")}
            for each in (run, copy)
        ]
    before, now = ({"score": each, "hearings": heard} for each, heard in zip((stored, again), hearings, strict=True))
    so = f"{again.utterances:,} utterances and {len(hearings[0])} hearings recognised again: the same"
    return same_figures(before, now, so, "recognised again, ", absolute=ROUNDING)


def _layers(run: Run, name: str) -> Verdict:
    from embedkit.tasks.speech.hearing import LAYERS
    from embedkit.tasks.speech.study import layer_sheet

    stored = LAYERS.load(run, name)
    if away := corpus_away(run):
        return UNCHECKED, f"its recordings: {away}"
    try:
        again = layer_sheet(run)
    except CorpusError as error:
        return unreadable(run, error, "its recordings")
    so = f"{len(again.layers)} layers measured again: the same"
    return same_figures(stored, again, so, "measured again, ", relative=MEASURED)


REMADE = (Remade("scores", ".json", _scores), Remade("layers", ".json", _layers))
