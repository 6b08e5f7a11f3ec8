"""What a section of reports is, and all there are: the general ones of this folder, and those of each task."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, TypeVar

from embedkit.errors import ReportError
from embedkit.tasks import RunKind, run_kinds

if TYPE_CHECKING:
    from embedkit.report.findings import Statements
    from embedkit.report.material import Material, Own
    from embedkit.report.parts import Headline, Part
    from embedkit.runs.folder import Run

T = TypeVar("T")

FOLDER = __name__.rpartition(".")[0]
"""Every module of this folder that has SECTIONS brings general sections."""


@dataclass(frozen=True)
class SectionSpec:
    """A section that a recipe can name. It draws what is stored with a run, and computes nothing anew.

    Attributes:
        build: what it shows; one that gives nothing is left out of the page.
        finding: what its data say, in a sentence, or as a `Finding`, which says how strong it is beside its baseline;
            of several the first leads the section, and all may stand on the first page; None where nothing can be said.
            Of a section that a reader uses or looks at, and that measures nothing, there is no such function.
        sources: what it draws from in every run of the report, as glob patterns: "scores/*".
        headlines: the figures that matter of a report that this section leads, the first of them first. Most reports
            have those of their run.
        heading, caption: what stands above it in a page, unless a recipe has its own.

    Raises:
        ReportError: no sources, so that a page could not say what the section was made from.
    """

    name: str
    build: "Callable[[Material], Sequence[Part]]"
    finding: "Callable[[Material], Statements] | None"
    sources: tuple[str, ...]
    headlines: "Callable[[Material], Iterable[Headline]] | None" = None
    heading: str = ""
    caption: str = ""

    def __post_init__(self) -> None:
        if not self.sources or isinstance(self.sources, str) or not all(self.sources):
            raise ReportError(f"section {self.name!r}: name the files of a run that it draws from, as a tuple")


def of_run(function: "Callable[[Run], T]") -> "Callable[[Material], T]":
    """A function of a run as one of a report's material: it gets the run that the report is about."""
    return lambda material: function(material.run)


def of_own(kind: "type[Own]", function: "Callable[[Own], T]", missing: T) -> "Callable[[Material], T]":
    """A function of a task's own material as one of a report's: `missing` where no run of the report has such."""
    return lambda material: missing if (own := material.own(kind)) is None else function(own)


def section_specs() -> Mapping[str, SectionSpec]:
    """Every section by its name.

    Raises:
        ReportError: two have one name.
    """
    return _specs_of(run_kinds())


@cache
def _specs_of(tasks_and_experiments: tuple[RunKind, ...]) -> Mapping[str, SectionSpec]:
    modules = [import_module(f"{FOLDER}.{each.name}") for each in iter_modules(import_module(FOLDER).__path__)]
    general = [spec for module in modules for spec in getattr(module, "SECTIONS", ())]
    tasks = [spec for each in tasks_and_experiments if each.sections for spec in each.load("sections")]
    return by_name([*general, *tasks])


def by_name(specs: Iterable[SectionSpec]) -> dict[str, SectionSpec]:
    """The specs by their names.

    Raises:
        ReportError: two have one name.
    """
    specs_by_name: dict[str, SectionSpec] = {}
    for spec in specs:
        if spec.name in specs_by_name:
            raise ReportError(f"two sections are called {spec.name!r}; a recipe could not tell them apart")
        specs_by_name[spec.name] = spec
    return specs_by_name
