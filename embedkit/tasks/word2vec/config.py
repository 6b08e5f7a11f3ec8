"""Word vectors through gensim."""

from dataclasses import dataclass
from typing import Literal

from embedkit.config.checked import Checked


@dataclass(frozen=True)
class Word2VecTraining(Checked):
    """Word vectors through gensim."""

    _AT_LEAST_ONE = ("dimensions", "window", "negatives", "epochs", "min_count", "workers")
    _SHARES = ("sample",)

    corpus: str = "wikipedia-sample"
    "A corpus's name, a .txt file, a folder with train/valid/test, or - for standard input."
    method: Literal["skip-gram", "cbow", "fasttext"] = "skip-gram"
    "Skip-gram or CBOW (Mikolov et al. 2013), or skip-gram over character n-grams (fastText)."
    dimensions: int = 100
    "Length of a word's vector."
    window: int = 5
    "Words to either side."
    negatives: int = 5
    "Noise words for each true one."
    sample: float = 1e-4
    "Frequent words are thinned out above this share of the text; 0 thins nothing out."
    epochs: int = 5
    "Passes over the text."
    min_count: int = 5
    "Leave out words rarer than this."
    workers: int | None = None
    "Threads; by default one a core. More than one is faster and not reproducible."
    seed: int = 1
    "Seeds the vectors."
