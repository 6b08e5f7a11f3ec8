"""Word vectors on a corpus through gensim: the baseline that every learned space is compared with."""

import os
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from embedkit.corpora import open_corpus
from embedkit.corpora.corpus import Corpus
from embedkit.corpora.scripts import note_unspaced
from embedkit.errors import TrainingError, UsageError
from embedkit.leftovers import temporary_name
from embedkit.progress import Progress, no_progress, prefixed
from embedkit.runs.folder import Run
from embedkit.runs.lock import is_free, writing
from embedkit.runs.provenance import provenance
from embedkit.spaces.space import EmbeddingSpace
from embedkit.spaces.stored import save_run_space
from embedkit.tasks.word2vec.config import Word2VecTraining
from embedkit.tasks.word2vec.data import SpooledSentences, spool_words

if TYPE_CHECKING:
    from gensim.models import Word2Vec

KIND, SPACE = "word2vec", "vectors"
METHODS: dict[str, dict[str, int]] = {"skip-gram": {"sg": 1}, "cbow": {"sg": 0}, "fasttext": {"sg": 1}}
"""What the name of a method means to gensim."""

NGRAM_BUCKETS = 500_000
"""Rows for fastText's character n-grams: a quarter of its own default, which alone would need 800 MB at 100
dimensions; the vocabularies trained here have fewer distinct n-grams than that."""

REPORT_SECONDS = 0.25


def train_word2vec(config: Word2VecTraining, path: str | Path, *, progress: Progress = no_progress) -> Run:
    """Train word vectors and save them as a run of kind "word2vec" at `path`.

    The run's space "vectors" holds the words by falling frequency (ties by word) with a column "count". With one
    worker the same seed gives the same vectors. The folder is a run when everything in it is complete; an error or
    Ctrl-C leaves nothing behind. The words wait on the disk in it, never in memory whole.

    Raises:
        UsageError: something is in the folder already.
        RunError: another process trains there.
        CorpusError: the corpus cannot be read.
        TrainingError: no word is frequent enough.
        KeyboardInterrupt: Ctrl-C.
    """
    path = Path(path)
    started = time.perf_counter()
    with writing(path), _whole(path):
        corpus = open_corpus(config.corpus, progress=prefixed(progress, f"reading {config.corpus}: "))
        note_unspaced(corpus)
        lineage = provenance(corpus, config.seed)
        spool = path / temporary_name(".txt")
        counts, sentences = spool_words(corpus, spool)
        vocabulary = vocabulary_of(counts, config, corpus)
        text = SpooledSentences(spool, words=counts.total(), sentences=sentences, epochs=config.epochs)
        model = _model(config, vocabulary, sentences)
        training_seconds = _fit(model, text, progress)
        spool.unlink()
        run = Run(path)
        save_run_space(run, SPACE, _space(path.name, model, vocabulary, lineage))
        run.write_provenance(lineage)
        run.write_metrics(
            {
                "words": text.words,
                "sentences": sentences,
                "distinct_words": len(counts),
                "vocabulary_size": len(vocabulary),
                "vocabulary_share_of_words": sum(vocabulary.values()) / text.words,
                "words_seen": text.words_seen,
                "words_per_second": text.words_seen / training_seconds,
                "training_seconds": training_seconds,
                "seconds": time.perf_counter() - started,
            }
        )
        # Last: with it the folder is a run.
        run.write_config({"kind": KIND, "word2vec": asdict(config)})
    return run


@contextmanager
def _whole(path: Path) -> Iterator[None]:
    """Fill the folder of a run that is new, or leave nothing behind.

    Raises:
        UsageError: something is in it already.
    """
    if not is_free(path):
        raise UsageError(f"{path} exists already; give another --name, or remove the folder")
    try:
        yield
    except BaseException:
        shutil.rmtree(path, ignore_errors=True)
        raise


def vocabulary_of(counts: Counter[str], config: Word2VecTraining, corpus: Corpus) -> dict[str, int]:
    """The words that are frequent enough with their counts, by falling count, ties by word."""
    frequent = [(word, count) for word, count in counts.items() if count >= config.min_count]
    if not frequent:
        raise TrainingError(
            f"{corpus.source} (train): no word stands {config.min_count} times in {counts.total():,} words; "
            "lower --min-count or take a longer text"
        )
    return dict(sorted(frequent, key=lambda item: (-item[1], item[0])))


def _model(config: Word2VecTraining, vocabulary: dict[str, int], sentences: int) -> "Word2Vec":
    """An untrained gensim model over the vocabulary, in its order."""
    # gensim and the SciPy it loads take a second, which only those who train should wait for.
    from gensim.models import FastText, Word2Vec

    options: dict[str, Any] = {
        **METHODS[config.method],
        "vector_size": config.dimensions,
        "window": config.window,
        "negative": config.negatives,
        "sample": config.sample,
        "epochs": config.epochs,
        "min_count": config.min_count,
        "workers": config.workers or os.cpu_count() or 1,
        "seed": config.seed,
        "sorted_vocab": 0,  # it is sorted already, and gensim's sort leaves the order of ties to chance
    }
    model = FastText(**options, bucket=NGRAM_BUCKETS) if config.method == "fasttext" else Word2Vec(**options)
    model.build_vocab_from_freq(vocabulary, corpus_count=sentences)
    return model


def _fit(model: "Word2Vec", text: SpooledSentences, progress: Progress) -> float:
    """Train; return the seconds it took.

    gensim streams sentences to its workers rather than letting each read a part of the file (`corpus_file`): on two
    cores that takes the same time, it lets progress be seen within an epoch, and the learning rate falls evenly.

    It trains in a thread, so that this one can report, and can end the stream when it is interrupted.
    """
    started = time.perf_counter()

    def report() -> None:
        pace = text.pace(time.perf_counter() - started)
        progress(pace.share, f"{pace.words_per_second:,.0f} words/s")

    with ThreadPoolExecutor(1) as pool:
        training = pool.submit(
            model.train, text, total_examples=text.sentences, total_words=text.words, epochs=text.epochs
        )
        try:
            while wait([training], timeout=REPORT_SECONDS).not_done:
                report()
        finally:
            text.stop()
        training.result()
    report()
    return time.perf_counter() - started


def _space(run: str, model: "Word2Vec", vocabulary: dict[str, int], lineage: dict[str, Any]) -> EmbeddingSpace:
    return EmbeddingSpace(
        name=f"{run}/{SPACE}",
        labels=tuple(model.wv.index_to_key),
        vectors=model.wv.vectors,
        columns={"count": np.fromiter(vocabulary.values(), dtype=np.int64)},
        provenance={"run": run, "which": SPACE, "noun": "word", **lineage},
    )
