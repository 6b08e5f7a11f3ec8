"""Aligned texts: what may be typed for them, how they are split, and what is said when a line does not fit."""

import gzip
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from embedkit.corpora import ParallelCorpus, load_card, open_corpus, open_pairs
from embedkit.corpora.card import Card
from embedkit.corpora.parallel import held_out_split
from embedkit.corpora.prepare import card_folder
from embedkit.errors import CorpusError, UsageError

NUMBERS = [(f"number {i}", f"nombre {i}") for i in range(200)]


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def tabbed(pairs: list[tuple[str, str]]) -> str:
    return "".join(f"{source}\t{target}\n" for source, target in pairs)


def everything(corpus: ParallelCorpus) -> list[tuple[str, str]]:
    return [pair for split in corpus.splits for pair in corpus.pairs(split)]


def folder_of(path: Path, **lines: str) -> Path:
    """A folder with files such as train.de, written train_de="ein Hund/eine Katze"."""
    for name, text in lines.items():
        write(path / name.replace("_", "."), text.replace("/", "\n") + "\n")
    return path


def test_a_file_with_tabs_is_pairs_and_further_columns_are_not_read(tmp_path: Path) -> None:
    path = write(tmp_path / "fra.tsv", "".join(f" {s} \t{t}\tCC-BY {i}\n" for i, (s, t) in enumerate(NUMBERS)))
    corpus = open_pairs(str(path), source_language="en", target_language="fr")
    assert (corpus.name, corpus.source_language, corpus.target_language) == ("fra", "en", "fr")
    assert sorted(everything(corpus)) == sorted(NUMBERS)
    assert list(corpus.pairs("train")) == list(corpus.pairs("train"))
    assert list(corpus.target.lines("valid")) == [target for _, target in corpus.pairs("valid")]


def test_a_compressed_file_gives_the_same_pairs_and_checksum(tmp_path: Path) -> None:
    plain = write(tmp_path / "a.tsv", tabbed(NUMBERS))
    packed = tmp_path / "a.tsv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert open_pairs(packed).checksum == open_pairs(plain).checksum
    assert open_pairs(packed).name == "a"
    plain.write_text(tabbed([*NUMBERS[:-1], ("number 199", "another")]), encoding="utf-8")
    assert open_pairs(packed).checksum != open_pairs(plain).checksum


def test_a_source_with_many_translations_is_in_one_split_alone(tmp_path: Path) -> None:
    pairs = [(source, f"{target} {i}") for source, target in NUMBERS for i in range(5)]
    corpus = open_pairs(write(tmp_path / "a.tsv", tabbed(pairs)))
    held = {split: set(corpus.source.lines(split)) for split in corpus.splits}
    assert sorted(everything(corpus)) == sorted(pairs)
    assert held["train"].isdisjoint(held["valid"] | held["test"])
    assert held["valid"].isdisjoint(held["test"])
    assert all(count == 5 for split in corpus.splits for count in Counter(corpus.source.lines(split)).values())


def test_a_hash_gives_the_shares_whatever_the_order() -> None:
    counts = Counter(held_out_split(f"sentence {i}") for i in range(20_000))
    # 5 % of 20,000 is 1,000, with a standard deviation of 31.
    assert abs(counts["valid"] - 1_000) < 125
    assert abs(counts["test"] - 1_000) < 125
    # printf '1 sentence 6' | sha256sum begins with ee67: 0xee67 / 0x10000 = 0.931. Of 0 it is 6357, of 20 f60f.
    assert [held_out_split(f"sentence {i}") for i in (0, 6, 20)] == ["train", "valid", "test"]
    assert {held_out_split("Go.", seed=seed) for seed in range(100)} == {"train", "valid", "test"}


def test_pairs_of_which_a_side_is_empty_are_left_out_and_counted(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tsv", tabbed(NUMBERS) + "alone\t \n\tseul\n\n")
    corpus = open_pairs(path)
    assert corpus.left_out == 3
    assert sorted(everything(corpus)) == sorted(NUMBERS)


def test_counts_are_of_each_side(tmp_path: Path) -> None:
    folder = folder_of(
        tmp_path / "d", train_de="ein Hund/eine Katze", train_en="a dog/a cat", val_de="ja", val_en="yes"
    )
    corpus = open_pairs(folder)
    assert corpus.source.counts == {
        "train_lines": 2,
        "train_tokens": 6,  # four words and two ends of line
        "train_characters": 20,
        "valid_lines": 1,
        "valid_tokens": 2,
        "valid_characters": 3,
    }
    assert corpus.target.counts["train_characters"] == 12


def test_a_folder_of_two_languages_goes_by_the_alphabet_unless_said(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "mine", train_en="a dog", train_de="ein Hund", val_en="yes", val_de="ja")
    corpus = open_pairs(folder)
    assert (corpus.name, corpus.splits) == ("mine", ("train", "valid"))
    assert (corpus.source_language, corpus.target_language) == ("de", "en")
    assert list(corpus.pairs("train")) == [("ein Hund", "a dog")]
    assert list(open_pairs(folder, source_language="en").pairs("valid")) == [("yes", "ja")]


def test_a_folder_of_three_languages_asks_which(tmp_path: Path) -> None:
    files = {f"{split}_{language}": language for split in ("train", "val") for language in ("fr", "de", "en")}
    folder = folder_of(tmp_path / "m", **files)
    for chosen in ({}, {"source_language": "de"}):
        with pytest.raises(UsageError, match=r"de, en, fr; .*--source-language de --target-language en"):
            open_pairs(folder, **chosen)
    assert list(open_pairs(folder, source_language="fr", target_language="de").pairs("train")) == [("fr", "de")]
    with pytest.raises(UsageError, match=r"unknown language 'it'; there are: de, en, fr"):
        open_pairs(folder, source_language="it", target_language="en")


def test_the_same_language_twice_is_one_text_for_both_sides(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "m", train_en="a dog", train_de="ein Hund", val_en="yes", val_de="ja")
    mirrored = open_pairs(folder, source_language="en", target_language="en")
    assert mirrored.mirrored
    assert mirrored.source is mirrored.target
    assert list(mirrored.pairs("train")) == [("a dog", "a dog")]
    assert not open_pairs(folder).mirrored


def test_a_split_of_one_language_alone_is_named(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "m", train_en="a", train_de="b", val_en="a", val_de="b", test_de="b")
    with pytest.raises(UsageError, match=r"there is test\.de, but no such file beside train\.en"):
        open_pairs(folder)
    folder_of(folder, test_en="a", dev_en="c")
    with pytest.raises(UsageError, match=r"dev\.en or val\.en as its valid split"):
        open_pairs(folder)


def test_a_folder_with_one_file_of_pairs_is_that_file_and_notes_are_ignored(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "t", _about_txt="a\tnote", README_txt="no pairs")
    write(folder / "fra.txt", tabbed(NUMBERS))
    assert open_pairs(folder).name == "fra"
    write(folder / "ita.txt", tabbed(NUMBERS))
    with pytest.raises(UsageError, match=r"fra\.txt, ita\.txt\? Name one"):
        open_pairs(folder)


def test_a_folder_of_split_files_keeps_its_splits(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "t", train_tsv="a\tb/c\td", valid_tsv="e\tf", test_txt="g\th")
    corpus = open_pairs(folder)
    assert {split: list(corpus.pairs(split)) for split in corpus.splits} == {
        "train": [("a", "b"), ("c", "d")],
        "valid": [("e", "f")],
        "test": [("g", "h")],
    }
    folder_of(folder, valid_tsv="no pair")
    with pytest.raises(CorpusError, match=r"valid\.tsv:1: no tab"):
        open_pairs(folder)


def test_without_a_valid_split_some_of_train_is_held_out(tmp_path: Path) -> None:
    write(tmp_path / "t" / "train.tsv", tabbed(NUMBERS))
    write(tmp_path / "t" / "test.tsv", "only\tseul\n")
    corpus = open_pairs(tmp_path / "t")
    assert list(corpus.pairs("test")) == [("only", "seul")]
    train, valid = list(corpus.pairs("train")), list(corpus.pairs("valid"))
    assert sorted(train + valid) == sorted(NUMBERS)
    assert 1 <= len(valid) <= 25


def test_two_aligned_files_are_pairs(tmp_path: Path) -> None:
    source = write(tmp_path / "book.de", "".join(f"{s}\n" for s, _ in NUMBERS))
    target = write(tmp_path / "book.en.txt", "".join(f"{t}\n" for _, t in NUMBERS))
    corpus = open_pairs(str(source), target=str(target))
    assert (corpus.name, corpus.source_language, corpus.target_language) == ("book", "de", "")
    assert (corpus.source.source, corpus.target.source) == (str(source), str(target))
    assert sorted(everything(corpus)) == sorted(NUMBERS)
    assert open_pairs(source, target=target, target_language="en").target_language == "en"


def test_a_tab_in_an_aligned_text_becomes_a_space(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "m", train_de="ein\tHund", train_en="a dog", val_de="ja", val_en="yes")
    assert list(open_pairs(folder).pairs("train")) == [("ein Hund", "a dog")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a\tb\nno tab here\n", r"a\.tsv:2: no tab between two texts: 'no tab here'; a line is a source, a tab"),
        ("", r"a\.tsv: there is no pair in it with text on both sides"),
        ("a\t\nb\t \n", r"a\.tsv: there is no pair in it with text on both sides"),
        ("a\tb\n", r"a\.tsv: its (train|valid) split is left without a pair; give more pairs"),
    ],
    ids=["no tab", "empty", "empty side", "too small"],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(CorpusError, match=said):
        open_pairs(write(tmp_path / "a.tsv", text))


def test_files_of_different_length_are_an_error(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "m", train_de="eins/zwei", train_en="one", val_de="ja", val_en="yes")
    with pytest.raises(CorpusError, match=r"train\.en: ends before line 2 .*train\.de; give both as many lines"):
        open_pairs(folder)


def test_a_wrong_call_names_what_is_near(tmp_path: Path) -> None:
    write(tmp_path / "german.tsv", tabbed(NUMBERS))
    with pytest.raises(UsageError, match=r"unknown corpus 'tatoeba'; did you mean tatoeba-eng-fra"):
        open_pairs("tatoeba")
    with pytest.raises(UsageError, match=r"unknown file 'germn\.tsv'; did you mean german\.tsv"):
        open_pairs(tmp_path / "germn.tsv")
    with pytest.raises(UsageError, match="not of pairs; take multi30k or tatoeba-eng-fra"):
        open_pairs("wikitext-2")
    with pytest.raises(UsageError, match="is a folder; with a target"):
        open_pairs(tmp_path, target=tmp_path / "german.tsv")
    with pytest.raises(UsageError, match="there are no pairs in it"):
        open_pairs(folder_of(tmp_path / "text", train_txt="one", valid_txt="two"))


def three_languages(monkeypatch: pytest.MonkeyPatch) -> Card:
    """A card of three languages whose files are at hand."""
    files = {
        f"{split}.{language}": f"{split}.{language}" for split in ("train", "valid") for language in ("en", "fr", "de")
    }
    real = load_card("multi30k")
    card = replace(
        real,
        downloads=tuple(replace(real.downloads[0], file=file, checksum=None) for file in files),
        members=files,
        counts={},
    )
    for file in files:
        write(card_folder(card) / file, f"{file} one\n{file} two\n")
    monkeypatch.setattr("embedkit.corpora.opening_pairs.load_card", lambda name: card)
    return card


def test_a_card_goes_from_its_first_language_to_its_second_unless_said(monkeypatch: pytest.MonkeyPatch) -> None:
    card = three_languages(monkeypatch)
    corpus = open_pairs("multi30k")
    assert (corpus.source_language, corpus.target_language) == ("en", "fr")
    assert (corpus.name, corpus.licence, corpus.citation) == ("multi30k", card.licence, card.citation)
    assert list(corpus.pairs("valid")) == [("valid.en one", "valid.fr one"), ("valid.en two", "valid.fr two")]
    swapped = open_pairs("multi30k", source_language="de", target_language="en")
    assert next(swapped.pairs("train")) == ("train.de one", "train.en one")
    assert next(open_pairs("multi30k", source_language="fr").pairs("train")) == ("train.fr one", "train.en one")


def test_the_splits_of_both_sides_must_be_the_same(tmp_path: Path) -> None:
    source = open_corpus(folder_of(tmp_path / "a", train_txt="a", valid_txt="b"))
    target = open_corpus(folder_of(tmp_path / "b", train_txt="a", valid_txt="b", test_txt="c"))
    with pytest.raises(CorpusError, match="split into train, valid but the target into train, valid, test"):
        ParallelCorpus("mine", source, target)
    with pytest.raises(CorpusError, match="there is no valid split"):
        ParallelCorpus("mine", *(replace(source, splits={"train": source.splits["train"]}) for _ in range(2)))


def test_tatoeba_is_split_by_sentence(shared_corpora: Path) -> None:
    corpus = open_pairs(shared_corpora / "tatoeba-eng-fra")
    lines = {split: corpus.source.counts[f"{split}_lines"] for split in corpus.splits}
    assert sum(lines.values()) == 142_787
    assert 0.89 < lines["train"] / 142_787 < 0.91
    # It is sorted by length: contiguous blocks would hold out nothing but the longest.
    short = sum(len(line) < 20 for line in corpus.source.lines("valid"))
    assert 0.1 < short / lines["valid"] < 0.9


def test_multi30k_goes_from_german_to_english(shared_corpora: Path) -> None:
    corpus = open_pairs(shared_corpora / "multi30k", source_language="de", target_language="en")
    assert corpus.target.counts["train_lines"] == 29_000
    assert next(corpus.pairs("valid"))[1] == "A group of men are loading cotton onto a truck"
