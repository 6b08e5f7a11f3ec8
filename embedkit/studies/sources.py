"""Whether what a run learned from is still there, and still the same."""

from collections.abc import Mapping
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from embedkit.errors import CorpusError, UsageError
from embedkit.runs.folder import Run
from embedkit.runs.options import configurations
from embedkit.runs.provenance import keeps
from embedkit.studies.verdicts import DIFFERS, MATCH, UNCHECKED, Verdict, brief, verdict
from embedkit.tasks import Task

if TYPE_CHECKING:
    from embedkit.text.vocabulary import Vocabulary

CORPUS = "the corpus of "
"""Begins the line of a verification that is about a run's corpus; its name follows."""


def corpus_verdict(run: Run) -> Verdict:
    """The checksum of a run's corpus as it is now against that which the run states.

    It is read where the run's configuration says that it lies. Where it is not there, and the provenance names a file
    that is, the two do not go together.
    """
    corpus = run.provenance.get("corpus", {})
    stated = corpus.get("checksum")
    if not run.task.checksum:
        why = "its task does not say how its text is read again"
        return UNCHECKED, why if stated else "the run has no checksum of its text"
    if not stated:
        return DIFFERS, "its provenance has no checksum of its text, which every run of its kind has"
    source = str(corpus.get("source", ""))
    if isinstance(run.task, Task) and run.task.trainer:
        configurations(run)  # options that are wrong are no text that is away
    try:
        checksum = run.task.load("checksum")(run)
    except (CorpusError, UsageError, OSError) as error:
        if source and Path(source).is_file() and not _names(run.config, source):
            return DIFFERS, f"{brief(error)}, and its provenance says that it learned from {source}, which is there"
        return UNCHECKED, f"not at hand: {brief(error)}"
    if checksum is None:
        if source not in ("", "-"):
            return DIFFERS, f"it says that it came through standard input, and its provenance, from {source}"
        return UNCHECKED, "not at hand: it came through standard input"
    return verdict(checksum == stated, f"{stated[:19]}…", f"the text is now {checksum[:19]}…, not {stated[:19]}…")


def unreadable(run: Run, error: CorpusError, what: str) -> Verdict:
    """The verdict where a text that is at hand, and as it was, cannot be used: another version may have cut it
    otherwise; where this one made the run, what the run says of it is wrong.

    Raises:
        CorpusError: that one, where it is.
    """
    if keeps(run.provenance):
        raise error
    return UNCHECKED, f"{what}: {brief(error)}"


def _names(value: Any, source: str) -> bool:
    """Whether a configuration names a source anywhere."""
    if isinstance(value, Mapping):
        return any(_names(each, source) for each in value.values())
    return bool(value == source)


def corpus_away(run: Run) -> str:
    """Why a run's corpus cannot be measured on: it is not at hand, or has changed; empty where it can."""
    result, why = corpus_verdict(run)
    return "" if result == MATCH or not run.task.checksum else why


def same_vocabulary(kept: "Vocabulary", counted: "Vocabulary") -> Verdict:
    """Whether the vocabulary that a run keeps is that of its text, which was counted again."""
    if kept.tokens != counted.tokens:
        row = next(row for row, pair in enumerate(zip_longest(kept.tokens, counted.tokens)) if pair[0] != pair[1])
        return DIFFERS, f"token {row} is not that of the text, the most frequent first"
    wrong = np.flatnonzero(np.asarray(kept.counts) != np.asarray(counted.counts))
    if len(wrong):
        row = int(wrong[0])
        often, stated = counted.counts[row], kept.counts[row]
        return DIFFERS, f"{kept.tokens[row]!r} stands {often:,} times in the text, not {stated:,}"
    return MATCH, f"{len(kept):,} tokens and their counts are those of the text"
