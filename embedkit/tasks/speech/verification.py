"""Verification of a recogniser: held-out utterances are recognised again, and what is shown of a few of them and of the
layers is made again."""

from embedkit.errors import CorpusError, UsageError
from embedkit.runs.folder import Run
from embedkit.runs.scratch import scratch_copy
from embedkit.studies.verdicts import MEASURED, UNCHECKED, Remade, Verdict, brief, same_figures


def _scores(run: Run, split: str) -> Verdict:
    """The score, and what it makes of its examples."""
    from embedkit.tasks.speech.hearing import HEARINGS
    from embedkit.tasks.speech.score import SPEECH_SCORES
    from embedkit.tasks.speech.study import evaluate_recogniser

    stored = SPEECH_SCORES.load(run, split)
    with scratch_copy(run) as copy:
        try:
            again = evaluate_recogniser(copy, split, beams=stored.beams, most=stored.utterances)
        except (CorpusError, UsageError) as error:
            return UNCHECKED, f"its recordings: {brief(error)}"
        hearings = [
            {name: HEARINGS.load(each, name) for name in HEARINGS.names(each) if name.startswith(f"{split}-")}
            for each in (run, copy)
        ]
    before, now = ({"score": each, "hearings": heard} for each, heard in zip((stored, again), hearings, strict=True))
    so = f"{again.utterances:,} utterances and {len(hearings[0])} hearings recognised again: the same"
    return same_figures(before, now, so, "recognised again, ", relative=MEASURED, absolute=MEASURED)


def _layers(run: Run, name: str) -> Verdict:
    from embedkit.tasks.speech.hearing import LAYERS
    from embedkit.tasks.speech.study import layer_sheet

    stored = LAYERS.load(run, name)
    try:
        again = layer_sheet(run)
    except (CorpusError, UsageError) as error:
        return UNCHECKED, f"its recordings: {brief(error)}"
    so = f"{len(again.layers)} layers measured again: the same"
    return same_figures(stored, again, so, "measured again, ", relative=MEASURED)


REMADE = (Remade("scores", ".json", _scores), Remade("layers", ".json", _layers))
