"""Where compiled loops are kept: beside their source or in the user's cache, else where anything can be written."""

import os
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar, cast

from embedkit.caches import can_write, temporary_cache
from embedkit.errors import EmbedkitError

_VARIABLE = "NUMBA_CACHE_DIR"
_Function = TypeVar("_Function", bound=Callable[..., Any])


def compiled(loop: _Function) -> _Function:
    """A loop that numba compiles when it is first called, and keeps; it runs without Python's lock."""
    settle_cache()
    from numba import njit

    return cast(_Function, njit(nogil=True, cache=True)(loop))


@cache
def settle_cache() -> None:
    """Have numba, and whatever is compiled by it, keep what it compiles where that can be written.

    Of its own it looks beside the source, then into the user's cache folder, and gives up. Where a service can write to
    neither, it is a folder of this user's under the temporary one.

    Raises:
        EmbedkitError: there is no temporary folder either.
    """
    if os.environ.get(_VARIABLE) or _has_a_place():
        return
    try:
        folder = str(temporary_cache("compiled", "compiled loops are", _VARIABLE))
    except OSError:
        raise EmbedkitError(
            "compiled loops can be kept nowhere: not beside the packages, in the home folder or in the temporary one; "
            f"name a folder with the variable {_VARIABLE}"
        ) from None
    os.environ[_VARIABLE] = folder  # of the processes that this one starts

    from numba import config

    setattr(config, "CACHE_DIR", folder)  # noqa: B010  which is none of its declared names


def _has_a_place() -> bool:
    """Whether numba finds one: the user's cache folder, or a folder beside each source."""
    from numba.misc.appdirs import AppDirs

    if can_write(Path(AppDirs(appname="numba", appauthor=False).user_cache_dir)):
        return True
    specs = [find_spec(package) for package in ("embedkit", "umap")]
    sources = [Path(spec.origin).parent for spec in specs if spec is not None and spec.origin is not None]
    return all(can_write(source / "__pycache__") for source in sources)
