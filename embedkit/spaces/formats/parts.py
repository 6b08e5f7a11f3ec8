"""One table in several files of a folder, as Spark, DuckDB, Hive and Hugging Face's datasets write it.

Parts are Parquet, Arrow, CSV or JSON. What a folder within is called may say more of its parts: `language=de` is a
column, and so are the splits of a set of datasets.
"""

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING
from urllib.parse import unquote

from embedkit.errors import SpaceError
from embedkit.shortage import may_use_threads
from embedkit.spaces.formats.arrow_ipc import table_of_arrow
from embedkit.spaces.formats.compressed import decompressed
from embedkit.spaces.formats.contents import Contents
from embedkit.spaces.formats.delimited import read_delimited, table_of_text
from embedkit.spaces.formats.dialect import dialect_of
from embedkit.spaces.formats.jsonlines import table_of_json
from embedkit.spaces.formats.parquet import contents_guarded, unreadable
from embedkit.spaces.formats.repairs import Repairs
from embedkit.spaces.reading import Reading
from embedkit.spaces.tables.frame import flattened, frame_in_memory
from embedkit.spaces.tables.points import contents_of_frame
from embedkit.spaces.tables.values import typed_texts

if TYPE_CHECKING:
    import pyarrow as pa

_DEEPEST = 8  # folders within folders
_MOST = 100_000
_LOOK = 1 << 16  # bytes that tell whether a part has a heading
_SPLITS = "dataset_dict.json"  # beside the folders of splits that Hugging Face's datasets save
_PACKED = r"(\.(gz|bz2|xz))?"
_MISSING = "__HIVE_DEFAULT_PARTITION__"


def holds_parts(folder: Path) -> bool:
    """Whether a folder holds parts of one table."""
    return bool(parts_of(folder))


def parts_of(folder: Path) -> list[Path]:
    """The parts by their names, all of one kind; none where the folder is something else."""
    files = sorted(_files(folder))
    for kind in (_are_parquet, _are_arrow, _are_csv, _are_json):
        if parts := [file for file in files if kind(file.name)]:
            return parts
    return []


def _are_parquet(name: str) -> bool:
    return name.endswith(".parquet")


def _are_arrow(name: str) -> bool:
    return name.startswith("data-") and name.endswith(".arrow")


def _are_csv(name: str) -> bool:
    return re.fullmatch(rf"part-.*\.[ct]sv{_PACKED}", name) is not None


def _are_json(name: str) -> bool:
    return re.fullmatch(rf"part-.*\.jsonl?{_PACKED}", name) is not None


def _files(folder: Path, depth: int = 0) -> Iterator[Path]:
    """The files of a folder, and of those within that are called as columns or splits are."""
    splits = depth == 0 and (folder / _SPLITS).is_file()
    for each in folder.iterdir():
        if each.name.startswith((".", "_")):
            continue
        if each.is_file():
            yield each
        elif each.is_dir() and depth < _DEEPEST and (splits or "=" in each.name):
            yield from _files(each, depth + 1)


def read_parts(path: Path, handle: IO[bytes] | None, reading: Reading, repairs: Repairs) -> Contents:
    """The rows of a folder's files, by their names one after another.

    Raises:
        SpaceError: one is damaged, or they have other columns than the first.
    """
    import pyarrow as pa

    parts = parts_of(path)
    if len(parts) > _MOST:
        raise SpaceError(f"{path}: {len(parts):,} files of one table; put them together into fewer than {_MOST:,}")
    if _are_csv(parts[0].name) and (whole := _joined(path, parts, repairs)) is not None:
        return read_delimited(path, whole, reading, repairs)
    tables: list[pa.Table] = []
    for part in parts:
        try:
            table = _table(part, repairs)
            tables.append(_with_columns(flattened(table), _columns_of_folders(part.relative_to(path))))
            pa.concat_tables([tables[0].slice(0, 0), tables[-1].slice(0, 0)], promote_options="permissive")
        except (pa.ArrowException, UnicodeDecodeError, OSError) as error:
            raise unreadable(part, error, part.suffix) from None
    table = _typed(pa.concat_tables(tables, promote_options="permissive"), parts[0].relative_to(path))
    spelled = _are_json(parts[0].name)
    frame = frame_in_memory(table, spelled=spelled)
    contents = contents_of_frame(path, frame, reading, repairs, format="json" if spelled else parts[0].suffix[1:])
    return contents_guarded(path, contents, parts[0].suffix)


def _table(part: Path, repairs: Repairs) -> "pa.Table":
    import pyarrow.parquet as pq

    if part.suffix == ".parquet":
        return pq.ParquetFile(part).read(use_threads=may_use_threads())
    with open(part, "rb") as handle:
        if part.suffix == ".arrow":
            return table_of_arrow(part, handle)
        text = io.BytesIO(decompressed(handle, part, repairs, bounded=True).read())
    if _are_json(part.name):
        return table_of_json(part, text)[0]
    table = table_of_text(part, text, Repairs(part, repair=repairs.repair))
    if table is None:
        raise SpaceError(f"{part}: its columns have no names, by which parts go together; write a heading into each")
    return table


def _joined(folder: Path, parts: Sequence[Path], repairs: Repairs) -> IO[bytes] | None:
    """The texts of parts of one heading, or of none, as one; None where they have several, or folders say more."""
    if any(_columns_of_folders(part.relative_to(folder)) for part in parts):
        return None
    texts: list[bytes] = []
    headings = set()
    for part in parts:
        with open(part, "rb") as raw:
            data = decompressed(raw, part, repairs, bounded=True).read()
        if data:
            first, _, below = data.partition(b"\n")
            dialect = dialect_of(data[:_LOOK].decode("utf-8", "replace").removeprefix("\ufeff"))
            named = dialect is not None and dialect.heading is not None
            headings.add(first.strip() if named else b"")
            below = below if named and texts else data
            texts.append(below if below.endswith(b"\n") or not below else below + b"\n")
    return io.BytesIO(b"".join(texts)) if len(headings) == 1 else None


def _columns_of_folders(part: Path) -> dict[str, str | None]:
    """What the folders that a part lies in say of it: by `language=de`, or as a split."""
    columns: dict[str, str | None] = {}
    for name in part.parts[:-1]:
        column, equals, value = name.partition("=")
        columns |= {unquote(column): None if value == _MISSING else unquote(value)} if equals else {"split": name}
    return columns


def _with_columns(table: "pa.Table", values: Mapping[str, str | None]) -> "pa.Table":
    import pyarrow as pa

    for name, value in values.items():
        if name not in table.column_names:
            table = table.append_column(name, pa.array([value] * len(table), pa.string()))
    return table


def _typed(table: "pa.Table", part: Path) -> "pa.Table":
    """The same; what folders are called is a number where all are."""
    for name in _columns_of_folders(part):
        at = table.column_names.index(name)
        table = table.set_column(at, name, typed_texts(table[name]))
    return table
