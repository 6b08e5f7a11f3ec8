"""What is made from a run and kept with it: dataclasses as files, by one codec that is handed the type.

A kind of artefact is one line beside its dataclass:

    PROBES = Artefact("probes", ProbeSheet, "probe", named=lambda sheet: sheet.name)

    PROBES.save(run, sheet)            # RUN/probes/NAME.json
    PROBES.load(run, "held-out")

As .json a record is an object with a key a field; an array is a list. As .npz a record of arrays is an array a field: a
tuple of texts is an array of strings, a number or a text an array of no dimensions, a mapping of arrays, `gates`, an
array gate:KEY for each of its keys, any other mapping its JSON, and what is None is left out.

A type whose files have another form than its fields says so by two methods, which the codec calls wherever it stands in
a record: `to_stored(self, values)`, handed the plain values of its fields, returns those of the file, and the static
`from_stored(values)` turns them back, where that is not the same.

A field that files of earlier versions lack has a default, and says in its metadata since which version it is kept:
`field(default=(), metadata={"since": "0.3.0"})`. Which fields the file of a record lacks, `lacking` says; they are not
written again either. One that begins with the name of the run has `RUN_NAME` for metadata: the run's folder may be
renamed. Figures that follow from counts have `FROM_COUNTS`: no rounding reaches them.
"""

import json
import shutil
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, TypeVar, get_args, get_type_hints

from embedkit.errors import EmbedkitError, RunError, SpaceError
from embedkit.files import parse_json, read_json, write_json
from embedkit.runs.folder import Run
from embedkit.runs.provenance import keeps

if TYPE_CHECKING:
    from cattrs import Converter

_T = TypeVar("_T")

RUN_NAME: Mapping[str, Any] = MappingProxyType({"begins with": "run"})
"""The metadata of a field that is the name of the run, or begins with it and a slash."""
FROM_COUNTS: Mapping[str, Any] = MappingProxyType({"follows from": "counts"})
"""The metadata of a field whose figures follow from whole numbers beside it, by a formula or with a seed: where those
are the same, so are these, on every machine."""
_made_in: ContextVar[Mapping[str, Any]] = ContextVar("made_in", default=MappingProxyType({}))
"""The provenance of the run whose record is being read; empty where it is of none."""
_LACKING = "_lacking"  # the attribute of a record that was read

FINDINGS = (
    "analogies",
    "clusters",
    "columns",
    "comparisons",
    "differences",
    "hearings",
    "keypad",
    "layers",
    "maps",
    "minimal-pairs",
    "phrases",
    "pictures",
    "probes",
    "samples.json",
    "scores",
    "series",
    "spaces",
    "traces",
)
"""What is kept with a run that was found out about its weights, once they were trained."""


@dataclass(frozen=True)
class Artefact(Generic[_T]):
    """A kind of thing that is kept with a run.

    Attributes:
        folder: of the run, where they lie; each is a file NAME and `suffix` there.
        kind: the dataclass of its records.
        called: what a person calls one in a message, such as "map".
        suffix: ".json" or ".npz".
        only: the name of the single one that a run has; empty where there can be several.
        named: record → its name, where it follows from what is in it.
    """

    folder: str
    kind: type[_T]
    called: str
    suffix: str = ".json"
    only: str = ""
    named: Callable[[_T], str] | None = None

    def path(self, run: Run, name: str = "") -> Path:
        """Where the one of this name lies, or would lie."""
        return run.path / self.folder / f"{name or self.only}{self.suffix}"

    def names(self, run: Run) -> list[str]:
        """The names of all that are kept, in alphabetical order."""
        return run.artefacts(self.folder, self.suffix)

    def save(self, run: Run, record: _T, name: str = "") -> Path:
        """Write a record under `name`, whole or not at all; without one it is called as `named` says, or `only`."""
        if not (name or self.only) and self.named is not None:
            name = self.named(record)
        return save_record(self.path(run, name), record)

    def load(self, run: Run, name: str = "") -> _T:
        """The one of this name.

        Raises:
            UsageError: there is none; the message names what is there.
            RunError, SpaceError: it is damaged, or of another version.
        """
        return load_record(run.artefact(self.folder, name or self.only, self.suffix, self.called), self.kind, of=run)

    def load_all(self, run: Run) -> tuple[_T, ...]:
        """All that are kept, in the order of their names."""
        return tuple(self.load(run, name) for name in self.names(run))

    def load_or_none(self, run: Run, name: str = "") -> _T | None:
        """The one of this name, or None where there is none."""
        path = self.path(run, name)
        return load_record(path, self.kind, of=run) if path.exists() else None


def forget_findings(run: Run) -> None:
    """Remove what was found out about the weights of a run that is still in training: it ends with others."""
    for name in FINDINGS:
        path = run.path / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def save_record(path: Path, record: Any) -> Path:
    """Write a dataclass of numbers, texts, tuples, mappings, arrays and other such dataclasses, whole or not at all.

    Raises:
        SpaceError: a text cannot be kept in .npz.
    """
    if path.suffix == ".npz":
        from embedkit.runs.arrays import save_arrays

        save_arrays(path, _to_arrays(_converter(arrays=True).unstructure(record), path.stem))
    else:
        write_json(path, to_plain(record))
    return path


def load_record(path: Path, kind: type[_T], *, of: Run | None = None) -> _T:
    """Read what `save_record` wrote.

    Args:
        of: the run that keeps it; a field that the version which made that run keeps already is not one that its file
            lacks as files of earlier versions do: see `lacking`.

    Raises:
        RunError: the file is damaged, or of a version with other fields.
        SpaceError: it is no .npz that can be read.
    """
    import cattrs

    arrays = path.suffix == ".npz"
    try:
        if arrays:
            from embedkit.runs.arrays import load_arrays

            values = _optional(kind) | _from_arrays(load_arrays(path))
        else:
            values = read_json(path)
    except ValueError as error:
        raise _damaged(path, str(error)) from None
    token = _made_in.set(_provenance_of(of))
    try:
        return _converter(arrays=arrays).structure(values, kind)
    except cattrs.BaseValidationError as error:
        raise _damaged(path, *cattrs.transform_error(error, format_exception=_reason)[:2]) from None
    except (EmbedkitError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise _damaged(path, str(error)) from None
    finally:
        _made_in.reset(token)


def _provenance_of(run: Run | None) -> Mapping[str, Any]:
    """A run's provenance; empty where it cannot be read, which is told of the run itself."""
    try:
        return {} if run is None else run.provenance
    except RunError:
        return {}


def to_plain(record: Any) -> Any:
    """A record as it stands in a .json: mappings, lists, texts and numbers."""
    return _converter(arrays=False).unstructure(record)


def lacking(record: Any) -> frozenset[str]:
    """The fields of a record that its file has no key for, and so have their defaults; none of one that was made.

    What the version keeps that made the run, by the run's provenance, is none of them: there the default is taken for
    what the file says.
    """
    return vars(record).get(_LACKING, frozenset())


def _damaged(path: Path, *reasons: str) -> RunError:
    return RunError(f"{path}: damaged or of another version ({'; '.join(reasons)}); make it again")


def _reason(error: BaseException, kind: type | None) -> str:
    """What is wrong with a value, in the words of the type that refused it where it has some."""
    from cattrs.v import format_exception

    return str(error) if isinstance(error, EmbedkitError | ValueError) else format_exception(error, kind)


@cache
def _converter(*, arrays: bool) -> "Converter":
    """Turns records into plain values and back; an array stays an array if `arrays`, and is a list if not."""
    import numpy as np
    from cattrs import Converter
    from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn

    converter = Converter(forbid_extra_keys=True)
    converter.register_unstructure_hook(np.ndarray, lambda array: array if arrays else array.tolist())
    converter.register_structure_hook(np.ndarray, lambda values, _kind: np.asarray(values))

    @converter.register_unstructure_hook_factory(_is_record)
    def to_stored(kind: Any) -> Callable[[Any], Any]:
        plain = make_dict_unstructure_fn(kind, converter)
        turn = getattr(kind, "to_stored", None)

        def unstructure(record: Any) -> dict[str, Any]:
            values = plain(record) if turn is None else turn(record, plain(record))
            absent = lacking(record)
            return {key: value for key, value in values.items() if key not in absent} if absent else values

        return unstructure

    @converter.register_structure_hook_factory(_is_record)
    def from_stored(kind: Any) -> Callable[[Any, Any], Any]:
        build = make_dict_structure_fn(kind, converter, _cattrs_forbid_extra_keys=True)
        turned_back = getattr(kind, "from_stored", None)
        required = (MISSING, MISSING)
        optional = {each.name for each in fields(kind) if (each.default, each.default_factory) != required}
        since = {each.name: each.metadata["since"] for each in fields(kind) if "since" in each.metadata}

        def structure(values: Any, _kind: Any) -> Any:
            values = values if turned_back is None else turned_back(values)
            record = build(values, kind)
            absent, made_in = optional - values.keys(), _made_in.get()
            absent -= {name for name in absent if name in since and made_in and keeps(made_in, since[name])}
            if absent:
                object.__setattr__(record, _LACKING, frozenset(absent))
            return record

        return structure

    return converter


def _is_record(kind: Any) -> bool:
    return isinstance(kind, type) and is_dataclass(kind)


def _to_arrays(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    import numpy as np

    from embedkit.runs.strings import Strings

    arrays: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, Mapping) and all(isinstance(array, np.ndarray) for array in value.values()):
            arrays |= {f"{key.removesuffix('s')}:{inner}": array for inner, array in value.items()}
        elif isinstance(value, Mapping):
            arrays[key] = np.array(json.dumps(value))
        elif isinstance(value, str):
            if value.startswith("{"):  # would be read as JSON
                raise SpaceError(f"{name}: the {key} {value!r} cannot be kept in .npz; it starts with a brace")
            if value.endswith("\0"):  # which numpy drops
                raise SpaceError(f"{name}: the {key} {value!r} cannot be kept in .npz; it ends in NUL")
            arrays[key] = np.array(value)
        elif isinstance(value, tuple | list):
            wrong = next((each for each in value if not isinstance(each, str)), None)
            if wrong is not None:
                raise SpaceError(f"{name}: {wrong!r} of {key} cannot be kept in .npz; it is no text")
            arrays[key] = Strings.of(value)
        elif value is not None:
            arrays[key] = np.asarray(value)
    return arrays


def _optional(kind: type) -> dict[str, None]:
    """The fields of a type that can be None, and so may be left out of its arrays."""
    return {name: None for name, hint in get_type_hints(kind).items() if type(None) in get_args(hint)}


def _from_arrays(arrays: Mapping[str, Any]) -> dict[str, Any]:
    """Raises ValueError where JSON is damaged, or a field is an array and a mapping of arrays too."""
    from embedkit.runs.strings import Strings

    values: dict[str, Any] = {}
    mappings: dict[str, dict[str, Any]] = {}
    for key, array in arrays.items():
        outer, colon, inner = key.partition(":")
        if isinstance(array, Strings):
            values[key] = tuple(array)
        elif colon:
            mappings.setdefault(f"{outer}s", {})[inner] = array
        elif array.ndim == 0:
            value = array.item()
            values[key] = parse_json(value) if isinstance(value, str) and value.startswith("{") else value
        else:
            values[key] = tuple(array.tolist()) if array.dtype.kind == "U" else array
    twice = values.keys() & mappings.keys()
    if twice:
        raise ValueError(f"{min(twice)} stands twice")
    return values | mappings
