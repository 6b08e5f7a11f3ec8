"""Tables and arrays as other programs write them: Parquet, JSON, numpy, static models, projector, archives."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from embedkit.errors import SpaceError, UsageError
from embedkit.spaces import EmbeddingSpace
from embedkit.spaces.formats.detect import read_space, write_space
from embedkit.spaces.open import open_space
from embedkit.spaces.tables.memory import space_from_table

VECTORS = [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]


def parquet(path: Path, table: Any) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(table if isinstance(table, pa.Table) else pa.table(table), path)
    return path


def columns_of(space: EmbeddingSpace) -> dict[str, list]:
    return {name: column.tolist() for name, column in space.columns.items()}


def test_the_one_column_of_lists_and_the_one_of_texts_are_taken_and_said(tmp_path: Path) -> None:
    table = {"id": [1, 2, 3], "text": ["a b", "c d", "a b"], "year": [2001, 2002, 2003], "embedding": VECTORS}
    space = read_space(parquet(tmp_path / "t.parquet", table))
    assert (space.labels, space.noun) == (("a b", "c d", "a b (2)"), "document")
    assert columns_of(space) == {"id": [1, 2, 3], "year": [2001, 2002, 2003]}
    assert space.provenance["taken"] == (
        "t.parquet: vectors from 'embedding', texts from 'text', ids from 'id'; name others with --vector, --text"
    )
    assert read_space(tmp_path / "t.parquet", limit=2).labels == ("a b", "c d")
    few = read_space(tmp_path / "t.parquet", label="year", columns=["text"], noun="year")
    assert (few.labels, few.noun, list(few.columns)) == (("2001", "2002", "2003"), "year", ["id", "text"])


def test_a_label_that_comes_again_names_both_rows_and_three_ways_on(tmp_path: Path) -> None:
    path = parquet(tmp_path / "twice.parquet", {"label": ["hello", "hi", "hello"], "vector": VECTORS})
    ways = "number them by --text 'label', name another column by --label or --id, or --repair keeps the first"
    with pytest.raises(SpaceError, match=rf"row 3: the label 'hello' stands on row 1 too; {ways}"):
        read_space(path)
    assert read_space(path, text="label").labels == ("hello", "hi", "hello (2)")
    assert read_space(path, repair=True).labels == ("hello", "hi")


@pytest.mark.parametrize(
    ("columns", "labels", "own"),
    [
        # a class is no name
        (
            {"text": ["x y", "z", "w"], "label": ["pos", "neg", "pos"]},
            ("x y", "z", "w"),
            {"label": ["pos", "neg", "pos"]},
        ),
        ({"label": [0, 1, 0]}, ("row 1", "row 2", "row 3"), {"label": [0, 1, 0]}),
        ({"name": ["p", "q", "p"], "id": ["a", "b", "c"]}, ("p", "q", "p (2)"), {"id": ["a", "b", "c"]}),
        (
            {"doc_id": ["a", "b", "c"], "kind": ["k", "k", "k"]},
            ("a", "b", "c"),
            {"doc_id": ["a", "b", "c"], "kind": ["k"] * 3},
        ),
        ({"__index_level_0__": [0, 1, 2], "word": ["a", "b", "c"]}, ("a", "b", "c"), {}),
        ({"__index_level_0__": ["a", "b", "c"]}, ("a", "b", "c"), {}),
        ({"word": ["a", "b", "c"], "count": [5, 4, 1]}, ("a", "b", "c"), {"count": [5, 4, 1]}),
        ({"word": ["a", "b", "c"], "count": ["5x", "4x", "1x"]}, ("a", "b", "c"), {"count (text)": ["5x", "4x", "1x"]}),
        ({"caption": ["a", "", None], "id": [7, 8, 9]}, ("a", "8", "9"), {"id": [7, 8, 9]}),
        ({"caption": ["a", "b", "c"], "tags": [["x", "y"], [], None]}, ("a", "b", "c"), {"tags": ["x, y", "", ""]}),
        ({"wort": ["a", "b", "c"], "am": ["2020-01-01"] * 3}, ("a", "b", "c"), None),
        ({"file_name": ["a.jpg", "b.png", "c.jpg"]}, ("a.jpg", "b.png", "c.jpg"), {}),
        ({"image": [{"bytes": b"x", "path": f"{i}.jpg"} for i in range(3)]}, ("0.jpg", "1.jpg", "2.jpg"), {}),
        ({"title": ["a", "b", "c"], "none": [None] * 3, "<b>": [1, 2, 3]}, ("a", "b", "c"), {"<b>": [1, 2, 3]}),
    ],
)
def test_names_are_told_from_the_other_columns(columns: dict, labels: tuple, own: dict | None, tmp_path: Path) -> None:
    space = read_space(parquet(tmp_path / "t.parquet", {**columns, "embedding": VECTORS}))
    assert space.labels == labels
    if own is not None:
        assert columns_of(space) == own


def test_a_column_that_cannot_be_kept_is_left_out_and_said(tmp_path: Path) -> None:
    table = {
        "title": ["a", "b", "c"],
        "raw": [b"x", b"y", b"z"],
        "other": [[1.0], [1.0, 2.0], []],
        "embedding": VECTORS,
    }
    taken = read_space(parquet(tmp_path / "t.parquet", table)).provenance["taken"]
    assert taken.endswith("; left out 'raw' (bytes), 'other' (lists of numbers)")


def test_several_columns_that_may_be_meant_are_named_with_the_option(tmp_path: Path) -> None:
    both = {"title": ["a", "b", "c"], "text_embedding": VECTORS, "image_embedding": VECTORS}
    with pytest.raises(SpaceError, match="vectors stand in 'text_embedding', 'image_embedding'; say which by --vector"):
        read_space(parquet(tmp_path / "t.parquet", both))
    taken = read_space(tmp_path / "t.parquet", vector="image_embedding").provenance["taken"]
    assert "left out 'text_embedding' (lists of numbers)" in taken
    pairs = {"de": ["ein Hund", "eine Katze", "x y"], "en": ["a dog", "a cat", "x y z"], "embedding": VECTORS}
    with pytest.raises(SpaceError, match=r"the columns 'de', 'en' hold texts; choose the one .* --text 'de'"):
        read_space(parquet(tmp_path / "t.parquet", pairs))
    assert read_space(tmp_path / "t.parquet", text="en").columns["de"].tolist() == pairs["de"]
    wide = {**{f"c{i:02}x": ["p", "p", "p"] for i in range(14)}, "embedding": VECTORS}
    with pytest.raises(UsageError, match=r"no column 'zz' for --label; it has 'c00x', .*'c09x' and 4 more$"):
        read_space(parquet(tmp_path / "t.parquet", wide), label="zz")


def vector_types() -> dict[str, Any]:
    import pyarrow as pa

    flat = pa.array(np.array(VECTORS).ravel())
    return {
        "double": pa.array(VECTORS),
        "half": pa.FixedSizeListArray.from_arrays(flat.cast(pa.float16()), 2),
        "int8": pa.array([[1, 0], [0, 1], [1, 1]], pa.list_(pa.int8())),
        "large": pa.array(VECTORS, pa.large_list(pa.float32())),
        "view": pa.array(VECTORS, pa.list_view(pa.float32())),
        "tensor": pa.FixedShapeTensorArray.from_numpy_ndarray(np.array(VECTORS)),
        "decimal": pa.array([[1, 0], [0, 1], [1, 1]], pa.list_(pa.decimal128(4, 2))),
        "json": pa.array(["[1, 0]", "[0,1]", "[1.0, 1e0]"]),
        "nested": pa.array([{"model": "m", "values": each} for each in VECTORS]),
    }


@pytest.mark.parametrize("kind", ["double", "half", "int8", "large", "view", "tensor", "decimal", "json", "nested"])
def test_vectors_of_every_type_are_the_same(kind: str, tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow import feather

    table = pa.table({"word": ["a", "b", "c"], "vector": vector_types()[kind]})
    feather.write_feather(table, str(tmp_path / "t.feather"), compression="zstd")
    with pa.OSFile(str(tmp_path / "t.arrows"), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    paths = [tmp_path / "t.feather", tmp_path / "t.arrows"]
    for path in paths if kind == "view" else [*paths, parquet(tmp_path / "t.parquet", table)]:
        space = read_space(path)
        assert (space.labels, space.vectors.tolist(), space.noun) == (("a", "b", "c"), VECTORS, "word")


OBJECTS = [{"word": word, "vec": vector, "n": n} for n, (word, vector) in enumerate(zip("abc", VECTORS, strict=True))]
BY_COLUMN = {name: [each[name] for each in OBJECTS] for name in ("word", "vec", "n")}
JSON = {
    "array": json.dumps(OBJECTS),
    "lines": "\n".join(map(json.dumps, OBJECTS)),
    "columns": json.dumps(BY_COLUMN),
    "pandas": json.dumps({name: dict(zip("012", column, strict=True)) for name, column in BY_COLUMN.items()}),
    "split": json.dumps({"columns": list(BY_COLUMN), "index": [0, 1, 2], "data": [list(o.values()) for o in OBJECTS]}),
    "response": json.dumps({"object": "list", "model": "m", "data": OBJECTS}),
    "mixed": '{"word": "a", "vec": [1, 0], "n": 0}\n{"word": "b", "vec": [0.0, 1.0], "n": 1}\n\n'
    '{"n": 2, "vec": [1, 1], "word": "c"}\n',
}


@pytest.mark.parametrize("layout", JSON)
def test_json_in_every_layout(layout: str, tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text(JSON[layout])
    space = read_space(tmp_path / "t.json")
    assert (space.labels, space.vectors.tolist(), columns_of(space)) == (("a", "b", "c"), VECTORS, {"n": [0, 1, 2]})


def test_json_of_lists_one_of_which_holds_objects(tmp_path: Path) -> None:
    ids, pages = ["x", "y", "z"], [{"page": 1}, {"page": 2}, {"page": 3}]
    store = {"ids": ids, "documents": ["a b", "c d", "a b"], "embeddings": VECTORS, "metadatas": pages}
    (tmp_path / "t.json").write_text(json.dumps(store))
    space = read_space(tmp_path / "t.json")
    assert (space.labels, space.noun) == (("a b", "c d", "a b (2)"), "document")
    assert columns_of(space) == {"ids": ids, "metadatas.page": [1, 2, 3]}


def test_json_of_vectors_by_word_and_of_vectors_alone(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text(json.dumps(dict(zip(["king", "queen", "man"], VECTORS, strict=True))))
    assert read_space(tmp_path / "t.json").labels == ("king", "queen", "man")
    (tmp_path / "t.json").write_text(json.dumps(VECTORS))
    assert read_space(tmp_path / "t.json").labels == ("row 1", "row 2", "row 3")
    for text, message in (
        ('{"word": "a", "vec": [1, 0]}\n{"word": "b", "vec": [0, 1}\n', r"t\.json:2: not JSON"),
        ('[{"word": "a", "vec": [1, 0]},\n3]', r"row 2 is no object"),
        ('{"word": "a", "vec": [1, 0]}\n{"word": "b", "vec": [1]}\n', "row 2: 1 values where 2 are due"),
    ):
        (tmp_path / "t.json").write_text(text)
        with pytest.raises(SpaceError, match=message):
            read_space(tmp_path / "t.json")


def test_arrays_by_any_names(tmp_path: Path) -> None:
    path = tmp_path / "t.npz"
    np.savez(
        path, embeddings=np.eye(3), words=np.array(["a", "b", "c"]), n=np.arange(3), lr=np.array(0.1), other=np.eye(2)
    )
    space = read_space(path)
    assert (space.labels, space.noun, columns_of(space)) == (("a", "b", "c"), "word", {"n": [0, 1, 2]})
    assert "left out 'lr' (float64 of shape ()), 'other' (float64 of shape (2, 2))" in space.provenance["taken"]
    np.savez(path, vectors=np.eye(3), labels=np.array([1, 2, 1]))
    assert columns_of(read_space(path)) == {"labels": [1, 2, 1]}
    np.savez(path, x=np.eye(3), y=np.array(["a", 2, None], dtype=object))
    assert "left out 'y' (pickled objects)" in read_space(path).provenance["taken"]
    for arrays, message in (
        (
            {"embeddings": np.eye(3), "words": np.array(["a", 2, None], dtype=object)},
            "'words' holds pickled objects, .* --labels FILE",
        ),
        ({"x": np.eye(3) * 1j}, "'x': complex numbers"),
        ({"x": np.zeros((2, 2, 2))}, r"no array of shape \(points, dimensions\); it has x \(2, 2, 2\)"),
        ({"a": np.eye(3), "b": np.eye(3)}, "vectors stand in 'a', 'b'; say which by --vector"),
    ):
        np.savez(path, **arrays)
        with pytest.raises(SpaceError, match=message):
            read_space(path)


def test_an_array_a_word_is_its_vector_and_one_a_dimension_a_column(tmp_path: Path) -> None:
    vectors = np.arange(1.0, 13).reshape(3, 4)
    np.savez(tmp_path / "words.npz", king=vectors[0], queen=vectors[1], dog=vectors[2])
    space = read_space(tmp_path / "words.npz")
    assert (space.labels, space.vectors.tolist()) == (("king", "queen", "dog"), vectors.tolist())
    for names in (["dim_0", "dim_1", "dim_2", "dim_3"], ["x", "y", "z", "w"]):
        np.savez(tmp_path / "dimensions.npz", **dict(zip(names, vectors.T, strict=True)))
        assert read_space(tmp_path / "dimensions.npz").vectors.tolist() == vectors.tolist()


@pytest.mark.parametrize("name", ["title", "word", "anything"])
@pytest.mark.parametrize("ending", ["parquet", "feather"])
def test_categories_name_points(tmp_path: Path, name: str, ending: str) -> None:
    frame = pd.DataFrame({name: pd.Categorical(["b", "a", "c"]), "embedding": np.eye(3).tolist()})
    getattr(frame, f"to_{ending}")(tmp_path / f"t.{ending}")
    assert read_space(tmp_path / f"t.{ending}").labels == ("b", "a", "c")
    assert space_from_table(frame).labels == ("b", "a", "c")


def test_a_matrix_alone(tmp_path: Path) -> None:
    path = tmp_path / "t.npy"
    np.save(path, np.eye(3, dtype="f2"))
    space = read_space(path)
    assert (space.labels, space.noun, space.vectors.tolist()) == (
        ("row 1", "row 2", "row 3"),
        "row",
        np.eye(3).tolist(),
    )
    assert "by --labels FILE" in space.provenance["taken"]
    (tmp_path / "labels.txt").write_bytes("\ufeffking\r\nqueen\r\nman\r\n".encode())
    assert read_space(path, labels=tmp_path / "labels.txt").labels == ("king", "queen", "man")
    records = np.array([("a", [1, 0], 3), ("b", [0, 1], 4)], dtype=[("word", "U4"), ("vector", "f4", 2), ("n", "i4")])
    np.save(path, records)
    assert columns_of(read_space(path)) == {"n": [3, 4]}
    for array, message in (
        (np.eye(3) * 1j, "complex"),
        (np.ones(3), r"shape \(3,\)"),
        (np.array([{}, 1], dtype=object), "pickled objects, which are not opened"),
        (np.array([["a"]]), "not of numbers"),
        (np.zeros((0, 3)), "no vectors"),
    ):
        np.save(path, array)
        with pytest.raises(SpaceError, match=rf"t\.npy: .*{message}"):
            read_space(path)
    path.write_bytes(b"\x93NUMPY\x01\x00v\x00{'descr': __import__('os'), }")
    with pytest.raises(SpaceError, match=r"t\.npy: not a readable \.npy"):
        read_space(path)


def static_model(folder: Path, tensors: dict[str, np.ndarray], vocabulary: Any, **more: Any) -> Path:
    from safetensors.numpy import save_file

    folder.mkdir(exist_ok=True)
    save_file(tensors, folder / "model.safetensors")
    about = {"model": {"type": "WordPiece", "vocab": vocabulary}, **more}
    (folder / "tokenizer.json").write_text(json.dumps(about))
    return folder


def test_static_models_as_they_are_published(tmp_path: Path) -> None:
    tokens = {"[PAD]": 0, "king": 1, "##s": 2}
    matrix = np.array([[0.5, 0.5], [1, 0], [0, 1]], dtype="f2")
    folder = static_model(tmp_path / "m2v", {"embeddings": matrix}, tokens)
    for path in (folder, folder / "model.safetensors"):
        space = read_space(path)
        assert (space.labels, space.noun, space.vectors.tolist()) == (
            ("[PAD]", "king", "##s"),
            "token",
            matrix.tolist(),
        )
    assert open_space(folder).labels == ("[PAD]", "king", "##s")
    shared = {"embeddings": matrix, "mapping": np.array([0, 2, 2]), "weights": np.array([1.0, 0.5, 2.0])}
    weighed = read_space(static_model(tmp_path / "m2v", shared, tokens))
    assert weighed.vectors.tolist() == [[0.5, 0.5], [0, 0.5], [0, 2]]
    unigram = static_model(tmp_path / "m2v", {"embedding.weight": matrix}, [["<s>", 0.0], ["▁king", -1.5], ["s", -2.0]])
    assert read_space(unigram).labels == ("<s>", "▁king", "s")
    (folder / "tokenizer.json").unlink()
    with pytest.raises(SpaceError, match=r"tokenizer\.json: no such file; the tokens of a static model stand in it"):
        read_space(folder / "model.safetensors")


def test_bfloat16_is_the_upper_half_of_float32(tmp_path: Path) -> None:
    header = json.dumps({"embeddings": {"dtype": "BF16", "shape": [1, 2], "data_offsets": [0, 4]}}).encode()
    (tmp_path / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + b"\x80\x3f\x20\xc1")
    (tmp_path / "tokenizer.json").write_text('{"model": {"vocab": {"a": 0}}}')
    assert read_space(tmp_path / "model.safetensors").vectors.tolist() == [[1, -10]]


def test_what_is_exported_for_the_projector_reads_back_the_same(tmp_path: Path) -> None:
    columns = {
        "label": np.array(["x", "y", "x"]),
        "code": np.array(["007", "", "1"]),
        "n": np.array([3, 2, 1], dtype=np.int32),
        "score": np.array([0.1, np.nan, 1e-9]),
        "old": np.array([True, False, True]),
        "seen": np.array(["2020-05-01T10:00:00.5", "NaT", "2021-01-01"], dtype="datetime64[ms]"),
    }
    about = {"file": "x.csv", "noun": "document"}
    space = EmbeddingSpace("my étude", ("a\tb", "line\nend", "c\\n"), np.eye(3) / 3, columns, about)
    write_space(space, tmp_path / "projector", format="tensorboard")
    back = read_space(tmp_path / "projector")
    assert (back.name, back.labels, back.provenance, list(back.columns)) == (
        "my étude",
        space.labels,
        about,
        list(columns),
    )
    assert (back.vectors == space.vectors).all()
    for name, values in columns.items():
        assert back.columns[name].dtype.kind == values.dtype.kind
        assert np.array_equal(back.columns[name], values, equal_nan=values.dtype.kind in "fM")
    bare = EmbeddingSpace("bare", ("label", "b"), np.eye(2))
    write_space(bare, tmp_path / "bare", format="tensorboard")
    assert read_space(tmp_path / "bare").labels == ("label", "b")


def test_a_folder_for_the_projector_of_somebody_elses(tmp_path: Path) -> None:
    folder = tmp_path / "projector"
    folder.mkdir()
    (folder / "vectors.tsv").write_text("0.1\t0.2\t0.3\n0.2\t0.1\t0.3\n")
    (folder / "metadata.tsv").write_text("word\tpart\nking\tnoun\nqueen\tnoun\n")
    space = open_space(folder)
    assert (space.labels, columns_of(space)) == (("king", "queen"), {"part": ["noun", "noun"]})
    with pytest.raises(SpaceError, match=r"there are no labels in it.* or name the folder .*projector"):
        read_space(folder / "vectors.tsv")
    assert read_space(folder / "vectors.tsv", labels=folder / "metadata.tsv").labels == ("king", "queen")
    (folder / "metadata.tsv").write_text("a dog runs\na dog runs\n")
    assert read_space(folder).labels == ("a dog runs", "a dog runs (2)")
    (folder / "projector_config.pbtxt").write_text('embeddings {\n tensor_path: "../secret.tsv"\n}\n')
    (tmp_path / "secret.tsv").write_text("9\t9\n9\t9\n")
    assert read_space(folder).dimensions == 3
    (folder / "circle.tsv").symlink_to("circle.tsv")
    for name in ("a\0b", "circle.tsv", "x" * 5_000):  # what no file is called, or leads nowhere
        (folder / "projector_config.pbtxt").write_text(f'embeddings {{\n tensor_path: "{name}"\n}}\n')
        assert read_space(folder).dimensions == 3
    (folder / "metadata.tsv").write_text("a\nb\nc\nd\n")
    with pytest.raises(SpaceError, match=r"metadata\.tsv: 4 rows of metadata for 2 vectors"):
        read_space(folder)
    (folder / "metadata.tsv").unlink()
    with pytest.raises(SpaceError, match=r"projector: no metadata\.tsv; give the labels by --labels FILE"):
        read_space(folder)


def zipped(path: Path, **files: str | bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


ROWS = "king 0.1 0.2 0.3\nqueen 0.2 0.1 0.3\n"


def test_archives_of_one_and_of_several(tmp_path: Path) -> None:
    path = zipped(tmp_path / "glove.zip", **{"glove.txt": ROWS, "__MACOSX/._glove.txt": "x"})
    assert open_space(path).labels == ("king", "queen")
    path = zipped(
        tmp_path / "glove.6B.zip", **{"glove.6B.50d.txt": ROWS, "glove.6B.100d.txt": ROWS.replace("king", "lord")}
    )
    with pytest.raises(
        SpaceError, match=r"glove\.6B\.zip: holds 'glove\.6B\.50d\.txt', .*; name one: .*\.zip:glove\.6B\.50d\.txt"
    ):
        open_space(path)
    space = open_space(f"{path}:glove.6B.100d.txt")
    assert (space.labels, space.name) == (("lord", "queen"), "glove.6B.100d/vectors")
    assert space.provenance["file"] == "glove.6B.zip:glove.6B.100d.txt"
    assert open_space(f"{path}:glove.6B.50d.txt").labels == ("king", "queen")
    with pytest.raises(SpaceError, match=r"no file 'glove\.6B\.10d\.txt' in it; did you mean"):
        open_space(f"{path}:glove.6B.10d.txt")
    parquet_bytes = io.BytesIO()
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"word": ["a", "b", "c"], "vector": VECTORS}), parquet_bytes)
    assert open_space(zipped(tmp_path / "p.zip", **{"x/p.parquet": parquet_bytes.getvalue()})).labels == ("a", "b", "c")
    bad = zipped(tmp_path / "bad.zip", **{"b.txt": "a 1 2\nb 1\n"})
    with pytest.raises(SpaceError, match=r"bad\.zip:b\.txt:2: "):
        open_space(bad)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"[Content_Types].xml": "", "xl/workbook.xml": ""}, "an Excel workbook; save its sheet as CSV"),
        ({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": ""}, "an OpenDocument file"),
        ({"model/data.pkl": "x", "model/data/0": "y"}, "a file of torch.save, which is a pickle"),
        ({"a/": ""}, "an archive with no file in it"),
    ],
)
def test_archives_of_something_else_are_named(files: dict, message: str, tmp_path: Path) -> None:
    with pytest.raises(SpaceError, match=rf"x\.dat: {message}"):
        read_space(zipped(tmp_path / "x.dat", **files))


@pytest.mark.parametrize(
    "kind", ["table.csv", "table.jsonl", "table.feather", "table.npy", "any.npz", "model.safetensors", "words.zip"]
)
def test_random_damage_never_ends_in_anything_but_a_space_error(kind: str, tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow import feather

    rng = np.random.default_rng(0)
    path = tmp_path / kind
    table = {"caption": ["a dog", "b", "ç"], "n": [1, 2, 3], "seen": ["2020-01-01", "", "2020-01-02"]}
    if kind == "table.csv":
        path.write_text('caption;n;d1;d2;d3\na dog;1;0,5;1;2\n"b;\n";2;1;1;2\nç;3;0,1;0;1\n')
    elif kind == "table.jsonl":
        path.write_text(
            "\n".join(json.dumps({"caption": c, "e": v}) for c, v in zip(table["caption"], VECTORS, strict=True))
        )
    elif kind == "table.feather":
        feather.write_feather(pa.table({**table, "embedding": VECTORS}), str(path), compression="uncompressed")
    elif kind == "table.npy":
        np.save(path, np.array(VECTORS))
    elif kind == "any.npz":
        np.savez(path, embeddings=np.array(VECTORS), words=np.array(["a", "b", "c"]))
    elif kind == "words.zip":
        zipped(path, **{"words.txt": ROWS})
    else:
        static_model(tmp_path, {"embeddings": np.array(VECTORS, dtype="f4")}, {"a": 0, "b": 1, "c": 2})
    whole = path.read_bytes()
    messages = []
    for _ in range(150):
        damaged = bytearray(whole)
        at = int(rng.integers(min(100, len(whole)) if rng.random() < 0.5 else len(whole)))
        damaged[at : at + int(rng.integers(0, 5))] = rng.bytes(int(rng.integers(0, 5)))
        path.write_bytes(damaged)
        try:
            read_space(path)
        except SpaceError as error:
            messages.append(str(error))
    assert len(messages) > 10
    assert all(str(path) in message for message in messages)


def test_columns_that_cannot_be_read_by_their_names_are_read(tmp_path: Path) -> None:
    import pyarrow as pa

    table = pa.table(
        [["x", "y", "z"], [1, 2, 3], [4, 5, 6], [{"c": 7}, {"c": 8}, {"c": 9}], [0, 1, 0], VECTORS],
        names=["text", "", "a ", "b", "b.c", "embedding"],
    )
    space = read_space(parquet(tmp_path / "odd.parquet", table))
    assert columns_of(space) == {"column 2": [1, 2, 3], "a": [4, 5, 6], "b.c": [7, 8, 9], "b.c (2)": [0, 1, 0]}


def test_records_in_lists_of_which_one_is_longer_far_below_are_no_columns(tmp_path: Path) -> None:
    import pyarrow as pa

    rows = 1_500  # more than are looked at first
    marks = [[{"a": 1}]] * (rows - 1) + [[{"a": 1}, {"a": 2}]]
    table = pa.table({"text": [f"text {row}" for row in range(rows)], "marks": marks, "emb": VECTORS * (rows // 3)})
    assert columns_of(read_space(parquet(tmp_path / "marks.parquet", table))) == {}
    alike = table.set_column(1, "marks", pa.array([[{"a": 1}]] * rows))
    assert columns_of(read_space(parquet(tmp_path / "alike.parquet", alike))) == {"marks.a": [1] * rows}


def test_several_vectors_a_row_are_named_for_what_they_are(tmp_path: Path) -> None:
    path = parquet(tmp_path / "many.parquet", {"text": ["x", "y", "z"], "tokens": [VECTORS, VECTORS, VECTORS]})
    with pytest.raises(SpaceError, match="'tokens' holds lists of vectors, where one a row is due"):
        read_space(path)


def test_columns_keep_their_order_and_lie_so_in_what_is_kept(tmp_path: Path) -> None:
    own = {"z": ["p", "q", "r"], "n": [1, 2, 3], "b": ["s", "t", "u"], "a": ["v", "w", "x"], "m": [0.5, 1.5, 2.5]}
    path = parquet(tmp_path / "order.parquet", {"text": ["k", "l", "m"], **own, "embedding": VECTORS})
    assert list(open_space(path).columns) == ["z", "n", "b", "a", "m"]


@pytest.mark.parametrize(("factor", "word", "rule"), [(1e30, "large", "divide"), (1e-30, "small", "multiply")])
def test_lengths_beyond_single_precision_are_refused(tmp_path: Path, factor: float, word: str, rule: str) -> None:
    vectors = [VECTORS[0], [factor, factor], VECTORS[2]]
    path = parquet(tmp_path / "far.parquet", {"text": ["a", "b", "c"], "embedding": vectors})
    message = f"row 2: the values of 'b', of .* together, are too {word} for single precision; {rule} all vectors"
    with pytest.raises(SpaceError, match=message):
        read_space(path)
    assert read_space(path, repair=True).labels == ("a", "c")


def test_a_folder_of_parquet_files_is_one_table(tmp_path: Path) -> None:
    folder = tmp_path / "parts"
    folder.mkdir()
    (folder / "_SUCCESS").touch()
    parquet(folder / "part-1.parquet", {"text": ["c"], "year": [2003], "embedding": VECTORS[2:]})
    parquet(folder / "part-0.parquet", {"text": ["a", "b"], "year": [2001, 2002], "embedding": VECTORS[:2]})
    space = open_space(folder)
    assert (tuple(space.labels), columns_of(space)) == (("a", "b", "c"), {"year": [2001, 2002, 2003]})
    np.testing.assert_array_equal(space.vectors, np.float32(VECTORS))
    parquet(folder / "part-2.parquet", {"text": ["d"], "embedding": ["of another kind"]})
    with pytest.raises(SpaceError, match=r"part-2\.parquet: not a readable \.parquet .*embedding"):
        read_space(folder)
