"""The door: how fast files of vectors go in, and in how much memory, beside gensim and pyarrow.

    python -m benchmarks.door                                   # every part
    python -m benchmarks.door --parts reading                   # only this one
    python -m benchmarks.door --parts reading --points 400000 --dimensions 300

Each figure is of a process of its own, which reads a made-up file once: MB of the file by the seconds that pass, and by
the seconds that the processor works, which say more on a machine that others use; and what the peak of memory grows by.
The file is in the system's cache by then. Vectors are normal, as text with six decimals. `ours` is `read_space`, which
checks that labels stand once and vectors are finite and not zero; gensim's `load_word2vec_format` checks neither.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import peak_gibibytes


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


PARTS: Mapping[str, Callable[[argparse.Namespace], None]] = {"reading": reading}
"""What is measured, by name."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS), metavar="PART")
    parser.add_argument("--points", type=int, default=100_000)
    parser.add_argument("--dimensions", type=int, default=100)
    parser.add_argument("--runs", type=int, default=3, help="the best of so many")
    parser.add_argument("--once", nargs=2, metavar=("READER", "FILE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.once:
        print(json.dumps(read_once(options.once[0], Path(options.once[1]))))
        return
    for name in options.parts:
        print(f"{name}: {PARTS[name].__doc__}")
        PARTS[name](options)


if __name__ == "__main__":
    main()
