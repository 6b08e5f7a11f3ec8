"""The course of a training is not gone through again; but what its files say of it has to agree: the command that
started it, its options, its history, its provenance and its figures."""

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from itertools import pairwise
from math import isclose
from typing import Any

from embedkit.addresses import masked_values
from embedkit.runs.folder import Run
from embedkit.runs.options import configurations
from embedkit.runs.provenance import keeps
from embedkit.studies.sources import corpus_away
from embedkit.studies.verdicts import COURSE, DIFFERS, EXACT, MEASURED, UNCHECKED, Remade, Verdict
from embedkit.tasks import Experiment, RunKind, Task

OF_THE_MACHINE = ("device", "precision", "bf16")
"""Options whose value a run keeps as it was decided on the machine."""
BUDGETS = ("epochs", "steps", "minutes")
_ELSEWHERE = ("--config", "--start-from")
"""Options that bring others along."""


def effort(run: Run) -> tuple[str, ...]:
    """The figures of a trained run that are of the course of its training, by the names that its trainer writes."""
    counted = run.task.load("trainer").counted
    names = {counted} if keeps(run.provenance) else {counted, "tokens"}  # the first version counted all as tokens
    of_counted = (f"{name}_{end}" for name in sorted(names) for end in ("seen", "per_second"))
    return ("steps", "epochs", "seconds", *of_counted)


def _history(run: Run, _name: str) -> Verdict:
    """Whether the evaluations of a training agree with each other, with its figures and with its options."""
    if not (isinstance(run.task, Task) and run.task.trainer):
        return UNCHECKED, COURSE
    lines = run.history
    wrong = next(_disorder(lines), "")
    if not wrong and run.finished:
        wrong = next(_contradictions(run, lines), "")
    if wrong:
        return DIFFERS, wrong
    return UNCHECKED, f"{COURSE}; what it says agrees with the figures and the options"


def _disorder(lines: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for before, after in pairwise(lines):
        if not all(before.get(key, 0) <= after.get(key, 0) for key in ("step", "epoch", "tokens_seen", "seconds")):
            yield f"the evaluation at step {after['step']:,} is not later than the one before"
    for line in lines:
        right, tokens = line.get("valid_right"), line.get("valid_tokens")
        if right is not None and tokens and not isclose(right / tokens, line.get("valid_accuracy", right / tokens)):
            yield f"at step {line['step']:,} {right:g} of {tokens:g} are right, and its accuracy is another"


def _contradictions(run: Run, lines: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    metrics, counted = run.metrics, run.task.load("trainer").counted
    _, training = configurations(run)
    if not lines:
        yield "there is no evaluation, and a training that came to its end has one"
        return
    last = lines[-1]
    pairs = (("step", "steps"), ("tokens_seen", f"{counted}_seen"), ("epoch", "epochs"))
    for key, name in pairs:
        if key in last and name in metrics and not isclose(last[key], metrics[name], rel_tol=EXACT):
            yield f"its last {key} is {last[key]:g}, and {name} in metrics.json is {metrics[name]:g}"
    if "seconds" in last and last["seconds"] > metrics.get("seconds", last["seconds"]):
        yield f"it took {last['seconds']:.3g} seconds, and metrics.json says {metrics['seconds']:.3g}"
    pace, seen = metrics.get(f"{counted}_per_second"), metrics.get(f"{counted}_seen")
    if pace and seen and metrics.get("seconds") and pace < seen / metrics["seconds"] * (1 - MEASURED):
        yield f"{seen:,} {counted} in {metrics['seconds']:.3g} seconds are more than {pace:.3g} a second"
    if training.steps and last["step"] > training.steps:
        yield f"it has a step {last['step']:,}, and the options give it {training.steps:,}"
    if not any(_is_of(line, metrics, run.task.load("trainer")) for line in lines):
        yield "none of its evaluations has the validation figures in metrics.json, which are of the best"
    yield from _rates(lines, training)


def _is_of(line: Mapping[str, Any], metrics: Mapping[str, Any], trainer: Any) -> bool:
    """Whether an evaluation can be that of the weights which the figures are of: of as much text it has the same."""
    unit = next((name for name in (trainer.counted, "tokens") if f"valid_{name}" in metrics), "")
    if not unit or line.get("valid_tokens") != metrics[f"valid_{unit}"]:
        return not (unit and trainer.validates_all)
    nats = next((key for key in metrics if re.fullmatch(r"valid_nats_per_\w+", key)), "")
    names = {key: key for key in line if key.startswith("valid_") and key in metrics and key != "valid_tokens"}
    names |= {"valid_nats_per_token": nats} if nats else {}
    return all(
        isclose(line[key], metrics[name] or 0.0, rel_tol=5 * MEASURED, abs_tol=5 * MEASURED)
        for key, name in names.items()
    )


def _rates(lines: Sequence[Mapping[str, Any]], training: Any) -> Iterator[str]:
    """Learning rates that do not follow from the options, where those say all of the budget."""
    from embedkit.training.schedule import learning_rate

    if training.schedule == "plateau" or training.minutes is not None:
        return
    if training.schedule == "cosine" and (training.steps is None or training.epochs is not None):
        return
    for line in lines:
        share = line["step"] / training.steps if training.steps else 1.0
        if training.steps is None and training.warmup:
            return
        rate = learning_rate(training.schedule, training.learning_rate, training.warmup, min(1.0, share))
        if "learning_rate" in line and not isclose(line["learning_rate"], rate, rel_tol=MEASURED, abs_tol=1e-12):
            yield f"at step {line['step']:,} the learning rate is {line['learning_rate']:g}; by the options, {rate:g}"


def _provenance(run: Run, _name: str) -> Verdict:
    """Whether what a run says of where it came from agrees with its options and with its text."""
    wrong = next(_of_command(run), "") or next(_of_origin(run), "")
    if wrong:
        return DIFFERS, wrong
    if reason := _unread_command(run):
        return UNCHECKED, f"{reason}; machine, packages and time are as it says"
    return UNCHECKED, "machine, packages and time are as it says; command, seed and text agree with the options"


def _of_origin(run: Run) -> Iterator[str]:
    """What of the provenance is not that of the configuration, or of the text as it is."""
    if not (isinstance(run.task, Task) and run.task.trainer):
        return
    model, training = configurations(run)
    about = run.provenance
    if about.get("seed", training.seed) != training.seed:
        yield f"its seed is {about['seed']}, and the options have {training.seed}"
    start = about.get("start_from")
    named = getattr(training, "start_from", None)
    if (start is None) != (named is None):
        yield "it says that it started from another run, and the options do not" if start else "it started from a run"
    elif isinstance(start, Mapping) and str(named).rstrip("/").rpartition("/")[2] != start.get("run"):
        yield f"it started from {start.get('run')!r}, and by its options from {named!r}"
    if not corpus_away(run):
        from embedkit.progress import no_progress

        trainer = run.task.load("trainer")(model, training)
        now = masked_values(dict(trainer.about(trainer.open(no_progress))))
        stated = about.get("corpus", {})
        for key in ("name", "source", "licence", "citation") if keeps(about) else ("name",):
            if stated.get(key) != now.get(key):
                yield f"the {key} of its text is {now.get(key)!r}, and it says {stated.get(key)!r}"


def _unread_command(run: Run) -> str:
    """Why a run's command says nothing about its options; "" where it does."""
    return "" if _words(run) is not None else "a program started it, or an earlier version; its command says no options"


def _words(run: Run) -> list[str] | None:
    """The options of the command that trained a run, as they were typed; None where it is none of this kind of run."""
    try:
        words = shlex.split(str(run.provenance.get("command", "")))
    except ValueError:
        return None
    task = run.task
    group = "lab" if isinstance(task, Experiment) else "train"
    command = task.command.name if isinstance(task, Task | Experiment) and task.command is not None else ""
    for at, pair in enumerate(pairwise(words)):
        if pair == (group, command):
            return words[at + 2 :]
    return None


def _of_command(run: Run) -> Iterator[str]:
    """Which option a run was trained by otherwise than its command says."""
    words, task = _words(run), run.task
    if words is None or not isinstance(task, Task | Experiment):
        return
    kept, types = _kept_options(run, task)
    if not types:
        return
    typed = dict(_typed(words))
    for name, values in typed.items():
        if name in kept and name not in OF_THE_MACHINE and not _means(values, kept[name]):
            yield f"its command has {' '.join([_flag(name), *values])}, and its options have {name} = {kept[name]!r}"
    if not keeps(run.provenance) or any(_name(option) in typed for option in _ELSEWHERE):
        return
    for name, default in _defaults(task, types, typed).items():
        if name not in typed and name not in OF_THE_MACHINE and kept.get(name) != default:
            yield f"its command has no {_flag(name)}, and its options have {name} = {kept.get(name)!r}"


def _kept_options(run: Run, task: RunKind) -> tuple[dict[str, Any], tuple[Any, ...]]:
    """The options that a run was made by, and the types of those that are what the command line gives: what a model is
    may follow from the text too."""
    if isinstance(task, Experiment):
        from embedkit.config import from_table

        kind = task.resolve(task.options)
        options = from_table(kind, run.config["options"], stored=True)
        return {field.name: getattr(options, field.name) for field in fields(options)}, (kind,)
    if isinstance(task, Task) and task.trainer:
        parts = configurations(run)
        return {field.name: getattr(part, field.name) for part in parts for field in fields(part)}, (type(parts[1]),)
    return {}, ()


def _defaults(task: RunKind, types: tuple[Any, ...], typed: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The options that hold where nothing is typed: those of the preset, else those of the configuration."""
    values = {field.name: getattr(kind(), field.name) for kind in types for field in fields(kind)}
    if isinstance(task, Task) and task.preset:
        _, parts = task.load("preset")(lambda option: next(iter(typed.get(_name(option), ())), None))
        budget = any(name in typed for name in BUDGETS)
        values |= {
            field.name: getattr(part, field.name)
            for part in parts
            for field in fields(part)
            if field.name in values
            and getattr(part, field.name) != field.default
            and not (budget and field.name in BUDGETS)
        }
    return values


def _typed(words: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """("hidden_size", ["32"]) of `--hidden-size 32` and of `--hidden-size=32`; a flag alone is "true", and with no-
    before it "false"."""
    name, values = "", []
    for word in [*words, "--"]:
        if not word.startswith("--"):
            values.append(word)
            continue
        if name and not values and name.startswith("no_"):
            yield name.removeprefix("no_"), ["false"]
        elif name:
            yield name, values or ["true"]
        option, equals, value = word.partition("=")
        name, values = _name(option), [value] if equals else []


def _means(words: Sequence[str], kept: Any) -> bool:
    """Whether what was typed is the value that is kept."""
    if isinstance(kept, tuple | list):
        flat = [part for word in words for part in word.split(",")]
        return len(flat) == len(kept) and all(_means([word], each) for word, each in zip(flat, kept, strict=True))
    word = words[-1]
    if isinstance(kept, bool):
        return word.lower() in (("true", "yes", "1") if kept else ("false", "no", "0"))
    if isinstance(kept, int | float):
        try:
            return float(word.replace("_", "")) == float(kept)
        except ValueError:
            return False
    return word == str(kept) or masked_values({"": word}) == {"": kept}


def _name(option: str) -> str:
    return option.lstrip("-").replace("-", "_")


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


REMADE = (
    Remade("", ".jsonl", _history, only="history", quick=True),
    Remade("", ".json", _provenance, only="provenance", quick=True),
)
