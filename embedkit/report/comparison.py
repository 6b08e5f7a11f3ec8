"""Two spaces side by side, as they are stored: what the sections that compare them share."""

from dataclasses import dataclass
from functools import cached_property

from embedkit.analysis.comparison.shifts import FLOOR
from embedkit.analysis.comparison.stored import comparison_name, load_comparison
from embedkit.analysis.comparison.two_spaces import Comparison
from embedkit.analysis.maps.stored import load_maps
from embedkit.errors import ReportError
from embedkit.report.embedded import EmbeddedSpace, embed_space
from embedkit.runs.folder import Run
from embedkit.spaces.space import EmbeddingSpace
from embedkit.spaces.stored import load_run_space

ON_MAPS = 5_000
"""Shared words on the maps, the first of the first space."""


@dataclass(frozen=True)
class ComparisonMaterial:
    """A stored comparison of two runs' spaces, and what the sections about it share.

    Attributes:
        floor: words that stand less often than this are left out of the tables of moved words.
    """

    run: Run
    which: str
    other: Run
    other_which: str
    floor: int = FLOOR

    @property
    def keys(self) -> tuple[str, str]:
        """Of both spaces, as "RUN/SPACE"."""
        return f"{self.run.name}/{self.which}", f"{self.other.name}/{self.other_which}"

    @cached_property
    def names(self) -> tuple[str, str]:
        """What a reader calls the two: the runs, and their spaces where those alone tell them apart."""
        if self.run == self.other:
            return self.which, self.other_which
        return self.run.name, self.other.name

    @cached_property
    def comparison(self) -> Comparison:
        return load_comparison(self.run, comparison_name(self.which, self.other, self.other_which))

    @cached_property
    def shared(self) -> tuple[EmbeddingSpace, EmbeddingSpace]:
        """Both spaces, over the shared words alone.

        Raises:
            ReportError: a space is another than the one that was compared.
        """
        words = self.comparison.words
        spaces = []
        for side, (run, which) in enumerate(((self.run, self.which), (self.other, self.other_which))):
            whole, rows = load_run_space(run, which), words.ranks[:, side] - 1
            if rows.max() >= len(whole) or whole.take(rows).labels != words.labels:
                raise ReportError(
                    f"{run.path}: {which} has changed since it was compared; run `embedkit compare` again"
                )
            spaces.append(whole.take(rows))
        return spaces[0], spaces[1]

    @cached_property
    def on_maps(self) -> tuple[str, ...]:
        """The words that some map of each space shows: those that are drawn side by side, in the order of the first."""
        labels = [
            {label for projection in load_maps(run, which) for label in projection.labels}
            for run, which in ((self.run, self.which), (self.other, self.other_which))
        ]
        return tuple(label for label in self.comparison.words.labels if label in labels[0] & labels[1])[:ON_MAPS]

    @cached_property
    def embedded(self) -> tuple[EmbeddedSpace, ...]:
        """The shared words of both as the page carries them, with their neighbours among the shared words."""
        return tuple(
            embed_space(space, key=key, name=f"shared words in {name}", answering=0, map_labels=[self.on_maps])
            for space, key, name in zip(self.shared, self.keys, self.names, strict=True)
        )
