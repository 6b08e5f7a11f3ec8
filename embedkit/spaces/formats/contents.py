"""What a reader makes of a file: points, a block at a time, before it is known whether they are sound."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from embedkit.errors import SpaceError
from embedkit.progress import Steps
from embedkit.spaces.formats.repairs import Repairs, repair_notes
from embedkit.spaces.reading import Reading
from embedkit.spaces.space import LONGEST, SHORTEST, EmbeddingSpace


@dataclass(frozen=True, eq=False)
class Block:
    """Consecutive points of a file.

    Attributes:
        labels: (n,) of them.
        vectors: (n, D) numbers.
        places: (n,) the numbers of their lines, rows or points in the file.
        columns: (n,) values each.
    """

    labels: Sequence[str]
    vectors: np.ndarray
    places: np.ndarray
    columns: Mapping[str, np.ndarray] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, rows: np.ndarray) -> "Block":
        """Some of the points."""
        return Block(
            [self.labels[row] for row in rows.tolist()],
            self.vectors[rows],
            self.places[rows],
            {name: values[rows] for name, values in self.columns.items()},
        )


@dataclass(frozen=True, eq=False)
class Contents:
    """What is in an embedding file.

    Attributes:
        blocks: its points. It is gone through once.
        format: what the file is, for its provenance.
        name: of the space, where the file says one.
        noun: what a point is.
        numbered: labels are texts, which may come again: the second "hello" is then "hello (2)".
        provenance: where the space came from, where the file says so.
        points: how many there are, where the file says so.
        if_twice: what can be done about a label that stands twice beside repairing.
        taken: what its columns were taken for without being named, in a sentence.
    """

    blocks: Iterable[Block]
    format: str
    name: str = ""
    noun: str = "word"
    numbered: bool = False
    provenance: Mapping[str, Any] = field(default_factory=dict)
    points: int | None = None
    if_twice: str = "take one out"
    taken: str = ""


def also_left_out(contents: Contents, name: str, left_out: Mapping[str, str]) -> Contents:
    """The same, whose sentence says of the file of that name what else is no column, by what it is."""
    if not left_out:
        return contents
    words = "left out " + ", ".join(f"{each!r} ({what})" for each, what in left_out.items())
    return replace(contents, taken=f"{contents.taken}; {words}" if contents.taken else f"{name}: {words}")


def tell_taken(taken: str, steps: Steps) -> None:
    """Tell whoever watches what the columns of a table were taken for."""
    if taken:
        with steps(taken):
            pass


def tell_repairs(repairs: Any, steps: Steps) -> None:
    """Tell whoever watches what was mended while a file was read, a line a kind."""
    for line in repair_notes(repairs):
        with steps(line):
            pass


def one_block(
    labels: Sequence[str], vectors: np.ndarray, columns: Mapping[str, np.ndarray] | None = None, *, first: int = 1
) -> tuple[Block]:
    """Points that are all in memory; their places are counted from `first`."""
    places = np.arange(first, first + len(labels))
    return (Block(labels, vectors, places, columns or {}),)


def gather(contents: Contents, reading: Reading, repairs: Repairs, *, name: str) -> EmbeddingSpace:
    """The sound points of a file as a space in memory.

    Raises:
        SpaceError: something is malformed and is not to be repaired, or there are no points.
    """
    blocks = []
    together: np.ndarray | None = None
    points = 0
    for block in sound(contents, reading, repairs):
        if together is None and contents.points is not None and len(block) < contents.points:
            # The vectors of many blocks are put where they stay; what a file says too much costs no memory.
            shape = (min(contents.points, reading.limit or contents.points), block.vectors.shape[1])
            with suppress(MemoryError, ValueError):
                together = np.empty(shape, dtype=block.vectors.dtype)
        if together is not None and points + len(block) <= len(together):
            together[points : points + len(block)] = block.vectors
            block = replace(block, vectors=together[points : points + len(block)])
        points += len(block)
        blocks.append(block)
    if together is None or points > len(together):
        vectors = blocks[0].vectors if len(blocks) == 1 else np.concatenate([block.vectors for block in blocks])
    else:
        vectors = together[:points]
    columns = blocks[0].columns.keys()
    try:
        return EmbeddingSpace(
            name=contents.name or name,
            labels=tuple(label for block in blocks for label in block.labels),
            vectors=vectors,
            columns={key: np.concatenate([block.columns[key] for block in blocks]) for key in columns},
            provenance=provenance(contents, reading, repairs),
        )
    except SpaceError as error:
        raise SpaceError(f"{repairs.path}: {error}") from None


def provenance(contents: Contents, reading: Reading, repairs: Repairs) -> dict[str, Any]:
    """Where a space came from and how it was read, JSON-ready; complete once all blocks were gone through."""
    from_file = {"file": repairs.path.name, "format": contents.format, "noun": contents.noun}
    more = {"taken": contents.taken, "noun": reading.noun, "reading": reading.to_json(), "repairs": repairs.to_json()}
    return {**(contents.provenance or from_file), **{key: value for key, value in more.items() if value}}


def sound(contents: Contents, reading: Reading, repairs: Repairs) -> Iterator[Block]:
    """The points of a file whose vectors are finite and not zero and whose labels stand once, a block at a time.

    Raises:
        SpaceError: one is not and is not to be repaired, or there are no points; its place is named.
    """
    first_places: dict[str, int] = {}
    points, dimensions = 0, None
    for block in contents.blocks:
        values = block.vectors.shape[1]
        dimensions = dimensions or values
        if values != dimensions:
            for place in block.places.tolist():
                kind = "short" if values < dimensions else "long"
                repairs.meet(kind, place, f"{values:,} values where {dimensions:,} are due")
            continue
        rows = _with_direction(block, repairs)
        block = block if len(rows) == len(block) else block.take(rows)
        if contents.numbered:
            block = _numbered(block, first_places)
        else:
            block = _once(block, first_places, repairs, contents.if_twice)
        if reading.limit is not None and points + len(block) > reading.limit:
            block = block.take(np.arange(reading.limit - points))
        points += len(block)
        if len(block):
            yield block
        if points == reading.limit:
            return
    if not points:
        raise SpaceError(f"{repairs.path}: there are no vectors")


def _with_direction(block: Block, repairs: Repairs) -> np.ndarray:
    """The rows of a block whose vectors are finite and not zero."""
    sums = np.abs(block.vectors).sum(axis=1, dtype=np.float64) if block.vectors.size else np.zeros(len(block))
    finite = np.isfinite(sums)
    for row in np.flatnonzero(~finite).tolist():
        label = block.labels[row]
        repairs.meet("not finite", int(block.places[row]), f"a value of {_short(label)} is not finite", excerpt=label)
    # Lengths are roots of sums of squares in single precision, which these would leave.
    large, small = finite & (sums > LONGEST), (sums > 0) & (sums < SHORTEST)
    for rows, kind, rule in ((large, "too large", "divide"), (small, "too small", "multiply")):
        for row in np.flatnonzero(rows).tolist():
            label = block.labels[row]
            message = f"the values of {_short(label)}, of {sums[row]:.0e} together, are {kind} for single precision"
            advice = f"{rule} all vectors by one number"
            repairs.meet(kind, int(block.places[row]), message, excerpt=label, advice=advice)
    zero = np.flatnonzero(sums == 0).tolist()
    more = f" (it is not the only one, there are {len(zero):,})" if len(zero) > 1 else ""
    for row in zero:
        label = block.labels[row]
        message = f"the vector of {_short(label)} is zero, which has no direction{more}"
        repairs.meet("zero", int(block.places[row]), message, excerpt=label, advice="take it out")
    return np.flatnonzero(finite & ~large & ~small & (sums != 0))


def _once(block: Block, first_places: dict[str, int], repairs: Repairs, advice: str) -> Block:
    """A block without the labels that stood before."""
    kept = []
    for row, (label, place) in enumerate(zip(block.labels, block.places.tolist(), strict=True)):
        before = first_places.setdefault(label, place)
        if before == place:
            kept.append(row)
            continue
        message = f"the label {_short(label)} stands on {repairs.place} {before:,} too"
        repairs.meet("twice", place, message, excerpt=label, advice=advice)
    return block if len(kept) == len(block) else block.take(np.array(kept, dtype=np.int64))


def _numbered(block: Block, times: dict[str, int]) -> Block:
    """A block whose texts are numbered where they stood before: "hello", "hello (2)"."""
    labels = []
    for label in block.labels:
        name = label
        while name in times:
            times[label] += 1
            name = f"{label} ({times[label]})"
        times[name] = 1
        labels.append(name)
    return replace(block, labels=labels)


def _short(label: str) -> str:
    return repr(label if len(label) <= 60 else label[:60] + "…")
