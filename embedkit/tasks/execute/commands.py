"""`embedkit execute`, `train execute`, and `evaluate` of a run that executes programs."""

import re
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from embedkit.cli.evaluate import Evaluation
from embedkit.cli.output import Json, note, print_json, print_table
from embedkit.cli.progress import progress
from embedkit.controls import printable
from embedkit.errors import UsageError, unknown
from embedkit.files import require_file
from embedkit.numerals import ends, percent
from embedkit.runs.folder import Run, open_run

if TYPE_CHECKING:
    from embedkit.analysis.proportion import NamedProportion
    from embedkit.tasks.execute.predictions import Executed
    from embedkit.tasks.execute.score import Execution, ExecutionScore

KINDS = ("execute",)
LONGEST_FILE = 10_000
OPTION = re.compile(r"--[a-z]")
"""So no program begins: a name is written where something is assigned to it before."""
ProgramFile = Annotated[Path | None, Parameter(allow_leading_hyphen=True)]
"""A file with a program, or "-", which is a value."""


def execute(
    *programs: Annotated[str, Parameter(allow_leading_hyphen=True)],
    file: ProgramFile = None,
    run: str | None = None,
    json: Json = False,
) -> None:
    r"""Execute programs.

    Args:
        programs: Programs, each in quotes; \n stands for a line break.
        file: Read a program from a file; - reads standard input.
        run: An execute run, by name or path; by default the newest.
    """
    texts = gather_programs(programs, file)
    from embedkit.tasks.execute.interpreter import interpret

    for text in texts:
        interpret(text)  # refused before a network is loaded
    executor_run = open_run(run, kinds=KINDS)
    from embedkit.tasks.execute.predictions import Executor

    with progress(f"reading {executor_run.name}"):
        results = Executor(executor_run).executed(texts)
    if json:
        rows = [{**asdict(result), "right": result.right} for result in results]
        print_json({"run": executor_run.name, "rows": rows})
        return
    for result in results:
        _print_executed(result)


def gather_programs(programs: Sequence[str], file: Path | None) -> list[str]:
    """Programs from the command line, and the one of a file or of standard input.

    Raises:
        UsageError: there is none, or the file is missing, no text or too long.
    """
    for program in programs:
        if OPTION.match(program):
            raise unknown("option", program, ("--file", "--run", "--json", "--help"))
    texts = [program.replace("\\n", "\n") for program in programs]
    if file is not None:
        texts.append(_read(file))
    if not texts:
        raise UsageError("give a program in quotes, or --file; such as `embedkit execute 'print((12+34))'`")
    return ["\n".join(program.splitlines()).strip("\n") for program in texts]


def _read(file: Path) -> str:
    """The first `LONGEST_FILE` characters of a file, or of standard input where it is "-"."""
    if str(file) == "-":
        return sys.stdin.read(LONGEST_FILE)
    require_file(file, "--file")
    try:
        with open(file, encoding="utf-8") as text:
            return text.read(LONGEST_FILE)
    except UnicodeDecodeError:
        raise UsageError(f"--file {file}: not UTF-8 text; give a file with a program") from None
    except OSError as error:
        raise UsageError(f"--file {file}: {error.strerror}") from None


def _print_executed(executed: "Executed") -> None:
    output = executed.network or "(nothing)"
    print(printable(executed.read))  # a program has lines of its own
    print_table(
        ("", ">prints"),
        [("network", output), ("Python", executed.python), ("", "right" if executed.right else "wrong")],
    )
    if executed.note:
        note(f"beyond what it learned: {executed.note}")


def evaluate_execution(run: Run, evaluation: Evaluation) -> None:
    """Score an execute run on held-out programs."""
    from embedkit.tasks.execute.score import EXECUTION_SCORES
    from embedkit.tasks.execute.study import evaluate_execution as measure

    with progress(f"scoring {run.name}"):
        score = measure(run, split=evaluation.split, most=evaluation.most)
    EXECUTION_SCORES.save(run, score, evaluation.split)
    if evaluation.json:
        print_json(asdict(score))
        return
    _print_score(score)


def _print_score(score: "ExecutionScore") -> None:
    length, nesting = score.target
    what = (
        f"sums of numbers of up to {length} digits"
        if score.task == "addition"
        else f"length {length}, nesting {nesting}"
    )
    print_table(_HEAD, [_row(score.exact)], title=f"{score.name}: held-out {what}")
    print_table(_HEAD, [_row(place) for place in score.places], title="digit by digit, counted from the right")
    if score.kinds:
        print_table(_HEAD, [_row(kind) for kind in score.kinds], title="by what the program contains")
    if score.task == "addition":
        columns: tuple[str, ...] = (">digits",)
        cells = [(str(cell.length), *_row(cell.exact)[1:]) for cell in score.cells]
    else:
        columns = (">length", ">nesting")
        cells = [(str(cell.length), str(cell.nesting), *_row(cell.exact)[1:]) for cell in score.cells]
    print_table((*columns, *_HEAD[1:]), cells, title="by difficulty, each drawn for itself")
    for title, examples in (("right", score.right), ("wrong", score.wrong)):
        _print_examples(title, examples[:5])


_HEAD = ("", ">scored", ">right", ">share", ">95 % interval")


def _row(tally: "NamedProportion") -> tuple[str, ...]:
    return (
        tally.name,
        f"{tally.n:,}",
        f"{tally.right:,}",
        percent(tally.share),
        ends(tally.interval, 1, scale=100),
    )


def _print_examples(title: str, examples: "Sequence[Execution]") -> None:
    if examples:
        rows = [(each.output or "(nothing)", each.answer, each.program.replace("\n", "\\n")) for each in examples]
        print_table((">network", ">Python", "program"), rows, title=title)
