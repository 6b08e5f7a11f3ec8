"""The journey, the help of every command, and the examples it ends with."""

import re
import shlex
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

import embedkit
from embedkit.cli import app, corpora
from embedkit.tasks import Command, Task, all_tasks
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
    assert shown.out.rstrip().endswith(f"Example:\n    {command.example}")


def test_the_programs_own_help_ends_with_an_example_of_the_journey(call: Call) -> None:
    example = call("--help").out.rstrip().rpartition("Example:\n    ")[2]
    assert example in [command.example for command in app.COMMANDS]


@pytest.mark.parametrize(
    "task", [task for task in all_tasks() if task.preset], ids=[task.name for task in all_tasks() if task.preset]
)
def test_the_defaults_shown_are_those_of_a_call_without_options(
    call: Call, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "400")  # an option a line
    assert task.command is not None
    _, bound, _ = app.app.parse_args(["train", task.command.name], exit_on_error=False, print_error=False)
    bound.apply_defaults()
    shown = call("train", task.command.name, "--help").out
    for options in (bound.arguments["model"], bound.arguments["training"]):
        for field in fields(options):
            value = getattr(options, field.name)
            if value is not None and field.name not in getattr(options, "UNUSED", ()):
                option = re.search(rf"^│ --{field.name.replace('_', '-')} .*\[default: (.*)\]", shown, re.MULTILINE)
                assert (field.name, option and option[1]) == (field.name, str(value))


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
    assert (done.returncode, done.stdout.strip()) == (0, embedkit.__version__)
