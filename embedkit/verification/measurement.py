"""Measure again what a run keeps of itself: its headline, fidelity, evidence of clusters, comparisons, probes."""

import platform
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from math import isclose
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embedkit.errors import CorpusError, EmbedkitError, MissingPackageError, UsageError
from embedkit.files import sha256
from embedkit.runs.artefacts import lacking
from embedkit.runs.folder import Run, runs_folder
from embedkit.runs.provenance import keeps
from embedkit.runs.scratch import scratch_copy
from embedkit.studies.sources import corpus_away, unreadable
from embedkit.studies.verdicts import (
    COURSE,
    DIFFERS,
    EXACT,
    MATCH,
    MEASURED,
    UNCHECKED,
    Remade,
    Verdict,
    brief,
    same_figures,
    verdict,
)
from embedkit.tasks import Experiment, Task
from embedkit.verification.course import REMADE as COURSES
from embedkit.verification.course import effort

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
_COURSE = ("seconds", "training_seconds", "words_per_second")
"""What metrics.json says of the training of words, which has no trainer."""


def _metrics(run: Run, _name: str) -> Verdict:
    """The headline figures, from the weights and the held-out text; of a lab, from its trials."""
    if isinstance(run.task, Experiment) and run.task.figures:
        return _of_trials(run, run.task)
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
            return unreadable(run, error, "cannot be measured here")
    measured = {key: None if value == float("inf") else value for key, value in measured.items()}
    course = [key for key in stored if key in effort(run)]
    ended = {key: value for key, value in stored.items() if key not in course}
    if unknown := [key for key in ended if key not in measured]:
        return DIFFERS, f"it says {unknown[0]!r}, which is no figure of {run.task.noun}"
    so = f"{len(measured)} figures measured again; {len(course)} are of the course of training"
    result = same_figures(ended, measured, so, "measured again, ", relative=MEASURED)
    if result[0] != MATCH:
        return result
    # Of counts that are the same: rounding does not reach them.
    shares = {key: value for key, value in measured.items() if _is_share(value, measured)}
    kept = {key: ended[key] for key in shares}
    exact = same_figures(kept, shares, so, "measured again, ", relative=EXACT, absolute=EXACT)
    return result if exact[0] == MATCH else exact


def _is_share(value: Any, figures: Mapping[str, Any]) -> bool:
    """Whether a figure is one whole number over another, of those beside it."""
    counts = {each for each in figures.values() if type(each) is int}
    return isinstance(value, float) and any(
        isclose(value * n, each, rel_tol=EXACT) for n in counts if n for each in counts
    )


def _of_trials(run: Run, experiment: Experiment) -> Verdict:
    """The figures of an experiment, which follow from its trials alone."""
    options, records = _options(run, experiment), _in_order(run, experiment)
    if records is None and keeps(run.provenance):
        return DIFFERS, "its trials are not those of its options, so that no figures follow from them"
    if records is None:
        return UNCHECKED, "an earlier version kept other settings of its trials"
    computed = experiment.load("figures")(options, records)
    so = f"{len(computed)} figures follow from {len(records):,} trials"
    return same_figures(run.metrics, computed, so, "from the trials, ", relative=EXACT, absolute=EXACT)


def _options(run: Run, experiment: Experiment) -> Any:
    from embedkit.config import from_table

    return from_table(experiment.resolve(experiment.options), run.config["options"], stored=True)


def _in_order(run: Run, experiment: Experiment) -> list[dict[str, Any]] | None:
    """The records of an experiment in the order of its trials; None where they are not all of them, each once."""
    import json

    keys = [json.dumps(each, sort_keys=True) for each in experiment.load("trials")(_options(run, experiment))]
    records = {json.dumps(record["settings"], sort_keys=True): record for record in run.trials}
    if sorted(records) != sorted(keys) or len(records) != len(run.trials):
        return None
    return [records[key] for key in keys]


def _counted(run: Run) -> Verdict:
    """The figures that are counts, and no measurements of a network."""
    try:
        counts = run.task.load("counted")(run)
    except (CorpusError, UsageError) as error:
        if not corpus_away(run):
            raise
        return UNCHECKED, f"its text: {brief(error)}"
    trained = isinstance(run.task, Task) and run.task.command is not None
    course = [key for key in run.metrics if trained and key not in counts and key in _COURSE]
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
    result, why = same_figures(before, now, so, "measured again, ", relative=0, absolute=FIDELITY)
    if result != DIFFERS and stored.stability is not None:
        stable, of_stability = _stability(stored, space)
        result, why = (result if stable == MATCH else stable), f"{why}; {of_stability}"
    if by_all and result != DIFFERS:
        return UNCHECKED, f"{why}; its neighbourhood hit counts points without a label, as versions before 0.3 did"
    return result, why


def _stability(stored: "Projection", space: "EmbeddingSpace") -> Verdict:
    """The stability of a map over as many maps as it was measured by: they are drawn by the seeds 0, 1, 2, …"""
    from embedkit.analysis.maps.projection import METHODS
    from embedkit.analysis.maps.stability import stability

    kept = stored.stability
    assert kept is not None, "there is one"
    if kept.method != stored.method or kept.method not in METHODS:
        return DIFFERS, f"its stability is that of maps by {kept.method}"
    for key, value in kept.parameters.items():
        # A map says what was used: of few points that is fewer neighbours than were to be.
        used = stored.parameters.get(key, value)
        if used != value and not (isinstance(used, int | float) and isinstance(value, int | float) and used < value):
            return DIFFERS, f"its stability is that of maps whose {key} is {value}, and its own is {used}"
    options = {key: value for key, value in kept.parameters.items() if key != "seed"}
    try:
        again = stability(space, kept.method, seeds=kept.seeds.maps, subsample=kept.share, k=kept.k, **options)
    except (ImportError, MissingPackageError) as error:
        return UNCHECKED, f"its stability is not: {error}"
    draws, here = METHODS[kept.method].draws(space, options), same_place(stored.parameters)
    so, anew = f"its stability over {kept.seeds.maps} seeds too", "its stability measured again, "
    result, why = same_figures(kept, again, so, anew, absolute=FIDELITY)
    if result == DIFFERS and draws and not here:
        return UNCHECKED, "its stability is not, which other versions or another machine measured otherwise"
    return result, why


def same_place(parameters: Mapping[str, Any]) -> bool:
    """Whether a seed gives the same picture: on this machine's architecture, with the packages of then."""
    try:
        packages = {name: version(name) for name in parameters.get("versions", {})}
    except PackageNotFoundError:
        return False
    return parameters.get("machine") == platform.machine() and packages == parameters.get("versions")


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
        return questions_away(stored, error)
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
    """Whether the trials of an experiment are those of its options, with results that such trials can have."""
    experiment, gone_through = run.task, "its trainings would have to be gone through again"
    if not isinstance(experiment, Experiment) or not experiment.trials:
        return UNCHECKED, gone_through
    records = _in_order(run, experiment)
    if records is None and run.finished:
        if keeps(run.provenance):
            return DIFFERS, "they are not the trials of its options, each once"
        return UNCHECKED, f"{gone_through}, and an earlier version kept other settings of them"
    if experiment.impossible and records is not None:
        options, impossible = _options(run, experiment), experiment.load("impossible")
        for record in records:
            if reason := impossible(options, record):
                plain = ((key, value) for key, value in record["settings"].items() if not isinstance(value, dict))
                return DIFFERS, f"the trial of {', '.join(f'{key} {value}' for key, value in plain)}: {reason}"
    return UNCHECKED, f"{gone_through}; they are those of its options, and their results are possible ones"


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


def questions_away(stored: "AnalogyScore | ScoreDifference", error: EmbedkitError) -> Verdict:
    """The verdict on what was asked by questions that cannot be read: a file may be gone, and a set that comes along
    is there under its name."""
    if stored.source and not Path(stored.source).is_absolute():
        return DIFFERS, f"its questions are none: {brief(error)}"
    return UNCHECKED, f"the questions are not at hand: {brief(error)}"


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
    Remade("", ".jsonl", _trials, only="trials"),
    Remade("snapshots", ".npz", _course),
    *COURSES,
)
"""What any kind of run can have, and takes longer than a quick verification may."""
