"""Names of clusters: what sets the texts in each apart, or the members that a reader knows best."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from embedkit.numerals import shortened
from embedkit.spaces.space import EmbeddingSpace
from embedkit.text.words import is_word, split_words

WORDS = 3
"""Words in the name of a cluster of words or phrases."""
DISTINCTIVE = 4
"""Words in the name of a cluster of texts, at most."""
TEXT = 3
"""Labels are texts where the median one has so many words or more."""


def names_of(
    space: EmbeddingSpace, members: Sequence[np.ndarray]
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Names of clusters, all of them different, and the words that set each apart.

    Args:
        members: the rows of each cluster, the nearest to its centre first; the rest of the space is in none.
    """
    texts = [[space.labels[row] for row in rows.tolist()] for rows in members]
    if are_texts(space):
        clustered = np.zeros(len(space), dtype=bool)
        clustered[[row for rows in members for row in rows.tolist()]] = True
        rest = [space.labels[row] for row in np.flatnonzero(~clustered).tolist()]
        words = distinctive_words(texts, rest)
        return _different(
            [", ".join(each) or shortened(near[0]) for each, near in zip(words, texts, strict=True)]
        ), words
    words = telling_words(texts)
    # A label is in one cluster alone, so names that hold one are all different.
    names = tuple(
        f"{', '.join(telling)} ({near[0]})" if telling else ", ".join(_familiar(space, rows))
        for telling, near, rows in zip(words, texts, members, strict=True)
    )
    return names, words


def are_texts(space: EmbeddingSpace) -> bool:
    """Whether the points are no words, and their labels mostly have several words."""
    if space.of_words or not len(space):
        return False
    return float(np.median([len(label.split()) for label in space.labels])) >= TEXT


def telling_words(groups: Sequence[Sequence[str]], count: int = WORDS) -> tuple[tuple[str, ...], ...]:
    """Groups of phrases → per group the words that set it apart, by class-based tf-idf (Grootendorst 2022).

    A word t has the weight tf(t, c) · log(1 + A / f(t)): its share of the words of group c, how often it stands in
    all groups, and A, the mean number of words of a group. Words of a single text are left out, they tell nothing
    of a group; of equal weights the word that stands first in the alphabet comes first.
    """
    return _class_tf_idf([[text.split() for text in texts] for texts in groups], count)


def distinctive_words(
    groups: Sequence[Sequence[str]], rest: Sequence[str] = (), count: int = DISTINCTIVE
) -> tuple[tuple[str, ...], ...]:
    """Groups of texts → per group the words that set it apart, as `telling_words`, with case folded and without
    punctuation and stop words.

    Stop words are those of these texts, in whatever language: words that are about as frequent in most groups as in all
    together, in more than half of them at least half as frequent, by the share of texts that have them.

    Args:
        rest: texts in no group, which count as one more that gets no words.
    """
    tokens = [
        [[word for word in split_words(text, pretokenized=False, lowercase=True) if is_word(word)] for text in texts]
        for texts in (*groups, *((rest,) if rest else ()))
    ]
    shares = [
        {word: number / len(texts) for word, number in Counter(w for text in texts for w in set(text)).items()}
        for texts in tokens
    ]
    total = sum(len(texts) for texts in tokens)
    everywhere = Counter(word for texts in tokens for text in texts for word in set(text))
    usual = {word: number / total / 2 for word, number in everywhere.items()}
    common = Counter(word for share in shares for word, value in share.items() if value >= usual[word])
    stop = {word for word, number in common.items() if 2 * number > len(tokens)}
    kept = [[[word for word in text if word not in stop] for text in texts] for texts in tokens]
    return _class_tf_idf(kept, count)[: len(groups)]


def _class_tf_idf(groups: Sequence[Sequence[Sequence[str]]], count: int) -> tuple[tuple[str, ...], ...]:
    """Groups of texts, each a list of words → the words of each group by falling weight."""
    counts = [Counter(word for text in texts for word in text) for texts in groups]
    shared = [Counter(word for text in texts for word in set(text)) for texts in groups]
    everywhere = Counter[str]()
    for each in counts:
        everywhere.update(each)
    average = everywhere.total() / max(1, len(groups))

    def weight(word: str, group: Counter[str]) -> float:
        return group[word] / group.total() * float(np.log1p(average / everywhere[word]))

    return tuple(
        tuple(sorted((w for w in group if texts[w] > 1), key=lambda w: (-weight(w, group), w))[:count])
        for group, texts in zip(counts, shared, strict=True)
    )


def _familiar(space: EmbeddingSpace, rows: np.ndarray) -> list[str]:
    """Labels that name a cluster whose members, the nearest to its centre first, share no word.

    The most frequent of the quarter that is nearest, where frequencies are known: the very nearest are often rare words
    that a reader does not know, for rare words lie in the middle of what is like them.
    """
    counts = space.columns.get("count")
    near = rows[: max(WORDS, len(rows) // 4)] if counts is not None else rows[:WORDS]
    if counts is not None:
        near = near[np.argsort(-np.asarray(counts)[near], kind="stable")]
    return [space.labels[i] for i in near[:WORDS].tolist()]


def _different(names: Sequence[str]) -> tuple[str, ...]:
    """The names, numbered where one comes again: "law (2)"."""
    times: Counter[str] = Counter()
    different = []
    for name in names:
        times[name] += 1
        different.append(name if times[name] == 1 else f"{name} ({times[name]})")
    return tuple(different)
