"""A run is a folder that a person can read: config, vocabulary, weights, history, metrics, provenance.

runs/NAME/
  config.toml           everything that made it, resolved
  tokenizer.json        the vocabulary; of a seq2seq run that of its source
  target/tokenizer.json seq2seq: the vocabulary of its target
  vocabulary.tsv        how often each token stands in the training text
  weights.safetensors   the best weights by validation; never a pickle
  state.safetensors     optimiser, schedule, random generators, position in the stream (in its header)
  history.jsonl         a line an evaluation
  metrics.json          the headline figures with their units
  provenance.json       corpus checksum, versions, machine, seed, command line
  samples.json          text sampled at several temperatures
  spaces/NAME.npz       extracted embedding spaces
  maps/SPACE-METHOD.npz projections with parameters, seed and fidelity; SPACE-METHOD-3d.npz in three dimensions
  analogies/SPACE-QUESTIONS.json  score sheets
  differences/SPACE-QUESTIONS--RUN-SPACE.json  what the one space answers more than the other
  traces/NAME.npz       hidden states and gates over a text
  probes/NAME.json      which units follow which feature of held-out text
  comparisons/NAME.json a space beside another (each word's own in NAME.npz), or over its training
  series/NAME.json      words followed through spaces of several periods, the first of them of this run
  snapshots/STEP.npz    input embeddings on the way, where `train lm --snapshots` kept them
  phrases.tsv           seq2seq: training phrases and how often each stands in the text
  scores/SPLIT.json     seq2seq, execute, captioner: held-out examples scored; echo: accuracy by position in the chunk
  pictures/SPLIT-ROW.png  captioner: the images of those examples
  hearings/NAME.npz     recogniser: what was heard where in some held-out sounds
  layers/SPLIT.json     recogniser: what the states of each layer tell
  clusters/SPACE.json   clusters with their names and what speaks for them
  columns/SPACE.json    how well neighbours tell each column that is known of the points
  trials.jsonl          lab: a line a trial, with its settings, its result and its seconds
  minimal-pairs/SET.json  language model: which sentence of minimal pairs it finds likelier
  keypad/…              writing with a language model: SPLIT.json, offers.json, words.tsv
  phrases/…             seq2seq: interpolations.json, purity.json, looks.json (attention and beams)
"""

import math
import os
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from embedkit.addresses import is_address, masked_values, name_in
from embedkit.errors import RunError, UsageError, unknown
from embedkit.files import write_json, write_text
from embedkit.notebook import Displayed
from embedkit.numerals import with_article
from embedkit.runs.damage import read_config, read_figures, read_lines, read_record, read_samples
from embedkit.tasks import LAB, RunKind, Task, UnknownKindError, all_tasks, experiment_of, task_of

_MEASURED = ("step", "tokens_seen", "train_nats_per_token", "valid_nats_per_token", "learning_rate", "seconds")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def runs_folder() -> Path:
    """Where runs are kept: EMBEDKIT_RUNS, else `runs` in the current folder."""
    return Path(os.environ.get("EMBEDKIT_RUNS") or "runs")


@dataclass(frozen=True)
class Run(Displayed):
    """One trained model, or an embedding file, and all that was made from it.

    `kind` is that of a task (embedkit.tasks), or "lab": an experiment of many small trainings.
    """

    path: Path

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r})"

    @property
    def name(self) -> str:
        return self.path.name

    @cached_property
    def config(self) -> dict[str, Any]:
        """config.toml, with the run's kind at its top.

        Raises:
            RunError: the file is missing, damaged or not TOML.
        """
        return read_config(self.path / "config.toml")

    @property
    def kind(self) -> str:
        """Its task's, or "lab".

        Raises:
            RunError: config.toml is missing, no TOML, or without a kind.
        """
        return self._option("kind")

    @property
    def subject(self) -> str:
        """What it is about: its kind, or of a lab the name of its experiment."""
        return self._option("lab") if self.kind == LAB else self.kind

    @property
    def task(self) -> RunKind:
        """What is known of its kind: its task, or of a lab its experiment.

        Raises:
            RunError: there is no such task or experiment; the package that brought it may be missing.
        """
        try:
            return experiment_of(self.subject) if self.kind == LAB else task_of(self.kind)
        except UnknownKindError as error:
            raise RunError(f"{self.path}: {error}") from None

    def _option(self, name: str) -> str:
        if not isinstance(self.config.get(name), str):
            raise RunError(f"{self.path}/config.toml: no {name}; restore it or train again")
        return str(self.config[name])

    @property
    def finished(self) -> bool:
        """Whether training came to its end: the figures are written last."""
        return (self.path / "metrics.json").exists()

    @property
    def metrics(self) -> dict[str, Any]:
        """metrics.json: the headline figures by name.

        Raises:
            RunError: there is none yet, it is no JSON object, or a figure is no number.
        """
        return read_figures(self.path / "metrics.json", lab=self.kind == LAB)

    @property
    def provenance(self) -> dict[str, Any]:
        """provenance.json: corpus, packages, machine, seed, command line and start.

        Raises:
            RunError: there is none, or it is no JSON object with a corpus that is one.
        """
        provenance = read_record(self.path / "provenance.json")
        if not isinstance(provenance.get("corpus", {}), dict):
            raise RunError(f"{self.path}/provenance.json: corpus is no object; restore it or train again")
        return provenance

    @property
    def samples(self) -> list[dict[str, Any]]:
        """Sampled texts: prompt, temperature, seed, text. Empty where none were taken.

        Raises:
            RunError: they are damaged.
        """
        file = self.path / "samples.json"
        return read_samples(file) if file.exists() else []

    @property
    def history(self) -> list[dict[str, Any]]:
        """One record an evaluation: step, tokens_seen, train_nats_per_token, valid_nats_per_token, learning_rate,
        seconds. A last line that was cut short by a kill is left out.

        Raises:
            RunError: another line is no record, or one of these no number.
        """
        return read_lines(self.path / "history.jsonl", _MEASURED)

    @property
    def trials(self) -> list[dict[str, Any]]:
        """Of a lab: one record a trial that is done, with its settings, its result and its seconds.

        Raises:
            RunError: a line before the last is no record.
        """
        return read_lines(self.path / "trials.jsonl")

    def artefacts(self, folder: str, suffix: str) -> list[str]:
        """Names of what lies in a sub-folder (`spaces`, `maps`, `analogies`, `traces`), without the suffix."""
        return sorted(p.name.removesuffix(suffix) for p in (self.path / folder).glob(f"[!.]*{suffix}"))

    def artefact(self, folder: str, name: str, suffix: str, kind: str) -> Path:
        """Where one of the `artefacts` lies.

        Raises:
            UsageError: there is none of this name; what is there is named, as the `kind` that a person calls it.
        """
        names = self.artefacts(folder, suffix)
        if name not in names:
            raise unknown(kind, name, names, hint=f"(in {self.path / folder}/)")
        return self.path / folder / f"{name}{suffix}"

    def write_config(self, config: Mapping[str, Any]) -> None:
        """Write config.toml, which makes the folder a run; values that are None are left out, and what is secret in an
        address."""
        import tomli_w

        write_text(self.path / "config.toml", tomli_w.dumps(masked_values(without_none(config))))
        self.__dict__.pop("config", None)  # what was read of it before

    def write_metrics(self, metrics: Mapping[str, Any]) -> None:
        """Write metrics.json. JSON has no infinity: a perplexity that is infinite, of a model that has diverged, is
        null there."""
        infinite = {key: None for key, value in metrics.items() if value == math.inf}
        write_json(self.path / "metrics.json", {**metrics, **infinite})

    def write_provenance(self, provenance: Mapping[str, Any]) -> None:
        """Write provenance.json, without what is secret in an address."""
        write_json(self.path / "provenance.json", masked_values(provenance))


def without_none(table: Mapping[str, Any]) -> dict[str, Any]:
    """A table, and the tables in it, without what is None: TOML has no null."""
    return {
        key: without_none(value) if isinstance(value, Mapping) else value
        for key, value in table.items()
        if value is not None
    }


def run_path(name: str, folder: Path | None = None) -> Path:
    """Where a run of this name is kept.

    Raises:
        UsageError: the name is not letters, digits, dots, dashes and underscores (it becomes a folder).
    """
    return (folder or runs_folder()) / file_name(name, "run")


def file_name(name: str, kind: str) -> str:
    """A name that becomes a file's or a folder's.

    Raises:
        UsageError: it is not letters, digits, dots, dashes and underscores; `kind` says whose name it is.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{kind} name {name!r}: use letters, digits, '.', '-' and '_', starting with a letter or digit"
        )
    return name


def name_after(source: str) -> str:
    """What a run on this corpus is called: the card's name, the file's or folder's, or "stdin"."""
    if is_address(source):
        source = name_in(source)
    stem = "stdin" if source == "-" else Path(source).resolve().name if Path(source).is_dir() else Path(source).name
    return stem.split(".")[0].replace(" ", "-").lstrip("-._") or "corpus"


def list_runs(folder: Path | None = None, kinds: Iterable[str] = ()) -> list[Run]:
    """All runs, newest last; only those of the given kinds if any are given."""
    folder = folder or runs_folder()
    configs = sorted(folder.glob("*/config.toml"), key=_modified)
    runs = [Run(p.parent) for p in configs]
    accepted = {kinds} if isinstance(kinds, str) else set(kinds)
    return [run for run in runs if not accepted or _is_of(run, accepted)]


def _modified(file: Path) -> float:
    """When a file was changed; 0 of one that cannot be looked at, such as a link to nowhere."""
    try:
        return file.stat().st_mtime
    except OSError:
        return 0


def _is_of(run: Run, kinds: Collection[str]) -> bool:
    """Whether a run is of one of these kinds; one that cannot be read is of none."""
    try:
        return run.kind in kinds
    except RunError:
        return False


def open_run(name: str | None = None, folder: Path | None = None, kinds: Iterable[str] = ()) -> Run:
    """The run of this name (or at this path); the newest one that has finished where no name is given.

    Raises:
        UsageError: no run of this name; the message names the nearest, or the newest, of these kinds. Or the run is of
            another kind.
        RunError: no name was given and there is no finished run.
    """
    folder = folder or runs_folder()
    accepted = (kinds,) if isinstance(kinds, str) else tuple(kinds)
    if name is None:
        runs = [run for run in list_runs(folder, accepted) if run.finished]
        if not runs:
            what = " or ".join(accepted) or "finished"
            trained = [task.command for task in all_tasks() if task.kind in accepted and task.command is not None]
            commands = [f"`embedkit train {command.name}`" for command in trained]
            advice = " or ".join(commands or ["`embedkit demo`", "`embedkit train lm`"])
            raise RunError(f"no {what} run in {folder}/; make one with {advice}")
        return runs[-1]
    for path in (folder / name, Path(name)):
        if (path / "config.toml").is_file():
            run = Run(path)
            if accepted:
                require_kind(run, *accepted)
            return run
    fitting = [run.name for run in reversed(list_runs(folder, accepted))]  # the newest first
    raise unknown("run", name, fitting, hint=f"(runs are kept in {folder}/)")


def require_kind(run: Run, *kinds: str) -> None:
    """Raises:
    UsageError: the run is of none of these kinds.
    """
    if run.kind not in kinds:
        raise UsageError(f"run {run.name!r} is {with_article(run.kind)} run; this needs {' or '.join(kinds)}")


def resume_command(run: Run) -> str:
    """What goes on with a run that was stopped.

    Raises:
        RunError: its task is not known here.
    """
    if isinstance(run.task, Task):
        command = run.task.command
        return f"embedkit train {command.name if command else run.kind} --resume {run.name}"
    return f"embedkit lab {run.subject} --name {run.name}"
