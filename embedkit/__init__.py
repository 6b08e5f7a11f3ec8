"""embedkit: train small sequence models on public text, open up what they learned, and report it.

The flow, left to right; each name is loaded when it is first used, so that `import embedkit` is instant:

    open_corpus, open_pairs → Vocabulary → train_language_model, train_seq2seq, train_word2vec → Run
        → Translator (texts to vectors and back)
        → open_space, read_space, phrase_space, hidden_space → EmbeddingSpace
        → nearest, solve, score, pca, umap, cluster, knn_purity, compare
        → study → run_report, language_model_report → render
        → SpaceProjector, MeanEmbedder, PhraseEncoder in scikit-learn's pipelines
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from embedkit.analysis.analogies.expressions import solve
    from embedkit.analysis.analogies.questions import AnalogySet
    from embedkit.analysis.analogies.scoring import score
    from embedkit.analysis.clusters.clustering import cluster
    from embedkit.analysis.comparison.comparing import compare
    from embedkit.analysis.maps.projection import pca, umap
    from embedkit.analysis.neighbors import nearest
    from embedkit.analysis.purity import knn_purity
    from embedkit.corpora import open_corpus, open_pairs, questions_file
    from embedkit.estimators import MeanEmbedder, PhraseEncoder, SpaceProjector
    from embedkit.pipeline import study
    from embedkit.report import language_model_report, render, run_report
    from embedkit.runs.folder import Run, open_run
    from embedkit.spaces.extract import hidden_space, phrase_space
    from embedkit.spaces.formats.detect import read_space, write_space
    from embedkit.spaces.open import open_space
    from embedkit.spaces.space import EmbeddingSpace
    from embedkit.tasks.language_model.config import LanguageModel, LanguageModelTraining
    from embedkit.tasks.language_model.training import train_language_model
    from embedkit.tasks.seq2seq.config import Seq2SeqModel, Seq2SeqTraining
    from embedkit.tasks.seq2seq.training import train_seq2seq
    from embedkit.tasks.seq2seq.translator import Translator
    from embedkit.tasks.word2vec.config import Word2VecTraining
    from embedkit.tasks.word2vec.training import train_word2vec
    from embedkit.text.vocabulary import Vocabulary

__version__ = "0.2.0"

_HOMES = {
    "open_corpus": "embedkit.corpora",
    "open_pairs": "embedkit.corpora",
    "questions_file": "embedkit.corpora",
    "Vocabulary": "embedkit.text.vocabulary",
    "LanguageModel": "embedkit.tasks.language_model.config",
    "Seq2SeqModel": "embedkit.tasks.seq2seq.config",
    "Seq2SeqTraining": "embedkit.tasks.seq2seq.config",
    "LanguageModelTraining": "embedkit.tasks.language_model.config",
    "Word2VecTraining": "embedkit.tasks.word2vec.config",
    "train_language_model": "embedkit.tasks.language_model.training",
    "train_seq2seq": "embedkit.tasks.seq2seq.training",
    "train_word2vec": "embedkit.tasks.word2vec.training",
    "Translator": "embedkit.tasks.seq2seq.translator",
    "MeanEmbedder": "embedkit.estimators",
    "PhraseEncoder": "embedkit.estimators",
    "SpaceProjector": "embedkit.estimators",
    "Run": "embedkit.runs.folder",
    "open_run": "embedkit.runs.folder",
    "EmbeddingSpace": "embedkit.spaces.space",
    "hidden_space": "embedkit.spaces.extract",
    "phrase_space": "embedkit.spaces.extract",
    "open_space": "embedkit.spaces.open",
    "read_space": "embedkit.spaces.formats.detect",
    "write_space": "embedkit.spaces.formats.detect",
    "cluster": "embedkit.analysis.clusters.clustering",
    "compare": "embedkit.analysis.comparison.comparing",
    "knn_purity": "embedkit.analysis.purity",
    "nearest": "embedkit.analysis.neighbors",
    "AnalogySet": "embedkit.analysis.analogies.questions",
    "score": "embedkit.analysis.analogies.scoring",
    "solve": "embedkit.analysis.analogies.expressions",
    "pca": "embedkit.analysis.maps.projection",
    "umap": "embedkit.analysis.maps.projection",
    "language_model_report": "embedkit.report",
    "render": "embedkit.report",
    "run_report": "embedkit.report",
    "study": "embedkit.pipeline",
}

__all__ = [
    "AnalogySet",
    "EmbeddingSpace",
    "LanguageModel",
    "LanguageModelTraining",
    "MeanEmbedder",
    "PhraseEncoder",
    "Run",
    "Seq2SeqModel",
    "Seq2SeqTraining",
    "SpaceProjector",
    "Translator",
    "Vocabulary",
    "Word2VecTraining",
    "cluster",
    "compare",
    "hidden_space",
    "knn_purity",
    "language_model_report",
    "nearest",
    "open_corpus",
    "open_pairs",
    "open_run",
    "open_space",
    "pca",
    "phrase_space",
    "questions_file",
    "read_space",
    "render",
    "run_report",
    "score",
    "solve",
    "study",
    "train_language_model",
    "train_seq2seq",
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
