"""Texts in other encodings, and files that are no texts: read, or named with what to do."""

import bz2
import gzip
import io
import lzma
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from embedkit.cli.edge import run
from embedkit.corpora.opening import open_corpus
from embedkit.corpora.opening_pairs import open_pairs
from embedkit.corpora.signatures import unicode_encoding
from embedkit.corpora.textfile import TextFile, contiguous, text_size
from embedkit.errors import CorpusError
from embedkit.text.encoding import encode_split
from embedkit.text.vocabulary import Vocabulary

TEXT = "".join(f"line {i}: naïve 日本 🙂\r\n" for i in range(400))
LINES = TEXT.split("\r\n")[:-1]
SHARES = {"train": 0.5, "valid": 0.25, "test": 0.25}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_unicode_in_any_form_is_simply_read(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(TEXT.encode(encoding))
    assert list(TextFile(path)()) == LINES
    # Cut into the blocks that the same text in UTF-8 is cut into, whose bytes are counted.
    plain = tmp_path / "plain.txt"
    plain.write_bytes(TEXT.encode())
    cut = contiguous(path, SHARES)
    assert [line for part in cut.values() for line in part()] == LINES
    if encoding != "utf-8-sig":
        assert text_size(path) == text_size(plain) == len(TEXT.encode())
        assert [list(part()) for part in cut.values()] == [list(p()) for p in contiguous(plain, SHARES).values()]


def test_a_byte_order_mark_of_the_other_order_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xfe\xff" + TEXT.encode("utf-16-be"))
    assert next(open_corpus(path).lines("train")) == LINES[0]


def test_packed_texts_are_read_whatever_they_are_called(tmp_path: Path) -> None:
    packers: list[Callable[[bytes], bytes]] = [gzip.compress, bz2.compress, lzma.compress, bytes]
    for number, pack in enumerate(packers):
        for ending in (".txt", ".gz", ".xz"):
            path = tmp_path / f"{number}{ending}"
            path.write_bytes(pack(TEXT.encode("utf-16")))
            assert list(TextFile(path)()) == LINES


def test_a_text_with_few_zeros_is_no_utf_16(tmp_path: Path) -> None:
    assert unicode_encoding(b"the c\0t sat on the mat\0\n") is None
    assert unicode_encoding("the cat\n".encode("utf-16-le")) == "utf-16-le"
    path = tmp_path / "nul.txt"
    path.write_bytes(b"the c\0t sat\n" * 400)
    assert Vocabulary.build(open_corpus(path), level="char").index_of("\0") is not None
    assert Vocabulary.build(open_corpus(path), level="word").index_of("\0") is not None


def test_utf_16_that_breaks_off_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "cut.txt"
    path.write_bytes("one\ntwo\nthree\n".encode("utf-16")[:-1])
    with pytest.raises(CorpusError, match=r"cut\.txt:3: not UTF-16 \(truncated data, byte 0x0a\)"):
        list(TextFile(path)())


def test_pairs_are_read_from_utf_16(tmp_path: Path) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_bytes("".join(f"cat {i}\tKatze {i}\n" for i in range(100)).encode("utf-16"))
    assert open_pairs(path).target.counts["train_lines"] > 50


@pytest.mark.skipif(shutil.which("iconv") is None, reason="needs iconv")
@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1252", "Un café naïve “déjà vu”\n"),
        ("cp1251", "Съешь ещё этих мягких французских булок\n"),
        ("gb18030", "我们都是中国人，北京很大。\n"),
    ],
)
def test_the_line_that_converts_another_encoding_works(encoding: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / "an other.txt"
    path.write_bytes(b"ascii first\n" + (text * 40).encode(encoding))
    with pytest.raises(
        CorpusError, match=r"an other\.txt:2: not UTF-8 \(byte 0x..\); convert it, if .* `(.*)`$"
    ) as error:
        list(TextFile(path)())
    command = str(error.value).split("`")[1]
    subprocess.run(command, shell=True, check=True, cwd=tmp_path)
    assert list(TextFile(tmp_path / "an other-utf8.txt")()) == ["ascii first", *[text[:-1]] * 40]


@pytest.mark.skipif(shutil.which("iconv") is None, reason="needs iconv")
@pytest.mark.parametrize("packed", [False, True])
def test_what_is_damaged_in_utf_8_can_be_left_out(packed: bool, tmp_path: Path) -> None:
    content = "naïve café\n".encode() * 20 + b"br\xffken\n" + "naïve café\n".encode() * 20
    path = tmp_path / ("a.txt.gz" if packed else "a.txt")
    path.write_bytes(gzip.compress(content) if packed else content)
    with pytest.raises(CorpusError, match=r":21: not UTF-8 \(byte 0xff\); mostly it is; ") as error:
        list(TextFile(path)())
    # iconv says by its exit code that it left something out.
    subprocess.run(str(error.value).split("`")[1], shell=True, check=False, cwd=tmp_path)
    assert list(TextFile(tmp_path / "a-utf8.txt")())[19:22] == ["naïve café", "brken", "naïve café"]


def zipped(name: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr(name, "text")
    return held.getvalue()


NO_TEXTS = {
    "a Git LFS pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n",
    "an HTML page": b"\xef\xbb\xbf\n<!doctype HTML>\n<html><title>Sign in</title></html>\n",
    "a zip archive": zipped("text.txt"),
    "an office document": zipped("[Content_Types].xml"),
    "a tar archive": b"text.txt".ljust(257, b"\0") + b"ustar\x0000" + bytes(300),
    "compressed by zstd": b"\x28\xb5\x2f\xfd" + bytes(20),
    "a PDF": b"%PDF-1.7\n%\xe2\xe3\n",
    "a Parquet table": b"PAR1" + bytes(20),
}


@pytest.mark.parametrize("name", NO_TEXTS)
def test_what_is_no_text_is_named_for_what_it_is(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number, content in enumerate((NO_TEXTS[name], gzip.compress(NO_TEXTS[name]))):
        path = tmp_path / f"{number}.txt"
        path.write_bytes(content)
        with pytest.raises(CorpusError, match=rf"{number}\.txt: {name}"):
            open_corpus(path)
    assert run(["train", "lm", "--corpus", str(tmp_path / "0.txt")]) == 1
    assert capsys.readouterr().err.startswith(f"error: {tmp_path / '0.txt'}: {name}")
    assert run(["train", "seq2seq", "--corpus", str(tmp_path / "0.txt")]) == 1


def test_a_text_about_html_is_a_text(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("We write <html> first.\n" * 50)
    assert open_corpus(path).name == "a"


def test_a_text_that_is_too_short_is_told_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "short.txt"
    path.write_text("The cat sat on the mat.\n")
    corpus = open_corpus(path)
    with pytest.raises(CorpusError, match=r"short\.txt: the valid split is empty; take a longer text.*or a folder"):
        encode_split(corpus, "valid", Vocabulary.build(corpus, level="word"), tmp_path / "ids")
