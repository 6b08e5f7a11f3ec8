"""`embedkit runs`."""

from collections.abc import Callable
from typing import Any

from embedkit.cli.output import Json, note, print_json, print_table
from embedkit.errors import EmbedkitError
from embedkit.numerals import INFINITE, MISSING, counted, percent
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
    """What is known of a run. One damaged run does not hide the others: its error stands in its place."""
    summary: dict[str, Any] = {"run": run.name, "path": str(run.path), "kind": "?", "corpus": None, "finished": False}
    try:
        summary |= {"kind": run.kind, "corpus": run.provenance["corpus"]["name"], "finished": run.finished}
        if repairs := run.provenance.get("repairs"):
            summary["repairs"] = repairs
        unfinished = {} if run.finished else {"metrics": {}, "resume": resume_command(run)}
        return summary | (unfinished or {"metrics": run.metrics})
    except EmbedkitError as error:
        return summary | {"metrics": {}, "error": str(error)}


def _figures(summary: dict[str, Any]) -> str:
    if "error" in summary:
        return str(summary["error"])
    if not summary["finished"]:
        return f"not finished; `{summary['resume']}` goes on"
    metrics = summary["metrics"]
    figures = [phrase.format(write(metrics[key])) for key, phrase, write in HEADLINES if key in metrics]
    if faults := mended_faults(summary.get("repairs")):
        figures.append(f"{counted(faults, 'fault')} mended")
    return ", ".join(figures)
