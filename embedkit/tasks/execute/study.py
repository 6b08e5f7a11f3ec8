"""The scores that the report of a network that executes programs needs: its outputs of held-out programs."""

from contextlib import suppress
from random import Random
from typing import TYPE_CHECKING

from embedkit.config import SCORED
from embedkit.errors import CorpusError
from embedkit.progress import Steps
from embedkit.runs.folder import Run

if TYPE_CHECKING:
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
    from embedkit.tasks.execute.data import distinct, split_by_another_version

    if split_by_another_version(run):
        raise CorpusError(
            f"{run.name} was trained by another version, which held out other programs; train it again to score it on "
            "programs that are new to it"
        )
    from embedkit.tasks.execute.difficulty import stages
    from embedkit.tasks.execute.predictions import Executor
    from embedkit.tasks.execute.score import Execution, score_execution

    executor = Executor(run)
    config = executor.config

    def executions(difficulty: tuple[int, int], count: int, seed: str) -> list[Execution]:
        programs = distinct(config.task, Random(seed), *difficulty, split, count)
        # What is longer than every answer is wrong already; a network that has learned little would not end.
        longest = max((len(program.answer) for program in programs), default=0) + 1
        outputs = executor.outputs([program.text for program in programs], longest=longest)
        return [
            Execution(program.text, program.answer, output) for program, output in zip(programs, outputs, strict=True)
        ]

    limit = most or SCORED
    cells = {
        difficulty: executions(difficulty, min(CELL, limit), f"{config.seed} {split} {difficulty}")
        for difficulty in stages(config.target)
    }
    return score_execution(
        f"{run.name}/{split}",
        config.task,
        config.target,
        executions(config.target, limit, f"{config.seed} {split}"),
        cells,
        seed=config.seed,
    )
