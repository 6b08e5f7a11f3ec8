"""The live explorer with many visitors at once: how long a search takes each of them.

    python -m benchmarks.serve                     # 20 visitors, 400,000 made-up words of 100 dimensions
    python -m benchmarks.serve --visitors 50 --words 50000

Each visitor is a thread with a connection of its own that asks, one after another, for completions, neighbours and
analogies, as a page does; all begin at once. The server is a process of its own. Printed are the milliseconds of each
kind of answer, of one visitor alone and of all at once, and again while a map is laid out in the background.
"""

import argparse
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from pathlib import Path
from urllib.parse import urlencode

import numpy as np

from benchmarks.machine import matrix_product_gflops
from embedkit.spaces.formats.detect import write_space
from embedkit.spaces.open import open_space
from embedkit.spaces.space import EmbeddingSpace

SERVE = (sys.executable, "-c", "from embedkit.cli import main; main()", "serve", "--port", "0")
ROUNDS = 10

Times = dict[str, list[float]]


def made_up(words: int) -> EmbeddingSpace:
    rng = np.random.default_rng(0)
    labels = tuple(f"w{number:06d}" for number in range(words))
    return EmbeddingSpace("made-up", labels, rng.normal(size=(words, 100)).astype(np.float32))


def visit(place: str, words: int, seed: int, start: threading.Barrier, times: Times) -> None:
    """A visitor's questions, each timed from the request to the whole answer."""
    rng = np.random.default_rng(seed)
    connection = http.client.HTTPConnection(place, timeout=120)
    start.wait()
    for _ in range(ROUNDS):
        a, b, c = (f"w{number:06d}" for number in rng.integers(words, size=3))
        for question, values in (
            ("words", {"start": a[:5]}),
            ("neighbors", {"word": a}),
            ("analogy", {"text": f"{a} - {b} + {c}"}),
        ):
            began = time.perf_counter()
            connection.request("GET", f"/api/{question}?{urlencode({'run': 'made-up', **values})}")
            response = connection.getresponse()
            body = response.read()
            assert response.status == 200, body
            times[question].append(1000 * (time.perf_counter() - began))


def all_at_once(place: str, visitors: int, words: int) -> Times:
    times: Times = defaultdict(list)
    start = threading.Barrier(visitors)
    threads = [threading.Thread(target=visit, args=(place, words, seed, start, times)) for seed in range(visitors)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times


def tell(title: str, times: Times) -> None:
    print(title)
    for question, milliseconds in times.items():
        ordered = sorted(milliseconds)
        usual, late = statistics.median(ordered), ordered[int(0.95 * (len(ordered) - 1))]
        print(f"  {question}: median {usual:.0f} ms, 95 % within {late:.0f} ms, worst {ordered[-1]:.0f} ms")


def lay_out(place: str) -> str:
    connection = http.client.HTTPConnection(place, timeout=120)
    values = urlencode({"kind": "map", "run": "made-up", "map": "umap", "points": 20_000, "seed": 1})
    connection.request("POST", f"/api/jobs?{values}", headers={"X-Embedkit": "1"})
    return json.loads(connection.getresponse().read())["state"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visitors", type=int, default=20)
    parser.add_argument("--words", type=int, default=400_000)
    options = parser.parse_args()
    print(f"matrix-product peak: {matrix_product_gflops():.0f} GFLOP/s (fp32, {os.cpu_count()} cores)")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["EMBEDKIT_RUNS"] = str(Path(folder) / "runs")
        file = Path(folder) / "made-up.npz"
        write_space(made_up(options.words), file)
        open_space(file)
        process = subprocess.Popen(SERVE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert process.stdout is not None
        place = process.stdout.readline().strip().removeprefix("http://").rstrip("/")
        try:
            started = time.perf_counter()
            all_at_once(place, 1, options.words)
            seconds = time.perf_counter() - started
            print(f"{options.words:,} words of 100 dimensions, opened and asked {3 * ROUNDS} times in {seconds:.1f} s")
            tell("one visitor", all_at_once(place, 1, options.words))
            tell(f"{options.visitors} visitors at once", all_at_once(place, options.visitors, options.words))
            assert lay_out(place) == "running"
            tell(
                "the same, while a map of 20,000 points is laid out",
                all_at_once(place, options.visitors, options.words),
            )
        finally:
            process.terminate()


if __name__ == "__main__":
    main()
