"""The hinge: left of it is torch, right of it is numpy.

`EmbeddingSpace` and the file formats import no torch; only `extract.py` reads a trained run.
"""

from embedkit.spaces.space import EmbeddingSpace

__all__ = ["EmbeddingSpace"]
