"""Where options come from besides the command line: a TOML file (`--config`), then the run whose weights it
starts from (`--start-from`), then the preset of the task.

All are sources for cyclopts, asked in this order; an option that has a value already is left as it is.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields, make_dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any, get_type_hints

from cyclopts import UNSET, App, Group, Parameter
from cyclopts.argument import Argument, ArgumentCollection
from cyclopts.config import Dict

from embedkit.cli.choices import Seed
from embedkit.errors import UsageError, unknown
from embedkit.files import read_toml, require_file
from embedkit.numerals import listed, with_article
from embedkit.runs.folder import open_run
from embedkit.runs.options import configurations
from embedkit.tasks import Task, task_trained_by

BUDGETS = ("epochs", "steps", "minutes")


def options_type(config: Any, task: Task | None = None) -> Any:
    """A configuration as the command line offers it: "-" is a corpus, a seed is checked, and what it does not look at
    is not shown. Of a `task` with presets the help shows the defaults of the one that holds where nothing is said."""
    kinds = get_type_hints(config, include_extras=True)
    changed = []
    for field in fields(config):
        kind = Seed if field.name == "seed" else kinds[field.name]
        options: dict[str, Any] = {}
        if field.name in getattr(config, "UNUSED", ()):
            options["show"] = False
        elif task is not None and task.preset:
            options["show_default"] = partial(_default_shown, task, field.name)
        if field.name == "corpus":
            options["allow_leading_hyphen"] = True
        if options or field.name == "seed":
            changed.append((field.name, Annotated[kind, Parameter(**options)], field.default))
    if not changed:
        return config
    home = {"__module__": config.__module__}  # where its annotations are looked up
    return make_dataclass(config.__name__, changed, bases=(config,), frozen=True, namespace=home)


def _default_shown(task: Task, option: str, default: object) -> str | None:
    """What the help shows as an option's default: the preset's, else the configuration's own; None shows none."""
    _, parts = task.load("preset")(lambda _option: None)
    value = next((getattr(part, option) for part in parts if hasattr(part, option)), default)
    return None if value is None else str(value)


def with_options(
    function: Callable[..., None], options: Mapping[str, tuple[Any, Group]], help_text: str
) -> Callable[..., None]:
    """A command that takes the fields of dataclasses as options.

    Args:
        function: with a keyword parameter for each of `options`, and no docstring.
        options: by parameter, the dataclass, whose defaults are shown, and the group of its options in the help.
        help_text: its docstring, in Google's style.
    """
    function.__doc__ = help_text
    function.__annotations__ |= {
        name: Annotated[kind, Parameter(name="*", group=group)] for name, (kind, group) in options.items()
    }
    defaults = {name: kind() for name, (kind, _) in options.items()}
    function.__kwdefaults__ = {**(function.__kwdefaults__ or {}), **defaults}
    return function


def configuration(config: Any, options: Any) -> Any:
    """What was given on the command line as the configuration that it was made from."""
    return config(**{field.name: getattr(options, field.name) for field in fields(config)})


def from_file(app: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
    """The options of the file named by --config.

    Raises:
        UsageError: the file cannot be read, is not TOML, or has a key that is no option; the nearest is named.
    """
    file = _value(arguments, "--config")
    if file is not None:
        options = read_config(Path(file), task_trained_by(commands[-1]))
        _offer(_for_others(options, commands, arguments), file, app, commands, arguments)


def _for_others(options: dict[str, Any], commands: tuple[str, ...], arguments: ArgumentCollection) -> dict[str, Any]:
    """The options of a file without those that its run chose for others than the command line gives."""
    if "kind" not in options:
        return options  # nobody but its writer chose them
    task = task_trained_by(commands[-1])
    left_out = {"kind"}
    for config in task.config_types():
        for name, others in config.HANGING.items():
            given = {other: _value(arguments, f"--{other.replace('_', '-')}") for other in others}
            if any(value is not None and value != str(options.get(other)) for other, value in given.items()):
                left_out.add(name)
    return {name: value for name, value in options.items() if name not in left_out}


def from_run(app: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
    """The shape of the model that --start-from names.

    Raises:
        UsageError: there is no such run, or it is of another kind.
    """
    name = _value(arguments, "--start-from")
    if name is not None:
        task = task_trained_by(commands[-1])
        model = open_run(name, kinds=[task.kind]).config.get("model", {})
        shape = {option: model[option] for option in task.config_types()[0].SHAPE if option in model}
        _offer(shape, f"the run {name}", app, commands, arguments)


def as_begun(app: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
    """The options beside --resume, on the command line and in a file: a run goes on as it was begun.

    Raises:
        UsageError: one of them is not what the run was begun with, or there is no such run of this kind.
    """
    name = _value(arguments, "--resume")
    if name is None:
        return
    task = task_trained_by(commands[-1])
    run = open_run(name)
    if run.task is not task:
        raise UsageError(f"{run.path} is {with_article(run.kind)} run; this resumes {task.kind} runs")
    begun = {field.name: getattr(part, field.name) for part in configurations(run) for field in fields(part)}
    changed = {
        argument.name: begun[argument.field_info.name]
        for argument in arguments
        if argument.tokens and argument.field_info.name in begun and not _is_as_begun(argument, begun)
    }
    if "--corpus" in changed and "start_from" in begun:
        goes_on = f"--resume {run.name} goes on with what it was started on ({changed['--corpus']})"
        raise UsageError(f"{goes_on}; to continue on another text use --start-from {run.name} instead")
    if changed and not run.finished:  # which is said whatever the options are
        was = ", ".join(f"{flag} was {'not given' if value is None else value}" for flag, value in changed.items())
        raise UsageError(f"--resume {run.name} goes on as it was begun ({was}); leave out {listed(list(changed))}")
    if _value(arguments, "--name") not in (None, run.name):
        raise UsageError(f"--resume {run.name} goes on with the run of that name; leave out --name")


def _is_as_begun(argument: Argument, begun: Mapping[str, Any]) -> bool:
    """Whether an option that was given has the value that the run was begun with."""
    name, value = argument.field_info.name, argument.convert_and_validate()
    if name == "bf16":  # a run keeps it as its precision
        return bool(value == (begun["precision"] == "bf16"))
    if name == "precision" and value == "auto":
        return True  # a run keeps what was chosen
    return bool(value == begun[name])


def from_preset(app: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
    """The defaults of the chosen level or task. A budget of the preset gives way to any budget that was asked for."""
    task = task_trained_by(commands[-1])
    if not task.preset:
        return
    name, parts = task.load("preset")(lambda option: _value(arguments, f"--{option}"))
    has_budget = any(_value(arguments, f"--{budget}") is not None for budget in BUDGETS)
    preset = {
        field.name: getattr(part, field.name)
        for part in parts
        for field in fields(part)
        if getattr(part, field.name) != field.default and not (has_budget and field.name in BUDGETS)
    }
    _offer(preset, f"the {name} preset", app, commands, arguments)


def read_config(file: Path, task: Task) -> dict[str, Any]:
    """The options in a TOML file: keys at its top, or in tables as in a run's config.toml, which has its "kind" too.

    Raises:
        UsageError: as `from_file`.
    """
    require_file(file, "--config")
    try:
        table = read_toml(file)
    except ValueError as error:
        raise UsageError(f"{file}: not TOML ({error})") from None
    except OSError as error:
        raise UsageError(f"--config {file}: {error.strerror}") from None
    kind = table.get("kind", task.kind)
    if kind != task.kind:
        command = task.command.name if task.command else ""
        raise UsageError(
            f"{file}: options of {with_article(str(kind))} run; `embedkit train {command}` trains a {task.kind} run"
        )
    names = [field.name for config in task.config_types() for field in fields(config)]
    options: dict[str, Any] = {}
    for key, value in table.items():
        options |= value if isinstance(value, dict) else {key: value}
    for key in options:
        if key not in ("kind", *names):
            raise unknown("option", key, names, hint=f"({file})")
    return options


def _value(arguments: ArgumentCollection, name: str) -> str | None:
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
