"""Where options come from besides the command line: a TOML file (`--config`), then the preset of the level.

Both are sources for cyclopts, asked in this order; an option that has a value already is left as it is.
"""

import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

from cyclopts import App
from cyclopts.argument import ArgumentCollection
from cyclopts.config import Dict

from embedkit.config import PRESETS, LanguageModelConfig, TrainingConfig, Word2VecConfig
from embedkit.errors import UsageError, unknown

BUDGETS = ("epochs", "steps", "minutes")
KINDS = {"lm": "language-model", "word2vec": "word2vec"}
CONFIGS = {"lm": (LanguageModelConfig, TrainingConfig), "word2vec": (Word2VecConfig,)}


def from_file(app: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
    """The options of the file named by --config.

    Raises:
        UsageError: the file cannot be read, is not TOML, or has a key that is no option; the nearest is named.
    """
    file = _given(arguments, "--config")
    if file is not None and commands[-1] in CONFIGS:
        _offer(read_config(Path(file), commands[-1]), file, app, commands, arguments)


def from_preset(app: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
    """The defaults of the chosen level. A budget of the preset gives way to any budget that was asked for."""
    level = _given(arguments, "--level") or LanguageModelConfig.level
    if commands[-1] != "lm" or level not in PRESETS:
        return
    asked = any(_given(arguments, f"--{name}") is not None for name in BUDGETS)
    preset = {
        field.name: getattr(part, field.name)
        for part in PRESETS[level]
        for field in fields(part)
        if getattr(part, field.name) != field.default and not (asked and field.name in BUDGETS)
    }
    _offer(preset, f"the {level} preset", app, commands, arguments)


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
    return argument.tokens[0].value if argument is not None and argument.tokens else None


def _offer(
    options: dict[str, Any], source: str, app: App, commands: tuple[str, ...], arguments: ArgumentCollection
) -> None:
    Dict(options, source=source, use_commands_as_keys=False)(app, commands, arguments)
