"""The run of an embedding file is held against the file, and that of its labels: labels, vectors, columns, figures."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embedkit.files import write_json
from embedkit.runs.folder import Run
from embedkit.spaces import EmbeddingSpace
from embedkit.spaces.formats.npz import write_npz
from embedkit.spaces.imported import keep_space
from embedkit.spaces.open import home_of
from embedkit.spaces.space import norms_of
from embedkit.spaces.stored import load_run_space, path_of_space, save_run_space
from embedkit.studies.sources import corpus_verdict
from embedkit.studies.verdicts import DIFFERS, MATCH, UNCHECKED, Verdict
from embedkit.verification.measurement import _metrics
from embedkit.verification.recomputation import _own_lengths, _space
from tests.command_line import Call

LABELS = ("east", "north", "up", "west")
VECTORS = np.array([[1.0, 0.25], [0.5, 1.0], [0.125, 2.0], [-1.0, 0.1]], dtype=np.float32)
KINDS = ("a", "b", "a", "b")
TABLE = "".join(
    json.dumps({"word": label, "kind": kind, "vector": [round(float(value), 3) for value in vector]}) + "\n"
    for label, kind, vector in zip(LABELS, KINDS, VECTORS, strict=True)
)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Of a table of four points of two dimensions, with a column of their kinds."""
    path = tmp_path / "points.jsonl"
    path.write_text(TABLE, encoding="utf-8")
    return home_of(str(path))[0]


def altered(run: Run, **parts: Any) -> Verdict:
    """The verdict on its space with some parts replaced."""
    kept = load_run_space(run, "vectors")
    whole = {each: getattr(kept, each) for each in ("name", "labels", "vectors", "columns", "provenance")}
    save_run_space(run, "vectors", EmbeddingSpace(**{**whole, **parts}))
    return _space(run, "vectors")


def test_a_space_is_read_again_from_its_file(run: Run) -> None:
    assert _space(run, "vectors") == (MATCH, "read again from the file: 4 points, the same to the bit")


def test_reversed_labels_replaced_columns_and_moved_vectors_are_found(run: Run) -> None:
    kinds = np.array(["b", "a", "a", "b"])
    assert altered(run, columns={"kind": kinds}) == (DIFFERS, "the file gives other values in the column 'kind'")
    assert altered(run, columns={"sort": kinds}) == (DIFFERS, "the file gives other columns")
    assert altered(run, labels=LABELS[::-1]) == (DIFFERS, "the file gives other labels")


def test_what_a_space_says_of_itself_is_what_its_file_gives(run: Run) -> None:
    kept = load_run_space(run, "vectors")
    for statement in ({"file": "famous.jsonl"}, {"format": "parchment"}, {"made by": "nobody"}):
        assert altered(run, provenance={**kept.provenance, **statement})[0] == DIFFERS
    assert altered(run, provenance=kept.provenance)[0] == MATCH
    assert altered(run, name="famous/other")[0] == DIFFERS


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ({"vectors": VECTORS + np.array([0.5, 0])}, "the file gives vectors that are off by up to 0.5"),
        ({"vectors": np.hstack([VECTORS, VECTORS])}, "the file gives other dimensions"),
    ],
)
def test_other_vectors_are_found(run: Run, parts: dict[str, Any], why: str) -> None:
    assert altered(run, **parts) == (DIFFERS, why)


def test_points_more_or_less_than_the_file_has_are_found(run: Run) -> None:
    kinds = np.array(["a", "b", "a"])
    fewer = {"labels": LABELS[:3], "vectors": VECTORS[:3], "columns": {"kind": kinds}}
    assert altered(run, **fewer) == (DIFFERS, "the file gives other labels")
    more = {"labels": (*LABELS, "down"), "vectors": np.vstack([VECTORS, [[1, 1]]])}
    kinds = np.array(["a", "b", "a", "b", "a"])
    assert altered(run, **more, columns={"kind": kinds}) == (DIFFERS, "the file gives 4 points, and it has 5")


@pytest.mark.parametrize("key", ["noun", "name"])
def test_another_name_for_points_or_file_is_found(run: Run, key: str) -> None:
    about = json.loads((run.path / "provenance.json").read_text(encoding="utf-8"))
    (about if key == "noun" else about["corpus"])[key] = "planet"
    write_json(run.path / "provenance.json", about)
    result, why = _space(Run(run.path), "vectors")
    assert result == DIFFERS
    assert (
        why
        == {
            "noun": "the file gives another 'noun' than it says",
            "name": "its file is points.jsonl, and it says planet",
        }[key]
    )


def test_a_damaged_reading_differs_and_a_file_that_is_gone_is_not_checked(run: Run, tmp_path: Path) -> None:
    (tmp_path / "points.jsonl").unlink()
    assert _space(run, "vectors")[0] == UNCHECKED
    assert corpus_verdict(run)[0] == UNCHECKED
    (tmp_path / "points.jsonl").write_text(TABLE.replace("0.125", "0.375"), encoding="utf-8")
    assert corpus_verdict(run)[0] == DIFFERS


def test_points_and_dimensions_are_counted_again(run: Run) -> None:
    assert _metrics(run, "metrics") == (MATCH, "2 figures counted again")
    for forged, why in (
        ({"points": 5_000_000, "dimensions": 2}, "counted again, 1 figures are others, first points"),
        ({"points": 4, "dimensions": 300}, "counted again, 1 figures are others, first dimensions"),
        ({"points": 4, "dimensions": 2, "seconds": 9}, "it says 'seconds', which is no figure of an embedding file"),
    ):
        run.write_metrics(forged)
        assert _metrics(Run(run.path), "metrics") == (DIFFERS, why)
    # As versions before 0.3 called it.
    run.write_metrics({"vocabulary_size": 4, "dimensions": 2})
    assert _metrics(Run(run.path), "metrics")[0] == MATCH


def test_a_report_of_an_array_with_a_file_of_labels_holds(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its checksum is of both files, wherever one stands when it is verified."""
    rng = np.random.default_rng(0)
    np.save(tmp_path / "vec.npy", rng.normal(size=(30, 3)).astype(np.float32))
    (tmp_path / "labels.txt").write_text("\n".join(f"w{i}" for i in range(30)), encoding="utf-8")
    monkeypatch.setenv("EMBEDKIT_RUNS", str(tmp_path / "runs"))
    monkeypatch.chdir(tmp_path)
    made = call("report", "vec.npy", "--labels", "labels.txt")
    assert made.code == 0, made.err
    page = Path(made.out.strip()).resolve()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    held = call("report", "--verify", str(page), "--json")
    assert held.code == 0, held.out
    checks = {check["what"].rpartition("/runs/")[2]: check for check in json.loads(held.out)["checks"]}
    assert checks["the corpus of vec"]["verdict"] == MATCH
    assert checks["vec/spaces/vectors.npz"]["why"] == "read again from the file: 30 points, the same to the bit"
    lines = (tmp_path / "labels.txt").read_text(encoding="utf-8").splitlines()
    (tmp_path / "labels.txt").write_text("\n".join(lines[::-1]), encoding="utf-8")
    held = call("report", "--verify", str(page), "--json")
    checks = {check["what"].rpartition("/runs/")[2]: check for check in json.loads(held.out)["checks"]}
    assert (held.code, checks["the corpus of vec"]["verdict"]) == (1, DIFFERS)


def test_a_run_of_before_kept_the_path_of_its_labels_as_it_was_typed(tmp_path: Path) -> None:
    np.save(tmp_path / "vec.npy", VECTORS)
    (tmp_path / "labels.txt").write_text("\n".join(LABELS), encoding="utf-8")
    run = home_of(str(tmp_path / "vec.npy"), labels=str(tmp_path / "labels.txt"))[0]
    config = run.config
    del config["embeddings"]["labels"]
    run.write_config(config)
    assert corpus_verdict(Run(run.path))[0] == MATCH
    (tmp_path / "labels.txt").unlink()
    assert corpus_verdict(Run(run.path)) == (UNCHECKED, f"not at hand: {tmp_path}/labels.txt: no such file")


def test_a_space_that_a_program_handed_over_has_its_checksum(tmp_path: Path) -> None:
    space = EmbeddingSpace("mine", LABELS, VECTORS, {"price": np.array([1.0, 2.0, 3.0, 4.0])})
    run = keep_space(space)
    assert _space(run, "vectors")[0] == MATCH
    assert altered(run, labels=LABELS[::-1])[0] == DIFFERS


def test_lengths_that_are_not_those_of_the_vectors_are_found(run: Run, tmp_path: Path) -> None:
    """Cosines are computed by the lengths that are kept beside vectors."""
    kept = load_run_space(run, "vectors")
    assert _own_lengths(kept)
    forged = EmbeddingSpace.checked("try", LABELS, VECTORS, {}, {}, norms=norms_of(VECTORS) * [1, 1, 2, 1])
    assert not _own_lengths(forged)
    write_npz(forged, path_of_space(run, "vectors"))
    assert load_run_space(run, "vectors").labels == LABELS
