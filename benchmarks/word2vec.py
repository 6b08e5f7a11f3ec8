"""Skip-gram word vectors against gensim's plain recipe: time, memory and Google analogies.

    python -m benchmarks.word2vec --corpus ../shared/corpora/wikipedia-100m
    python -m benchmarks.word2vec --corpus ../shared/corpora/wikipedia-100m --lines 20000   # a slice, in a minute

Both read the same text and train 100 dimensions, window 5, 5 negatives, sample 1e-4, 5 epochs, words from 5
occurrences up. The peer tokenises with gensim's own `utils.tokenize` and keeps the sentences in a list, which is its
fastest way; embedkit streams. Each trains in a process of its own, and the peak memory is that process's. Seconds are
from the opened corpus to the trained vectors, with reading and tokenising.
"""

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

from embedkit.analysis.analogies.expressions import solve
from embedkit.analysis.analogies.questions import AnalogySet
from embedkit.analysis.analogies.scoring import score
from embedkit.corpora import open_corpus, questions_file
from embedkit.spaces.formats.detect import read_space, write_space
from embedkit.spaces.space import EmbeddingSpace
from embedkit.tasks.word2vec.config import Word2VecTraining

RESTRICTIONS = (30_000, 300_000)
QUEEN_AMONG = 10_000


@dataclass(frozen=True)
class Trained:
    """What a side took. `words` are running words of the text; they are gone through once an epoch."""

    seconds: float
    words: int
    peak_mebibytes: float


Side = Callable[[Word2VecTraining, Path], Trained]


def peak_mebibytes() -> float:
    """The most memory this process has held so far. Linux counts it in KiB, macOS in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def train_peer(config: Word2VecTraining, folder: Path) -> Trained:
    """gensim as its tutorials show it."""
    from gensim.models import Word2Vec
    from gensim.utils import tokenize

    started = time.perf_counter()
    lines = open_corpus(config.corpus).lines("train")
    sentences = [list(tokenize(line, lowercase=True)) for line in lines]
    model = Word2Vec(
        sentences,
        sg=1,
        vector_size=config.dimensions,
        window=config.window,
        negative=config.negatives,
        sample=config.sample,
        epochs=config.epochs,
        min_count=config.min_count,
        workers=config.workers,
        seed=config.seed,
    )
    trained = Trained(time.perf_counter() - started, model.corpus_total_words, peak_mebibytes())
    write_space(EmbeddingSpace("peer", tuple(model.wv.index_to_key), model.wv.vectors), folder / "peer.npz")
    return trained


def train_ours(config: Word2VecTraining, folder: Path) -> Trained:
    """`embedkit train word2vec` with the same options."""
    from embedkit.tasks.word2vec.training import train_word2vec

    run = train_word2vec(config, folder / "embedkit")
    return Trained(run.metrics["seconds"], run.metrics["words"], peak_mebibytes())


def in_own_process(side: Side, config: Word2VecTraining, folder: Path) -> Trained:
    """Train in a fresh process, so that its peak memory is its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(side, config, folder).result()


def accuracies(space: EmbeddingSpace) -> str:
    """The Google questions at each restriction, and where queen stands for king - man + woman."""
    questions = AnalogySet.read(questions_file("google-analogies"))
    parts = []
    for restrict in RESTRICTIONS:
        micro = score(space, questions, restrict=restrict, methods=["3CosAdd"]).micro
        row = micro.by("3CosAdd")
        accuracy = f"{row.accuracy.value:.1%}" if row is not None else "none"
        parts.append(f"{accuracy} of {micro.covered:,} questions at {restrict:,} words")
    if all(word in space.head(QUEEN_AMONG) for word in ("king", "man", "woman", "queen")):
        answer = solve(space, ("king", "woman"), ("man",), k=QUEEN_AMONG, restrict=QUEEN_AMONG)
        rank = 1 + [a.word for a in answer.answers].index("queen")
        parts.append(f"queen is number {rank} of {QUEEN_AMONG:,}")
    return "; ".join(parts)


def report(name: str, trained: Trained, epochs: int, space: EmbeddingSpace) -> None:
    print(
        f"{name}: {trained.seconds:,.0f} s, {trained.words * epochs / trained.seconds:,.0f} words/s, "
        f"peak {trained.peak_mebibytes:,.0f} MiB, {len(space):,} words; {accuracies(space)}",
        flush=True,
    )


def slice_of(source: str, lines: int, folder: Path) -> str:
    """The first lines of a corpus's train split as a corpus of its own."""
    text = islice(open_corpus(source).lines("train"), lines)
    for split in ("train", "valid"):
        (folder / f"{split}.txt").write_text("".join(line + "\n" for line in text) or "none\n", encoding="utf-8")
    return str(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", default="text8")
    parser.add_argument("--lines", type=int, help="only the first lines of the training text")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        corpus = options.corpus
        if options.lines:
            (folder / "slice").mkdir()
            corpus = slice_of(corpus, options.lines, folder / "slice")
        config = Word2VecTraining(corpus=corpus, epochs=options.epochs, workers=options.workers)
        ours = in_own_process(train_ours, config, folder)
        report("embedkit", ours, options.epochs, read_space(folder / "embedkit" / "spaces" / "vectors.npz"))
        peer = in_own_process(train_peer, config, folder)
        report("gensim  ", peer, options.epochs, read_space(folder / "peer.npz"))
        print(
            f"embedkit takes {ours.seconds / peer.seconds:.2f} of gensim's time and "
            f"{ours.peak_mebibytes / peer.peak_mebibytes:.2f} of its memory"
        )


if __name__ == "__main__":
    main()
