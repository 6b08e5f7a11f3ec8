"""What a report draws from of an encoder-decoder."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from embedkit.analysis.clusters.clustering import Clustering
from embedkit.analysis.clusters.stored import CLUSTERINGS
from embedkit.analysis.generation import GenerationScore
from embedkit.report.material import ClusteredSpace, OwnMaterial
from embedkit.tasks.seq2seq.score import GENERATION_SCORES, PURITY, PuritySheet

SPLIT = "valid"


@dataclass(frozen=True)
class PhraseMaterial(OwnMaterial):
    """A seq2seq run and what is stored of its phrases, each loaded when it is first used."""

    which = "phrases"
    called = "phrases"

    @cached_property
    def clustering(self) -> Clustering | None:
        return CLUSTERINGS.load_or_none(self.run, "phrases")

    @property
    def clustered(self) -> Sequence[ClusteredSpace]:
        if self.clustering is None or self.space is None:
            return ()
        return ((self.clustering, self.space, self.called, "phrase"),)

    @cached_property
    def score(self) -> GenerationScore | None:
        return GENERATION_SCORES.load_or_none(self.run, SPLIT)

    @cached_property
    def purity(self) -> PuritySheet | None:
        return PURITY.load_or_none(self.run)
