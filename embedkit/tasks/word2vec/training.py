"""Word vectors on a corpus through gensim: the baseline that every learned space is compared with."""

import os
import re
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import numpy as np

from embedkit.corpora import open_corpus
from embedkit.corpora.corpus import Corpus
from embedkit.errors import TrainingError, UsageError
from embedkit.progress import Progress, no_progress
from embedkit.runs.folder import Run
from embedkit.runs.provenance import provenance
from embedkit.spaces.space import EmbeddingSpace
from embedkit.spaces.stored import save_run_space
from embedkit.tasks.word2vec.config import Word2VecTraining
from embedkit.text.words import split_words

if TYPE_CHECKING:
    from gensim.models import Word2Vec

KIND, SPACE = "word2vec", "vectors"
METHODS: dict[str, dict[str, int]] = {"skip-gram": {"sg": 1}, "cbow": {"sg": 0}, "fasttext": {"sg": 1}}
"""What the name of a method means to gensim."""

MAX_SENTENCE_WORDS = 10_000
"""gensim drops what goes past this in a sentence, so longer lines are cut here and nothing is lost."""

NGRAM_BUCKETS = 500_000
"""Rows for fastText's character n-grams: a quarter of its own default, which alone would need 800 MB at 100
dimensions; the vocabularies trained here have fewer distinct n-grams than that."""

REPORT_SECONDS = 0.25

_LETTERS = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Pace:
    """How far word vectors are trained, and how fast."""

    share: float
    words_seen: int
    words_per_second: float


def train_word2vec(config: Word2VecTraining, path: str | Path, *, progress: Progress = no_progress) -> Run:
    """Train word vectors and save them as a run of kind "word2vec" at `path`.

    The run's space "vectors" holds the words by falling frequency (ties by word) with a column "count". With one
    worker the same seed gives the same vectors. The folder appears when everything in it is complete: an error or
    Ctrl-C leaves nothing behind. The words wait on the disk beside it, never in memory whole.

    Raises:
        UsageError: the folder exists.
        CorpusError: the corpus cannot be read.
        TrainingError: no word is frequent enough.
        KeyboardInterrupt: Ctrl-C.
    """
    path = Path(path)
    if path.exists():
        raise UsageError(f"{path} exists already; give another --name, or remove the folder")
    started = time.perf_counter()
    corpus = open_corpus(config.corpus)
    lineage = provenance(corpus, config.seed)
    with _folder_beside(path) as folder:
        spool = folder / "words.txt"
        counts, sentences = spool_words(corpus, spool)
        vocabulary = _vocabulary(counts, config, corpus)
        text = SpooledSentences(spool, words=counts.total(), sentences=sentences, epochs=config.epochs)
        model = _model(config, vocabulary, sentences)
        training_seconds = _fit(model, text, progress)
        spool.unlink()
        run = Run(folder)
        save_run_space(run, SPACE, _space(path.name, model, vocabulary, lineage))
        run.write_provenance(lineage)
        run.write_config({"kind": KIND, "word2vec": asdict(config)})
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
        os.replace(folder, path)
    return Run(path)


def words_of(line: str, *, pretokenized: bool) -> list[str]:
    """The words of a line in lower case, without punctuation and numbers.

    Running text is cut into runs of letters, as by gensim's own `utils.tokenize`. Where tokens already stand between
    spaces, those with a letter are taken as they are, so that they stay comparable with a language model's.

    >>> words_of("Don't panic: 42 of the U.S. Marines", pretokenized=False)
    ['don', 't', 'panic', 'of', 'the', 'u', 's', 'marines']
    >>> words_of("the 1990s , a well-known <unk> @-@ 5", pretokenized=True)
    ['the', '1990s', 'a', 'well-known', '<unk>']
    """
    if not pretokenized:
        return _LETTERS.findall(line.lower())
    words = split_words(line, pretokenized=True, lowercase=True)
    return [word for word in words if _LETTERS.search(word)]


def spool_words(corpus: Corpus, path: Path) -> tuple[Counter[str], int]:
    """Write the words of the train split to `path`, a sentence a line with single spaces, and count them.

    Decompressing and tokenising happen once rather than once an epoch. A corpus line is a sentence; a longer one
    than `MAX_SENTENCE_WORDS` is cut.

    Returns:
        The count of each distinct word, and the number of sentences.
    """
    counts: Counter[str] = Counter()
    sentences = 0
    with open(path, "w", encoding="utf-8", newline="\n") as spool:
        for line in corpus.lines("train"):
            words = iter(words_of(line, pretokenized=corpus.pretokenized))
            while sentence := list(islice(words, MAX_SENTENCE_WORDS)):
                counts.update(sentence)
                sentences += 1
                spool.write(" ".join(sentence) + "\n")
    return counts, sentences


class SpooledSentences:
    """The spooled sentences as a stream that starts afresh at each iteration and counts what it gave.

    gensim asks for it once an epoch, from a thread of its own. After `stop` every stream ends at its next sentence.
    """

    def __init__(self, path: Path, *, words: int, sentences: int, epochs: int) -> None:
        self.path, self.words, self.sentences, self.epochs = path, words, sentences, epochs
        self.words_seen = 0
        self._stopped = False

    def __iter__(self) -> Iterator[list[str]]:
        with open(self.path, encoding="utf-8", newline="\n") as lines:
            for line in lines:
                if self._stopped:
                    return
                sentence = line[:-1].split(" ")
                self.words_seen += len(sentence)
                yield sentence

    def stop(self) -> None:
        self._stopped = True

    def pace(self, seconds: float) -> Pace:
        share = self.words_seen / (self.words * self.epochs)
        return Pace(
            share=share,
            words_seen=self.words_seen,
            words_per_second=self.words_seen / max(seconds, 1e-9),
        )


@contextmanager
def _folder_beside(path: Path) -> Iterator[Path]:
    """A hidden folder beside `path` to work in; whatever happens it is gone at the end, unless renamed."""
    folder = path.with_name(f".{uuid4().hex[:8]}-{path.name}")
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _vocabulary(counts: Counter[str], config: Word2VecTraining, corpus: Corpus) -> dict[str, int]:
    """The words that are frequent enough with their counts, by falling count, ties by word."""
    kept = [(word, count) for word, count in counts.items() if count >= config.min_count]
    if not kept:
        raise TrainingError(
            f"{corpus.source} (train): no word stands {config.min_count} times in {counts.total():,} words; "
            "lower --min-count or take a longer text"
        )
    return dict(sorted(kept, key=lambda item: (-item[1], item[0])))


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
        provenance={"run": run, "which": SPACE, **lineage},
    )


def checksum_of(run: Run) -> str | None:
    """The checksum of the text that a run learned from, as it is now; None where it came through standard input.

    Raises:
        UsageError, CorpusError: it is not at hand.
    """
    source = run.config["word2vec"]["corpus"]
    return None if source == "-" else open_corpus(source).checksum
