"""The terms of the field that pages use, each in a sentence for a reader who has never met it.

A page explains a term where it first stands in a section: by a hint under the pointer, and by a link to the page's own
glossary, which has the terms that stand in the page.
"""

import re
from collections.abc import Mapping, MutableMapping
from typing import TYPE_CHECKING

from embedkit.controls import printable
from embedkit.report.markup import fill, safe, sentence

if TYPE_CHECKING:
    from markupsafe import Markup

GLOSSARY: Mapping[str, str] = {
    "95 %": "An interval that would contain the true value in 95 of 100 repetitions of the whole measurement.",
    "accuracy": "The share of answers that are right.",
    "analogy": "A question of the form: a is to a′ as b is to what? Answered by adding and subtracting vectors.",
    "attention": "What lets a decoder look back at single words of its source, at some more than at others.",
    "balanced accuracy": "The mean of the shares right with a feature present and with it absent; 0.5 is chance.",
    "beam search": "Writing a text while keeping the few best beginnings, and not only the best one.",
    "BLEU": "How many runs of one to four words a translation shares with its references, from 0 to 100.",
    "bits per character": "How hard the next character is to predict, in yes-or-no questions.",
    "bootstrap": "Drawing again from the data, with replacement, to see how much a figure would change by chance.",
    "chrF": "How many runs of one to six characters a text shares with its reference, from 0 to 100.",
    "CKA": "How similar two spaces are in which points lie near which, however they are rotated; 1 is identical.",
    "cell": "The memory of an LSTM: what it keeps from step to step in addition to its state.",
    "confusion": "What is taken for what: a table of right answers against predicted ones.",
    "continuity": "Whether what is near in the full space stays near on the map: 1 is all, about 0.5 a shuffled map.",
    "cosine": "How much two vectors point the same way: 1 is the same direction, 0 is at right angles.",
    "covariance": "How the components of vectors vary, and vary together.",
    "coverage": "The share of the questions that could be answered at all, because all their words are known.",
    "CTC": "A way to learn which sound is which letter without knowing when each was spoken.",
    "dropout": "Leaving out random units while training, so that none is relied on alone.",
    "embedding": "A list of numbers, a vector, that a model has for a word or text; near vectors mean similar things.",
    "encoder": "The part of a network that reads a text into a vector.",
    "decoder": "The part of a network that writes a text from a vector.",
    "exact match": "An output that equals its reference to the last character.",
    "gate": "A value from 0 to 1 by which a unit lets something in, keeps it or lets it out.",
    "Gaussian": "A cloud of points without groups: the bell curve in many dimensions.",
    "GRU": "A recurrent network whose units have two gates.",
    "hidden state": "What a recurrent network remembers after a word: the values of its units.",
    "jackknife": "Leaving out one point at a time, to see how much a figure depends on each.",
    "LSTM": "A recurrent network whose units keep a memory and have three gates.",
    "nats": "How surprising something is: the natural logarithm of one over its probability; 0 is certain.",
    "neighbourhood hit": "The share of a point's nearest neighbours that have the same label.",
    "PCA": "A map along the directions in which the points vary most.",
    "perplexity": "The number of equally likely words among which a model would be just as unsure; lower is better.",
    "probe": "A test of whether something can be read off the units of a network.",
    "Procrustes": "Rotating one space onto another as well as possible, to see what moved.",
    "purity": "The share of a point's nearest neighbours that are of its own kind.",
    "R²": "The share of the differences between values that is predicted; 0 is none, 1 is all.",
    "sequence": "Words, characters or steps in order.",
    "silhouette": "Whether points are nearer to their own group than to the next: 1 is far apart, 0 is between two.",
    "surprisal": "How unexpected a word was to the model before it read it, in nats.",
    "t-SNE": "A map that keeps near points near, and says little about far ones.",
    "temperature": "How much risk a model takes when it writes: low keeps to what is likely.",
    "token": "A piece of text that a model reads at once: a word, a part of one, or a character.",
    "trustworthiness": "Whether what is near on the map is near in the full space: 1 is all, about 0.5 a shuffled map.",
    "UMAP": "A map that keeps near points near, and says little about far ones.",
    "unit": "One of the numbers that a network computes at each step.",
    "vocabulary": "All tokens that a model knows.",
    "word error rate": "Words deleted, inserted or substituted, as a share of the words spoken.",
}
"""What each term means."""

_BY_FOLDED = {term.casefold(): term for term in GLOSSARY}
_TERM = re.compile(
    r"(?<![\w-])(" + "|".join(map(re.escape, sorted(GLOSSARY, key=len, reverse=True))) + r")(s?)(?![\w-])",
    re.IGNORECASE,
)


def anchor_of(term: str) -> str:
    """Of a term in the glossary of a page, as its address names it."""
    return "term-" + re.sub(r"\W+", "-", term.casefold()).strip("-")


def explained(text: str, seen: MutableMapping[str, str], used: MutableMapping[str, str]) -> "Markup":
    """A text as HTML, with every term that is not among those `seen` explained where it first stands.

    Args:
        seen, used: terms with what they mean: of the section, and of the page; those that are met go into both.
    """
    text = printable(text)
    parts, at = [], 0
    for match in _TERM.finditer(text):
        term = _BY_FOLDED[match[1].casefold()]
        if term in seen:
            continue
        seen[term] = used[term] = GLOSSARY[term]
        link = fill("embedkit.report", "term.html", anchor=anchor_of(term), meaning=GLOSSARY[term], text=match[0])
        parts += [sentence(text[at : match.start()], whole=text), link]
        at = match.end()
    return safe("").join([*parts, sentence(text[at:], whole=text)])
