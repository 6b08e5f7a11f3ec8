"""What a file says counts, null and empty lists too; what it lacks is excused only where earlier versions lacked it."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from embedkit.runs.artefacts import lacking, load_record, save_record
from embedkit.studies.verdicts import DIFFERS, MATCH, UNCHECKED, same_figures


@dataclass(frozen=True)
class Row:
    name: str
    interval: tuple[float, float] | None = None
    draws: tuple[float, ...] = field(default=(), metadata={"since": "0.3.0"})


@dataclass(frozen=True)
class Sheet:
    rows: tuple[Row, ...]


MADE = Sheet((Row("a", (0.25, 0.75), (0.5,)), Row("b")))


def verdict_of(tmp_path: Path, *rows: dict[str, object]) -> tuple[str, str]:
    """On a file of these rows, where MADE is what was computed."""
    path = tmp_path / "sheet.json"
    path.write_text(json.dumps({"rows": rows}), encoding="utf-8")
    return same_figures(load_record(path, Sheet), MADE, "the same", "made again, ")


A, B = {"name": "a", "interval": [0.25, 0.75], "draws": [0.5]}, {"name": "b", "interval": None, "draws": []}


def test_a_figure_that_is_null_or_empty_in_the_file_is_compared(tmp_path: Path) -> None:
    assert verdict_of(tmp_path, A, B) == (MATCH, "the same")
    first = "made again, 1 figures are others, first rows[0]"
    assert verdict_of(tmp_path, {**A, "interval": None}, B) == (DIFFERS, f"{first}.interval")
    assert verdict_of(tmp_path, {**A, "draws": []}, B) == (DIFFERS, f"{first}.draws")
    assert verdict_of(tmp_path, A, {**B, "draws": [0.5]})[0] == DIFFERS


def test_a_figure_that_the_file_lacks_is_excused_where_earlier_versions_lacked_it(tmp_path: Path) -> None:
    lacking_draws = {"name": "a", "interval": [0.25, 0.75]}
    unkept = "the same, but for what files of an earlier version do not keep: draws"
    assert verdict_of(tmp_path, lacking_draws, B) == (UNCHECKED, unkept)
    assert verdict_of(tmp_path, {"name": "a", "draws": [0.5]}, B)[0] == DIFFERS
    # What was computed is the default: nothing was left out that could be told.
    assert verdict_of(tmp_path, A, {"name": "b"}) == (MATCH, "the same")


def test_a_record_knows_what_its_file_lacks(tmp_path: Path) -> None:
    path = save_record(tmp_path / "row.json", Row("a"))
    assert lacking(load_record(path, Row)) == lacking(Row("a")) == frozenset()
    path.write_text('{"name": "a"}', encoding="utf-8")
    assert lacking(load_record(path, Row)) == {"interval", "draws"}
