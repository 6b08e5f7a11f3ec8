"""What a command takes: seconds, work of the processor and memory, of a process of its own."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

EMBEDKIT = (sys.executable, "-c", "from embedkit.cli import main; main()")
_EVERY = 0.02  # seconds between looks at its memory


@dataclass(frozen=True)
class Cost:
    """What one run of a command took.

    Attributes:
        seconds: that passed.
        processor: seconds that all cores worked together.
        peak: GiB that it held at most, pages of mapped files among them; 0 where the system does not say.
        own: GiB of those that are its own and no file's.
        output: what it printed.
    """

    seconds: float
    processor: float
    peak: float
    own: float
    output: str

    def __str__(self) -> str:
        return (
            f"{self.seconds:.1f} s, {self.processor:.1f} s of the processor, peak {self.peak:.2f} GiB "
            f"({self.own:.2f} of its own)"
        )


def run_command(words: Sequence[str], folder: Path) -> Cost:
    """Run embedkit with these words in a folder, whose runs are its own.

    Raises:
        RuntimeError: it failed; the message is what it printed.
    """
    environment = os.environ | {"EMBEDKIT_RUNS": str(folder / "runs")}
    with open(folder / "output.txt", "w+", encoding="utf-8") as output:
        before, started = os.times(), time.perf_counter()
        process = subprocess.Popen([*EMBEDKIT, *words], cwd=folder, env=environment, stdout=output, stderr=output)
        peak = own = 0
        while process.poll() is None:
            memory = _memory(process.pid)
            peak, own = max(peak, memory.get("VmHWM", 0)), max(own, memory.get("RssAnon", 0))
            time.sleep(_EVERY)
        seconds, after = time.perf_counter() - started, os.times()
        output.seek(0)
        text = output.read()
    if process.returncode:
        raise RuntimeError(f"embedkit {' '.join(words)} ended with {process.returncode}\n{text}")
    worked = after.children_user + after.children_system - before.children_user - before.children_system
    return Cost(seconds, worked, peak / 2**20, own / 2**20, text)


def _memory(process: int) -> dict[str, int]:
    """KiB by Linux's names; none where it has ended or the system is another."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return {}
    return {name: int(value.split()[0]) for name, _, value in (line.partition(":") for line in lines) if "kB" in value}
