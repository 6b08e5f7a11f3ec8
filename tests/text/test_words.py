"""Words of many scripts, stated by hand; both tokenisers and word2vec agree."""

import json
import random
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Regex, Tokenizer
from tokenizers.pre_tokenizers import Split

from embedkit.errors import VocabularyError
from embedkit.tasks.word2vec.data import words_of
from embedkit.text.vocabulary import EOS, UNK, Vocabulary
from embedkit.text.words import WORD, WORD_WITHOUT_MARKS, is_word, mostly_lowercase, split_words, word_spans
from tests.text.memory_corpus import corpus_of

SENTENCES = {
    # Each line is words and marks between spaces, as they have to come out of the same line.
    "hindi": ("हिन्दी मुक्त ज्ञानकोश है।", "हिन्दी मुक्त ज्ञानकोश है ।"),
    "hindi with nukta and ZWJ": ("ख़ुशी क्\u200dष बड़ा", "ख़ुशी क्\u200dष बड़ा"),
    "tamil": ("தமிழ் மொழி.", "தமிழ் மொழி ."),
    "thai": ("ภาษาไทยง่าย", "ภาษาไทยง่าย"),
    "thai with spaces of no width": ("ภาษา\u200bไทย\u200bง่าย", "ภาษา ไทย ง่าย"),
    "hebrew with points": ("שָׁלוֹם, עוֹלָם!", "שָׁלוֹם , עוֹלָם !"),
    "hebrew with an acronym and direction marks": ("\u200fצה״ל (ז׳ורנל)\u200e", "צה״ל ( ז׳ורנל )"),
    "arabic with vowels": ("العَرَبِيَّةُ لُغَةٌ", "العَرَبِيَّةُ لُغَةٌ"),
    "persian with ZWNJ": ("می\u200cخواهم بروم", "می\u200cخواهم بروم"),
    "french, decomposed": ("cafe\u0301 nai\u0308ve, l'e\u0301te\u0301", "cafe\u0301 nai\u0308ve , l'e\u0301te\u0301"),
    "vietnamese, decomposed": ("Tie\u0302\u0301ng Vie\u0323\u0302t.", "Tie\u0302\u0301ng Vie\u0323\u0302t ."),
    "korean, decomposed": (unicodedata.normalize("NFD", "한국어 말"), unicodedata.normalize("NFD", "한국어 말")),
    "turkish": ("İstanbul'da IŞIK", "İstanbul'da IŞIK"),
    "chinese": ("我们都是中国人，北京很大。", "我们都是中国人 ， 北京很大 。"),
    "bengali": ("বাংলা ভাষা র\u200d্যাব", "বাংলা ভাষা র\u200d্যাব"),
    "telugu": ("తెలుగు భాష", "తెలుగు భాష"),
    "malayalam with ZWJ at the end": ("അവന്\u200d വന്നു", "അവന്\u200d വന്നു"),
    "myanmar": ("မြန်မာ ဘာသာ", "မြန်မာ ဘာသာ"),
    "khmer": ("ភាសា\u200bខ្មែរ", "ភាសា ខ្មែរ"),
    "tibetan": ("བོད་སྐད།", "བོད ་ སྐད །"),
    "soft hyphens": ("long\u00adterm end\u00ad ok", "long\u00adterm end ok"),
    "signs with a variant or joined": ("❤\ufe0f👩\u200d👧!", "❤\ufe0f 👩\u200d👧 !"),
    "english": ("Don't pay 1,234.50 for well-known (old) maps.", "Don't pay 1,234.50 for well-known ( old ) maps ."),
}
MARKS = set("।.,!()，。།་❤\ufe0f👩\u200d👧")


@pytest.mark.parametrize("name", SENTENCES)
def test_words_of_a_script_are_whole(name: str) -> None:
    line, words = SENTENCES[name]
    assert split_words(line, pretokenized=False, lowercase=False) == words.split()
    assert [line[a:b] for a, b in word_spans(line, pretokenized=False)] == words.split()
    assert split_words(words, pretokenized=True, lowercase=False) == words.split()


@pytest.mark.parametrize("name", SENTENCES)
def test_a_tokenizer_that_is_saved_splits_as_we_do(name: str) -> None:
    line, words = SENTENCES[name]
    for lowercase in (False, True):
        made = Vocabulary.build(corpus_of([line]), level="word", lowercase=lowercase)
        tokens = (words.lower() if lowercase else words).split()
        assert made.tokenizer.encode(line).tokens == made.split(line) == tokens
        assert made.tokenizer.encode(line).ids == made.encode(line)
        assert UNK not in tokens


@pytest.mark.parametrize("name", sorted(SENTENCES.keys() - {"english"}))
def test_word2vec_takes_the_same_words(name: str) -> None:
    line, words = SENTENCES[name]
    lettered = [word for word in words.lower().split() if not MARKS.issuperset(word)]
    # As in English an apostrophe parts two words of word2vec.
    lettered = [
        part for word in lettered for part in word.replace("'", " ").replace("״", " ").replace("׳", " ").split()
    ]
    assert words_of(line, pretokenized=False) == lettered
    assert words_of(words, pretokenized=True) == [w for w in words.lower().split() if not MARKS.issuperset(w)]


def test_a_letter_that_gets_a_mark_by_lower_casing_stays_in_its_word() -> None:
    assert split_words("İstanbul IŞIK", pretokenized=False, lowercase=True) == ["i\u0307stanbul", "işik"]
    assert words_of("İstanbul IŞIK", pretokenized=False) == ["i\u0307stanbul", "işik"]


def test_the_last_sigma_of_a_greek_word_is_the_same_letter_in_both_tokenisers() -> None:
    made = Vocabulary.build(corpus_of(["ΟΔΟΣ ΣΑΣ Σ."]), level="word")
    assert made.split("ΟΔΟΣ ΣΑΣ Σ.") == made.tokenizer.encode("ΟΔΟΣ ΣΑΣ Σ.").tokens == ["οδος", "σας", "σ", "."]


def test_any_text_is_split_alike_by_both_libraries() -> None:
    generator = random.Random(0)
    often = list("  ab1,.'’-_״\u200c\u200d\u00ad\u200b\u200e\u0301\ufe0f❤👩\x1c\x85\u00a0ह\u093fा")
    # Up to here characters are those of Unicode 10, which every library in use knows.
    assigned = [chr(c) for c in range(0x20, 0x3000) if unicodedata.ucd_3_2_0.category(chr(c)) not in ("Cn", "Cs", "Co")]
    splitter = Split(Regex(WORD), behavior="removed", invert=True)
    for _ in range(3_000):
        line = "".join(generator.choice(generator.choice((often, assigned))) for _ in range(16))
        words = split_words(line, pretokenized=False, lowercase=False)
        assert words == [word for word, _ in splitter.pre_tokenize_str(line)], ascii(line)


def test_a_run_that_was_trained_by_the_earlier_rule_goes_on_by_it(tmp_path: Path) -> None:
    counts = np.array([0, 1, 2, 3, 1])
    made = Vocabulary("word", (UNK, EOS, "ह", "\u093f", "क"), counts, lowercase=True, rule=WORD_WITHOUT_MARKS)
    path = tmp_path / "tokenizer.json"
    made.save(path)
    stored = json.loads(path.read_text())
    # As the kit wrote it before.
    assert stored["pre_tokenizer"]["pattern"] == {"Regex": r"\d+(?:[.,]\d+)+|[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*|\S"}
    path.write_text(json.dumps({**stored, "normalizer": {"type": "Lowercase"}}))
    opened = Vocabulary.load(path)
    assert opened.encode("हि कि") == [2, 3, 4, 3] == Tokenizer.from_file(str(path)).encode("हि कि").ids
    assert opened.lowercase
    assert opened.split("हि") == ["ह", "\u093f"]


def test_a_rule_that_nobody_knows_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    Vocabulary.build(corpus_of(["a"]), level="word").save(path)
    stored = json.loads(path.read_text())
    stored["pre_tokenizer"]["pattern"]["Regex"] = "."
    path.write_text(json.dumps(stored))
    with pytest.raises(VocabularyError, match="split by a rule that this version does not know"):
        Vocabulary.load(path)


def test_a_token_with_marks_is_a_word_and_punctuation_is_none() -> None:
    assert all(map(is_word, ["हिन्दी", "cafe\u0301", "می\u200cخواهم", "צה״ל", "'s", "U.S.", "well-known"]))
    assert not any(map(is_word, ["।", "!", "\u0301", "❤\ufe0f", "--"]))


def test_words_are_lower_case_where_fewer_than_one_in_a_hundred_holds_a_capital() -> None:
    lower = ["word"] * 99
    assert mostly_lowercase([*lower, "and"])
    assert not mostly_lowercase([*lower, "And"])
    assert mostly_lowercase([*lower, "word", "aNd"])
    assert not mostly_lowercase(["A"])
    assert not mostly_lowercase([])
