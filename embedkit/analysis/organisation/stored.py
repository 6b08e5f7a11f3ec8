"""What a run's spaces are organised by, kept with the run."""

from embedkit.analysis.organisation.columns import Organisation, source_of
from embedkit.runs.artefacts import Artefact
from embedkit.spaces.space import EmbeddingSpace

ORGANISATIONS = Artefact("columns", Organisation, "columns of space")
"""Those of a space, under its name."""


def organisation_is_current(organisation: Organisation | None, space: EmbeddingSpace) -> bool:
    """Whether it is of the vectors and the columns of `space` as they are now."""
    return organisation is not None and organisation.source == source_of(space)
