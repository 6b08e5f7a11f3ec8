"""Vocabularies: order and counts by hand, round trips, and the tokenizers library as the reader of what is saved."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer

from embedkit.config.architecture import Level
from embedkit.errors import EmbedkitWarning, UsageError, VocabularyError
from embedkit.text.vocabulary import EOS, UNK, Vocabulary, print_words
from embedkit.text.words import split_words
from tests.text.memory_corpus import corpus_of

LINES = ["b a b", "", "c a b", "The naïve 日本 don't pay 1,234.50 \t\u00a0</script>", "ǅ İ ß 🙂 e\u0301 \u200b the"]
LEVELS: tuple[Level, ...] = ("word", "char", "bpe")


def counts_of(vocabulary: Vocabulary) -> dict[str, int]:
    return dict(zip(vocabulary.tokens, vocabulary.counts.tolist(), strict=True))


def test_words_stand_by_falling_count_with_ties_by_token() -> None:
    made = Vocabulary.build(corpus_of(["b a b", "c a b"]), level="word")
    assert made.tokens == (UNK, EOS, "b", "a", "c")
    assert made.counts.tolist() == [0, 2, 3, 2, 1]
    tied = Vocabulary.build(corpus_of(["z y x z y x é a"]), level="word")
    assert tied.tokens == (UNK, EOS, "x", "y", "z", "a", "é")
    assert (made.unk, made.eos, made.line_end, made.index_of("d")) == (0, 1, 1, None)


def test_characters_count_line_ends() -> None:
    made = Vocabulary.build(corpus_of(["aab", "a"]), level="char")
    assert counts_of(made) == {UNK: 0, "a": 3, "\n": 2, "b": 1}
    assert made.tokens == (UNK, "a", "\n", "b")
    assert (made.unk, made.eos, made.line_end) == (0, None, 2)


def test_bytes_are_merged_where_they_stand_together_most() -> None:
    made = Vocabulary.build(corpus_of(["aaab aaab aaab"] * 3), level="bpe", size=259)
    assert len(made) == 259
    # Of the pairs "aa" stands 18 times, "ab" 9; then "aa"+"ab" is the commonest of what is left.
    assert made.merges[:2] == (("a", "a"), ("a", "b"))
    assert made.tokens[0] == "aaab"
    assert made.unk is None
    assert made.decode(made.encode("日本 aaab\n")) == "日本 aaab\n"


def test_size_counts_the_specials_and_what_is_left_out_counts_as_unknown() -> None:
    made = Vocabulary.build(corpus_of(["b a b", "c a b"]), level="word", size=4)
    assert counts_of(made) == {UNK: 1, EOS: 2, "b": 3, "a": 2}
    assert made.encode("a c b") == [3, 0, 2]


def test_rare_tokens_are_left_out() -> None:
    made = Vocabulary.build(corpus_of(["b a b", "c a b"]), level="word", min_count=3)
    assert counts_of(made) == {UNK: 3, EOS: 2, "b": 3}
    assert Vocabulary.build(corpus_of(["aab"]), level="char", min_count=2).tokens == (UNK, "a")


def test_case_is_kept_where_the_corpus_is_tokenized() -> None:
    text = ["The the <unk> , @-@ Don't"]
    kept = Vocabulary.build(corpus_of(text, pretokenized=True), level="word")
    assert set(kept.tokens) == {UNK, EOS, "The", "the", ",", "@-@", "Don't"}
    assert counts_of(kept)[UNK] == 1  # the corpus's own unknown word is the vocabulary's
    lower = Vocabulary.build(corpus_of(text, pretokenized=True), level="word", lowercase=True)
    assert counts_of(lower)["the"] == 2
    assert "The" not in Vocabulary.build(corpus_of(text), level="word").tokens


def test_words_and_marks_are_told_apart() -> None:
    found = split_words("It's 3.5% of state-of-the-art, e.g. “naïve” 日本!", pretokenized=False, lowercase=False)
    assert " ".join(found) == "It's 3.5 % of state-of-the-art , e . g . “ naïve ” 日本 !"


@pytest.mark.parametrize("level", ["char", "bpe"])
def test_characters_and_bytes_come_back_exactly(level: Level) -> None:
    made = Vocabulary.build(corpus_of(LINES), level=level, size=280 if level == "bpe" else None)
    for text in ("\n".join(LINES) + "\n", "", "\n\n", " a  b "):
        assert made.decode(made.encode(text)) == text


def test_words_come_back_as_print_has_them() -> None:
    made = Vocabulary.build(corpus_of(["he said ( well ) : don't , you 're 10 % off ."]), level="word")
    assert made.decode(made.encode("don't , he said ( well ) :\nyou .")) == "don't, he said (well):\nyou."


def test_more_words_never_change_what_was_printed() -> None:
    text = "the so @-@ called ( $ 5 @,@ 000 @.@ 5 ) deal 's n't ! <eos> <eos> [ x ] don ' t"
    words = text.split()
    printed = [print_words(words[:n]) for n in range(len(words) + 1)]
    assert printed[-1] == "the so-called ($5,000.5) deal'sn't!\n\n[x] don ' t"
    for before, after in pairwise(printed):
        assert after.startswith(before)


@pytest.mark.parametrize("level", LEVELS)
def test_lines_encode_as_the_whole_text_does(level: Level, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Vocabulary.build(corpus_of(LINES), level=level)
    whole = [*made.encode("\n".join(LINES)), made.line_end]
    assert [i for ids in made.encode_lines(LINES) for i in ids.tolist()] == whole
    monkeypatch.setattr("embedkit.text.blocks.CHARACTERS", 5)
    chunks = list(made.encode_lines(LINES))
    assert len(chunks) > 2
    assert [i for ids in chunks for i in ids.tolist()] == whole


def test_counts_are_those_of_the_encoded_text() -> None:
    for level in LEVELS:
        made = Vocabulary.build(corpus_of(LINES), level=level, size=270)
        ids = [i for chunk in made.encode_lines(LINES) for i in chunk.tolist()]
        assert made.counts.tolist() == [ids.count(i) for i in range(len(made))]


@pytest.mark.parametrize("pretokenized", [False, True])
@pytest.mark.parametrize("level", LEVELS)
def test_the_tokenizers_library_reads_what_is_saved(level: Level, pretokenized: bool, tmp_path: Path) -> None:
    corpus = corpus_of(LINES, pretokenized=pretokenized)
    made = Vocabulary.build(corpus, level=level, min_count=1)
    made.save(tmp_path / "tokenizer.json")
    peer = Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    for line in [*LINES, "never seen: ツ", "U.S.A.-based x_y 1.5e3", "'tis the '90s", "a\u2019b"]:
        assert peer.encode(line).ids == made.encode(line), line
    if level != "word":
        assert peer.decode(peer.encode("b a b").ids, skip_special_tokens=False) == "b a b"


@pytest.mark.parametrize("level", LEVELS)
def test_a_saved_vocabulary_comes_back(level: Level, tmp_path: Path) -> None:
    made = Vocabulary.build(corpus_of(LINES), level=level)
    made.save(tmp_path / "tokenizer.json")
    back = Vocabulary.load(tmp_path / "tokenizer.json")
    for name in ("level", "tokens", "lowercase", "pretokenized", "merges"):
        assert getattr(back, name) == getattr(made, name)
    assert (back.counts == made.counts).all()


def test_damaged_files_are_named(tmp_path: Path) -> None:
    path, counts = tmp_path / "tokenizer.json", tmp_path / "vocabulary.tsv"
    made = Vocabulary.build(corpus_of(["b a b", "c a b"]), level="word")
    made.save(path)
    saved, table = path.read_text(), counts.read_text()
    assert table == "<unk>\t0\n<eos>\t2\nb\t3\na\t2\nc\t1\n"

    def refused(message: str, tokenizer: str | bytes = saved, rows: str | bytes = table) -> None:
        for file, content in ((path, tokenizer), (counts, rows)):
            file.write_bytes(content.encode() if isinstance(content, str) else content)
        with pytest.raises(VocabularyError, match=message):
            Vocabulary.load(path)

    refused(r"vocabulary\.tsv: 4 rows for 5 tokens", rows=table[:-4])
    refused(r"vocabulary\.tsv:3: 'b\\tmany' is not the count of 'b'", rows=table.replace("b\t3", "b\tmany"))
    refused(r"vocabulary\.tsv:4: 'b\\t2' is not the count of 'a'", rows=table.replace("a\t", "b\t"))
    refused(r"vocabulary\.tsv: not UTF-8", rows=b"\xff" + table.encode())
    refused(r"tokenizer\.json: not a vocabulary of this kit", saved[:-5])
    refused(r"tokenizer\.json: not a vocabulary of this kit", b"\xff\xfe")
    refused(r"tokenizer\.json: not a vocabulary of this kit", "[]")
    refused(r"tokenizer\.json: not a vocabulary of this kit .*ids", saved.replace('"c": 4', '"c": 5'))
    parts = json.loads(saved)
    for key, value in (
        ("model", {"type": "Unigram", "vocab": [["a", 0.0]]}),
        ("pre_tokenizer", None),
        ("model", {"type": "BPE", "vocab": {"a": 0}, "merges": ["a b c"]}),
        ("model", {"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": [["a", "b"]]}),
        ("model", {**parts["model"], "vocab": {"a": 0}}),
    ):
        refused(r"tokenizer\.json: not a vocabulary of this kit", json.dumps(parts | {key: value}))
    counts.unlink()
    path.write_text(saved)
    with pytest.raises(VocabularyError, match=r"vocabulary\.tsv: no such file"):
        Vocabulary.load(path)
    with pytest.raises(VocabularyError, match=r"other\.json: no such file"):
        Vocabulary.load(tmp_path / "other.json")


def test_clear_refusals() -> None:
    with pytest.raises(UsageError, match="did you mean word"):
        Vocabulary.build(corpus_of(["a"]), level="words")  # type: ignore[arg-type]
    for level in LEVELS:
        with pytest.raises(VocabularyError, match=r"lines\.txt: the training text has no"):
            Vocabulary.build(corpus_of([]), level=level)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"level": "word", "min_count": 3}, "no word stands 3 times in the training text; lower --min-count"),
        ({"level": "word", "size": 2}, "a vocabulary of 2 has no room for a word beside <unk> and <eos>"),
        ({"level": "char", "size": 1}, "a vocabulary of 1 has no room for a character beside <unk>"),
    ],
)
def test_a_vocabulary_of_unknown_tokens_alone_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(VocabularyError, match=message):
        Vocabulary.build(corpus_of(["b a", "a c"]), **options)
    assert len(Vocabulary.build(corpus_of(["b a", "a c"]), level="word", min_count=2)) == 3


def test_byte_pairs_of_fewer_tokens_than_bytes_say_so() -> None:
    with pytest.warns(EmbedkitWarning, match="a vocabulary of 10: byte pairs begin with the 256 bytes"):
        assert len(Vocabulary.build(corpus_of(["b a", "a c"]), level="bpe", size=10)) == 256
