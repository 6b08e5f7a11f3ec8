"""Recipes by name and by path: which words of the command line are which, and what a page keeps of a recipe."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from embedkit.cli.edge import run as command
from embedkit.cli.recipe import report_request
from embedkit.errors import ReportError, UsageError
from embedkit.report.lineage import read_lineage
from embedkit.report.recipes import installed_recipes, read_recipe
from embedkit.report.rendering import to_html
from embedkit.report.sections.spec import section_specs
from embedkit.runs.folder import Run
from embedkit.spaces import EmbeddingSpace
from embedkit.spaces.formats.detect import write_space
from embedkit.verification.pages import verify

OWN = """
title = "{run}, in short"
run = "model"
beside = ["vectors"]

[[sections]]
name = "curves"
heading = "Did it learn?"
"""


@pytest.fixture
def folder(run: Run, baseline: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of runs with both, and the current folder beside it."""
    for each in (run, baseline):
        shutil.copytree(each.path, tmp_path / "runs" / each.name)
    monkeypatch.setenv("EMBEDKIT_RUNS", str(tmp_path / "runs"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_the_first_of_two_words_is_the_recipe() -> None:
    assert {"analogy", "atlas", "compare", "embeddings", "lab", "language-model", "phrases"} <= set(installed_recipes())
    request = report_request("atlas", "model", None, None)
    assert (request.recipe.name, request.material.run.name, request.name) == ("atlas", "model", "atlas-model")
    assert request.command == "embedkit report atlas model"
    assert [section.name for section in request.report().sections] == ["map", "clusters", "ask", "provenance"]
    alone = report_request("model", None, "vectors", None)
    assert (alone.recipe.name, alone.name) == ("language-model", "model")
    assert [each.name for each in alone.material.beside] == ["vectors"]
    with pytest.raises(UsageError, match=r"unknown recipe 'atlsa'; did you mean atlas"):
        report_request("atlsa", "model", None, None)
    with pytest.raises(UsageError, match=r"unknown run 'modle'; did you mean model\?"):
        report_request("atlas", "modle", None, None)


def test_a_single_word_is_a_run_where_there_is_one_of_that_name(folder: Path) -> None:
    assert report_request("atlas", None, None, None).recipe.name == "atlas"
    shutil.copytree(folder / "runs" / "model", folder / "runs" / "atlas")
    alone = report_request("atlas", None, None, None)
    assert (alone.recipe.name, alone.material.run.name) == ("language-model", "atlas")
    both = report_request("atlas", "atlas", None, None)
    assert (both.recipe.name, both.material.run.name) == ("atlas", "atlas")


def test_without_a_run_a_recipe_is_about_the_newest_that_it_fits(folder: Path) -> None:
    os.utime(folder / "runs" / "vectors" / "config.toml")
    assert report_request("atlas", None, None, None).material.run.name == "vectors"
    request = report_request("language-model", None, None, None)
    assert (request.material.run.name, request.command) == ("model", "embedkit report language-model model")


@pytest.mark.usefixtures("folder")
def test_other_runs_stand_only_beside_one_whose_task_says_so() -> None:
    with pytest.raises(UsageError, match="run vectors is a word2vec run; --baseline and --phrases go with a language"):
        report_request("vectors", None, "vectors", None)
    with pytest.raises(UsageError, match="run 'model' is a language-model run; this needs word2vec"):
        report_request("model", None, "model", None)
    with pytest.raises(UsageError, match="run 'vectors' is a word2vec run; this needs seq2seq"):
        report_request("model", None, None, "vectors")


def test_a_recipe_of_ones_own_names_its_runs_and_is_verified_without_its_file(folder: Path) -> None:
    path = folder / "elsewhere" / "mine.toml"
    path.parent.mkdir()
    path.write_text(OWN, encoding="utf-8")
    request = report_request("elsewhere/mine.toml", None, None, None)
    assert [run.name for run in request.material.all_runs] == ["model", "vectors"]
    report = request.report()
    assert (report.title, [section.name for section in report.sections]) == ("model, in short", ["curves"])
    page = folder / "page.html"
    page.write_text(to_html(report), encoding="utf-8")
    assert read_lineage(page.read_text(encoding="utf-8"), "page").recipe_text == OWN
    path.unlink()
    figures = [check for check in verify(page).checks if check.step == "figure"]
    assert {check.verdict for check in figures} == {"match"}


def test_a_heading_and_a_caption_that_a_recipe_leaves_out_are_the_sections_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        """title = "x"
        sections = [
            {name = "ask"},
            {name = "ask", heading = "Try one", caption = "By hand."},
            {name = "ask", heading = "Try one", caption = ""},
        ]""",
        encoding="utf-8",
    )
    assert [(entry.heading, entry.caption) for entry in read_recipe(path, section_specs()).sections] == [
        ("Ask an analogy", "The page computes the answer itself, from the vectors it contains."),
        ("Try one", "By hand."),
        ("Try one", ""),
    ]


def test_a_path_in_a_recipe_is_relative_to_its_folder(folder: Path) -> None:
    shutil.copytree(folder / "runs" / "model", folder / "elsewhere" / "other")
    path = folder / "elsewhere" / "mine.toml"
    path.write_text(OWN.replace('run = "model"', 'run = "other"').replace('"vectors"', ""), encoding="utf-8")
    assert report_request(str(path), None, None, None).material.run.path == folder / "elsewhere" / "other"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (OWN.replace("beside", "besides"), "unknown key 'besides' of a recipe; did you mean beside?"),
        (OWN.replace('"curves"', '"curve"'), "unknown section 'curve'; did you mean curves?"),
        (OWN.replace("heading", "headign"), "unknown key 'headign' of a section; did you mean heading?"),
        (OWN.replace('run = "model"', "run = 3"), "runs are named by text"),
        (OWN.replace('["vectors"]', '"vectors"'), "beside is a list"),
        (OWN + 'run = "model"\nkind = "word2vec"\n', "the section 'curves' has a run and a kind; leave one"),
        (OWN + "run = 3\n", "what stands in the section 'curves' is text"),
        ('tooltip = "kind"' + OWN, "tooltip is a list"),
        ("tooltip = [3]" + OWN, "columns of the tooltip are named by text"),
        ("title = 3\nsections = []", "title is a text"),
        ('title = "x"\nsections = [1]', "sections are written as"),
        ('title = "x"\nsections = [{name = "mistakes"}]', "a section needs the key 'heading'"),
        ('title = "x"\nsections = [{heading = "x"}]', "a section needs the key 'name'"),
    ],
)
def test_what_is_wrong_with_a_recipe_is_said_with_its_file(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ReportError) as caught:
        read_recipe(path, section_specs())
    assert str(caught.value).startswith(f"{path}: ")
    assert message in str(caught.value)


def test_columns_of_the_tooltip_are_chosen_by_a_recipe_or_by_the_option_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMBEDKIT_RUNS", str(tmp_path / "runs"))
    columns = {"kind": np.array(["x", "y", "x", "y"]), "score, at last": np.arange(4.0)}
    file = tmp_path / "few.npz"
    write_space(EmbeddingSpace("few", tuple("abcd"), np.eye(4, dtype=np.float32), columns), file)
    own = tmp_path / "mine.toml"
    own.write_text('tooltip = ["kind", "score, at last"]' + OWN.replace('"vectors"', ""), encoding="utf-8")
    request = report_request(str(own), str(file), None, None)
    assert request.material.tooltip == ("kind", "score, at last")
    assert request.command == f"embedkit report {own} few"
    request = report_request(str(own), str(file), None, None, tooltip=("kind",))
    assert request.material.tooltip == ("kind",)
    assert request.command == f"embedkit report {own} few --tooltip kind"
    with pytest.raises(UsageError, match=r"no column 'knd'; did you mean kind\?"):
        report_request(str(file), None, None, None, tooltip=("knd",))


@pytest.mark.usefixtures("folder")
def test_errors_are_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    for words, code, message in (
        (["report", "lab"], 2, "no finished run in"),
        (["report", "nowhere.toml"], 2, "nowhere.toml: no such file"),
        (["report", "compare", "vectors"], 1, "`embedkit compare A B` renders its report"),
    ):
        assert command(words) == code
        assert capsys.readouterr().err.splitlines()[-1].count(message) == 1


def test_the_lab_shows_the_newest_run_of_each_kind(folder: Path) -> None:
    text = OWN.replace('name = "curves"', 'name = "curves"\nkind = "language-model"').replace('run = "model"\n', "")
    text = (
        text.replace('beside = ["vectors"]', "")
        + """
[[sections]]
name = "analogies"
kind = "word2vec"
heading = "Analogies"
"""
    )
    path = folder / "all.toml"
    path.write_text(text, encoding="utf-8")
    request = report_request("all.toml", None, None, None)
    assert [run.name for run in request.material.others] == ["model", "vectors"]
    report = request.report()
    assert [section.name for section in report.sections] == ["curves", "analogies"]
    assert report.summary == "The newest finished run of each kind: model, vectors."
    assert report.headlines is not None
    assert [item.name for item in report.headlines.items] == ["validation perplexity", "words × dimensions"]
    page = folder / "page.html"
    page.write_text(to_html(report), encoding="utf-8")
    assert {check.verdict for check in verify(page).checks if check.step == "figure"} == {"match"}


SECTIONS_OF_THEIR_OWN = """
title = "Two of them"

[[sections]]
name = "curves"
heading = "Did it learn?"
run = "model"

[[sections]]
name = "analogies"
heading = "Analogies"
run = "../runs/vectors"
"""


def test_a_section_shows_the_run_that_it_names(folder: Path) -> None:
    path = folder / "elsewhere" / "both.toml"
    path.parent.mkdir()
    path.write_text(SECTIONS_OF_THEIR_OWN, encoding="utf-8")
    request = report_request(str(path), None, None, None)
    assert (request.command, request.name) == (f"embedkit report {path}", "both")
    assert report_request(str(path), "vectors", None, None).name == "both-vectors"
    report = request.report()
    assert [section.name for section in report.sections] == ["curves", "analogies"]
    assert report.summary == "The runs of its sections: model, vectors."
    assert report.headlines is not None
    details = [(item.name, item.detail.partition(":")[0]) for item in report.headlines.items]
    assert details == [("validation perplexity", "model"), ("words × dimensions", "vectors")]
    page = folder / "page.html"
    page.write_text(to_html(report), encoding="utf-8")
    path.unlink()
    assert {check.verdict for check in verify(page).checks if check.step == "figure"} == {"match"}


def test_a_run_that_a_section_names_has_to_be_there(folder: Path) -> None:
    path = folder / "both.toml"
    path.write_text(SECTIONS_OF_THEIR_OWN.replace("../runs/vectors", "vectros"), encoding="utf-8")
    with pytest.raises(UsageError, match=r"unknown run 'vectros'; did you mean vectors\?"):
        report_request("both.toml", None, None, None)


def test_sections_of_a_kind_and_of_a_name_go_together(folder: Path) -> None:
    path = folder / "both.toml"
    path.write_text(SECTIONS_OF_THEIR_OWN.replace('run = "../runs/vectors"', 'kind = "word2vec"'), encoding="utf-8")
    request = report_request("both.toml", None, None, None)
    assert (request.material.run.name, [run.name for run in request.material.others]) == ("model", ["vectors"])
    assert [section.name for section in request.report().sections] == ["curves", "analogies"]
