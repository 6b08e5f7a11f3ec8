"""Tables that others add to: names once, in order, and entries of packages that are installed."""

import sys
from dataclasses import dataclass
from importlib import invalidate_caches
from pathlib import Path

import pytest

from embedkit.errors import UsageError
from embedkit.registry import Registry

PACKAGE = """\
from tests.test_registry import Colour

GREEN = Colour("green", 2)
"""


@dataclass(frozen=True)
class Colour:
    name: str
    number: int


def colours() -> Registry[Colour]:
    table: Registry[Colour] = Registry("colour", "embedkit.test_colours")
    table.add(Colour("red", 1))
    table.add(Colour("blue", 3))
    return table


def test_entries_are_found_by_name_in_the_order_in_which_they_were_added() -> None:
    table = colours()
    assert list(table) == ["red", "blue"]
    assert table["blue"].number == 3
    assert table.get("green") is None
    with pytest.raises(KeyError):
        table["green"]


def test_a_name_stands_once() -> None:
    table = colours()
    red = table["red"]
    assert table.add(red) is red
    with pytest.raises(UsageError, match="two colours are called 'red'; rename one of them"):
        table.add(Colour("red", 9))
    assert [colour.number for colour in table.values()] == [1, 3]


def test_another_packages_entries_come_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    about = tmp_path / "more_colours-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: more-colours\nVersion: 1.0\n", encoding="utf-8")
    (about / "entry_points.txt").write_text("[embedkit.test_colours]\ngreen = more_colours:GREEN\n", encoding="utf-8")
    (tmp_path / "more_colours.py").write_text(PACKAGE, encoding="utf-8")
    assert list(colours()) == ["red", "blue"]
    monkeypatch.syspath_prepend(tmp_path)
    invalidate_caches()
    table = colours()
    assert list(table) == ["red", "blue", "green"]
    assert len(table) == 3
    assert table["green"] is sys.modules["more_colours"].GREEN
