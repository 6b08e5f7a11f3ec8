"""word2vec's binary format with the blemishes that published files have, and archives that break off."""

import gzip
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from embedkit.spaces.formats.detect import read_space
from embedkit.spaces.open import open_space
from tests.spaces.formats.test_blemishes import error_of, repairs_of, written


def packed_row(label: bytes, *values: float, end: bytes = b"\n") -> bytes:
    return label + b" " + struct.pack(f"<{len(values)}f", *values) + end


def test_a_binary_with_a_label_that_is_not_text(tmp_path: Path) -> None:
    path = written(tmp_path, b"2 2\n" + packed_row(b"caf\xe9", 1, 2) + packed_row(b"d\0g", 2, 1))
    assert error_of(path).startswith(": point 1: the label b'caf\\xe9' is not UTF-8; name its encoding by --encoding")
    mended = read_space(path, repair=True)
    assert mended.labels == ("caf\\xe9", "d\\x00g")
    assert sorted(repairs_of(mended)) == [
        ("label in no known encoding", 1, ["point 1: caf\\xe9"]),
        ("label with a NUL", 1, ["point 2: d\\x00g"]),
    ]
    path = written(tmp_path, b"1 2\n" + packed_row(b"caf\xe9", 1, 2))
    assert read_space(path, encoding="latin-1").labels == ("caf\u00e9",)


@pytest.mark.parametrize("end", [b"\n", b""])
def test_a_binary_whose_header_counts_wrong(end: bytes, tmp_path: Path) -> None:
    body = packed_row(b"cat", 1, 2, end=end) + packed_row(b"dog", 2, 1, end=end)
    path = written(tmp_path, b"3 2\n" + body)
    assert error_of(path).startswith(": the file ends after at most 2 points of the 3 that its header says; is it")
    mended = read_space(path, repair=True)
    assert mended.labels == ("cat", "dog")
    assert mended.vectors.tolist() == [[1, 2], [2, 1]]
    path = written(tmp_path, b"1 2\n" + body)
    assert error_of(path).startswith(": goes on after the 1 points of its header; mend the header, or --repair takes")
    mended = read_space(path, repair=True)
    assert mended.labels == ("cat", "dog")
    assert repairs_of(mended) == [("header that counts wrong", 1, ["points: 1 by the header, 2 in the file"])]


def test_a_binarys_size_is_held_against_its_header_first(tmp_path: Path) -> None:
    body = packed_row(b"cat", 1, 2) + packed_row(b"dog", 2, 1)
    for head in ("1000000000 2", f"{10**25} 2", f"2 {10**25}", "2 1000000"):
        message = error_of(written(tmp_path, f"{head}\n".encode() + body))
        assert "its header says" in message
    path = written(tmp_path, b"4 2\n" + body[:-5], "x.bin")
    assert "after at most 2 points of the 4" in error_of(path)
    assert read_space(path, repair=True).labels == ("cat",)
    gz = written(tmp_path, gzip.compress(b"4 2\n" + body[:-5]), "x.bin.gz")
    assert ": ends within point 2 of 4" in error_of(gz)


def test_a_binary_of_other_dimensions_is_not_repaired_into_garbage(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    body = b"".join(packed_row(f"w{i}".encode(), *rng.normal(size=7)) for i in range(200))
    for dimensions in (6, 8, 5):
        for repair in (False, True):
            message = error_of(written(tmp_path, f"200 {dimensions}\n".encode() + body), repair=repair)
            assert "label" in message or "header" in message or "point" in message


def test_a_limit_needs_no_more_than_it_takes(tmp_path: Path) -> None:
    path = written(tmp_path, b"4 2\n" + packed_row(b"cat", 1, 2) + packed_row(b"dog", 2, 1)[:-6])
    assert read_space(path, limit=1).labels == ("cat",)
    assert open_space(path, limit=1).labels == ("cat",)
    assert repairs_of(open_space(path, repair=True)) == [("file that ends within a row", 1, ["point 2"])]


def test_words_of_a_fasttext_model_that_are_no_text(tmp_path: Path) -> None:
    from gensim.models import FastText
    from gensim.models.fasttext import save_facebook_model

    path = tmp_path / "model.bin"
    model = FastText([["caf?", "tea"]], vector_size=2, min_count=1, bucket=3, epochs=1, workers=1)
    save_facebook_model(model, str(path))
    path.write_bytes(path.read_bytes().replace(b"caf?", b"caf\xe9"))
    number = 1 + model.wv.index_to_key.index("caf?")
    assert error_of(path).startswith(f": point {number}: the label b'caf\\xe9' is not UTF-8")
    mended = read_space(path, repair=True)
    assert sorted(mended.labels) == ["caf\\xe9", "tea"]
    assert repairs_of(mended) == [("label in no known encoding", 1, [f"point {number}: caf\\xe9"])]


def test_a_zip_archive_that_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    rng = np.random.default_rng(0)
    rows = "".join(f"w{i} {x:.9f} {y:.9f}\n" for i, (x, y) in enumerate(rng.normal(size=(15_000, 2))))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.txt", rows)
    whole = path.read_bytes()
    written(tmp_path, whole[: len(whole) // 2], "x.zip")
    assert error_of(path).startswith(": a zip archive, or .npz, without its end")
    written(tmp_path, whole[:150_000] + bytes([whole[150_000] ^ 0x55]) + whole[150_001:], "x.zip")
    assert error_of(path).startswith(":x.txt: cannot be read to its end")
