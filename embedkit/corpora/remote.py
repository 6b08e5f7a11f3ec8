"""A text that lies elsewhere, at an address that fsspec opens, such as s3://bucket/text.txt.gz: as a file here."""

import atexit
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import IO, Any

from embedkit.addresses import HIDDEN, masked, name_in, secrets
from embedkit.errors import CorpusError, UsageError
from embedkit.leftovers import new_scratch_folder
from embedkit.numerals import data_size
from embedkit.progress import Progress, no_progress
from embedkit.shortage import is_shortage, room_for

INSTALL = "pip install 'embedkit[remote]'"
_BLOCK = 1 << 20
_SECONDS = 30.0
"""That a server may be silent."""
_LONGEST_REASON = 200
_files: dict[str, Path] = {}


def local_copy(address: str, *, progress: Progress = no_progress) -> Path:
    """What lies at an address, as a file that is removed when the program ends: a text is read more than once. It is
    got once, however often it is asked for.

    Args:
        progress: told the share that is here, where its size is known.

    Raises:
        UsageError: there is no such kind of address, or what opens it is not installed.
        CorpusError: it cannot be got; the one line says why, without what is secret in the address.
    """
    if address not in _files:
        path = Path(mkdtemp(dir=_folder())) / name_in(address)
        try:
            with _opened(address) as (source, size), room_for(path, size), open(path, "wb") as out:
                _copy(source, out, size, progress)
        except BaseException:
            shutil.rmtree(path.parent, ignore_errors=True)
            raise
        _files[address] = path
    return _files[address]


@cache
def _folder() -> Path:
    folder = new_scratch_folder()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@contextmanager
def _opened(address: str) -> Iterator[tuple[IO[bytes], int | None]]:
    """What an address has, and its bytes where they are known. Whatever goes wrong is one line."""
    import fsspec

    if HIDDEN in address:
        raise CorpusError(
            f"{address}: what was secret in this address is not kept; download it and name the file, or keep the "
            "credentials where its library looks for them"
        )
    try:
        with fsspec.open(address, "rb", **_options(address)) as file:
            yield file, getattr(file, "size", None)
    except ImportError as error:
        raise UsageError(
            f"{masked(address)}: {_one_line(error, address)}; what opens it is not installed: {INSTALL}"
        ) from None
    except FileNotFoundError as error:
        if error.__cause__ is not None:  # so fsspec has it of a server that cannot be reached
            raise _unreadable(address, error.__cause__) from None
        raise CorpusError(f"{masked(address)}: there is no such file") from None
    except Exception as error:  # each of its libraries has errors of its own
        if is_shortage(error):
            raise
        if isinstance(error, ValueError) and "not known" in str(error):
            message = "fsspec opens no address of this kind; give one of s3://, https:// or hf://, or download the text"
            raise UsageError(f"{masked(address)}: {message}") from None
        raise _unreadable(address, error) from None


def _options(address: str) -> dict[str, Any]:
    if not address.startswith(("http://", "https://")):
        return {}
    from aiohttp import ClientTimeout

    return {"client_kwargs": {"timeout": ClientTimeout(total=None, sock_connect=_SECONDS, sock_read=_SECONDS)}}


def _copy(source: IO[bytes], out: IO[bytes], size: int | None, progress: Progress) -> None:
    done = 0
    while block := source.read(_BLOCK):
        out.write(block)
        done += len(block)
        progress(done / size if size else None, data_size(done))
    if size is not None and done < size:
        raise OSError(f"it broke off after {data_size(done)} of {data_size(size)}")


def _unreadable(address: str, error: BaseException) -> CorpusError:
    return CorpusError(f"{masked(address)}: cannot be read ({_one_line(error, address)})")


def _one_line(error: BaseException, address: str) -> str:
    """What a library said, without what may be secret."""
    text = masked(" ".join(f"{type(error).__name__}: {error}".split()))
    for secret in secrets(address):
        text = text.replace(secret, HIDDEN)
    return text if len(text) <= _LONGEST_REASON else text[:_LONGEST_REASON] + " …"
