"""Measure again what a run keeps of itself: its headline, fidelity, evidence of clusters, comparisons, probes."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from embedkit.errors import CorpusError, EmbedkitError, UsageError
from embedkit.files import sha256
from embedkit.runs.artefacts import lacking
from embedkit.runs.folder import Run, runs_folder
from embedkit.runs.scratch import scratch_copy
from embedkit.studies.sources import corpus_away
from embedkit.studies.verdicts import (
    COURSE,
    DIFFERS,
    MEASURED,
    UNCHECKED,
    Remade,
    Verdict,
    brief,
    same_figures,
    verdict,
)
from embedkit.tasks import Task

if TYPE_CHECKING:
    from collections.abc import Callable

    from embedkit.analysis.analogies.questions import AnalogySet
    from embedkit.analysis.analogies.score_sheet import AnalogyScore, ScoreDifference
    from embedkit.analysis.cells.probes import ProbeSheet
    from embedkit.analysis.clusters.evidence import ClusterEvidence
    from embedkit.analysis.maps.projection import Projection
    from embedkit.spaces.space import EmbeddingSpace

FIDELITY = 2e-3
"""By how much the shares of a fidelity card may be off: what is as far as another on a map can change places."""
_COURSE = ("steps", "epochs", "seconds", "training_seconds")
_COURSE_ENDS = ("_seen", "_per_second")


def _metrics(run: Run, _name: str) -> Verdict:
    """The headline figures, from the weights and the held-out text."""
    if run.task.counted:
        return _counted(run)
    if not (isinstance(run.task, Task) and run.task.trainer):
        return UNCHECKED, COURSE
    if not (run.path / "weights.safetensors").exists():
        return UNCHECKED, "the run's weights are gone"
    if away := corpus_away(run):
        return UNCHECKED, f"its text: {away}"
    from embedkit.training.driver import measure

    stored = run.metrics
    with scratch_copy(run) as copy:
        try:
            measured = measure(copy)
        except CorpusError as error:
            return UNCHECKED, f"cannot be measured here: {brief(error)}"
    measured = {key: None if value == float("inf") else value for key, value in measured.items()}
    course = [key for key in stored if _is_of_course(key)]
    ended = {key: value for key, value in stored.items() if key not in course}
    so = f"{len(measured)} figures measured again; {len(course)} are of the course of training"
    return same_figures(ended, measured, so, "measured again, ", relative=MEASURED)


def _is_of_course(key: str) -> bool:
    return key in _COURSE or key.endswith(_COURSE_ENDS)


def _counted(run: Run) -> Verdict:
    """The figures that are counts, and no measurements of a network."""
    try:
        counts = run.task.load("counted")(run)
    except (CorpusError, UsageError) as error:
        return UNCHECKED, f"its text: {brief(error)}"
    trained = isinstance(run.task, Task) and run.task.command is not None
    course = [key for key in run.metrics if trained and key not in counts and _is_of_course(key)]
    stored = {key: value for key, value in run.metrics.items() if key not in course}
    if unknown := [key for key in stored if key not in counts]:
        return DIFFERS, f"it says {unknown[0]!r}, which is no figure of {run.task.noun}"
    so = f"{len(stored)} figures counted again"
    so += f"; {len(course)} are of the course of training" if course else ""
    return same_figures(stored, {key: counts[key] for key in stored}, so, "counted again, ")


def _fidelity(run: Run, name: str) -> Verdict:
    from embedkit.analysis.maps.coordinates import spots_on
    from embedkit.analysis.maps.measurement import MEASURABLE, measured_again
    from embedkit.analysis.maps.projection import rows_in
    from embedkit.analysis.maps.stored import MAPS
    from embedkit.spaces.space import last_part
    from embedkit.spaces.stored import load_run_space
    from embedkit.studies.clusters import hit_by_clusters

    stored = MAPS.load(run, name)
    which = last_part(stored.space)
    whole = load_run_space(run, which)
    rows = rows_in(whole, stored.labels)
    if rows is None:
        return DIFFERS, "its points are not those of the space"
    space = whole.take(rows)
    if stored.fidelity is None:
        few = len(spots_on(stored, space).firsts) < MEASURABLE
        return verdict(few, "it was not measured: there are too few points", "there are enough points to measure it")
    if stored.dimensions == 3 and not stored.faces and "faces" not in lacking(stored):
        return DIFFERS, "it has none of the flat pictures of two of its axes"
    again = hit_by_clusters(run, which, whole, measured_again(stored, space))
    so = f"measured again on {stored.fidelity.sample:,} points, to {FIDELITY:g}"
    hit, hit_again = (each and each.neighborhood_hit for each in (stored.fidelity, again.fidelity))
    by_all = hit and hit_again and hit.among is None and hit_again.among != stored.fidelity.points
    if by_all:
        stored, again = _without_hit(stored), _without_hit(again)
    before, now = ([(each.fidelity, each.local) for each in (one, *one.faces)] for one in (stored, again))
    so += "" if stored.stability is None else "; its stability is not, which takes as many maps as it was measured by"
    result, why = same_figures(before, now, so, "measured again, ", relative=0, absolute=FIDELITY)
    if by_all and result != DIFFERS:
        return UNCHECKED, f"{why}; its neighbourhood hit counts points without a label, as versions before 0.3 did"
    return result, why


def _without_hit(projection: "Projection") -> "Projection":
    faces = tuple(_without_hit(face) for face in projection.faces)
    fidelity = replace(projection.fidelity, neighborhood_hit=None) if projection.fidelity else None
    return replace(projection, fidelity=fidelity, faces=faces)


def _evidence(run: Run, which: str) -> Verdict:
    from embedkit.analysis.clusters.clustering import cluster, with_evidence
    from embedkit.analysis.clusters.groups import SAMPLE
    from embedkit.analysis.clusters.stored import CLUSTERINGS, clustered_points
    from embedkit.spaces.stored import load_run_space

    stored, whole = CLUSTERINGS.load(run, which), load_run_space(run, which)
    space = clustered_points(stored, whole)
    if space is None:
        return DIFFERS, "its points are not those of the space"
    settings = {key: stored.parameters[key] for key in ("min_size", "neighbors", "dimensions", "leaves")}
    again, gone, untested = cluster(space, **settings), "", "; its evidence is the next report's to gather"
    if stored.evidence is not None:
        evidence, maps, gone = _by_maps_there(run, which, whole, stored.evidence)
        sample, seed = (SAMPLE, 0) if evidence.test is None else (evidence.test.sample, evidence.test.seed)
        gathered = with_evidence(again, space, maps=maps, sample=sample, seed=seed).evidence
        assert gathered is not None, "it was gathered"
        # Whoever looked for clusters may have left out the test.
        untested = "; it was not tested whether there are groups" if evidence.test is None and gathered.test else ""
        gathered = replace(gathered, test=None) if untested else gathered
        stored, again = replace(stored, evidence=evidence), replace(again, evidence=gathered)
    names = ("names", "words", "nearest", "silhouette", "silhouette_sample", "evidence")
    before, now = ({name: getattr(each, name) for name in names} for each in (stored, again))
    so = "names, silhouette and evidence measured again: the same"
    result, why = same_figures(before, now, so, "measured again, ", relative=MEASURED)
    if result == DIFFERS:
        return result, why
    unchecked = f", but for the agreement with maps that are others now, or gone: {gone}" if gone else ""
    return (UNCHECKED, f"{why}{unchecked}{untested}") if unchecked or untested else (result, why)


def _by_maps_there(
    run: Run, which: str, whole: "EmbeddingSpace", evidence: "ClusterEvidence"
) -> tuple["ClusterEvidence", list["Projection"], str]:
    """Evidence without its agreements with maps that are not kept any more, the maps that are kept, and the titles of
    those that are not. What an earlier version kept does not say of which map it is: it is held against the present,
    and maps that were made after it have no agreement there."""
    from embedkit.analysis.maps.projection import title_of
    from embedkit.analysis.maps.stored import flat_maps

    kept = {each.method: each for each in flat_maps(run, which, whole)}
    earlier = any("source" in lacking(each) for each in evidence.agreements)
    there = [
        replace(each, source=kept[each.method].fingerprint)
        for each in evidence.agreements
        if each.method in kept and ("source" in lacking(each) or each.source == kept[each.method].fingerprint)
    ]
    methods = [each.method for each in there]
    others = [each.method for each in evidence.agreements if each.method not in methods]
    gone = ", ".join(map(title_of, others))
    maps = [each for method, each in kept.items() if method in methods or not (earlier or method in others)]
    return replace(evidence, agreements=tuple(there)), maps, gone


def _comparison(run: Run, name: str) -> Verdict:
    from embedkit.analysis.comparison.stored import FIGURES, OVER_TRAINING, load_comparison
    from embedkit.analysis.comparison.two_spaces import compare
    from embedkit.spaces.space import last_part
    from embedkit.spaces.stored import load_run_space

    if name == OVER_TRAINING.only:
        return _over_training(run)
    stored = load_comparison(run, name)
    figures = FIGURES.load(run, name)
    other = _run_of(figures.b.name, run)
    if other is None:
        return UNCHECKED, f"{figures.b.name} is not in the folder of runs"
    sides = [load_run_space(each, last_part(side.name)) for each, side in ((run, figures.a), (other, figures.b))]
    again = compare(*sides, k=figures.k, restrict=figures.restrict, resamples=figures.resamples, seed=figures.seed)
    return same_figures(stored, again, f"{figures.shared:,} words compared again: the same", "compared again, ")


def _over_training(run: Run) -> Verdict:
    from embedkit.analysis.comparison.churn import over_training
    from embedkit.analysis.comparison.stored import OVER_TRAINING
    from embedkit.spaces.snapshots import load_snapshots

    stored = OVER_TRAINING.load(run)
    again = over_training(
        stored.space,
        load_snapshots(run),
        frequent=stored.words,
        k=stored.k,
        questions=_questions(stored.questions) if stored.questions else None,
        restrict=stored.restrict,
        resamples=stored.resamples,
        seed=stored.seed,
    )
    return same_figures(
        stored, again, f"{len(stored.snapshots)} snapshots followed again: the same", "followed again, "
    )


def _difference(run: Run, name: str) -> Verdict:
    from embedkit.analysis.analogies.score_sheet import DIFFERENCES, SCORE_SHEETS, difference_name
    from embedkit.analysis.analogies.scoring import answer, difference
    from embedkit.spaces.space import last_part
    from embedkit.spaces.stored import load_run_space

    stored = DIFFERENCES.load(run, name)
    if name != difference_name(stored):
        return DIFFERS, f"it is of {difference_name(stored)!r}, and kept as {name!r}"
    other = _run_of(stored.other, run)
    sheet = SCORE_SHEETS.load_or_none(run, f"{last_part(stored.one)}-{last_part(stored.questions)}")
    if other is None or sheet is None:
        return UNCHECKED, f"{stored.other if other is None else 'the score sheet of its first space'} is not at hand"
    try:
        questions = questions_of(stored)
    except EmbedkitError as error:
        return UNCHECKED, f"the questions are not at hand: {brief(error)}"
    ask = partial(answer, question_set=questions, restrict=sheet.restrict, methods=list(stored.micro), seed=sheet.seed)
    sides = ((run, stored.one), (other, stored.other))
    again = difference(*(ask(load_run_space(each, last_part(space))) for each, space in sides))
    return same_figures(stored, again, f"{stored.covered:,} questions asked again: the same", "asked again, ")


def _probe(run: Run, name: str) -> Verdict:
    from embedkit.analysis.cells.probes import PROBE_SHEETS
    from embedkit.studies.probes import probe_run

    stored = PROBE_SHEETS.load(run, name)
    if "features" in lacking(stored):
        return _probe_of_before(run, stored)
    text = Path(stored.text) if stored.text else None
    if text is None and (away := corpus_away(run)):
        return UNCHECKED, f"its text: {away}"
    if text is not None and not (text.is_file() and sha256([text]) == stored.checksum):
        return UNCHECKED, f"its text: {text} is not what it was when it was probed"
    probed = partial(probe_run, run, features=stored.features, following=stored.following, text=text)
    return _same_probes(stored, probed)


def _probe_of_before(run: Run, stored: "ProbeSheet") -> Verdict:
    """A sheet that does not say what was asked for, but by the features in it."""
    from embedkit.studies.probes import probe_run
    from embedkit.text.features import FEATURES

    if not stored.source.startswith("held-out text of "):
        return UNCHECKED, f"{stored.source} is not at hand"
    if away := corpus_away(run):
        return UNCHECKED, f"its text: {away}"
    features = {each.feature for each in stored.probes} | {each.feature for each in stored.unscored}
    if features != {*FEATURES, "since ,", "after ,"}:
        return UNCHECKED, "an earlier version did not keep what was asked for, and it is not what is by default"
    return _same_probes(stored, partial(probe_run, run))


def _same_probes(stored: "ProbeSheet", probed: "Callable[..., ProbeSheet]") -> Verdict:
    again = probed(signal=stored.signal, layer=stored.layer, tokens=stored.tokens, name=stored.name, seed=stored.seed)
    if "features" in lacking(stored):
        again = replace(again, features=(), following=())
    return same_figures(stored, again, f"{len(again.probes)} features probed again: the same", "probed again, ")


def _course(run: Run, name: str) -> Verdict:
    return UNCHECKED, COURSE


def _trials(run: Run, name: str) -> Verdict:
    return UNCHECKED, "its trainings would have to be gone through again"


def _run_of(space: str, beside: Run) -> Run | None:
    """The run of a space "RUN/SPACE": in the folder of runs, or beside another; None where there is none."""
    owner = space.rpartition("/")[0]
    candidates = (Run(folder / owner) for folder in (runs_folder(), beside.path.parent))
    return next((run for run in candidates if owner and (run.path / "config.toml").is_file()), None)


def questions_of(stored: "AnalogyScore | ScoreDifference") -> "AnalogySet":
    """The questions that were asked: of their card, or of the file that they were read from while it is as it was.

    Raises:
        UsageError, CorpusError: they are not at hand.
    """
    if not stored.source:
        return replace(_questions(stored.questions), source="", checksum="")
    questions = _questions(stored.source)
    if Path(questions.source).is_absolute() and questions.checksum != stored.checksum:
        raise CorpusError(f"{stored.source} is not what it was when they were asked")
    return questions


def _questions(name: str) -> "AnalogySet":
    from embedkit.analysis.analogies.questions import AnalogySet
    from embedkit.corpora import questions_file, set_name

    path = questions_file(name)
    return AnalogySet.read(path, name=set_name(path))


MEASURED_AGAIN = (
    Remade("", ".json", _metrics, only="metrics"),
    Remade("maps", ".npz", _fidelity, about="fidelity"),
    Remade("clusters", ".json", _evidence, about="evidence"),
    Remade("comparisons", ".json", _comparison),
    Remade("differences", ".json", _difference),
    Remade("probes", ".json", _probe),
    Remade("", ".jsonl", _course, only="history"),
    Remade("", ".jsonl", _trials, only="trials"),
    Remade("snapshots", ".npz", _course),
)
"""What any kind of run can have, and takes longer than a quick verification may."""
