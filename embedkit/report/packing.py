"""Numbers as a page carries them: their bytes in base64."""

import base64

import numpy as np


def packed(values: np.ndarray, kind: str) -> str:
    """Values as base64 of their bytes, for a page's scripts.

    Args:
        kind: a NumPy type with its byte order, such as "<f4".
    """
    return base64.b64encode(np.ascontiguousarray(values, dtype=kind).tobytes()).decode("ascii")
