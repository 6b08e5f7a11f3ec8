"""What a table of rows holds as points: their vectors, what they are called, and all else that is known of each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from embedkit.errors import SpaceError
from embedkit.spaces.formats.contents import Block, Contents
from embedkit.spaces.formats.label_file import labels_for
from embedkit.spaces.formats.repairs import Repairs
from embedkit.spaces.reading import Reading
from embedkit.spaces.tables.frame import Frame, listed, refuse_unknown
from embedkit.spaces.tables.matrix import matrix
from embedkit.spaces.tables.naming import Naming, choose_naming, noun_of, noun_of_labels
from embedkit.spaces.tables.values import LeftOut, own_values, strings
from embedkit.spaces.tables.vectors import Vectors, choose_vectors


def contents_of_frame(
    path: Path, frame: Frame, reading: Reading, repairs: Repairs, *, format: str, about: Mapping[str, Any] | None = None
) -> Contents:
    """The points of a table: a row each.

    Args:
        path: names the table in errors.
        about: what the kit wrote with it, where it did: "name", "provenance" and the columns "label" and "vector".

    Raises:
        UsageError: an option names a column that is not there.
        SpaceError: no column holds vectors, or several may be meant.
    """
    repairs.place = "row"
    what = str(path)
    names = frame.names
    for name in reading.columns:
        refuse_unknown(what, names, name, "columns")
    if about:
        label = "" if reading.text else reading.label or str(about.get("label", "label"))
        reading = replace(reading, label=label, vector=reading.vector or str(about.get("vector", "vector")))
    if not len(frame.head):
        raise SpaceError(f"{what}: there are no rows")
    if reading.encode_with:
        return _encoded(path, frame, reading, format=format)
    vectors = choose_vectors(what, frame.head, reading.vector, heading=frame.heading, aside=reading.named)
    if not vectors.dimensions:
        raise SpaceError(f"{what}: there are no vectors in column {vectors.title}")
    table = frame.read([name for name in names if name not in vectors.names])
    count = _rows_in(frame, table, vectors)
    places = np.arange(1, count + 1) if frame.places is None else frame.places
    naming = choose_naming(what, table, reading, heading=frame.heading)
    labels = _labels(table, naming, reading, places, what)
    columns, left_out = _own_columns(table, naming, reading, typed=frame.typed or bool(about), spelled=frame.spelled)
    noun = noun_of_labels(labels) if reading.labels and not naming.column else noun_of(naming, names, labels)
    provenance = dict(about.get("provenance", {})) if about else {}
    return Contents(
        _blocks(frame, vectors, labels, columns, places, repairs),
        format,
        name=str(about.get("name", "")) if about else "",
        noun=str(provenance.get("noun", noun)),
        numbered=naming.kind != "label",
        provenance=provenance,
        points=count,
        if_twice=f"number them by --text {naming.column!r}, name another column by --label or --id",
        taken="" if about else _taken(path.name, vectors, naming, left_out, reading, heading=frame.heading),
    )


def _encoded(path: Path, frame: Frame, reading: Reading, *, format: str) -> Contents:
    """The rows of a table by vectors that the kit makes of their texts.

    Raises:
        UsageError: there is nothing of that name to embed texts with.
        SpaceError: no column holds texts, or several may be meant.
    """
    from embedkit.spaces.text_vectors import text_vectors  # which opens spaces, and so files, itself

    table = frame.read(frame.names)
    naming = choose_naming(str(path), table, reading, heading=frame.heading)
    if not naming.column:
        raise SpaceError(f"{path}: no column of texts to embed; name it by --text; it has {listed(frame.names)}")
    places = np.arange(1, len(table) + 1) if frame.places is None else frame.places
    labels = _labels(table, naming, reading, places, str(path))
    embedded = text_vectors(reading.encode_with, strings(table[naming.column]))
    columns, left_out = _own_columns(table, naming, reading, typed=frame.typed, spelled=frame.spelled)
    noun = noun_of(naming, frame.names, labels)
    return Contents(
        (Block(labels, embedded.vectors, places, columns),),
        format,
        numbered=naming.kind != "label",
        provenance={"file": path.name, "format": format, "noun": noun, "embedded": dict(embedded.provenance)},
        points=len(labels),
        taken=_taken(path.name, None, naming, left_out, reading, heading=frame.heading),
    )


def _rows_in(frame: Frame, table: Any, vectors: Vectors) -> int:
    """How many rows there are; a table of no columns does not know."""
    if table.num_columns:
        return len(table)
    return sum(len(batch) for batch in frame.batches(list(vectors.names[:1])))


def _labels(table: Any, naming: Naming, reading: Reading, places: np.ndarray, what: str) -> list[str]:
    """What each row is called; of a label "" where it is missing, of a text its row's number or identifier."""
    if reading.labels and not naming.column:
        return labels_for(Path(reading.labels), len(places), what, encoding=reading.encoding)
    if not naming.column:
        return [f"row {place}" for place in places.tolist()]
    labels = strings(table[naming.column])
    if naming.kind == "label":
        return labels
    ids = strings(table[naming.id]) if naming.id else [""] * len(labels)
    triples = zip(labels, ids, places.tolist(), strict=True)
    return [label if label.strip() else id or f"row {place}" for label, id, place in triples]


def _own_columns(
    table: Any, naming: Naming, reading: Reading, *, typed: bool, spelled: bool
) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """The columns that are kept, and of those that cannot be what they hold."""
    columns, left_out = {}, {}
    for name in table.column_names:
        if name in naming.dropped or (name == naming.column and name != naming.id and name not in reading.columns):
            continue
        if reading.columns and name not in (*reading.columns, naming.id):
            continue
        try:
            values = own_values(table[name], typed=typed, spelled=spelled)
        except LeftOut as error:
            left_out[name] = str(error)
            continue
        columns[_own_name(name, values, table.column_names)] = values
    return columns, left_out


def _own(name: str) -> str:
    """A column in a sentence."""
    return "the index" if name.startswith("__index_level_") else repr(name)


def _own_name(name: str, values: np.ndarray, names: Sequence[str]) -> str:
    if name == "count" and values.dtype.kind not in "iuf":
        return "count (text)"  # "count" is the frequency of a point, which is a number
    # As pyarrow calls an index of pandas that has no name.
    return "index" if name == "__index_level_0__" and "index" not in names else name


def _blocks(
    frame: Frame,
    vectors: Vectors,
    labels: Sequence[str],
    columns: Mapping[str, np.ndarray],
    places: np.ndarray,
    repairs: Repairs,
) -> Iterator[Block]:
    first = 0
    for batch in frame.batches(list(vectors.names)):
        here = slice(first, first + len(batch))
        first += len(batch)
        numbers = places[here]
        kept, values = matrix(batch, vectors, numbers, repairs)
        block = Block(labels[here], values, numbers, {name: column[here] for name, column in columns.items()})
        if len(kept) < len(batch):
            names = block.labels
            block = Block([names[row] for row in kept.tolist()], values, numbers[kept], {})
            block = replace(block, columns={name: column[here][kept] for name, column in columns.items()})
        yield _labelled(block, repairs)


def _labelled(block: Block, repairs: Repairs) -> Block:
    """A block without the rows that have no label."""
    missing = [row for row, label in enumerate(block.labels) if not label]
    for row in missing:
        repairs.meet("label missing", int(block.places[row]), "the label is missing", advice="name it")
    if not missing:
        return block
    return block.take(np.setdiff1d(np.arange(len(block)), missing))


def _taken(
    name: str, vectors: Vectors | None, naming: Naming, left_out: Mapping[str, str], reading: Reading, *, heading: bool
) -> str:
    """What was taken for what without being named, in a sentence; empty where nothing was."""
    parts, options = [], []
    if vectors is not None and not vectors.chosen:
        parts.append(f"vectors from {vectors.title}")
        options.append("--vector")
    if not naming.chosen & {"label", "text"} and not reading.labels:
        if naming.column:
            kind = "names" if naming.column == naming.id else "labels" if naming.kind == "label" else "texts"
            parts.append(f"{kind} from {_own(naming.column)}")
        else:
            parts.append("points called by their rows")
        options.append("--label" if naming.kind == "label" else "--text")
    if naming.id and "id" not in naming.chosen and naming.id != naming.column:
        parts.append(f"ids from {_own(naming.id)}")
    sentences = []
    if parts:
        sentences.append(f"{', '.join(parts)}; name others with {', '.join(options)}" if options else ", ".join(parts))
        if not heading:
            sentences[0] += "; columns are called by their numbers"
    if left_out:
        by_kind = {kind: [each for each, what in left_out.items() if what == kind] for kind in left_out.values()}
        sentences.append("left out " + ", ".join(f"{listed(each)} ({kind})" for kind, each in by_kind.items()))
    return f"{name}: {'; '.join(sentences)}" if sentences else ""
