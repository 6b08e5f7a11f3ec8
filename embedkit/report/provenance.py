"""Where a run comes from and what it came to: headline figures, provenance, and how to make it again."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from embedkit.report.lineage import Lineage, RunLineage
from embedkit.report.page import Command, Facts, Headline, Headlines, Paragraph, Part
from embedkit.report.summaries import UNITS, token_level
from embedkit.runs.folder import Run

_DIGITS = 12


def headlines(run: Run) -> Headlines:
    """The figures that the run's metrics hold, each with its unit and what it is over."""
    metrics = run.metrics
    items = [item for split in ("test", "valid") for item in _held_out(metrics, split, token_level(run))]
    if "tokens_seen" in metrics:
        # What is made here is made anew each time: there is no text to pass over.
        read = "epochs" in metrics and run.kind in ("language-model", "seq2seq")
        epochs = f"{metrics['epochs']:.2f} passes over the training text" if read else ""
        items.append(Headline(compact(metrics["tokens_seen"]), "tokens seen", epochs))
    if "words_seen" in metrics:
        items.append(Headline(compact(metrics["words_seen"]), "words seen", f"a text of {metrics['words']:,} words"))
    if "parameters" in metrics:
        items.append(Headline(compact(metrics["parameters"]), "parameters", "weights of the network"))
    for side in ("source", "target"):
        if f"{side}_vocabulary_size" in metrics:
            size = metrics[f"{side}_vocabulary_size"]
            items.append(
                Headline(
                    f"{size:,}",
                    f"{side} vocabulary",
                    "tokens it can read" if side == "source" else "tokens it can write",
                )
            )
    if "vocabulary_size" in metrics:
        share = metrics.get("vocabulary_share_of_words")
        detail = f"{share * 100:.1f} % of the running words" if share else "tokens it can read and write"
        items.append(Headline(f"{metrics['vocabulary_size']:,}", "vocabulary", detail))
    if "seconds" in metrics:
        rate = metrics.get("tokens_per_second") or metrics.get("words_per_second")
        unit = "tokens" if "tokens_per_second" in metrics else "words"
        items.append(Headline(duration(metrics["seconds"]), "of training", f"{rate:,.0f} {unit}/s" if rate else ""))
    return Headlines(tuple(items))


def held_out(run: Run) -> tuple[Headline, ...]:
    """The perplexity, or the bits per character, on the test text; without one, on the validation text."""
    found = [_held_out(run.metrics, split, token_level(run)) for split in ("test", "valid")]
    return tuple(next((items for items in found if items), []))


def effort(run: Run) -> tuple[Headline, ...]:
    """How long training took, of how large a model on how much text; nothing where that is not known."""
    metrics = run.metrics
    if "seconds" not in metrics:
        return ()
    sizes = (("parameters", "parameters"), ("tokens_seen", "tokens"), ("words_seen", "words"))
    told = [f"{compact(metrics[key])} {noun}" for key, noun in sizes if key in metrics]
    return (Headline(duration(metrics["seconds"]), "of training", ", ".join(told)),)


def _held_out(metrics: Mapping[str, Any], split: str, level: str) -> list[Headline]:
    nats = metrics.get(f"{split}_nats_per_token")
    if nats is None:
        return []
    name = {"valid": "validation", "test": "test"}[split]
    tokens = metrics.get(f"{split}_tokens")
    over = f" over {tokens:,} tokens" if tokens else ""
    unknown = metrics.get(f"{split}_unknown_share")
    unread = f"; {unknown * 100:.1f} % of them unknown to it" if unknown else ""
    bits = metrics.get(f"{split}_bits_per_character")
    if bits is not None:
        detail = f"{nats:.3f} nats per character{over}{unread}"
        return [Headline(f"{bits:.3f}", f"{name} bits per character", detail)]
    perplexity = metrics.get(f"{split}_perplexity", math.exp(nats))
    detail = f"{nats:.3f} nats per {UNITS.get(level, 'token')} token{over}{unread}"
    return [Headline(f"{perplexity:,.1f}", f"{name} perplexity", detail)]


def provenance(run: Run) -> tuple[Part, ...]:
    """Corpus, code and machine, and the whole configuration folded away."""
    known = run.provenance
    corpus = known.get("corpus", {})
    packages = ", ".join(f"{name} {version}" for name, version in known.get("packages", {}).items())
    return (
        Facts(
            "Corpus",
            given(
                ("Name", corpus.get("name")),
                ("Licence", corpus.get("licence")),
                ("Citation", corpus.get("citation")),
                ("Published at", corpus.get("source") if is_address(corpus.get("source")) else None),
                ("Checksum of its text", corpus.get("checksum")),
            ),
        ),
        Facts(
            "Run",
            given(
                ("Run", run.name),
                ("Started", str(known.get("started") or "").replace("T", " ").replace("+00:00", " UTC")),
                ("Machine", known.get("machine")),
                ("Seed", known.get("seed")),
                ("embedkit", " at commit ".join(str(v) for v in (known.get("embedkit"), known.get("commit")) if v)),
                ("Python", known.get("python")),
                ("Packages", packages),
            ),
        ),
        Facts(f"Every setting of {run.name}", settings(run.config), folded=True),
        Facts(f"Every figure of {run.name}", settings(run.metrics), folded=True),
    )


def given(*facts: tuple[str, Any]) -> tuple[tuple[str, str], ...]:
    """Those that have a value."""
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
            items.append((f"{prefix}{key}", f"{value:.6g}" if isinstance(value, float) else str(value)))
    return tuple(items)


def rebuild(runs: Sequence[Run], report: str) -> tuple[Part, ...]:
    """How to make this report again."""
    trained = [Command(str(run.provenance["command"])) for run in runs if run.provenance.get("command")]
    commands = list(dict.fromkeys(trained))
    before = ", those before it trained what it shows" if commands else ""
    told = Paragraph(f"Made from what is stored with the run, without the model: the last line renders it{before}.")
    return (told, *commands, Command(report))


def chain(lineage: Lineage) -> Facts:
    """From the text to the maps: the first digits of the checksum of every step, for those who want to follow it."""
    items = tuple(item for run in lineage.runs for item in _links(run))
    last = ("→ figures", "each with its checksum in this file; `embedkit report --verify FILE` checks the whole chain")
    return Facts("From corpus to figure: the checksums", (*items, last), folded=True)


def _links(run: RunLineage) -> list[tuple[str, str]]:
    corpus = run.corpus_checksum.removeprefix("sha256:")[:_DIGITS] or "no checksum is known"
    files = {each.path.removeprefix(f"{run.path}/"): each.sha256[:_DIGITS] for each in run.artefacts}
    learned = ", ".join(f"{name} {files[name]}" for name in ("config.toml", "weights.safetensors") if name in files)
    links = [("corpus", f"{run.corpus or 'a text without a name'}: {corpus}"), (f"→ run {run.name}", learned)]
    spaces = [name for name in files if name.startswith("spaces/")]
    for space in spaces:
        which = space.removeprefix("spaces/").removesuffix(".npz")
        maps = [name for name in files if name.startswith(f"maps/{which}-")]
        drawn = ", ".join(f"{name.removeprefix('maps/').removesuffix('.npz')} {files[name]}" for name in maps)
        links += [(f"→ space {which}", files[space]), *([("→ maps", drawn)] if maps else [])]
    return links


def compact(value: float) -> str:
    """1,234,567 → "1.23 M"."""
    for size, unit in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if value >= size * 10 or (value >= size and size >= 1e6):
            return f"{value / size:.3g}{unit}"
    return f"{value:,.0f}"


def duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds / 60:.1f} min"
    return f"{seconds / 3600:.1f} h"
