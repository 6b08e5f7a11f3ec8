"""From a card or a path to lines: open, download, verify, read. Knows nothing of models."""

from embedkit.corpora.card import Card, Download, list_cards, load_card
from embedkit.corpora.corpus import Corpus
from embedkit.corpora.fetch import fetch
from embedkit.corpora.opening import minimal_pairs_file, open_corpus, questions_file, set_name, similarity_file
from embedkit.corpora.opening_pairs import open_pairs
from embedkit.corpora.parallel import ParallelCorpus
from embedkit.corpora.prepare import at_hand, data_folder, prepare
from embedkit.corpora.statistics import statistics

__all__ = [
    "Card",
    "Corpus",
    "Download",
    "ParallelCorpus",
    "at_hand",
    "data_folder",
    "fetch",
    "list_cards",
    "load_card",
    "minimal_pairs_file",
    "open_corpus",
    "open_pairs",
    "prepare",
    "questions_file",
    "set_name",
    "similarity_file",
    "statistics",
]
