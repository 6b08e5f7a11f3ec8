"""Embedding files and folders of two dozen kinds, read as they are or with --repair."""

import gzip
import io
import json
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
from safetensors.numpy import save

from benchmarks.hostile_inputs.sample import Item, Sample
from embedkit.spaces import EmbeddingSpace
from embedkit.spaces.formats.detect import read_space, write_space

POINTS, DIMENSIONS = 12, 5
WORDS = ("king", "queen", "New York", "naïve", "日本", "-", "1999", "می‌خواهم", "e", "nan", "it's", 'say "hi"')
_SEALED = (".npz", ".zip", ".gz")


def samples(folder: Path) -> Iterator[Sample]:
    for name, content in _files(folder).items():
        for repair in (False, True):
            read = partial(_read, name, repair)
            called = f"{name} repaired" if repair else name
            # What comes before a break is taken when it is to be repaired, and no checksum speaks for it.
            sealed = name.endswith(_SEALED) and not repair
            sample = partial(Sample, whole=False, sealed=sealed, slack=name.endswith(".json"))
            yield sample("embeddings", called, {name: content}, read)
    yield from _folders(folder)


def _read(name: str, repair: bool, folder: Path) -> list[Item]:
    return _items(read_space(folder / name, repair=repair))


def _read_beside(labels: str, folder: Path) -> list[Item]:
    return _items(read_space(folder / "matrix.npy", labels=folder / labels))


def _items(space: EmbeddingSpace) -> list[Item]:
    if not np.isfinite(space.vectors).all() or len(set(space.labels)) != len(space):
        raise AssertionError("an unsound space was accepted")
    # Another line can change how many columns there are, or their names, and so the order; then there is nothing to
    # compare.
    order = space.provenance.get("taken", "")
    return [
        (f"{label}/{space.dimensions}/{order}", tuple(np.round(vector, 6).tolist()))
        for label, vector in zip(space.labels, space.vectors, strict=True)
    ]


def _files(folder: Path) -> dict[str, bytes]:
    """A file of each format, by what it is called."""
    vectors = np.random.default_rng(0).normal(size=(POINTS, DIMENSIONS)).astype(np.float32)
    columns = {"count": np.arange(POINTS, 0, -1), "kind": np.array(["a", "b"] * 6)}
    space = EmbeddingSpace("sound", WORDS, vectors, columns)
    one_word = EmbeddingSpace("sound", [word.replace(" ", "_") for word in WORDS], vectors)
    files: dict[str, bytes] = {}
    for name, format, content in (
        ("a.vec", "word2vec", one_word),
        ("a.bin", "word2vec-binary", one_word),
        ("a.npz", "npz", space),
        ("a.parquet", "parquet", space),
    ):
        write_space(content, folder / name, format=format)
        files[name] = (folder / name).read_bytes()
    files["a.txt"] = files["a.vec"].split(b"\n", 1)[1]
    rows = [dict(zip(("word", "kind", "vector"), row, strict=True)) for row in _rows(space)]
    files |= _wrapped(space)
    files["a.jsonl"] = "\n".join(json.dumps(row) for row in rows).encode()
    files["a.json"] = json.dumps(rows).encode()
    for name, mark in (("a.csv", ","), ("a.tsv", "\t"), ("b.csv", ";")):
        files[name] = _delimited(space, mark)
    behind = [f"{label}\t{','.join(map(repr, vector))}" for label, _, vector in _rows(space)]
    files["b.tsv"] = ("\n".join(behind) + "\n").encode()
    files["a.npy"] = _saved(vectors)
    held = io.BytesIO()
    np.savez_compressed(held, emb=vectors, names=np.array(WORDS))
    files["b.npz"] = held.getvalue()
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.vec", files["a.vec"])
    files["a.zip"] = held.getvalue()
    files["a.vec.gz"] = gzip.compress(files["a.vec"], mtime=0)
    files["a.arrow"] = _arrow(space)
    return files


def _wrapped(space: EmbeddingSpace) -> dict[str, bytes]:
    """JSON as services and pandas write it."""
    rows = list(_rows(space))
    words, vectors = [word for word, _, _ in rows], [vector for _, _, vector in rows]
    records = [{"_id": word, "_source": {"embedding": vector}} for word, _, vector in rows]
    values = {
        "lists.json": {"model": "m", "texts": words, "embeddings": {"float": vectors}, "meta": {"v": 1}},
        "vocabulary.json": {"vocab": {word: row for row, word in enumerate(words)}, "vectors": vectors},
        "pandas.json": {"embedding": dict(zip(words, vectors, strict=True)), "n": dict.fromkeys(words, 1)},
        "split.json": {"columns": ["embedding"], "index": words, "data": [[vector] for vector in vectors]},
        "hits.json": {"took": 1, "hits": {"total": {"value": len(rows)}, "hits": records}},
        "objects.json": {word: {"embedding": vector, "kind": kind} for word, kind, vector in rows},
    }
    return {name: json.dumps(value).encode() for name, value in values.items()}


def _folders(folder: Path) -> Iterator[Sample]:
    """TensorBoard's folder, a static model's and parts of a table, each of several files."""
    vectors = np.random.default_rng(0).normal(size=(POINTS, DIMENSIONS)).astype(np.float32)
    write_space(EmbeddingSpace("sound", WORDS, vectors), folder / "projector", format="tensorboard")
    files = {f"projector/{each.name}": each.read_bytes() for each in sorted((folder / "projector").iterdir())}
    yield Sample("embeddings", "projector", files, partial(_read, "projector", False), whole=False, aligned=True)
    tokens = {"model": {"type": "WordLevel", "vocab": {word: row for row, word in enumerate(WORDS)}}}
    files = {
        "model/model.safetensors": save({"embeddings": vectors}),
        "model/tokenizer.json": json.dumps(tokens).encode(),
    }
    # A token with another's number is in its place.
    yield Sample("embeddings", "static model", files, partial(_read, "model", False), whole=False, slack=1)
    space = EmbeddingSpace("sound", WORDS, vectors, {"kind": np.array(["a", "b"] * 6)})
    heading, *lines = _delimited(space, ",").splitlines(keepends=True)
    files = {f"parts/part-{at}.csv": b"".join([heading, *lines[6 * at : 6 * at + 6]]) for at in range(2)}
    yield Sample("embeddings", "parts", files, partial(_read, "parts", False), whole=False)
    beside = {"labels.npy": _saved(np.array(WORDS)), "labels.json": json.dumps(WORDS).encode()}
    for name, content in beside.items():
        files = {"matrix.npy": _saved(vectors), name: content}
        yield Sample("embeddings", name, files, partial(_read_beside, name), whole=False, slack=1, aligned=True)


def _rows(space: EmbeddingSpace) -> Iterator[tuple[str, str, list[float]]]:
    for label, kind, vector in zip(space.labels, space.columns["kind"], space.vectors, strict=True):
        yield label, str(kind), [float(value) for value in vector]


def _delimited(space: EmbeddingSpace, mark: str) -> bytes:
    lines = [mark.join(["word", "kind", *(f"d{i}" for i in range(DIMENSIONS))])]
    for label, kind, vector in _rows(space):
        quoted = '"' + label.replace('"', '""') + '"'
        lines.append(mark.join([quoted, kind, *map(repr, vector)]))
    return ("\n".join(lines) + "\n").encode()


def _saved(vectors: np.ndarray) -> bytes:
    held = io.BytesIO()
    np.save(held, vectors)
    return held.getvalue()


def _arrow(space: EmbeddingSpace) -> bytes:
    import pyarrow as pa

    table = pa.table({"word": list(space.labels), "vector": [row.tolist() for row in space.vectors]})
    held = io.BytesIO()
    with pa.ipc.new_file(held, table.schema) as writer:
        writer.write_table(table)
    return held.getvalue()
