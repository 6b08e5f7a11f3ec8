"""`embedkit columns`: what it prints and keeps, and what a report and its verification make of that."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from embedkit.analysis.copies import distinct_vectors
from embedkit.analysis.organisation.stored import ORGANISATIONS
from embedkit.progress import no_steps
from embedkit.report import run_report
from embedkit.report.figures.style import LONGEST
from embedkit.report.material import material_of
from embedkit.report.parts import Figure, Paragraph, Table
from embedkit.report.rendering import to_html
from embedkit.report.sections import organisation as organised
from embedkit.runs.folder import Run
from embedkit.spaces import EmbeddingSpace
from embedkit.spaces.formats.detect import write_space
from embedkit.spaces.open import open_space
from embedkit.spaces.stored import load_run_space, save_run_space
from embedkit.studies.columns import remake_columns, study_columns
from embedkit.studies.verdicts import DIFFERS, MATCH
from tests.command_line import Call

MARKUP = "<b>$$x$$</b>"


@pytest.fixture
def documents(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of 240 documents in three groups, of which `topic` is known, and two columns that say nothing."""
    monkeypatch.setenv("EMBEDKIT_RUNS", str(tmp_path / "runs"))
    rng = np.random.default_rng(0)
    topic = rng.integers(3, size=240)
    vectors = 3 * np.eye(8)[topic] + rng.normal(size=(240, 8))
    columns = {
        "id": np.array([f"d{i}" for i in range(240)]),
        "coin": rng.random(240) < 0.5,
        "topic": np.array(["dogs", "cats", MARKUP])[topic],
        "language": np.array(["en"] * 240),
    }
    path = tmp_path / "documents.npz"
    write_space(EmbeddingSpace("documents", tuple(f"document {i}" for i in range(240)), vectors, columns), path)
    return path


def test_columns_are_listed_by_how_well_neighbours_tell_them(call: Call, documents: Path) -> None:
    done = call("columns", str(documents))
    assert done.code == 0, done.err
    assert done.out.startswith("What documents/vectors is organised by, of 3 columns\n")
    places = [done.out.index(f"\n {name} ") for name in ("topic", "coin", "language")]
    assert places == sorted(places)
    assert "Organised most by “topic”: a purity of " in done.out
    assert "1 column is not predicted better than shuffled values." in done.out
    assert "all are of one category" in done.out
    assert "Not asked: id (identifiers)." in done.out
    kept = json.loads(call("columns", str(documents), "--json", "--k", "5", "--points", "100", "--seed", "3").out)
    assert Path(kept["path"]).relative_to(documents.parent).as_posix() == "runs/documents/columns/vectors.json"
    assert (kept["k"], kept["queries"], kept["seed"], kept["points"]) == (5, 100, 3, 240)
    rows = {row["name"]: row for row in kept["columns"]}
    assert (rows["topic"]["organises"], rows["topic"]["p"]) == (True, 0.01)
    assert (rows["coin"]["organises"], rows["language"]["p"]) == (False, None)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--k 0", "--k 0"),
        ("--points -1", "--points -1"),
        ("--shuffles 0", "--shuffles 0"),
        ("--k many", "many"),
        ("--neighbors 3", "--neighbors"),
    ],
)
def test_wrong_options(call: Call, documents: Path, words: str, message: str) -> None:
    done = call("columns", str(documents), *words.split())
    assert done.code == 2
    assert message in done.err
    assert done.err.count("\n") <= 2


def test_a_space_of_which_nothing_is_known(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "bare.npz"
    write_space(EmbeddingSpace("bare", ("a", "b", "c"), np.eye(3), {"text": np.array(["x", "y", "z"])}), path)
    done = call("columns", str(path))
    assert done.code == 2
    assert "its points have no column of categories, numbers or dates (it has text)" in done.err
    assert not (tmp_path / "runs").exists()


def test_a_report_says_what_the_space_is_organised_by(call: Call, documents: Path) -> None:
    assert call("columns", str(documents)).code == 0
    run = Run(documents.parent / "runs" / "documents")
    report = run_report(run)
    section = next(section for section in report.sections if section.name == "organised-by")
    assert section.finding.startswith("Word vectors: organised most by “topic”: a purity of ")
    tables = [part for part in section.parts if isinstance(part, Table)]
    assert [row[0] for row in tables[0].rows] == ["topic", "coin", "language"]
    assert sorted(row[0] for row in tables[1].rows) == [MARKUP, "cats", "dogs"]
    assert any(isinstance(part, Figure) for part in section.parts)
    assert report.headlines is not None
    assert report.headlines.items[1].name == "organised by “topic”"
    assert MARKUP not in to_html(report)
    material = material_of(run)
    finding = organised.section_findings(material)[0]
    assert finding.text == section.finding
    assert report.brief is not None
    assert "The word vectors are organised most by “topic”" in report.brief.results[0].in_plain_words


def test_what_changed_is_not_shown_and_is_made_again(call: Call, documents: Path) -> None:
    assert call("columns", str(documents), "--k", "4").code == 0
    run = Run(documents.parent / "runs" / "documents")
    space = load_run_space(run, "vectors")
    assert remake_columns(run, "vectors")[0] == MATCH
    kept = study_columns(run, "vectors", space, pytest.fail)
    assert kept is not None
    assert kept.k == 4
    for part in ("interval", "control"):
        first, *others = kept.columns
        ORGANISATIONS.save(run, replace(kept, columns=(replace(first, **{part: None}), *others)), "vectors")
        assert remake_columns(run, "vectors") == (DIFFERS, f"told again, 1 figures are others, first columns[0].{part}")
    other = EmbeddingSpace(space.name, space.labels, space.vectors, {"topic": space.columns["topic"][::-1]})
    save_run_space(run, "vectors", other)
    assert organised.organised_spaces(material_of(run)) == []
    assert remake_columns(run, "vectors")[0] == DIFFERS
    study_columns(run, "vectors", load_run_space(run, "vectors"), no_steps)
    (column,) = ORGANISATIONS.load(run, "vectors").columns
    assert column.score is not None
    assert abs(column.score) < 0.1
    (each,) = organised.organised_spaces(material_of(run))
    assert organised.finding(each.organisation) == (
        "“topic” is not predicted by neighbours better than shuffled values are."
    )
    assert next(iter(organised.headlines(material_of(run)))).value == "none"


def test_a_look_at_a_few_points_is_no_finding_of_a_report(call: Call, documents: Path) -> None:
    run = Run(documents.parent / "runs" / "documents")
    space = open_space(documents)
    for options in (("--points", "2"), ("--shuffles", "98")):
        assert call("columns", str(documents), *options).code == 0
        kept = study_columns(run, "vectors", space, no_steps)
        assert kept is not None
        assert (kept.queries, kept.shuffles) == (len(distinct_vectors(space).space), 99)
        assert ORGANISATIONS.load(run, "vectors") == kept
    assert call("columns", str(documents), "--points", "0", "--shuffles", "120").code == 0
    kept = study_columns(run, "vectors", space, pytest.fail)
    assert kept is not None
    assert kept.shuffles == 120


def test_words_of_which_only_the_frequency_is_known_have_no_section(call: Call, trained: Path) -> None:
    run = Run(trained / "runs" / "vectors")
    assert call("columns", "vectors", "--points", "20").code == 0
    assert [column.name for column in ORGANISATIONS.load(run, "vectors").columns] == ["count"]
    assert organised.organised_spaces(material_of(run)) == []
    assert study_columns(run, "vectors", load_run_space(run, "vectors"), pytest.fail) is None


def test_many_columns_are_cut_and_it_is_said(documents: Path, call: Call) -> None:
    rng = np.random.default_rng(0)
    columns = {f"column {i} {'long ' * 20}": rng.integers(25, size=240).astype(str) for i in range(22)}
    vectors = rng.normal(size=(240, 4))
    path = documents.parent / "many.npz"
    write_space(EmbeddingSpace("many", tuple(f"d{i}" for i in range(240)), vectors, columns), path)
    assert call("columns", str(path), "--shuffles", "1").code == 0
    parts = organised.section(material_of(Run(documents.parent / "runs" / "many")))
    figure = next(part for part in parts if isinstance(part, Figure))
    assert figure.heading == "What neighbours predict, the first 20"
    tables = [part for part in parts if isinstance(part, Table)]
    assert len(tables[0].rows) == 22
    assert [len(table.rows) for table in tables[1:]] == [20] * 5
    assert tables[1].caption == "The 20 largest of 25 categories."
    assert Paragraph("The categories of 17 more columns are not shown.", quiet=True) in parts
    labels = figure.model.yaxis[0].major_label_overrides.values()
    assert max(len(label.text) for label in labels) <= LONGEST
