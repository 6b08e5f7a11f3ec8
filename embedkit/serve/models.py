"""Answers that a network gives: continuations, translations, what lies between two texts, and a trace of its gates."""

from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from embedkit.config.serve import MOST_TOKENS
from embedkit.errors import UsageError
from embedkit.runs.folder import Run
from embedkit.serve.catalog import Kept, find
from embedkit.tasks import kinds
from embedkit.text.typed import unknown_tokens

if TYPE_CHECKING:
    from embedkit.tasks.seq2seq.translator import Translator

KEPT = 3
_LOADED = Kept(KEPT)
_TURN = Lock()  # a network is used by one request at a time


def of_kind(folder: Path, name: str, kinds: tuple[str, ...]) -> Run:
    """Raises:
    UsageError: no such finished run, or it is of another kind.
    """
    run = find(folder, name)
    if run.kind not in kinds:
        raise UsageError(f"run {name} is a {run.kind} run; this needs {' or '.join(kinds)}")
    return run


def _key(run: Run) -> tuple[str, int]:
    return str(run.path), (run.path / "weights.safetensors").stat().st_mtime_ns


def complete(folder: Path, name: str, text: str, tokens: int, temperature: float, seed: int) -> dict[str, Any]:
    """Raises:
    UsageError: it is no language model, or an option is out of range.
    """
    from embedkit.tasks.language_model.network import load_language_model
    from embedkit.tasks.language_model.sampling import continue_text

    run = of_kind(folder, name, ("language-model",))
    with _TURN:
        model, vocabulary = _LOADED.get(_key(run), lambda: load_language_model(run))
        pieces = continue_text(model, vocabulary, text, tokens=tokens, temperature=temperature, seed=seed)
        made = "".join(pieces)
    return {"text": made, "unknown": sorted(set(unknown_tokens(vocabulary, text)))}


def _translator(run: Run) -> "Translator":
    from embedkit.tasks.seq2seq.translator import Translator

    return _LOADED.get(_key(run), lambda: Translator(run))


def translate(folder: Path, name: str, text: str) -> dict[str, Any]:
    """The best five by beam search.

    Raises:
        UsageError: it is no seq2seq run, or the text is too long.
    """
    run = of_kind(folder, name, ("seq2seq",))
    with _TURN:
        translator = _translator(run)
        (found,) = translator.translate([text], beams=5)
        unknown = translator.unknown_words(text)
    return {"unknown": unknown, "translations": [[each.text, round(each.log_probability, 3)] for each in found]}


def interpolate(folder: Path, name: str, first: str, second: str, steps: int) -> dict[str, Any]:
    """Raises:
    UsageError: it is no seq2seq run, or it attends to its source.
    """
    run = of_kind(folder, name, ("seq2seq",))
    with _TURN:
        found = _translator(run).interpolate(first, second, steps=steps)
    return {"steps": [[each.share, each.text] for each in found]}


def trace(folder: Path, name: str, text: str, layer: int) -> dict[str, Any]:
    """The figure of a trace as a page draws it: {item, behaviour, data, legend}, and how tall and wide it is.

    Raises:
        UsageError: the run has no recurrent core that reads text, or the text is empty or too long.
    """
    from bokeh.embed import json_item

    from embedkit.report.figures.traces import hidden_states
    from embedkit.studies.tracing import read_text, trace_reading

    run = of_kind(folder, name, kinds("reader"))
    with _TURN:
        reading = read_text(run, text)
        if len(reading.ids) > MOST_TOKENS:
            raise UsageError(
                f"the text has {len(reading.ids):,} tokens, of which {MOST_TOKENS} can be drawn; give a part"
            )
        made = trace_reading(reading, layer=layer)
    figure = hidden_states(made)
    return {
        "block": {
            "item": json_item(figure.model),
            "behaviour": figure.behaviour,
            "data": dict(figure.data),
            "legend": [list(key) for key in figure.legend],
        },
        "height": figure.height,
        "width": figure.min_width,
        "description": figure.description,
        "unknown": sorted(set(unknown_tokens(reading.vocabulary, text))),
    }
