"""An embedding file that somebody else trained, as a run: what is found out about it is kept as with any other.

RUNS/STEM/ has a config.toml of kind "embeddings" with the file's path, size and checksum, and the vectors as
spaces/vectors.npz, so that they are read from text once.
"""

import re
from dataclasses import replace
from pathlib import Path

from embedkit.corpora.textfile import sha256
from embedkit.runs.folder import Run, run_path
from embedkit.runs.provenance import circumstances
from embedkit.spaces.formats.detect import stem_of
from embedkit.spaces.space import EmbeddingSpace
from embedkit.spaces.stored import save_run_space

KIND = "embeddings"
SPACE = "vectors"


def import_file(path: str | Path, space: EmbeddingSpace) -> Run:
    """The run of an embedding file whose `space` was read already; made if there is none.

    It is called after the file. Another file of the same name gets the first digits of its checksum behind it.
    """
    path = Path(path).resolve()
    checksum = sha256([path])
    stem = run_name(path)
    digits = checksum.removeprefix("sha256:")[:8]
    for name in (stem, f"{stem}-{digits}"):
        run = Run(run_path(name))
        if not (run.path / "config.toml").exists():
            break
        if run.config.get(KIND, {}).get("checksum") == checksum:
            return run
    about = {"path": str(path), "bytes": path.stat().st_size, "checksum": checksum}
    save_run_space(run, SPACE, replace(space, name=f"{run.name}/{SPACE}"))
    # A file has no licence or citation that could be known here.
    corpus = {"name": path.name, "source": str(path), "checksum": checksum, "licence": "", "citation": ""}
    run.write_provenance({"corpus": corpus, **circumstances()})
    run.write_metrics({"vocabulary_size": len(space), "dimensions": space.dimensions})
    # Last: with it the folder is a run.
    run.write_config({"kind": KIND, KIND: about})
    return run


def run_name(path: Path) -> str:
    """A file's name without its endings, and with what cannot stand in a run's name replaced.

    >>> run_name(Path("my vectors (2).txt.gz"))
    'my-vectors-2'
    """
    return re.sub(r"[^A-Za-z0-9._-]+", "-", stem_of(path)).strip("-._") or "embeddings"
