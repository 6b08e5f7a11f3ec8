"""An embedding file that somebody else trained, as a run: it is read once, and what is found out about it is kept as
with any other.

RUNS/STEM/ has a config.toml of kind "embeddings" with the file's path, size, time of change and checksum and how it was
read, and the vectors as spaces/vectors.npz.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from embedkit.corpora.textfile import sha256
from embedkit.errors import EmbedkitError
from embedkit.progress import Steps, no_steps
from embedkit.runs.folder import Run, list_runs, run_path
from embedkit.runs.provenance import circumstances
from embedkit.spaces.formats.contents import gather
from embedkit.spaces.formats.detect import opened, stem_of
from embedkit.spaces.reading import AS_IT_IS, Reading
from embedkit.spaces.source import EmbeddingSource
from embedkit.spaces.stored import save_run_space

KIND = "embeddings"
SPACE = "vectors"


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
    return before or _import(source, reading, steps)


def run_name(name: str) -> str:
    """A file's name without its endings as a run's: what cannot stand there is replaced.

    >>> run_name("my vectors (2)")
    'my-vectors-2'
    """
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-._") or "embeddings"


def _runs_of(source: EmbeddingSource, reading: Reading) -> Iterator[Run]:
    """The runs that a file was read into in this way, the newest first."""
    files = source.files
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


def _read_so(about: dict[str, Any], reading: Reading) -> bool:
    options = about.get("reading", {})
    return options == reading.to_json() if reading != AS_IT_IS else "limit" not in options


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


def _import(source: EmbeddingSource, reading: Reading, steps: Steps) -> Run:
    files = source.files
    size, modified = _stamp(files)
    stem = run_name(stem_of(source))
    run = Run(run_path(stem))
    title = f"read {source.name}; it is kept with the runs and not read again"
    with steps(title) as show:
        with opened(source, reading, progress=show) as (contents, repairs):
            space = gather(contents, reading, repairs, name=stem)
        checksum = sha256(files)
    if (run.path / "config.toml").exists():
        what = f"{checksum} {source.member} {json.dumps(reading.to_json(), sort_keys=True)}"
        run = Run(run_path(f"{stem}-{hashlib.sha256(what.encode()).hexdigest()[:8]}"))
    path = str(source.path.resolve())
    about = {
        "path": path,
        "member": source.member or None,
        "bytes": size,
        "modified": modified,
        "checksum": checksum,
        "reading": reading.to_json() or None,
    }
    save_run_space(run, SPACE, replace(space, name=f"{run.name}/{SPACE}"))
    # A file has no licence or citation that could be known here.
    corpus = {"name": source.name, "source": path, "checksum": checksum, "licence": "", "citation": ""}
    how = {key: space.provenance[key] for key in ("reading", "repairs") if key in space.provenance}
    run.write_provenance({"corpus": corpus, **how, **circumstances()})
    run.write_metrics({"vocabulary_size": len(space), "dimensions": space.dimensions})
    # Last: with it the folder is a run.
    run.write_config({"kind": KIND, KIND: about})
    return run
