"""A field that a file lacks is one that earlier versions do not keep, and not one that the run's own version keeps."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import embedkit
from embedkit.runs.artefacts import Artefact, lacking
from embedkit.runs.folder import Run
from embedkit.runs.provenance import keeps
from embedkit.studies.verdicts import DIFFERS, UNCHECKED, same_figures


@dataclass(frozen=True)
class Row:
    right: int
    copies: int | None = field(default=None, metadata={"since": "0.3.0"})


@dataclass(frozen=True)
class Sheet:
    rows: tuple[Row, ...]


SHEETS = Artefact("scores", Sheet, "sheet", only="sheet")


def stored(folder: Path, provenance: dict[str, Any]) -> Sheet:
    """A sheet of which a row lacks its copies, in a run of this provenance."""
    run = Run(folder / "run")
    (run.path / "scores").mkdir(parents=True)
    (run.path / "scores" / "sheet.json").write_text(json.dumps({"rows": [{"right": 1}]}), encoding="utf-8")
    run.write_provenance(provenance)
    return SHEETS.load(run)


@pytest.mark.parametrize(
    ("provenance", "result"),
    [
        ({"embedkit": "0.1.0"}, UNCHECKED),
        ({"embedkit": "0.2.9"}, UNCHECKED),
        ({}, UNCHECKED),
        ({"embedkit": "0.3.0"}, DIFFERS),
        ({"embedkit": "0.10.0"}, DIFFERS),
        ({"embedkit": embedkit.__version__}, DIFFERS),
    ],
)
def test_a_field_that_the_runs_own_version_keeps_may_not_be_lacking(
    tmp_path: Path, provenance: dict[str, Any], result: str
) -> None:
    sheet = stored(tmp_path, provenance)
    assert bool(lacking(sheet.rows[0])) == (result == UNCHECKED)
    assert same_figures(sheet, Sheet((Row(1, 7),)), "the same")[0] == result
    assert same_figures(sheet, Sheet((Row(2, 7),)), "the same")[0] == DIFFERS


def test_which_version_keeps_what(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedkit, "__version__", "0.3.0.dev0")
    assert [keeps({"embedkit": each}, "0.3.0") for each in ("0.1.0", "0.2.9", "0.3.0.dev0", "0.3.0", "0.10.0")] == [
        *(False, False),
        *(True, True, True),
    ]
    assert [keeps({"embedkit": each}) for each in ("0.2.9", "0.3.0.dev0", "0.3.0")] == [False, True, False]
    assert not keeps({})
    assert not keeps({}, "0.3.0")
