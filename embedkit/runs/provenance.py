"""Where a model came from: corpus, code, packages, machine, seed, command line."""

import os
import platform
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import embedkit
from embedkit.errors import RunError
from embedkit.processes import launch
from embedkit.runs.folder import Run, list_runs

if TYPE_CHECKING:
    from embedkit.corpora.corpus import Corpus
    from embedkit.corpora.parallel import ParallelCorpus

PACKAGES = ("torch", "numpy", "gensim", "scikit-learn", "umap-learn", "tokenizers", "bokeh")


def corpus_record(corpus: "Corpus | ParallelCorpus") -> dict[str, Any]:
    """A corpus as it stands in a run's provenance, JSON-ready; the checksum is over its text."""
    from embedkit.corpora.corpus import Corpus

    sides = [corpus] if isinstance(corpus, Corpus) else [corpus.source, corpus.target]
    unspaced = {side.unspaced for side in sides if side.unspaced}
    return {
        "name": corpus.name,
        "source": corpus.source if isinstance(corpus, Corpus) else corpus.source.source,
        "checksum": corpus.checksum,
        "licence": corpus.licence,
        "citation": corpus.citation,
        **({"words_without_spaces": ", ".join(sorted(unspaced))} if unspaced else {}),
    }


def provenance(corpus: "Corpus | ParallelCorpus", seed: int) -> dict[str, Any]:
    """The lineage of a run that starts now, JSON-ready."""
    return {"corpus": corpus_record(corpus), **circumstances(seed)}


def circumstances(seed: int | None = None) -> dict[str, Any]:
    """Code, packages, machine, command line and time (UTC), JSON-ready; of several processes how many there are."""
    several = {"processes": record} if (record := processes_record()) else {}
    return {
        "embedkit": embedkit.__version__,
        "commit": _commit(),
        "packages": {name: number for name in PACKAGES if (number := _version(name))},
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "seed": seed,
        "command": _command(),
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        **several,
    }


def processes_record() -> dict[str, Any] | None:
    """How many processes torchrun started together, and by what they are known when it starts them again, JSON-ready;
    None where this one was started alone."""
    here = launch()
    return {"count": here.count, "job": here.job} if here.count > 1 else None


def is_of_this_job(run: Run) -> bool:
    """Whether a run was begun by these processes, which torchrun has started again after one was killed.

    Where a whole machine was lost the others do not count that as a restart; so a run that has not finished is enough.
    """
    here = launch()
    if here.count == 1 or not (run.path / "config.toml").exists() or (run.finished and not here.restarts):
        return False
    record = run.provenance.get("processes")
    return isinstance(record, dict) and record.get("job") == here.job


def run_of_this_job() -> Run | None:
    """The run that these processes trained before torchrun started them again; None where there is none yet."""
    for run in reversed(list_runs()):
        with suppress(RunError):  # a damaged one
            if is_of_this_job(run) and run.provenance.get("command") == _command():
                return run
    return None


def _command() -> str:
    """The command line, to be typed again; of several processes on one machine, wherever they were."""
    module = getattr(sys.modules["__main__"], "__spec__", None)  # of `python -m NAME`, that is NAME or NAME.__main__
    program, several = Path(sys.argv[0]).name, launch().count
    words = [program]
    if several > 1:
        words = ["torchrun", "--nproc-per-node", str(several), "-m", "embedkit"]
    elif module is not None:
        words = ["python", "-m", module.name.removesuffix(".__main__")]
    elif program.endswith(".py"):
        words = ["python", program]
    return shlex.join([*words, *sys.argv[1:]])


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _commit() -> str | None:
    """The commit of the checkout this code runs from, with "+" where files were changed; None when installed."""
    root = Path(embedkit.__file__).resolve().parent.parent
    if not (root / ".git").exists():
        return None
    try:
        commit = _git(root, "rev-parse", "--short=12", "HEAD")
        return commit + ("+" if _git(root, "status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.SubprocessError):
        return None


def _git(root: Path, *words: str) -> str:
    # It only looks: stopped by a limit in the middle, it would leave its index locked.
    process = subprocess.run(
        ["git", "--no-optional-locks", "-C", str(root), *words], capture_output=True, text=True, check=True, timeout=10
    )
    return process.stdout.strip()


def keeps(provenance: Mapping[str, Any], since: str = "") -> bool:
    """Whether the version that made a run of this provenance keeps what versions do from `since` on; what this one
    does where that is empty. Between two releases a version is called by the next, "0.3.0.dev0", and keeps what it
    will."""
    made_by = str(provenance.get("embedkit") or "")
    return _numbers(made_by) >= _numbers(since) if since else made_by == embedkit.__version__


def _numbers(version_text: str) -> tuple[int, ...]:
    """(0, 2, 1) of "0.2.1"; empty where there are none."""
    return tuple(int(number) for number in re.findall(r"\d+", version_text)[:3])
