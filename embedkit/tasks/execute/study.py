"""The scores that the report of a network that executes programs needs: its outputs of held-out programs."""

from collections.abc import Sequence
from contextlib import suppress
from random import Random
from typing import TYPE_CHECKING

from embedkit.config import SCORED
from embedkit.errors import CorpusError
from embedkit.progress import Steps
from embedkit.runs.folder import Run
from embedkit.tasks.execute.data import Program, counts_that_give, distinct
from embedkit.tasks.execute.difficulty import stages

if TYPE_CHECKING:
    from embedkit.tasks.execute.config import ExecuteTraining
    from embedkit.tasks.execute.score import ExecutionScore

CELL = 200
"""Programs of each length and nesting below the target and at it."""


def study(run: Run, _map_points: int | None, steps: Steps) -> None:
    """Score the test programs, where that is not done already and can be done still."""
    from embedkit.tasks.execute.score import EXECUTION_SCORES

    if EXECUTION_SCORES.load_or_none(run, "test") is None:
        with suppress(CorpusError), steps(f"{run.name}: execute held-out programs"):
            EXECUTION_SCORES.save(run, evaluate_execution(run), "test")


def evaluate_execution(run: Run, *, split: str = "test", most: int | None = None) -> "ExecutionScore":
    """Score a run on held-out programs: those of the target difficulty, and some of every difficulty up to it.

    Args:
        most: at most so many programs of the target difficulty; None for `SCORED`.

    Raises:
        CorpusError: another version trained the run and held out other programs.
    """
    from embedkit.tasks.execute.data import split_by_another_version

    if split_by_another_version(run):
        raise CorpusError(
            f"{run.name} was trained by another version, which held out other programs; train it again to score it on "
            "programs that are new to it"
        )
    from embedkit.tasks.execute.predictions import Executor
    from embedkit.tasks.execute.score import Execution, score_execution

    executor = Executor(run)
    config = executor.config

    def executions(programs: Sequence[Program]) -> list[Execution]:
        # What is longer than every answer is wrong already; a network that has learned little would not end.
        longest = max((len(program.answer) for program in programs), default=0) + 1
        outputs = executor.outputs([program.text for program in programs], longest=longest)
        return [
            Execution(program.text, program.answer, output) for program, output in zip(programs, outputs, strict=True)
        ]

    limit = most or SCORED
    cells = {difficulty: executions(programs) for difficulty, programs in cell_programs(config, split, limit).items()}
    return score_execution(
        f"{run.name}/{split}",
        config.task,
        config.target,
        executions(target_programs(config, split, limit)),
        cells,
        seed=config.seed,
    )


def target_programs(config: "ExecuteTraining", split: str, limit: int) -> list[Program]:
    """The programs of the difficulty that training aimed at."""
    return distinct(config.task, Random(f"{config.seed} {split}"), *config.target, split, limit)


def cell_programs(config: "ExecuteTraining", split: str, limit: int) -> dict[tuple[int, int], list[Program]]:
    """By length and nesting, the programs of every difficulty up to the target."""
    return {
        difficulty: distinct(
            config.task, Random(f"{config.seed} {split} {difficulty}"), *difficulty, split, min(CELL, limit)
        )
        for difficulty in stages(config.target)
    }


def limit_of(score: "ExecutionScore", config: "ExecuteTraining", split: str) -> int | None:
    """By which limit (`most`) a score has as many programs as it has; None where none gives so many.

    Of a small difficulty there are fewer programs than are looked for, and how many of them come depends on how many
    are looked for.
    """
    n, cells = score.exact.n, {(each.length, each.nesting): each.exact.n for each in score.cells}
    random = Random(f"{config.seed} {split}")
    limits = counts_that_give(n, config.task, random, *config.target, split, most=max(SCORED, n))
    # Above CELL the cells are the same whatever the limit.
    for limit in dict.fromkeys([*limits[-1:], *(each for each in limits if each < CELL)]):
        programs = cell_programs(config, split, limit)
        if cells == {difficulty: len(each) for difficulty, each in programs.items() if each}:
            return limit
    return None
