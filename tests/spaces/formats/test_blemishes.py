"""What published files of word vectors have wrong: each blemish is named with its line, and mended only where asked."""

import bz2
import codecs
import gzip
import lzma
import pickle
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embedkit.errors import SpaceError, UsageError
from embedkit.spaces import EmbeddingSpace
from embedkit.spaces.formats import archive, compressed, rows, text
from embedkit.spaces.formats.contents import Block, Contents, gather
from embedkit.spaces.formats.detect import read_space, write_space
from embedkit.spaces.formats.repairs import FAULTS, Repairs
from embedkit.spaces.reading import Reading

PACK = {".gz": gzip.compress, ".bz2": lambda data: bz2.compress(data, 1), ".xz": lzma.compress}
CATS = "cat 0.5 0.25\ndog 0.125 1\n"


def written(folder: Path, content: bytes | str, name: str = "x.txt") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def error_of(path: Path, **options: Any) -> str:
    with pytest.raises(SpaceError) as error:
        read_space(path, **options)
    message = str(error.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    return message.removeprefix(str(path))


def repairs_of(space: EmbeddingSpace) -> list[tuple[str, int, list[str]]]:
    return [(kept["kind"], kept["count"], kept["first"]) for kept in space.provenance.get("repairs", [])]


@pytest.mark.parametrize(
    "content",
    [
        CATS,
        "2 2\n" + CATS,
        CATS.rstrip("\n"),
        "\n" + CATS.replace("\n", "\n\n"),
        CATS.replace("\n", "\r\n"),
        "2 2\r\n" + CATS.replace("\n", "\r\n"),
        CATS.replace("\n", "\r"),
        CATS.replace(" ", "\t"),
        CATS.replace("\n", " \n"),
        CATS.replace("\n", "  \t \n"),
        "  cat   0.5  0.25\ndog  0.125  1\n",
        "2\t2 \ncat\t0.5  0.25\ndog 0.125 1.\n",
        "cat +0.5 2.5e-1\ndog .125 1E0\n",
        "\ufeff" + CATS,
        "\ufeff2 2\n" + CATS,
    ],
)
def test_layouts_that_differ_in_white_space_alone_read_alike(content: str, tmp_path: Path) -> None:
    space = read_space(written(tmp_path, content))
    assert space.labels == ("cat", "dog")
    assert space.vectors.tolist() == [[0.5, 0.25], [0.125, 1.0]]
    assert "repairs" not in space.provenance


@pytest.mark.parametrize(
    ("content", "labels"),
    [
        ("3 2\n. . . 0.1 0.2\n\u00a0 0.2 0.1\n\u0085 0.3 0.1\n", (". . .", "\u00a0", "\u0085")),
        ("1999 0.1 0.2\n2000 0.2 0.1\n", ("1999", "2000")),
        ("2 2\n1999 0.1 0.2\n2000 0.2 0.1\n", ("1999", "2000")),
        ("1999 5\n2000 6\n2001 7\n", ("1999", "2000", "2001")),
        ("2 1\na 5\nb 6\n", ("a", "b")),
        ("nan 0.1 0.2\ninf 0.2 0.1\nNULL 1 2\n", ("nan", "inf", "NULL")),
        ('" 0.1 0.2\n"" 0.2 0.1\n\\ 1 2\n# 1 3\n', ('"', '""', "\\", "#")),
        ("route 66 0.1 0.2\ncat 0.2 0.1\ndog 0.3 0.1\n", ("route 66", "cat", "dog")),
        ("\x0b 0.1 0.2\n\x0c\x0c 0.2 0.1\n\x1f 0.1 0.1\n", ("\x0b", "\x0c\x0c", "\x1f")),
        ("cat 0.1 0.2", ("cat",)),
        ("\u4e2d\u6587 0.1 0.2\ncafe\u0301 0.1 0.3\n", ("\u4e2d\u6587", "cafe\u0301")),
    ],
)
def test_odd_labels_are_labels(content: str, labels: tuple[str, ...], tmp_path: Path) -> None:
    assert read_space(written(tmp_path, content)).labels == labels


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("cat\ndog\n", ": there are no vectors in it, its rows are words alone, such as 'cat'"),
        ("2 0\ncat\ndog\n", ": there are no vectors in it, its rows are words alone, such as 'cat'"),
        ("The cat sat\nThe dog ran\n", ": there are no vectors in it, its rows are words alone, such as 'The'"),
        (
            "0.1 0.2 0.3\n0.2 0.1 0.3\n",
            ": there are no labels in it, its rows are numbers alone, such as '0.1 0.2 0.3 …'",
        ),
        ("2 3\n0.1 0.2 0.3\n0.2 0.1 0.3\n", ": there are no labels in it, its rows are numbers alone"),
        (
            "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n",
            ": a pointer of Git LFS and not the",
        ),
        ("\n<!DOCTYPE html>\n<html><head>\n", ": an HTML page; download the file"),
        ("<?xml version='1.0'?>\n<Error>\n", ": an XML document"),
        (pickle.dumps({"cat": [0.5]}), ": a pickle, which can run code"),
        (pickle.dumps(["cat"], protocol=0), ": a pickle, which can run code"),
        (b"\x89HDF\r\n\x1a\n" + bytes(64), ": an HDF5 file"),
        (b"\x28\xb5\x2f\xfd\x24\x3a", ": compressed by Zstandard; decompress it by `zstd -d`"),
        (CATS.encode("utf-16-le"), ".*; it looks like text in UTF-16: --encoding utf-16-le"),
    ],
)
def test_what_holds_no_vectors_is_named(content: bytes | str, message: str, tmp_path: Path) -> None:
    import re

    for repair in (False, True):
        assert re.match(re.escape(message).replace(r"\.\*", ".*"), error_of(written(tmp_path, content), repair=repair))


ROWS = "cat 1 2\n{}\ndog 2 1\n"
REPAIRED = [
    ("0 0.0", "zero 0 0.0", ":2: the vector of 'zero' is zero", "zero vector", "line 2: zero"),
    ("nan", "odd 1 nan", ":2: a value of 'odd' is not finite", "value that is not finite", "line 2: odd"),
    ("1e999", "odd 1 1e999", ":2: a value of 'odd' is not finite", "value that is not finite", "line 2: odd"),
    ("twice", "cat 5 6", ":2: the label 'cat' stands on line 1 too", "label that stands twice", "line 2: cat"),
    ("no label", "0.5 0.25", ":2: 2 values without a label before them", "row without a label", "line 2: 0.5 0.25"),
    ("short", "odd 1", ":2: 1 values where 2 are due", "row with too few values", "line 2: odd 1"),
    ("word alone", "odd", ":2: 0 values where 2 are due", "row with too few values", "line 2: odd"),
    ("long", "odd 1 2 3", ":2: more than 2 values, or", "row with too many values", "line 2: odd 1 2 3"),
    ("fraction", "odd 0.5 1.5 2.5", ":2: more than 2 values, or a label that ends in a number (0.5)", None, None),
    ("FORTRAN", "odd 1.0D-3 2", ":2: 'odd 1.0D-3 2' does not end in 2 numbers: '1.0D-3' is none", None, None),
    ("hex", "odd 0x1p3 2", ":2: 'odd 0x1p3 2' does not end in 2 numbers: '0x1p3' is none", None, None),
    ("comma", "odd 0,5 2", ":2: 'odd 0,5 2' does not end in 2 numbers: '0,5' is none", None, None),
    ("underscore", "odd 1_0 2", ":2: 'odd 1_0 2' does not end in 2 numbers: '1_0' is none", None, None),
    ("words", "odd one two", ":2: 'odd one two' does not end in 2 numbers: 'one' is none", None, None),
]


@pytest.mark.parametrize(
    ("row", "message", "kind", "first"), [each[1:] for each in REPAIRED], ids=[r[0] for r in REPAIRED]
)
@pytest.mark.parametrize("head", ["", "3 2\n"])
def test_a_row_is_refused_or_left_out(
    row: str, message: str, kind: str | None, first: str | None, head: str, tmp_path: Path
) -> None:
    path = written(tmp_path, head + ROWS.format(row))
    if head:
        message = message.replace("line 1", "line 2").replace(":2:", ":3:")
        first = first and first.replace("line 2", "line 3")
    error = error_of(path)
    assert error.startswith(message)
    assert "--repair" in error
    space = read_space(path, repair=True)
    assert space.labels == ("cat", "dog")
    assert space.vectors.tolist() == [[1, 2], [2, 1]]
    ((kept, count, places),) = repairs_of(space)
    assert count == 1
    assert kind is None or (kept, places) == (kind, [first])


def test_many_faults_are_counted_by_kind_with_their_first_lines(tmp_path: Path) -> None:
    content = "".join(f"w{i} 1 {i}\n{'z' * (i + 1)} 0 0\nodd{i} 1 x\n" for i in range(100))
    space = read_space(written(tmp_path, content), repair=True)
    assert len(space) == 100
    assert sorted(repairs_of(space)) == [
        ("row whose values are not numbers", 100, ["line 3: odd0 1 x", "line 6: odd1 1 x", "line 9: odd2 1 x"]),
        ("zero vector", 100, ["line 2: z", "line 5: zz", "line 8: zzz"]),
    ]


@pytest.mark.parametrize(
    ("content", "message", "first"),
    [
        (
            "3 2\n" + CATS,
            ":3: the file ends after 2 rows of the 3 that its header",
            "line 3: rows: 3 by the header, 2 in the file",
        ),
        ("1 2\n" + CATS, ":3: more rows than the 1 of the header", "line 3: rows: 1 by the header, 2 in the file"),
        (
            "2 3\n" + CATS,
            ":1: its header says 3 values a row and most rows have 2",
            "line 1: values a row: 3 by the header, 2 in most",
        ),
        (
            "2 0\n" + CATS,
            ":1: its header says 0 values a row and most rows have 2",
            "line 1: values a row: 0 by the header, 2 in most",
        ),
        ("-2 2\n" + CATS, ":1: '-2 2' is no header", "line 1: -2 2"),
        ("400,000 2\n" + CATS, ":1: '400,000 2' is no header", "line 1: 400,000 2"),
        (f"{10**25} 2\n" + CATS, ":3: the file ends after 2 rows of the 10,000,", None),
        (f"2 {10**25}\n" + CATS, ":1: its header says 10,000,", None),
    ],
)
def test_a_header_that_counts_wrong(content: str, message: str, first: str | None, tmp_path: Path) -> None:
    path = written(tmp_path, content)
    error = error_of(path)
    assert error.startswith(message)
    assert "--repair takes the rows that are there" in error
    space = read_space(path, repair=True)
    assert (space.labels, space.vectors.tolist()) == (("cat", "dog"), [[0.5, 0.25], [0.125, 1]])
    ((kind, count, places),) = repairs_of(space)
    assert (kind, count) == ("header that counts wrong", 1)
    assert first is None or places == [first]


def test_labels_that_are_not_text(tmp_path: Path) -> None:
    latin = written(tmp_path, "caf\u00e9 1 2\nna\u00efve 2 1\n".encode("latin-1"))
    assert error_of(latin).startswith(":1: the label b'caf\\xe9' is not UTF-8; name its encoding by --encoding")
    assert read_space(latin, encoding="latin-1").labels == ("caf\u00e9", "na\u00efve")
    mended = read_space(latin, repair=True)
    assert mended.labels == ("caf\\xe9", "na\\xefve")
    assert repairs_of(mended) == [("label in no known encoding", 2, ["line 1: caf\\xe9", "line 2: na\\xefve"])]
    with pytest.raises(UsageError, match="unknown encoding 'klingon'; write it as utf-8, latin-1"):
        read_space(latin, encoding="klingon")
    with pytest.raises(UsageError, match="unknown encoding 'hex'"):
        read_space(latin, encoding="hex")
    nul = written(tmp_path, "3 2\na\0b 1 2\ncat 1 3\ndog 2 1\n")
    assert error_of(nul).startswith(":2: the label 'a\\x00b' holds a NUL; --repair")
    assert read_space(nul, repair=True).labels == ("a\\x00b", "cat", "dog")
    assert error_of(written(tmp_path, "a\0b 1 2\ncat 1 3\n")).startswith(":1: the label 'a\\x00b' holds a NUL")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_utf16_is_read_by_its_mark(encoding: str, tmp_path: Path) -> None:
    marks = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}
    content = "2 2\nk\u00f6nig 1 2\n\U0001f600 2 1\n"
    path = written(tmp_path, marks.get(encoding, b"") + content.encode(encoding))
    assert read_space(path).labels == ("k\u00f6nig", "\U0001f600")
    assert read_space(path, encoding=encoding).labels == ("k\u00f6nig", "\U0001f600")
    gz = written(tmp_path, gzip.compress(path.read_bytes()))
    assert read_space(gz).labels == ("k\u00f6nig", "\U0001f600")


@pytest.mark.parametrize("ending", [".txt", ".bin"])
def test_options_of_columns_are_refused_where_there_are_none(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"x{ending}"
    write_space(EmbeddingSpace("x", ("cat", "dog"), np.eye(2)), path)
    for option in ("label", "text", "id", "vector"):
        with pytest.raises(UsageError, match=rf"x{ending}: --{option} names a column, and there are labels and"):
            read_space(path, **{option: "word"})
    with pytest.raises(UsageError, match="it has labels of its own; leave out --labels"):
        read_space(path, labels="labels.txt")


def test_bytes_outside_of_the_encoding_are_named_by_line(tmp_path: Path) -> None:
    path = written(tmp_path, b"cat 1 2\nd\x81g 2 1\npig 3 1\n")
    assert error_of(path, encoding="cp1252").startswith(":2: the bytes \\x81 are no cp1252; --repair")
    mended = read_space(path, encoding="cp1252", repair=True)
    assert mended.labels == ("cat", "d\\x81g", "pig")
    assert repairs_of(mended) == [("label in no known encoding", 1, ["line 2: \\x81"])]


def test_a_file_that_ends_within_a_row(tmp_path: Path) -> None:
    path = written(tmp_path, "cat 1 2\ndog 2 1\npig 3")
    assert error_of(path).startswith(":3: the file ends within this row, which has 1 of 2 values; is it complete?")
    mended = read_space(path, repair=True)
    assert (mended.labels, repairs_of(mended)) == (
        ("cat", "dog"),
        [("file that ends within a row", 1, ["line 3: pig 3"])],
    )
    # "0.2" may be the beginning of "0.25", since a row is missing.
    path = written(tmp_path, "3 2\ncat 0.1 0.2\ndog 0.1 0.2")
    assert error_of(path).startswith(":3: the file ends within row 2 of the 3 that its header says")
    assert read_space(path, repair=True).labels == ("cat",)


@pytest.mark.parametrize("ending", PACK)
def test_a_compressed_file_that_breaks_off(ending: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    whole = "".join(f"w{i} {x:.9f} {y:.9f}\n" for i, (x, y) in enumerate(rng.normal(size=(15_000, 2))))
    packed = PACK[ending](whole.encode())
    path = written(tmp_path, packed[: len(packed) * 3 // 4], f"x.txt{ending}")
    assert error_of(path).startswith(": cannot be read to its end")
    mended = read_space(path, repair=True)
    assert 0 < len(mended) < 15_000
    assert mended.labels == tuple(f"w{i}" for i in range(len(mended)))
    last = whole.split("\n")[len(mended) - 1].split()
    assert mended.vectors[-1].tolist() == np.array(last[1:], dtype=np.float32).tolist()
    assert [kind for kind, *_ in repairs_of(mended)] == ["compressed file that breaks off"]


def test_what_grows_beyond_bounds_is_refused_soon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compressed, "ANY_GROWTH", 1 << 20)
    path = written(tmp_path, gzip.compress(CATS.encode() + b"\n" * (2 << 20)), "x.gz")
    assert "compressed bytes become more than 1,048,576" in error_of(path)
    assert "--limit N lifts this bound" in error_of(path)
    assert read_space(path, limit=2).labels == ("cat", "dog")
    monkeypatch.setattr(text, "_LONGEST", 1 << 20)
    monkeypatch.setattr(text, "_BLOCK", 1 << 18)
    assert "a line of more than 1 MiB" in error_of(written(tmp_path, b"a 1 2\n" + b"x" * (2 << 20)))


def test_an_archive_that_unpacks_beyond_bounds_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    labels = np.array([f"w{i}" for i in range(4)])
    np.savez_compressed(tmp_path / "zeros.npz", words=labels, vectors=np.zeros((4, 100_000)))
    np.savez_compressed(tmp_path / "sound.npz", words=labels, vectors=np.eye(4))
    monkeypatch.setattr(archive, "ANY_GROWTH", 1 << 20)
    monkeypatch.setattr(np, "load", pytest.fail)
    refusal = error_of(tmp_path / "zeros.npz")
    assert "it unpacks to 3,200," in refusal
    assert "more than 1,048,576, which no file of vectors does; save its arrays uncompressed" in refusal
    monkeypatch.undo()
    assert read_space(tmp_path / "sound.npz").labels == ("w0", "w1", "w2", "w3")


def test_long_lines_are_read(tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=(3, 5_000)).astype(np.float32)
    path = written(tmp_path, "".join(f"w{i} {' '.join(map(repr, row))}\n" for i, row in enumerate(values.tolist())))
    assert (read_space(path).vectors == values).all()
    label = "x" * 100_000
    assert read_space(written(tmp_path, f"{label} 1 2\ncat 2 1\n")).labels == (label, "cat")


def test_values_are_the_nearest_float32_on_both_ways(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    words = [f"{x:.{rng.integers(1, 18)}g}" for x in rng.normal(size=600) * 10.0 ** rng.integers(-30, 17, size=600)]
    # Just above the middle of two neighbours: by way of a double it would become the lower one.
    words += ["1.00000005960464477539062500000001", "+1", ".5", "5.", "1e-45", "-0.0"]
    content = "".join(f"w{i} {word} 1\n" for i, word in enumerate(words))

    def nearest(word: str) -> np.float32:
        exact, middle = Fraction(word), np.float32(float(word))
        around = (np.nextafter(middle, np.float32(-np.inf)), middle, np.nextafter(middle, np.float32(np.inf)))
        return min(
            (x for x in around if np.isfinite(x)),
            key=lambda x: (abs(Fraction(float(x)) - exact), int(x.view(np.int32)) % 2),
        )

    expected = [float(nearest(word)) for word in words]
    assert read_space(written(tmp_path, content)).vectors[:, 0].tolist() == expected
    monkeypatch.setattr(text, "parse_block", lambda *_: None)
    assert read_space(tmp_path / "x.txt").vectors[:, 0].tolist() == expected
    monkeypatch.setattr(rows, "_table", lambda *_, **__: None)
    by_float = read_space(tmp_path / "x.txt").vectors[:, 0]
    assert by_float.tolist() == [float(np.float32(float(word))) for word in words]


def test_pieces_that_cut_rows_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = "".join(f"w{i} {i + 1} 1\n" + ("odd 1\n" if i % 7 == 3 else "") for i in range(60))
    whole = read_space(written(tmp_path, content), repair=True)
    for size in (1, 7, 64):
        monkeypatch.setattr(text, "_BLOCK", size)
        pieces = read_space(tmp_path / "x.txt", repair=True)
        assert pieces.labels == whole.labels
        assert (pieces.vectors == whole.vectors).all()
        assert repairs_of(pieces) == repairs_of(whole)


def test_random_damage_is_repaired_or_named(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    whole = bytearray(("40 3\n" + "".join(f"w{i} {i}.5 -1 {i}e-2\n" for i in range(1, 41))).encode())
    for _ in range(150):
        damaged = bytearray(whole)
        for at in rng.integers(len(whole), size=3).tolist():
            damaged[at : at + int(rng.integers(0, 4))] = (
                rng.choice(list(b"\0\n \t\r.-e1\xff x"), size=2).astype("u1").tobytes()
            )
        path = written(tmp_path, bytes(damaged))
        try:
            space = read_space(path, repair=True)
        except SpaceError:
            continue
        assert len(space) > 20
        intact = [label for label in space.labels if f"{label} {label[1:]}.5 -1 {label[1:]}e-2" in whole.decode()]
        for label in intact:
            vector = space.vectors[space.labels.index(label)]
            if f"\n{label} {label[1:]}.5 -1 {label[1:]}e-2\n".encode() in bytes(damaged):
                assert np.allclose(vector, [int(label[1:]) + 0.5, -1, int(label[1:]) / 100])


@pytest.mark.parametrize("points", [None, 1, 5, 6, 10**30])
def test_what_a_file_says_of_its_points_is_no_promise(points: int | None) -> None:
    halves = [Block((f"a{i}", f"b{i}"), np.array([[i, 1], [1, i]], dtype=np.float32), np.arange(2)) for i in range(3)]
    contents = Contents(halves, "x", points=points)
    space = gather(contents, Reading(), Repairs(Path("x")), name="x")
    assert space.labels == ("a0", "b0", "a1", "b1", "a2", "b2")
    assert space.vectors.tolist() == [[0, 1], [1, 0], [1, 1], [1, 1], [2, 1], [1, 2]]


def test_a_small_file_that_breaks_off_keeps_what_stands_before(tmp_path: Path) -> None:
    rows = "".join(f"word{n} {n}.5 {n * n}.25 -{n}.125\n" for n in range(1, 40))
    whole = gzip.compress(rows.encode(), mtime=0)
    path = tmp_path / "broken.txt.gz"
    path.write_bytes(whole[: len(whole) * 2 // 3])
    with pytest.raises(SpaceError, match="cannot be read to its end"):
        read_space(path)
    space = read_space(path, repair=True)
    assert space.labels[:3] == ("word1", "word2", "word3")
    assert space.vectors[1].tolist() == [2.5, 4.25, -2.125]
    kinds = {fault["kind"]: fault["count"] for fault in space.provenance["repairs"]}
    assert kinds[FAULTS["broken"].name] == 1


def test_an_empty_line_before_a_binary_header_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "words.bin"
    path.write_bytes(b"\n2 2\na " + np.array([1, 2], "<f4").tobytes() + b"\nb " + np.array([2, 1], "<f4").tobytes())
    assert read_space(path).vectors.tolist() == [[1, 2], [2, 1]]
