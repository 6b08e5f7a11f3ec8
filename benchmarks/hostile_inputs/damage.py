"""A mutator on a seed: of any file some bytes; by its ending a line, a value, an array, or what is packed in it."""

import bz2
import gzip
import io
import json
import lzma
import tomllib
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import tomli_w

from benchmarks.hostile_inputs.sample import Sample

TOKENS = (
    *(b"\x00", b"\xff", b"\n", b"\r\n", b"\r", b"\t", b",", b";", b'"', b"nan", b"inf", b"1e999", b"-0", b"9" * 400),
    *(b"[" * 300, b"{", b"\xef\xbb\xbf", b"\xff\xfe", b"PK\x03\x04", b"\x1f\x8b", b"null", b"\x93NUMPY", b"PAR1"),
    *(
        b"99999999 99999999\n",
        b"-1 3\n",
        b"\xe2\x80\xae",
        b"\x1b[2J",
        b"../",
        b": ",
        b"#",
        b"a" * 5000,
        b"\xed\xa0\x80",
    ),
)
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 5, 2**31, 2**63, -(2**70), 10**400, 0.5, -0.0, 1e308, float("nan"), float("inf")),
    *("", "5", "\0", "a\nb", "../../etc/passwd", "x" * 5000, "\ud800", "\u202egnol", [], {}, [[]], [None], {"a": {}}),
    *(["a"], [1, 2, 3], [1e999], "word", "2020-01-01", "-", "/", "~"),
)
_TOUCH = list(b'0123456789.,;-e" \tx[]{}:#/')
_PACKED: dict[str, tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]] = {
    ".gz": (gzip.decompress, lambda data: gzip.compress(data, mtime=0)),
    ".bz2": (bz2.decompress, bz2.compress),
    ".xz": (lzma.decompress, lzma.compress),
}
_LINES = (".txt", ".vec", ".csv", ".tsv", ".jsonl", ".questions", ".answers", ".de", ".en")


@dataclass(frozen=True)
class Damage:
    """A damaged file.

    Attributes:
        how: what was done: "bytes", "line", "value", "array" or "packed", and where.
        rest: the file without what was touched, where that is known.
        touched: the name of the value that was touched, or of the member of an archive.
    """

    file: str
    data: bytes
    how: str
    rest: bytes | None = None
    touched: str | None = None


def damaged(sample: Sample, others: list[bytes], seed: int) -> Damage:
    """One of the sample's files, damaged; `others` are files that pieces are taken from."""
    rng = np.random.default_rng(seed)
    names = sample.damaged or tuple(sorted(sample.files))
    name = names[int(rng.integers(len(names)))]
    data = sample.files[name]
    ways = [way for suffixes, way in _WAYS if name.endswith(suffixes)]
    if ways and rng.integers(3):
        way = ways[int(rng.integers(len(ways)))]
        if (damage := way(name, data, others, rng)) is not None:
            return damage
    return Damage(name, _bytes(data, others, rng), "bytes")


def _bytes(data: bytes, others: list[bytes], rng: np.random.Generator) -> bytes:
    """Some changes of bytes anywhere."""
    changed = bytearray(data)
    for _ in range(int(rng.integers(1, 4))):
        at, length = int(rng.integers(0, len(changed) + 1)), int(rng.integers(1, 40))
        match int(rng.integers(0, 7)):
            case 0:
                del changed[at:]
            case 1:
                del changed[at : at + length]
            case 2:
                changed[at:at] = changed[at : at + length]
            case 3:
                changed[at : at + length] = rng.bytes(length)
            case 4:
                changed[at:at] = TOKENS[int(rng.integers(len(TOKENS)))]
            case 5:
                other = others[int(rng.integers(len(others)))]
                changed[at:] = other[int(rng.integers(len(other) + 1)) :]
            case _:
                for place in rng.integers(0, max(len(changed), 1), size=3):
                    if changed:
                        changed[int(place) % len(changed)] ^= 1 << int(rng.integers(0, 8))
    return bytes(changed)


def _line(name: str, data: bytes, others: list[bytes], rng: np.random.Generator) -> Damage | None:
    """A line that was changed in places, its end left as it was."""
    lines = data.removesuffix(b"\n").split(b"\n")
    row = int(rng.integers(len(lines)))
    line = bytearray(lines[row])
    for _ in range(int(rng.integers(1, 3))):
        at = int(rng.integers(0, len(line) + 1))
        line[at : at + int(rng.integers(0, 4))] = bytes(rng.choice(_TOUCH, size=2).tolist())
    rest = lines[:row] + lines[row + 1 :]
    if ".vec" in name and row:  # whose heading counts them
        count, dimensions = lines[0].split()
        rest[0] = b"%d %s" % (int(count) - 1, dimensions)
    lines[row] = bytes(line)
    return Damage(name, b"\n".join(lines) + b"\n", f"line {row + 1}", b"\n".join(rest) + b"\n")


def _packed(name: str, data: bytes, others: list[bytes], rng: np.random.Generator) -> Damage | None:
    """A compressed file of a text that was damaged before."""
    unpack, pack = _PACKED[PurePosixPath(name).suffix]
    inner = unpack(data)
    if not name.endswith(tuple(f"{ending}{packed}" for ending in _LINES for packed in _PACKED)) or rng.integers(2):
        return Damage(name, pack(_bytes(inner, others, rng)), "packed")
    damage = _line(name, inner, others, rng)
    assert damage is not None
    assert damage.rest is not None
    return Damage(name, pack(damage.data), f"packed, {damage.how}", pack(damage.rest))


def _json(name: str, data: bytes, others: list[bytes], rng: np.random.Generator) -> Damage | None:
    value, touched = _with_another_value(json.loads(data), rng)
    return Damage(name, json.dumps(value).encode("utf-8", "surrogatepass"), f"value {touched}", touched=touched)


def _json_line(name: str, data: bytes, others: list[bytes], rng: np.random.Generator) -> Damage | None:
    lines = data.removesuffix(b"\n").split(b"\n")
    row = int(rng.integers(len(lines)))
    value, touched = _with_another_value(json.loads(lines[row]), rng)
    rest = b"\n".join(lines[:row] + lines[row + 1 :]) + b"\n"
    lines[row] = json.dumps(value).encode("utf-8", "surrogatepass")
    return Damage(name, b"\n".join(lines) + b"\n", f"line {row + 1}, value {touched}", rest)


def _toml(name: str, data: bytes, others: list[bytes], rng: np.random.Generator) -> Damage | None:
    value, touched = _with_another_value(tomllib.loads(data.decode()), rng)
    try:
        return Damage(name, tomli_w.dumps(value).encode(), f"value {touched}", touched=touched)
    except (TypeError, UnicodeEncodeError, RecursionError):  # what TOML cannot say
        return None


def _with_another_value(value: Any, rng: np.random.Generator) -> tuple[Any, str]:
    """The same with one value, anywhere in it, replaced, left out or beside another key; and where that is."""
    places = list(_places(value, ()))
    if not places:
        return VALUES[int(rng.integers(len(VALUES)))], ""
    *path, key = places[int(rng.integers(len(places)))]
    held = value
    for step in path:
        held = held[step]
    match int(rng.integers(0, 6)):
        case 0:
            del held[key]
        case 1 if isinstance(held, dict):
            held[f"{key}x"] = held.pop(key)
        case _:
            held[key] = VALUES[int(rng.integers(len(VALUES)))]
    return value, ".".join(map(str, (*path, key)))


def _places(value: Any, path: tuple[Any, ...]) -> Any:
    """The way to each value; of long lists to some."""
    keys = value if isinstance(value, dict) else range(min(len(value), 50)) if isinstance(value, list) else ()
    for key in keys:
        yield (*path, key)
        yield from _places(value[key], (*path, key))


def _array(name: str, data: bytes, others: list[bytes], rng: np.random.Generator) -> Damage | None:
    """An .npz with one array changed, and sound checksums."""
    with np.load(io.BytesIO(data)) as archive:
        arrays = {key: archive[key] for key in archive.files}
    key = list(arrays)[int(rng.integers(len(arrays)))]
    before, array = arrays[key], _another_array(arrays[key], rng)
    damaged = {each: value for each, value in {**arrays, key: array}.items() if value is not None}
    rest = None
    if array is not None and len(rows := _changed_rows(before, array)) == 1:
        alike = {each for each, value in arrays.items() if value.shape[:1] == before.shape[:1]}
        rest = _archive({each: np.delete(arrays[each], rows, 0) if each in alike else arrays[each] for each in arrays})
    return Damage(name, _archive(damaged), f"array {key}", rest)


def _archive(arrays: dict[str, np.ndarray]) -> bytes:
    out = io.BytesIO()
    np.savez(out, **arrays)  # type: ignore[arg-type]
    return out.getvalue()


def _changed_rows(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """The rows in which two arrays of one shape differ; of other arrays none."""
    if before.dtype != after.dtype or before.shape != after.shape or not before.ndim:
        return np.zeros(0, np.int64)
    return np.flatnonzero((before != after).reshape(len(before), -1).any(axis=1))


def _another_array(array: np.ndarray, rng: np.random.Generator) -> np.ndarray | None:
    match int(rng.integers(0, 10)):
        case 0:
            return None
        case 1:
            return array[..., None]
        case 2:
            return array[:0] if array.ndim else np.array(["a"])
        case 3:
            return array[:-1] if array.ndim else np.array(0)
        case 4:
            return np.array(5)
        case 5:
            return np.array('{"a": 1}')
        case 6:
            return array.astype("U") if array.dtype.kind in "iufb" else np.arange(array.size).reshape(array.shape)
        case 7 if array.dtype.kind == "f" and array.size:
            changed = array.copy()
            changed.reshape(-1)[int(rng.integers(array.size))] = (np.nan, np.inf, -1e38)[int(rng.integers(3))]
            return changed
        case 8 if array.dtype.kind in "iu" and array.size:
            changed = array.copy()
            changed.reshape(-1)[int(rng.integers(array.size))] = np.iinfo(array.dtype).max
            return changed
        case _:
            return array[::-1].copy() if array.ndim else np.array(["x", "y"])


def _members(name: str, data: bytes, others: list[bytes], rng: np.random.Generator) -> Damage | None:
    """A zip archive of which one member was damaged, with a sound checksum."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {each.filename: archive.read(each) for each in archive.infolist()}
    key = list(members)[int(rng.integers(len(members)))]
    members[key] = _bytes(members[key], others, rng)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for each, content in members.items():
            archive.writestr(each, content)
    return Damage(name, out.getvalue(), f"member {key}", touched=PurePosixPath(key).stem if len(members) > 1 else None)


def _tensors(name: str, data: bytes, others: list[bytes], rng: np.random.Generator) -> Damage | None:
    """A file of safetensors with one of them changed."""
    from safetensors.numpy import load, save

    tensors = load(data)
    key = list(tensors)[int(rng.integers(len(tensors)))]
    tensor = _another_array(tensors[key], rng)
    if tensor is None or tensor.dtype.kind == "U":
        del tensors[key]
    else:
        tensors[key] = np.ascontiguousarray(tensor)
    return Damage(name, save(tensors), f"tensor {key}")


_WAYS: tuple[tuple[tuple[str, ...], Callable[..., Damage | None]], ...] = (
    (_LINES, _line),
    ((".jsonl",), _json_line),
    (tuple(_PACKED), _packed),
    ((".json",), _json),
    ((".toml",), _toml),
    ((".npz",), _array),
    ((".zip",), _members),
    ((".safetensors",), _tensors),
)
