"""JSON as pandas and services of embeddings write it: rows, columns, and what stands around them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from embedkit.spaces.formats.detect import read_space
from embedkit.spaces.space import EmbeddingSpace

WORDS = ("king", "queen", "dog", "cat", "house")
VECTORS = [[0.5, -1.0, 2.0], [1.5, 1.0, 0.25], [0.25, 3.0, 1.0], [0.0, 1.0, 0.5], [2.0, 2.0, 1.0]]
PAIRS = list(zip(WORDS, VECTORS, strict=True))
BY_WORD = dict(PAIRS)


def read(folder: Path, value: Any) -> EmbeddingSpace:
    (folder / "some.json").write_text(json.dumps(value))
    return read_space(folder / "some.json")


@pytest.mark.parametrize(
    "value",
    [
        {"model": "m", "words": WORDS, "embeddings": VECTORS},
        {"texts": WORDS, "embeddings": {"float": VECTORS}, "meta": {"api_version": {"version": "1"}}},
        {"ids": WORDS, "embeddings": VECTORS, "metadatas": [{"p": 1}] * 5, "data": None, "included": ["embeddings"]},
        {"vocab": {word: row for row, word in enumerate(WORDS)}, "vectors": VECTORS},
        {"index_to_word": {str(row): word for row, word in enumerate(WORDS)}, "vectors": VECTORS},
        {word: {"embedding": vector} for word, vector in PAIRS},
        {word: {"embedding": vector, "n": 1} for word, vector in PAIRS},
        {word: dict(zip("012", vector, strict=True)) for word, vector in PAIRS},
        {"embedding_dict": BY_WORD, "text_id_to_ref_doc_id": dict.fromkeys(WORDS, "d"), "metadata_dict": {}},
        {"vectors": {word: {"id": word, "values": vector} for word, vector in PAIRS}, "namespace": "", "usage": {}},
        {
            "took": 3,
            "_shards": {"total": 5},
            "hits": {"total": {"value": 5}, "hits": [{"_id": w, "_source": {"embedding": v}} for w, v in PAIRS]},
        },
        {"result": {"points": [{"id": w, "vector": v} for w, v in PAIRS], "next_page_offset": None}, "status": "ok"},
        {"data": {"Get": {"Article": [{"title": w, "_additional": {"vector": v}} for w, v in PAIRS]}}},
        {"data": {"items": [{"title": w, "embedding": v} for w, v in PAIRS]}, "page": 1},
    ],
    ids=[
        *("lists-and-a-name", "matrix-in-an-object", "lists-and-others", "vocabulary", "vocabulary-by-number"),
        *("objects-of-one", "objects", "objects-of-numbers", "vectors-by-label-inside", "objects-inside"),
        *("hits", "points", "query", "items"),
    ],
)
def test_labels_and_vectors_are_told_from_what_stands_around_them(tmp_path: Path, value: Any) -> None:
    space = read(tmp_path, value)
    assert space.labels == WORDS
    np.testing.assert_array_equal(space.vectors, np.float32(VECTORS))


def test_what_is_no_column_is_said(tmp_path: Path) -> None:
    space = read(tmp_path, {"texts": WORDS, "vectors": VECTORS, "kinds": ["a", "b"], "meta": {"v": 1}, "model": "m"})
    assert space.provenance["taken"].endswith("left out 'kinds' (2 values), 'meta' (1 values)")


@pytest.mark.parametrize("orient", ["columns", "index", "split", "table"])
@pytest.mark.parametrize("form", ["lists", "numbers", "with-addresses"])
def test_an_index_of_words_names_the_points(tmp_path: Path, orient: Any, form: str) -> None:
    frame = pd.DataFrame(VECTORS) if form == "numbers" else pd.DataFrame({"embedding": VECTORS})
    if form == "with-addresses":
        frame["url"] = [f"https://example.org/{row}" for row in range(5)]
    frame.index = pd.Index(WORDS)
    frame.to_json(tmp_path / "frame.json", orient=orient)
    space = read_space(tmp_path / "frame.json")
    assert space.labels == WORDS
    np.testing.assert_array_equal(space.vectors, np.float32(VECTORS))


@pytest.mark.parametrize("orient", ["columns", "index", "split", "records", "table"])
def test_an_index_of_numbers_names_none(tmp_path: Path, orient: Any) -> None:
    frame = pd.DataFrame({"word": WORDS, "embedding": VECTORS, "n": range(5)})
    frame.to_json(tmp_path / "frame.json", orient=orient)
    space = read_space(tmp_path / "frame.json")
    assert space.labels == WORDS
    np.testing.assert_array_equal(space.columns["n"], range(5))


def test_columns_a_dimension_are_no_vectors_by_label(tmp_path: Path) -> None:
    space = read(tmp_path, {f"dim_{at}": [vector[at] for vector in VECTORS] for at in range(3)})
    np.testing.assert_array_equal(space.vectors, np.float32(VECTORS))


def test_a_row_alone_is_a_row(tmp_path: Path) -> None:
    space = read(tmp_path, {"text": "a dog", "tags": ["x", "y"], "vector": [0.5, 0.25]})
    assert (space.labels, space.vectors.tolist()) == (("a dog",), [[0.5, 0.25]])


def test_a_response_of_several_vectors_a_line(tmp_path: Path) -> None:
    lines = []
    for first in (0, 2):
        data = [{"index": at, "embedding": VECTORS[first + at]} for at in range(2)]
        lines.append({"custom_id": f"r{first}", "response": {"body": {"data": data, "model": "m"}}})
    (tmp_path / "responses.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    space = read_space(tmp_path / "responses.jsonl")
    np.testing.assert_array_equal(space.vectors, np.float32(VECTORS[:4]))
    assert space.columns["custom_id"].tolist() == ["r0", "r0", "r2", "r2"]
    assert space.columns["index"].tolist() == [0, 1, 0, 1]
