"""Scripts that do not part words by spaces, told by the text itself."""

import warnings

import regex

from embedkit.corpora.corpus import Corpus
from embedkit.errors import EmbedkitWarning

ADVICE = "use --level char or bpe (seq2seq: --source-level, --target-level), or segment it first"

_SHARE = 0.3
"""Of a text's letters, from which on it is said to be written in a script."""

# Letters of a run without spaces, from which on it is more than a word: words of Chinese and Japanese have some two,
# of the others some four.
_LONGEST_WORD = {
    "Chinese or Japanese": (r"\p{Han}\p{Hiragana}\p{Katakana}", 3.5),
    "Thai": (r"\p{Thai}", 7.0),
    "Lao": (r"\p{Lao}", 7.0),
    "Khmer": (r"\p{Khmer}", 7.0),
    "Burmese": (r"\p{Myanmar}", 7.0),
}
_RUNS = {name: regex.compile(rf"[{script}\p{{M}}]+") for name, (script, _) in _LONGEST_WORD.items()}
_UNSPACED = regex.compile(rf"[{''.join(script for script, _ in _LONGEST_WORD.values())}]")
_LETTER = regex.compile(r"\p{L}")


def unspaced_script(sample: str) -> str | None:
    """The script of a text whose words stand without spaces between them; None where they are parted.

    It is one where three letters in ten are of such a script, in runs that are longer on average than words of it: a
    text that was segmented is parted by spaces, or by spaces of no width.
    """
    if sample.isascii():
        return None
    letters = len(_LETTER.findall(sample))
    for name, (_, longest) in _LONGEST_WORD.items():
        runs = [size for run in _RUNS[name].findall(sample) if (size := len(_LETTER.findall(run)))]
        if sum(runs) > _SHARE * letters and sum(runs) > longest * len(runs):
            return name
    return None


def has_unspaced_letters(text: str) -> bool:
    """Whether a text has letters of a script that does not part words by spaces."""
    return _UNSPACED.search(text) is not None


def note_unspaced(corpus: Corpus) -> None:
    """Warn that the words of a corpus cannot be told, where that is so."""
    if corpus.unspaced:
        warnings.warn(unspaced_note(corpus), EmbedkitWarning, stacklevel=3)


def unspaced_note(corpus: Corpus) -> str:
    """What is said of a corpus whose words cannot be told."""
    return f"{corpus.source}: {corpus.unspaced}, not parted by spaces, so a word is a whole clause; {ADVICE}"
