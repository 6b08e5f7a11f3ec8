"""Arrow's own files and streams: .arrow, .feather of version 2, and what `pyarrow.ipc` writes."""

from pathlib import Path
from typing import IO, TYPE_CHECKING

from embedkit.errors import SpaceError
from embedkit.shortage import may_use_threads
from embedkit.spaces.formats.contents import Contents
from embedkit.spaces.formats.parquet import contents_guarded, unreadable, written_about
from embedkit.spaces.formats.repairs import Repairs
from embedkit.spaces.reading import Reading
from embedkit.spaces.tables.frame import frame_in_memory
from embedkit.spaces.tables.points import contents_of_frame

if TYPE_CHECKING:
    import pyarrow as pa

_FILE, _STREAM, _FIRST_FEATHER = b"ARROW1", b"\xff\xff\xff\xff", b"FEA1"


def is_arrow(start: bytes) -> bool:
    return start.startswith((_FILE, _FIRST_FEATHER)) or (start.startswith(_STREAM) and len(start) > 8)


def read_arrow(path: Path, handle: IO[bytes], reading: Reading, repairs: Repairs) -> Contents:
    """Raises:
    SpaceError: damaged, of Feather's first version, or a table without vectors.
    """
    import pyarrow as pa

    try:
        table = table_of_arrow(path, handle)
        about = written_about(path, table.schema.metadata or {})
        frame = frame_in_memory(table)
        contents = contents_of_frame(path, frame, reading, repairs, format="arrow", about=about)
        return contents_guarded(path, contents, "Arrow file")
    except (pa.ArrowException, UnicodeDecodeError, OSError) as error:
        raise unreadable(path, error, "Arrow file") from None


def table_of_arrow(path: Path, handle: IO[bytes]) -> "pa.Table":
    """Raises:
    SpaceError: of Feather's first version.
    pyarrow.ArrowException, UnicodeDecodeError, OSError: damaged.
    """
    import pyarrow as pa

    start = handle.read(len(_FILE))
    handle.seek(0)
    if start.startswith(_FIRST_FEATHER):
        raise SpaceError(f"{path}: Feather of version 1; write it again with a newer pandas or pyarrow, or as .parquet")
    opener = pa.ipc.open_file if start == _FILE else pa.ipc.open_stream
    with opener(handle, options=pa.ipc.IpcReadOptions(use_threads=may_use_threads())) as reader:
        table = reader.read_all()
    table.validate(full=True)  # offsets that lead out of their buffers crash whoever follows them
    return table
