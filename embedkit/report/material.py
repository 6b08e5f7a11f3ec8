"""What the sections of a report are made from: runs and what is stored with them, loaded once."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, TypeVar

from embedkit.analysis.analogies.score_sheet import DIFFERENCES, SCORE_SHEETS, AnalogyScore, ScoreDifference
from embedkit.analysis.clusters.clustering import Clustering
from embedkit.analysis.clusters.stored import CLUSTERINGS
from embedkit.analysis.maps.projection import Projection
from embedkit.analysis.maps.stored import load_maps
from embedkit.analysis.organisation.columns import FREQUENCY, Organisation
from embedkit.analysis.organisation.stored import ORGANISATIONS, organisation_is_current
from embedkit.report import summaries
from embedkit.report.comparison import ComparisonMaterial
from embedkit.report.embedded import WORDS, EmbeddedSpace, embed_space, fitting
from embedkit.report.embedded_columns import check_tooltip
from embedkit.report.embedded_network import MEGABYTES
from embedkit.report.recipes import Style
from embedkit.runs.folder import Run
from embedkit.spaces.space import EmbeddingSpace
from embedkit.spaces.stored import load_run_space

NAMES = {"input": "input embeddings", "output": "output embeddings", "vectors": "{noun} vectors"}
"""What a reader calls spaces of words, by what a point of theirs is."""


def space_title(which: str, noun: str) -> str:
    """What a reader calls a space by its name in the run and by what a point of it is."""
    return NAMES.get(which, which).replace("{noun}", noun)


ClusteredSpace = tuple[Clustering, EmbeddingSpace, str, str]
"""Clusters, the space they are of, what a reader calls that space, and a point of it."""


@dataclass(frozen=True)
class OwnMaterial:
    """What the sections of a task share beside spaces of words: one space of a run, loaded once. A task's hook
    `material` is a subclass of this.

    Attributes:
        which: the name of the space.
        called: what a reader calls it.
    """

    run: Run
    which: ClassVar[str] = ""
    called: ClassVar[str] = ""

    @property
    def key(self) -> str:
        """Of the space in a page, as "RUN/SPACE"."""
        return f"{self.run.name}/{self.which}"

    @cached_property
    def space(self) -> EmbeddingSpace | None:
        """The stored space; None where the run has none."""
        stored = self.which in self.run.artefacts("spaces", ".npz")
        return load_run_space(self.run, self.which) if stored else None

    @cached_property
    def maps(self) -> list[Projection]:
        """The stored maps of the space."""
        return [] if self.space is None else list(load_maps(self.run, self.which, self.space))

    @cached_property
    def embedded(self) -> tuple[EmbeddedSpace, ...]:
        """The points on the maps, with their neighbours; their vectors stay out of the page."""
        if self.space is None or not self.maps:
            return ()
        labels = [projection.labels for projection in self.maps]
        # What of its columns is worth a look is in the colourings of its section.
        embedded = embed_space(
            self.space, key=self.key, name=self.called, answering=0, map_labels=labels, own_columns=False
        )
        return (embedded,)

    @property
    def clustered(self) -> Sequence[ClusteredSpace]:
        """Its clusters, where a section about clusters shows them."""
        return ()


Own = TypeVar("Own", bound=OwnMaterial)


def encodes(run: Run) -> bool:
    """Whether a run has phrases, which a report shows where it is told so: as its `encoder`."""
    return bool(run.task.encoder)


def material_of(run: Run) -> "Material":
    """What the report about one run is made from."""
    return Material(run, encoder=run if encodes(run) else None)


@dataclass(frozen=True)
class Material:
    """The run that a report is about, those beside it, and what of their stored artefacts the sections share.

    Attributes:
        beside: runs whose spaces stand beside the run's own.
        encoder: a seq2seq run whose phrases are shown; the run itself where it is one.
        keys: the only spaces that are shown, as "RUN/SPACE"; all where it is empty.
        questions: the only question set whose scores are shown; all where it is empty.
        others: the newest runs of the kinds that sections ask for, the run itself among them.
        named: runs that sections name, each by what they call it.
        trace: the only trace of the run that is shown; all where it is empty.
        series: the name of the series of spaces that is shown, and the options that it was made with as they are typed;
            empty where none is.
        tooltip: the own columns that stand with a point of a map at once; where it is empty the page chooses.
        network_megabytes: what a network may take in the page; 0 for none.
        style: "full", or "brief" for the first page alone.
        floor: of a comparison of the two spaces `keys`, how often a word stands that is frequent enough to speak of;
            None where nothing is compared.
    """

    run: Run
    beside: tuple[Run, ...] = ()
    encoder: Run | None = None
    keys: tuple[str, ...] = ()
    questions: str = ""
    floor: int | None = None
    trace: str = ""
    series: tuple[str, ...] = ()
    others: tuple[Run, ...] = ()
    named: tuple[tuple[str, Run], ...] = ()
    tooltip: tuple[str, ...] = ()
    style: Style = "full"
    network_megabytes: float = MEGABYTES

    @property
    def all_runs(self) -> tuple[Run, ...]:
        """Every run of the report, each once."""
        encoder = () if self.encoder is None else (self.encoder,)
        return tuple(dict.fromkeys((*self.runs, *encoder, *self.others, *(run for _, run in self.named))))

    @property
    def runs(self) -> tuple[Run, ...]:
        """The run that the report is about and those beside it, each once."""
        return tuple(dict.fromkeys((self.run, *self.beside)))

    def own(self, kind: type[Own]) -> Own | None:
        """What a task's own sections are made from, by its type; None where no run of the report has it."""
        return next((each for each in self._own if isinstance(each, kind)), None)

    @cached_property
    def _own(self) -> tuple[OwnMaterial, ...]:
        runs = (*(() if encodes(self.run) else (self.run,)), *(() if self.encoder is None else (self.encoder,)))
        return tuple(task.load("material")(run) for run in runs if (task := run.task).material)

    @cached_property
    def comparison(self) -> ComparisonMaterial | None:
        """The stored comparison of the two spaces `keys`; None where the report compares none."""
        if self.floor is None:
            return None
        sides = [
            (run, key.removeprefix(f"{run.name}/"))
            for key in self.keys
            for run in self.runs
            if key.startswith(f"{run.name}/")
        ]
        (run, which), (other, other_which) = sides
        return ComparisonMaterial(run, which, other, other_which, self.floor)

    @cached_property
    def spaces(self) -> dict[str, EmbeddingSpace]:
        """The stored spaces of words, by a key that is unique in the page, the run's own first."""
        return {
            f"{run.name}/{which}": load_run_space(run, which)
            for run in self.runs
            for which in self._stored(run)
            if which in run.artefacts("spaces", ".npz")
        }

    @cached_property
    def maps(self) -> dict[str, list[Projection]]:
        """The stored maps of those spaces."""
        by_key: dict[str, list[Projection]] = {}
        for run in self.runs:
            for which in self._stored(run):
                space = self.spaces.get(f"{run.name}/{which}")
                maps = () if space is None else load_maps(run, which, space)
                if maps:
                    by_key[f"{run.name}/{which}"] = list(maps)
        return by_key

    @cached_property
    def clusterings(self) -> dict[str, Clustering]:
        """The stored clusters of those spaces; those of more points than the space has now are left out."""
        stored = {
            f"{run.name}/{which}": CLUSTERINGS.load_or_none(run, which)
            for run in self.runs
            for which in self._stored(run)
        }
        return {
            key: clustering
            for key, clustering in stored.items()
            if clustering is not None and key in self.spaces and len(clustering.labels) <= len(self.spaces[key])
        }

    @cached_property
    def organisations(self) -> dict[str, tuple[Organisation, str]]:
        """What is stored of what spaces are organised by, with what a point is, by the space's key: of spaces of which
        more is known than how often a point stands in a text, as they are now."""
        current: dict[str, tuple[Organisation, str]] = {}
        for run in self.runs:
            for which in ORGANISATIONS.names(run):
                key = f"{run.name}/{which}"
                if (self.keys and key not in self.keys) or which not in run.artefacts("spaces", ".npz"):
                    continue
                organisation = ORGANISATIONS.load(run, which)
                if not any(column.name != FREQUENCY for column in organisation.columns):
                    continue
                space = self.spaces[key] if key in self.spaces else load_run_space(run, which)
                if organisation_is_current(organisation, space):
                    current[key] = organisation, space.noun
        return current

    @cached_property
    def clustered(self) -> list[ClusteredSpace]:
        """The clusters that a report shows."""
        of_words = [
            (clustering, self.spaces[key], self.called(key), self.noun_of(key))
            for key, clustering in self.clusterings.items()
        ]
        return [*of_words, *(clustered for own in self._own for clustered in own.clustered)]

    @cached_property
    def sheets(self) -> list[tuple[str, AnalogyScore]]:
        """The stored score sheets by a reader's name for their space; the question set is named where it varies."""
        sheets = [
            (f"{run.name}/{which}", SCORE_SHEETS.load(run, name))
            for run in self.runs
            for which in self._stored(run)
            for name in SCORE_SHEETS.names(run)
            if name.startswith(f"{which}-") and self.questions in ("", name.removeprefix(f"{which}-"))
        ]
        several = len({sheet.questions for _, sheet in sheets}) > 1
        return [(self.called(key) + (f", {s.questions}" if several else ""), s) for key, s in sheets]

    def sheets_of(self, run: Run) -> list[tuple[str, AnalogyScore]]:
        """The score sheets of one of the runs."""
        names = {space.name for key, space in self.spaces.items() if key.rpartition("/")[0] == run.name}
        return [(name, sheet) for name, sheet in self.sheets if sheet.space in names]

    @cached_property
    def differences(self) -> tuple[ScoreDifference, ...]:
        """The stored differences between the scores of the spaces that are shown."""
        names = {space.name for space in self.spaces.values()}
        return tuple(
            difference
            for run in self.runs
            for difference in DIFFERENCES.load_all(run)
            if {difference.one, difference.other} <= names and self.questions in ("", difference.questions)
        )

    @cached_property
    def all_embedded(self) -> tuple[EmbeddedSpace, ...]:
        """The spaces of words and those that tasks have beside; of a comparison the shared words alone, of a series
        none."""
        if self.series:
            return ()
        if self.comparison is not None:
            return self.comparison.embedded
        return (*self.embedded, *(space for own in self._own for space in own.embedded))

    @cached_property
    def embedded(self) -> tuple[EmbeddedSpace, ...]:
        """The spaces of words as the page carries them. Characters, documents and the like have no analogies, so their
        vectors stay out.

        Raises:
            ReportError: no space has a column that is to stand with its points.
        """
        check_tooltip(self.tooltip, list(self.spaces.values()))
        words = {key: space for key, space in self.spaces.items() if self._of_words(key)}
        mapped = (len(projection.labels) for key in words for projection in self.maps.get(key, ()))
        answering = fitting(list(words.values()), max([WORDS, *mapped]))
        return tuple(
            embed_space(
                space,
                key=key,
                name=self.called(key),
                answering=answering if key in words else 0,
                map_labels=[projection.labels for projection in self.maps.get(key, ())],
                tooltip=self.tooltip,
            )
            for key, space in self.spaces.items()
        )

    def called(self, key: str) -> str:
        """What a reader calls a space; whose it is is said where there are several runs."""
        name, which = key.rsplit("/", 1)
        own = next((own.called for own in self._own if own.key == key), "")
        called = own or space_title(which, self.noun_of(key))
        return called if len(self.runs) == 1 else f"{called} of {name}"

    def noun_of(self, key: str) -> str:
        """What a reader calls a point of a space."""
        return summaries.noun_of(self._owner(key))

    @property
    def noun(self) -> str:
        """What a reader calls a point of the run's own spaces of words."""
        return summaries.noun_of(self.run)

    @property
    def has_words(self) -> bool:
        """Whether some space that is shown is of words, or of parts of them, which can be asked analogies."""
        return any(self._of_words(key) for key in self.spaces)

    def _of_words(self, key: str) -> bool:
        return self.noun_of(key) in ("word", "subword")

    def _stored(self, run: Run) -> tuple[str, ...]:
        """The names of a run's spaces of words that are shown; others, such as hidden states, are not."""
        of_words = run.task.word_spaces
        return tuple(which for which in of_words if not self.keys or f"{run.name}/{which}" in self.keys)

    def _owner(self, key: str) -> Run:
        """The run of a space, by the space's key "RUN/SPACE"."""
        return next(run for run in self.runs if key.startswith(f"{run.name}/"))
