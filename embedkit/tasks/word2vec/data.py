"""What word vectors are trained on: the words of a corpus, spooled to a file and streamed from it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from embedkit.corpora import open_corpus
from embedkit.corpora.corpus import Corpus
from embedkit.runs.folder import Run
from embedkit.shortage import room_for
from embedkit.text.words import runs_of_letters, split_words

MAX_SENTENCE_WORDS = 10_000
"""gensim drops what goes past this in a sentence, so longer lines are cut here and nothing is lost."""


@dataclass(frozen=True)
class Pace:
    """How far word vectors are trained, and how fast."""

    share: float
    words_seen: int
    words_per_second: float


def words_of(line: str, *, pretokenized: bool) -> list[str]:
    """The words of a line in lower case, without punctuation and numbers.

    Running text is cut into runs of letters, as by gensim's own `utils.tokenize` but with their marks. Where tokens
    already stand between spaces, those with a letter are taken as they are, so that they stay comparable with a
    language model's.

    >>> words_of("Don't panic: 42 of the U.S. Marines", pretokenized=False)
    ['don', 't', 'panic', 'of', 'the', 'u', 's', 'marines']
    >>> words_of("the 1990s , a well-known <unk> @-@ 5", pretokenized=True)
    ['the', '1990s', 'a', 'well-known', '<unk>']
    """
    if not pretokenized:
        return runs_of_letters(line.lower())
    words = split_words(line, pretokenized=True, lowercase=True)
    return [word for word in words if runs_of_letters(word)]


def sentences_of(corpus: Corpus) -> Iterator[list[str]]:
    """The words of each sentence of the train split: a line, cut where it is longer than `MAX_SENTENCE_WORDS`."""
    for line in corpus.lines("train"):
        words = iter(words_of(line, pretokenized=corpus.pretokenized))
        while sentence := list(islice(words, MAX_SENTENCE_WORDS)):
            yield sentence


def spool_words(corpus: Corpus, path: Path) -> tuple[Counter[str], int]:
    """Write the words of the train split to `path`, a sentence a line with single spaces, and count them.

    Decompressing and tokenising happen once rather than once an epoch.

    Returns:
        The count of each distinct word, and the number of sentences.
    """
    counts: Counter[str] = Counter()
    sentences = 0
    with room_for(path), open(path, "w", encoding="utf-8", newline="\n") as spool:
        for sentence in sentences_of(corpus):
            counts.update(sentence)
            sentences += 1
            spool.write(" ".join(sentence) + "\n")
    return counts, sentences


class SpooledSentences:
    """The spooled sentences as a stream that starts afresh at each iteration and counts what it gave.

    gensim asks for it once an epoch, from a thread of its own. After `stop` every stream ends at its next sentence.
    """

    def __init__(self, path: Path, *, words: int, sentences: int, epochs: int) -> None:
        self.path, self.words, self.sentences, self.epochs = path, words, sentences, epochs
        self.words_seen = 0
        self._stopped = False

    def __iter__(self) -> Iterator[list[str]]:
        with open(self.path, encoding="utf-8", newline="\n") as lines:
            for line in lines:
                if self._stopped:
                    return
                sentence = line[:-1].split(" ")
                self.words_seen += len(sentence)
                yield sentence

    def stop(self) -> None:
        self._stopped = True

    def pace(self, seconds: float) -> Pace:
        share = self.words_seen / (self.words * self.epochs)
        return Pace(
            share=share,
            words_seen=self.words_seen,
            words_per_second=self.words_seen / max(seconds, 1e-9),
        )


def checksum_of(run: Run) -> str | None:
    """The checksum of the text that a run learned from, as it is now; None where it came through standard input.

    Raises:
        UsageError, CorpusError: it is not at hand.
    """
    source = run.config["word2vec"]["corpus"]
    return None if source == "-" else open_corpus(source).checksum
