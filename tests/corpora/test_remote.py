"""Texts at an address, in fsspec's filesystem in memory: as of a file, and every failure one line."""

import gzip
import hashlib
import io
import sys
from pathlib import Path
from typing import Any

import fsspec
import pytest

from embedkit.cli.edge import run
from embedkit.corpora import open_corpus, open_pairs, remote
from embedkit.corpora.remote import local_copy
from embedkit.errors import CorpusError, EmbedkitError, UsageError
from embedkit.runs.folder import Run
from tests.progress import Recorder

TEXT = "".join(f"line {i} of the news\n" for i in range(100))


@pytest.fixture
def memory() -> Any:
    filesystem = fsspec.filesystem("memory")
    yield filesystem
    filesystem.store.clear()
    remote._files.clear()


class Guarded(fsspec.AbstractFileSystem):
    """Gives the text to who has a password."""

    protocol = "guarded"

    def open(self, path: str, mode: str = "rb", **options: Any) -> Any:
        return io.BytesIO(TEXT.encode())


class Broken(fsspec.AbstractFileSystem):
    """Raises what a library of somebody's might, with the address that it was given."""

    protocol = "broken"

    def open(self, path: str, mode: str = "rb", **options: Any) -> Any:
        raise ConnectionError(f"cannot connect to broken://anna:s3cr3t@host/{path}\n  after 3 tries")


def test_a_text_in_memory_is_that_of_a_file(memory: Any, tmp_path: Path) -> None:
    memory.pipe("/texts/news.txt", TEXT.encode())
    (tmp_path / "news.txt").write_text(TEXT)
    recorder = Recorder()
    here, there = open_corpus(tmp_path / "news.txt"), open_corpus("memory://texts/news.txt", progress=recorder)
    for split in ("train", "valid", "test"):
        assert list(there.lines(split)) == list(here.lines(split))
    assert (there.checksum, there.name) == (here.checksum, here.name)
    assert there.source == "memory://texts/news.txt"
    assert recorder.shares == [1.0]


def test_a_compressed_one_is_read_and_kept_once(memory: Any) -> None:
    memory.pipe("/news.txt.gz", gzip.compress(TEXT.encode()))
    assert next(open_corpus("memory://news.txt.gz").lines("train")) == "line 0 of the news"
    copy = local_copy("memory://news.txt.gz")
    memory.rm("/news.txt.gz")
    assert local_copy("memory://news.txt.gz") == copy
    assert copy.is_file()


def test_pairs_too(memory: Any) -> None:
    memory.pipe("/pairs.tsv", "".join(f"number {i}\tnombre {i}\n" for i in range(200)).encode())
    corpus = open_pairs("memory://pairs.tsv")
    assert corpus.source.source == "memory://pairs.tsv"
    assert sum(1 for split in corpus.source.splits for _ in corpus.source.lines(split)) == 200


def test_what_is_not_there_is_one_line_and_leaves_nothing(memory: Any) -> None:
    with pytest.raises(CorpusError, match=r"^memory://a\.txt: there is no such file$"):
        open_corpus("memory://a.txt")
    assert [path for path in remote._folder().rglob("*") if path.name == "a.txt"] == []


def test_what_is_no_text_is_named_by_its_address(memory: Any) -> None:
    memory.pipe("/a.txt", b"%PDF-1.4 of somebody's")
    with pytest.raises(CorpusError, match=r"^memory://a\.txt: a PDF"):
        open_corpus("memory://a.txt")


def test_an_unknown_kind_of_address_is_a_wrong_call() -> None:
    with pytest.raises(UsageError, match=r"^gopher://a\.txt: fsspec opens no address of this kind"):
        open_corpus("gopher://a.txt")


def test_what_is_not_installed_is_said_with_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("aiohttp", "s3fs"):
        monkeypatch.setitem(sys.modules, module, None)
    for address in ("https://example.org/a.txt", "s3://bucket/a.txt"):
        with pytest.raises(UsageError, match=r"^\w+://\S+: .*pip install 'embedkit\[remote\]'$"):
            open_corpus(address)


def test_no_line_holds_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    fsspec.register_implementation("broken", Broken, clobber=True)
    with pytest.raises(CorpusError) as caught:
        open_corpus("broken://anna:s3cr3t@host/a.txt?key=0a1b2c3d4e")
    line = str(caught.value)
    assert line.startswith("broken://***@host/a.txt?key=***: cannot be read (ConnectionError: cannot connect to ")
    assert "s3cr3t" not in line
    assert "\n" not in line


def test_a_run_has_the_address_and_the_checksum_and_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fsspec.register_implementation("guarded", Guarded, clobber=True)
    monkeypatch.setenv("EMBEDKIT_RUNS", str(tmp_path))
    address = "guarded://anna:s3cr3t@host/news.txt?key=0a1b2c3d4e"
    small = "--embedding-size 4 --hidden-size 4 --batch-size 2 --bptt 5 --steps 1 --evaluations 1"
    assert run(["train", "lm", "--corpus", address, *small.split()]) == 0
    record = Run(tmp_path / "news-word").provenance["corpus"]
    assert record["source"] == "guarded://***@host/news.txt?key=***"
    assert record["checksum"] == f"sha256:{hashlib.sha256(TEXT.encode()).hexdigest()}"
    kept = "".join(
        path.read_text() for path in (tmp_path / "news-word").glob("*.[tj]*") if path.name != "tokenizer.json"
    )
    printed = "".join(capsys.readouterr())
    assert not any(secret in kept + printed for secret in ("anna", "s3cr3t", "0a1b2c3d4e"))


def test_an_address_of_a_run_that_lost_its_secret_says_so() -> None:
    with pytest.raises(EmbedkitError, match="what was secret in this address is not kept"):
        open_corpus("https://***@example.org/a.txt")


def test_one_that_breaks_off_is_not_taken_for_whole(memory: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    memory.pipe("/news.txt", TEXT.encode())
    monkeypatch.setattr("fsspec.implementations.memory.MemoryFile.size", len(TEXT) + 1, raising=False)
    with pytest.raises(CorpusError, match="it broke off after"):
        open_corpus("memory://news.txt")
