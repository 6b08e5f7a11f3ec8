"""What the sections of a report are made from: runs and what is stored with them, loaded once."""

from dataclasses import dataclass
from functools import cached_property

from embedkit.analysis.analogies.scores import DIFFERENCES, SCORE_SHEETS, AnalogyScore, ScoreDifference
from embedkit.analysis.clusters.clustering import Clustering
from embedkit.analysis.clusters.stored import load_clustering
from embedkit.analysis.maps.projection import Projection
from embedkit.analysis.maps.stored import load_maps
from embedkit.report import summaries
from embedkit.report.embedded import WORDS, EmbeddedSpace, embed_space, fitting
from embedkit.report.sections.comparison import ComparisonMaterial
from embedkit.runs.folder import Run
from embedkit.spaces.space import EmbeddingSpace
from embedkit.spaces.stored import load_run_space
from embedkit.tasks.caption.sections import CaptionMaterial
from embedkit.tasks.classify.sections import StateMaterial, load_states
from embedkit.tasks.seq2seq.sections import PhraseMaterial

NAMES = {"input": "input embeddings", "output": "output embeddings", "vectors": "word vectors"}
IN_PAGE = ("input", "output", "vectors")
"""Spaces of words; others, such as hidden states of chosen texts, are not shown."""


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
    others: tuple[Run, ...] = ()
    named: tuple[tuple[str, Run], ...] = ()

    @property
    def shown(self) -> tuple[Run, ...]:
        """Every run of the report, each once."""
        encoder = () if self.encoder is None else (self.encoder,)
        return tuple(dict.fromkeys((*self.runs, *encoder, *self.others, *(run for _, run in self.named))))

    @property
    def runs(self) -> tuple[Run, ...]:
        return tuple(dict.fromkeys((self.run, *self.beside)))

    @cached_property
    def phrases(self) -> PhraseMaterial | None:
        return None if self.encoder is None else PhraseMaterial(self.encoder)

    @cached_property
    def captions(self) -> CaptionMaterial | None:
        return CaptionMaterial(self.run) if self.run.kind == "captioner" else None

    @cached_property
    def comparison(self) -> ComparisonMaterial | None:
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
        found: dict[str, list[Projection]] = {}
        for run in self.runs:
            for which in self._stored(run):
                space = self.spaces.get(f"{run.name}/{which}")
                maps = () if space is None else load_maps(run, which, space)
                if maps:
                    found[f"{run.name}/{which}"] = list(maps)
        return found

    @cached_property
    def clusterings(self) -> dict[str, Clustering]:
        """The stored clusters of those spaces; those of more points than the space has now are left out."""
        kept = {f"{run.name}/{which}": load_clustering(run, which) for run in self.runs for which in self._stored(run)}
        return {
            key: found
            for key, found in kept.items()
            if found is not None and key in self.spaces and len(found.labels) <= len(self.spaces[key])
        }

    @cached_property
    def clustered(self) -> list[tuple[Clustering, EmbeddingSpace, str, str]]:
        """The clusters that a report shows: with their space, what a reader calls it, and a point of it."""
        modelled = self.run.kind == "language-model"
        noun = summaries.UNITS.get(summaries.token_level(self.run), "token") if modelled else "word"
        shown = [(found, self.spaces[key], self.called(key), noun) for key, found in self.clusterings.items()]
        phrased = self.phrases
        if phrased is not None and phrased.clustering is not None and phrased.space is not None:
            shown.append((phrased.clustering, phrased.space, "phrases", "phrase"))
        return shown

    @cached_property
    def sheets(self) -> list[tuple[str, AnalogyScore]]:
        """The stored score sheets by a reader's name for their space; the question set is named where it varies."""
        sheets = [
            (f"{run.name}/{which}", SCORE_SHEETS.load(run, name))
            for run in self.runs
            for which in self._stored(run)
            for name in run.artefacts("analogies", ".json")
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
            found
            for run in self.runs
            for found in DIFFERENCES.load_all(run)
            if {found.one, found.other} <= names and self.questions in ("", found.questions)
        )

    @cached_property
    def all_embedded(self) -> tuple[EmbeddedSpace, ...]:
        """The spaces of words, phrases, final states and captioned images; of a comparison the shared words alone."""
        if self.comparison is not None:
            return self.comparison.embedded
        more = (self.phrases, self.states, self.captions)
        return (*self.embedded, *(space for each in more if each is not None for space in each.embedded))

    @cached_property
    def states(self) -> StateMaterial | None:
        """The final states of a classifier; None where there is no map of them."""
        return load_states(self.run)

    @cached_property
    def embedded(self) -> tuple[EmbeddedSpace, ...]:
        """The spaces of words as the page carries them. Characters have no analogies, so their vectors stay out."""
        words = {key: space for key, space in self.spaces.items() if self._has_words(key)}
        mapped = (len(projection.labels) for key in words for projection in self.maps.get(key, ()))
        answering = fitting(list(words.values()), max([WORDS, *mapped]))
        return tuple(
            embed_space(
                space,
                key=key,
                name=self.called(key),
                answering=answering if key in words else 0,
                shown=[projection.labels for projection in self.maps.get(key, ())],
            )
            for key, space in self.spaces.items()
        )

    def called(self, key: str) -> str:
        """What a reader calls a space; whose it is is said where there are several runs."""
        name, which = key.rsplit("/", 1)
        return NAMES[which] if len(self.runs) == 1 else f"{NAMES[which]} of {name}"

    def _stored(self, run: Run) -> tuple[str, ...]:
        """The names of a run's spaces that are shown."""
        return tuple(which for which in IN_PAGE if not self.keys or f"{run.name}/{which}" in self.keys)

    def _has_words(self, key: str) -> bool:
        return next(run for run in self.runs if key.startswith(f"{run.name}/")).kind != "language-model" or (
            summaries.token_level(self.run) != "char"
        )
