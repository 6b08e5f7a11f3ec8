"""The runs folder as the explorer sees it: what is there now, and the spaces that were opened, kept while they fit."""

import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from embedkit.errors import EmbedkitError, RunError, UsageError, unknown
from embedkit.report.summaries import summary_line
from embedkit.runs.folder import Run, list_runs
from embedkit.spaces.open import open_run_space
from embedkit.spaces.space import EmbeddingSpace

CACHED = 4
"""Spaces that are kept in memory."""
log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Words:
    """A space whose words can be completed: `order` sorts them by their lower case, which is `lowered`."""

    space: EmbeddingSpace
    order: np.ndarray
    lowered: list[str]


class Cache:
    """The results of the `most` calls that were used last; each is made once, however many threads ask."""

    def __init__(self, most: int) -> None:
        self._most, self._lock = most, Lock()
        self._entries: OrderedDict[Any, tuple[Lock, list[Any]]] = OrderedDict()

    def get(self, key: Any, make: Callable[[], Any]) -> Any:
        """The result of `make` under this key: made now, or that of the call before."""
        with self._lock:
            lock, holder = self._entries.setdefault(key, (Lock(), []))
            self._entries.move_to_end(key)
            while len(self._entries) > self._most:
                self._entries.popitem(last=False)
        with lock:
            if not holder:
                holder.append(make())
            return holder[0]


_SPACES = Cache(CACHED)


def runs(folder: Path) -> list[dict[str, Any]]:
    """Every run, the newest first, whether it has finished or not. What cannot be read says why."""
    return [about(run) for run in reversed(list_runs(folder))]


def about(run: Run) -> dict[str, Any]:
    """What is known of a run: its name, kind, spaces, whether it has finished, and a sentence about it."""
    try:
        entry: dict[str, Any] = {"name": run.name, "kind": run.kind, "finished": run.finished, "spaces": spaces(run)}
        entry["summary"] = summary_line(run) if run.finished else _in_training(run)
    except Exception as error:  # whatever stands in its files in place of what was written there
        why = str(unreadable(run, error))
        entry = {"name": run.name, "kind": "", "finished": False, "spaces": [], "summary": f"cannot be read: {why}"}
    return entry


def unreadable(run: Run, error: Exception) -> EmbedkitError:
    """Why a run cannot be shown, in one line."""
    if isinstance(error, EmbedkitError):
        return error
    log.debug("%s cannot be read", run.path, exc_info=error)
    return RunError(f"{run.path}: damaged ({type(error).__name__}: {error}); restore it or train again")


def _in_training(run: Run) -> str:
    """How far a run is that writes while it is read: its files are whole, and a line that is cut short is left out."""
    history = run.history
    if not history:
        return "Training has begun, or was stopped before its first evaluation."
    last = history[-1]
    loss = last.get("valid_nats_per_token")
    validation = "" if loss is None else f", validation {loss:.3f} nats per token"
    return f"In training, or stopped: step {last.get('step', 0):,}{validation}."


def spaces(run: Run) -> list[str]:
    """The spaces of a finished run, the usual one first; those that take a reading of a text where they are kept."""
    if not run.finished:
        return []
    kept = run.artefacts("spaces", ".npz")
    return [which for which in run.task.spaces if which in kept or which not in run.task.derived_spaces]


def find(folder: Path, name: str, *, finished: bool = True) -> Run:
    """The run of this name, of the folder alone: a path is none.

    Raises:
        UsageError: there is no such run, or it has not finished where it must have.
    """
    by_name = {run.name: run for run in list_runs(folder)}
    if name not in by_name:
        raise unknown("run", name, list(by_name))
    if finished and not by_name[name].finished:
        raise UsageError(f"run {name} is still in training; look again when it has finished")
    return by_name[name]


def stamp(run: Run) -> int:
    """Which training of its name a finished run is of: a number that another one changes."""
    return max((run.path / name).stat().st_mtime_ns for name in ("config.toml", "metrics.json"))


def refuse_another(folder: Path, name: str, trained: str) -> None:
    """Raises:
    UsageError: a page was opened of a run that was removed since, or trained anew under its name.
    """
    run = find(folder, name)
    if str(stamp(run)) != trained:
        raise UsageError(f"run {name} was trained anew after this page was opened; open it again")


def space_name(run: Run, which: str) -> str:
    """The name of a run's space: what was asked for, or the usual one.

    Raises:
        UsageError: there is no such space.
    """
    offered = spaces(run)
    which = which or next(iter(offered), "")
    if which not in offered:
        raise (
            unknown(f"space of run {run.name}", which, offered)
            if offered
            else UsageError(f"run {run.name} has no space")
        )
    return which


def words_of(folder: Path, name: str, which: str = "") -> Words:
    """A space of a run by its name, or the run's usual one.

    Raises:
        UsageError: there is no such run or space.
    """
    run = find(folder, name)
    which = space_name(run, which)
    return _SPACES.get((str(run.path), which, stamp(run)), lambda: _completed(open_run_space(run, which)))


def _completed(space: EmbeddingSpace) -> Words:
    lowered = [label.lower() for label in space.labels]
    order = np.array(sorted(range(len(lowered)), key=lowered.__getitem__), dtype=np.int64)
    if not space.large:
        _ = space.unit  # made now, so that the first search does not wait for it
    return Words(space, order, [lowered[row] for row in order])
