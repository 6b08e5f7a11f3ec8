"""What an encoder-decoder learns from: the pairs or the text of its task, its vocabularies, the phrases kept of it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain

import numpy as np

from embedkit.corpora import ParallelCorpus, open_corpus, open_pairs
from embedkit.corpora.corpus import Corpus
from embedkit.errors import RunError, UsageError
from embedkit.files import write_text
from embedkit.progress import Progress, no_progress
from embedkit.runs.folder import Run
from embedkit.runs.options import configurations
from embedkit.tasks.seq2seq.config import Seq2SeqModel, Seq2SeqTraining
from embedkit.tasks.seq2seq.dates import date_pairs
from embedkit.tasks.seq2seq.strings import copy_pairs, reverse_pairs
from embedkit.text.pairs import EncodedPairs, line_ids
from embedkit.text.phrases import phrase_pairs
from embedkit.text.vocabulary import Vocabulary

TAB = "\t"
PHRASES_FILE = "phrases.tsv"
MOST_PHRASES = 20_000
"""Training phrases that are stored with a run at most, for its map and for neighbours."""


def open_task(training: Seq2SeqTraining, *, progress: Progress = no_progress) -> ParallelCorpus | Corpus:
    """What a configuration trains on: pairs, or with `stream` a running text.

    Args:
        progress: as of `open_corpus` and `open_pairs`.

    Raises:
        UsageError, CorpusError: as the corpora's own.
    """
    generators = {"copy": copy_pairs, "reverse": reverse_pairs}
    if training.corpus in generators:
        return generators[training.corpus](size=training.pairs, longest=training.longest, seed=training.seed)
    if training.corpus == "dates":
        languages = tuple((training.target_language or "it").split(","))
        return date_pairs(
            languages, source_language=training.source_language or "en", size=training.pairs, seed=training.seed
        )
    if training.stream != "none":
        return open_corpus(training.corpus, progress=progress)
    if training.phrases:
        corpus = open_corpus(training.corpus, progress=progress)
        return phrase_pairs(corpus, shortest=training.shortest, longest=training.longest, size=training.pairs)
    return open_pairs(
        training.corpus,
        target=training.target,
        source_language=training.source_language,
        target_language=training.target_language,
        progress=progress,
    )


def refuse_contradictions(model: Seq2SeqModel, training: Seq2SeqTraining) -> None:
    """Raises UsageError where two options exclude each other; the message names both."""
    if training.longest < training.shortest:
        raise UsageError(f"--longest {training.longest}: must be at least --shortest {training.shortest}")
    if model.shared_vocabulary and model.source_level != model.target_level:
        raise UsageError("--shared-vocabulary: both sides must have the same level")
    if training.compile:
        raise UsageError("--compile is for language models: every batch of an encoder-decoder has another shape")
    if training.vectors is not None and training.start_from is not None:
        raise UsageError("--vectors and --start-from both set the source's embeddings; give one")
    made_here = training.corpus in ("dates", "copy", "reverse")
    if made_here and (training.stream != "none" or training.phrases):
        raise UsageError(f"--corpus {training.corpus} is made of pairs; --phrases and --stream need a text")
    if training.stream == "none":
        return
    if training.phrases:
        raise UsageError("--stream and --phrases are two ways to use a text; give one")
    if model.bidirectional or model.attention != "none":
        raise UsageError("--stream carries the encoder's state: add --no-bidirectional and leave --attention none")
    if not model.shared_vocabulary:
        raise UsageError("--stream reads and writes the same text: add --shared-vocabulary")
    for name, off in (("denoise", 0.0), ("scheduled_sampling", 0.0), ("best", "loss")):
        if getattr(training, name) != off:
            raise UsageError(f"--{name.replace('_', '-')} is for pairs; with --stream leave it out")


def build_vocabularies(model: Seq2SeqModel, corpus: ParallelCorpus | Corpus) -> tuple[Vocabulary, Vocabulary]:
    """The vocabularies of the source and the target, from the training text; one and the same where it is shared."""
    build = partial(Vocabulary.build, min_count=model.min_count, longest_stretch=model.longest_stretch)
    of_target = partial(build, level=model.target_level, size=model.target_vocabulary_size)
    target = of_target(corpus if isinstance(corpus, Corpus) else corpus.target)
    if model.shared_vocabulary and (isinstance(corpus, Corpus) or corpus.mirrored):
        return target, target
    assert isinstance(corpus, ParallelCorpus)
    if model.shared_vocabulary:
        splits = {split: partial(_both_sides, corpus, split) for split in corpus.splits}
        shared = of_target(replace(corpus.target, splits=splits))
        return shared, shared
    source = build(corpus.source, level=model.source_level, size=model.source_vocabulary_size)
    return source, target


def save_phrases(run: Run, corpus: ParallelCorpus | Corpus, training: Seq2SeqTraining, source: Vocabulary) -> None:
    """Write the phrases that the run's map is of: distinct sources of the training pairs, or the frequent phrases of a
    running text, with their counts, the most frequent first; the map then needs the corpus no more.

    Equally frequent ones stand in a random order, since corpora may stand in the order of their length.
    """
    if isinstance(corpus, Corpus):
        corpus = phrase_pairs(corpus, shortest=training.shortest, longest=training.longest, size=training.pairs)
    counts = Counter(_case(source, text) for text in corpus.source.lines("train"))
    if corpus.frequencies:
        counts = Counter({text: corpus.frequencies.get(text, n) for text, n in counts.items()})
    shuffled = np.random.default_rng(training.seed).permutation(len(counts))
    texts = list(counts)
    ranked = sorted((texts[i] for i in shuffled), key=lambda text: -counts[text])[:MOST_PHRASES]
    write_text(run.path / PHRASES_FILE, "".join(f"{text.replace(TAB, ' ')}{TAB}{counts[text]}\n" for text in ranked))


def load_phrases(run: Run) -> dict[str, int]:
    """The training phrases that are stored with a run, the most frequent first, and their counts.

    Raises:
        RunError: the file is missing or damaged.
    """
    path = run.path / PHRASES_FILE
    try:
        lines = path.read_text(encoding="utf-8").split("\n")[:-1]
    except FileNotFoundError:
        raise RunError(f"{path}: no such file; train the run again") from None
    counts: dict[str, int] = {}
    for number, line in enumerate(lines, 1):
        text, _, count = line.rpartition(TAB)
        if not text or not count.isdecimal():
            raise RunError(f"{path}:{number}: {line[:60]!r} is not a phrase and its count")
        counts[text] = int(count)
    return counts


def _both_sides(corpus: ParallelCorpus, split: str) -> Iterator[str]:
    return chain(corpus.source.lines(split), corpus.target.lines(split))


@dataclass(frozen=True, eq=False)
class Split:
    """The pairs of a split as ids and as text; references as the vocabulary prints what is right: "Va !" as "va!"."""

    pairs: EncodedPairs
    sources: Sequence[str]
    references: Sequence[str]

    def head(self, n: int) -> "Split":
        """The first n pairs."""
        return Split(
            EncodedPairs(self.pairs.sources[:n], self.pairs.targets[:n]), self.sources[:n], self.references[:n]
        )


def encode_pairs(corpus: ParallelCorpus, split: str, source: Vocabulary, target: Vocabulary) -> Split:
    """A split with both its sides encoded."""
    texts = list(corpus.pairs(split))
    pairs = EncodedPairs([line_ids(source, s) for s, _ in texts], [line_ids(target, t) for _, t in texts])
    return Split(pairs, [_case(source, s) for s, _ in texts], [target.printed(t) for _, t in texts])


def _case(vocabulary: Vocabulary, text: str) -> str:
    return text.lower() if vocabulary.lowercase else text


def checksum_of(run: Run) -> str:
    """The checksum of what a run learned from, as it is now.

    Raises:
        UsageError, CorpusError: it is not at hand.
    """
    return open_task(configurations(run)[1]).checksum
