"""How many small mistakes the tests would notice: a random sample of mutants of the parts that compute, and which live.

    pip install -e '.[dev,mutation]'
    python -m benchmarks.mutation --sample 150 --seed 1      # broken off, it goes on where it stopped
    python -m benchmarks.mutation --again mutants.jsonl      # only those that lived

The mutants are cosmic-ray's: an operator or a number exchanged, a comparison or a condition turned round, a loop that
does not run, another exception, a decorator taken away. Each is made in a copy of the checkout, where the tests of the
same part run until one fails, and if all pass those of what is built on it. `a | b` is left alone: nearly all are
annotations, whose mutants no module survives. Places are drawn at random, one mutant a place, so that one where a
number can be changed in two ways, and a sign in eleven, counts alike. A mutant under which some tests take more
processor time than all of them took without it counts as killed.
"""

import argparse
import importlib
import json
import math
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("training", "text", "models", "analysis")
_TASKS = ("tests/tasks/language_model", "tests/tasks/seq2seq")
_WIDER: Mapping[str, Sequence[str]] = {
    "training": ("tests/training", *_TASKS),
    "text": ("tests/text", *_TASKS),
    "models": ("tests/models", *_TASKS),
    "analysis": ("tests/analysis",),
}
"""Tests of a part and of what is built on it."""
_LEAST_SECONDS = 120
_PATIENCE = 10  # a busy machine gives a tenth of a processor


@dataclass(frozen=True)
class Mutant:
    """A place in a module, and what is changed there; `line` counts from 1, `occurrence` is cosmic-ray's."""

    module: str
    line: int
    column: int
    operator: str
    occurrence: int


def mutants(module: str) -> Iterator[Mutant]:
    """Every mutant of a module of the checkout."""
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.plugins import get_operator, operator_names

    tree = get_ast((ROOT / module).read_text(encoding="utf-8"))
    for name in operator_names():
        operator = get_operator(name)
        if "BitOr_" in name or operator.arguments() or name.endswith("NoOp"):
            continue
        places = [place for node in ast_nodes(tree) for place in operator().mutation_positions(node)]
        for occurrence, ((line, column), _) in enumerate(places):
            yield Mutant(module, line, column, name, occurrence)


def sample(size: int, seed: int) -> tuple[list[Mutant], int]:
    """One mutant each of `size` random places, and how many places there are."""
    places: dict[tuple[str, int, int], list[Mutant]] = {}
    for part in PARTS:
        for path in sorted((ROOT / "embedkit" / part).rglob("*.py")):
            for mutant in mutants(str(path.relative_to(ROOT))):
                places.setdefault((mutant.module, mutant.line, mutant.column), []).append(mutant)
    random = Random(seed)
    drawn = random.sample(sorted(places), min(size, len(places)))
    return [random.choice(places[place]) for place in drawn], len(places)


def rings(module: str) -> tuple[Sequence[str], Sequence[str]]:
    """The tests that are run first, those that mirror the module, and those that are run where it lives."""
    _, part, *inner = Path(module).with_suffix("").parts
    if part == "training":  # most of it is tested by trainings of a language model
        return ("tests/training", _TASKS[0]), _WIDER[part]
    own = [Path("tests", part, *inner[:-1], f"test_{inner[-1]}.py"), Path("tests", part, *inner[:-1])]
    return (str(next(path for path in own if (ROOT / path).exists())),), _WIDER[part]


def killed_by(mutant: Mutant, copy: Path, limit: float) -> tuple[bool, str]:
    """Whether a test fails or takes more than so many seconds of the processor, and which tests these are."""
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    source = (ROOT / mutant.module).read_text(encoding="utf-8")
    mutated = mutate_code(source, get_operator(mutant.operator)(), mutant.occurrence)
    (copy / mutant.module).write_text(mutated, encoding="utf-8")
    try:
        for ring in rings(mutant.module):
            if (code := _tests(copy, ring, limit)) != 0:
                return True, f"{' '.join(ring)} ({'no end' if code in (None, -signal.SIGXCPU) else f'exit {code}'})"
        return False, ""
    finally:
        (copy / mutant.module).write_text(source, encoding="utf-8")


def _tests(copy: Path, tests: Sequence[str], limit: float = math.inf) -> int | None:
    """The exit code of these tests in the copy, in a process forked from this one, which has loaded what is heavy.

    It may take `limit` seconds of the processor, and `_PATIENCE` times as many by the clock: None where it took those.
    """
    started = time.monotonic()
    child = os.fork()
    if not child:
        if limit < math.inf:
            resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(limit), resource.RLIM_INFINITY))
        _run_tests(copy, tests)
    while time.monotonic() - started < _PATIENCE * limit:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.05)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def _run_tests(copy: Path, tests: Sequence[str]) -> None:
    """Never returns: it is the child."""
    try:
        os.setsid()
        os.chdir(copy)
        sys.path[:] = [str(copy), *(path for path in sys.path if Path(path or ".").resolve() != ROOT)]
        for name in [name for name in sys.modules if name.split(".")[0] in ("benchmarks", "tests", "embedkit")]:
            del sys.modules[name]
        os.environ["PYTHONPATH"] = str(copy)
        sys.dont_write_bytecode = True
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        import pytest

        deselected = ("-m", "not browser", "-p", "no:cacheprovider", "-n", "0", "-x", "-q")
        os._exit(int(pytest.main([*deselected, *tests])))
    except BaseException:
        os._exit(99)


def _copied(folder: Path) -> Path:
    """The files of the checkout that git knows or would add, and none that it ignores."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, default=150, help="so many mutants, each of another place")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("mutants.jsonl"), help="a line a mutant; those in it are done")
    parser.add_argument("--again", type=Path, help="only the mutants of this file that lived")
    arguments = parser.parse_args()
    if arguments.again:
        drawn, known = [mutant for mutant, killed in outcomes(arguments.again).items() if not killed], {}
        print(f"{len(drawn)} mutants of {arguments.again} that lived")
    else:
        drawn, places = sample(arguments.sample, arguments.seed)
        known = outcomes(arguments.out)
        print(f"{len(drawn)} mutants of {places:,} places in {', '.join(PARTS)}, seed {arguments.seed}", flush=True)
    importlib.import_module("tests.heavy")
    with tempfile.TemporaryDirectory() as folder:
        copy = _copied(Path(folder))
        if _tests(copy, sorted({tests for ring in _WIDER.values() for tests in ring})) != 0:
            raise SystemExit("some tests fail without any mutant")
        used = sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])
        limit = max(_LEAST_SECONDS, used)
        print(f"the tests take {used:.0f} s of the processor; a mutant that takes more is killed", flush=True)
        for number, mutant in enumerate(drawn, 1):
            if mutant in known:
                continue
            known[mutant], by = killed_by(mutant, copy, limit)
            with arguments.out.open("a", encoding="utf-8") as file:
                file.write(json.dumps({**asdict(mutant), "killed": known[mutant], "by": by}) + "\n")
            place = f"{mutant.module}:{mutant.line}:{mutant.column} {mutant.operator.removeprefix('core/')}"
            print(f"{number:4} {'killed' if known[mutant] else 'LIVES ':6} {place} {by}", flush=True)
    _summary(drawn, [known[mutant] for mutant in drawn])


def outcomes(path: Path) -> dict[Mutant, bool]:
    """Whether each mutant of a file of lines was killed, when it was tried last; of a file that is not there none."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    fields = [json.loads(line) for line in lines]
    names = Mutant.__dataclass_fields__
    return {Mutant(**{name: each[name] for name in names}): each["killed"] for each in fields}


def _summary(drawn: Sequence[Mutant], outcomes: Sequence[bool]) -> None:
    from embedkit.analysis.proportion import Proportion

    score = Proportion.among(outcomes)
    low, high = score.interval.low, score.interval.high
    print(f"{score.right} of {score.n} killed: {score.right / score.n:.1%} (95 % interval {low:.1%} to {high:.1%})")
    by_part = Counter((mutant.module.split("/")[1], killed) for mutant, killed in zip(drawn, outcomes, strict=True))
    for part in PARTS:
        if total := by_part[part, True] + by_part[part, False]:
            print(f"  {part}: {by_part[part, True]} of {total}")


if __name__ == "__main__":
    main()
