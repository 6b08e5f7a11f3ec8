"""The registry of tasks: what each names is there, and listing them loads nothing heavy."""

import subprocess
import sys
from dataclasses import fields, replace
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from embedkit import tasks
from embedkit.errors import RunError, UsageError
from embedkit.registry import Registry
from embedkit.runs.folder import Run, list_runs
from embedkit.runs.options import configurations
from embedkit.tasks import Command, RunKind, Task, all_tasks, experiment_of, kinds, run_kinds, task_of, task_trained_by
from tests.test_imports import HEAVY

REFERENCES = [
    (kind, field.name)
    for kind in run_kinds()
    for field in fields(kind)
    if isinstance(value := getattr(kind, field.name), str) and ":" in value
]


@pytest.mark.parametrize(("kind", "hook"), REFERENCES, ids=[f"{each.package}.{hook}" for each, hook in REFERENCES])
def test_what_a_task_names_is_there(kind: RunKind, hook: str) -> None:
    assert kind.load(hook) is not None


def test_the_commands_and_options_of_a_task_are_there() -> None:
    for task in all_tasks():
        assert all(hasattr(config, "__dataclass_fields__") for config in task.config_types())
        for command in task.commands:
            module, _, function = command.target.partition(":")
            assert callable(getattr(__import__(module, fromlist=["_"]), function))


def test_every_kind_that_can_be_opened() -> None:
    trained = {"language-model", "seq2seq", "execute", "captioner", "classifier", "echo"}
    assert {*trained, "word2vec", "embeddings"} <= set(kinds())
    assert trained <= set(kinds("trainer"))
    assert not {"word2vec", "embeddings"} & set(kinds("trainer"))
    assert {"seq2seq", "captioner"} <= set(kinds(("spaces", "study"))) < set(kinds("study"))
    assert task_trained_by("caption") is task_of("captioner")


def test_what_is_not_there_names_what_is() -> None:
    with pytest.raises(
        RunError, match=r"'spech' is no kind of run that is known here; there are language-model, .*lab"
    ):
        task_of("spech")
    with pytest.raises(UsageError, match="unknown command 'ecko'; did you mean echo"):
        task_trained_by("ecko")
    with pytest.raises(RunError, match=r"'gradient' is no experiment .* gradients"):
        experiment_of("gradient")
    with pytest.raises(RunError, match="the task of a word2vec run has no `trainer`"):
        task_of("word2vec").load("trainer")


def test_a_run_knows_its_task(tmp_path: Path) -> None:
    run, lab = Run(tmp_path / "run"), Run(tmp_path / "lab")
    run.write_config({"kind": "echo"})
    lab.write_config({"kind": "lab", "lab": "curricula"})
    assert (run.task, run.subject) == (task_of("echo"), "echo")
    assert (lab.task, lab.subject) == (experiment_of("curricula"), "curricula")


def test_a_run_of_no_known_kind_says_which(tmp_path: Path) -> None:
    for config, message in (
        ({"kind": "spech"}, "'spech' is no kind of run"),
        ({"kind": "lab", "lab": "ecko"}, "'ecko' is no experiment"),
        ({"seed": 1}, "config.toml: no kind"),
        ({"kind": "lab"}, "config.toml: no lab"),
    ):
        run = Run(tmp_path / "odd")
        run.write_config(config)
        with pytest.raises(RunError, match=f"odd.*{message}"):
            _ = Run(tmp_path / "odd").task


def test_a_run_that_cannot_be_read_is_of_no_kind(tmp_path: Path) -> None:
    Run(tmp_path / "echo").write_config({"kind": "echo"})
    Run(tmp_path / "bare").write_config({"seed": 1})
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "config.toml").write_text("kind = ")
    assert [run.name for run in list_runs(tmp_path, ["echo"])] == ["echo"]
    assert len(list_runs(tmp_path)) == 3


def test_a_task_without_what_its_command_needs_is_refused() -> None:
    with pytest.raises(UsageError, match="task small: a command without a target needs two configs"):
        Task(package="somewhere.small", command=Command("small", "", "Train it.", "embedkit train small"))


def test_a_package_that_cannot_be_loaded_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = EntryPoint("broken", "no_such_module:TASK", "embedkit.tests")
    monkeypatch.setattr("embedkit.registry.entry_points", lambda group: [broken])
    table: Registry[Task] = Registry("task", "embedkit.tests")
    for _ in range(2):  # the second look finds the table no more complete than the first
        with pytest.raises(UsageError, match=r"the task 'broken' \(no_such_module:TASK\) cannot be loaded: ModuleNot"):
            list(table)


def test_a_run_without_its_options_says_so(tmp_path: Path) -> None:
    for config in ({"kind": "echo"}, {"kind": "word2vec", "word2vec": {}}):
        run = Run(tmp_path / str(config["kind"]))
        run.write_config(config)
        with pytest.raises(RunError, match=r"config.toml: no options of a model and its training; restore it"):
            configurations(run)


def test_two_tasks_of_one_kind_are_refused() -> None:
    echo = task_of("echo")
    with pytest.raises(UsageError, match="two tasks have the kind 'echo'"):
        tasks._checked((echo, replace(echo, package="elsewhere.echo")))
    with pytest.raises(UsageError, match="two tasks have the command under train 'echo'"):
        tasks._checked((echo, replace(echo, kind="other", experiments=())))


def test_listing_the_tasks_loads_nothing_heavy() -> None:
    program = (
        "import sys\nfrom embedkit.tasks import Command, Task, all_tasks\nall_tasks()\n"
        f"print('loaded:', *sorted({HEAVY!r} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines() == ["loaded:"], done.stderr
