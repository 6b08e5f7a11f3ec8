"""One codec for all that is kept with a run: what it writes, letter for letter, what it reads back, what it refuses."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embedkit.errors import RunError, SpaceError, UsageError
from embedkit.files import write_text
from embedkit.runs import artefacts
from embedkit.runs.artefacts import FINDINGS, Artefact, forget_findings, load_record, save_record, to_plain
from embedkit.runs.folder import Run


@dataclass(frozen=True)
class Span:
    low: float
    high: float

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise SpaceError(f"a span from {self.low} to {self.high}")


@dataclass(frozen=True)
class NullTest:
    null: tuple[float, ...]

    @property
    def p(self) -> float:
        return 1 / (1 + len(self.null))

    def to_stored(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {**values, "p": self.p}

    @staticmethod
    def from_stored(values: Mapping[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in values.items() if key != "p"}


@dataclass(frozen=True, eq=False)
class Sheet:
    name: str
    spans: Mapping[str, Span]
    labels: np.ndarray
    words: tuple[tuple[str, ...], ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    test: NullTest | None = None
    share: float | None = None


@dataclass(frozen=True, eq=False)
class Steps:
    tokens: tuple[str, ...]
    values: np.ndarray
    surprisal: np.ndarray | None
    layer: int
    cell: str = ""
    gates: Mapping[str, np.ndarray] = field(default_factory=dict)
    origin: Mapping[str, Any] = field(default_factory=dict)


SHEET = Sheet("naïve", {"a": Span(0.5, 1.0)}, np.array([0, -1]), (("x", "y"), ()), {"seed": 1, "more": [None, True]})
TEXT = """{
  "name": "naïve",
  "spans": {
    "a": {
      "low": 0.5,
      "high": 1.0
    }
  },
  "labels": [
    0,
    -1
  ],
  "words": [
    [
      "x",
      "y"
    ],
    []
  ],
  "parameters": {
    "seed": 1,
    "more": [
      null,
      true
    ]
  },
  "test": {
    "null": [
      0.25
    ],
    "p": 0.5
  },
  "share": null
}
"""
SHEETS = Artefact("sheets", Sheet, "sheet", named=lambda sheet: sheet.name)
STEPS = Artefact("steps", Steps, "text", ".npz", only="typed")


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path / "try")


def test_a_record_is_an_object_with_a_key_a_field(tmp_path: Path) -> None:
    path = save_record(tmp_path / "sheet.json", replace(SHEET, test=NullTest((0.25,))))
    assert path.read_text(encoding="utf-8") == TEXT
    back = load_record(path, Sheet)
    assert back.labels.tolist() == [0, -1]
    assert replace(back, labels=SHEET.labels) != back  # compared by identity, so field by field
    assert {**vars(back), "labels": 0} == {**vars(SHEET), "labels": 0, "test": NullTest((0.25,))}
    assert save_record(path, back).read_text(encoding="utf-8") == TEXT
    assert to_plain(SHEET)["labels"] == [0, -1]


def test_a_record_of_arrays_is_an_array_a_field(run: Run) -> None:
    values = np.eye(2, 3, dtype=np.float32)
    path = STEPS.save(run, Steps(("a", "\n"), values, None, -1, "gru", {"update: all": values / 2}, {"seed": 1}))
    assert path == run.path / "steps" / "typed.npz"
    with np.load(path, allow_pickle=False) as arrays:
        assert set(arrays.files) == {
            "tokens.utf8",
            "tokens.ends",
            "values",
            "layer",
            "cell",
            "gate:update: all",
            "origin",
        }
        assert (arrays["tokens.utf8"].tobytes(), arrays["tokens.ends"].tolist()) == (b"a\n", [1, 2])
        assert (arrays["layer"].shape, str(arrays["cell"])) == ((), "gru")
        assert arrays["values"].dtype == np.float32
        assert str(arrays["origin"]) == '{"seed": 1}'
    back = STEPS.load(run)
    assert (back.tokens, back.layer, back.cell, back.surprisal) == (("a", "\n"), -1, "gru", None)
    assert (back.values == values).all()
    assert back.origin == {"seed": 1}
    assert (back.gates["update: all"] == values / 2).all()
    np.savez(path, tokens=np.array(["a"]), values=np.ones((1, 1)), layer=np.array(0))
    assert dict(STEPS.load(run).gates) == {}


def test_artefacts_are_kept_under_their_names(run: Run) -> None:
    assert (SHEETS.names(run), SHEETS.load_or_none(run, "one"), STEPS.load_or_none(run)) == ([], None, None)
    assert SHEETS.save(run, SHEET) == run.path / "sheets" / "naïve.json"
    assert SHEETS.save(run, SHEET, "one") == SHEETS.path(run, "one") == run.path / "sheets" / "one.json"
    assert SHEETS.names(run) == ["naïve", "one"]
    assert SHEETS.load(run, "one").name == "naïve"
    with pytest.raises(UsageError, match="unknown sheet 'on'; did you mean one"):
        SHEETS.load(run, "on")
    with pytest.raises(UsageError, match="unknown text 'typed'; there are none yet"):
        STEPS.load(run)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"labels": [0', "delimiter"),
        ("[]", ""),
        ("3", ""),
        ("null", ""),
        ("{}", "required field missing @ \\$.name"),
        (TEXT.replace('"share"', '"part"'), "part"),
        (TEXT.replace("0.5", '"low"', 1), "could not convert string to float"),
        (TEXT.replace("0.5", "7", 1), "a span from 7.0 to 1.0"),
        (TEXT.replace('"null"', '"nulls"', 1), "required field missing @ \\$.test.null"),
        (TEXT.replace("{\n    \"null\": [\n      0.25\n    ],\n    \"p\": 0.5\n  }", "3"), ""),
    ],
)  # fmt: skip
def test_what_is_damaged_is_named_with_its_place(run: Run, text: str, why: str) -> None:
    path = SHEETS.path(run, "one")
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RunError, match=rf"one\.json: damaged or of another version \(.*{why}.*\); make it again"):
        SHEETS.load(run, "one")


def test_damaged_bytes_are_named(run: Run) -> None:
    path = SHEETS.save(run, SHEET, "one")
    path.write_bytes(b"\xff\xfe{}")
    with pytest.raises(RunError, match=r"one\.json: damaged or of another version"):
        SHEETS.load_or_none(run, "one")
    path = STEPS.save(run, Steps(("a",), np.ones((1, 1)), None, 0))
    whole = path.read_bytes()
    path.write_bytes(whole[:-60])
    with pytest.raises(SpaceError, match=r"typed\.npz: not a readable \.npz .*; make it again"):
        STEPS.load(run)


@pytest.mark.parametrize(
    "arrays",
    [
        {"origin": np.array("{1}")},
        {"layer": np.array("x")},
        {"more": np.ones(2)},
        {"gates": np.ones(2), "gate:x": np.ones(2)},
        {"knots:x": np.ones(2)},
    ],
)
def test_arrays_of_another_version_are_refused(run: Run, arrays: Mapping[str, np.ndarray]) -> None:
    path = STEPS.save(run, Steps(("a",), np.ones((1, 1)), None, 0))
    kept = {"tokens": np.array(["a"]), "values": np.ones((1, 1)), "layer": np.array(0)}
    np.savez(path, **(kept | arrays))
    with pytest.raises(RunError, match=r"typed\.npz: damaged or of another version"):
        STEPS.load(run)


def test_nothing_is_pickled(run: Run) -> None:
    path = STEPS.path(run)
    path.parent.mkdir(parents=True)
    np.savez(path, tokens=np.array(["a", None], dtype=object), values=np.ones((2, 1)), layer=np.array(0))
    with pytest.raises(SpaceError, match=r"typed\.npz: not a readable .*allow_pickle"):
        STEPS.load(run)
    with pytest.raises(ValueError, match="allow_pickle"):
        STEPS.save(run, Steps(("a",), np.array([[None]]), None, 0))
    with pytest.raises(SpaceError, match="NUL"):
        STEPS.save(run, Steps(("a",), np.ones((1, 1)), None, 0, "gru\0"))
    with pytest.raises(SpaceError, match="it starts with a brace"):
        STEPS.save(run, Steps(("a",), np.ones((1, 1)), None, 0, "{}"))
    assert [each.name for each in path.parent.iterdir()] == ["typed.npz"]


def test_what_cannot_be_written_leaves_what_was_there(run: Run) -> None:
    path = SHEETS.save(run, SHEET, "one")
    before = path.read_bytes()
    with pytest.raises(RunError, match="JSON compliant"):
        SHEETS.save(run, replace(SHEET, share=float("nan")), "one")
    assert path.read_bytes() == before
    assert json.loads(before)["share"] is None


def test_what_is_found_out_about_a_run_in_training_goes_when_it_has_other_weights(run: Run) -> None:
    for name in ("config.toml", "samples.json", "scores/valid.json", "snapshots/5.npz", "target/tokenizer.json"):
        write_text(run.path / name, "")
    forget_findings(run)
    assert {str(file.relative_to(run.path)) for file in run.path.rglob("*") if file.is_file()} == {
        "config.toml",
        "snapshots/5.npz",
        "target/tokenizer.json",
    }


def test_every_kind_of_finding_is_known_as_one() -> None:
    sources = Path(artefacts.__file__).parent.parent.rglob("*.py")
    folders = {
        folder for source in sources for folder in re.findall(r'= Artefact\("([\w-]+)"', source.read_text("utf-8"))
    }
    assert len(folders) > 10
    assert folders <= {*FINDINGS}
