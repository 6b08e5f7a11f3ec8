"""Where a run comes from, how a report about it is made again, and the checksums of every step."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from embedkit.numerals import MISSING
from embedkit.report.lineage import Lineage, RunLineage
from embedkit.report.parts import Command, Facts, Paragraph, Part
from embedkit.runs.folder import Run
from embedkit.spaces.formats.repairs import repair_notes

_DIGITS = 12


def provenance(run: Run) -> tuple[Part, ...]:
    """Corpus, code and machine, and the whole configuration folded away."""
    record = run.provenance
    corpus = record.get("corpus", {})
    packages = ", ".join(f"{name} {version}" for name, version in record.get("packages", {}).items())
    return (
        Facts(
            "File" if record.get("noun") else "Corpus",
            with_values(
                ("Name", corpus.get("name")),
                ("Licence", corpus.get("licence")),
                ("Citation", corpus.get("citation")),
                ("Published at", corpus.get("source") if is_address(corpus.get("source")) else None),
                ("Checksum" if record.get("noun") else "Checksum of its text", corpus.get("checksum")),
                ("Synthetic voices beside it", _voices(corpus.get("voices"))),
            ),
        ),
        Facts(
            "Run",
            with_values(
                ("Run", run.name),
                ("Started", str(record.get("started") or "").replace("T", " ").replace("+00:00", " UTC")),
                ("Machine", record.get("machine")),
                ("Started from", _started_from(record.get("start_from"))),
                ("Precision", _precision(record.get("precision"))),
                ("Processes", _processes(record.get("processes"))),
                ("Seed", record.get("seed")),
                ("embedkit", " at commit ".join(str(v) for v in (record.get("embedkit"), record.get("commit")) if v)),
                ("Python", record.get("python")),
                ("Packages", packages),
            ),
        ),
        *mended(run),
        Facts(f"Every setting of {run.name}", settings(run.config), folded=True),
        Facts(f"Every figure of {run.name}", settings(run.metrics), folded=True),
    )


def _started_from(record: Any) -> str | None:
    """The run that a training went on from, its text, and what became of its tokens."""
    if not isinstance(record, Mapping):
        return None
    corpus, tokens = record.get("corpus"), record.get("tokens")
    name = corpus.get("name") if isinstance(corpus, Mapping) else None
    parts = [f"run {record.get('run')}" + (f", trained on {name}" if name else "")]
    for side, counts in (tokens if isinstance(tokens, Mapping) else {}).items():
        if isinstance(counts, Mapping):
            numbers = ", ".join(f"{counts.get(what)} {what}" for what in ("kept", "new", "lost"))
            parts.append(numbers + (" tokens" if side == "tokens" else f" tokens of the {side}"))
    return "; ".join(parts)


def _voices(record: Any) -> str | None:
    """What synthetic voices said in training: "4,063 words by 73 of them, sha256:…"."""
    if not isinstance(record, Mapping) or not all(isinstance(record.get(key), int) for key in ("count", "voices")):
        return None
    return f"{record['count']:,} words by {record['voices']:,} of them, {record.get('checksum')}"


def _precision(record: Any) -> str | None:
    """What a training was done in and why: "bf16: avx512_bf16 multiplies it natively"."""
    if not isinstance(record, Mapping) or not record.get("precision"):
        return None
    return ": ".join(str(record[key]) for key in ("precision", "reason") if record.get(key))


def _processes(record: Any) -> str | None:
    """How many processes trained a run together; nothing of one."""
    return str(record["count"]) if isinstance(record, Mapping) and record.get("count") else None


def mended(run: Run) -> tuple[Facts, ...]:
    """What was malformed in an embedding file, and what was done about it; nothing where nothing was."""
    notes = [note.partition(": ") for note in repair_notes(run.provenance.get("repairs"))]
    return (Facts("Mended in the file", tuple((fault, rule) for fault, _, rule in notes)),) if notes else ()


def with_values(*facts: tuple[str, Any]) -> tuple[tuple[str, str], ...]:
    """The (name, value) pairs whose value is not None or empty, as text."""
    return tuple((name, str(value)) for name, value in facts if value not in (None, ""))


def is_address(source: Any) -> bool:
    return isinstance(source, str) and re.match(r"https?://", source) is not None


def settings(config: Mapping[str, Any], prefix: str = "") -> tuple[tuple[str, str], ...]:
    """Nested settings as dotted names and values."""
    items: list[tuple[str, str]] = []
    for key, value in config.items():
        if isinstance(value, Mapping):
            items += settings(value, f"{prefix}{key}.")
        else:
            text = MISSING if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)
            items.append((f"{prefix}{key}", text))
    return tuple(items)


def rebuild(runs: Sequence[Run], report: str) -> tuple[Part, ...]:
    """How to make this report again."""
    trained = [Command(str(run.provenance["command"])) for run in runs if run.provenance.get("command")]
    commands = list(dict.fromkeys(trained))
    before = ", those before it trained what it shows" if commands else ""
    explanation = f"Made from what is stored with the run, without the model: the last line renders it{before}."
    return (Paragraph(explanation), *commands, Command(report))


def chain(lineage: Lineage) -> Facts:
    """From the text to the maps: the first digits of the checksum of every step, for those who want to follow it."""
    items = tuple(item for run in lineage.runs for item in _links(run))
    last = ("→ figures", "each with its checksum in this file; `embedkit report --verify FILE` checks the whole chain")
    return Facts("From source to figure: the checksums", (*items, last), folded=True)


def _links(run: RunLineage) -> list[tuple[str, str]]:
    corpus = run.corpus_checksum.removeprefix("sha256:")[:_DIGITS] or "no checksum is known"
    files = {each.path.removeprefix(f"{run.path}/"): each.sha256[:_DIGITS] for each in run.artefacts}
    learned = ", ".join(f"{name} {files[name]}" for name in ("config.toml", "weights.safetensors") if name in files)
    links = [("started from", each) for each in reversed(run.started_from)]
    links += [("source", f"{run.corpus or 'a text without a name'}: {corpus}"), (f"→ run {run.name}", learned)]
    spaces = [name for name in files if name.startswith("spaces/")]
    for space in spaces:
        space_name = space.removeprefix("spaces/").removesuffix(".npz")
        maps = [name for name in files if name.startswith(f"maps/{space_name}-")]
        map_links = ", ".join(f"{name.removeprefix('maps/').removesuffix('.npz')} {files[name]}" for name in maps)
        links += [(f"→ space {space_name}", files[space]), *([("→ maps", map_links)] if maps else [])]
    return links
