"""Many inputs of every format, over some processes, and the table of what came of them."""

import multiprocessing
import os
import signal
import tempfile
from collections.abc import Mapping
from functools import cache
from multiprocessing.pool import Pool
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")  # a process with threads cannot be forked safely
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("NUMBA_THREADING_LAYER", "workqueue")  # that of OpenMP ends a forked process

from benchmarks.hostile_inputs import runs  # noqa: E402
from benchmarks.hostile_inputs.damage import damaged  # noqa: E402
from benchmarks.hostile_inputs.formats import samples  # noqa: E402
from benchmarks.hostile_inputs.ledger import HELD, Batch, Ledger, Tally, tally  # noqa: E402
from benchmarks.hostile_inputs.sample import Sample  # noqa: E402
from benchmarks.hostile_inputs.trial import OUTCOMES, Outcome, read, trials  # noqa: E402

_SPLICED = ("embeddings", "texts", "TOML")
"""Formats of which pieces are put into files of any."""
_MISREAD = 60
"""Inputs of a sample among which a reader that is wrong has to be counted."""
_Outcomes = list[tuple[int, str, Outcome]]


@cache
def _samples(prepared: Path | None) -> Mapping[str, list[Sample]]:
    with tempfile.TemporaryDirectory() as folder:
        return samples(Path(folder), prepared)


@cache
def _warm(format: str, prepared: Path | None) -> list[Sample]:
    """A format's samples with what they hold; reading them has imported what reading takes. What commands take is left
    to the processes in which they run, since to run each once takes longer.

    Raises:
        RuntimeError: a page does not pass that nobody has touched: another version has rendered it.
    """
    for sample in _samples(prepared)[format]:
        if not sample.holds:
            continue
        with tempfile.TemporaryDirectory() as folder:
            sample.items.extend(read(sample, sample.files, Path(folder)))
        if sample.strict and ("passed", True) not in sample.items:
            raise RuntimeError(f"{sample.name} was rendered by another version; name an empty folder by --prepared")
    return _samples(prepared)[format]


def _others(prepared: Path | None) -> list[bytes]:
    return [data for name in _SPLICED for each in _samples(prepared)[name] for data in each.files.values()]


def _outcomes(job: tuple[Batch, Path | None]) -> tuple[Batch, _Outcomes]:
    batch, prepared = job
    warm, others = _warm(batch.format, prepared), _others(prepared)
    inputs = [(sample := warm[seed % len(warm)], damaged(sample, others, seed)) for seed in batch.seeds]
    called = [f"{sample.name}: {damage.file}, {damage.how}" for sample, damage in inputs]
    return batch, list(zip(batch.seeds, called, trials(inputs), strict=True))


def prepare(folder: Path) -> None:
    """In a process of its own, whose threads are not forked."""
    if not (folder / runs.PREPARED).exists():
        folder.mkdir(parents=True, exist_ok=True)
        process = multiprocessing.get_context("spawn").Process(target=runs.prepare, args=(folder,))
        process.start()
        process.join()
        if process.exitcode:
            raise SystemExit("the runs could not be trained")


def _pool(workers: int) -> Pool:
    """Processes that Ctrl-C does not stop: whoever started them does."""
    return multiprocessing.get_context("spawn").Pool(workers, signal.signal, (signal.SIGINT, signal.SIG_IGN))


def report(batches: list[Batch], prepared: Path | None, workers: int, ledger: Ledger, *, every: bool) -> None:
    """Do the batches that the ledger has not, and print what came of all of it."""
    left = [(batch, prepared) for batch in batches if batch not in ledger.done]
    for kept in ledger.done.values():
        for met in kept.met:
            print(met)
    with _pool(workers) as pool:
        for batch, outcomes in pool.imap_unordered(_outcomes, left):
            ledger.add(batch, tally(batch.format, outcomes))
            for seed, how, outcome in outcomes:
                if every or outcome.what not in HELD:
                    print(f"{batch.format} {seed}: {outcome.what} ({how}) {outcome.why}", flush=True)
    print("".join(f"{name:>11}" for name in ("", "inputs", *OUTCOMES, "compared")))
    total = Tally()
    for format, kept in ledger.by_format().items():
        total.add(kept)
        print(kept.row(format))
    print(total.row("all"))


def report_misread(formats: list[str], prepared: Path | None, workers: int) -> None:
    """Print for each format of how many samples a reader that is wrong is counted, and of which it is not."""
    with _pool(workers) as pool:
        for format, seen, names in pool.imap(_misread, [(format, prepared) for format in formats]):
            print(
                f"{format:>11}: of {seen:,} of {seen + len(names):,} samples; not of: {', '.join(names) or '-'}",
                flush=True,
            )


def _misread(job: tuple[str, Path | None]) -> tuple[str, int, list[str]]:
    """Of how many samples of a format a wrong reader is counted, and the names of the others that hold something."""
    format, prepared = job
    others = _others(prepared)
    samples = [sample.misread() for sample in _warm(format, prepared) if sample.holds]
    unseen = [each.name for each in samples if not any(_is_seen(each, others, seed) for seed in range(_MISREAD))]
    return format, len(samples) - len(unseen), unseen


def _is_seen(sample: Sample, others: list[bytes], seed: int) -> bool:
    return trials([(sample, damaged(sample, others, seed))])[0].what == "wrong"
