"""Verification of a network that executes programs: its outputs of held-out programs are computed again."""

from embedkit.errors import CorpusError
from embedkit.runs.folder import Run
from embedkit.runs.options import configurations
from embedkit.studies.sources import unreadable
from embedkit.studies.verdicts import MEASURED, Remade, Verdict, same_figures


def _scores(run: Run, split: str) -> Verdict:
    from embedkit.tasks.execute.score import EXECUTION_SCORES
    from embedkit.tasks.execute.study import evaluate_execution, limit_of

    stored = EXECUTION_SCORES.load(run, split)
    _, training = configurations(run)
    try:
        again = evaluate_execution(run, split=split, most=limit_of(stored, training, split) or stored.exact.n)
    except CorpusError as error:
        return unreadable(run, error, "its programs")
    so = f"{again.exact.n:,} programs executed again: the same"
    return same_figures(stored, again, so, "executed again, ", relative=MEASURED)


REMADE = (Remade("scores", ".json", _scores),)
