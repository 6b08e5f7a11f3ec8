"""embedkit: train small sequence models on public text, open up what they learned, and report it.

The flow, left to right; each name is loaded when it is first used, so that `import embedkit` is instant:

    open_corpus → Vocabulary → train_language_model, train_word2vec → Run
        → open_space, read_space → EmbeddingSpace
        → nearest, solve, score, pca, umap
        → language_model_report → render
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from embedkit.analysis.analogies import AnalogySet, score, solve
    from embedkit.analysis.neighbors import nearest
    from embedkit.analysis.projection import pca, umap
    from embedkit.config import LanguageModelConfig, TrainingConfig, Word2VecConfig
    from embedkit.corpora import open_corpus, questions_file
    from embedkit.report import language_model_report, render
    from embedkit.runs import Run, open_run
    from embedkit.spaces.extract import hidden_space
    from embedkit.spaces.formats import read_space, write_space
    from embedkit.spaces.open import open_space
    from embedkit.spaces.space import EmbeddingSpace
    from embedkit.text.vocabulary import Vocabulary
    from embedkit.training.language_model import train_language_model
    from embedkit.training.word2vec import train_word2vec

__version__ = "0.1.0"

_HOMES = {
    "open_corpus": "embedkit.corpora",
    "questions_file": "embedkit.corpora",
    "Vocabulary": "embedkit.text.vocabulary",
    "LanguageModelConfig": "embedkit.config",
    "TrainingConfig": "embedkit.config",
    "Word2VecConfig": "embedkit.config",
    "train_language_model": "embedkit.training.language_model",
    "train_word2vec": "embedkit.training.word2vec",
    "Run": "embedkit.runs",
    "open_run": "embedkit.runs",
    "EmbeddingSpace": "embedkit.spaces.space",
    "hidden_space": "embedkit.spaces.extract",
    "open_space": "embedkit.spaces.open",
    "read_space": "embedkit.spaces.formats",
    "write_space": "embedkit.spaces.formats",
    "nearest": "embedkit.analysis.neighbors",
    "AnalogySet": "embedkit.analysis.analogies",
    "score": "embedkit.analysis.analogies",
    "solve": "embedkit.analysis.analogies",
    "pca": "embedkit.analysis.projection",
    "umap": "embedkit.analysis.projection",
    "language_model_report": "embedkit.report",
    "render": "embedkit.report",
}

__all__ = [
    "AnalogySet",
    "EmbeddingSpace",
    "LanguageModelConfig",
    "Run",
    "TrainingConfig",
    "Vocabulary",
    "Word2VecConfig",
    "hidden_space",
    "language_model_report",
    "nearest",
    "open_corpus",
    "open_run",
    "open_space",
    "pca",
    "questions_file",
    "read_space",
    "render",
    "score",
    "solve",
    "train_language_model",
    "train_word2vec",
    "umap",
    "write_space",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'embedkit' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
