"""Recipes: which sections a report has, in which order, under which heading. One TOML file each."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, fields
from difflib import get_close_matches
from pathlib import Path

from embedkit.errors import ReportError
from embedkit.files import shipped


@dataclass(frozen=True)
class SectionRecipe:
    name: str
    heading: str
    caption: str = ""


@dataclass(frozen=True)
class Recipe:
    title: str
    sections: tuple[SectionRecipe, ...]


def load_recipe(name: str, known: Iterable[str]) -> Recipe:
    """The recipe that comes with the package under this name."""
    return read_recipe(shipped("reports") / f"{name}.toml", known)


def read_recipe(path: Path, known: Iterable[str]) -> Recipe:
    """Read a recipe whose sections are among the `known` ones.

    Raises:
        ReportError: the file is missing or not TOML, a key is missing or unknown, or a section is not known (the
            nearest is named).
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ReportError(f"{path}: no such recipe") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ReportError(f"{path}: not TOML ({error})") from None
    _check_keys(path, "recipe", table, ("title", "sections"))
    known = list(known)
    for entry in table["sections"]:
        _check_keys(path, "section", entry, [f.name for f in fields(SectionRecipe)], optional=("caption",))
        if entry["name"] not in known:
            raise ReportError(f"{path}: unknown section {entry['name']!r}; {_nearest(entry['name'], known)}")
    return Recipe(table["title"], tuple(SectionRecipe(**entry) for entry in table["sections"]))


def _check_keys(path: Path, what: str, table: dict, keys: Iterable[str], optional: Iterable[str] = ()) -> None:
    keys = list(keys)
    for key in table:
        if key not in keys:
            raise ReportError(f"{path}: unknown key {key!r} of a {what}; {_nearest(key, keys)}")
    for key in keys:
        if key not in table and key not in optional:
            raise ReportError(f"{path}: a {what} needs the key {key!r}")


def _nearest(name: str, known: list[str]) -> str:
    near = get_close_matches(str(name), known, n=1, cutoff=0.5)
    return f"did you mean {near[0]}?" if near else "there are: " + ", ".join(known)
