"""Analogy score sheets that are kept with a run, and how they differ between spaces."""

from pathlib import Path

from embedkit.analysis.analogies.scores import AnalogyScore, ScoreDifference
from embedkit.runs.artefacts import load_record, save_record
from embedkit.runs.folder import Run
from embedkit.spaces.space import last_part


def save_score(run: Run, score: AnalogyScore) -> Path:
    """Keep a score sheet as analogies/SPACE-QUESTIONS.json, SPACE being the last part of the space's name."""
    return save_record(run.path / "analogies" / f"{last_part(score.space)}-{last_part(score.questions)}.json", score)


def load_score(run: Run, name: str) -> AnalogyScore:
    """The score sheet of this name, such as "input-google-analogies".

    Raises:
        UsageError: the run has no such score sheet.
        RunError: it is damaged.
    """
    return load_record(run.artefact("analogies", name, ".json", "score sheet"), AnalogyScore)


def save_difference(run: Run, difference: ScoreDifference) -> Path:
    """Keep a difference with the run of its first space, as differences/SPACE-QUESTIONS--RUN-SPACE.json."""
    name = f"{last_part(difference.one)}-{last_part(difference.questions)}--{difference.other.replace('/', '-')}"
    return save_record(run.path / "differences" / f"{name}.json", difference)


def load_differences(run: Run) -> tuple[ScoreDifference, ...]:
    """Every difference that is kept with a run.

    Raises:
        RunError: one is damaged.
    """
    folder = run.path / "differences"
    return tuple(
        load_record(folder / f"{name}.json", ScoreDifference) for name in run.artefacts("differences", ".json")
    )
