"""What a section is: every one has sources, a name of its own, and is found by the recipes that name it."""

import re
from dataclasses import replace
from fnmatch import fnmatch

import pytest

from embedkit.errors import ReportError
from embedkit.report import recipes
from embedkit.report.origins import sources_of
from embedkit.report.recipes import installed_recipes, load_recipe
from embedkit.report.sections import spec
from embedkit.report.sections.spec import SectionSpec, by_name, section_specs
from embedkit.runs import folder
from embedkit.tasks import Task, all_tasks, task_of


def documented() -> set[str]:
    """The paths of a run, as the module of run folders lists them: "keypad/…" has its files behind it."""
    paths: set[str] = set()
    for path, text in re.findall(r"^  ([\w.\-/…]+) +(.*)$", str(folder.__doc__), re.MULTILINE):
        names = re.findall(r"[\w]+\.\w+", text) if path.endswith("…") else [""]
        paths |= {path.removesuffix("…") + name for name in names}
    return {path.replace("SPLIT", split) for path in paths for split in ("valid", "test")}


def nothing(*_: object) -> tuple[()]:
    return ()


@pytest.mark.parametrize("sources", [(), ("",), "scores/*"])
def test_a_section_without_sources_cannot_be_built(sources: tuple[str, ...]) -> None:
    with pytest.raises(ReportError, match="section 'new': name the files"):
        SectionSpec("new", nothing, None, sources)


def test_two_sections_of_one_name_are_an_error() -> None:
    one, other = (SectionSpec(name, nothing, None, ("scores/*",)) for name in ("one", "other"))
    assert by_name([one, other]) == {"one": one, "other": other}
    with pytest.raises(ReportError, match="two sections are called 'one'"):
        by_name([one, other, one])


@pytest.mark.parametrize("name", installed_recipes())
def test_every_section_of_a_shipped_recipe_is_there(name: str) -> None:
    assert {entry.name for entry in load_recipe(name, section_specs()).sections} <= set(section_specs())


def test_every_section_stands_in_a_shipped_recipe() -> None:
    named = {entry.name for name in installed_recipes() for entry in load_recipe(name, section_specs()).sections}
    assert set(section_specs()) - named == set()


@pytest.mark.parametrize("spec", section_specs().values(), ids=lambda spec: spec.name)
def test_a_section_draws_from_files_that_a_run_has(spec: SectionSpec) -> None:
    assert [pattern for pattern in spec.sources if not any(fnmatch(path, pattern) for path in documented())] == []


def test_the_documented_paths_are_read() -> None:
    paths = {
        "config.toml",
        "spaces/NAME.npz",
        "scores/valid.json",
        "trials.jsonl",
        "keypad/test.json",
        "keypad/words.tsv",
    }
    assert paths <= documented()


def test_a_section_that_stands_in_a_page_again_has_the_same_sources() -> None:
    assert sources_of("curves") == sources_of("curves-2") == ("history.jsonl", "metrics.json", "tokenizer.json")
    assert sources_of("gradients-flow") == ("trials.jsonl", "config.toml")
    with pytest.raises(ReportError, match="no section 'nowhere-2'"):
        sources_of("nowhere-2")


def test_the_sections_of_tasks_are_among_them() -> None:
    own = {spec.name for task in all_tasks() if task.sections for spec in task.load("sections")}
    assert {"samples", "keypad", "atlas", "captions", "accuracy", "echo-strip", "exact"} <= own <= set(section_specs())
    of_experiments = [spec for task in all_tasks() for each in task.experiments for spec in each.load("sections")]
    assert {"temporal-order", "echo-capacity", "gradients-clipping", "curricula"} <= {s.name for s in of_experiments}


def test_the_sections_of_a_task_that_is_registered_later_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    before = section_specs()
    task = Task(package="embedkit.tasks.echo", kind="later", sections="sections:SECTIONS")
    monkeypatch.setattr(spec, "run_kinds", lambda: (task,))
    assert {"echo-strip", "map"} <= set(section_specs()) < set(before)


def test_two_recipes_of_one_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    echo = task_of("echo")
    monkeypatch.setattr(recipes, "run_kinds", lambda: (echo, replace(echo, package="embedkit.tasks.execute")))
    with pytest.raises(ReportError, match="two recipes are called 'echo'"):
        recipes.installed_recipes()
