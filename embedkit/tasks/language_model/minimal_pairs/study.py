"""A language model put to a set of minimal pairs."""

import re
from pathlib import Path

import numpy as np

from embedkit.corpora import minimal_pairs_file
from embedkit.progress import Progress, Steps, no_progress
from embedkit.runs.folder import Run
from embedkit.tasks.language_model.minimal_pairs.pairs import MinimalPairSet
from embedkit.tasks.language_model.minimal_pairs.score import SCORES, MinimalPairScore, minimal_pair_score


def evaluate_pairs(run: Run, source: str, steps: Steps) -> MinimalPairScore:
    """Score a run on the set that `source` names, a card or a file, and keep the score with it.

    Raises:
        UsageError, CorpusError: there is no such set, it is not at hand, or malformed.
    """
    with steps(f"{run.name}: read the pairs of {source}") as progress:
        pairs = MinimalPairSet.read(minimal_pairs_file(source, progress=progress))
    with steps(f"{run.name}: read {2 * len(pairs):,} sentences") as progress:
        score = score_pairs(run, pairs, source=source, progress=progress)
    SCORES.save(run, score, artefact_name(pairs.name))
    return score


def score_pairs(run: Run, pairs: MinimalPairSet, *, source: str, progress: Progress = no_progress) -> MinimalPairScore:
    """The score of a run on a set of pairs."""
    from embedkit.tasks.language_model.minimal_pairs.likelihood import sentence_nats
    from embedkit.tasks.language_model.network import load_language_model
    from embedkit.text.typed import typed_ids

    model, vocabulary = load_language_model(run)
    sentences = [tuple(typed_ids(vocabulary, text)) for pair in pairs.pairs for text in (pair.good, pair.bad)]
    nats = sentence_nats(model, sentences, vocabulary.line_end, progress=progress).reshape(-1, 2)
    unknown = np.array([vocabulary.unk is not None and vocabulary.unk in ids for ids in sentences]).reshape(-1, 2)
    return minimal_pair_score(
        pairs, nats[:, 0], nats[:, 1], unknown[:, 0] | unknown[:, 1], run=run.name, source=_lasting(source)
    )


def _lasting(source: str) -> str:
    """A file by its whole path, so that it is found from elsewhere."""
    return str(Path(source).resolve()) if Path(source).is_file() else source


def artefact_name(name: str) -> str:
    """The name of a set as that of a file."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).lstrip("-._") or "pairs"
