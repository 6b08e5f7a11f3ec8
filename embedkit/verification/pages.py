"""Hold a rendered report against what it was made from.

Five questions, each answered piece by piece: are the artefacts those that it names; do they give the page again, to the
byte; are its figures those that were rendered; do the spaces give the same maps, clusters and scores; and do the
weights give the spaces. What cannot be checked is said, and is no failure.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from pathlib import Path

from embedkit.errors import ReportError
from embedkit.progress import Steps, no_steps
from embedkit.report.lineage import VERSION, Lineage, RunLineage, read_lineage
from embedkit.report.origins import artefact, own_files, restore_material, run_lineage
from embedkit.runs.folder import Run, runs_folder
from embedkit.studies.sources import CORPUS
from embedkit.studies.verdicts import DIFFERS, MATCH, UNCHECKED, Verdict
from embedkit.verification.checks import DAMAGE, UNPROVEN, Check, error_line
from embedkit.verification.claims import claims, other_renderer
from embedkit.verification.pieces import pieces
from embedkit.verification.recomputation import left_out, recompute
from embedkit.verification.whole import difference

STEPS = ("artefact", "page", "figure", "made again")
_WHOLE = "every byte of it"


@dataclass(frozen=True)
class Verification:
    """What was looked at of a report, in the order of `STEPS`."""

    report: str
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing differs, and this version can tell; what could not be checked is no failure."""
        return not self.failures

    @property
    def failures(self) -> tuple[Check, ...]:
        """What differs, and after it what only another version can prove."""
        return tuple(check for verdict in (DIFFERS, UNPROVEN) for check in self.checks if check.verdict == verdict)

    @property
    def unchecked(self) -> tuple[Check, ...]:
        """What could not be checked, a check for all of a kind that have one reason: "3 of scores"."""
        groups: dict[tuple[str, str, str], list[Check]] = {}
        for check in self.checks:
            if check.verdict == UNCHECKED:
                groups.setdefault((check.step, check.kind or check.what, check.why), []).append(check)
        return tuple(
            group[0] if len(group) == 1 else replace(group[0], what=f"{len(group):,} of {group[0].kind}")
            for group in groups.values()
        )

    @property
    def away(self) -> tuple[str, ...]:
        """The corpora that are not at hand: "the corpus of demo"."""
        return tuple(
            check.what for check in self.checks if check.verdict == UNCHECKED and check.what.startswith(CORPUS)
        )

    def count(self, verdict: str) -> int:
        return sum(check.verdict == verdict for check in self.checks)


def verify(path: str | Path, *, quick: bool = False, steps: Steps = no_steps) -> Verification:
    """Check a report against the runs in the folder of runs.

    Args:
        quick: without what is measured again from weights, vectors and corpus: perplexities, scores, fidelity, evidence
            of clusters, samples and so on.

    Raises:
        ReportError: it is no report, carries no lineage or a hostile one, or a run that it shows is not there.
    """
    path = Path(path)
    page = _read(path)
    lineage = read_lineage(page, str(path))
    folder = runs_folder()
    runs = {shown_run.path: Run(folder / shown_run.path) for shown_run in lineage.runs}
    for run in runs.values():
        if not (run.path / "config.toml").is_file():
            raise ReportError(
                f"{run.path}: no such run, and {path} shows it; set EMBEDKIT_RUNS to the folder that it lies in"
            )
    checks: list[Check] = []
    for shown_run in lineage.runs:
        with steps(f"{shown_run.name}: checksums of {len(shown_run.artefacts)} artefacts"):
            checks += _artefacts(shown_run, runs[shown_run.path], lineage.version)
    with steps("render the report again"):
        checks += _page(page, lineage, path)
    for where, run in runs.items():
        for title, check in recompute(run, str(folder / where), quick=quick):
            with steps(f"make again: {title}"):
                checks.append(check())
        if quick and (kinds := left_out(run)):
            why = "a quick verification leaves it out"
            checks.append(Check("made again", f"{folder / where}: {', '.join(kinds)}", UNCHECKED, why))
    return Verification(str(path), tuple(checks))


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")  # line ends as they are
    except FileNotFoundError:
        raise ReportError(f"{path}: no such file") from None
    except (IsADirectoryError, UnicodeDecodeError):
        raise ReportError(f"{path} is no report; render one with `embedkit report`") from None


def _artefacts(stated: RunLineage, run: Run, version: int) -> Iterator[Check]:
    try:
        now = {each.path: each for each in run_lineage(run).artefacts}
        own = own_files(run)
    except DAMAGE:  # its config or provenance cannot be read, which its checksum tells as well
        now, own = {}, ()
    folder = runs_folder()
    for recorded in stated.artefacts:
        file = folder / recorded.path
        current = now.pop(recorded.path, None) or (artefact(file, recorded.path) if file.is_file() else None)
        if current is None:
            yield Check("artefact", str(file), DIFFERS, "missing")
        elif current == recorded:
            yield Check("artefact", str(file), MATCH, f"sha256 {recorded.sha256[:12]}…")
        elif current.size != recorded.size:
            yield Check("artefact", str(file), DIFFERS, f"altered ({current.size:,} bytes, not {recorded.size:,})")
        else:
            hashes = f"{current.sha256[:12]}…, not {recorded.sha256[:12]}…"
            yield Check("artefact", str(file), DIFFERS, f"altered (sha256 {hashes})")
    for path in now:
        required = any(fnmatch(path.removeprefix(f"{stated.path}/"), pattern) for pattern in own)
        yield Check("artefact", str(folder / path), *_unlisted(required, version))


def _unlisted(required: bool, version: int) -> Verdict:
    """What is to say of a file that a page does not name."""
    if not required:
        return UNCHECKED, "was not there when the report was rendered"
    if version < VERSION:
        return UNCHECKED, "has no checksum: the report was rendered before one was kept; render it again"
    return DIFFERS, "is not among the files that the page names: it is newer, or was taken out; render the report again"


def _page(page: str, lineage: Lineage, path: Path) -> Iterator[Check]:
    """All of the page, and each figure in it, against what the artefacts give now."""
    other = other_renderer(lineage)
    yield from claims(lineage)
    try:
        again = _render_again(lineage, path)
    except DAMAGE as error:
        again = None
        yield Check("page", _WHOLE, DIFFERS, f"cannot be rendered from the artefacts: {error_line(error)}")
    if again is not None:
        try:
            first = difference(page, again)
        except ReportError as error:
            first = str(error)
        if other:
            yield Check("page", _WHOLE, UNPROVEN, other)
        elif first:
            yield Check("page", _WHOLE, DIFFERS, f"it is not what its artefacts give, {first}")
        else:
            yield Check("page", _WHOLE, MATCH, f"rendered again: {len(page):,} characters, the same")
    yield from pieces(page, lineage, again, other)


def _render_again(lineage: Lineage, path: Path) -> str:
    """The page as the artefacts give it now, under the versions and the checksums that it states.

    Raises:
        ReportError: it states a recipe that is wrong, or other runs than it shows.
        EmbedkitError: artefacts are damaged.
    """
    from embedkit.report.compose import lineage_of, recipe_report
    from embedkit.report.material import Material
    from embedkit.report.recipes import stated_recipe
    from embedkit.report.rendering import to_html
    from embedkit.report.sections.spec import section_specs

    material = restore_material(lineage.arguments, Material, runs_folder(), str(path))
    recipe = stated_recipe(lineage.recipe, lineage.recipe_text, section_specs())
    traced = lineage_of(recipe, material, lineage.command)
    if [run.path for run in traced.runs] != [run.path for run in lineage.runs]:
        raise ReportError("the runs that it states are not those that it shows")
    return to_html(recipe_report(recipe, material, lineage.command, _as_stated(lineage, traced)))


def _as_stated(stated: Lineage, traced: Lineage) -> Lineage:
    """A lineage under the versions of the page that states one, and with its checksums where files differ now: which
    do is told of the files themselves, and the page is held against what it was made from."""
    runs = tuple(
        each if set(each.artefacts) == set(before.artefacts) else replace(each, artefacts=before.artefacts)
        for each, before in zip(traced.runs, stated.runs, strict=True)
    )
    return replace(traced, embedkit=stated.embedkit, bokeh=stated.bokeh, runs=runs)
