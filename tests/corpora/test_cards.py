"""Cards, and what becomes of the files they describe: verified, unpacked within bounds, whole or not at all."""

import functools
import hashlib
import http.server
import io
import multiprocessing
import tarfile
import threading
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from embedkit.corpora import Card, Download, at_hand, fetch, list_cards, load_card, open_corpus, prepare
from embedkit.corpora.card import read_card
from embedkit.corpora.prepare import about, card_folder, text_folder
from embedkit.corpora.readers import READERS
from embedkit.corpora.wikipedia import paragraphs
from embedkit.errors import CorpusError, UsageError
from embedkit.lock import LOCK
from tests.progress import Recorder

TEXT = b"one two\nthree\n"


def card(content: bytes, *, file: str = "tiny.txt", **changes: object) -> Card:
    download = Download(file, (), f"sha256:{hashlib.sha256(content).hexdigest()}", len(content))
    fields = {
        "name": "tiny",
        "kind": "text",
        "title": "A tiny text",
        "licence": "none",
        "citation": "",
        "homepage": "https://example.org/tiny",
        "reader": "lines",
        "downloads": (download,),
    }
    return Card(**{**fields, **changes})  # type: ignore[arg-type]


def put(content: bytes, card: Card) -> Path:
    path = card_folder(card) / card.downloads[0].file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def zipped(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def left_over(card: Card) -> list[str]:
    return sorted(path.name for path in card_folder(card).iterdir() if path.name not in {card.downloads[0].file, LOCK})


@pytest.mark.parametrize("name", [found.name for found in list_cards()])
def test_every_card_is_complete(name: str) -> None:
    found = load_card(name)
    assert found.name == name
    assert found.reader in READERS or (found.kind, found.reader) == ("recordings", "published")
    assert found.title
    assert found.licence
    assert found.citation
    assert found.homepage.startswith("http")
    assert found.bundled or all(download.urls for download in found.downloads)
    assert all(url.startswith("http") for download in found.downloads for url in download.urls)


def test_the_cards_that_the_journey_names_are_there() -> None:
    expected = {"wikipedia-sample", "wikitext-2", "wikitext-103", "text8", "enwik8", "tiny-shakespeare", "multi30k"}
    expected |= {"tatoeba-eng-fra", "google-analogies", "bats", "wordsim353", "simlex999", "blimp"}
    assert expected <= {found.name for found in list_cards()}


def test_the_embedded_corpus_opens_without_a_network_and_splits_by_article() -> None:
    assert at_hand(load_card("wikipedia-sample"))
    corpus = open_corpus("wikipedia-sample")
    train, valid = list(corpus.lines("train")), list(corpus.lines("valid"))
    assert train[0].startswith("Anarchism is a political philosophy")
    assert len(train) == load_card("wikipedia-sample").counts["train_lines"]
    assert all(line[-1] in ".!?)\"'" for line in train + valid)
    assert not set(train) & set(valid)


@pytest.mark.parametrize("name", ["google-analogies", "wordsim353", "simlex999"])
def test_the_embedded_sets_have_the_counts_of_their_cards(name: str) -> None:
    prepare(load_card(name))
    (found,) = about(load_card(name)).values()
    assert found["lines"] == next(iter(load_card(name).counts.values()))


def test_an_unknown_key_of_a_card_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text('name = "x"\nlicense = "none"\n')
    with pytest.raises(CorpusError, match=r"x\.toml: unknown key 'license'; did you mean licence"):
        read_card(path)
    path.write_text('name = "x"\n')
    with pytest.raises(CorpusError, match=r"x\.toml: .*missing"):
        read_card(path)


def test_a_prepared_card_keeps_its_text_and_counts() -> None:
    tiny = card(TEXT, counts={"text_tokens": 5})
    put(TEXT, tiny)
    folder = prepare(tiny)
    assert (folder / "text.txt").read_bytes() == TEXT
    assert about(tiny)["text"] == {
        "lines": 2,
        "tokens": 5,
        "characters": 14,
        "sha256": hashlib.sha256(TEXT).hexdigest(),
    }
    assert prepare(tiny) == folder


def test_a_corpus_that_two_processes_prepare_at_once_is_prepared_once(monkeypatch: pytest.MonkeyPatch) -> None:
    tiny = card(TEXT)
    put(TEXT, tiny)
    reading, told = multiprocessing.Event(), Recorder()
    read = READERS["lines"]

    def slowly(*arguments: Any) -> Any:
        reading.set()
        time.sleep(0.3)
        return read(*arguments)

    monkeypatch.setitem(READERS, "lines", slowly)
    process = multiprocessing.get_context("fork").Process(target=prepare, args=(tiny,))
    process.start()
    assert reading.wait(60)
    monkeypatch.setitem(READERS, "lines", lambda *_: pytest.fail("it is there already"))
    folder = prepare(tiny, progress=told)
    process.join(60)
    assert process.exitcode == 0
    assert told.texts[0].startswith("waiting for `")
    assert (folder / "text.txt").read_bytes() == TEXT
    assert left_over(tiny) == ["text"]


def test_what_is_missing_is_said_with_the_file_and_the_folder() -> None:
    tiny = card(TEXT)
    with pytest.raises(
        CorpusError, match=r"tiny is not at hand; run `embedkit corpora fetch tiny`.*put tiny\.txt"
    ) as said:
        prepare(tiny)
    assert str(card_folder(tiny)) in str(said.value)


@pytest.mark.parametrize(
    ("content", "changes", "said"),
    [
        (b"another text\n", {}, "its sha256 is"),
        (TEXT, {"counts": {"text_lines": 3}}, "the card states 3 lines for text, but 2 were read"),
        (b"caf\xe9\n", {"downloads": (Download("tiny.txt"),)}, "not UTF-8"),
    ],
    ids=["checksum", "counts", "not UTF-8"],
)
def test_a_file_that_is_not_what_the_card_says_leaves_nothing_behind(
    content: bytes, changes: dict[str, object], said: str
) -> None:
    tiny = card(TEXT, **changes)
    put(content, tiny)
    with pytest.raises(CorpusError, match=said):
        prepare(tiny)
    assert left_over(tiny) == []


def archived(content: bytes, **changes: object) -> Card:
    members = {"train": "d/train.txt", "valid": "d/valid.txt"}
    return card(content, file="tiny.zip", members=members, unpacked_size=1_000, **changes)


def test_a_zip_is_unpacked_by_its_members() -> None:
    content = zipped(**{"d/train.txt": TEXT, "d/valid.txt": b"v\n", "d/other.txt": b"x\n"})
    tiny = archived(content)
    put(content, tiny)
    prepare(tiny)
    assert sorted(path.name for path in text_folder(tiny).iterdir()) == ["about.json", "train.txt", "valid.txt"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (zipped(**{"../evil.txt": b"x", "d/train.txt": TEXT, "d/valid.txt": b"v"}), "outside its folder"),
        (zipped(**{"/etc/evil": b"x", "d/train.txt": TEXT, "d/valid.txt": b"v"}), "outside its folder"),
        (zipped(**{"d/train.txt": b"0" * 100_000, "d/valid.txt": b"v"}), "more than the 1,000 bytes stated"),
        (zipped(**{"d/train.txt": TEXT}), r"no d/valid\.txt in it"),
    ],
    ids=["parent", "root", "bomb", "member missing"],
)
def test_a_zip_that_cannot_be_trusted_leaves_nothing_behind(content: bytes, said: str, tmp_path: Path) -> None:
    tiny = archived(content)
    put(content, tiny)
    with pytest.raises(CorpusError, match=said):
        prepare(tiny)
    assert left_over(tiny) == []
    assert not list(tmp_path.rglob("evil*"))


def test_a_damaged_zip_is_named() -> None:
    content = zipped(**{"d/train.txt": b"abc\n" * 5_000, "d/valid.txt": b"v\n"})
    damaged = content[:60] + bytes(b ^ 0xFF for b in content[60:70]) + content[70:]
    tiny = archived(damaged)
    tiny = replace(tiny, unpacked_size=100_000)
    put(damaged, tiny)
    with pytest.raises(CorpusError, match=r"tiny\.zip: cannot be unpacked"):
        prepare(tiny)


def test_a_tar_is_unpacked_by_its_members() -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, text in (("d/train.txt", TEXT), ("d/valid.txt", b"v\n")):
            info = tarfile.TarInfo(name)
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text))
    tiny = replace(archived(buffer.getvalue()), downloads=(Download("tiny.tar.gz"),))
    put(buffer.getvalue(), tiny)
    assert (prepare(tiny) / "train.txt").read_bytes() == TEXT


def test_pairs_stand_with_a_tab_between(tmp_path: Path) -> None:
    files = {"train.en": tmp_path / "a.en", "train.fr": tmp_path / "a.fr"}
    files["train.en"].write_text("a dog\na cat\n")
    files["train.fr"].write_text("un chien\nun chat\n")
    (lines,) = READERS["parallel"](card(TEXT), files).values()
    assert list(lines()) == ["a dog\tun chien", "a cat\tun chat"]
    files["train.fr"].write_text("un chien\n")
    with pytest.raises(CorpusError, match=r"a\.fr: ends before line 2 of the file it is aligned with"):
        list(lines())


def test_a_tab_in_an_aligned_text_becomes_a_space(tmp_path: Path) -> None:
    files = {"train.en": tmp_path / "a.en", "train.de": tmp_path / "a.de"}
    files["train.en"].write_text("a fountain\n")
    files["train.de"].write_text("ein \tBrunnen\n")
    (lines,) = READERS["parallel"](card(TEXT), files).values()
    assert list(lines()) == ["a fountain\tein  Brunnen"]


def test_the_german_of_multi30k_stays_one_column(shared_corpora: Path) -> None:
    files = {f"train.{language}": shared_corpora / "multi30k" / f"train.{language}" for language in ("en", "fr", "de")}
    (lines,) = READERS["parallel"](card(TEXT), files).values()
    read = list(lines())
    assert {line.count("\t") for line in read} == {2}
    assert len(read) == load_card("multi30k").counts["train_pairs"]


def test_every_card_of_pairs_says_its_languages_as_its_members_do() -> None:
    assert {found.name: found.languages for found in list_cards("pairs")} == {
        "multi30k": ("en", "fr", "de"),
        "tatoeba-eng-fra": ("en", "fr"),
    }
    members = load_card("multi30k").members
    assert [name.split(".")[1] for name in members] == ["en", "fr", "de"] * 3
    assert all(f".{name.split('.')[1]}." in file for name, file in members.items())


def test_bats_keeps_every_answer(tmp_path: Path) -> None:
    path = tmp_path / "plurals.txt"
    path.write_text("cat\tcats\n\ndog\tdogs/hounds \n")
    (lines,) = READERS["bats"](card(TEXT), {"plurals": path}).values()
    assert list(lines()) == [": plurals", "cat\tcats", "dog\tdogs/hounds"]


def test_the_counts_of_bats_are_those_of_its_relations_and_pairs() -> None:
    bats = load_card("bats")
    assert len(bats.members) == 40
    assert bats.counts == {"questions_lines": 40 * (1 + 50)}


def test_what_was_prepared_of_a_set_in_an_older_form_is_read_again() -> None:
    content = b"cat\tcats\ndog\tdogs/hounds\n"
    bats = card(content, kind="questions", reader="bats", counts={"questions_lines": 3})
    put(content, bats)
    before = replace(bats, reader="lines", counts={"text_lines": 2})
    assert [path.name for path in sorted(prepare(before).iterdir())] == ["about.json", "text.txt"]
    assert (prepare(bats) / "questions.txt").read_text() == ": text\ncat\tcats\ndog\tdogs/hounds\n"
    assert not (text_folder(bats) / "text.txt").exists()
    # A line more than the card states: what is there is not taken for the card's.
    with pytest.raises(CorpusError, match="states 4 lines for questions, but 3 were read"):
        prepare(replace(bats, counts={"questions_lines": 4}))


def test_a_running_text_is_cut_by_convention(tmp_path: Path) -> None:
    path = tmp_path / "t"
    path.write_bytes("abcdéfgh".encode())  # é is bytes 4 and 5: a cut at 5 moves to 6
    pieces = READERS["running"](card(TEXT, split={"train": 5, "valid": 2, "test": 2}), {"text": path})
    assert {split: list(lines()) for split, lines in pieces.items()} == {
        "train": ["abcdé"],
        "valid": ["f"],
        "test": ["gh"],
    }


def test_what_templates_left_behind_is_mended() -> None:
    text = (
        "'''Oslo''' (; from ) is the capital of Norway .\n* Bergen\n==History==\n|cell of a table is not text at all."
    )
    assert paragraphs(text) == ["Oslo is the capital of Norway."]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A web server over a folder: its address, and the folder."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    folder = tmp_path / "published"
    folder.mkdir()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder))) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_address[1]}", folder
        running.shutdown()


def from_addresses(tiny: Card, *urls: str) -> Card:
    return replace(tiny, downloads=(replace(tiny.downloads[0], urls=urls),))


@pytest.fixture
def without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not served is asked for again at once, not after some seconds."""
    monkeypatch.setattr("pooch.core.time", SimpleNamespace(sleep=lambda seconds: None))


@pytest.mark.usefixtures("without_waiting")
def test_a_corpus_is_fetched_from_the_first_address_that_serves_it(server: tuple[str, Path]) -> None:
    address, folder = server
    (folder / "wrong.txt").write_bytes(b"something else")
    (folder / "right.txt").write_bytes(TEXT)
    tiny = from_addresses(card(TEXT), f"{address}/gone.txt", f"{address}/wrong.txt", f"{address}/right.txt")
    told = Recorder()
    assert (fetch(tiny, progress=told) / "text.txt").read_bytes() == TEXT
    assert told.texts[-1] == "tiny.txt: 14 B"
    assert at_hand(tiny)


@pytest.mark.usefixtures("without_waiting")
def test_a_failed_fetch_says_why_and_leaves_nothing_behind(server: tuple[str, Path]) -> None:
    address, folder = server
    (folder / "wrong.txt").write_bytes(b"something else")
    tiny = from_addresses(card(TEXT), f"{address}/gone.txt", f"{address}/wrong.txt", "http://127.0.0.1:9/tiny.txt")
    with pytest.raises(CorpusError, match=r"answered 404; .*serves another file.*could not be reached.*put it into"):
        fetch(tiny)
    assert not card_folder(tiny).exists() or left_over(tiny) == []
    assert not (card_folder(tiny) / "tiny.txt").exists()


def test_a_set_of_scores_is_no_text() -> None:
    with pytest.raises(UsageError, match="not a text"):
        open_corpus("wordsim353")


def test_recordings_are_kept_as_they_are_published() -> None:
    content = zipped(**{"a.wav": b"RIFF"})
    recordings = card(content, file="tiny.zip", kind="recordings", reader="published")
    with pytest.raises(CorpusError, match="tiny is not at hand; run `embedkit corpora fetch tiny`"):
        prepare(recordings)
    file = put(content, recordings)
    assert fetch(recordings) == prepare(recordings) == file.parent
    assert left_over(recordings) == []
    file.write_bytes(content + b"!")
    with pytest.raises(CorpusError, match="it is damaged or another version"):
        prepare(recordings)
