"""Where a run comes from and what it came to: headline figures, provenance, and how to make it again."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from embedkit.config import CurriculaConfig, ExecuteConfig, from_table
from embedkit.corpora.temporal_order import LEVELS
from embedkit.report.manifest import Lineage, RunLineage
from embedkit.report.page import Command, Facts, Headline, Headlines, Paragraph, Part
from embedkit.runs import Run

_DIGITS = 12
UNITS = {"word": "word", "char": "character", "bpe": "subword"}


def token_level(run: Run) -> str:
    """What a token of a run is, of the target where there are two sides: "word", "char" or "bpe"."""
    model = run.config.get("model", {})
    return "char" if run.kind == "execute" else str(model.get("level") or model.get("target_level", "word"))


def summary_line(run: Run) -> str:
    """One sentence under the title."""
    return SUMMARIES[run.kind](run)


def _language_model_line(run: Run) -> str:
    model = run.config.get("model", {})
    unit = UNITS.get(token_level(run), token_level(run))
    cell = str(model.get("cell", "recurrent")).upper()
    return f"A {unit}-level {cell} language model with {shape(model)}, trained on {corpus_name(run)}."


def shape(model: Mapping[str, Any]) -> str:
    """The size of a recurrent core: "2 layers of 64 units"."""
    layers = model.get("layers", 1)
    units = f" of {model['hidden_size']:,} units" if "hidden_size" in model else ""
    return f"{layers} layer{'s' if layers != 1 else ''}{units}"


def _word2vec_line(run: Run) -> str:
    method = run.config.get("word2vec", {}).get("method", "word2vec")
    return f"{method[0].upper()}{method[1:]} word vectors, trained on {corpus_name(run)}."


def _embeddings_line(run: Run) -> str:
    metrics = run.metrics
    return (
        f"{metrics['vocabulary_size']:,} vectors of {metrics['dimensions']:,} dimensions that were read from "
        f"{corpus_name(run)}; how they were trained is not known here."
    )


def _seq2seq_line(run: Run) -> str:
    model, training = run.config["model"], run.config["training"]
    attention = "" if model["attention"] == "none" else f" and {model['attention']} attention"
    codes = "a variational bottleneck" if model["variational"] else "a bottleneck"
    units = {UNITS.get(model[side], model[side]) for side in ("source_level", "target_level")}
    read = {"self": ", each window of the text given back", "next": ", each window of the text foretelling the next"}
    return (
        f"A {' and '.join(sorted(units))}-level {model['cell'].upper()} "
        f"encoder-decoder around {codes} of {model['bottleneck_size']:,} numbers{attention}, "
        f"trained on {corpus_name(run)}{read.get(training['stream'], '')}."
    )


CELLS_IN_WORDS = {"lstm": "An LSTM", "gru": "A GRU", "rnn-tanh": "A plain RNN", "rnn-relu": "A plain RNN of ReLUs"}


def _classifier_line(run: Run) -> str:
    model, training = run.config["model"], run.config["training"]
    shortest, longest = LEVELS[training["level"]].length
    return (
        f"{CELLS_IN_WORDS[model['cell']]} with {shape(model)} that reads a sequence of "
        f"{shortest:,} to {longest:,} symbols and tells at its end which of X and Y stood where."
    )


def _temporal_order_line(run: Run) -> str:
    options = run.config["options"]
    seeds = f"{options['seeds']:,} seed{'s' if options['seeds'] > 1 else ''}"
    networks, levels = (len(options[name]) for name in ("networks", "levels"))
    return (
        f"{run.metrics['trials']:,} trainings on temporal order: {networks} network{'s' if networks > 1 else ''} at "
        f"{levels} level{'s' if levels > 1 else ''}, each with {seeds}."
    )


def _echo_line(run: Run) -> str:
    model, training = run.config["model"], run.config["training"]
    carried = "the state handed on from one to the next" if training["carry_state"] else "each from a state of zeros"
    return (
        f"{CELLS_IN_WORDS[model['cell']]} with {shape(model)} that gives a binary "
        f"signal back {training['delay']:,} steps later, trained on chunks of {training['chunk']:,}, {carried}."
    )


def _echo_capacity_line(run: Run) -> str:
    return f"{run.metrics['trials']:,} trainings on the echo of a binary signal."


def _gradients_line(run: Run) -> str:
    return "How much of the gradient of the final loss arrives at every earlier step, by cell and level."


def _execute_line(run: Run) -> str:
    model, training = run.config["model"], from_table(ExecuteConfig, run.config["training"])
    attention = "" if model["attention"] == "none" else f" and {model['attention']} attention"
    return (
        f"A character-level {model['cell'].upper()} encoder-decoder around a bottleneck of "
        f"{model['bottleneck_size']:,} numbers{attention} that learned what {task_in_words(training)} print, from "
        f"programs made here: {CURRICULA_IN_WORDS[training.curriculum]}."
    )


CURRICULA_IN_WORDS = {
    "none": "of the target difficulty from the start",
    "naive": "with the difficulty raised step by step",
    "mix": "of difficulties drawn evenly up to the target",
    "combined": "half of difficulties drawn evenly up to the target, half with the difficulty raised step by step",
}
"""What a curriculum does to the programs."""


def task_in_words(training: ExecuteConfig) -> str:
    """What programs a run is about."""
    length, nesting = training.target
    if training.task == "addition":
        return f"sums of two numbers of up to {length} digits"
    return f"small Python programs of length {length} and nesting {nesting}"


def _curricula_line(run: Run) -> str:
    options = from_table(CurriculaConfig, run.config["options"])
    what = task_in_words(options.training("none", 1))
    seeds = f"{options.seeds} seed{'s' if options.seeds > 1 else ''}"
    return f"Four curricula for what {what} print, each for {options.steps:,} steps and {seeds}."


LABS: Mapping[str, Callable[[Run], str]] = {
    "temporal-order": _temporal_order_line,
    "echo-capacity": _echo_capacity_line,
    "gradients": _gradients_line,
    "curricula": _curricula_line,
}
"""By experiment, one sentence about it."""


def _captioner_line(run: Run) -> str:
    model = run.config["model"]
    read = (
        "vectors" if run.provenance["corpus"].get("vector_size") else f"images of {model['image_size']} pixels a side"
    )
    return (
        f"A captioner of {read}: one vector of {model['code_size']:,} numbers, unrolled into words by "
        f"{shape(model)} ({str(model['cell']).upper()}), trained on {corpus_name(run)}."
    )


SUMMARIES: Mapping[str, Callable[[Run], str]] = {
    "language-model": _language_model_line,
    "seq2seq": _seq2seq_line,
    "word2vec": _word2vec_line,
    "embeddings": _embeddings_line,
    "classifier": _classifier_line,
    "lab": lambda run: LABS[run.config["lab"]](run),
    "echo": _echo_line,
    "execute": _execute_line,
    "captioner": _captioner_line,
}
"""By kind of run, one sentence about it."""


def corpus_name(run: Run) -> str:
    return str(run.provenance.get("corpus", {}).get("name") or "a text without a name")


def headlines(run: Run) -> Headlines:
    """The figures that the run's metrics hold, each with its unit and what it is over."""
    metrics = run.metrics
    items = [item for split in ("test", "valid") for item in _held_out(metrics, split, token_level(run))]
    if "tokens_seen" in metrics:
        epochs = f"{metrics['epochs']:.2f} passes over the training text" if "epochs" in metrics else ""
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
