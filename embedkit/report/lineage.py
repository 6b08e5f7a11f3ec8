"""The lineage of a page: corpus → run → space → map → figure, with a checksum at every step.

It stands in the page as a data block "lineage" and says what the page was made from, what it shows and how it is made
again. Paths are relative to the folder of runs, and a page that comes from somewhere is never believed to name others.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import embedkit
from embedkit.errors import ReportError
from embedkit.report.digests import PAGE, PieceDigest, blocks
from embedkit.report.sections.spec import section_specs
from embedkit.runs.folder import Run, runs_folder

VERSION = 2
READABLE = (1, VERSION)
"""Version 1 is that of embedkit 0.1, and states digests of the markup as it stands."""
BLOCK = "lineage"
_PART = re.compile(r"[A-Za-z0-9_][^/\\\x00-\x1f]*")

EVERY = ("config.toml", "provenance.json", "metrics.json", "weights.safetensors")
"""What every run is told by, and what it learned."""
_AGAIN = re.compile(r"-\d+")
"""What ends the anchor of a section that stands in a page again."""


@dataclass(frozen=True)
class Artefact:
    """A file of a run. `path` is relative to the folder of runs: "demo/maps/input-pca.npz"."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class RunLineage:
    """A run in a report: where it lies, the text it learned from, and its files that the page draws from."""

    name: str
    path: str
    kind: str
    corpus: str
    corpus_checksum: str
    artefacts: tuple[Artefact, ...]


@dataclass(frozen=True)
class Lineage:
    """What a page was made from, and how to make it again.

    Attributes:
        embedkit: the version that rendered it.
        recipe: the recipe's name, and `recipe_text` all of it where it did not come with the package.
        arguments: what its sections were given, runs as {"run": path}.
        command: what a person types to render it.
        shown: what the page shows; empty until it is rendered.
        version: of the lineage, and so of the rule by which its digests were taken.
    """

    embedkit: str
    recipe: str
    arguments: Mapping[str, Any]
    command: str
    runs: tuple[RunLineage, ...]
    shown: tuple[PieceDigest, ...] = ()
    recipe_text: str = ""
    version: int = VERSION

    def to_json(self) -> dict[str, Any]:
        shown = [{**asdict(each), "from": self.sources(each.section)} for each in self.shown]
        return {"version": self.version, **asdict(self), "shown": shown}

    def sources(self, section: str) -> list[str]:
        """The paths of what a section draws from, by its anchor; of the page itself, all."""
        patterns = ("*",) if section == PAGE else sources_of(section)
        return [
            artefact.path
            for run in self.runs
            for artefact in run.artefacts
            if any(fnmatch(artefact.path.removeprefix(f"{run.path}/"), pattern) for pattern in patterns)
        ]


def sources_of(anchor: str) -> tuple[str, ...]:
    """What the section of an anchor draws from, in every run of the report.

    Raises:
        ReportError: there is no such section.
    """
    specs = section_specs()
    name = anchor if anchor in specs else _AGAIN.sub("", anchor)
    if name not in specs:
        raise ReportError(f"there is no section {anchor!r}, so what it draws from is not known")
    return specs[name].sources


def trace_lineage(recipe: str, command: str, material: Any, runs: Sequence[Run], *, recipe_text: str = "") -> Lineage:
    """The lineage of a report that is about to be made.

    Args:
        material: a dataclass of runs, tuples of them, and plain values: what the recipe's sections are made from.
    """
    arguments = {field.name: _packed(getattr(material, field.name)) for field in fields(material)}
    files = tuple(run_lineage(run) for run in runs)
    return Lineage(embedkit.__version__, recipe, arguments, command, files, recipe_text=recipe_text)


def read_lineage(page: str, name: str) -> Lineage:
    """The lineage that a page carries.

    Args:
        name: what the page is called where something is wrong with it.

    Raises:
        ReportError: it is no report, carries no lineage or one of another version, or names a path outside of the
            folder of runs.
    """
    text = blocks(page).get(BLOCK)
    if text is None:
        what = "was rendered before reports carried their lineage" if 'content="embedkit ' in page else "is no report"
        raise ReportError(f"{name} {what}; render one with `embedkit report`")
    try:
        values = json.loads(text)
        version = values["version"]
        if version not in READABLE:
            raise ReportError(f"{name}: its lineage is of version {version!r}, and this is {VERSION}")
        runs = tuple(_run_of(each) for each in values["runs"])
        columns = PieceDigest.__dataclass_fields__
        shown = tuple(PieceDigest(**{key: str(each[key]) for key in columns}) for each in values["shown"])
        told = {key: str(values[key]) for key in ("embedkit", "recipe", "command")}
        told["recipe_text"] = str(values.get("recipe_text", ""))
        found = Lineage(**told, arguments=values["arguments"], runs=runs, shown=shown, version=version)
    except (json.JSONDecodeError, RecursionError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise ReportError(f"{name}: its lineage is damaged ({error}); render the report again") from None
    for run in found.runs:
        check_path(run.path, name)
        for each in run.artefacts:
            check_path(each.path.removeprefix(f"{run.path}/"), name)
            check_path(each.path, name)
    return found


def check_path(path: str, name: str) -> str:
    """Raises:
    ReportError: the path could lead out of the folder that it is relative to.
    """
    parts = path.split("/")
    if not all(_PART.fullmatch(part) for part in parts) or ":" in parts[0]:
        raise ReportError(f"{name}: its lineage names {path!r}, which is no path inside the folder of runs")
    return path


def given_back(arguments: Mapping[str, Any], kind: type, folder: Path, name: str) -> Any:
    """The material that `trace_lineage` packed, with the runs of `folder`.

    Raises:
        ReportError: the arguments are of another version, or a run is not there.
    """
    known = [field.name for field in fields(kind)]
    if not isinstance(arguments, Mapping) or not set(arguments) <= set(known):
        raise ReportError(f"{name}: what it was made with is of another version; render the report again")
    try:
        return kind(**{key: _unpacked(value, folder, name) for key, value in arguments.items()})
    except TypeError as error:
        raise ReportError(f"{name}: what it was made with is damaged ({error}); render the report again") from None


def relative(run: Run) -> str:
    """A run's path inside the folder of runs; its name where it lies elsewhere."""
    path, folder = run.path.resolve(), runs_folder().resolve()
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) and path != folder else run.name


def artefact(path: Path, called: str) -> Artefact:
    """A file as it is now."""
    with open(path, "rb") as handle:
        found = hashlib.file_digest(handle, "sha256").hexdigest()
    return Artefact(called, path.stat().st_size, found)


def run_lineage(run: Run) -> RunLineage:
    """A run with its files as they are now."""
    corpus = run.provenance.get("corpus", {})
    where = relative(run)
    patterns = dict.fromkeys((*EVERY, *(pattern for spec in section_specs().values() for pattern in spec.sources)))
    files = sorted({path for pattern in patterns for path in run.path.glob(pattern) if _lasting(path)})
    return RunLineage(
        name=run.name,
        path=where,
        kind=run.kind,
        corpus=str(corpus.get("name") or ""),
        corpus_checksum=str(corpus.get("checksum") or ""),
        artefacts=tuple(artefact(path, f"{where}/{path.relative_to(run.path).as_posix()}") for path in files),
    )


def _lasting(path: Path) -> bool:
    """No file that is being written."""
    return path.is_file() and not path.name.startswith(".")


def _run_of(values: Mapping[str, Any]) -> RunLineage:
    files = tuple(Artefact(str(a["path"]), int(a["size"]), str(a["sha256"])) for a in values["artefacts"])
    told = {key: str(values[key]) for key in ("name", "path", "kind", "corpus", "corpus_checksum")}
    return RunLineage(**told, artefacts=files)


def _packed(value: Any) -> Any:
    if isinstance(value, Run):
        return {"run": relative(value)}
    return [_packed(each) for each in value] if isinstance(value, tuple) else value


def _unpacked(value: Any, folder: Path, name: str) -> Any:
    if isinstance(value, list):
        return tuple(_unpacked(each, folder, name) for each in value)
    if not isinstance(value, Mapping):
        return value
    run = Run(folder / check_path(str(value.get("run", "")), name))
    if not (run.path / "config.toml").is_file():
        raise ReportError(f"{run.path}: no such run, and {name} was made from it; name its folder with EMBEDKIT_RUNS")
    return run
