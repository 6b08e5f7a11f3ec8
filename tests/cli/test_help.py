"""The journey, the help of every command, and the examples it ends with."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from embedkit.cli import app, corpora
from embedkit.tasks import Command, all_tasks
from tests.command_line import Call
from tests.quick import quick, shrink

ROOT = Path(__file__).resolve().parents[2]
TRAINED = [task.command for task in all_tasks() if task.command is not None]
EXPERIMENTS = [experiment.command for task in all_tasks() for experiment in task.experiments]
COMMANDS = [
    *(((command.name,), command) for command in app.COMMANDS),
    *((("train", command.name), command) for command in TRAINED),
    *((("corpora", command.name), command) for command in corpora.COMMANDS),
    *((("lab", command.name), command) for command in EXPERIMENTS),
]
IDS = [" ".join(names) for names, _ in COMMANDS]


def test_the_journeys_examples_stand_below_each_other(call: Call) -> None:
    stops = [line for line in call().out.splitlines() if line.startswith("  ")]
    assert len(stops) == len(app.COMMANDS)
    assert len({line.index(" embedkit ") for line in stops}) == 1


def test_with_nothing_the_journey_is_shown(call: Call) -> None:
    shown = call()
    assert shown.code == 0
    for command in app.COMMANDS:
        assert command.example in shown.out


@pytest.mark.parametrize(("names", "command"), COMMANDS, ids=IDS)
def test_help_says_what_it_does(call: Call, names: tuple[str, ...], command: Command) -> None:
    shown = call(*names, "--help")
    assert shown.code == 0
    assert " ".join(command.help.split())[:50] in " ".join(shown.out.split())
    if names not in {("train",), ("corpora",), ("lab",)}:  # their commands have examples of their own
        assert shown.out.rstrip().endswith(command.example)


def test_a_seed_that_no_generator_takes_is_a_wrong_call(call: Call) -> None:
    seeded = [(names, each) for names, each in COMMANDS if "--seed " in call(*names, "--help").out]
    assert len(seeded) > 15
    for names, command in seeded:
        for seed in ("-1", "4294967296"):
            done = call(*shlex.split(command.example)[1:], "--seed", seed)
            assert (done.code, done.err) == (2, f"error: --seed {seed}: must be from 0 to 4,294,967,295\n"), names


@pytest.mark.usefixtures("corpus_at_hand")
@pytest.mark.parametrize("command", [command for _, command in COMMANDS], ids=IDS)
def test_the_example_works(call: Call, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    shrink(monkeypatch)
    done = call(*quick(command.example))
    assert (done.code, done.err if done.code else "") == (0, "")


@pytest.mark.parametrize("program", [["cli.py"], ["-m", "embedkit"]], ids=" ".join)
def test_the_program_in_the_checkout_is_the_console_script(program: list[str]) -> None:
    done = subprocess.run([sys.executable, *program, "--version"], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout.strip()) == (0, "0.2.0")
