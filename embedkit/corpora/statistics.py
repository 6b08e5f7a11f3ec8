"""What a corpus holds: counts by split, the most frequent tokens, and a few lines."""

from collections import Counter
from dataclasses import dataclass
from itertools import islice

from embedkit.corpora.corpus import Corpus
from embedkit.progress import Progress, no_progress


@dataclass(frozen=True)
class SplitCounts:
    """Lines, tokens between spaces (ends of lines not among them), and characters (ends of lines among them)."""

    split: str
    lines: int
    tokens: int
    characters: int


@dataclass(frozen=True)
class CorpusStatistics:
    """Counts of every split; distinct tokens, the most frequent ones with their counts and the first lines of train."""

    splits: tuple[SplitCounts, ...]
    distinct_tokens: int
    frequent: tuple[tuple[str, int], ...]
    first_lines: tuple[str, ...]


def statistics(
    corpus: Corpus, *, frequent: int = 20, lines: int = 5, progress: Progress = no_progress
) -> CorpusStatistics:
    """Count a corpus, in one pass over each split."""
    counts: Counter[str] = Counter()
    split_counts, total = [], 0
    for split in corpus.splits:
        line_count = tokens = characters = 0
        for line in corpus.lines(split):
            words = line.split()
            line_count += 1
            tokens += len(words)
            characters += len(line) + 1
            if split == "train":
                counts.update(words)
            total += 1
            if total % 10_000 == 0:
                progress(None, f"{total:,} lines")
        split_counts.append(SplitCounts(split, line_count, tokens, characters))
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    with_text = (line for line in corpus.lines("train") if line.strip())
    return CorpusStatistics(
        tuple(split_counts), len(counts), tuple(ordered[:frequent]), tuple(islice(with_text, lines))
    )
