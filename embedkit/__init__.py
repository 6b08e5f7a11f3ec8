"""embedkit: train small sequence models on public text, look inside what they learned, and report it.

The flow, left to right; each name is loaded when it is first used, so that `import embedkit` is instant:

    open_corpus, open_pairs → Vocabulary → train, resume, train_word2vec → Run
        → Translator (texts to vectors and back), surprisal (of a text's words, by a language model)
        → open_space, read_space, phrase_space, hidden_space → EmbeddingSpace
        → nearest, solve, score, pca, umap, cluster, organised_by, knn_purity, compare; postprocessed before them
        → study → run_report → render
        → SpaceProjector, MeanEmbedder, PhraseEncoder in scikit-learn's pipelines
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)  # the names stand in __init__.pyi

__version__ = "0.3.0.dev0"
