"""Hold a rendered report against what it was made from.

Four questions, each answered piece by piece: are the artefacts those that it names; are its figures those that were
rendered, and do the artefacts give the same ones again; do the spaces give the same maps, clusters and scores; and do
the weights give the spaces. What cannot be checked is said, and is no failure.
"""

import base64
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

import embedkit
from embedkit.errors import ReportError
from embedkit.progress import Steps, no_steps
from embedkit.report.digests import PieceDigest, blocks, canonical_data, page_digests
from embedkit.report.lineage import Lineage, read_lineage
from embedkit.report.origins import artefact, restore_material, run_lineage
from embedkit.report.outline import read_outline
from embedkit.runs.folder import Run, runs_folder
from embedkit.studies.verdicts import DIFFERS, MATCH, UNCHECKED
from embedkit.verification.recomputation import DAMAGE, Check, error_line, recompute

STEPS = ("artefact", "figure", "made again")

_DIGITS = 1e-12
"""By which numbers of a figure may be off, relatively: two ways to one interval round in other places."""
_COSINE = 1e-5  # by which cosines of a space in the page may be off where another processor computed them


@dataclass(frozen=True)
class Verification:
    """What was looked at of a report, in the order of `STEPS`."""

    report: str
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing differs; what could not be checked is no failure."""
        return not self.count(DIFFERS)

    def count(self, verdict: str) -> int:
        return sum(check.verdict == verdict for check in self.checks)


def verify(path: str | Path, *, steps: Steps = no_steps) -> Verification:
    """Check a report against the runs in the folder of runs.

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
            raise ReportError(f"{run.path}: no such run, and {path} shows it; is EMBEDKIT_RUNS its folder?")
    checks: list[Check] = []
    for shown_run in lineage.runs:
        with steps(f"{shown_run.name}: checksums of {len(shown_run.artefacts)} artefacts"):
            checks += _artefacts(lineage, shown_run.path, runs[shown_run.path])
    with steps("render the report again"):
        checks += _figures(page, lineage, path)
    for where, run in runs.items():
        for title, check in recompute(run, str(folder / where)):
            with steps(f"make again: {title}"):
                checks.append(check())
    return Verification(str(path), tuple(checks))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ReportError(f"{path}: no such file") from None
    except (IsADirectoryError, UnicodeDecodeError):
        raise ReportError(f"{path} is no report; render one with `embedkit report`") from None


def _artefacts(lineage: Lineage, where: str, run: Run) -> Iterator[Check]:
    stated = next(each for each in lineage.runs if each.path == where)
    try:
        now = {each.path: each for each in run_lineage(run).artefacts}
    except DAMAGE:  # its config or provenance cannot be read, which its checksum tells as well
        now = {}
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
        yield Check("artefact", str(folder / path), UNCHECKED, "was not there when the report was rendered")


def _figures(page: str, lineage: Lineage, path: Path) -> Iterator[Check]:
    """Each figure in the page, in its lineage, and as the artefacts give it now.

    What the lineage states is compared by the rule of its version, and the two pages by the rule of today: so a page
    of an older version holds although its markup would be written in another way now.
    """
    outline = read_outline(page)
    in_page = {each.name: each for each in page_digests(outline, lineage.version)}
    today = {each.name: each.sha256 for each in page_digests(outline)}
    try:
        again = _render_again(lineage, path)
    except DAMAGE as error:
        again = None
        yield Check(
            "figure", "the whole report", DIFFERS, f"cannot be rendered from the artefacts: {error_line(error)}"
        )
    remade = {} if again is None else {each.name: each.sha256 for each in page_digests(again)}
    version = f" (rendered by embedkit {lineage.embedkit}, and this is {embedkit.__version__})"
    version = version if lineage.embedkit != embedkit.__version__ else ""
    for stated in lineage.digests:
        what = _called(stated)
        if in_page.get(stated.name) != stated:
            yield Check("figure", what, DIFFERS, "the page does not show what was rendered: it has been altered")
        elif again is None:
            yield Check("figure", what, UNCHECKED, "the report cannot be rendered from the artefacts")
        elif stated.name not in remade:
            yield Check("figure", what, DIFFERS, f"the artefacts no longer give it{version}")
        elif remade[stated.name] == today.get(stated.name):
            yield Check("figure", what, MATCH, f"sha256 {stated.sha256[:12]}…")
        elif _nearly(stated.name, page, again):
            why = "another processor computed its cosines" if stated.section == "page" else "its last digits"
            yield Check("figure", what, MATCH, f"to rounding: {why}")
        else:
            yield Check("figure", what, DIFFERS, f"the artefacts give another one{version}")
    stated_names = {each.name for each in lineage.digests}
    for name, extra in in_page.items():
        if name not in stated_names:
            yield Check("figure", _called(extra), DIFFERS, "it was not rendered: it has been put into the page")


def _render_again(lineage: Lineage, path: Path) -> str:
    """The page as the artefacts give it now, under the name of the version that rendered it."""
    from embedkit.report.compose import compose
    from embedkit.report.material import Material
    from embedkit.report.rendering import to_html

    material = restore_material(lineage.arguments, Material, runs_folder(), str(path))
    report = compose(lineage.recipe, material, lineage.command, lineage.recipe_text)
    if report.lineage is not None:
        report = replace(report, lineage=replace(report.lineage, embedkit=lineage.embedkit))
    return to_html(report)


def _called(each: PieceDigest) -> str:
    return f"{each.name}: {each.heading}" if each.section == "page" else f"{each.section}, {each.name}: {each.heading}"


def _nearly(name: str, page: str, again: str) -> bool:
    """Whether the vectors, the cosines or the figures of two pages are the same but for rounding."""
    if name.startswith("figure-"):
        one, other = (canonical_data(name, blocks(text).get(name, "null")) for text in (page, again))
        return _near_values(one, other)
    one, other = (json.loads(blocks(text).get(name, "null")) for text in (page, again))
    try:
        if name.startswith("vectors-"):
            first, second = (np.frombuffer(base64.b64decode(each), "<i2").astype(int) for each in (one, other))
            return first.shape == second.shape and bool((np.abs(first - second) <= 1).all())
        return name == "spaces" and len(one) == len(other) and all(map(_near_space, one, other))
    except (KeyError, TypeError, ValueError):
        return False


def _near_values(one: Any, other: Any) -> bool:
    """Whether two values of JSON differ in the last digits of their numbers at most."""
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=_DIGITS)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_near_values(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_near_values, one, other))
    return type(one) is type(other) and one == other


def _near_space(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    if {**one, "cosines": ""} != {**other, "cosines": ""}:
        return False
    first, second = (np.frombuffer(base64.b64decode(each["cosines"]), "<f4") for each in (one, other))
    return first.shape == second.shape and bool(np.allclose(first, second, rtol=0, atol=_COSINE))
