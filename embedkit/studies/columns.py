"""What any space of a run is organised by: computed once, and stored with the run."""

from typing import TYPE_CHECKING

from embedkit.progress import Steps
from embedkit.runs.folder import Run

if TYPE_CHECKING:
    from embedkit.analysis.organisation.columns import Organisation
    from embedkit.spaces.space import EmbeddingSpace
    from embedkit.studies.verdicts import Verdict


def study_columns(run: Run, which: str, space: "EmbeddingSpace", steps: Steps) -> "Organisation | None":
    """What is stored of a space's columns, or a new one where nothing is, the space has changed, or few points of it
    were asked; None where nothing is known of its points beside how often they stand in a text."""
    from embedkit.analysis.organisation.columns import FREQUENCY, organised_by, tellable_columns
    from embedkit.analysis.organisation.stored import ORGANISATIONS, asks_enough, organisation_is_current

    columns = [column.name for column in tellable_columns(space)]
    if not set(columns) - {FREQUENCY}:
        return None
    stored = ORGANISATIONS.load_or_none(run, which)
    if stored is not None and organisation_is_current(stored, space) and asks_enough(stored):
        return stored
    with steps(f"{run.name}: how well neighbours tell {', '.join(columns[:4])}{' …' * (len(columns) > 4)}") as show:
        organisation = organised_by(space, progress=show)
        ORGANISATIONS.save(run, organisation, which)
    return organisation


def remake_columns(run: Run, which: str) -> "Verdict":
    """Whether a space's columns are told again as they were."""
    from embedkit.analysis.organisation.columns import organised_by
    from embedkit.analysis.organisation.stored import ORGANISATIONS, organisation_is_current
    from embedkit.spaces.stored import load_run_space
    from embedkit.studies.verdicts import DIFFERS, same_figures

    stored, space = ORGANISATIONS.load(run, which), load_run_space(run, which)
    if not organisation_is_current(stored, space):
        return DIFFERS, "its points or its columns are not those of the space"
    remade = organised_by(space, k=stored.k, points=stored.queries, shuffles=stored.shuffles, seed=stored.seed)
    return same_figures(stored, remade, f"{len(remade.columns)} columns told again: the same", "told again, ")
