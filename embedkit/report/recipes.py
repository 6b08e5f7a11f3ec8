"""Recipes: which sections a report has, in which order, under which heading. One TOML file each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from embedkit.errors import ReportError, advice
from embedkit.files import parse_toml, shipped
from embedkit.tasks import run_kinds

if TYPE_CHECKING:
    from embedkit.report.sections.spec import SectionSpec

Style = Literal["full", "brief"]
"""A whole page, or its first page alone."""


@dataclass(frozen=True)
class SectionRecipe:
    """A section, and which run it shows where that is not the report's: `run` names one, as a recipe's own does, and
    `kind` asks for the newest finished one of a kind or an experiment; it is left out where there is none. Where a
    recipe has sections that are `open`, the evidence of the others is folded below their findings."""

    name: str
    heading: str
    caption: str = ""
    kind: str = ""
    run: str = ""
    open: bool = False


@dataclass(frozen=True)
class Recipe:
    """A report's title and sections.

    Attributes:
        run, beside, phrases: what it shows where nothing else is said; names of runs, or files relative to `folder`.
        tooltip: the own columns that stand with a point of a map at once.
        question: what the report was made to answer, which its first page says first.
        text: the file itself, where it did not come with the package.
    """

    title: str
    sections: tuple[SectionRecipe, ...]
    run: str = ""
    beside: tuple[str, ...] = ()
    phrases: str = ""
    tooltip: tuple[str, ...] = ()
    question: str = ""
    name: str = ""
    folder: Path = Path()
    text: str = ""

    @property
    def folds(self) -> bool:
        """Whether it says which sections are open; the evidence of the others is folded then."""
        return any(entry.open for entry in self.sections)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of run that its sections ask for."""
        return tuple(dict.fromkeys(entry.kind for entry in self.sections if entry.kind))

    @property
    def runs(self) -> tuple[str, ...]:
        """The runs that its sections name."""
        return tuple(dict.fromkeys(entry.run for entry in self.sections if entry.run))


OWN_RECIPE = "recipe.toml"
"""The recipe of a task's or an experiment's report, in its folder."""


def installed_recipes() -> dict[str, Path]:
    """The recipes that come with the kit and with the tasks, by name: those of reports/, and each task's own.

    Raises:
        ReportError: two have one name.
    """
    files = [(path.stem, path) for path in shipped("reports").glob("*.toml")]
    own = [(each.recipe, each.folder / OWN_RECIPE) for each in run_kinds() if each.recipe and each.folder is not None]
    recipes: dict[str, Path] = {}
    for name, path in sorted(files + [(name, path) for name, path in own if path.is_file()]):
        if recipes.setdefault(name, path) != path:
            raise ReportError(f"two recipes are called {name!r}: {recipes[name]} and {path}; rename one of them")
    return recipes


def load_recipe(name: str, specs: "Mapping[str, SectionSpec]") -> Recipe:
    """The installed recipe of this name.

    Raises:
        ReportError: there is none of this name, or it is wrong.
    """
    recipes = installed_recipes()
    if name not in recipes:
        raise ReportError(f"there is no recipe {name!r}; there are {', '.join(recipes)}")
    return replace(read_recipe(recipes[name], specs), name=name, text="")


def read_recipe(path: Path, specs: "Mapping[str, SectionSpec]") -> Recipe:
    """Read a recipe, of a file.

    Args:
        specs: all sections that there are, by their names. A heading or a caption that the recipe leaves out is the
            section's own.

    Raises:
        ReportError: the file is missing or not TOML, a key is missing, unknown or of the wrong type, or a section is
            not known (the nearest is named).
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ReportError(f"{path}: no such recipe") from None
    except UnicodeDecodeError as error:
        raise ReportError(f"{path}: not TOML ({error})") from None
    return replace(parse_recipe(text, specs, str(path)), name=path.stem, folder=path.parent, text=text)


def stated_recipe(name: str, text: str, specs: "Mapping[str, SectionSpec]") -> Recipe:
    """The recipe that a page states: its name, and the text of one that did not come with the package.

    Raises:
        ReportError: there is none of this name, or it is wrong.
    """
    if not text:
        return load_recipe(name, specs)
    return replace(parse_recipe(text, specs, name), name=name, text=text)


def parse_recipe(text: str, specs: "Mapping[str, SectionSpec]", path: str) -> Recipe:
    """The recipe of a text, which came from `path`. Raises as `read_recipe` does."""
    try:
        table = parse_toml(text)
    except ValueError as error:
        raise ReportError(f"{path}: not TOML ({error})") from None
    optional = ("run", "beside", "phrases", "tooltip", "question")
    _check_keys(path, "recipe", table, ("title", "sections", *optional), optional=optional)
    section_names = list(specs)
    types = (
        ("title", str, "a text"),
        ("question", str, "a text"),
        ("sections", list, "[[sections]]"),
        ("beside", list, "a list"),
        ("tooltip", list, "a list"),
    )
    for key, kind, what in types:
        if key in table and not isinstance(table[key], kind):
            raise ReportError(f"{path}: {key} is {what}")
    for entry in table["sections"]:
        if not isinstance(entry, dict):
            raise ReportError(f"{path}: sections are written as [[sections]]")
        keys = [field.name for field in fields(SectionRecipe)]
        _check_keys(path, "section", entry, keys, optional=("heading", "caption", "kind", "run", "open"))
        if entry["name"] not in section_names:
            instead = advice(str(entry["name"]), section_names, near=1, most=None)
            raise ReportError(f"{path}: unknown section {entry['name']!r}; {instead}")
        if "heading" not in entry and not specs[entry["name"]].heading:
            raise ReportError(f"{path}: a section needs the key 'heading'")
        if not isinstance(entry.get("open", False), bool):
            raise ReportError(f"{path}: open of the section {entry['name']!r} is true or false")
        if not all(isinstance(value, str) for key, value in entry.items() if key != "open"):
            raise ReportError(f"{path}: what stands in the section {entry['name']!r} is text")
        if entry.get("kind") and entry.get("run"):
            raise ReportError(f"{path}: the section {entry['name']!r} has a run and a kind; leave one of them out")
    run_names = [table.get("run", ""), table.get("phrases", ""), *table.get("beside", ())]
    if not all(isinstance(name, str) for name in run_names):
        raise ReportError(f"{path}: runs are named by text")
    tooltip = tuple(table.get("tooltip", ()))
    if not all(isinstance(name, str) for name in tooltip):
        raise ReportError(f"{path}: columns of the tooltip are named by text")
    sections = tuple(_section(entry, specs[entry["name"]]) for entry in table["sections"])
    named = (table.get("run", ""), tuple(run_names[2:]), table.get("phrases", ""))
    return Recipe(table["title"], sections, *named, tooltip, table.get("question", ""))


def _section(entry: dict, spec: "SectionSpec") -> SectionRecipe:
    """A section of a recipe, with the heading and the caption of its own where the recipe leaves them out."""
    return SectionRecipe(**{"heading": spec.heading, "caption": spec.caption, **entry})


def _check_keys(path: str, what: str, table: dict, keys: Iterable[str], optional: Iterable[str] = ()) -> None:
    keys = list(keys)
    for key in table:
        if key not in keys:
            raise ReportError(f"{path}: unknown key {key!r} of a {what}; {advice(key, keys, near=1, most=None)}")
    for key in keys:
        if key not in table and key not in optional:
            raise ReportError(f"{path}: a {what} needs the key {key!r}")
