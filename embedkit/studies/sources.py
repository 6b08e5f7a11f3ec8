"""Whether what a run learned from is still there, and still the same."""

from embedkit.errors import CorpusError, UsageError
from embedkit.runs.folder import Run
from embedkit.studies.verdicts import MATCH, UNCHECKED, Verdict, brief, verdict


def corpus_verdict(run: Run) -> Verdict:
    """The checksum of a run's corpus as it is now against that which the run states."""
    stated = run.provenance.get("corpus", {}).get("checksum")
    if not stated:
        return UNCHECKED, "the run has no checksum of its text"
    if not run.task.checksum:
        return UNCHECKED, "its task does not say how its text is read again"
    try:
        checksum = run.task.load("checksum")(run)
    except (CorpusError, UsageError, OSError) as error:
        return UNCHECKED, f"not at hand: {brief(error)}"
    if checksum is None:
        return UNCHECKED, "not at hand: it came through standard input"
    return verdict(checksum == stated, f"{stated[:19]}…", f"the text is now {checksum[:19]}…, not {stated[:19]}…")


def corpus_away(run: Run) -> str:
    """Why a run's corpus cannot be measured on: it is not at hand, or has changed; empty where it can."""
    result, why = corpus_verdict(run)
    return "" if result == MATCH or not run.task.checksum else why
