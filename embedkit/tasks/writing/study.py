"""Studies of writing with a language model: words ranked by their keys, and the writer's offers."""

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from embedkit.errors import CorpusError, UsageError
from embedkit.progress import Steps, no_steps
from embedkit.runs.folder import Run
from embedkit.runs.options import corpus_of

if TYPE_CHECKING:
    from embedkit.corpora import Corpus
    from embedkit.tasks.writing.keypad import KeyedWord, KeypadWords, Passage
    from embedkit.tasks.writing.offers import OfferSheet
    from embedkit.tasks.writing.ranking import Keypad
    from embedkit.tasks.writing.score import KeypadScore
    from embedkit.text.vocabulary import Vocabulary

WORDS = 2_000
"""Held-out words that are typed at least."""
PASSAGE = 100
"""Words and marks of a passage at most: a line of some texts is a whole article."""
OFFERED = 12
"""Places in held-out text whose offers are stored."""

_BEFORE, _WENT_ON = 60, 40  # characters before and behind a place that are kept


def open_keypad(run: Run, *, steps: Steps) -> "Keypad":
    """A keypad with a run's language model and the words that can be typed on it.

    Raises:
        CorpusError, UsageError: the words of a char or bpe run are those of its training text, which is not at hand.
    """
    from embedkit.tasks.language_model.network import load_language_model
    from embedkit.tasks.writing.ranking import Keypad

    model, vocabulary = load_language_model(run)
    return Keypad(model, vocabulary, keypad_words(run, vocabulary, steps=steps))


def keypad_words(run: Run, vocabulary: "Vocabulary", *, steps: Steps) -> "KeypadWords":
    """The words of a run: its vocabulary, or where that is of characters or pieces the words of the training text,
    which are counted the first time and stored with the run."""
    from embedkit.tasks.writing.keypad import KeypadWords, digits_of
    from embedkit.tasks.writing.words import load_word_counts, save_word_counts
    from embedkit.text.vocabulary import SPECIALS
    from embedkit.text.words import split_words

    if vocabulary.level == "word":
        counted = zip(vocabulary.tokens, vocabulary.counts.tolist(), strict=True)
        return KeypadWords({word: n for word, n in counted if word not in SPECIALS["word"]})
    counts = load_word_counts(run)
    if counts is None:
        with steps(f"{run.name}: count the words of its training text"):
            corpus = _corpus(run)
            word_counts: Counter[str] = Counter()
            for line in corpus.lines("train"):
                word_counts.update(split_words(line, pretokenized=corpus.pretokenized, lowercase=False))
            counts = {word: n for word, n in word_counts.items() if digits_of(word) is not None}
            save_word_counts(run, counts)
    return KeypadWords(counts)


def evaluate_keypad(
    run: Run, *, split: str = "valid", words: int = WORDS, seed: int = 0, steps: Steps
) -> "KeypadScore":
    """Score held-out words typed on the keypad, take the writer's offers in held-out lines, and store both.

    Raises:
        UsageError: words is below 1, or the corpus has no such split.
        CorpusError: the text is not at hand.
    """
    from embedkit.tasks.writing.offers import OFFERS
    from embedkit.tasks.writing.score import KEYPAD_SCORES

    score = held_out_score(run, split=split, words=words, seed=seed, steps=steps)
    KEYPAD_SCORES.save(run, score)
    with steps(f"{run.name}: ask the writer in {OFFERED} lines"):
        OFFERS.save(run, offers_again(run, split, seed))
    return score


def offers_again(run: Run, split: str, seed: int) -> "OfferSheet":
    """The writer's offers in held-out lines.

    Raises:
        UsageError: the corpus has no such split.
        CorpusError: the text is not at hand.
    """
    return offer_sheet(run, held_out_passages(_corpus(run), split, seed=seed), split, seed)


def held_out_score(run: Run, *, split: str, words: int, seed: int, steps: Steps = no_steps) -> "KeypadScore":
    """Type held-out passages on the keypad, until they have so many words, and score them.

    Raises:
        UsageError: words is below 1, or the corpus has no such split.
        CorpusError: the text is not at hand.
    """
    from embedkit.tasks.writing.score import keypad_score

    if words < 1:
        raise UsageError(f"--words {words}: must be at least 1")
    passages = held_out_passages(_corpus(run), split, seed=seed)
    keypad = open_keypad(run, steps=steps)
    keyed: list[KeyedWord] = []
    with steps(f"{run.name}: type {words:,} words of its {split} text") as show:
        for number, passage in enumerate(passages):
            keyed += keypad.rank_passage(number, passage)
            show(min(1.0, len(keyed) / words), f"{len(keyed):,} words")
            if len(keyed) >= words:
                break
    return keypad_score(keyed, run=run.name, split=split, vocabulary=len(keypad.words), seed=seed)


def held_out_passages(corpus: "Corpus", split: str, *, seed: int) -> "list[Passage]":
    """The lines of a split, long ones cut, in an order that the seed draws; the same for every run of the corpus.

    Raises:
        UsageError: the corpus has no such split.
    """
    from embedkit.tasks.writing.keypad import Passage
    from embedkit.text.words import word_spans

    if split not in corpus.splits:
        raise UsageError(f"--split {split}: {corpus.source} has {', '.join(corpus.splits)}")
    passages = []
    for line in corpus.lines(split):
        spans = word_spans(line, pretokenized=corpus.pretokenized)
        for start in range(0, len(spans), PASSAGE):
            part = spans[start : start + PASSAGE]
            # A first passage begins as its line does: the lines of some texts begin with a space.
            left = 0 if start == 0 else part[0][0]
            text = line[left : part[-1][1]]
            passages.append(Passage(text, tuple((begin - left, end - left) for begin, end in part)))
    order = np.random.default_rng(seed).permutation(len(passages))
    return [passages[i] for i in order]


def offer_sheet(run: Run, passages: "list[Passage]", split: str, seed: int) -> "OfferSheet":
    """The writer's offers in the middle of passages: in turn before a word, and after its first two letters."""
    from embedkit.tasks.writing.continuations import Writer
    from embedkit.tasks.writing.offers import Offer, OfferSheet

    writer = Writer.open(run)
    offers = []
    for number, (text, place) in enumerate(islice(_places(passages), OFFERED)):
        before = text[: place + 2 * (number % 2)]
        offered = tuple(each.text.strip() for each in writer.offers(before))
        offers.append(Offer(_tail(before), offered, text[len(before) : len(before) + _WENT_ON]))
    return OfferSheet(split, seed, tuple(offers))


def _places(passages: "list[Passage]") -> Iterator[tuple[str, int]]:
    """Passages that are long enough, and where a word of four letters or more begins behind their middle."""
    for passage in passages:
        later = passage.spans[len(passage.spans) // 2 :]
        long = [start for start, end in later if end - start >= 4 and passage.text[start:end].isalpha()]
        if len(passage.spans) >= 12 and long:
            yield passage.text, long[0]


def _tail(text: str) -> str:
    return text.lstrip() if len(text) <= _BEFORE else "…" + text[-_BEFORE:]


def _corpus(run: Run) -> "Corpus":
    from embedkit.corpora import open_corpus

    if run.config["training"]["corpus"] == "-":
        raise CorpusError(f"run {run.name} read its text from standard input, so there is no held-out text at hand")
    return corpus_of(run, lambda _model, training: open_corpus(training.corpus))
