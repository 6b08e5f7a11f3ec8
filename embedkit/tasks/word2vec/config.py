"""Word vectors through gensim."""

from dataclasses import dataclass
from typing import Literal

from embedkit.config.bounds import Count, Share
from embedkit.config.checked import Checked


@dataclass(frozen=True)
class Word2VecTraining(Checked):
    """Word vectors through gensim."""

    corpus: str = "wikipedia-sample"
    "A corpus's name, a .txt file or the address of one, a folder with train/valid/test, or - for standard input."
    method: Literal["skip-gram", "cbow", "fasttext"] = "skip-gram"
    "Skip-gram or CBOW (Mikolov et al. 2013), or skip-gram over character n-grams (fastText)."
    dimensions: Count = 100
    "Length of a word's vector."
    window: Count = 5
    "Words to either side."
    negatives: Count = 5
    "Noise words for each true one."
    sample: Share = 1e-4
    "Subsample words more frequent than this share of the text; 0 for none."
    epochs: Count = 5
    "Passes over the text."
    min_count: Count = 5
    "Leave out words rarer than this."
    workers: Count | None = None
    "Threads; by default one per core. More than one is faster but not reproducible."
    seed: int = 1
    "Seeds the vectors."
