"""Embedding files: each format there and back, gensim as the referee, and every kind of damage named."""

import bz2
import gzip
import lzma
from pathlib import Path

import numpy as np
import pytest

from embedkit.errors import SpaceError, UsageError
from embedkit.spaces import EmbeddingSpace
from embedkit.spaces.formats.detect import read_space, write_space
from embedkit.spaces.formats.table import FORMATS, written

SPACE = EmbeddingSpace(
    "small",
    (
        "the",
        "naïve",
        "日本",
        "</script>",
        "-0.5",
        "17",
        '"quoted"',
        "\u00adsoft",
    ),
    np.random.default_rng(0).normal(size=(8, 5)) * 10.0 ** np.arange(-4, 4)[:, None],
    {"count": np.arange(8, 0, -1), "part": np.array(list("aabbccdd"))},
    {"corpus": "étude"},
)
ENDINGS = {"word2vec": ".txt", "word2vec-binary": ".bin", "npz": ".npz", "parquet": ".parquet"}
COMPRESS = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}


@pytest.mark.parametrize("compressed", ["", ".gz", ".bz2", ".xz"])
@pytest.mark.parametrize("format", ENDINGS)
def test_there_and_back(format: str, compressed: str, tmp_path: Path) -> None:
    path = tmp_path / f"small{ENDINGS[format]}"
    write_space(SPACE, path)
    if compressed:
        data, path = path.read_bytes(), path.with_name(path.name + compressed)
        path.write_bytes(COMPRESS[compressed](data))
    back = read_space(path)
    assert (back.name, back.labels) == ("small", SPACE.labels)
    assert (back.vectors == SPACE.vectors).all()
    if format in ("npz", "parquet"):
        assert back.provenance == SPACE.provenance
        assert {k: v.tolist() for k, v in back.columns.items()} == {k: v.tolist() for k, v in SPACE.columns.items()}
    first = read_space(path, limit=3)
    assert first.labels == SPACE.labels[:3]
    assert (first.vectors == SPACE.vectors[:3]).all()


def test_the_content_tells_the_format_not_the_name(tmp_path: Path) -> None:
    for format in ENDINGS:
        write_space(SPACE, tmp_path / "vectors.dat", format=format)
        assert read_space(tmp_path / "vectors.dat").labels == SPACE.labels


@pytest.mark.parametrize("format", ["word2vec", "word2vec-binary"])
def test_gensim_reads_what_is_written_and_the_other_way_round(format: str, tmp_path: Path) -> None:
    from gensim.models import KeyedVectors

    binary = format == "word2vec-binary"
    write_space(SPACE, tmp_path / "ours", format=format)
    peer = KeyedVectors.load_word2vec_format(str(tmp_path / "ours"), binary=binary)
    assert tuple(peer.index_to_key) == SPACE.labels
    assert (peer.vectors == SPACE.vectors).all()
    peer.save_word2vec_format(str(tmp_path / "theirs"), binary=binary)
    back = read_space(tmp_path / "theirs")
    assert back.labels == SPACE.labels
    assert back.vectors == pytest.approx(SPACE.vectors, rel=1e-6)


@pytest.mark.parametrize("file", ["crime-and-punishment", "lee_fasttext_new"])
def test_fasttext_models(file: str, tmp_path: Path) -> None:
    from gensim.models.fasttext import load_facebook_vectors
    from gensim.test.utils import datapath

    path = Path(datapath(f"{file}.bin"))
    space = read_space(path)
    peer = load_facebook_vectors(str(path))
    assert list(space.labels) == peer.index_to_key
    assert (space.vectors == peer.vectors).all()
    assert space.columns["count"][0] == peer.get_vecattr(space.labels[0], "count")
    (tmp_path / "model.bin.gz").write_bytes(gzip.compress(path.read_bytes()))
    assert read_space(tmp_path / "model.bin.gz", limit=2).labels == space.labels[:2]
    for length, where in ((20, "its options"), (3000, r"word \d+ of"), (path.stat().st_size // 2, "its .* vectors")):
        (tmp_path / "cut.bin").write_bytes(path.read_bytes()[:length])
        with pytest.raises(SpaceError, match=rf"cut\.bin: not a whole fastText model: it ends within {where}"):
            read_space(tmp_path / "cut.bin")


def test_a_fasttext_model_that_gensim_wrote(tmp_path: Path) -> None:
    from gensim.models import FastText
    from gensim.models.fasttext import save_facebook_model

    sentences = [["naïve", "日本", "the", "cat"], ["the", "cat", "sat"]] * 5
    model = FastText(sentences, vector_size=4, min_count=1, bucket=50, epochs=1, workers=1, seed=1)
    path = tmp_path / "written.bin"
    save_facebook_model(model, str(path))
    space = read_space(path)
    assert sorted(space.labels) == ["cat", "naïve", "sat", "the", "日本"]
    for label, vector, count in zip(space.labels, space.vectors, space.columns["count"], strict=True):
        assert vector == pytest.approx(model.wv[label], abs=1e-6)
        assert count == model.wv.get_vecattr(label, "count")
    model.wv.save_word2vec_format(str(tmp_path / "written.vec"))
    assert read_space(tmp_path / "written.vec").vectors == pytest.approx(model.wv.vectors, abs=1e-6)

    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"sat\0", b"cat\0", 1))
    with pytest.raises(SpaceError, match=r"written\.bin: the label 'cat' \(word \d\) stands twice"):
        read_space(path)


def test_a_vec_file_as_fasttext_writes_it() -> None:
    from gensim.test.utils import datapath

    space = read_space(datapath("crime-and-punishment.vec"))
    assert (len(space), space.dimensions) == (291, 5)
    assert space.name == "crime-and-punishment"


def test_glove_without_header_and_with_spaces_in_labels(tmp_path: Path) -> None:
    path = tmp_path / "glove.840B.3d.txt"
    path.write_text("the 1 2 3\n. . . 4 5 6\nat name@domain.com 7 8 9\r\n, -1e-3 +2 .5\n")
    space = read_space(path)
    assert space.labels == ("the", ". . .", "at name@domain.com", ",")
    assert space.vectors.tolist()[:3] == [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    assert space.vectors[3] == pytest.approx([-0.001, 2, 0.5])
    assert space.name == "glove.840B.3d"


def test_tabs_separate_too(tmp_path: Path) -> None:
    (tmp_path / "tabs.txt").write_text("the\t1\t2\na\t3\t4\n")
    assert read_space(tmp_path / "tabs.txt").labels == ("the", "a")


def test_blocks_that_cut_lines_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from embedkit.spaces.formats import binary as formats_binary
    from embedkit.spaces.formats import text as formats_text

    for module in (formats_text, formats_binary):
        monkeypatch.setattr(module, "_BLOCK", 37)
    for format in ("word2vec", "word2vec-binary"):
        write_space(SPACE, tmp_path / "x", format=format)
        assert (read_space(tmp_path / "x").vectors == SPACE.vectors).all()
    (tmp_path / "bad.txt").write_text("a 1 2\n" * 1 + "".join(f"w{i} 1 2\n" for i in range(40)) + "w7 1 2\n")
    with pytest.raises(SpaceError, match=r"bad\.txt:42: the label 'w7' stands on line 9 too"):
        read_space(tmp_path / "bad.txt")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        ("\n\n", "empty"),
        ("0 3\n", "no vectors"),
        ("3 2\na 1 2\nb 1 2\n", r":3: the file ends after 2 rows of the 3"),
        ("1 2\na 1 2\nb 1 2\n", r":3: more rows than the 1"),
        ("2 2\na 1 2\nb 1\n", r":3: 1 values where 2"),
        ("2 2\na 1 2 3\nb 1 2\n", r":2: more than 2 values, or a label that ends in a number \(1\)"),
        ("2 2\nroute 66 0.1 2\nb 1 2\n", None),
        ("2 3\na 1 2\nb 1 2\n", r":1: its header says 3 values a row and most rows have 2"),
        ("a 1 2\nb 1\nc 1 2\n", r":2: 1 values where 2"),
        ("a 1 2\nb x 2\n", r":2: 'b x 2' does not end in 2 numbers"),
        (
            "king 1 2 3 4\nthe old city was seen\n",
            r"'old' is none; is it a text\? .*`embedkit train word2vec --corpus FILE`",
        ),
        ("a 1 2\nb nan 2\n", r":2: a value of 'b' is not finite"),
        ("a 1 2\nb 1 -inf\n", r":2: .* not finite"),
        ("a 1 2\nb 1 1e99\n", r":2: .* not finite"),
        ("a 1 2\nb 1 2\na 1 3\n", r":3: the label 'a' stands on line 1 too"),
        ("a 1 2\n\nb 0 -0.0\n", r":3: the vector of 'b' is zero"),
        ("2 2\na 0 0\nb 0 0\n", r":2: the vector of 'a' is zero.*there are 2"),
        ("a 1 2\nb 1 2x\n", r":2: 'b 1 2x' does not end in 2 numbers"),
        ("a 1 2\nb 1_0 2\n", r":2: 'b 1_0 2' does not end in 2 numbers"),
    ],
)
def test_malformed_text_names_its_line(text: str, message: str | None, tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_text(text)
    if message is None:
        assert read_space(tmp_path / "bad.txt").labels == ("route 66", "b")
        return
    with pytest.raises(SpaceError, match=rf"bad\.txt.*{message}"):
        read_space(tmp_path / "bad.txt")


@pytest.mark.parametrize("header", [b"", b"2 2\n"])
def test_text_that_is_not_utf8_names_its_line(header: bytes, tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_bytes(header + "a 1 2\nmüsli 1 2\n".encode("latin-1"))
    with pytest.raises(SpaceError, match=rf"bad\.txt:{3 if header else 2}: .*not UTF-8"):
        read_space(tmp_path / "bad.txt")


def test_damaged_binary_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.bin"
    write_space(SPACE, path)
    whole = path.read_bytes()

    def refused(data: bytes, message: str) -> None:
        path.write_bytes(data)
        with pytest.raises(SpaceError, match=rf"x\.bin.*{message}"):
            read_space(path)

    refused(whole[:-12], "ends within point 8 of 8")
    # Four bytes of header, and 22 at the least for each of five points.
    refused(whole[: 4 + 5 * 21], "ends after at most 5 points of the 8 that its header says; is it complete?")
    refused(whole.replace(b"8 5\n", b"7 5\n", 1), "goes on after the 7 points")
    refused(whole.replace(b"the ", b"17 ", 1), "'17' stands on point 1 too")
    refused(whole.replace(b"the ", b"\xff\xfe ", 1), "point 1: .*not UTF-8")
    nan = np.array([np.nan] * 5, dtype="<f4").tobytes()
    refused(whole[:8] + nan + whole[28:], "point 1: a value of 'the' is not finite")
    refused(whole[:8] + bytes(20) + whole[28:], "point 1: the vector of 'the' is zero")
    path.write_bytes(whole.replace(b"8 5\n", b"7 5\n", 1))
    with pytest.raises(SpaceError, match="goes on after the 7 points"):
        read_space(path, limit=9)
    path.write_bytes(whole[:-12])
    assert read_space(path, limit=7).labels == SPACE.labels[:7]


def test_cut_compressed_and_foreign_files_are_named(tmp_path: Path) -> None:
    write_space(SPACE, tmp_path / "x.txt")
    for ending, compress in COMPRESS.items():
        data = compress((tmp_path / "x.txt").read_bytes())
        (tmp_path / f"x.txt{ending}").write_bytes(data[:-20])
        with pytest.raises(SpaceError, match="cannot be read to its end"):
            read_space(tmp_path / f"x.txt{ending}")
    (tmp_path / "x.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    with pytest.raises(SpaceError, match=r"x\.png: an image"):
        read_space(tmp_path / "x.png")
    (tmp_path / "x.png").write_bytes(b"\x8aXYZ\r\n\x1a\n\0\0\0\rIHDR")
    with pytest.raises(
        SpaceError, match=r"no known format; known are word2vec, GloVe, fastText, \.npz, .* and TensorBoard"
    ):
        read_space(tmp_path / "x.png")
    with pytest.raises(UsageError, match="no such file"):
        read_space(tmp_path / "nothing.txt")
    np.savez(tmp_path / "other.npz", vectors=np.eye(2), labels=np.array(["a", print], dtype=object))
    with pytest.raises(
        SpaceError, match=r"other\.npz: 'labels' holds pickled objects, which are not opened; .* --labels"
    ):
        read_space(tmp_path / "other.npz")


def test_damaged_parquet_names_its_row(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = tmp_path / "x.parquet"

    def refused(table: dict, message: str) -> None:
        pq.write_table(pa.table(table), path)
        with pytest.raises(SpaceError, match=rf"x\.parquet: {message}"):
            read_space(path)

    refused({"label": ["a", "b"], "vector": [[1.0, 2.0], [1.0]]}, "row 2: 1 values where 2")
    refused({"label": ["a", "b"], "vector": [[1.0, 2.0], None]}, "row 2: the vector is missing")
    refused({"label": ["a", "b"], "vector": [[1.0, 2.0], [1.0, None]]}, "row 2: a value")
    refused({"label": ["a", "a"], "vector": [[1.0, 2.0], [1.0, 3.0]]}, "row 2: the label 'a' stands on row 1 too")
    refused({"label": ["a"], "vector": [1.0]}, "no column holds vectors: .*it has 'label', 'vector'")
    refused({"label": ["a"], "vector": [["x"]]}, "no column holds vectors")
    refused({"label": pa.array([], pa.string()), "vector": pa.array([], pa.list_(pa.float32()))}, "there are no rows")
    refused({"label": ["a", "b"], "vector": [[1.0, 2.0], [0.0, 0.0]]}, "row 2: the vector of 'b' is zero")
    refused({"label": ["a", "b"], "vector": [[1.0, 2.0], [np.nan, 0.0]]}, "row 2: a value of 'b' is not finite")
    invalid = pa.StringArray.from_buffers(1, pa.py_buffer(np.array([0, 2], np.int32)), pa.py_buffer(b"\xffa"))
    refused({"label": invalid, "vector": [[1.0]]}, r".*not UTF-8")
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(SpaceError, match=r"x\.parquet: not a readable"):
        read_space(path)


@pytest.mark.parametrize("format", [*ENDINGS, "fasttext"])
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")  # gensim, of damaged options
def test_random_damage_never_ends_in_anything_but_a_space_error(format: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    path = tmp_path / "x"
    if format == "fasttext":
        from gensim.models import FastText
        from gensim.models.fasttext import save_facebook_model

        model = FastText([["a", "b"]], vector_size=2, min_count=1, bucket=3, epochs=1, workers=1)
        save_facebook_model(model, str(path))
    else:
        write_space(SPACE, path, format=format)
    whole = path.read_bytes()
    messages = []
    for _ in range(200):
        damaged = bytearray(whole)
        # Half of the time within the first bytes, where what says the sizes stands.
        at = int(rng.integers(min(100, len(whole)) if rng.random() < 0.5 else len(whole)))
        damaged[at : at + int(rng.integers(0, 5))] = rng.bytes(int(rng.integers(0, 5)))
        path.write_bytes(damaged)
        try:
            read_space(path)
        except SpaceError as error:
            messages.append(str(error))
    assert len(messages) > 50
    assert all(str(path) in message for message in messages)


def test_tensorboard_files_stay_in_step(tmp_path: Path) -> None:
    space = EmbeddingSpace("t", ("a\tb", "line\nend", "c\\n"), np.eye(3), {"count": np.array([3, 2, 1])})
    write_space(space, tmp_path / "projector", format="tensorboard")
    metadata = (tmp_path / "projector" / "metadata.tsv").read_text().split("\n")
    assert metadata == ["label\tcount", "a\\tb\t3", "line\\nend\t2", "c\\\\n\t1", ""]
    assert np.loadtxt(tmp_path / "projector" / "vectors.tsv").tolist() == np.eye(3).tolist()
    assert 'metadata_path: "metadata.tsv"' in (tmp_path / "projector" / "projector_config.pbtxt").read_text()
    write_space(SPACE.take(np.arange(2)), tmp_path / "plain", format="tensorboard")
    bare = EmbeddingSpace("t", ("a", "b"), np.eye(2))
    write_space(bare, tmp_path / "bare", format="tensorboard")
    assert (tmp_path / "bare" / "metadata.tsv").read_text() == "a\nb\n"


def test_labels_that_a_format_cannot_hold_are_refused_and_nothing_is_left(tmp_path: Path) -> None:
    space = EmbeddingSpace("t", ("a", "b c"), np.eye(2))
    for format in ("word2vec", "word2vec-binary"):
        with pytest.raises(SpaceError, match=r"'b c' .* white space"):
            write_space(space, tmp_path / "x", format=format)
    assert list(tmp_path.iterdir()) == []


def test_wrong_calls_are_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="did you mean word2vec"):
        write_space(SPACE, tmp_path / "x", format="wordvec")
    with pytest.raises(UsageError, match="name a format"):
        write_space(SPACE, tmp_path / "x.md")
    write_space(SPACE, tmp_path / "x.txt")
    with pytest.raises(UsageError, match="limit is 0"):
        read_space(tmp_path / "x.txt", limit=0)
    with pytest.raises(UsageError, match="there are: word2vec, word2vec-binary, npz, parquet, tensorboard"):
        write_space(SPACE, tmp_path / "x", format="fasttext")
    assert set(ENDINGS) | {"tensorboard"} == set(written())
    assert set(FORMATS) - set(written()) == {
        "fasttext",
        "arrow",
        "npy",
        "delimited",
        "json",
        "safetensors",
        "parts",
    }


def test_half_of_a_character_in_arrays_stands_as_its_escape(tmp_path: Path) -> None:
    labels = np.array(["a", "b\ud800", "c"])
    np.savez(tmp_path / "x.npz", vectors=np.eye(3), labels=labels, kind=np.array(["x", "\udfff", ""]))
    space = read_space(tmp_path / "x.npz")
    assert space.labels == ("a", "b\\ud800", "c")
    assert space.columns["kind"].tolist() == ["x", "\\udfff", ""]


@pytest.mark.parametrize("ending", [".parquet", ".bin", ".vec"])
def test_what_a_format_cannot_hold_is_refused_before_a_file_is_made(tmp_path: Path, ending: str) -> None:
    for labels, message in ((("a", ""), "the label of row 1 is empty"), (("a", "b\ud800"), "half of a character")):
        space = EmbeddingSpace("s", labels, np.eye(2))
        with pytest.raises(SpaceError, match=message):
            write_space(space, tmp_path / f"x{ending}")
        assert list(tmp_path.iterdir()) == []
        write_space(space, tmp_path / "x.npz")
        assert read_space(tmp_path / "x.npz").labels == labels
        (tmp_path / "x.npz").unlink()
    half = EmbeddingSpace("s", ("a", "b"), np.eye(2), {"kind": np.array(["x", "\ud800"])})
    with pytest.raises(SpaceError, match="the kind of row 1"):
        write_space(half, tmp_path / "x.parquet")


def test_texts_that_are_missing_are_empty_in_every_format(tmp_path: Path) -> None:
    space = EmbeddingSpace("s", ("a", "b"), np.eye(2), {"kind": np.array(["x", None], dtype=object)})
    for path, format in ((tmp_path / "x.npz", None), (tmp_path / "x.parquet", None), (tmp_path / "t", "tensorboard")):
        write_space(space, path, format=format)
        assert read_space(path).columns["kind"].tolist() == ["x", ""]
