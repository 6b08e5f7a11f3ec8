"""What verification makes again of writing with a language model: the figures of the keypad."""

from embedkit.errors import CorpusError
from embedkit.runs.folder import Run
from embedkit.studies.verdicts import UNCHECKED, Remade, Verdict, brief, same_figures
from embedkit.tasks.writing.score import KEYPAD_SCORES, SPLITS


def _keypad(run: Run, name: str) -> Verdict:
    from embedkit.tasks.writing.study import held_out_score

    kept = KEYPAD_SCORES.load_or_none(run, name) if name in SPLITS else None
    if kept is None:
        return UNCHECKED, "what was offered is not asked for again"
    try:
        made = held_out_score(run, split=name, words=kept.words, seed=kept.seed)
    except CorpusError as error:
        return UNCHECKED, f"its text is not at hand: {brief(error)}"
    return same_figures(kept, made, f"{made.words:,} words typed again: the same")


REMADE = (Remade("keypad", ".json", _keypad),)
