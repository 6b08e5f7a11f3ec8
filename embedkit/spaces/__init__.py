"""The hinge: left of it is torch, right of it is numpy.

`EmbeddingSpace` and the file formats import no torch; what reads a trained run is the `extract` of its task, which
`open` calls.
"""

from embedkit.spaces.space import EmbeddingSpace

__all__ = ["EmbeddingSpace"]
