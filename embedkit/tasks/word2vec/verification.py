"""Verification of word vectors: the words of the text are counted again. Vectors are what was trained."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from embedkit.corpora import open_corpus
from embedkit.runs.folder import Run
from embedkit.studies.sources import corpus_away
from embedkit.studies.verdicts import DIFFERS, UNCHECKED, Verdict
from embedkit.tasks.word2vec.data import sentences_of


@dataclass(frozen=True)
class _Words:
    """The words of a run's text: how often each stands there, in how many sentences, and those that are frequent."""

    counts: Counter[str]
    sentences: int
    vocabulary: dict[str, int]


def counted(run: Run) -> dict[str, Any]:
    """What metrics.json says of the text and its words.

    Raises:
        UsageError, CorpusError: the text is not at hand.
    """
    words = _words(run)
    total = words.counts.total()
    return {
        "words": total,
        "sentences": words.sentences,
        "distinct_words": len(words.counts),
        "vocabulary_size": len(words.vocabulary),
        "vocabulary_share_of_words": sum(words.vocabulary.values()) / total,
        "words_seen": total * run.config["word2vec"]["epochs"],
    }


def reread(run: Run, which: str) -> Verdict:
    """Whether the words of a run's space and their counts are those of its text."""
    from embedkit.spaces.stored import load_run_space

    if away := corpus_away(run):
        return UNCHECKED, f"there are no weights: the vectors are what was trained, and of its words the text: {away}"
    stored, vocabulary = load_run_space(run, which), _words(run).vocabulary
    if list(stored.columns) != ["count"] or stored.noun != "word":
        return DIFFERS, "it says more of its words than how often they stand in the text"
    if tuple(stored.labels) != tuple(vocabulary):
        return DIFFERS, "its words are not those of the text, the most frequent first"
    if stored.columns["count"].tolist() != list(vocabulary.values()):
        return DIFFERS, "its words do not stand as often in the text as it says"
    so = f"{len(vocabulary):,} words and their counts are those of the text"
    return UNCHECKED, f"{so}; there are no weights: the vectors are what was trained"


def _words(run: Run) -> _Words:
    from embedkit.tasks.word2vec.config import Word2VecTraining
    from embedkit.tasks.word2vec.training import vocabulary_of

    config = Word2VecTraining(**run.config["word2vec"])
    corpus = open_corpus(config.corpus)
    counts: Counter[str] = Counter()
    sentences = 0
    for sentence in sentences_of(corpus):
        counts.update(sentence)
        sentences += 1
    return _Words(counts, sentences, vocabulary_of(counts, config, corpus))
