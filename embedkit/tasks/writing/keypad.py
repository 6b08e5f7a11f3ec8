"""The letters of a telephone keypad (ITU-T E.161, 2001), and the words that a sequence of its digits can mean.

A word is typed as its letters, one key each, whatever their case: "The" and "the" are 843. Accents are left out
("café" is 2233), and so are apostrophes and hyphens between letters ("don't" is 3668, "well-known" 935556696): they
have no key. A word with anything else in it, such as a digit or a letter of another script, cannot be typed.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from embedkit.errors import UsageError

KEYS: Mapping[str, str] = {
    "2": "abc",
    "3": "def",
    "4": "ghi",
    "5": "jkl",
    "6": "mno",
    "7": "pqrs",
    "8": "tuv",
    "9": "wxyz",
}
SPACE = "0"
JOINERS = "'’-‐"
"""Apostrophes and hyphens, which a word may have between its letters."""

_KEY_OF = {letter: key for key, letters in KEYS.items() for letter in letters}
_PRESSES = {letter: place for letters in KEYS.values() for place, letter in enumerate(letters, 1)}


def letters_of(word: str) -> str | None:
    """The letters a to z that are typed for a word; None where it cannot be typed.

    >>> letters_of("Don't"), letters_of("café"), letters_of("B2B")
    ('dont', 'cafe', None)
    """
    if not word or not (word[0].isalpha() and word[-1].isalpha()):
        return None
    plain = unicodedata.normalize("NFKD", word.casefold())
    letters = "".join(c for c in plain if not unicodedata.combining(c) and c not in JOINERS)
    return letters if letters and all(letter in _KEY_OF for letter in letters) else None


def digits_of(word: str) -> str | None:
    """The keys of a word, a digit a letter; None where it cannot be typed.

    >>> digits_of("Don't"), digits_of("rings")
    ('3668', '74647')
    """
    letters = letters_of(word)
    return None if letters is None else "".join(_KEY_OF[letter] for letter in letters)


def multitap_presses(word: str) -> int | None:
    """Presses without a dictionary: a letter is as many as its place on its key, and one more where the letter before
    is on the same key, to tell the two apart (MacKenzie 2002). None where the word cannot be typed.

    >>> multitap_presses("on")  # 666, a pause, 66
    6
    """
    letters = letters_of(word)
    if letters is None:
        return None
    waits = sum(_KEY_OF[one] == _KEY_OF[other] for one, other in pairwise(letters))
    return sum(_PRESSES[letter] for letter in letters) + waits


def digit_groups(arguments: Sequence[str]) -> tuple[str, ...]:
    """The digits of each word, from what a person typed: words stand apart, or a 0 between them is the space.

    >>> digit_groups(["843", "7464"]) == digit_groups(["84307464"]) == ("843", "7464")
    True

    Raises:
        UsageError: there is nothing, an argument is empty, or there is something that is no key with letters.
    """
    groups: list[str] = []
    for argument in arguments:
        if not argument.strip():
            raise UsageError("an argument is empty; give the digits of each word, such as `embedkit t9 843 7464`")
        for character in argument:
            if character == "1":
                raise UsageError(f"{argument!r}: the key 1 has no letters; a word is typed with the keys 2 to 9")
            if character not in KEYS and character not in (SPACE, " "):
                raise UsageError(f"{argument!r}: {character!r} is no key; a word is typed with 2 to 9, 0 is the space")
        groups += argument.replace(SPACE, " ").split()
    if not groups:
        raise UsageError("give the digits of each word, such as `embedkit t9 843 7464`")
    return tuple(groups)


@dataclass(frozen=True)
class Candidate:
    """A word that some digits can mean, whatever its case.

    Attributes:
        forms: its spellings, the most frequent first: ("the", "The", "THE").
        count: how often all of them stand in the training text.
    """

    forms: tuple[str, ...]
    count: int

    @property
    def word(self) -> str:
        """The most frequent spelling."""
        return self.forms[0]


@dataclass(frozen=True)
class KeyedWord:
    """A word of a held-out text, and its ranks among the words of its digits, by frequency and in context.

    Attributes:
        passage: the number of the passage that it stands in; words of one passage depend on each other.
        context: the end of what stands before it.
        digits: its keys.
        fitting: how many words have these digits.
        by_frequency, in_context: its place from 1 by how often words stand in the training text, and by a language
            model in its context; None where it is out of vocabulary, so that neither ranking has it.
        first_by_frequency, first_in_context: the first words of the two rankings.
    """

    passage: int
    context: str
    word: str
    digits: str
    fitting: int
    by_frequency: int | None = None
    in_context: int | None = None
    first_by_frequency: tuple[str, ...] = ()
    first_in_context: tuple[str, ...] = ()


@dataclass(frozen=True)
class Passage:
    """A stretch of a line of held-out text, and the (start, end) of each of its words and marks, in characters."""

    text: str
    spans: tuple[tuple[int, int], ...]


class KeypadWords:
    """The words that can be typed, by their digits.

    Args:
        counts: words and how often each stands in the training text. Those that cannot be typed are left out.
    """

    def __init__(self, counts: Mapping[str, int]) -> None:
        spellings: dict[str, list[str]] = defaultdict(list)
        for word in counts:
            if digits_of(word) is not None:
                spellings[folded(word)].append(word)
        self._by_word: dict[str, Candidate] = {}
        by_digits: dict[str, list[Candidate]] = defaultdict(list)
        for key, forms in spellings.items():
            ordered = tuple(sorted(forms, key=lambda form: (-counts[form], form)))
            candidate = Candidate(ordered, sum(counts[form] for form in forms))
            self._by_word[key] = candidate
            by_digits[digits_of(ordered[0]) or ""].append(candidate)
        self._by_digits = {
            digits: tuple(sorted(candidates, key=lambda each: (-each.count, each.word)))
            for digits, candidates in by_digits.items()
        }

    def __len__(self) -> int:
        """The number of words; those that differ in case alone are one."""
        return len(self._by_word)

    def fitting(self, digits: str) -> tuple[Candidate, ...]:
        """The words of these digits, the most frequent first; ties in alphabetical order."""
        return self._by_digits.get(digits, ())

    def find(self, word: str) -> Candidate | None:
        """The candidate that a word is a spelling of, in any case; None where it is out of vocabulary."""
        return self._by_word.get(folded(word))


def folded(word: str) -> str:
    """A word without its case, and with a typewriter's apostrophe and hyphen: equal for words that a keypad cannot
    distinguish."""
    return word.casefold().replace("’", "'").replace("‐", "-")
