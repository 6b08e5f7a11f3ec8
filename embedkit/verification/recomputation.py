"""Make again what a run keeps, and hold it against that: its maps, scores, clusters and spaces, and its text."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import numpy as np

import embedkit
from embedkit.errors import CorpusError, EmbedkitError, MissingPackageError, UsageError
from embedkit.runs.folder import Run
from embedkit.runs.provenance import keeps
from embedkit.studies import series
from embedkit.studies.columns import remake_columns
from embedkit.studies.sources import CORPUS, corpus_verdict
from embedkit.studies.verdicts import DIFFERS, MATCH, ROUNDING, UNCHECKED, Remade, Verdict, brief, same_figures, verdict
from embedkit.tasks import Task, all_tasks
from embedkit.verification.checks import DAMAGE, Check, error_line
from embedkit.verification.measurement import FIDELITY, MEASURED_AGAIN, questions_away, questions_of, same_place

if TYPE_CHECKING:
    from embedkit.analysis.cells.traces import HiddenTrace
    from embedkit.analysis.maps.projection import Projection
    from embedkit.spaces.space import EmbeddingSpace
    from embedkit.text.vocabulary import Vocabulary

DISPARITY = 1e-3
"""Two layouts by one seed may differ by this Procrustes disparity, from 0 to 1. Other seeds differ by 0.15 and more."""
SHIFT = 0.05
"""By so much of the width of a map a single point of it may then lie elsewhere: of thousands of points one that is put
on the place of another is no disparity."""
TRUST, TRUST_OF_FEW = 0.02, 0.5
"""Two layouts without a seed may differ in trustworthiness by the first, or by the second over the square root of the
points if that is more. UMAP's over ten seeds lay within 0.14 with 10 points, 0.07 with 22, 0.04 with 60, 0.03 with 200
and 0.01 with 2,000; a picture at random is off by 0.2 to 0.4."""


def recompute(run: Run, called: str, *, quick: bool = False) -> Iterator[tuple[str, Callable[[], Check]]]:
    """What can be made again of a run: a title for each, and what makes it and gives the verdict.

    Args:
        called: the run's folder as a reader knows it.
        quick: without what is measured again from weights, vectors and corpus.
    """
    corpus = f"{CORPUS}{run.name}"
    yield corpus, partial(_checked, run, corpus, "", partial(corpus_verdict, run))
    for remade in remade_of(run):
        if quick and not remade.quick:
            continue
        for name in remade.names(run):
            path = f"{called}/{remade.folder}/{name}" if remade.folder else f"{called}/{name}"
            what = f"{path}{remade.suffix}{f': {remade.about}' if remade.about else ''}"
            yield what, partial(_checked, run, what, remade.kind, partial(remade.make, run, name))


def remade_of(run: Run) -> tuple[Remade, ...]:
    """What is made again of such a run: what any has, what its task or experiment adds, and what tasks do that are of
    no kind of run."""
    kinds = [run.task, *(task for task in all_tasks() if not task.kind)]
    return (*GENERAL, *MEASURED_AGAIN, *(remade for kind in kinds if kind.remade for remade in kind.load("remade")))


def left_out(run: Run) -> list[str]:
    """The kinds of what a run keeps that a quick verification does not make again."""
    return list(dict.fromkeys(remade.kind for remade in remade_of(run) if not remade.quick and remade.names(run)))


def _checked(run: Run, what: str, kind: str, make: Callable[[], Verdict]) -> Check:
    try:
        result, why = make()
        return Check("made again", what, result, f"{why}{_by_whom(run)}" if result == DIFFERS else why, kind)
    except DAMAGE as error:
        return Check("made again", what, DIFFERS, f"cannot be made again: {error_line(error)}", kind)


def _by_whom(run: Run) -> str:
    """That another version made a run, which may have measured otherwise; empty where it was this one."""
    made_by = run.provenance.get("embedkit")
    if made_by in (None, embedkit.__version__):
        return ""
    return f" (embedkit {made_by} made the run, and this is {embedkit.__version__}, which may measure otherwise)"


def _space(run: Run, which: str) -> Verdict:
    from embedkit.spaces.open import extract_space
    from embedkit.spaces.stored import load_run_space

    stored = load_run_space(run, which)
    if not _own_lengths(stored):
        return DIFFERS, "the lengths that it says its vectors have are not theirs"
    known = which in run.task.spaces
    if not known and not run.task.encode:
        return DIFFERS, f"{run.task.noun} has no space that is called so"
    if run.task.reread and known:
        return _other_statement(run, which, stored) or run.task.load("reread")(run, which)
    if not run.task.extract:
        return UNCHECKED, "there are no weights: the vectors are what was trained"
    if not (run.path / "weights.safetensors").exists():
        return UNCHECKED, "the run's weights are gone"
    try:
        remade = extract_space(run, which) if known else run.task.load("encode")(run, tuple(stored.labels))
    except CorpusError as error:  # it is of examples that are gone
        return UNCHECKED, f"not at hand: {brief(error)}"
    return same_space(run, which, stored, remade, "extracted" if known else "its texts encoded")


def _other_statement(run: Run, which: str, stored: "EmbeddingSpace") -> Verdict | None:
    """The verdict on a space that says of itself what its run does not; None where it does not."""
    from embedkit.spaces.space import last_part

    if last_part(stored.name) != which:
        return DIFFERS, f"it is called {stored.name!r}, and kept as {which!r}"
    if not isinstance(run.task, Task) or run.task.command is None:
        return None  # where a file's vectors came from is the file's to say
    stated, known = _plain(stored.provenance), _plain({**run.provenance, "which": which})
    wrong = next((key for key in stated if key in known and stated[key] != known[key]), None)
    return None if wrong is None else (DIFFERS, f"its statement {wrong!r} is not that of the run")


def same_space(run: Run, which: str, stored: "EmbeddingSpace", remade: "EmbeddingSpace", how: str) -> Verdict:
    """Whether two spaces have the same points in one order, with vectors that are the same to rounding, the same
    columns, and the same to say of themselves.

    Args:
        how: in which way it was made again, as in "extracted".
    """
    from embedkit.spaces.space import last_part

    if last_part(stored.name) != which or last_part(remade.name) != which:
        return DIFFERS, f"it is called {stored.name!r}, and kept as {which!r}"
    if tuple(stored.labels) != tuple(remade.labels) or stored.kept.shape != remade.kept.shape:
        return DIFFERS, "its labels or its size are not those of the weights"
    off = float(np.abs(stored.vectors - remade.vectors).max(initial=0))
    if not off <= ROUNDING * float(np.abs(remade.vectors).max(initial=0)):
        return DIFFERS, f"the weights give vectors that are off by up to {off:.3g}"
    so = f"{how} again from the weights: the same to the bit" if off == 0 else f"{how} again, off by {off:.1g}"
    unchecked = []
    for noun, one, other in (
        ("column", dict(stored.columns), dict(remade.columns)),
        ("statement", _plain(stored.provenance), _plain(remade.provenance)),
    ):
        if extra := [key for key in one if key not in other]:
            return DIFFERS, f"it has the {noun} {extra[0]!r}, which is not of the run"
        missing = [key for key in other if key not in one]
        if missing and keeps(run.provenance, ""):
            return DIFFERS, f"it lacks the {noun} {missing[0]!r}"
        differing = [key for key in one if not _same_values(one[key], other[key])]
        renamed = differing == ["run"] and noun == "statement"
        if differing and not renamed:
            return DIFFERS, f"its {noun} {differing[0]!r} is not that of the run"
        unchecked += [f"{noun} {key!r}" for key in missing] + ["name that the run had"] * renamed
    if stored.name != remade.name and "name that the run had" not in unchecked:
        return DIFFERS, f"it is called {stored.name!r}, and of {stored.provenance.get('run')!r}"
    return (UNCHECKED, f"{so}, but for the {', the '.join(unchecked)}") if unchecked else (MATCH, so)


def _plain(values: Mapping[str, Any]) -> Any:
    """As it stands in a file."""
    return json.loads(json.dumps(dict(values)))


def _same_values(one: Any, other: Any) -> bool:
    if not isinstance(one, np.ndarray):
        return type(one) is type(other) and bool(one == other)
    if one.dtype.kind != other.dtype.kind:
        return False
    return same_figures(one, other, "")[0] == MATCH


def _own_lengths(space: "EmbeddingSpace") -> bool:
    """Whether the lengths of vectors that are kept beside them, by which cosines are computed, are theirs."""
    from embedkit.spaces.space import norms_of

    return bool(np.allclose(space.norms, norms_of(space.kept), rtol=ROUNDING, atol=0, equal_nan=True))


def _trace(run: Run, name: str) -> Verdict:
    return _traced(run, name, "signals", "values")


def _surprisal(run: Run, name: str) -> Verdict:
    return _traced(run, name, "surprisal", "surprisal and features of the text")


def _traced(run: Run, name: str, part: str, called: str) -> Verdict:
    """Signals of a trace, or what the network expected and what the text is like, computed again from the weights."""
    from embedkit.analysis.cells.traces import TRACES
    from embedkit.studies.tracing import read, trace_reading

    if not (run.path / "weights.safetensors").exists():
        return UNCHECKED, "the run's weights are gone"
    stored = TRACES.load(run, name)
    if not run.task.reader:
        try:
            remade = run.task.load("retrace")(run, name, stored.layer)
        except CorpusError as error:
            return UNCHECKED, f"not at hand: {brief(error)}"
        if remade is None:
            return UNCHECKED, "it is of a file, which is not kept"
        return _without_gates(run, _same_trace(stored, remade, part, called), stored)

    def ids(vocabulary: "Vocabulary") -> list[int]:
        token_ids = [vocabulary.index_of(token) for token in stored.tokens]
        return [token for token in token_ids if token is not None]

    remade = trace_reading(read(run, ids), layer=stored.layer)
    return _without_gates(run, _same_trace(stored, remade, part, called), stored)


def _same_trace(stored: "HiddenTrace", remade: "HiddenTrace", part: str, called: str) -> Verdict:
    if remade.tokens != stored.tokens or remade.values.shape != stored.values.shape:
        return DIFFERS, "its tokens or its size are not those of the run"
    if part == "surprisal":
        names = ("surprisal", "features", "words", "borders")
        before, now = ({name: getattr(each, name) for name in names} for each in (stored, remade))
        return same_figures(before, now, f"{called} computed again from the weights", f"{called} computed again, ")
    if stored.gates and stored.signals.keys() != remade.signals.keys():
        return DIFFERS, f"its signals are {', '.join(stored.signals)}, and the weights give {', '.join(remade.signals)}"
    differences = [np.abs(remade.signals[signal] - values) for signal, values in stored.signals.items()]
    off = float(np.max(differences))  # NaN where one is, which is within no tolerance
    largest = max(float(np.abs(values).max()) for values in remade.signals.values())
    how = f"computed again from the weights, off by {off:.1g}"
    if not off <= ROUNDING * max(largest, 1.0):
        return DIFFERS, f"the weights give {called} that are off by up to {off:.3g}"
    return (MATCH, how) if stored.gates or not remade.gates else (UNCHECKED, f"{how}, but it has no gates")


def _without_gates(run: Run, result: Verdict, stored: "HiddenTrace") -> Verdict:
    """Gates are not kept by the first versions; where this one made the run, they were taken out."""
    if result[0] == UNCHECKED and not stored.gates and keeps(run.provenance):
        return DIFFERS, "it has no gates"
    return result


def _map(run: Run, name: str) -> Verdict:
    from embedkit.analysis.copies import spots_of
    from embedkit.analysis.maps.measurement import measured_again
    from embedkit.analysis.maps.projection import METHODS, fingerprint, rows_in
    from embedkit.analysis.maps.stored import MAPS
    from embedkit.spaces.space import last_part
    from embedkit.spaces.stored import load_run_space

    stored = MAPS.load(run, name)
    whole = load_run_space(run, last_part(stored.space))
    rows = rows_in(whole, stored.labels)
    space = None if rows is None else whole.take(rows)
    if space is None or (stored.source and fingerprint(space) != stored.source):
        return DIFFERS, "its points are not those of the space"
    method = METHODS.get(stored.method)
    if method is None:
        return _by_no_method(stored)
    options = {key: stored.parameters[key] for key in method.options if key in stored.parameters}
    if method.by_words:
        options["vocabulary"] = whole
    exact = method.exact or "laid_out" in stored.parameters
    # Versions before laid out copies each by itself, or took only those together that are the same to the bit.
    distinct = len(spots_of(space, stored.parameters.get("metric", "cosine")).firsts)
    as_now = stored.parameters.get("distinct_vectors", len(space)) == distinct
    seeded = stored.parameters.get("seed") is not None and as_now and same_place(stored.parameters)
    try:
        remade = method.project(space, dimensions=stored.dimensions, measured=not (exact or seeded), **options)
    except (ImportError, MissingPackageError) as error:
        return UNCHECKED, f"{stored.method} cannot be called here: {error}"
    except UsageError as error:
        return DIFFERS, f"{stored.method} refuses what the map says that it was made by: {error}"
    if other := _other_figure(stored, remade, space):
        return DIFFERS, f"laid out again, its {other} is another"
    if exact:
        return _exactly(stored.points, remade.points)
    if seeded:
        return _by_seed(stored.points, remade.points)
    measured = measured_again(replace(stored, faces=()), space)
    if stored.fidelity is not None and measured.fidelity is not None:
        stated, own = (each.near().trustworthiness for each in (stored.fidelity, measured.fidelity))
        if not abs(stated - own) <= FIDELITY:
            return DIFFERS, f"its points have a trustworthiness of {own:.3f}, and it says {stated:.3f}"
    return _by_trust(measured, remade)


def _by_no_method(stored: "Projection") -> Verdict:
    """Of a map by a method that is not registered here: whether a package that is not installed could bring it."""
    gone = [name for name in stored.parameters.get("versions", {}) if not is_installed(name)]
    if gone:
        return UNCHECKED, f"{stored.method} takes {', '.join(gone)}, which is not installed here"
    return DIFFERS, f"no method is called {stored.method}, and all packages that it says it was made by are installed"


def is_installed(package: str) -> bool:
    try:
        version(package)
    except (PackageNotFoundError, ValueError):
        return False
    return True


def _other_figure(stored: "Projection", remade: "Projection", space: "EmbeddingSpace") -> str:
    """Which figure of a map beside its points is another in one that was laid out again; "" where none is.

    Parameters that only one version keeps are not compared, nor what the call or the machine decided.
    How many distinct vectors there are may be told by any rule that a version had.
    """
    from embedkit.analysis.copies import identical, spots_of

    if same_figures(stored.explained_variance, remade.explained_variance, "")[0] != MATCH:
        return "explained variance"
    counts = ("distinct_vectors", "most_at_one_spot")
    ways = (spots_of(space, "cosine"), spots_of(space, "euclidean"), identical(space))
    known = [spots.parameters() for spots in ways]
    if {key: stored.parameters[key] for key in counts if key in stored.parameters} not in known:
        return "number of distinct vectors"
    of_circumstances = {"versions", "machine", "sample", "solver_chosen", *counts}
    compared = (stored.parameters.keys() & remade.parameters.keys()) - of_circumstances
    before, now = ({key: each.parameters[key] for key in sorted(compared)} for each in (stored, remade))
    other = next((key for key in before if same_figures(before[key], now[key], "")[0] != MATCH), "")
    return other.replace("_", " ")


def _exactly(stored: np.ndarray, remade: np.ndarray) -> Verdict:
    off = float(np.abs(stored - remade).max(initial=0)) / (float(np.ptp(remade, axis=0).max(initial=0)) or 1.0)
    how = "laid out again: the same to the bit" if off == 0 else f"laid out again, off by {off:.1g} of its width"
    return verdict(off <= ROUNDING, how, f"laid out again, points are off by up to {off:.3g} of its width")


def _by_seed(stored: np.ndarray, remade: np.ndarray) -> Verdict:
    if np.array_equal(stored, remade):
        return MATCH, "laid out again with its seed: the same to the bit"
    from scipy.spatial import procrustes

    elsewhere = int((stored != remade).any(axis=1).sum())
    if 2 * elsewhere < len(stored):  # rounding moves all of them
        return DIFFERS, f"laid out again with its seed: {elsewhere:,} points lie elsewhere, all others to the bit there"
    one, other, disparity = procrustes(stored, remade)
    shift = float(np.linalg.norm(one - other, axis=1).max()) / float(np.ptp(one, axis=0).max())
    finding = (
        f"laid out again with its seed: Procrustes disparity {disparity:.2g}, no point is off by more than {shift:.2g} "
        "of its width"
    )
    fits = disparity <= DISPARITY and shift <= SHIFT
    return verdict(fits, finding, f"{finding}; at most {DISPARITY:g} and {SHIFT:g} may be")


def _by_trust(stored: "Projection", remade: "Projection") -> Verdict:
    """Layouts without a seed, or from another machine or version, are other pictures; as true they have to be.

    Args:
        stored: with a fidelity that was measured of its points once more.
    """
    if stored.fidelity is None or remade.fidelity is None:
        return UNCHECKED, "too few points to measure its fidelity, and no seed to lay them out again"
    before, now = stored.fidelity.near().trustworthiness, remade.fidelity.near().trustworthiness
    finding = f"laid out again, trustworthiness is {now:.3f}, and {before:.3f} here"
    allowed = max(TRUST, TRUST_OF_FEW / stored.fidelity.sample**0.5)
    if not abs(before - now) <= allowed:
        return DIFFERS, f"{finding}: more than {allowed:.2g} apart"
    return UNCHECKED, f"{finding}; where each point lies is another's to draw, and was not checked"


def _clusters(run: Run, which: str) -> Verdict:
    from embedkit.analysis.clusters.clustering import cluster
    from embedkit.analysis.clusters.stored import CLUSTERINGS, clustered_points
    from embedkit.spaces.stored import load_run_space

    stored = CLUSTERINGS.load_or_none(run, which)
    assert stored is not None, "it is listed"
    space = clustered_points(stored, load_run_space(run, which))
    if space is None:
        return DIFFERS, "its points are not those of the space"
    settings = {key: stored.parameters[key] for key in ("min_size", "neighbors", "dimensions", "leaves")}
    remade = cluster(space, **settings)
    moved = int((remade.labels != stored.labels).sum())
    same = f"{len(remade)} clusters, the same"
    return verdict(not moved, same, f"clustered again, {moved:,} of {len(stored.labels):,} points lie elsewhere")


def _sheet(run: Run, name: str) -> Verdict:
    from embedkit.analysis.analogies.score_sheet import SCORE_SHEETS, score_name
    from embedkit.analysis.analogies.scoring import score
    from embedkit.spaces.space import last_part
    from embedkit.spaces.stored import load_run_space

    stored = SCORE_SHEETS.load(run, name)
    if name != score_name(stored):
        return DIFFERS, f"it is of {score_name(stored)!r}, and kept as {name!r}"
    try:
        questions = questions_of(stored)
    except EmbedkitError as error:
        return questions_away(stored, error)
    if len(questions) != stored.micro.total:
        return DIFFERS, f"{questions.name} has {len(questions):,} questions, and it says {stored.micro.total:,}"
    remade = score(
        load_run_space(run, last_part(stored.space)),
        questions,
        restrict=stored.restrict,
        lowercase=stored.lowercase,
        seed=stored.seed,
        **({"methods": [row.method for row in stored.micro.methods]} if stored.micro.methods else {}),
    )
    return same_figures(stored, remade, f"{remade.micro.total:,} questions asked again: the same", "asked again, ")


GENERAL = (
    Remade("spaces", ".npz", _space, quick=True),
    Remade("maps", ".npz", _map, quick=True),
    Remade("traces", ".npz", _trace, quick=True),
    Remade("traces", ".npz", _surprisal, about="surprisal"),
    Remade("clusters", ".json", _clusters, quick=True),
    Remade("columns", ".json", remake_columns, quick=True),
    Remade("analogies", ".json", _sheet, quick=True),
    *series.REMADE,
)
"""What any kind of run can have; a task adds its own."""
