"""Spaces of several periods or checkpoints on one alignment: opened, followed, and stored with the run of the first."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from embedkit.errors import EmbedkitError, UsageError
from embedkit.progress import Steps, no_steps
from embedkit.runs.folder import Run, open_run
from embedkit.spaces.reading import AS_IT_IS, Reading
from embedkit.studies.comparison import subject
from embedkit.studies.verdicts import DIFFERS, UNCHECKED, Remade, Verdict, brief, same_figures

if TYPE_CHECKING:
    from embedkit.analysis.comparison.series import Period, Series
    from embedkit.spaces.space import EmbeddingSpace

AT = "@"
"""Between a run and a step, of a snapshot's key: "followed@200"."""
_LONGEST = 80


@dataclass(frozen=True, eq=False)
class SeriesSubject:
    """What is followed: its periods, and the runs that their spaces are from, the first of which keeps the result."""

    periods: "tuple[Period, ...]"
    runs: tuple[Run, ...]


def series_subject(sources: Sequence[str], reading: Reading = AS_IT_IS, *, steps: Steps = no_steps) -> SeriesSubject:
    """The periods by what a person types: a space each, or several of one period between commas; or one run with
    snapshots, or several of them between commas, whose snapshots are the periods.

    Raises:
        UsageError, RunError, SpaceError: as `open_space`; or a space is named twice.
    """
    from embedkit.analysis.comparison.series import Period

    groups = [_members(source) for source in sources]
    if len(groups) == 1 and Path(sources[0]).is_file():
        raise UsageError(f"{sources[0]} is one space; a series takes several, or a run with snapshots")
    if len(groups) == 1:
        return _checkpoints(groups[0])
    subjects = [[subject(name, reading, steps=steps) for name in group] for group in groups]
    keys = [each.key for group in subjects for each in group]
    twice = next((key for key in keys if keys.count(key) > 1), None)
    if twice is not None:
        raise UsageError(f"{twice} is the same space twice; name each once")
    names = _names([group[0].key for group in subjects])
    periods = tuple(
        Period(name, tuple(each.space for each in group), tuple(each.key for each in group))
        for name, group in zip(names, subjects, strict=True)
    )
    return SeriesSubject(periods, tuple(dict.fromkeys(each.run for group in subjects for each in group)))


def _members(source: str) -> list[str]:
    """The spaces of one period; a comma in the name of a file parts nothing."""
    if Path(source).exists():
        return [source]
    names = [name.strip() for name in source.split(",")]
    if not all(names):
        raise UsageError(f"{source!r} has an empty name before or after a comma; leave the comma out")
    return names


def _names(firsts: Sequence[str]) -> list[str]:
    """Periods by the keys of their first spaces: snapshots by their step, others by the run, or by run and space where
    a run has several of them."""
    steps = [_step(key) for key in firsts]
    if None not in steps:
        return [f"step {step:,}" for step in steps]
    names = [key.rpartition("/")[0] for key in firsts]
    return names if len(set(names)) == len(names) else list(firsts)


def _step(key: str) -> int | None:
    """The step of a snapshot's key, "followed@200"; None of another space's."""
    name, at, step = key.partition(AT)
    return int(step) if at and step.isdecimal() and "/" not in name else None


def _checkpoints(sources: Sequence[str]) -> SeriesSubject:
    from embedkit.analysis.comparison.series import Period
    from embedkit.spaces.snapshots import load_snapshots

    runs = [open_run(source) for source in sources]
    snapshots = [{snapshot.step: snapshot.space for snapshot in load_snapshots(run)} for run in runs]
    steps = [step for step in snapshots[0] if all(step in each for each in snapshots)]
    return SeriesSubject(
        tuple(
            Period(
                f"step {step:,}",
                tuple(each[step] for each in snapshots),
                tuple(f"{run.name}{AT}{step}" for run in runs),
            )
            for step in steps
        ),
        tuple(runs),
    )


def study_series(
    what: SeriesSubject, *, words: Sequence[str], floor: int, restrict: int | None, steps: Steps = no_steps
) -> "tuple[Series, str]":
    """Follow the words, store the result with the run of the first space, and return it with its name there.

    Raises:
        UsageError, SpaceError: as `analysis.comparison.series.series`.
    """
    from embedkit.analysis.comparison.series import series
    from embedkit.analysis.comparison.stored import SERIES

    with steps(f"a series of {len(what.periods)} periods") as show:
        followed = series(what.periods, words=words, floor=floor, restrict=restrict, progress=show)
    name = series_name([_in_file_name(period.name, period.keys) for period in what.periods])
    SERIES.save(what.runs[0], followed, name)
    return followed, name


def _in_file_name(name: str, keys: Sequence[str]) -> str:
    """A period by its name, or where that does not say which spaces it has, by all of their keys."""
    alone = len(keys) == 1 and AT not in keys[0]
    return name if alone else "_and_".join(keys)


def series_name(periods: Sequence[str]) -> str:
    """The periods in the name of a file, cut where they are long."""
    whole = "--".join(re.sub(r"[^A-Za-z0-9._-]+", "-", period).strip("-.") or "period" for period in periods)
    if len(whole) <= _LONGEST:
        return whole
    return f"{whole[: _LONGEST - 9]}-{hashlib.sha256(whole.encode()).hexdigest()[:8]}"


def _remake(run: Run, name: str) -> Verdict:
    from embedkit.analysis.comparison.series import Period, series
    from embedkit.analysis.comparison.stored import SERIES

    stored = SERIES.load(run, name)
    names = _names([period.spaces[0] for period in stored.periods])
    whole = [_in_file_name(named, period.spaces) for named, period in zip(names, stored.periods, strict=True)]
    if name not in (series_name(whole), series_name(names)):  # versions before took the names alone
        return DIFFERS, f"it is of the periods {', '.join(names)}, and kept as {name!r}"
    try:
        periods = [
            Period(named, tuple(_opened(run, key) for key in period.spaces), period.spaces)
            for named, period in zip(names, stored.periods, strict=True)
        ]
    except EmbedkitError as error:
        return UNCHECKED, f"its spaces are not at hand: {brief(error)}"
    words = [path.word for path in stored.asked]
    remade = series(periods, words=words, floor=stored.floor, restrict=stored.restrict)
    return same_figures(stored, remade, f"{stored.words:,} words followed again: the same", "followed again, ")


def _opened(run: Run, key: str) -> "EmbeddingSpace":
    """A space of a series by its key: "RUN/SPACE" or "RUN@STEP", of runs beside that of the first."""
    from embedkit.spaces.snapshots import load_snapshots
    from embedkit.spaces.stored import load_run_space

    name, at, step = key.partition(AT)
    if at and step.isdecimal():
        for snapshot in load_snapshots(open_run(name, run.path.parent)):
            if snapshot.step == int(step):
                return snapshot.space
        raise UsageError(f"{key}: the run has no snapshot of that step")
    name, _, which = key.rpartition("/")
    return load_run_space(open_run(name, run.path.parent), which)


REMADE = (Remade("series", ".json", _remake),)
