"""Many inputs of every format, over some processes, and the table of what came of them."""

import multiprocessing
import os
import tempfile
from collections import Counter, defaultdict
from collections.abc import Mapping
from functools import cache
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")  # a process with threads cannot be forked safely
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("NUMBA_THREADING_LAYER", "workqueue")  # that of OpenMP ends a forked process

from benchmarks.hostile_inputs import runs  # noqa: E402
from benchmarks.hostile_inputs.damage import damaged  # noqa: E402
from benchmarks.hostile_inputs.formats import SHARES, samples  # noqa: E402
from benchmarks.hostile_inputs.sample import Sample  # noqa: E402
from benchmarks.hostile_inputs.trial import OUTCOMES, Outcome, read, trials  # noqa: E402

_AT_ONCE = 50
_SPLICED = ("embeddings", "texts", "TOML")
"""Formats of which pieces are put into files of any."""
_Batch = tuple[str, range]


@cache
def _samples(prepared: Path | None) -> Mapping[str, list[Sample]]:
    with tempfile.TemporaryDirectory() as folder:
        return samples(Path(folder), prepared)


@cache
def _warm(format: str, prepared: Path | None) -> list[Sample]:
    """A format's samples with what they hold; reading them has imported what reading takes."""
    for sample in _samples(prepared)[format]:
        with tempfile.TemporaryDirectory() as folder:
            sample.items.extend(read(sample, sample.files, Path(folder)))
    return _samples(prepared)[format]


def _outcomes(job: tuple[str, range, Path | None]) -> tuple[str, list[tuple[int, str, Outcome]]]:
    format, seeds, prepared = job
    others = [data for name in _SPLICED for each in _samples(prepared)[name] for data in each.files.values()]
    warm = _warm(format, prepared)
    inputs = [(sample := warm[seed % len(warm)], damaged(sample, others, seed)) for seed in seeds]
    called = [f"{sample.name}: {damage.file}, {damage.how}" for sample, damage in inputs]
    return format, list(zip(seeds, called, trials(inputs), strict=True))


def jobs_of(formats: list[str], count: int, first: int) -> list[_Batch]:
    total = sum(SHARES[format] for format in formats)
    jobs = []
    for format in formats:
        number = round(count * SHARES[format] / total)
        jobs += [
            (format, range(at, min(at + _AT_ONCE, first + number))) for at in range(first, first + number, _AT_ONCE)
        ]
    return jobs


def prepare(folder: Path) -> None:
    """In a process of its own, whose threads are not forked."""
    if not (folder / runs.PREPARED).exists():
        folder.mkdir(parents=True, exist_ok=True)
        process = multiprocessing.get_context("spawn").Process(target=runs.prepare, args=(folder,))
        process.start()
        process.join()
        if process.exitcode:
            raise SystemExit("the runs could not be trained")


def report(jobs: list[_Batch], prepared: Path | None, workers: int, *, every: bool) -> None:
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        for format, outcomes in pool.imap_unordered(_outcomes, [(*job, prepared) for job in jobs]):
            for seed, what, outcome in outcomes:
                counts[format][outcome.what] += 1
                if every or outcome.what not in ("read", "refused"):
                    print(f"{format} {seed}: {outcome.what} ({what}) {outcome.why}", flush=True)
    print("".join(f"{name:>11}" for name in ("", "inputs", *OUTCOMES)))
    counts["all"] = sum(counts.values(), Counter())
    for format, counted in counts.items():
        print(f"{format:>11}{counted.total():>11,}" + "".join(f"{counted[what]:>11,}" for what in OUTCOMES))
