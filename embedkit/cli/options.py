"""Where options come from besides the command line: a TOML file (`--config`), then the preset of the level.

Both are sources for cyclopts, asked in this order; an option that has a value already is left as it is.
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from cyclopts import UNSET, App
from cyclopts.argument import ArgumentCollection
from cyclopts.config import Dict

from embedkit.errors import UsageError, unknown
from embedkit.runs.folder import TRAIN_COMMANDS
from embedkit.tasks.caption.config import CAPTION_PRESETS, CaptionModel, CaptionTraining
from embedkit.tasks.classify.config import CLASSIFIER_PRESETS, ClassifierModel, ClassifierTraining
from embedkit.tasks.echo.config import EchoModel, EchoTraining
from embedkit.tasks.execute.config import EXECUTE_PRESETS, ExecuteModel, ExecuteTraining
from embedkit.tasks.language_model.config import LANGUAGE_MODEL_PRESETS, LanguageModel, LanguageModelTraining
from embedkit.tasks.seq2seq.config import SEQ2SEQ_PRESETS, Seq2SeqModel, Seq2SeqTraining
from embedkit.tasks.word2vec.config import Word2VecTraining

BUDGETS = ("epochs", "steps", "minutes")
KINDS = {command: kind for kind, command in TRAIN_COMMANDS.items()}
CONFIGS = {
    "lm": (LanguageModel, LanguageModelTraining),
    "seq2seq": (Seq2SeqModel, Seq2SeqTraining),
    "word2vec": (Word2VecTraining,),
    "classify": (ClassifierModel, ClassifierTraining),
    "echo": (EchoModel, EchoTraining),
    "execute": (ExecuteModel, ExecuteTraining),
    "caption": (CaptionModel, CaptionTraining),
}


def from_file(app: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
    """The options of the file named by --config.

    Raises:
        UsageError: the file cannot be read, is not TOML, or has a key that is no option; the nearest is named.
    """
    file = _given(arguments, "--config")
    if file is not None and commands[-1] in CONFIGS:
        _offer(read_config(Path(file), commands[-1]), file, app, commands, arguments)


def from_preset(app: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
    """The defaults of the chosen level or task. A budget of the preset gives way to any budget that was asked for."""
    if commands[-1] not in PRESET_CHOICES:
        return
    name, parts = PRESET_CHOICES[commands[-1]](arguments)
    asked = any(_given(arguments, f"--{budget}") is not None for budget in BUDGETS)
    preset = {
        field.name: getattr(part, field.name)
        for part in parts
        for field in fields(part)
        if getattr(part, field.name) != field.default and not (asked and field.name in BUDGETS)
    }
    _offer(preset, f"the {name} preset", app, commands, arguments)


def _level_preset(arguments: ArgumentCollection) -> tuple[str, tuple[Any, ...]]:
    level = _given(arguments, "--level") or LanguageModel.level
    return level, LANGUAGE_MODEL_PRESETS.get(level, ())


def _difficulty_preset(arguments: ArgumentCollection) -> tuple[str, tuple[Any, ...]]:
    level = _given(arguments, "--level") or ClassifierTraining.level
    return level, CLASSIFIER_PRESETS.get(level, ())


def _task_preset(arguments: ArgumentCollection) -> tuple[str, tuple[Any, ...]]:
    corpus = _given(arguments, "--corpus") or Seq2SeqTraining.corpus
    if (_given(arguments, "--stream") or "none") != "none":
        task = "stream"
    elif (_given(arguments, "--phrases") or "false").lower() in ("true", "1", "yes"):
        task = "phrases"
    else:
        task = {"dates": "dates", "copy": "strings", "reverse": "strings"}.get(corpus, "pairs")
    return task, SEQ2SEQ_PRESETS[task]


def _program_preset(arguments: ArgumentCollection) -> tuple[str, tuple[Any, ...]]:
    task = _given(arguments, "--task") or ExecuteTraining.task
    return task, EXECUTE_PRESETS.get(task, ())


def _caption_preset(arguments: ArgumentCollection) -> tuple[str, tuple[Any, ...]]:
    corpus = _given(arguments, "--corpus") or CaptionTraining.corpus
    what = "scenes" if corpus == "scenes" else "vectors" if corpus.endswith(".npz") else "images"
    return what, CAPTION_PRESETS[what]


PRESET_CHOICES: Mapping[str, Callable[[ArgumentCollection], tuple[str, tuple[Any, ...]]]] = {
    "lm": _level_preset,
    "seq2seq": _task_preset,
    "classify": _difficulty_preset,
    "execute": _program_preset,
    "caption": _caption_preset,
}
"""By command, what names its preset after the options given so far, and the configurations of that preset."""


def read_config(file: Path, command: str) -> dict[str, Any]:
    """The options in a TOML file: keys at its top, or in tables as in a run's config.toml.

    Raises:
        UsageError: as `from_file`.
    """
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{file}: not TOML ({error})") from None
    except OSError as error:
        raise UsageError(f"--config {file}: {error.strerror}") from None
    kind = table.pop("kind", KINDS[command])
    if kind != KINDS[command]:
        raise UsageError(
            f"{file}: the options of a {kind} run; `embedkit train {command}` trains a {KINDS[command]} run"
        )
    names = [field.name for config in CONFIGS[command] for field in fields(config)]
    options: dict[str, Any] = {}
    for key, value in table.items():
        options |= value if isinstance(value, dict) else {key: value}
    for key in options:
        if key not in names:
            raise unknown("option", key, names, hint=f"({file})")
    return options


def _given(arguments: ArgumentCollection, name: str) -> str | None:
    """The value an option has so far, or None."""
    argument = arguments.get(name, None)
    if argument is None or not argument.tokens:
        return None
    token = argument.tokens[0]
    return str(token.value if token.implicit_value is UNSET else token.implicit_value)


def _offer(
    options: dict[str, Any], source: str, app: App, commands: tuple[str, ...], arguments: ArgumentCollection
) -> None:
    Dict(options, source=source, use_commands_as_keys=False)(app, commands, arguments)
