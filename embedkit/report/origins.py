"""Where a report comes from: its lineage traced from the runs that it shows, and those runs found again from it."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from fnmatch import fnmatch
from importlib.metadata import version
from pathlib import Path
from typing import Any

import embedkit
from embedkit.errors import ReportError
from embedkit.report.digests import PAGE
from embedkit.report.lineage import Artefact, Lineage, RunLineage, check_path
from embedkit.report.sections.spec import section_specs
from embedkit.runs.folder import Run, runs_folder

EVERY = ("config.toml", "provenance.json", "metrics.json", "weights.safetensors", "tokenizer.json", "vocabulary.tsv")
"""The files that identify every run, and what it learned and is read by; a lineage has them whatever the sections draw
from."""
CHAIN = ("spaces/*", "maps/*")
"""The files whose checksums a page shows at its end."""
_AGAIN = re.compile(r"-\d+")
"""What ends the anchor of a section that stands in a page again."""


def trace_lineage(recipe: str, command: str, material: Any, runs: Sequence[Run], *, recipe_text: str = "") -> Lineage:
    """The lineage of a report that is about to be made.

    Args:
        material: a dataclass of runs, tuples of them, and plain values: what the recipe's sections are made from.
    """
    arguments = {field.name: _packed(getattr(material, field.name)) for field in fields(material)}
    files = tuple(run_lineage(run) for run in runs)
    return Lineage(
        embedkit.__version__, recipe, arguments, command, files, recipe_text=recipe_text, bokeh=version("bokeh")
    )


def restore_material(arguments: Mapping[str, Any], kind: type, folder: Path, name: str) -> Any:
    """The material that `trace_lineage` packed, with the runs of `folder`.

    Raises:
        ReportError: the arguments are of another version, or a run is not there.
    """
    names = [field.name for field in fields(kind)]
    if not isinstance(arguments, Mapping) or not set(arguments) <= set(names):
        raise ReportError(f"{name}: what it was made with is of another version; render the report again")
    try:
        return kind(**{key: _unpacked(value, folder, name) for key, value in arguments.items()})
    except TypeError as error:
        raise ReportError(f"{name}: what it was made with is damaged ({error}); render the report again") from None


def section_files(lineage: Lineage, section: str) -> list[str]:
    """The paths of what a section draws from, by its anchor; of the page itself, all."""
    patterns = ("*",) if section == PAGE else sources_of(section)
    return [
        artefact.path
        for run in lineage.runs
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


def relative(run: Run) -> str:
    """A run's path inside the folder of runs; its name where it lies elsewhere."""
    path, folder = run.path.resolve(), runs_folder().resolve()
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) and path != folder else run.name


def artefact(path: Path, name: str) -> Artefact:
    """A file as it is now."""
    with open(path, "rb") as handle:
        sha256 = hashlib.file_digest(handle, "sha256").hexdigest()
    return Artefact(name, path.stat().st_size, sha256)


def run_lineage(run: Run) -> RunLineage:
    """A run with its files as they are now."""
    corpus = run.provenance.get("corpus", {})
    where = relative(run)
    drawn = (pattern for spec in section_specs().values() for pattern in spec.sources)
    patterns = dict.fromkeys((*own_files(run), *drawn))
    files = sorted({path for pattern in patterns for path in run.path.glob(pattern) if _lasting(path)})
    return RunLineage(
        name=run.name,
        path=where,
        kind=run.kind,
        corpus=str(corpus.get("name") or ""),
        corpus_checksum=str(corpus.get("checksum") or ""),
        started_from=tuple(ancestors(run.provenance)),
        artefacts=tuple(artefact(path, f"{where}/{path.relative_to(run.path).as_posix()}") for path in files),
    )


def own_files(run: Run) -> tuple[str, ...]:
    """What a lineage has to name of a run where it is there, as glob patterns.

    Raises:
        RunError: the run's kind cannot be read, or is not known here.
    """
    return (*EVERY, *run.task.files, *CHAIN)


def ancestors(record: Mapping[str, Any]) -> Iterator[str]:
    """In words, the runs that a run of this provenance started from, the nearest first."""
    while isinstance(record := record.get("start_from", None), Mapping):
        corpus = record.get("corpus")
        corpus = corpus if isinstance(corpus, Mapping) else {}
        sums = (corpus.get("checksum"), record.get("weights"))
        text, weights = (str(each).removeprefix("sha256:")[:12] for each in sums)
        yield f"{record.get('run')}, trained on {corpus.get('name')}: text {text}, weights {weights}"


def _lasting(path: Path) -> bool:
    """No file that is being written."""
    return path.is_file() and not path.name.startswith(".")


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
