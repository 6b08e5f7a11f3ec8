"""Verification of writing with a language model: the scores of the keypad are computed again."""

from embedkit.errors import CorpusError
from embedkit.runs.folder import Run
from embedkit.studies.verdicts import EXACT, UNCHECKED, Remade, Verdict, brief, same_figures
from embedkit.tasks.writing.score import KEYPAD_SCORES, SPLITS


def _keypad(run: Run, name: str) -> Verdict:
    from embedkit.tasks.writing.study import held_out_score

    stored = KEYPAD_SCORES.load_or_none(run, name) if name in SPLITS else None
    if stored is None:
        return UNCHECKED, "what was offered is not asked for again"
    try:
        computed = held_out_score(run, split=name, words=stored.words, seed=stored.seed)
    except CorpusError as error:
        return UNCHECKED, f"its text is not at hand as it was: {brief(error)}"
    so = f"{computed.words:,} words typed again: the same"
    return same_figures(stored, computed, so, relative=EXACT, absolute=EXACT)


REMADE = (Remade("keypad", ".json", _keypad, quick=True),)
