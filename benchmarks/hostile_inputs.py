"""Files that were damaged on a seed, opened as a person would: what becomes of each.

    python -m benchmarks.hostile_inputs --count 50000

Every format that is read begins as a sound file of some points. A mutator changes some bytes, cuts, repeats or splices,
or puts in what readers stumble over. Each file is read, by halves with --repair. What may come of it is a space, or one
readable line (EmbedkitError); a traceback, more than ten seconds, more than a gibibyte, or a row that was not touched
and has other values is counted and named by its seed.
"""

import argparse
import gzip
import io
import json
import multiprocessing
import os
import signal
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from embedkit.errors import EmbedkitError
from embedkit.spaces import EmbeddingSpace
from embedkit.spaces.formats.detect import read_space, write_space

POINTS, DIMENSIONS, SECONDS, GIBIBYTE = 12, 5, 10.0, 1 << 30
WORDS = ("king", "queen", "New York", "naïve", "日本", "-", "1999", "می‌خواهم", "e", "nan", "it's", 'say "hi"')
TOKENS = (
    *(b"\x00", b"\xff", b"\n", b"\r\n", b"\t", b",", b";", b'"', b"nan", b"inf", b"1e999", b"-0", b"9" * 400, b"{"),
    *(b"[" * 300, b"\xef\xbb\xbf", b"\xff\xfe", b"PK\x03\x04", b"\x1f\x8b", b"null", b"\x93NUMPY", b"PAR1"),
    *(b"99999999 99999999\n", b"-1 3\n"),
)


def sound_files(folder: Path) -> dict[str, bytes]:
    """A file of each format, by what it is called."""
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(POINTS, DIMENSIONS)).astype(np.float32)
    space = EmbeddingSpace(
        "sound", WORDS, vectors, {"count": np.arange(POINTS, 0, -1), "kind": np.array(["a", "b"] * 6)}
    )
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
    files["a.jsonl"] = "\n".join(json.dumps(row) for row in rows).encode()
    files["a.json"] = json.dumps(rows).encode()
    for name, mark in (("a.csv", ","), ("a.tsv", "\t"), ("b.csv", ";")):
        files[name] = _delimited(space, mark)
    held = io.BytesIO()
    np.save(held, vectors)
    files["a.npy"] = held.getvalue()
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


def _rows(space: EmbeddingSpace) -> Iterator[tuple[str, str, list[float]]]:
    for label, kind, vector in zip(space.labels, space.columns["kind"], space.vectors, strict=True):
        yield label, str(kind), [float(value) for value in vector]


def _delimited(space: EmbeddingSpace, mark: str) -> bytes:
    lines = [mark.join(["word", "kind", *(f"d{i}" for i in range(DIMENSIONS))])]
    for label, kind, vector in _rows(space):
        quoted = '"' + label.replace('"', '""') + '"'
        lines.append(mark.join([quoted, kind, *map(repr, vector)]))
    return ("\n".join(lines) + "\n").encode()


def _arrow(space: EmbeddingSpace) -> bytes:
    import pyarrow as pa

    table = pa.table({"word": list(space.labels), "vector": [row.tolist() for row in space.vectors]})
    held = io.BytesIO()
    with pa.ipc.new_file(held, table.schema) as writer:
        writer.write_table(table)
    return held.getvalue()


def mutated(files: dict[str, bytes], seed: int) -> tuple[str, bytes]:
    """A damaged file and the name of what it was."""
    rng = np.random.default_rng(seed)
    name = sorted(files)[seed % len(files)]
    data = bytearray(files[name])
    for _ in range(int(rng.integers(1, 4))):
        at, length = int(rng.integers(0, len(data) + 1)), int(rng.integers(1, 40))
        match int(rng.integers(0, 7)):
            case 0:
                del data[at:]
            case 1:
                del data[at : at + length]
            case 2:
                data[at:at] = data[at : at + length]
            case 3:
                data[at : at + length] = rng.bytes(length)
            case 4:
                data[at:at] = TOKENS[int(rng.integers(0, len(TOKENS)))]
            case 5:
                other = files[sorted(files)[int(rng.integers(0, len(files)))]]
                data[at:] = other[int(rng.integers(0, len(other))) :]
            case _:
                for place in rng.integers(0, max(len(data), 1), size=3):
                    if data:
                        data[int(place) % len(data)] ^= 1 << int(rng.integers(0, 8))
    return name, bytes(data)


def touched_line(files: dict[str, bytes], seed: int) -> tuple[str, bytes, int]:
    """A text file of which one line was changed and no line end: all other rows are as they were."""
    rng = np.random.default_rng(seed)
    texts = ("a.vec", "a.txt", "a.csv", "a.tsv", "b.csv", "a.jsonl")
    name = texts[seed % len(texts)]
    lines = files[name].rstrip(b"\n").split(b"\n")
    row = int(rng.integers(1, len(lines)))
    line = bytearray(lines[row])
    for _ in range(int(rng.integers(1, 3))):
        at = int(rng.integers(0, len(line) + 1))
        line[at : at + int(rng.integers(0, 4))] = bytes(rng.choice(list(b'0123456789.,;-e" \tx[]{}'), size=2).tolist())
    lines[row] = bytes(line)
    return name, b"\n".join(lines) + b"\n", row


def outcome(path: Path, repair: bool, check: Callable[[EmbeddingSpace], str]) -> str:
    """What becomes of a file: "read", "refused", or what should not be."""
    started = time.monotonic()
    try:
        with _at_most(SECONDS):
            space = read_space(path, repair=repair)
        return check(space) or "read"
    except EmbedkitError as error:
        return "refused" if "\n" not in str(error) else "more than one line"
    except TimeoutError:
        return f"hangs ({time.monotonic() - started:.0f} s)"
    except BaseException as error:  # whatever it is, a person would have seen its traceback
        return f"traceback ({type(error).__name__}: {str(error)[:80]})"


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    def stop(*_: Any) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _finite(space: EmbeddingSpace) -> str:
    return "" if np.isfinite(space.vectors).all() and len(set(space.labels)) == len(space) else "unsound"


def batch(seeds: range) -> dict[str, list[int]]:
    """The seeds of each outcome, and of this process whether it ever held more than a gibibyte."""
    outcomes: dict[str, list[int]] = {}
    with tempfile.TemporaryDirectory() as folder:
        files = sound_files(Path(folder))
        whole = {name: _original(Path(folder), name, data) for name, data in files.items()}
        for seed in seeds:
            if seed % 3:
                name, data = mutated(files, seed)
                check: Callable[[EmbeddingSpace], str] = _finite
            else:
                name, data, row = touched_line(files, seed)
                check = _untouched(whole[name], row - (0 if name in ("a.txt", "a.jsonl") else 1))
            path = Path(folder) / name
            path.write_bytes(data)
            outcomes.setdefault(outcome(path, bool(seed % 2), check), []).append(seed)
    if (peak := _peak()) > GIBIBYTE:
        outcomes.setdefault(f"above 1 GiB ({peak / GIBIBYTE:.1f})", []).extend([seeds.start])
    return outcomes


def _original(folder: Path, name: str, data: bytes) -> EmbeddingSpace:
    (folder / name).write_bytes(data)
    return read_space(folder / name)


def _untouched(whole: EmbeddingSpace, row: int) -> Callable[[EmbeddingSpace], str]:
    """Whether every row but the touched one has the values that it had, wherever it is in the space."""

    def check(space: EmbeddingSpace) -> str:
        if space.dimensions != whole.dimensions:
            return ""  # the touched line changed how the file is read; then there is nothing to compare
        for place, label in enumerate(whole.labels):
            at = space.index_of(label)
            if place != row and at is not None and not np.allclose(space.vectors[at], whole.vectors[place]):
                return "wrong value"
        return _finite(space)

    return check


def _peak() -> int:
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=50_000)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    options = parser.parse_args()
    step = 500
    ranges = [
        range(first, min(first + step, options.first + options.count))
        for first in range(options.first, options.first + options.count, step)
    ]
    outcomes: Counter[str] = Counter()
    examples: dict[str, int] = {}
    with multiprocessing.get_context("spawn").Pool(options.workers, maxtasksperchild=10) as pool:
        for each in pool.imap_unordered(batch, ranges):
            for what, seeds in each.items():
                outcomes[what] += len(seeds)
                examples.setdefault(what, seeds[0])
    for what, count in outcomes.most_common():
        print(f"{count:>8,}  {what}" + ("" if what in ("read", "refused") else f"  (seed {examples[what]})"))


if __name__ == "__main__":
    main()
