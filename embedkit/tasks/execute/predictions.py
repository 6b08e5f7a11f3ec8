"""A network that has learned to execute programs, at work beside the interpreter."""

from collections.abc import Sequence
from dataclasses import dataclass

from embedkit.config import from_table
from embedkit.runs.folder import Run
from embedkit.tasks.execute.config import ExecuteTraining
from embedkit.tasks.execute.interpreter import interpret
from embedkit.tasks.execute.layout import as_sum, laid_out, sizes
from embedkit.tasks.execute.objective import LONGEST_OUTPUT, execute, load_executor


@dataclass(frozen=True)
class Executed:
    """A program of somebody's choice.

    Attributes:
        program: as it was typed.
        read: as the network read it: laid out as those that it learned from.
        network, python: the network's output, and what the program prints.
        note: where the program is more difficult than those that the network learned from; else empty.
    """

    program: str
    read: str
    network: str
    python: str
    note: str

    @property
    def right(self) -> bool:
        return self.network == self.python


class Executor:
    """The network of a finished execute run.

    Raises:
        RunError: the run's weights are missing or damaged.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.config = from_table(ExecuteTraining, run.config["training"])
        self.network = load_executor(run)

    def outputs(self, texts: Sequence[str], *, longest: int = LONGEST_OUTPUT) -> list[str]:
        """The network's outputs of programs of the generator, cut after `longest` characters."""
        return execute(self.network, texts, self.config, longest=longest)

    def executed(self, programs: Sequence[str]) -> list[Executed]:
        """Programs of somebody's choice, by the network and by the interpreter. No program is run as Python.

        Raises:
            UsageError: a program is not of the language; the message names the construct and its line.
        """
        layout = as_sum if self.config.task == "addition" else laid_out
        answers = [str(interpret(program)) for program in programs]
        read = [layout(program) for program in programs]
        return [
            Executed(program, text, output, answer, self._beyond(text))
            for program, text, output, answer in zip(programs, read, self.outputs(read), answers, strict=True)
        ]

    def _beyond(self, text: str) -> str:
        """In which respects a program is more difficult than the target; empty where in none."""
        (length, nesting), (most, deepest) = sizes(text), self.config.target
        beyond = []
        if length > most:
            beyond.append(f"integers of {length} digits where {self.run.name} learned from up to {most}")
        if nesting > deepest:
            beyond.append(f"{nesting} operations where it learned from {deepest}")
        return " and ".join(beyond)
