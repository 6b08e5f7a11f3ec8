"""What the documentation's site needs beside its pages; `.ci/run` builds it in strict mode."""

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

import embedkit
from embedkit.cli.app import COMMANDS, app
from embedkit.tasks import all_tasks

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"


def of_the_site(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, DOCS / "site" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # where dataclasses look up what their fields are
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def gallery() -> ModuleType:
    return of_the_site("gallery")


def test_the_page_of_commands_has_every_one_with_its_options_and_its_example() -> None:
    page = of_the_site("commands").text()
    headings = re.findall("^## embedkit(.*)$", page, re.MULTILINE)
    commands = [*COMMANDS, *(task.command for task in all_tasks() if task.command is not None)]
    assert {command.name for command in commands} <= {heading.split()[-1] for heading in headings if heading}
    assert {" train lm", " lab gradients", " corpora fetch"} <= set(headings)
    assert [command.name for command in commands if command.example not in page] == []
    assert page.count("\nExample:\n") == len(headings)
    assert "│ --hidden-size INT" in page


def test_the_reference_has_every_public_name_where_it_is_at_home() -> None:
    written = re.findall(r"^::: (\S+)$", (DOCS / "reference.md").read_text(encoding="utf-8"), re.MULTILINE)
    homes = {name: f"{getattr(embedkit, name).__module__}.{name}" for name in embedkit.__all__}
    assert sorted(written) == sorted(homes.values())


def test_every_page_is_in_the_sites_navigation() -> None:
    nav = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").split("nav:")[1]
    pages = {path.relative_to(DOCS).as_posix() for suffix in ("md", "ipynb") for path in DOCS.rglob(f"*.{suffix}")}
    assert {page for page in pages if page not in nav} == set()
    named = set(re.findall(r"[\w/-]+\.(?:md|ipynb)", nav))
    assert named - pages == {"commands.md", "gallery.md"}  # which the hook writes


def test_every_benchmark_that_can_be_run_is_in_the_list_of_them() -> None:
    _, _, listed = (DOCS / "benchmarks.md").read_text(encoding="utf-8").partition("\n## What there is to run\n")
    first_cells = [line.split("|")[1] for line in listed.splitlines() if line.startswith("|")]
    files = list((ROOT / "benchmarks").glob("*.py"))
    modules = {path.stem for path in files if '__name__ == "__main__"' in path.read_text(encoding="utf-8")}
    packages = {path.parent.name for path in (ROOT / "benchmarks").glob("*/__main__.py")}
    assert set(re.findall(r"`([a-z0-9_]+)", " ".join(first_cells))) == modules | packages


def test_the_gallerys_commands_are_ones_that_there_are(gallery: ModuleType) -> None:
    for entry in gallery.ENTRIES:
        for command in entry.commands:
            words = command.split()
            assert words[0] == "embedkit"
            app.parse_args(words[1:], exit_on_error=False, print_error=False)
        assert f"](gallery/{entry.name}.html)" in gallery.text()


def test_without_a_browser_the_gallery_says_what_it_needs(
    gallery: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gallery, "BROWSERS", ("no-such-browser",))
    with pytest.raises(RuntimeError, match="need a Chromium"):
        gallery.make(tmp_path)
