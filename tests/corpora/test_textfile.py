"""Text files as streams: where lines end, where files are cut, and what is said about bad bytes."""

import bz2
import gzip
import lzma
import tracemalloc
from pathlib import Path

import pytest

from embedkit.corpora import textfile
from embedkit.corpora.textfile import TextFile, character_start, contiguous
from embedkit.errors import CorpusError

SHARES = {"train": 0.5, "valid": 0.25, "test": 0.25}


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_lines_come_without_their_ends_and_empty_ones_stay(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", b"\xef\xbb\xbfone\r\n\ntwo\nlast")
    assert list(TextFile(path)()) == ["one", "", "two", "last"]


@pytest.mark.parametrize(
    ("ending", "compress"), [(".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress)]
)
def test_compressed_files_read_as_plain_ones(tmp_path: Path, ending: str, compress: object) -> None:
    text = "".join(f"line {i}\n" for i in range(100)).encode()
    plain, packed = write(tmp_path / "a.txt", text), write(tmp_path / f"b.txt{ending}", compress(text))  # type: ignore[operator]
    for split, piece in contiguous(packed, SHARES).items():
        assert list(piece()) == list(contiguous(plain, SHARES)[split]())
    broken = write(tmp_path / f"c.txt{ending}", packed.read_bytes()[:-20])
    with pytest.raises(CorpusError, match=r"c\.txt.*cannot be read to its end"):
        list(TextFile(broken)())


def test_a_file_is_cut_at_lines_into_blocks_that_give_it_back(tmp_path: Path) -> None:
    # 8 lines of 10 bytes: half is after line 4, three quarters after line 6.
    path = write(tmp_path / "a.txt", b"".join(b"line %04d\n" % i for i in range(8)))
    cut = contiguous(path, SHARES)
    assert [len(list(piece())) for piece in cut.values()] == [4, 2, 2]
    assert [line for piece in cut.values() for line in piece()] == list(TextFile(path)())


def test_a_cut_inside_a_line_moves_to_its_end(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", b"a\n" + b"b" * 20 + b"\nc\nd\n")
    # Half of the 27 bytes is inside the long line, three quarters too: valid is left without a line.
    cut = contiguous(path, SHARES)
    assert [list(piece()) for piece in cut.values()] == [["a", "b" * 20], [], ["c", "d"]]


def test_a_single_line_is_cut_at_spaces(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", b"one two three four five six seven eight")
    cut = contiguous(path, SHARES)
    pieces = ["".join(piece()) for piece in cut.values()]
    assert "".join(pieces) == "one two three four five six seven eight"
    assert all(piece.endswith(" ") for piece in pieces[:2])


def test_a_cut_never_parts_a_character(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", "äöü".encode())
    assert [character_start(path, i) for i in range(6)] == [0, 2, 2, 4, 4, 6]
    assert "".join("".join(piece()) for piece in contiguous(path, SHARES).values()) == "äöü"


def test_a_giant_line_comes_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(textfile, "LONGEST_LINE", 8)
    path = write(tmp_path / "a.txt", "one two three ööööööö\nend\n".encode())
    # Eight bytes at a time: "one two " and "three " end at a space, the ö of two bytes are never parted.
    pieces = list(TextFile(path)())
    assert "".join(pieces) == "one two three öööööööend"
    assert all(len(piece.encode()) <= 8 for piece in pieces)


def test_memory_stays_bounded_on_a_giant_line(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with open(path, "wb") as out:
        for _ in range(48):
            out.write(b"word " * 200_000)
    tracemalloc.start()
    words = sum(piece.count("word ") for piece in TextFile(path)())  # to trace ten million strings takes seconds
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert words == 48 * 200_000
    assert peak < path.stat().st_size / 2


def test_bad_bytes_are_named_with_their_line(tmp_path: Path) -> None:
    path = write(tmp_path / "latin.txt", b"one\ntwo\ncaf\xe9\n")
    with pytest.raises(CorpusError, match=r"latin\.txt:3: not UTF-8 \(byte 0xe9\)"):
        list(TextFile(path)())


def test_bad_bytes_in_a_later_block_are_named_with_their_line_in_the_file(tmp_path: Path) -> None:
    path = write(tmp_path / "latin.txt", b"line\n" * 30 + b"\xff\n" + b"line\n" * 2)
    with pytest.raises(CorpusError, match=r"latin\.txt:31: "):
        list(contiguous(path, SHARES)["test"]())
