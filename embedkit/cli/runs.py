"""`embedkit runs`."""

from collections.abc import Callable
from json import dumps
from typing import Any

from embedkit.cli.output import Json, note, print_json, print_table
from embedkit.errors import EmbedkitError, RunError
from embedkit.numerals import INFINITE, MISSING, counted, percent
from embedkit.runs.damage import is_number
from embedkit.runs.folder import Run, list_runs, resume_command, runs_folder
from embedkit.spaces.formats.repairs import mended_faults


def _perplexity(value: float | None) -> str:
    """JSON has no infinity: that of a model which diverged is null."""
    return INFINITE if value is None else f"{value:,.1f}"


HEADLINES: tuple[tuple[str, str, Callable[[Any], str]], ...] = (
    ("valid_perplexity", "valid perplexity {}", _perplexity),
    ("valid_exact_match", "exact {}", percent),
    ("test_accuracy", "accuracy {}", percent),
    ("valid_bleu", "BLEU {}", "{:.1f}".format),
    ("valid_bits_per_character", "{} bits/character", "{:.3f}".format),
    ("valid_accuracy", "accuracy {}", percent),
    ("tokens_per_second", "{} tokens/s", "{:,.0f}".format),
    ("trials", "{} trials", "{:,}".format),
    ("parameters", "{} parameters", "{:,}".format),
    ("vocabulary_size", "{} tokens", "{:,}".format),
    ("points", "{} points", "{:,}".format),
)
"""Figures of a run's metrics: what they stand in, and how each is written."""


def runs(*, json: Json = False) -> None:
    """List the runs."""
    summaries = [_summary(run) for run in list_runs()]
    if json:
        print_json(summaries)
    elif not summaries:
        note(f"no runs in {runs_folder()}/ yet; make one with `embedkit demo` or `embedkit train lm --minutes 1`")
    else:
        rows = [(r["run"], r["kind"], r["corpus"] or MISSING, _figures(r)) for r in summaries]
        print_table(("run", "kind", "corpus", "figures"), rows)


def _summary(run: Run) -> dict[str, Any]:
    """What is known of a run; one that cannot be read or shown hides no other: its error stands in its place."""
    summary: dict[str, Any] = {"run": run.name, "path": str(run.path), "kind": "?", "corpus": None, "finished": False}
    try:
        summary["kind"] = run.kind
        summary |= _about(run)
        _figures(summary)
        dumps([[[summary]]], indent=2, allow_nan=False)  # no less deep than where it is printed
    except EmbedkitError as error:
        return _damaged(summary, str(error))
    except Exception as error:  # whatever stands in its files in place of what was written there
        return _damaged(summary, f"{run.path}: cannot be read ({type(error).__name__}: {error})")
    return summary


def _damaged(summary: dict[str, Any], error: str) -> dict[str, Any]:
    known = {key: summary[key] for key in ("run", "path", "kind")}
    return {**known, "corpus": None, "finished": False, "metrics": {}, "error": error}


def _about(run: Run) -> dict[str, Any]:
    provenance = run.provenance
    name = provenance.get("corpus", {}).get("name")
    about = {"corpus": None if name is None else str(name), "finished": run.finished}
    if repairs := provenance.get("repairs"):
        about["repairs"] = repairs
    unfinished = {} if run.finished else {"metrics": {}, "resume": resume_command(run)}
    return about | (unfinished or {"metrics": run.metrics})


def _figures(summary: dict[str, Any]) -> str:
    if "error" in summary:
        return str(summary["error"])
    if not summary["finished"]:
        return f"not finished; `{summary['resume']}` goes on"
    metrics = summary["metrics"]
    figures = [phrase.format(_figure(key, metrics[key], write)) for key, phrase, write in HEADLINES if key in metrics]
    if faults := mended_faults(summary.get("repairs")):
        figures.append(f"{counted(faults, 'fault')} mended")
    return ", ".join(figures)


def _figure(name: str, value: Any, write: Callable[[Any], str]) -> str:
    """Raises:
    RunError: it is none.
    """
    if not (value is None or is_number(value)):
        raise RunError(f"metrics.json: {name} is no number; restore it or train again")
    return write(value)
