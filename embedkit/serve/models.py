"""Answers that a network gives: continuations, translations, what lies between two texts, and a trace of its gates."""

from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from embedkit.config.serve import MOST_TOKENS
from embedkit.errors import UsageError
from embedkit.numerals import with_article
from embedkit.progress import Progress
from embedkit.runs.folder import Run
from embedkit.serve.catalog import Cache, find
from embedkit.tasks import all_tasks, kinds
from embedkit.text.typed import unknown_tokens

if TYPE_CHECKING:
    from embedkit.report.parts import Figure

CACHED = 3
_LOADED = Cache(CACHED)
_TURN = Lock()  # a network is used by one request at a time


def _key(run: Run) -> tuple[str, int]:
    return str(run.path), (run.path / "weights.safetensors").stat().st_mtime_ns


def questions(run: Run) -> tuple[str, ...]:
    """What the network of a run can be asked, such as "complete": those that its task answers."""
    return tuple(run.task.load("answers").questions(run)) if run.task.answers else ()


def answer(folder: Path, name: str, question: str, progress: Progress, **options: Any) -> dict[str, Any]:
    """What the network of a run answers; it calls the progress as it goes on.

    Raises:
        UsageError: there is no such finished run, it is of a kind that cannot be asked this, or an option is wrong.
    """
    kinds_able = [task.kind for task in all_tasks() if task.answers and question in task.load("answers").QUESTIONS]
    run = _of_kind(folder, name, kinds_able)
    with _TURN:
        progress(0)
        network = _LOADED.get(_key(run), lambda: run.task.load("answers")(run))
        reply: dict[str, Any] = getattr(network, question)(**options, progress=progress)
    return reply


def _of_kind(folder: Path, name: str, kinds_able: Sequence[str]) -> Run:
    """Raises:
    UsageError: no such finished run, or it is of another kind.
    """
    run = find(folder, name)
    if run.subject not in kinds_able:
        raise UsageError(f"run {name} is {with_article(run.kind)} run; this needs {' or '.join(kinds_able)}")
    return run


def trace(folder: Path, name: str, text: str, layer: int, progress: Progress) -> dict[str, Any]:
    """The figure of a trace as a page draws it, and the unknown tokens of the text.

    Raises:
        UsageError: the run has no recurrent core that reads text, or the text is empty or too long.
    """
    from embedkit.report.figures.traces import hidden_states
    from embedkit.studies.tracing import read_text, trace_reading

    run = _of_kind(folder, name, kinds("reader"))
    with _TURN:
        reading = read_text(run, text)
        if len(reading.ids) > MOST_TOKENS:
            raise UsageError(
                f"the text has {len(reading.ids):,} tokens, of which {MOST_TOKENS} can be drawn; give a part"
            )
        progress(None)
        hidden_trace = trace_reading(reading, layer=layer)
    progress(None)
    unknown = sorted(set(unknown_tokens(reading.vocabulary, text)))
    return {**drawn(hidden_states(hidden_trace)), "unknown": unknown}


def transcribe(folder: Path, name: str, sound: bytes, progress: Progress) -> dict[str, Any]:
    """The words in a file of sound, and its figure as a page draws it.

    Raises:
        UsageError: the run is no recogniser, or the file no sound that can be read, or too long.
    """
    reply = answer(folder, name, "transcribe", progress, sound=sound)
    return {**reply, "figure": drawn(reply["figure"])}


def drawn(figure: "Figure") -> dict[str, Any]:
    """A figure as a page draws it: {item, behaviour, data, legend}, and how tall and wide it is."""
    return {
        "block": figure.block(),
        "height": figure.height,
        "width": figure.min_width,
        "description": figure.description,
    }
