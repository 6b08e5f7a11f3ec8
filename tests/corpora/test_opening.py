"""What a person may type for a corpus: a card, a file, a folder, standard input; and what is said when it is wrong."""

import io
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from embedkit.corpora import open_corpus, opening, questions_file, set_name, similarity_file
from embedkit.corpora.opening import is_pretokenized
from embedkit.errors import CorpusError, UsageError


def folder_of(path: Path, **files: str) -> Path:
    path.mkdir()
    for name, text in files.items():
        (path / name.replace("_", ".")).write_text(text, encoding="utf-8")
    return path


def test_a_file_without_splits_is_cut_into_contiguous_blocks(tmp_path: Path) -> None:
    path = tmp_path / "story.txt"
    lines = [f"line number {i:03d}" for i in range(100)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    corpus = open_corpus(path)
    assert corpus.name == "story"
    assert [len(list(corpus.lines(split))) for split in ("train", "valid", "test")] == [90, 5, 5]
    assert [line for split in corpus.splits for line in corpus.lines(split)] == lines
    assert list(corpus.lines("valid")) == list(corpus.lines("valid"))


@pytest.mark.parametrize("valid", ["valid.txt", "val.txt", "validation.txt", "dev.txt", "wiki.valid.tokens"])
def test_a_folder_has_its_own_splits(tmp_path: Path, valid: str) -> None:
    folder = folder_of(tmp_path / "mine", **{"train.txt": "a\nb\n", valid: "c\n", "README.md": "not text"})
    corpus = open_corpus(folder)
    assert {split: list(corpus.lines(split)) for split in corpus.splits} == {"train": ["a", "b"], "valid": ["c"]}


def test_a_folder_with_one_text_is_that_text(tmp_path: Path) -> None:
    assert open_corpus(folder_of(tmp_path / "mine", **{"book.txt": "a\n" * 50})).name == "book"


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "no train.txt and valid.txt"),
        ({"train.txt": "a"}, "no valid.txt"),
        ({"a.txt": "a", "b.txt": "b"}, "no train.txt and valid.txt"),
        ({"train.txt": "a", "valid.txt": "b", "dev.txt": "c"}, "as its valid split"),
    ],
)
def test_what_a_folder_lacks_is_said(tmp_path: Path, files: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        open_corpus(folder_of(tmp_path / "mine", **files))


@pytest.mark.parametrize("text", ["", "\n\n \n"])
def test_an_empty_text_is_an_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "empty.txt"
    path.write_text(text)
    with pytest.raises(CorpusError, match=r"empty\.txt: there is no text in it"):
        open_corpus(path)


def test_the_nearest_corpora_are_named() -> None:
    with pytest.raises(UsageError, match="did you mean wikitext-2"):
        open_corpus("wikitext2")
    with pytest.raises(UsageError, match=r"nowhere\.txt: no such file"):
        open_corpus("nowhere.txt")
    with pytest.raises(UsageError, match="not a text to train on"):
        open_corpus("simlex999")


def test_the_checksum_is_that_of_the_bytes(tmp_path: Path) -> None:
    # printf 'abc\n' | sha256sum
    (tmp_path / "a.txt").write_bytes(b"abc\n")
    expected = "sha256:edeaaff3f1774ad2888673770c6d64097e391bc362d7d6fb34982ddf0efd18cb"
    assert open_corpus(tmp_path / "a.txt").checksum == expected


def test_standard_input_is_read_more_than_once(monkeypatch: pytest.MonkeyPatch) -> None:
    opening._spool.cache_clear()
    stdin = SimpleNamespace(buffer=io.BytesIO(b"word\n" * 40), isatty=lambda: False)
    monkeypatch.setattr(sys, "stdin", stdin)
    corpus = open_corpus("-")
    opening._spool.cache_clear()
    assert (corpus.name, corpus.source) == ("stdin", "-")
    assert len(list(corpus.lines("train"))) == len(list(corpus.lines("train"))) == 36


def test_an_empty_standard_input_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    opening._spool.cache_clear()
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b""), isatty=lambda: False))
    with pytest.raises(CorpusError, match="standard input is empty"):
        open_corpus("-")
    opening._spool.cache_clear()


def test_pretokenized_text_is_told_by_its_commas() -> None:
    assert is_pretokenized(" = Title = \n" + "the cat , a <unk> , sat . It slept @-@ well . " * 3 + "The U.S. too .")
    assert not is_pretokenized("The cat, a tabby, sat. It slept.")
    assert not is_pretokenized("anarchism originated as a term of abuse")


def test_wikitext_is_pretokenized_and_has_the_published_counts(shared_corpora: Path) -> None:
    from embedkit.corpora import load_card, statistics

    corpus = open_corpus(shared_corpora / "wikitext-2")
    assert corpus.pretokenized
    found = {f"{c.split}_tokens": c.tokens + c.lines for c in statistics(corpus).splits}
    assert found.items() <= load_card("wikitext-2").counts.items()


def test_question_sets_open_by_name_and_by_path(tmp_path: Path) -> None:
    own = tmp_path / "own.txt"
    own.write_text(": family\nboy girl man woman\n")
    assert questions_file(own) == own
    assert questions_file("google-analogies").read_text(encoding="utf-8").startswith(": capital-common-countries\n")
    folder = folder_of(tmp_path / "BATS_3.0", **{"I01.txt": "cat\tcats\n"})
    assert questions_file(str(folder)) == folder
    with pytest.raises(UsageError, match=r"nowhere\.txt: no such file; `embedkit corpora` lists the question sets"):
        questions_file("nowhere.txt")


def test_the_beginning_of_a_sets_name_will_do() -> None:
    assert questions_file("google") == questions_file("google-analogies")
    assert similarity_file("simlex") == similarity_file("simlex999")
    assert similarity_file("word").read_text(encoding="utf-8").startswith("love\tsex\t6.77\n")


def test_a_beginning_that_several_names_have_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    google = opening.load_card("google-analogies")
    cards = [google, replace(google, name="google-phrases")]
    monkeypatch.setattr(opening, "list_cards", lambda kind=None: cards)
    with pytest.raises(UsageError, match="'goo' may be google-analogies or google-phrases; give more of the name"):
        questions_file("goo")
    assert questions_file("google-a") == questions_file("google-analogies")


@pytest.mark.parametrize(
    ("find", "source", "said"),
    [
        (questions_file, "wordsim353", "wordsim353 is not a set of analogy questions: give it to `embedkit similarity"),
        (questions_file, "simlex", "simlex999 is not a set of analogy questions: give it to `embedkit similarity"),
        (similarity_file, "google", "is not a set of word similarity: give it to `embedkit analogy --questions google"),
        (questions_file, "wikitext-2", "wikitext-2 is not a set of analogy questions: it is a text to train on"),
        (similarity_file, "wordsim-353", "unknown set of word similarity 'wordsim-353'; did you mean wordsim353"),
        (questions_file, "", "unknown set of analogy questions ''"),
    ],
)
def test_what_is_no_such_set_says_what_it_is_good_for(find: Callable[[str], Path], source: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        find(source)


def test_a_set_is_called_after_its_card_or_its_file(tmp_path: Path) -> None:
    assert set_name(questions_file("google")) == "google-analogies"
    assert set_name(similarity_file("wordsim")) == "wordsim353"
    assert set_name(tmp_path / "text" / "own.txt") == "own"
    assert set_name(tmp_path / "ours.v2.tsv") == "ours.v2"
    assert set_name(tmp_path / "word_relationship.questions") == "word_relationship"
    assert set_name(folder_of(tmp_path / "BATS_3.0")) == "BATS_3.0"
