"""What a report of word vectors needs."""

from embedkit.studies.words import study_words as study

__all__ = ["study"]
