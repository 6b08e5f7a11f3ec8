"""What a run's spaces are organised by, kept with the run."""

from embedkit.analysis.organisation.columns import POINTS, SHUFFLES, Organisation, source_of
from embedkit.runs.artefacts import Artefact
from embedkit.spaces.space import EmbeddingSpace

ORGANISATIONS = Artefact("columns", Organisation, "columns of space")
"""Those of a space, under its name."""


def organisation_is_current(organisation: Organisation | None, space: EmbeddingSpace) -> bool:
    """Whether it is of the vectors and the columns of `space` as they are now."""
    return organisation is not None and organisation.source == source_of(space)


def asks_enough(organisation: Organisation) -> bool:
    """Whether as many points were asked, and beside as many shuffles, as by default."""
    distinct = organisation.points - organisation.copies - organisation.zeros
    return organisation.queries >= min(POINTS, distinct) and organisation.shuffles >= SHUFFLES
