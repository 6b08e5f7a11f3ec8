"""Clusters of texts are named by their distinctive words: the answers by hand."""

import numpy as np

from embedkit.analysis.clusters.clustering import cluster
from embedkit.analysis.clusters.naming import are_texts, distinctive_words, names_of
from embedkit.spaces import EmbeddingSpace

LAW = ["The judge ruled, in Court.", "A COURT and the judge!", "the court: the appeal"]
FOOD = ["The soup is hot", "a soup, a bread", "the bread and the soup"]
SPORT = ["The goal!", "a goal in the match", "the match: a goal and the end"]


def test_case_and_punctuation_are_folded_and_own_stop_words_are_left_out() -> None:
    law, food, sport = distinctive_words([LAW, FOOD, SPORT])
    # "the" and "a" are in most groups. Of law "court" stands three times and "judge" twice; others in one text.
    assert law == ("court", "judge")
    assert food == ("soup", "bread")
    assert sport == ("goal", "match")


def test_one_group_is_set_apart_from_the_rest() -> None:
    assert distinctive_words([LAW], FOOD + SPORT) == (("court", "judge"),)
    assert distinctive_words([]) == ()


def test_a_word_of_one_large_group_is_no_stop_word_though_others_have_it_too() -> None:
    groups = [
        ["court fine"] * 6 + ["fine soup"] * 2,
        ["soup bread"] * 9 + ["court bread"],
        ["goal match"] * 9 + ["court goal"],
    ]
    assert [words[0] for words in distinctive_words(groups)] == ["fine", "bread", "goal"]
    assert "court" in distinctive_words(groups)[0]


def space(texts: list[str], noun: str) -> EmbeddingSpace:
    rng = np.random.default_rng(0)
    heaps = np.eye(8)[np.arange(len(texts)) % 3] + 0.01 * rng.normal(size=(len(texts), 8))
    return EmbeddingSpace("made", tuple(f"{text} {i}" for i, text in enumerate(texts)), heaps, {}, {"noun": noun})


def test_clusters_of_documents_are_named_so_and_those_of_words_by_their_members() -> None:
    texts = [part for trio in zip(LAW * 5, FOOD * 5, SPORT * 5, strict=True) for part in trio]
    documents = space(texts, "document")
    assert are_texts(documents)
    found = cluster(documents, min_size=5)
    assert sorted(found.names) == ["court, judge, appeal, ruled", "goal, match, end", "soup, bread, hot, is"]
    assert found.words[0] == tuple(found.names[0].split(", "))
    words = space(texts, "word")
    assert not are_texts(words)
    assert all(name.endswith(")") for name in cluster(words, min_size=5).names)  # as ever, with a member


def test_where_no_word_tells_anything_the_nearest_member_names_and_is_cut() -> None:
    same = space(
        ["one and the same text, which goes on and on and is longer than what fits into a name"] * 6, "document"
    )
    names, words = names_of(same, [np.array([0, 1]), np.array([2, 3])])
    assert words == ((), ())
    assert names == (
        "one and the same text, which goes on and on and is longer…",
        "one and the same text, which goes on and on and is longer… (2)",
    )
