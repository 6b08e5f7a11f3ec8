"""Files of a run that anybody may have touched, read and checked: what is damaged is one readable error."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn, get_type_hints

from embedkit.errors import RunError
from embedkit.files import parse_json, parse_toml
from embedkit.hints import fits, in_words
from embedkit.tasks import LAB, UnknownKindError, experiment_of, task_of

_ADVICE = "restore it or train again"


def read_config(file: Path) -> dict[str, Any]:
    """A config.toml.

    Raises:
        RunError: the file is missing, cannot be read, or is not TOML; a section is no table, or an option of another
            type than its task has it. What is asked of a table that lacks it is one too.
    """
    try:
        config = parse_toml(_text(file))
    except FileNotFoundError:
        raise RunError(f"{file}: no such file, so {file.parent} is not a run") from None
    except ValueError as error:
        raise RunError(f"{file}: not TOML ({error}); {_ADVICE}") from None
    for section in ("model", "training", "options"):
        if not isinstance(config.get(section, {}), dict):
            raise RunError(f"{file}: {section} is no table; {_ADVICE}")
    _check_types(file, config)
    tables = {key: _Table(file, key, value) for key, value in config.items() if isinstance(value, dict)}
    return _Table(file, "", {**config, **tables})


def _check_types(file: Path, config: Mapping[str, Any]) -> None:
    """Raises:
    RunError: an option that its task or experiment has is of another type.
    """
    for section, kind in _sections(config).items():
        hints = get_type_hints(kind)
        for key, value in config.get(section, {}).items():
            if key in hints and not fits(tuple(value) if isinstance(value, list) else value, hints[key]):
                raise RunError(f"{file}: {key} is {value!r:.80}; it must be {in_words(hints[key])}; {_ADVICE}")


def _sections(config: Mapping[str, Any]) -> dict[str, Any]:
    """The sections of a config of a known kind, each with the dataclass of its options."""
    try:
        if config.get("kind") == LAB:
            experiment = experiment_of(str(config.get("lab")))
            return {"options": experiment.resolve(experiment.options)}
        types = task_of(str(config.get("kind"))).config_types()
    except UnknownKindError:
        return {}
    return dict(zip(("model", "training"), types, strict=True)) if len(types) == 2 else {}


class _Table(dict[str, Any]):
    """A table of a run's file, which says so where it lacks what was written there."""

    def __init__(self, file: Path, section: str, values: Mapping[str, Any]) -> None:
        super().__init__(values)
        self._place = f"{file}: no {{key}}" + (f" in [{section}]" if section else "")

    def __missing__(self, key: str) -> NoReturn:
        """Raises:
        RunError: always.
        """
        raise RunError(f"{self._place.format(key=key)}; {_ADVICE}")


def read_record(file: Path) -> dict[str, Any]:
    """A JSON object.

    Raises:
        RunError: the file is missing, cannot be read, or holds something else.
    """
    value = _json(file)
    if not isinstance(value, dict):
        raise RunError(f"{file}: {_noun(value)} in place of an object; {_ADVICE}")
    return value


def read_figures(file: Path, *, lab: bool) -> dict[str, Any]:
    """metrics.json: by name a number, or null where it cannot be said; of a score's signature a text, of a confusion
    its table.

    Args:
        lab: it is of an experiment, which has figures of its own shape by the side.

    Raises:
        RunError: the file is missing, cannot be read, or a figure is something else.
    """
    figures = read_record(file)
    for name, value in figures.items():
        if name.endswith("_signature"):
            fit, noun = isinstance(value, str), "text"
        elif name.endswith("_confusion"):
            rows = value if isinstance(value, list) else [None]
            fit, noun = all(isinstance(row, list) and all(map(is_number, row)) for row in rows), "table of numbers"
        else:
            fit, noun = value is None or isinstance(value, bool) or is_number(value), "number"
            fit = fit or (lab and name not in ("trials", "seconds"))
        if not fit:
            raise RunError(f"{file}: {name} is no {noun}; {_ADVICE}")
    return figures


def read_records(file: Path) -> list[dict[str, Any]]:
    """A JSON list of objects.

    Raises:
        RunError: the file is missing, cannot be read, or holds something else.
    """
    value = _json(file)
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise RunError(f"{file}: no list of objects; {_ADVICE}")
    return value


def read_samples(file: Path) -> list[dict[str, Any]]:
    """samples.json: texts, each with its prompt, temperature and seed.

    Raises:
        RunError: the file cannot be read, or holds something else.
    """
    samples = read_records(file)
    for sample in samples:
        texts = all(isinstance(sample.get(name), str) for name in ("prompt", "text"))
        if not (texts and is_number(sample.get("temperature")) and isinstance(sample.get("seed"), int)):
            raise RunError(f"{file}: not every sample has a prompt, a text, a temperature and a seed; {_ADVICE}")
    return samples


def read_lines(file: Path, numbers: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """A JSON object a line; a last line that was cut short by a kill is left out, and a missing file has none.

    Args:
        numbers: what is a number in each of them, or null, where it stands there.

    Raises:
        RunError: the file cannot be read, or a line is something else.
    """
    try:
        lines = file.read_bytes().splitlines()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RunError(f"{file}: cannot be read ({error.strerror})") from None
    records = []
    for number, line in enumerate(lines, 1):
        try:
            record = parse_json(line.decode("utf-8"))
        except ValueError as error:
            if number == len(lines) and isinstance(error, json.JSONDecodeError | UnicodeDecodeError):
                break
            _refuse(file, error, number)
        if not isinstance(record, dict):
            raise RunError(f"{file}:{number}: {_noun(record)} in place of an object; {_ADVICE}")
        for name in numbers:
            if not (record.get(name) is None or is_number(record[name])):
                raise RunError(f"{file}:{number}: {name} is no number, or beyond all bounds; {_ADVICE}")
        records.append(record)
    return records


def is_number(value: object) -> bool:
    """Whether a value is one that can be calculated with: true and integers beyond any float are not."""
    try:
        return isinstance(value, int | float) and not isinstance(value, bool) and float(value) is not None
    except OverflowError:
        return False


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise
    except OSError as error:
        raise RunError(f"{file}: cannot be read ({error.strerror})") from None


def _json(file: Path) -> Any:
    try:
        return parse_json(_text(file), constants=False)
    except FileNotFoundError:
        raise RunError(f"{file}: no such file; is the run finished? See `embedkit runs`") from None
    except ValueError as error:
        _refuse(file, error)


def _refuse(file: Path, error: Exception, line: int | None = None) -> NoReturn:
    """Raises:
    RunError: always, with the place as far as it is known.
    """
    if isinstance(error, json.JSONDecodeError):
        line = line or error.lineno
    why = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
    raise RunError(f"{file}{'' if line is None else f':{line}'}: not JSON ({why})") from None


def _noun(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")
