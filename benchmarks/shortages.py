"""Commands where disk, memory or rights run out: is each one line, is nothing lost, and what does sweeping cost?

`python -m benchmarks.faults --parts disk`
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from embedkit.files import write_text
from embedkit.runs.lock import writing

ROOT = Path(__file__).resolve().parent.parent
TRAIN = (
    "train lm --corpus {folder}/text.txt --name small --embedding-size 32 --hidden-size 48 --batch-size 8 --bptt 10 "
    "--steps 40 --evaluations 4"
)
COMMANDS = (
    TRAIN,
    "train word2vec --corpus {folder}/text.txt --name words --dimensions 20 --epochs 1 --workers 1",
    "train seq2seq --corpus copy --name copies --pairs 200 --longest 3 --embedding-size 8 --hidden-size 8 "
    "--bottleneck-size 4 --steps 5 --evaluations 1",
    "neighbors w1 --space {folder}/vectors.txt",
    "map {folder}/vectors.txt --method pca",
    "export {folder}/vectors.txt --format word2vec --out copy.txt",
    "report {folder}/vectors.txt --points 200",
)
DISKS = (40, 150, 600)  # kB
FILES = (2_000, 20_000, 200_000)  # bytes
MEMORY = (300, 500, 900)  # MB of addresses
Limit = Callable[[], None]


def main() -> None:
    """Print, for each shortage, how many commands there were and how they ended."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        _prepare(folder)
        _print("files of at most 2, 20, 200 kB", _limited(folder, resource.RLIMIT_FSIZE, FILES))
        _print("300, 500, 900 MB of memory", _limited(folder, resource.RLIMIT_AS, [m * 1_000_000 for m in MEMORY]))
        disk = _small_disk(folder, stack)
        if disk is None:
            print("a full disk: not tried, it needs the right to mount one")
        else:
            _print("a disk of 40, 150, 600 kB", _on_a_disk(folder, disk))
            _resumed(folder, disk)
        _sweeping(folder)


def _prepare(folder: Path) -> None:
    rng = np.random.default_rng(0)
    words = [f"w{i}" for i in range(200)]
    text = "\n".join(" ".join(rng.choice(words, size=12)) for _ in range(800)) + "\n"
    (folder / "text.txt").write_text(text, encoding="utf-8")
    rows = (" ".join([word, *(f"{x:.4f}" for x in rng.standard_normal(20))]) for word in words)
    (folder / "vectors.txt").write_text("\n".join(rows) + "\n", encoding="utf-8")


def _run(command: str, folder: Path, runs: Path, limit: Limit | None = None) -> tuple[int, list[str]]:
    """The exit code, and what stands on stderr."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "cli.py"), *command.format(folder=folder).split()],
        cwd=runs,
        env={**os.environ, "EMBEDKIT_RUNS": str(runs / "runs"), "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        preexec_fn=limit,
        capture_output=True,
        text=True,
        timeout=300,
    )
    return done.returncode, done.stderr.splitlines()


def _limited(folder: Path, kind: int, sizes: Iterable[int]) -> Iterable[tuple[int, list[str]]]:
    for size in sizes:
        for command in COMMANDS:
            with tempfile.TemporaryDirectory(dir=folder) as runs:
                yield _run(command, folder, Path(runs), lambda: resource.setrlimit(kind, (size, size)))  # noqa: B023


def _small_disk(folder: Path, stack: ExitStack) -> Path | None:
    disk = folder / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40k", "tmpfs", str(disk)], capture_output=True)
    if mounted.returncode:
        return None
    stack.callback(subprocess.run, ["umount", str(disk)], check=True)
    return disk


def _resize(disk: Path, kilobytes: int) -> None:
    subprocess.run(["mount", "-o", f"remount,size={kilobytes}k", str(disk)], check=True)


def _on_a_disk(folder: Path, disk: Path) -> Iterable[tuple[int, list[str]]]:
    for size in DISKS:
        for command in COMMANDS:
            _resize(disk, size)
            yield _run(command, folder, disk)
            subprocess.run(["find", str(disk), "-mindepth", "1", "-delete"], check=True)


def _resumed(folder: Path, disk: Path) -> None:
    """Trainings that found no room at each of many sizes, gone on with after room was made."""
    whole = folder / "whole"
    whole.mkdir()
    _run(TRAIN, folder, whole)
    expected = (whole / "runs" / "small" / "weights.safetensors").read_bytes()
    stopped = same = 0
    for size in range(60, 480, 60):
        _resize(disk, size)
        code, _ = _run(TRAIN, folder, disk)
        if code and (disk / "runs" / "small" / "config.toml").exists():
            stopped += 1
            _resize(disk, 20_000)
            _run("train lm --resume small", folder, disk)
            same += (disk / "runs" / "small" / "weights.safetensors").read_bytes() == expected
        subprocess.run(["find", str(disk), "-mindepth", "1", "-delete"], check=True)
    print(f"resumed after room was made: {same} of {stopped} with the weights of a training that never stopped")


def _print(what: str, ends: Iterable[tuple[int, list[str]]]) -> None:
    count = failed = tracebacks = silent = 0
    for code, lines in ends:
        count += 1
        failed += code != 0
        tracebacks += any("Traceback" in line for line in lines)
        errors = [line for line in lines if line.startswith("error: ")]
        silent += code != 0 and len(errors) != 1
    print(f"{what}: {count} commands, {failed} found too little, {tracebacks} tracebacks, {silent} without one line")


def _sweeping(folder: Path) -> None:
    """What tidying a run of 50 files takes when its lock is taken, of a training's ten seconds."""
    run = folder / "many"
    for number in range(50):
        write_text(run / "spaces" / f"{number}.npz", "")
    seconds = []
    for _ in range(20):
        started = time.perf_counter()
        with writing(run):
            pass
        seconds.append(time.perf_counter() - started)
    median = sorted(seconds)[len(seconds) // 2]
    print(f"lock and sweep of a run of 50 files: {1000 * median:.2f} ms, {median / 10:.3%} of ten seconds' training")
