"""The lineage of a page: corpus → run → space → map → figure, with a checksum at every step.

It stands in the page as a data block "lineage" and says what the page was made from, what it shows and how it is made
again. Paths are relative to the folder of runs, and a page that comes from somewhere is never believed to name others.
`origins.py` traces it from runs; here is what it holds, and how it is read from a page.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from embedkit.errors import ReportError
from embedkit.files import parse_json
from embedkit.report.digests import PieceDigest, blocks

VERSION = 3
READABLE = (1, 2, VERSION)
"""Version 1 is that of embedkit 0.1, and states digests of the markup as it stands. Since version 3 a page is the
same to the byte whenever it is rendered again, and says which Bokeh drew its figures."""
BLOCK = "lineage"
_PART = re.compile(r"[A-Za-z0-9_][^/\\\x00-\x1f]*")


@dataclass(frozen=True)
class Artefact:
    """A file of a run. `path` is relative to the folder of runs: "demo/maps/input-pca.npz"."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class RunLineage:
    """A run in a report: where it lies, the text it learned from, and its files that the page draws from.

    `started_from` says of the runs whose weights it started from, the nearest first: run, text and checksums.
    """

    name: str
    path: str
    kind: str
    corpus: str
    corpus_checksum: str
    artefacts: tuple[Artefact, ...]
    started_from: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lineage:
    """What a page was made from, and how to make it again.

    Attributes:
        embedkit, bokeh: the versions that rendered it; a page before version 3 does not say which Bokeh did.
        recipe: the recipe's name, and `recipe_text` all of it where it did not come with the package.
        arguments: what its sections were given, runs as {"run": path}.
        command: what a person types to render it.
        digests: of all that the page shows, "shown" in its JSON; empty until it is rendered.
        version: of the lineage, and so of the rule by which its digests were taken.
    """

    embedkit: str
    recipe: str
    arguments: Mapping[str, Any]
    command: str
    runs: tuple[RunLineage, ...]
    digests: tuple[PieceDigest, ...] = ()
    recipe_text: str = ""
    bokeh: str = ""
    version: int = VERSION

    def to_json(self, sources: Callable[[str], Sequence[str]]) -> dict[str, Any]:
        """JSON-ready.

        Args:
            sources: the paths of what a section draws from, by its anchor.
        """
        values = asdict(self)
        del values["digests"]
        pieces = [{**asdict(digest), "from": list(sources(digest.section))} for digest in self.digests]
        return {"version": self.version, **values, "shown": pieces}


def read_lineage(page: str, name: str) -> Lineage:
    """The lineage that a page carries.

    Args:
        name: what the page is called where something is wrong with it.

    Raises:
        ReportError: it is no report, carries no lineage or one of another version, or names a path outside of the
            folder of runs.
    """
    text = blocks(page).get(BLOCK)
    if text is None:
        what = "was rendered before reports carried their lineage" if 'content="embedkit ' in page else "is no report"
        raise ReportError(f"{name} {what}; render one with `embedkit report`")
    try:
        values = parse_json(text)
        version = values["version"]
        if version not in READABLE:
            raise ReportError(f"{name}: its lineage is of version {version!r}, and this is {VERSION}")
        runs = tuple(_run_of(run) for run in values["runs"])
        columns = PieceDigest.__dataclass_fields__
        digests = tuple(PieceDigest(**{key: str(row[key]) for key in columns}) for row in values["shown"])
        texts = {key: str(values[key]) for key in ("embedkit", "recipe", "command")}
        texts |= {key: str(values.get(key, "")) for key in ("recipe_text", "bokeh")}
        lineage = Lineage(**texts, arguments=values["arguments"], runs=runs, digests=digests, version=version)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ReportError(f"{name}: its lineage is damaged ({error}); render the report again") from None
    for run in lineage.runs:
        check_path(run.path, name)
        for artefact in run.artefacts:
            check_path(artefact.path.removeprefix(f"{run.path}/"), name)
            check_path(artefact.path, name)
    return lineage


def check_path(path: str, name: str) -> str:
    """Raises:
    ReportError: the path could lead out of the folder that it is relative to.
    """
    parts = path.split("/")
    if not all(_PART.fullmatch(part) for part in parts) or ":" in parts[0]:
        raise ReportError(f"{name}: its lineage names {path!r}, which is no path inside the folder of runs")
    return path


def _run_of(values: Mapping[str, Any]) -> RunLineage:
    files = tuple(Artefact(str(a["path"]), int(a["size"]), str(a["sha256"])) for a in values["artefacts"])
    texts = {key: str(values[key]) for key in ("name", "path", "kind", "corpus", "corpus_checksum")}
    return RunLineage(**texts, artefacts=files, started_from=tuple(map(str, values.get("started_from", ()))))
