"""The door: how fast files of vectors go in, and in how much memory, and how fast what is known of them shows.

    python -m benchmarks.door                                   # every part
    python -m benchmarks.door --parts reading                   # only this one
    python -m benchmarks.door --parts reading --points 400000 --dimensions 300
    python -m benchmarks.door --parts documents large --keep FOLDER

`reading` is beside gensim and pyarrow; `documents` goes from a table to its page; `large` asks a file of 3.6 GB two
questions; `filters` are in a browser. With --keep made-up files stay in a folder and are made once; each is read anew,
and is in the system's cache. Commands are processes of their own in a folder without runs; memory "of its own" is no
file's.

Each figure of `reading` is of a process of its own, which reads a made-up file once: MB of the file by the seconds that
pass, and by the seconds that the processor works, which say more on a machine that others use; and what the peak of
memory grows by. Vectors are normal, as text with six decimals. `ours` is `read_space`, which checks that labels stand
once and vectors are finite and not zero; gensim's `load_word2vec_format` checks neither.
"""

import argparse
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import documents as made_documents
from benchmarks import filters as browser
from benchmarks import large_file
from benchmarks.command import run_command
from benchmarks.machine import matrix_product_gflops, peak_gibibytes


def write_text(path: Path, points: int, dimensions: int) -> None:
    """Made-up word vectors as text with a header."""
    rng = np.random.default_rng(0)
    row = " ".join(["%.6f"] * dimensions)
    with open(path, "w") as handle:
        handle.write(f"{points} {dimensions}\n")
        for first in range(0, points, 1_000):
            vectors = rng.normal(size=(min(1_000, points - first), dimensions)) * 0.3
            handle.writelines(f"word{first + i} {row % tuple(each)}\n" for i, each in enumerate(vectors.tolist()))


def write_binary(path: Path, points: int, dimensions: int) -> None:
    """The same in word2vec's binary format."""
    rng = np.random.default_rng(0)
    with open(path, "wb") as handle:
        handle.write(f"{points} {dimensions}\n".encode())
        for first in range(points):
            vector = rng.normal(size=dimensions).astype("<f4")
            handle.write(b"word%d " % first + vector.tobytes() + b"\n")


def write_parquet(path: Path, points: int, dimensions: int) -> None:
    """The same as a table of labels and lists."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    values = np.random.default_rng(0).normal(size=points * dimensions).astype(np.float32)
    vectors = pa.FixedSizeListArray.from_arrays(pa.array(values), dimensions)
    pq.write_table(pa.table({"label": [f"word{i}" for i in range(points)], "vector": vectors}), path)


def ours(path: Path) -> Any:
    from embedkit.spaces.formats.detect import read_space

    return read_space(path)


def gensim(path: Path) -> Any:
    from gensim.models import KeyedVectors

    return KeyedVectors.load_word2vec_format(str(path), binary=path.suffix == ".bin")


def pyarrow(path: Path) -> Any:
    import pyarrow.parquet as pq

    return pq.read_table(path)


WRITERS = {".txt": write_text, ".bin": write_binary, ".parquet": write_parquet}
READERS: Mapping[str, Callable[[Path], Any]] = {"ours": ours, "gensim": gensim, "pyarrow": pyarrow}
PEERS = {".txt": "gensim", ".bin": "gensim", ".parquet": "pyarrow"}


def read_once(reader: str, path: Path) -> dict[str, float]:
    """Seconds that pass, seconds of the processor, and GiB that the peak of memory grows by, in this process.

    What a reader imports is imported before.
    """
    small = path.with_name(f"small{path.suffix}")
    held = READERS[reader](small)
    before, started, worked = peak_gibibytes(), time.perf_counter(), time.process_time()
    held = READERS[reader](path)
    figures = {"seconds": time.perf_counter() - started, "processor": time.process_time() - worked}
    del held
    return figures | {"gibibytes": peak_gibibytes() - before}


def reading(options: argparse.Namespace) -> None:
    """Text and binary beside gensim, parquet beside pyarrow."""
    with tempfile.TemporaryDirectory() as folder:
        for suffix, write in WRITERS.items():
            path = Path(folder) / f"vectors{suffix}"
            write(path.with_name(f"small{suffix}"), 10, options.dimensions)
            write(path, options.points, options.dimensions)
            size = path.stat().st_size
            print(f"\n{suffix}, {options.points:,} × {options.dimensions}, {size / 1e6:,.0f} MB")
            best: dict[str, dict[str, float]] = {}
            for reader in ("ours", PEERS[suffix]) * options.runs:
                command = [sys.executable, "-m", "benchmarks.door", "--once", reader, str(path)]
                figures = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
                before = best.setdefault(reader, figures)
                best[reader] = {key: min(figures[key], before[key]) for key in figures}
            for reader, figures in best.items():
                seconds, processor = size / 1e6 / figures["seconds"], size / 1e6 / figures["processor"]
                print(
                    f"  {reader:8} {seconds:7,.0f} MB/s  {processor:7,.0f} MB per second of the processor  "
                    f"peak +{figures['gibibytes']:.2f} GiB"
                )
            peer = best[PEERS[suffix]]
            print(f"  {peer['seconds'] / best['ours']['seconds']:.1f} times as fast, ", end="")
            print(f"{peer['processor'] / best['ours']['processor']:.1f} times by the processor")
            path.unlink()


def documents(options: argparse.Namespace) -> None:
    """From a table of documents × 384 to its page; at most 25 s for 20,000 and 120 s for 100,000 on two cores."""
    with folder_of(options) as folder:
        for number in options.documents:
            file = folder / f"documents-{number}.parquet"
            if not file.exists():
                made_documents.write(file, number)
            print(f"\n{number:,} documents × {made_documents.DIMENSIONS}, {file.stat().st_size / 1e6:,.0f} MB")
            for more in ((), ("--points", "0")) if number <= 20_000 else ((),):
                with tempfile.TemporaryDirectory() as work:
                    cost = run_command(["report", str(file), "--repair", *more], Path(work))
                    (page,) = Path(work).glob("reports/html/*.html")
                    size = page.stat().st_size / 1e6
                print(f"  report --repair {' '.join(more) or '(5,000 points)':14}  {cost}; a page of {size:.1f} MB")


def large(options: argparse.Namespace) -> None:
    """The first and the second `neighbors` of a file of 3,000,000 × 300 vectors; at most 20 s, 2 GiB and 1 s."""
    with folder_of(options) as folder:
        file = folder / "large.bin"
        if not file.exists():
            large_file.write(file)
        some = list(itertools.islice(large_file.labels(2_000), 2_000))
        with tempfile.TemporaryDirectory() as work:
            for question in ("first", "second", "third"):
                cost = run_command(
                    ["neighbors", some[-1 if question == "third" else -2], "--space", str(file)], Path(work)
                )
                print(f"  {question:6}  {cost}")


def filters(options: argparse.Namespace) -> None:
    """Filters, a brush and a search over 50,000 documents in a browser; at most 100 ms each."""
    browser.run(50_000)


@contextmanager
def folder_of(options: argparse.Namespace) -> Iterator[Path]:
    """Where made-up files are: the folder that is kept, or one that is not."""
    if options.keep:
        options.keep.mkdir(parents=True, exist_ok=True)
        yield options.keep.resolve()
        return
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


PARTS: Mapping[str, Callable[[argparse.Namespace], None]] = {
    "reading": reading,
    "documents": documents,
    "large": large,
    "filters": filters,
}
"""What is measured, by name."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS), metavar="PART")
    parser.add_argument("--points", type=int, default=100_000)
    parser.add_argument("--dimensions", type=int, default=100)
    parser.add_argument("--runs", type=int, default=3, help="the best of so many")
    parser.add_argument("--documents", type=int, nargs="+", default=[20_000, 100_000], metavar="N")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep made-up files here, and use them again")
    parser.add_argument("--once", nargs=2, metavar=("READER", "FILE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.once:
        print(json.dumps(read_once(options.once[0], Path(options.once[1]))))
        return
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    peak = matrix_product_gflops()
    print(f"matrix-product peak: {peak:.0f} GFLOP/s (fp32, {os.cpu_count()} cores); load of the machine {load:.1f}")
    for name in options.parts:
        print(f"\n{name}: {PARTS[name].__doc__}")
        PARTS[name](options)


if __name__ == "__main__":
    main()
