"""An embedding file that somebody else trained, as a run: it is read once, and what is found out about it is kept as
with any other.

RUNS/STEM/ has a config.toml of kind "embeddings" with the file's path, size, time of change and checksum and how it was
read, and the vectors as spaces/vectors.npz.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from embedkit.errors import EmbedkitError, RunError, SpaceError, UsageError
from embedkit.files import sha256
from embedkit.leftovers import temporary_name
from embedkit.progress import Progress, Steps, no_steps
from embedkit.runs.folder import Run, list_runs, run_path, runs_folder
from embedkit.runs.lock import CONFIG, unclaim, writing
from embedkit.runs.provenance import circumstances
from embedkit.spaces.formats.contents import provenance, sound, tell_repairs, tell_taken
from embedkit.spaces.formats.detect import opened, stem_of
from embedkit.spaces.formats.npz import write_blocks
from embedkit.spaces.reading import AS_IT_IS, Reading
from embedkit.spaces.source import EmbeddingSource
from embedkit.spaces.space import EmbeddingSpace
from embedkit.spaces.stored import load_run_space, path_of_space, save_run_space

KIND = "embeddings"
SPACE = "vectors"
READING = ".reading"
"""Whose lock is held while a file is read into a run: one file at a time, so that none is read twice."""


def import_source(source: EmbeddingSource, reading: Reading = AS_IT_IS, *, steps: Steps = no_steps) -> Run:
    """The run of an embedding file: the one that it was read into before, however it was named then, else a new one.

    A run is called after its file. Another file of the same name, or the same one read in another way, gets some
    digits behind it. Where nothing is chosen, the newest run of the file is taken, however it was read; but one of a
    part of its points only where a limit is given.

    Raises:
        SpaceError: the file is malformed.
        OSError: nothing can be written to the runs folder.
    """
    before = next(_runs_of(source, reading), None)
    if before is not None:
        return before
    with steps(f"read {source.name}") as show, writing(runs_folder() / READING, wait=True, progress=show):
        run = next(_runs_of(source, reading), None) or _import(source, reading, show)
    with steps(f"kept as {run.path}; it is not read again"):
        pass
    tell_taken(str(run.provenance.get("taken", "")), steps)
    tell_repairs(run.provenance.get("repairs"), steps)
    return run


def run_name(name: str) -> str:
    """A file's name without its endings as a run's: what cannot stand there is replaced.

    >>> run_name("my vectors (2)")
    'my-vectors-2'
    """
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-._") or "embeddings"


def _runs_of(source: EmbeddingSource, reading: Reading) -> Iterator[Run]:
    """The runs that a file was read into in this way, the newest first."""
    files = _files(source, reading)
    size, modified = _stamp(files)
    checksum = None
    for run in reversed(list_runs(kinds=(KIND,))):
        about = _about(run)
        if about.get("bytes") != size or about.get("member", "") != source.member or not _read_so(about, reading):
            continue
        if about.get("path") != str(source.path.resolve()) or about.get("modified") != modified:
            checksum = checksum or sha256(files)
            if about.get("checksum") != checksum:
                continue
        if SPACE in run.artefacts("spaces", ".npz"):
            yield run


def _files(source: EmbeddingSource, reading: Reading) -> list[Path]:
    """What is read: the file, and that of its labels."""
    labels = Path(reading.labels) if reading.labels else None
    return [*source.files, labels] if labels is not None and labels.is_file() else source.files


def source_of(run: Run) -> tuple[EmbeddingSource, Reading]:
    """What a run was read from, and how; its labels where they were.

    Raises:
        SpaceError: there was no file, the vectors came from a program's memory; or the file is gone, or its labels are.
        RunError: the run's configuration is damaged.
    """
    about = _about(run)
    if about.get("path") is None:
        raise SpaceError(f"{run.path}: its vectors came from a program, not from a file")
    source = EmbeddingSource(Path(about["path"]), about.get("member", ""))
    try:
        reading = Reading(**about.get("reading", {}))
    except (TypeError, UsageError) as error:
        raise RunError(f"{run.path}: how its file was read is damaged ({error})") from None
    # Before 0.3 a run kept the path of its labels as it was typed.
    reading = replace(reading, labels=about.get("labels", reading.labels))
    for path in (source.path, *([Path(reading.labels)] if reading.labels else [])):
        if not path.exists():
            raise SpaceError(f"{path}: no such file")
    return source, reading


def checksum_of(run: Run) -> str:
    """The checksum of all files that a run was read from, its labels among them, as they are now.

    Raises:
        SpaceError, RunError: as `source_of`.
    """
    return sha256(_files(*source_of(run)))


def _read_so(about: dict[str, Any], reading: Reading) -> bool:
    options = about.get("reading", {})
    if reading == AS_IT_IS:
        return "limit" not in options
    # A file that was read without repair is sound.
    return reading.to_json() in (options, {**options, "repair": True})


def _about(run: Run) -> dict[str, Any]:
    try:
        about = run.config.get(KIND, {})
    except EmbedkitError:
        return {}
    return about if isinstance(about, dict) else {}


def _stamp(files: list[Path]) -> tuple[int, int]:
    """Bytes in all, and when the last of them was changed in nanoseconds."""
    stats = [file.stat() for file in files]
    return sum(stat.st_size for stat in stats), max(stat.st_mtime_ns for stat in stats)


def keep_space(space: EmbeddingSpace, name: str = "") -> Run:
    """The run that keeps what is found out about a space in memory; made if there is none of the same content.

    Args:
        name: of the run, by default the space's own.

    Raises:
        OSError: nothing can be written to the runs folder.
    """
    checksum = space_checksum(space)
    with writing(runs_folder() / READING, wait=True):
        for run in reversed(list_runs(kinds=(KIND,))):
            if _about(run).get("checksum") == checksum and SPACE in run.artefacts("spaces", ".npz"):
                return run
        with ExitStack() as held:
            run = _free_run(run_name(name or space.name), checksum, held)
            save_run_space(run, SPACE, space.named(f"{run.name}/{SPACE}"))
            _describe(run, space, {"checksum": checksum}, {"name": space.name, "source": "memory"})
        return run


def space_checksum(space: EmbeddingSpace) -> str:
    """Of labels, vectors and columns."""
    digest = hashlib.sha256()
    for label in space.labels:
        digest.update(label.encode("utf-8", "surrogatepass") + b"\0")
    digest.update(np.ascontiguousarray(space.vectors).data)
    for key, column in space.columns.items():
        digest.update(f"{key}\0{column.dtype.str}".encode("utf-8", "surrogatepass") + b"\0")
        digest.update(np.ascontiguousarray(column).tobytes())
    return f"sha256:{digest.hexdigest()}"


def _free_run(stem: str, what: str, held: ExitStack) -> Run:
    """The run of this name; where there is one already, or another process begins one, with digits of what it is behind
    it. Its lock is held until `held` ends."""
    run = Run(run_path(stem))
    with suppress(RunError):
        if not _is_kept(run):
            _lock(run, held)
            if not _is_kept(run):  # by another process meanwhile
                return run
    run = Run(run_path(f"{stem}-{hashlib.sha256(what.encode()).hexdigest()[:8]}"))
    _lock(run, held)
    return run


def _is_kept(run: Run) -> bool:
    return (run.path / CONFIG).exists()


def _lock(run: Run, held: ExitStack) -> None:
    held.enter_context(writing(run.path))
    held.callback(unclaim, run.path)


def _import(source: EmbeddingSource, reading: Reading, progress: Progress) -> Run:
    """The run that a file is read into."""
    files = _files(source, reading)
    size, modified = _stamp(files)
    path = str(source.path.resolve())
    with ExitStack() as held:
        run, checksum = _read(source, files, reading, held, progress)
        about = {
            "path": path,
            "member": source.member or None,
            "bytes": size,
            "modified": modified,
            "checksum": checksum,
            "reading": reading.to_json() or None,
            "labels": str(Path(reading.labels).resolve()) if reading.labels else None,
        }
        _describe(run, load_run_space(run, SPACE), about, {"name": source.name, "source": path})
    return run


def _read(
    source: EmbeddingSource, files: list[Path], reading: Reading, held: ExitStack, progress: Progress
) -> tuple[Run, str]:
    """Read a file a block at a time, its vectors never in memory together, into a run whose lock is held until `held`
    ends; the run, and the checksum of the files."""
    stem = run_name(stem_of(source))
    runs: list[Run] = []
    # Which run it becomes is known when all was read.
    kept = runs_folder() / temporary_name(".npz")
    try:
        with ThreadPoolExecutor(1) as beside, opened(source, reading, progress=progress) as (contents, repairs):
            hashed = beside.submit(sha256, files)

            def name_and_provenance() -> tuple[str, Mapping[str, Any]]:
                what = f"{hashed.result()} {source.member} {json.dumps(reading.to_json(), sort_keys=True)}"
                runs.append(_free_run(stem, what, held))
                return f"{runs[0].name}/{SPACE}", provenance(contents, reading, repairs)

            points = min(reading.limit or contents.points or 0, contents.points or 0)
            write_blocks(kept, sound(contents, reading, repairs), name_and_provenance, points=points)
        path_of_space(runs[0], SPACE).parent.mkdir(parents=True, exist_ok=True)
        kept.replace(path_of_space(runs[0], SPACE))
    finally:
        kept.unlink(missing_ok=True)
    return runs[0], hashed.result()


def _describe(run: Run, space: EmbeddingSpace, about: Mapping[str, Any], corpus: Mapping[str, str]) -> None:
    how = {key: space.provenance[key] for key in ("reading", "taken", "repairs") if key in space.provenance}
    # A file has no licence or citation that could be known here.
    lineage = {**corpus, "checksum": about["checksum"], "licence": "", "citation": ""}
    run.write_provenance({"corpus": lineage, "noun": space.noun, **how, **circumstances()})
    run.write_metrics({"points": len(space), "dimensions": space.dimensions})
    # Last: with it the folder is a run.
    run.write_config({"kind": KIND, KIND: about})
