"""A made-up table of documents as people have them: texts, vectors, a category, a date and a score.

    python -m benchmarks.documents FILE                         # 20,000 × 384, as parquet
    python -m benchmarks.documents FILE --documents 100000

Vectors are around 120 subjects of twelve categories; texts are of the words of their subject and of words that all
share. Scores follow a direction of the vectors and noise; dates nothing. Two documents have a
zero vector, as the embedding of an empty text often is.
"""

import argparse
from pathlib import Path

import numpy as np

from benchmarks.large_file import SYLLABLES

CATEGORIES = (
    "art",
    "cities",
    "food",
    "health",
    "history",
    "law",
    "music",
    "nature",
    "science",
    "society",
    "sport",
    "trade",
)
DIMENSIONS = 384
_SUBJECTS, _OWN, _SHARED = 120, 40, 600


def _words(rng: np.random.Generator, count: int) -> list[str]:
    """Distinct words of two to four syllables."""
    words: dict[str, None] = {}
    while len(words) < count:
        words["".join(rng.choice(SYLLABLES, rng.integers(2, 5)))] = None
    return list(words)


def write(path: Path, documents: int = 20_000, dimensions: int = DIMENSIONS, *, seed: int = 0) -> None:
    """Write the table as parquet."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = np.random.default_rng(seed)
    words = np.array(_words(rng, _SUBJECTS * _OWN + _SHARED))
    own, shared = words[_SHARED:].reshape(_SUBJECTS, _OWN), words[:_SHARED]
    categories = rng.standard_normal((len(CATEGORIES), dimensions), dtype=np.float32)
    middles = categories[np.arange(_SUBJECTS) % len(CATEGORIES)] + rng.standard_normal((_SUBJECTS, dimensions))
    subjects = rng.integers(_SUBJECTS, size=documents)
    vectors = (middles[subjects] + 1.2 * rng.standard_normal((documents, dimensions))).astype(np.float32)
    scores = vectors @ rng.standard_normal(dimensions) / dimensions**0.5 + rng.standard_normal(documents)
    vectors[[documents // 3, documents // 2]] = 0
    lengths = rng.integers(6, 16, size=documents)
    texts = []
    for subject, length in zip(subjects, lengths, strict=True):
        some = rng.integers(_OWN + _SHARED, size=length)
        of_subject = rng.random(length) < 0.4
        texts.append(" ".join(np.where(of_subject, own[subject][some % _OWN], shared[some % _SHARED])).capitalize())
    table = {
        "id": pa.array([f"d{number:06d}" for number in range(documents)]),
        "text": pa.array(texts),
        "category": pa.array([CATEGORIES[subject % len(CATEGORIES)] for subject in subjects]),
        "date": pa.array(np.datetime64("2010-01-01") + rng.integers(0, 15 * 365, size=documents)),
        "score": pa.array(np.round(scores, 3)),
        "embedding": pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), dimensions),
    }
    pq.write_table(pa.table(table), path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--documents", type=int, default=20_000)
    parser.add_argument("--dimensions", type=int, default=DIMENSIONS)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    write(options.file, options.documents, options.dimensions, seed=options.seed)


if __name__ == "__main__":
    main()
