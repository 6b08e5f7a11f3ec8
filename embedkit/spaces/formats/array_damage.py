"""What can be wrong with arrays as numpy writes them."""

import re
import tokenize
import zipfile
import zlib

DAMAGE = (
    OSError,
    ValueError,
    SyntaxError,
    tokenize.TokenError,
    EOFError,
    RuntimeError,
    MemoryError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What numpy raises where bytes are no array, or one of pickled objects."""


def why(error: BaseException, kind: str, needed: str = "an array of numbers") -> str:
    """Why a file of this kind cannot be read, and what to do."""
    if re.search("allow_pickle|pickled|Python objects", str(error)):
        return f"the {kind} holds pickled objects, which are not opened; save {needed}"
    return f"not a readable {kind} ({error}); make it again"
