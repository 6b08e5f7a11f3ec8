"""Text as a person types it, for a vocabulary: its words, and those that the vocabulary does not know."""

from collections.abc import Sequence

from embedkit.text.vocabulary import UNK, Vocabulary
from embedkit.text.words import split_words


def typed_words(vocabulary: Vocabulary, line: str) -> list[str]:
    """The tokens of a line that somebody typed.

    A corpus whose tokens stand between spaces has "saturn ," where a person types "saturn,": what a pretokenized
    vocabulary does not know is split from its punctuation.
    """
    if vocabulary.level != "word" or not vocabulary.pretokenized:
        return vocabulary.split(line)
    words: list[str] = []
    for chunk in line.split():
        if vocabulary.index_of(chunk) is None:
            words += split_words(chunk, pretokenized=False, lowercase=vocabulary.lowercase)
        else:
            words.append(chunk)
    return words


def typed_ids(vocabulary: Vocabulary, text: str) -> list[int]:
    """The ids of a text that somebody typed; as `Vocabulary.encode`, but for `typed_words`."""
    if vocabulary.level != "word":
        return vocabulary.encode(text)
    ids: list[int] = []
    for number, line in enumerate(text.splitlines()):
        ids += [vocabulary.line_end] * (number > 0) + word_ids(vocabulary, typed_words(vocabulary, line))
    return ids


def word_ids(vocabulary: Vocabulary, words: Sequence[str]) -> list[int]:
    """The ids of words; that of the unknown word where one is out of vocabulary."""
    unknown = vocabulary.index_of(UNK) or 0
    return [unknown if (index := vocabulary.index_of(word)) is None else index for word in words]


def unknown_tokens(vocabulary: Vocabulary, text: str) -> list[str]:
    """The words or characters of a text that are out of vocabulary, each once; none at bpe level.

    A word that is known in another case is said with it: "saturn (Saturn is known)".
    """
    if vocabulary.level == "bpe":
        return []
    tokens = [token for line in text.splitlines() for token in typed_words(vocabulary, line)]
    unknown = dict.fromkeys(token for token in tokens if vocabulary.index_of(token) is None)
    return [_with_other_case(vocabulary, token) for token in unknown]


def _with_other_case(vocabulary: Vocabulary, token: str) -> str:
    others = dict.fromkeys((token.capitalize(), token.lower(), token.upper()))
    in_vocabulary = [other for other in others if other != token and vocabulary.index_of(other) is not None]
    return f"{token} ({in_vocabulary[0]} is known)" if in_vocabulary else token
