"""`embedkit trace`."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from embedkit.cli.output import Json, note, print_json, print_table
from embedkit.cli.progress import progress
from embedkit.cli.typed import ends_like_file, refuse_file_names
from embedkit.errors import UsageError
from embedkit.files import require_file
from embedkit.numerals import MISSING, percent, plural
from embedkit.pipeline import REPORTS
from embedkit.runs.folder import Run, file_name, open_run
from embedkit.tasks import kinds

if TYPE_CHECKING:
    from embedkit.analysis.cells.traces import HiddenTrace

MOST = 500
"""Tokens of a text that a heat map can show so that each is seen."""


def trace(*text: str, run: str | None = None, layer: int = -1, name: str = "typed", json: Json = False) -> None:
    """Trace a text, or a file of sound.

    Args:
        text: The text, in quotes; for a speech recogniser, a sound file.
        run: A language-model, seq2seq or recogniser run, by name or path; by default the newest that reads texts, or
            for a file the newest that takes files.
        layer: The recurrent layer, from 0; -1 is the last.
        name: Name under which the trace is saved; replaces an existing one.
    """
    from embedkit.analysis.cells.traces import TRACES
    from embedkit.report.compose import cell_report
    from embedkit.report.rendering import render

    typed = " ".join(text)
    if not typed.strip():
        raise UsageError('give a text in quotes, such as `embedkit trace "He said \\"no\\" and left"`')
    file_name(name, "trace")
    # Path's is_file raises where a text is longer than a name can be.
    is_file = os.path.isfile(typed)
    if ends_like_file(typed):
        require_file(typed)
    able = (*kinds("reader"), *kinds("tracer"))
    if run is None:
        able = kinds("tracer" if is_file else "reader")
    model = open_run(run, kinds=able)
    if model.task.tracer:
        require_file(typed)
    elif is_file:
        refuse_file_names(typed)
    with progress(f"tracing {model.name}"):
        hidden, unknown = _traced(model, typed, layer)
        path = TRACES.save(model, hidden, name)
        page = render(cell_report(model, trace=name), REPORTS / f"{model.name}-cell.html")
    if json:
        events = {
            event: {"total": int(at.sum()), "by_unit": at.sum(axis=0).tolist()} for event, at in hidden.events.items()
        }
        about = {"run": model.name, "path": str(path), "report": str(page), "cell": hidden.cell, "layer": layer}
        print_json(
            {
                **about,
                f"{hidden.noun}s": list(hidden.tokens),
                "units": hidden.values.shape[1],
                "unknown": unknown,
                "events": events,
            }
        )
        return
    if unknown:
        note(f"unknown to {model.name}: {', '.join(unknown)}")
    _print(model, hidden)
    note(f"open it in a browser: {page.resolve().as_uri()}")


def _traced(model: Run, typed: str, layer: int) -> "tuple[HiddenTrace, list[str]]":
    """The trace of a text or a file, and the tokens of a text that the run does not know."""
    if model.task.tracer:
        hidden: HiddenTrace = model.task.load("tracer")(model, Path(typed), layer)
        if len(hidden.tokens) > MOST:
            seconds = MOST * (hidden.step or 0)
            raise UsageError(f"{typed} has {len(hidden.tokens):,} steps, and a heat map shows {MOST}: {seconds:g} s")
        return hidden, []
    from embedkit.studies.tracing import read_text, trace_reading
    from embedkit.text.typed import unknown_tokens

    reading = read_text(model, typed)
    if len(reading.ids) > MOST:
        raise UsageError(f"the text has {len(reading.ids):,} tokens, and a heat map shows {MOST}; give a part of it")
    return trace_reading(reading, layer=layer), unknown_tokens(reading.vocabulary, typed)


def _print(run: Run, hidden: "HiddenTrace") -> None:
    from embedkit.analysis.cells.events import EVENTS

    steps, units = hidden.values.shape
    title = f"{run.name}: {units} units over {steps} {plural(hidden.noun, steps)}"
    if hidden.words:
        title += f" ({' '.join(hidden.words)})"
    rules = {event.name: event.rule for event in EVENTS.get(hidden.cell, ())}
    if not rules:
        print(f"{title}. A {hidden.cell} cell has no gates, so nothing in it has a name.")
        return
    rows = []
    for event, at in hidden.events.items():
        by_unit = at.sum(axis=0)
        unit = int(by_unit.argmax())
        most = f"unit {unit}, at {by_unit[unit]} {plural(hidden.noun, by_unit[unit])}" if by_unit[unit] else MISSING
        rows.append(
            (event, rules[event], f"{int(at.sum()):,}", percent(at.mean()), f"{int((by_unit > 0).sum())}", most)
        )
    print_table(("event", "where", ">times", ">share", ">units", "most often"), rows, title=title)
