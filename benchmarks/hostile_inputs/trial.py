"""Damaged files, read in processes that are forked from one that has everything imported.

What may come of it is a value, or one readable line; a traceback, more than ten seconds of the processor, more than a
gibibyte of memory, and a part that was not touched and came back otherwise are counted.
"""

import json
import os
import resource
import select
import shutil
import signal
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from io import StringIO
from pathlib import Path, PurePosixPath

from benchmarks.hostile_inputs.damage import Damage
from benchmarks.hostile_inputs.sample import DAMAGED, Expected, Item, Sample
from embedkit.cli.edge import UNEXPECTED, run
from embedkit.errors import EmbedkitError
from embedkit.shortage import shortage

SECONDS, GIBIBYTE = 10, 1 << 30
_PATIENCE = 60.0
"""Seconds by the clock after which a trial hangs that waits, and not for the processor."""
_ADDRESSES = 12 * GIBIBYTE
_MAGIC = 10
"""Bytes by which a compressed file is told from others."""
OUTCOMES = ("read", "refused", "traceback", "slow", "fat", "wrong")


@dataclass(frozen=True)
class Outcome:
    """What came of an input.

    Attributes:
        what: one of `OUTCOMES`.
        compared: whether it was read, and what was not touched was held against what it was before.
    """

    what: str
    why: str = ""
    compared: bool = False


class Refused(Exception):
    """A command refused its input in one line."""


class Broken(Exception):
    """A command ended in a traceback, or in other than one line."""


def command(words: Sequence[str]) -> list[Item]:
    """Run a command line as a person would, in the folder of the trial.

    Raises:
        Refused: it failed, with one line that says why.
        Broken: it failed otherwise.
    """
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = run(words)
    text = err.getvalue()
    lines = [line for line in text.splitlines() if line.startswith(("error: ", "stopped: "))]
    if UNEXPECTED in text or "Traceback (most" in text:
        raise Broken(f"{' '.join(words)}: {_last_line(text)}")
    if code and len(lines) != 1:
        raise Broken(f"{' '.join(words)}: {len(lines)} lines of error, exit code {code}: {text[-300:]}")
    if code:
        raise Refused(lines[0])
    return []


def _last_line(text: str) -> str:
    """The error of a traceback, and where it was raised."""
    lines = [line for line in text.splitlines() if line.strip() and line != UNEXPECTED]
    places = [line.strip() for line in lines if line.strip().startswith("File ") and "embedkit" in line]
    return f"{lines[-1][:160]} [{places[-1] if places else ''}]"


def trials(inputs: Sequence[tuple[Sample, Damage]]) -> list[Outcome]:
    """Read each of the inputs, in children of this process; where one breaks, the next child goes on after it."""
    outcomes: list[Outcome] = []
    while len(outcomes) < len(inputs):
        outcomes += _in_child(inputs[len(outcomes) :])
    return outcomes


def _in_child(inputs: Sequence[tuple[Sample, Damage]]) -> list[Outcome]:
    """The outcomes of the first inputs, as far as one child got; that on which it broke is the last."""
    folder = Path(tempfile.mkdtemp(prefix="hostile-"))
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _as_child(inputs, folder, writing)
    os.close(writing)
    try:
        outcomes = list(_answers(reading, len(inputs), child))
    finally:
        os.close(reading)
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        _, status, _ = os.wait4(child, 0)
        shutil.rmtree(folder, ignore_errors=True)
    if len(outcomes) < len(inputs):
        ended = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        slow = ended in (signal.SIGXCPU, signal.SIGKILL)
        outcomes.append(Outcome("slow" if slow else "traceback", f"ended by signal {ended}"))
    return outcomes


def _answers(reading: int, count: int, child: int) -> Iterator[Outcome]:
    """What the child says of each input, until it has said all, ends, or says nothing in time."""
    text = b""
    while count:
        ready, _, _ = select.select([reading], [], [], _PATIENCE)
        if not ready and _is_working(child):
            continue  # its seconds of the processor are limited
        block = os.read(reading, 1 << 16) if ready else b""
        if not block:
            return
        *lines, text = (text + block).split(b"\n")
        for line in lines:
            count -= 1
            yield Outcome(*json.loads(line))


def _is_working(process: int) -> bool:
    """Whether it takes the processor, or would if it were free."""
    return Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "R"


def _as_child(inputs: Sequence[tuple[Sample, Damage]], folder: Path, writing: int) -> None:
    """Never returns."""
    try:
        resource.setrlimit(resource.RLIMIT_AS, (_ADDRESSES, _ADDRESSES))
        quiet = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(quiet, stream)
        for number, (sample, damage) in enumerate(inputs):
            outcome = _measured(sample, damage, folder / str(number))
            os.write(writing, json.dumps([outcome.what, outcome.why[:600], outcome.compared]).encode() + b"\n")
    finally:
        os._exit(0)


def _measured(sample: Sample, damage: Damage, folder: Path) -> Outcome:
    """What came of an input, and whether it took too much."""
    started = _seconds()
    resource.setrlimit(resource.RLIMIT_CPU, (int(started) + SECONDS + 2, resource.RLIM_INFINITY))
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak of memory is that from now on
    outcome = judged(sample, damage, folder)
    shutil.rmtree(folder, ignore_errors=True)
    if (taken := _seconds() - started) > SECONDS:
        return Outcome("slow", f"{taken:.1f} s of the processor")
    return Outcome("fat", f"{peak / GIBIBYTE:.2f} GiB") if (peak := _peak()) > GIBIBYTE else outcome


def _seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _peak() -> int:
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def judged(sample: Sample, damage: Damage, folder: Path) -> Outcome:
    """Write the files into a folder, read them there, and say what came of it."""
    try:
        items = read(sample, {**sample.files, damage.file: damage.data}, folder / DAMAGED)
    except EmbedkitError as error:
        return Outcome("refused", str(error)) if "\n" not in str(error) else Outcome("traceback", repr(str(error)))
    except Refused as error:
        return Outcome("refused", str(error))
    except Broken as error:
        return Outcome("traceback", str(error))
    except BaseException as error:  # whatever it is, a person would have seen its traceback
        if (message := shortage(error)) or (isinstance(error, OSError) and error.filename):
            return Outcome("refused", message or str(error))
        return Outcome("traceback", _raised(error))
    expected = _expected(sample, damage, folder)
    why = "" if expected is None else expected.wrong(items)
    return Outcome("wrong" if why else "read", why, expected is not None)


def read(sample: Sample, files: Mapping[str, bytes], folder: Path) -> list[Item]:
    """What a sample's files hold, written into a folder."""
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return list(sample.read(folder))


def _expected(sample: Sample, damage: Damage, folder: Path) -> Expected | None:
    """What was not touched and so has to come back; None where that is not known."""
    if not sample.items:
        return None
    if sample.strict:
        changed = damage.data != sample.files[damage.file]
        return Expected([("passed", False)], whole=True, otherwise="the damage was not noticed") if changed else None
    if sample.by_file:
        name = PurePosixPath(damage.file).name
        return Expected([item for item in sample.items if item[0] != name], sample.whole, sample.slack)
    if damage.rest is not None and sample.aligned:
        return Expected(sample.items, whole=False, slack=max(1, sample.slack))
    if damage.rest is not None:
        try:
            rest = read(sample, {**sample.files, damage.file: damage.rest}, folder / "rest")
        except EmbedkitError:  # what is left is none of these files any more
            return None
        return Expected(rest, sample.whole, sample.slack)
    if damage.touched is not None:
        top = damage.touched.partition(".")[0]
        return Expected([item for item in sample.items if item[0] != top], sample.whole, sample.slack)
    # What no longer begins as such a file is another one, perhaps a text, and no checksum speaks for it.
    begins = damage.data[:_MAGIC] == sample.files[damage.file][:_MAGIC]
    sealed = sample.sealed and damage.how == "bytes" and begins
    return Expected(sample.items, whole=False) if sealed else None


def _raised(error: BaseException) -> str:
    """An error with its kind, and the last place in the kit that it came through."""
    import traceback

    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "/embedkit/" in frame.filename]
    where = f" [{frames[-1].filename.partition('/embedkit/')[2]}:{frames[-1].lineno}]" if frames else ""
    return f"{type(error).__name__}: {str(error)[:120]}{where}"
