"""The wheel has what a checkout has, and the tested versions are ones that pyproject.toml allows."""

import json
import os
import re
import subprocess
import sys
import tomllib
from email import message_from_string
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import embedkit

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
README_LINES = (
    "pip install -c constraints.txt -e . && python cli.py demo",
    "pip install -c constraints.txt -e '.[test]' && python -m pytest",
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, built without network."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=120)
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with nothing but what the wheel installs."""
    folder = tmp_path_factory.mktemp("site-packages")
    with ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def files_under(folder: Path) -> set[str]:
    files = (p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    return {p.relative_to(folder).as_posix() for p in files}


def test_the_wheel_has_every_file_of_the_package_and_every_card_and_no_other(installed: Path) -> None:
    package = {f"embedkit/{name}" for name in files_under(ROOT / "embedkit")}
    cards = {f"embedkit/corpora/cards/{path.name}" for path in (ROOT / "corpora").iterdir()}
    recipes = {f"embedkit/report/recipes/{path.name}" for path in (ROOT / "reports").glob("*.toml")}
    shipped = {name for name in files_under(installed) if ".dist-info/" not in name}
    assert shipped == package | cards | recipes
    assert {Path(name).suffix for name in shipped} >= {".py", ".pyi", ".js", ".css", ".html", ".toml"}


def test_the_wheel_carries_the_licence_and_the_version_of_the_package(installed: Path) -> None:
    (metadata,) = installed.glob("*.dist-info/METADATA")
    head = message_from_string(metadata.read_text(encoding="utf-8"))
    assert (head["Version"], head["License-Expression"]) == (embedkit.__version__, "BSD-3-Clause")
    licence = (metadata.parent / "licenses" / "LICENSE").read_text(encoding="utf-8")
    assert licence.startswith("BSD 3-Clause License\n\nCopyright (c) 2026, the authors of embedkit\n")


def test_the_citation_and_the_changelog_are_of_this_version() -> None:
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.findall(r"^(version|license): (.+)$", citation, re.MULTILINE) == [
        ("version", embedkit.__version__),
        ("license", "BSD-3-Clause"),
    ]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.findall(r"^## (.+)", changelog, re.MULTILINE)[0]
    assert newest == embedkit.__version__ or newest == f"Unreleased ({embedkit.__version__.removesuffix('.dev0')})"


def test_the_wheel_installs_the_command(installed: Path) -> None:
    (entry_points,) = installed.glob("*.dist-info/entry_points.txt")
    assert "embedkit = embedkit.cli:main" in entry_points.read_text(encoding="utf-8")


def run_installed(program: str, installed: Path, folder: Path) -> Any:
    """What a program prints as JSON, run in a folder with nothing but the installed package."""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(installed)},
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return json.loads(done.stdout)


def test_the_installed_package_finds_its_cards_without_the_checkout(installed: Path, tmp_path: Path) -> None:
    program = (
        "import json, embedkit\n"
        "from embedkit.corpora import list_cards\n"
        "print(json.dumps([embedkit.__file__, sorted(card.name for card in list_cards())]))"
    )
    file, names = run_installed(program, installed, tmp_path)
    assert Path(file).is_relative_to(installed)
    assert names == sorted(path.stem for path in (ROOT / "corpora").glob("*.toml"))


def test_the_installed_package_has_its_public_names(installed: Path, tmp_path: Path) -> None:
    program = (
        "import json, embedkit, embedkit.report\n"
        "from embedkit import Vocabulary\n"
        "from embedkit.report import Section\n"
        "homes = [Vocabulary.__module__, Section.__module__]\n"
        "print(json.dumps([dir(embedkit), embedkit.__all__, homes, dir(embedkit.report)]))"
    )
    names, starred, homes, reports = run_installed(program, installed, tmp_path)
    assert names == starred == sorted(embedkit.__all__)
    assert {"open_corpus", "Run", "solve", "umap"} < set(names)
    assert homes == ["embedkit.text.vocabulary", "embedkit.report.page"]
    assert {"Report", "render", "run_report"} < set(reports)


def pins() -> dict[str, str]:
    """Package → tested version. Every line but comments is an exact version that any index can serve."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    found = {}
    for line in lines:
        if line.startswith("#"):
            continue
        match = re.fullmatch(r"([A-Za-z0-9._-]+)==([0-9][0-9A-Za-z.]*)", line)
        assert match, f"constraints.txt: {line!r} is not NAME==VERSION"
        found[canonicalize_name(match[1])] = match[2]
    return found


def hashed() -> dict[str, tuple[str, int]]:
    """Package → version in requirements-hashes.txt, and how many hashes it has."""
    text = (ROOT / "requirements-hashes.txt").read_text(encoding="utf-8").replace("\\\n", " ")
    rows = (line.split() for line in text.splitlines() if line and not line.startswith("#"))
    packages = {}
    for requirement, *hashes in rows:
        name, _, version = requirement.partition("==")
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", each) for each in hashes), requirement
        packages[canonicalize_name(name)] = (version, len(hashes))
    return packages


def test_what_is_installed_by_hash_is_what_is_tested() -> None:
    packages, tested = hashed(), pins()
    assert {canonicalize_name(Requirement(line).name) for line in PROJECT["dependencies"]} <= packages.keys()
    assert all(count for _, count in packages.values())
    assert {name: version for name, (version, _) in packages.items() if name in tested} == {
        name: version for name, version in tested.items() if name in packages
    }


def test_every_dependency_is_pinned_to_a_version_in_its_range() -> None:
    extras = [line for lines in PROJECT["optional-dependencies"].values() for line in lines]
    needed = [Requirement(line) for line in PROJECT["dependencies"] + extras]
    tested = pins()
    for requirement in needed:
        if requirement.name != PROJECT["name"]:
            version = tested[canonicalize_name(requirement.name)]
            assert version in requirement.specifier, f"{requirement} does not allow the tested {version}"


def test_torch_is_pinned_to_the_build_for_the_cpu_and_only_in_one_place() -> None:
    assert pins()["torch"] == "2.13.0"
    (range_,) = (line for line in PROJECT["dependencies"] if line.startswith("torch"))
    assert "==" not in range_


@pytest.mark.parametrize("line", README_LINES)
def test_the_readme_has_the_two_lines(line: str) -> None:
    assert line in (ROOT / "README.md").read_text(encoding="utf-8")


def test_ci_is_a_program_that_runs_the_readmes_line() -> None:
    ci = ROOT / ".ci" / "run"
    assert os.access(ci, os.X_OK)
    (pattern,) = re.findall(r'grep -oE "(.*)" README\.md', ci.read_text(encoding="utf-8"))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    found = [hit for line in readme.splitlines() for hit in re.findall(pattern.replace("\\`", "`"), line)]
    assert set(found) == {README_LINES[1]}
