"""Every command where disk, memory or rights run out: is each one line, is nothing lost, nothing left, and what does
sweeping cost?

    python -m benchmarks.faults --parts disk

Runs of every kind are trained once. Each command is given a copy of them, and a shortage: files that may not grow, a
limit of memory, a disk that is nearly full, one that is read-only, and an account without a home that may not write to
Python's packages. It must end well or in one line; every file of before must be there and whole; and no temporary file
may be left. Trainings are tried with three sizes, the others with the middle one. Where memory is short or there is no
home, a command is a process of its own that loads all it needs; else it is forked from one that has.
"""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from string import ascii_lowercase

import numpy as np

from benchmarks import forks
from benchmarks.folders import contents, files_in, half_written
from embedkit.files import write_text
from embedkit.leftovers import is_temporary
from embedkit.runs.lock import CONFIG, claim, unclaim, writing

ROOT = Path(__file__).resolve().parent.parent
_LM = "--corpus text.txt --embedding-size 32 --hidden-size 48 --batch-size 8 --bptt 10 --steps 40 --evaluations 4"
_SEQ2SEQ = "--embedding-size 8 --hidden-size 8 --bottleneck-size 4 --evaluations 1"
_LAB = "--hidden-size 8 --steps 3 --evaluations 1"
_TRAININGS = {
    "lm": f"{_LM} --snapshots 2",
    "word2vec": "--corpus text.txt --dimensions 20 --epochs 1 --workers 1",
    "seq2seq": f"--corpus copy --pairs 200 --longest 3 --steps 5 {_SEQ2SEQ}",
    "execute": f"--steps 3 --batch-size 8 --held-out 20 {_SEQ2SEQ}",
    "caption": f"--channels 4 --code-size 8 --embedding-size 8 --held-out 20 --batch-size 16 {_LAB}",
    "speech": f"--mels 12 --layers 1 --strings 40 --held-out 8 {_LAB}",
    "classify": _LAB,
    "echo": _LAB,
}
"""By what is trained, its options."""
_BEFORE = tuple(f"train {kind} --name {kind}-before {options}" for kind, options in _TRAININGS.items())
TRAININGS = tuple(f"train {kind} --name {kind}-new {options}" for kind, options in _TRAININGS.items())
OTHERS = (
    *("runs", "corpora list", "corpora show text.txt", "completion bash"),
    *(
        "neighbors waa --space vectors.txt",
        "neighbors waa --space lm-before",
        "neighbors waa --space torn.txt --repair",
    ),
    *("analogy waa - wab + wac --space vectors.txt", "analogy --questions google.txt --space word2vec-before"),
    *("similarity scored.csv --space vectors.txt", "audit vectors.txt --weat sets.toml --resamples 100"),
    *("map vectors.txt --method pca", "map lm-before --method umap", "clusters vectors.txt", "columns vectors.csv"),
    *("compare vectors.txt word2vec-before", "compare lm-before --over-training", "compare lm-before --series"),
    *("export vectors.txt --format word2vec --out copy.txt", "export lm-before --format npz --out copy.npz"),
    *("encode waa wab --run lm-before", "trace waa --run lm-before", "probe --run lm-before --after waa --tokens 400"),
    *(
        "complete waa --run lm-before --tokens 3",
        "t9 922 --run lm-before",
        "surprisal text.txt --run lm-before --out s.csv",
    ),
    *("evaluate lm-before --pairs minimal.tsv", "evaluate seq2seq-before", "evaluate execute-before"),
    *("evaluate caption-before", "evaluate speech-before", "evaluate classify-before", "evaluate echo-before"),
    *(
        "translate a --run seq2seq-before",
        "interpolate a b --run seq2seq-before",
        "execute print(12) --run execute-before",
    ),
    *(
        "transcribe --utterance 0 --run speech-before --out said.wav",
        "caption --scene 5 --run caption-before --out scene.png",
    ),
    *("report vectors.txt --points 200", "report lm-before", "report speech-before", "report caption-before"),
    *("report seq2seq-before --style brief", "report --verify page.html"),
    "lab temporal-order --levels easy --seeds 1 --epochs 1 --workers 1 --name look",
)
COMMANDS = (*TRAININGS, *OTHERS)
FILES = (20_000, 2_000, 200_000)  # bytes; of sizes the first is that of commands that train nothing
MEMORY = (500_000_000, 300_000_000, 900_000_000)  # bytes of addresses
DISKS = (150, 40, 600)  # kB that are free
_ENVIRONMENT = {**os.environ, "EMBEDKIT_RUNS": "runs", "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
_SECONDS = 600
_NOBODY = 65534


@dataclass
class Tally:
    """How commands ended under one shortage.

    Attributes:
        refused: in one line.
        faults: those that ended otherwise, lost something or left something, in words.
    """

    commands: int = 0
    well: int = 0
    refused: int = 0
    tracebacks: int = 0
    lost: int = 0
    left: int = 0
    faults: list[str] = field(default_factory=list)

    def row(self, name: str) -> str:
        otherwise = self.commands - self.well - self.refused
        figures = (self.commands, self.well, self.refused, otherwise, self.tracebacks, self.lost, self.left)
        return " | ".join([name, *map(str, figures)])


@dataclass(frozen=True)
class Place:
    """Where commands run: `folder` has copies of what lies in `base`, of which `whole` are the checksums."""

    base: Path
    folder: Path
    whole: dict[str, str]

    def fill(self) -> None:
        _empty(self.folder)
        shutil.copytree(self.base, self.folder, dirs_exist_ok=True)

    def run(self, words: str, prepare: Callable[[], None] = lambda: None) -> tuple[int, str]:
        """The exit code and what is printed, in a process that has loaded all; `prepare` is called there before."""
        command = forks.start(words.split(), self.folder, self.folder.with_name("output.txt"), prepare=prepare)
        return command.ended(_SECONDS), command.printed()

    def run_alone(
        self, words: str, limit: Callable[[], None] | None = None, prefix: Sequence[str] = (), **environment: str
    ) -> tuple[int, str]:
        """The same in a process of its own, which loads what it needs.

        Args:
            environment: variables; an empty one is not there.
        """
        places = {"EMBEDKIT_DATA": str(self.folder / "data"), "TMPDIR": str(self.folder / "tmp")}
        done = subprocess.run(
            [*prefix, sys.executable, str(ROOT / "cli.py"), *words.split()],
            cwd=self.folder,
            env={key: value for key, value in {**_ENVIRONMENT, **places, **environment}.items() if value},
            preexec_fn=limit,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
        )
        return done.returncode, done.stderr

    def judge(self, tally: Tally, words: str, code: int, printed: str) -> None:
        """Count how a command ended, and what it has lost or left."""
        errors = [line for line in printed.splitlines() if line.startswith("error: ")]
        one_line, traceback = code in (1, 2) and len(errors) == 1, "Traceback" in printed
        names = files_in(self.folder)
        lost = sorted({*(self.whole.keys() - set(names)), *half_written(self.folder, self.whole)})
        left = [name for name in names if any(is_temporary(part) for part in Path(name).parts)]
        tally.commands += 1
        tally.well += not code
        tally.refused += one_line and not traceback
        tally.tracebacks += traceback
        tally.lost += bool(lost)
        tally.left += bool(left)
        if traceback or lost or left or (code and not one_line):
            ended = f"ended with {code}: {' '.join(printed.split())[-300:]!r}" if code else "ended well"
            tally.faults.append(
                f"{words}: {ended}" + (f"; lost {lost}" if lost else "") + (f"; left {left}" if left else "")
            )


@dataclass(frozen=True)
class Shortage:
    """What there is too little of.

    Attributes:
        ends: (the place, a command) → exit code and stderr for each size that it is tried with.
    """

    name: str
    ends: Callable[[Place, str], Iterator[tuple[int, str]]]


def main() -> None:
    """Print a line for each shortage: how many commands there were and how they ended."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        base = _prepare(folder / "base")
        whole = {name: content for name, content in contents(base).items() if (base / name).is_file()}
        place = Place(base, folder / "place", whole)
        place.folder.mkdir()
        place.fill()
        forks.load_all([words.split() for words in COMMANDS], place.folder, lambda: None)
        columns = ("shortage", "commands", "ended well", "refused in one line", "ended otherwise", "tracebacks")
        print(" | ".join((*columns, "lost something", "left something")))
        for shortage in SHORTAGES:
            tally = measure(place, shortage)
            print("\n  ".join([tally.row(shortage.name), *tally.faults]), flush=True)
        with _disk(place):
            _resumed(place)
        _sweeping(folder)


def measure(place: Place, shortage: Shortage, commands: Sequence[str] = COMMANDS) -> Tally:
    """How commands end under a shortage."""
    tally = Tally()
    for words in commands:
        for code, printed in shortage.ends(place, words):
            place.judge(tally, words, code, printed)
            _empty(place.folder)
    return tally


def _of(sizes: Sequence[int], words: str) -> Sequence[int]:
    return sizes if words in TRAININGS else sizes[:1]


def _none(place: Place, words: str) -> Iterator[tuple[int, str]]:
    place.fill()
    yield place.run(words)


def _small_files(place: Place, words: str) -> Iterator[tuple[int, str]]:
    for size in _of(FILES, words):
        place.fill()
        yield place.run(words, partial(resource.setrlimit, resource.RLIMIT_FSIZE, (size, size)))


def _little_memory(place: Place, words: str) -> Iterator[tuple[int, str]]:
    for size in _of(MEMORY, words):
        place.fill()
        yield place.run_alone(words, partial(resource.setrlimit, resource.RLIMIT_AS, (size, size)))


def _nearly_full(place: Place, words: str) -> Iterator[tuple[int, str]]:
    for size in _of(DISKS, words):
        with _disk(place):
            place.fill()
            _leave(place.folder, size)
            yield place.run(words)


def _read_only(place: Place, words: str) -> Iterator[tuple[int, str]]:
    with _disk(place):
        place.fill()
        _remount(place.folder, "ro")
        end = place.run(words)
        _remount(place.folder, "rw")  # so that it can be emptied
        yield end


def _homeless(place: Place, words: str) -> Iterator[tuple[int, str]]:
    """As somebody else who may read everything, has no home, and writes to the folder of the command alone."""
    place.fill()
    for path in (place.folder, *place.folder.rglob("*")):
        os.chown(path, _NOBODY, _NOBODY)
    become = f"setpriv --reuid {_NOBODY} --regid {_NOBODY} --clear-groups --inh-caps +dac_read_search --ambient-caps"
    prefix = (*become.split(), "+dac_read_search")
    yield place.run_alone(words, None, prefix, HOME="", XDG_CACHE_HOME="", NUMBA_CACHE_DIR="", EMBEDKIT_DATA="")


SHORTAGES = (
    Shortage("nothing", _none),
    Shortage("files of at most 2, 20, 200 kB", _small_files),
    Shortage("300, 500, 900 MB of addresses", _little_memory),
    Shortage("a disk with 40, 150, 600 kB left", _nearly_full),
    Shortage("a disk that is read-only", _read_only),
    Shortage("no home, packages read-only", _homeless),
)


def _prepare(folder: Path) -> Path:
    """Files that commands read, and a finished run of every kind."""
    folder.mkdir()
    (folder / "tmp").mkdir()
    rng = np.random.default_rng(0)
    words = [f"w{first}{second}" for first in ascii_lowercase for second in ascii_lowercase][:200]
    text = [" ".join(rng.choice(words, size=12)) for _ in range(800)]
    rows = [" ".join([word, *(f"{x:.4f}" for x in rng.standard_normal(20))]) for word in words]
    heading = ",".join(["word", "kind", *(f"d{i}" for i in range(20))])
    table = [heading, *(row.replace(" ", f",{'ab'[n % 2]},", 1).replace(" ", ",") for n, row in enumerate(rows))]
    sides = [f"{side} = {words[n : n + 3]}" for side, n in zip("XYAB", (0, 10, 20, 30), strict=True)]
    for name, lines in {
        "text.txt": text,
        "vectors.txt": rows,
        "torn.txt": [*rows[:9], "torn 0.1", *rows[9:]],
        "vectors.csv": table,
        "google.txt": [": all", *(" ".join(words[n : n + 4]) for n in range(40))],
        "scored.csv": [f"{words[n]},{words[n + 3]},{n / 40}" for n in range(40)],
        "minimal.tsv": [f"{words[n]} {words[n + 1]}\t{words[n + 1]} {words[n]}" for n in range(40)],
        "sets.toml": ["[[tests]]", 'name = "some"', *sides],
    }.items():
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    place = Place(folder, folder, {})
    for line in (*_BEFORE, "report vectors.txt --points 100"):
        code, printed = place.run_alone(line)
        if code:
            raise SystemExit(f"{line}: {printed}")
    shutil.move(folder / "reports" / "html" / "vectors.html", folder / "page.html")
    return folder


@contextmanager
def _disk(place: Place) -> Iterator[None]:
    """A disk of its own at the place."""
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(place.folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", str(place.folder)], check=True)


def _remount(folder: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", str(folder)], check=True)


def _leave(folder: Path, kilobytes: int) -> None:
    """Let a disk have no more than that beside what lies on it."""
    disk = os.statvfs(folder)
    used = (disk.f_blocks - disk.f_bfree) * disk.f_frsize // 1000
    _remount(folder, f"size={used + kilobytes}k")


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def _resumed(place: Place) -> None:
    """Trainings that found no room at each of many sizes, gone on with after room was made."""
    place.fill()
    place.run(TRAININGS[0])
    weights = place.folder / "runs" / "lm-new" / "weights.safetensors"
    expected = weights.read_bytes()
    stopped = same = 0
    for size in range(60, 480, 60):
        _remount(place.folder, "size=100m")
        place.fill()
        _leave(place.folder, size)
        code, _ = place.run(TRAININGS[0])
        if code and (place.folder / "runs" / "lm-new" / "config.toml").exists():
            stopped += 1
            _remount(place.folder, "size=100m")
            place.run("train lm --resume lm-new")
            same += weights.exists() and weights.read_bytes() == expected
    print(f"resumed after room was made: {same} of {stopped} with the weights of a training that never stopped")


def _sweeping(folder: Path) -> None:
    """What a training of ten seconds pays for its lock, and to remove what was left: its folder is taken among 50 runs
    of 50 files each, which are looked through, its lock is taken and given back, and that of one of the 50, which is
    swept."""
    runs = [folder / "many" / f"run-{number}" for number in range(50)]
    for run in runs:
        for number in range(50):
            write_text(run / "spaces" / f"{number}.npz", "")
        write_text(run / CONFIG, "")
    seconds = []
    for _ in range(21):
        started = time.perf_counter()
        path = claim(folder / "many" / "new", numbered=True)
        for each in (path, runs[0]):
            with writing(each):
                pass
        seconds.append(time.perf_counter() - started)
        unclaim(path)
    median = sorted(seconds)[len(seconds) // 2]
    print(f"folder, lock and sweep among 50 runs: {1000 * median:.2f} ms, {median / 10:.3%} of ten seconds' training")
