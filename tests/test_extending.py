"""The recipes of docs/extending.md, from the page itself: each in a folder of its own, in new processes, as a package
that is installed and as a script."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.fresh import Completed, run_python

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
PREFACE, *SECTIONS = re.split(r"^## ", PAGE, flags=re.MULTILINE)
RECIPES = {section.partition("\n")[0]: section for section in SECTIONS}


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the file that it is (or ""), and its text."""

    language: str
    file: str
    text: str


def blocks(text: str) -> list[Block]:
    fenced = re.finditer(r'^```(\w+)(?: title="(.*?)")?\n(.*?)^```$', text, re.MULTILINE | re.DOTALL)
    return [Block(match[1], match[2] or "", match[3]) for match in fenced]


def run_in(folder: Path, *words: str, installed: bool = True) -> Completed:
    """Python in a recipe's folder; `installed` with the folder's entry points, as pip would have left them."""
    path = [str(ROOT), str(folder), *([str(folder / "installed")] if installed else [])]
    return run_python(words, folder=folder, path=path, environment={"EMBEDKIT_RUNS": str(folder / "runs")})


def install(folder: Path, project: str) -> None:
    """What pip leaves of a package's entry points."""
    about = folder / "installed" / "recipe-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: recipe\nVersion: 1.0\n", encoding="utf-8")
    lines = []
    for group, entries in tomllib.loads(project)["project"]["entry-points"].items():
        lines += [f"[{group}]", *(f"{name} = {target}" for name, target in entries.items())]
    (about / "entry_points.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def promised(code: str) -> list[str]:
    """What the calls of `print` in a block are said to print: the comment behind each."""
    return re.findall(r"^ *print\(.*\)  # (.*)$", code, re.MULTILINE)


def commands(console: str) -> list[tuple[list[str], list[str]]]:
    """The words of each command without `embedkit`, and the lines that are shown below it."""
    each = [part.splitlines() for part in re.split(r"^\$ embedkit ", console, flags=re.MULTILINE) if part]
    return [(lines[0].split(), lines[1:]) for lines in each]


@pytest.fixture(scope="module", params=RECIPES)
def kitchen(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """A recipe's name, and a folder with the vectors of the page and the recipe's files."""
    folder = tmp_path_factory.mktemp("recipe")
    for block in blocks(PREFACE):
        done = run_in(folder, "-c", block.text)
        assert done.returncode == 0, done.stderr
    for block in blocks(RECIPES[request.param]):
        if block.file:
            (folder / block.file).parent.mkdir(exist_ok=True)
            (folder / block.file).write_text(block.text, encoding="utf-8")
        if block.file == "pyproject.toml":
            install(folder, block.text)
    return request.param, folder


def test_its_commands_print_what_the_page_says(kitchen: tuple[str, Path]) -> None:
    name, folder = kitchen
    console = [block for block in blocks(RECIPES[name]) if block.language == "console"]
    assert console
    for words, lines in (each for block in console for each in commands(block.text)):
        done = run_in(folder, "-m", "embedkit", *words)
        refused = any(line.startswith("error:") for line in lines)
        assert (done.returncode != 0) == refused, f"{words}: {done.stdout}{done.stderr}"
        printed = re.sub(r"\s+", " ", done.stdout + done.stderr)
        for line in lines:
            assert line in printed, f"{words}: {line!r} is not printed, but {printed}"


@pytest.mark.parametrize("installed", [True, False], ids=["installed", "as a script"])
def test_its_python_prints_what_the_page_says(kitchen: tuple[str, Path], installed: bool) -> None:
    name, folder = kitchen
    code = [block.text for block in blocks(RECIPES[name]) if block.language == "python" and not block.file]
    assert code
    for text in code:
        done = run_in(folder, "-c", text, installed=installed)
        assert done.returncode == 0, done.stderr
        lines = done.stdout.splitlines()
        assert len(lines) == len(promised(text)) > 0
        for line, promise in zip(lines, promised(text), strict=True):
            assert line.startswith(promise)


USES = {
    "A projection": ("map --help", "random]"),
    "An analogy method": ("analogy --questions family.txt --space words.txt --method translatio", "mean translation?"),
    "A file format": ("export --help", "json-lines"),
    "A section of a report": ("report long.toml words.txt", "reports/html/long-words.html"),
    "A task": ("train --help", "majority"),
}
"""By recipe a command whose output names what is new, where its package is installed and only there."""


def test_the_command_line_knows_it_where_it_is_installed(kitchen: tuple[str, Path]) -> None:
    name, folder = kitchen
    if name not in USES:
        pytest.skip("the page's own commands show it")
    command, text = USES[name]
    for installed in (True, False):
        done = run_in(folder, "-m", "embedkit", *command.split(), installed=installed)
        printed = done.stdout + done.stderr
        assert (text in printed) == installed, printed


def test_the_page_has_a_recipe_for_each_table() -> None:
    recipes = {"A projection", "An analogy method", "A file format", "A section of a report", "A task"}
    assert set(RECIPES) == recipes


def test_a_promise_that_is_not_kept_is_seen() -> None:
    assert promised('print(1)  # 1\nx = 2  # no print\n    print("a", b(c))  # a b') == ["1", "a b"]
    assert commands("$ embedkit map x\nmade\n$ embedkit runs\n") == [(["map", "x"], ["made"]), (["runs"], [])]
