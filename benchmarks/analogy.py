"""Google's analogies by every method, and 3CosAdd beside gensim's evaluate_word_analogies on the same vectors.

    python -m benchmarks.analogy
    python -m benchmarks.analogy --space runs/NAME --words 30000     # a trained space in place of a planted one

The planted space has clusters of words at random, and the words of the questions lie about it: of a pair the second
is the first, moved by what its category shares, with noise, so that some questions are answered and some are not.

First all methods but the two of LRCos, whose time goes into scikit-learn's fits, land all questions: in one pass, and
each by itself. Beside it stands the limit: the matrix products of that pass and nothing else, as many threads at work.

Then both sides answer by 3CosAdd; they have their unit vectors before the clock starts. embedkit answers all questions,
with its baseline, intervals and consistencies; gensim, which answers one at a time, every n-th where there are more
than --peer-questions. On those that gensim answered both must be right equally often in every category.
"""

import argparse
import math
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.machine import matrix_product_gflops, peak_gibibytes
from embedkit.analysis.analogies.categories import Category
from embedkit.analysis.analogies.coverage import CoveredQuestions, cover
from embedkit.analysis.analogies.landings import land
from embedkit.analysis.analogies.methods import METHODS
from embedkit.analysis.analogies.questions import AnalogySet
from embedkit.analysis.analogies.scoring import score
from embedkit.corpora import questions_file
from embedkit.spaces.open import open_space
from embedkit.spaces.space import EmbeddingSpace

TARGET_RATIO = 20
TARGET_SECONDS, TARGET_GIBIBYTES = 90, 3  # of all methods but LRCos's over 400,000 words
BLOCK = 1024  # columns of a matrix product
NOISE = 2.4  # of a second word about its place: some 40 % of the questions are answered


@dataclass(frozen=True)
class Measured:
    """`answered` questions in `seconds`, and how many were right by category."""

    seconds: float
    answered: int
    correct: dict[str, int]

    @property
    def speed(self) -> float:
        return self.answered / self.seconds


def planted_space(questions: AnalogySet, words: int, dimensions: int, seed: int = 0) -> EmbeddingSpace:
    """(words, dimensions) vectors in clusters, over which the words of the questions are strewn."""
    rng = np.random.default_rng(seed)

    def draw(n: int) -> np.ndarray:
        return rng.normal(size=(n, dimensions)).astype(np.float32)

    vectors = draw(words)
    vectors += draw(1_000)[rng.integers(1_000, size=words)]
    labels = [f"word{i}" for i in range(words)]
    places = iter(rng.permutation(words))
    row_of: dict[str, int] = {}
    for category in questions.categories:
        offset = 1.5 * draw(1)[0]
        for question in category.quadruples():
            first, second = (word.lower() for word in question[:2])
            for word in (first, second):
                if word not in row_of:
                    row_of[word] = row = int(next(places))
                    labels[row] = word
                    if word == second:
                        vectors[row] = vectors[row_of[first]] + offset + NOISE * draw(1)[0]
    return EmbeddingSpace(f"planted-{words}", tuple(labels), vectors)


def thinned(questions: AnalogySet, most: int) -> AnalogySet:
    """Every n-th question of each category, so that about `most` are left."""
    step = -(-len(questions) // most)
    return AnalogySet(
        questions.name,
        tuple(Category(category.name, category.pairs, category.questions[::step]) for category in questions.categories),
    )


def land_all(space: EmbeddingSpace, questions: AnalogySet) -> None:
    """Print how long the methods take, together and each by itself, and the matrix products alone.

    Beside the time on the clock stands that of the processor, which says how busy else the machine was.
    """
    methods = [name for name in METHODS if not name.startswith("LRCos")]
    covered = cover(space, questions, len(space), lowercase=True).questions
    unit, vectors = space.unit, space.vectors

    def seconds(names: Sequence[str], among: int = len(space), questions: CoveredQuestions = covered) -> float:
        started = time.perf_counter()
        land(unit[:among], vectors[:among], questions, methods=names)
        return time.perf_counter() - started

    none = np.zeros(1, dtype=np.int64)
    first = seconds(methods, 1, CoveredQuestions(none, none[:, None], none, none, none))
    busy = time.process_time()
    together = seconds(methods)
    busy = time.process_time() - busy
    peak = peak_gibibytes()
    words, averages = len(np.unique([covered.a, covered.a2, covered.b])), 2 * len(np.unique(covered.query))
    answers = len(covered) * len(methods)
    scores = f"{answers * len(space) / together:.1e} scores/s"

    print(f"{space.name}: {len(space):,} words × {space.dimensions}, {len(covered):,} questions")
    print(f"  the first question, the loops compiled or loaded: {first:.1f} s")
    print(f"  {len(methods)} methods {together:6.1f} s on the clock, {busy:.1f} s of {os.cpu_count()} processors")
    print(f"             {answers / together:,.0f} questions × methods/s, {scores}")
    print(f"             {peak:.1f} GiB at most (targets {TARGET_SECONDS} s and {TARGET_GIBIBYTES} GiB)")
    print(f"  products   {products_seconds(unit, words + averages):6.1f} s alone, {words + averages} rows of queries")
    for name in methods:
        print(f"  {name:17} {seconds([name]):5.1f} s by itself")
    sys.stdout.flush()


def products_seconds(unit: np.ndarray, queries: int) -> float:
    """How long as many queries take with all words, block by block in double precision as in the pass."""
    left = unit[np.random.default_rng(0).integers(len(unit), size=queries)].astype(np.float64)

    def multiply(start: int) -> None:
        left @ unit[start : start + BLOCK].astype(np.float64).T

    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(os.cpu_count()) as pool:
        started = time.perf_counter()
        list(pool.map(multiply, range(0, len(unit), BLOCK)))
        return time.perf_counter() - started


def run_ours(space: EmbeddingSpace, questions: AnalogySet) -> Measured:
    _ = space.unit
    started = time.perf_counter()
    sheet = score(space, questions, restrict=None, lowercase=True, methods=["3CosAdd"])
    seconds = time.perf_counter() - started
    rows = {row.name: row.by("3CosAdd") for row in sheet.categories}
    return Measured(
        seconds, sheet.micro.covered, {name: round(row.correct) if row else 0 for name, row in rows.items()}
    )


def run_peer(space: EmbeddingSpace, questions: AnalogySet) -> Measured:
    """The faster of two tries, with all of BLAS's threads and with one, which is faster on a busy machine."""
    from gensim.models import KeyedVectors

    peer = KeyedVectors(space.dimensions)
    peer.add_vectors(list(space.labels), space.vectors)
    peer.fill_norms()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "questions.txt"
        with open(path, "w", encoding="utf-8") as out:
            for category in questions.categories:
                lines = "".join(" ".join(question) + "\n" for question in category.quadruples())
                out.write(f": {category.name}\n{lines}")
        seconds = math.inf
        for threads in (None, 1):
            with threadpool_limits(threads, user_api="blas"):
                started = time.perf_counter()
                _, sections = peer.evaluate_word_analogies(str(path), restrict_vocab=len(space))
                seconds = min(seconds, time.perf_counter() - started)
    correct = {section["section"]: len(section["correct"]) for section in sections}
    total = sections[-1]  # all sections together
    del correct[total["section"]]
    return Measured(seconds, len(total["correct"]) + len(total["incorrect"]), correct)


def compare(space: EmbeddingSpace, questions: AnalogySet, most: int) -> bool:
    """Print both sides; were they right equally often in every category?"""
    few = thinned(questions, most)
    ours, same, peer = run_ours(space, questions), run_ours(space, few), run_peer(space, few)
    equal = same.correct == peer.correct
    print("  3CosAdd beside gensim")
    print(f"  embedkit  {ours.speed:8,.0f} questions/s ({ours.answered:,} in {ours.seconds:.1f} s)")
    print(f"  embedkit  {same.speed:8,.0f} questions/s ({same.answered:,} in {same.seconds:.1f} s, gensim's part)")
    print(f"  gensim    {peer.speed:8,.0f} questions/s ({peer.answered:,} in {peer.seconds:.1f} s)")
    print(f"  ratio     {ours.speed / peer.speed:8.1f} (target {TARGET_RATIO})")
    if equal:
        print(f"  both right {sum(peer.correct.values()):,} times of {peer.answered:,}, equal in every category")
    for name, right in peer.correct.items():
        if right != same.correct.get(name):
            print(f"  {name}: embedkit right {same.correct.get(name)} times, gensim {right}")
    sys.stdout.flush()
    return equal and same.answered == peer.answered


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--space", help="a run or an embedding file; by default a planted space")
    parser.add_argument("--words", type=int, nargs="+", default=[100_000, 400_000])
    parser.add_argument("--dimensions", type=int, default=100, help="of a planted space")
    parser.add_argument("--peer-questions", type=int, default=1_000, help="about how many gensim answers")
    options = parser.parse_args()

    questions = AnalogySet.read(questions_file("google-analogies"))
    print(f"matrix product {matrix_product_gflops():.0f} GFLOP/s in fp32; {len(questions):,} questions")
    equal = True
    for words in options.words:
        if options.space:
            space = open_space(options.space).head(words)
        else:
            space = planted_space(questions, words, options.dimensions)
        land_all(space, questions)
        equal &= compare(space, questions, options.peer_questions)
    if not equal:
        sys.exit("embedkit and gensim differ")


if __name__ == "__main__":
    main()
