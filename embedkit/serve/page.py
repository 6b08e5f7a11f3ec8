"""What a visitor sees: a page of the runs folder, and one of each run with its map and panels to ask from."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from embedkit.analysis.analogies.expressions import alone
from embedkit.analysis.maps.projection import Projection
from embedkit.analysis.maps.stored import load_maps
from embedkit.config.serve import LARGEST_SOUND, LONGEST_SOUND
from embedkit.report import summaries
from embedkit.report.embedded import EmbeddedSpace, embed_space
from embedkit.report.figures.curves import learning_curves, points
from embedkit.report.figures.maps import word_map
from embedkit.report.markup import asset, fill, json_block, safe
from embedkit.report.material import space_title
from embedkit.report.page import Report, Section
from embedkit.report.parts import Paragraph, Part
from embedkit.report.rendering import Live, compose_page
from embedkit.runs.artefacts import load_record
from embedkit.runs.folder import Run, list_runs
from embedkit.serve import catalog, models, options
from embedkit.spaces.space import EmbeddingSpace

if TYPE_CHECKING:
    from markupsafe import Markup

NEIGHBORS_IN_PAGE = 5_000
"""Words whose neighbours the page itself knows; the server is asked for those of the others."""
COLUMNS = ("Run", "Kind", "What it is")
TEMPLATES = "embedkit.serve"
_PAGES = catalog.Cache(8)

READING = "Points that are near each other have vectors that point the same way, as far as two dimensions can show it."


def address(path: str, query: str, *, without: str = "") -> str:
    """A path and a query, one parameter left out."""
    parameters = [(name, value) for name, value in parse_qsl(query) if name != without]
    return path + (f"?{urlencode(parameters)}" if parameters else "")


@dataclass(frozen=True)
class Sent:
    """A page as it goes over the wire, made once for all who ask for it: its bytes and its policy."""

    body: bytes
    policy: str


def index(runs: Path) -> Sent:
    """Every run, each with a link to its page."""
    rows = [{**about, "address": address("/", urlencode({"run": about["name"]}))} for about in catalog.runs(runs)]
    before = fill(TEMPLATES, "index.html", columns=COLUMNS, rows=rows)
    return _page(Report("Runs", f"What lies in {runs.name}/, the newest first.", ()), before, safe(""), {})


def of_run(runs: Path, name: str, which: str, laid_out: Path | None) -> Sent:
    """The page of a run: its map, and panels for what can be asked of a run of its kind.

    Args:
        which: one of its spaces; by default the usual one.
        laid_out: the file of a map that was laid out anew, which is shown first.

    Raises:
        UsageError: there is no such run or space.
        SpaceError, RunError: what is stored is damaged.
    """
    run = catalog.find(runs, name, finished=False)
    try:
        return _of_run(runs, run, which, laid_out)
    except Exception as error:  # whatever stands in its files in place of what was written there
        raise catalog.unreadable(run, error) from error


def _of_run(runs: Path, run: Run, which: str, laid_out: Path | None) -> Sent:
    offered = catalog.spaces(run)
    which = which or next(iter(offered), "")
    if not run.finished:
        return _drawn(runs, run, which, laid_out)
    # Drawn once for as long as nothing changes: neither the run, nor its maps, nor which runs there are.
    files = [run.path / "metrics.json", *sorted((run.path / "maps").glob("*.npz")), runs]
    stamps = tuple(file.stat().st_mtime_ns for file in files)
    return _PAGES.get((str(run.path), which, str(laid_out), stamps), lambda: _drawn(runs, run, which, laid_out))


def _drawn(runs: Path, run: Run, which: str, laid_out: Path | None) -> Sent:
    name, offered = run.name, catalog.spaces(run)
    sections: list[Section] = []
    embedded: tuple[EmbeddedSpace, ...] = ()
    if run.finished and offered:
        space = catalog.words_of(runs, name, which).space
        new_map = None if laid_out is None else load_record(laid_out, Projection)
        parts, embedded = _map(run, which, space, new_map)
        sections.append(Section("map", "Map", READING, parts))
    if points(run.history, "valid_nats_per_token"):
        curves = learning_curves(run.history, summaries.token_noun(run))
        sections.append(Section("curves", "Learning curves", "As training went on.", (curves,)))
    report = Report(name, catalog.about(run)["summary"], tuple(sections), embedded)
    run_names = [each.name for each in reversed(list_runs(runs))]
    state = {
        "run": name,
        "space": which,
        "noun": summaries.noun_of(run),
        "kind": run.kind,
        "finished": run.finished,
        "trained": str(catalog.stamp(run)) if run.finished else "",
        "maps": [[method, title, names] for method, title, names in options.titles()],
        "laidOut": laid_out is not None,
        "largestSound": LARGEST_SOUND,
        "longestSound": LONGEST_SOUND,
    }
    return _page(report, _head(name, which, offered, run_names), _panels(run, run_names), state)


def _map(
    run: Run, which: str, space: EmbeddingSpace, new_map: Projection | None
) -> tuple[tuple[Part, ...], tuple[EmbeddedSpace, ...]]:
    """The maps of a space: the one that was laid out anew, if any, and those that are stored."""
    key = f"{run.name}/{which}"
    stored = [each for each in load_maps(run, which, space) if new_map is None or each.method != new_map.method]
    maps = [*([] if new_map is None else [new_map]), *stored]
    if not maps:
        return (Paragraph("No map of this space is stored. Lay one out below."),), ()
    map_labels = [projection.labels for projection in maps]
    noun = "phrase" if which == "phrases" else str(space.provenance.get("noun") or summaries.noun_of(run))
    name = space_title(which, noun)
    embedded = embed_space(space, key=key, name=name, answering=0, map_labels=map_labels, most=NEIGHBORS_IN_PAGE)
    return (word_map([embedded], {key: maps}, noun),), (embedded,)


def _page(report: Report, before: "Markup", after: "Markup", state: dict[str, Any]) -> Sent:
    """A page with the explorer's script and style, and `state`, what the script knows of it."""
    live = Live(
        before,
        after,
        json_block("live", state),
        asset("embedkit.serve", "live.js"),
        asset("embedkit.serve", "live.css"),
    )
    page = compose_page(report, live)
    return Sent(page.html.encode("utf-8", "replace"), page.policy)


def _head(name: str, which: str, offered: Sequence[str], run_names: Sequence[str]) -> "Markup":
    return fill(TEMPLATES, "head.html", run=name, runs=run_names, space=which, spaces=offered)


def _panels(run: Run, run_names: Sequence[str]) -> "Markup":
    """What can be asked of a run of this kind; nothing of one that has not finished."""
    if not run.finished:
        return fill(TEMPLATES, "unfinished.html")
    panels = []
    if catalog.spaces(run):
        layout = {"methods": options.offered(), "parameters": options.PARAMETERS, "metrics": options.METRICS}
        panels.append(_panel("layout", **layout))
        noun = summaries.noun_of(run)
        panels.append(_panel("words", noun=noun, methods=alone() if noun in ("word", "subword", "character") else ()))
        panels.append(_panel("compare", runs=[each for each in run_names if each != run.name]))
    sounds = {"seconds": LONGEST_SOUND, "megabytes": LARGEST_SOUND >> 20}
    panels += [_panel(question, **sounds) for question in models.questions(run)]
    if run.task.reader:
        panels.append(_panel("trace"))
    panels.append(_panel("save"))
    return safe("".join(panels))


def _panel(name: str, **values: Any) -> "Markup":
    """templates/panels/NAME.html with these values."""
    return fill(TEMPLATES, f"panels/{name}.html", **values)
