"""Measure again what a run keeps of itself: its headline, fidelity, evidence of clusters, comparisons, probes."""

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from embedkit.errors import CorpusError, EmbedkitError, RunError, UsageError
from embedkit.runs.folder import Run, runs_folder
from embedkit.runs.scratch import scratch_copy
from embedkit.studies.sources import corpus_away
from embedkit.studies.verdicts import COURSE, DIFFERS, MATCH, MEASURED, UNCHECKED, Remade, Verdict, brief, same_figures
from embedkit.tasks import Task

if TYPE_CHECKING:
    from embedkit.analysis.analogies.questions import AnalogySet
    from embedkit.analysis.clusters.evidence import ClusterEvidence
    from embedkit.analysis.maps.projection import Projection

FIDELITY = 2e-3
"""By how much the shares of a fidelity card may be off: what is as far as another on a map can change places."""
_COURSE = ("steps", "epochs", "seconds")
_COURSE_ENDS = ("_seen", "_per_second")


def _metrics(run: Run, _name: str) -> Verdict:
    """The headline figures, from the weights and the held-out text."""
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
        except (CorpusError, UsageError, RunError) as error:
            return UNCHECKED, f"cannot be measured here: {brief(error)}"
    measured = {key: None if value == float("inf") else value for key, value in measured.items()}
    course = [key for key in stored if key in _COURSE or key.endswith(_COURSE_ENDS)]
    ended = {key: value for key, value in stored.items() if key not in course}
    so = f"{len(measured)} figures measured again; {len(course)} are of the course of training"
    return same_figures(ended, measured, so, "measured again, ", relative=MEASURED)


def _fidelity(run: Run, name: str) -> Verdict:
    from embedkit.analysis.maps.measurement import measured_again
    from embedkit.analysis.maps.projection import rows_in
    from embedkit.analysis.maps.stored import MAPS
    from embedkit.spaces.space import last_part
    from embedkit.spaces.stored import load_run_space
    from embedkit.studies.clusters import hit_by_clusters

    stored = MAPS.load(run, name)
    if stored.fidelity is None:
        return UNCHECKED, "it was not measured: there are too few points"
    which = last_part(stored.space)
    whole = load_run_space(run, which)
    rows = rows_in(whole, stored.labels)
    if rows is None:
        return DIFFERS, "its points are not those of the space"
    again = hit_by_clusters(run, which, whole, measured_again(stored, whole.take(rows)))
    before, now = ([(each.fidelity, each.local) for each in (one, *one.faces)] for one in (stored, again))
    so = f"measured again on {stored.fidelity.sample:,} points, to {FIDELITY:g}"
    so += "" if stored.stability is None else "; its stability is not, which takes as many maps as it was measured by"
    return same_figures(before, now, so, "measured again, ", relative=0, absolute=FIDELITY)


def _evidence(run: Run, which: str) -> Verdict:
    from embedkit.analysis.clusters.clustering import cluster, with_evidence
    from embedkit.analysis.clusters.stored import CLUSTERINGS, clustered_points
    from embedkit.spaces.stored import load_run_space

    stored = CLUSTERINGS.load(run, which)
    space = clustered_points(stored, load_run_space(run, which))
    if space is None:
        return DIFFERS, "its points are not those of the space"
    settings = {key: stored.parameters[key] for key in ("min_size", "neighbors", "dimensions", "leaves")}
    again, evidence, gone = cluster(space, **settings), stored.evidence, ""
    if evidence is not None:
        evidence, maps, gone = _by_maps_there(run, which, evidence)
        stored = replace(stored, evidence=evidence)
        options: dict[str, Any] = {"test": False}
        if (test := evidence.test) is not None:
            options = {"sample": test.sample, "seed": test.seed}
        again = with_evidence(again, space, maps=maps, **options)
    names = ("names", "words", "nearest", "silhouette", "silhouette_sample", "evidence")
    before, now = ({name: getattr(each, name) for name in names} for each in (stored, again))
    so = "names, silhouette and evidence measured again: the same"
    result, why = same_figures(before, now, so, "measured again, ", relative=MEASURED)
    if gone and result == MATCH:
        return UNCHECKED, f"{why}, but for the agreement with maps that are others now, or gone: {gone}"
    return result, why


def _by_maps_there(
    run: Run, which: str, evidence: "ClusterEvidence"
) -> tuple["ClusterEvidence", list["Projection"], str]:
    """Evidence without its agreements with maps that are not kept any more, the maps of the others, and the titles of
    those that are not. What an earlier version kept does not say of which map it is: it is held against the present."""
    from embedkit.analysis.maps.projection import title_of
    from embedkit.analysis.maps.stored import flat_maps

    kept = {each.method: each for each in flat_maps(run, which)}
    there = [
        each
        for each in evidence.agreements
        if each.method in kept and each.source in ("", kept[each.method].fingerprint)
    ]
    gone = ", ".join(title_of(each.method) for each in evidence.agreements if each not in there)
    return replace(evidence, agreements=tuple(there)), [kept[each.method] for each in there], gone


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
    from embedkit.analysis.analogies.score_sheet import DIFFERENCES, SCORE_SHEETS
    from embedkit.analysis.analogies.scoring import answer, difference
    from embedkit.spaces.space import last_part
    from embedkit.spaces.stored import load_run_space

    stored = DIFFERENCES.load(run, name)
    other = _run_of(stored.other, run)
    sheet = SCORE_SHEETS.load_or_none(run, f"{last_part(stored.one)}-{last_part(stored.questions)}")
    if other is None or sheet is None:
        return UNCHECKED, f"{stored.other if other is None else 'the score sheet of its first space'} is not at hand"
    try:
        questions = _questions(stored.questions)
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
    if not stored.source.startswith("held-out text of "):
        return UNCHECKED, f"{stored.source} is not at hand"
    if away := corpus_away(run):
        return UNCHECKED, f"its text: {away}"
    again = probe_run(
        run, signal=stored.signal, layer=stored.layer, tokens=stored.tokens, name=stored.name, seed=stored.seed
    )
    before, now = (
        {probe.feature for probe in sheet.probes} | {each.feature for each in sheet.unscored}
        for sheet in (stored, again)
    )
    if before != now:
        return UNCHECKED, "it was asked for other features than a probe has by default"
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
