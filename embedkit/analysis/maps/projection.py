"""Maps of a space by name: each method is one function that lays points out and measures the picture's fidelity.

Another method is another function and its line in `METHODS`; what options it has is read off its signature.
"""

from collections.abc import Callable, Mapping
from inspect import signature

from embedkit.analysis.maps.axes import Axis, axes
from embedkit.analysis.maps.coordinates import PAIRS, Projection, fingerprint, with_hit
from embedkit.analysis.maps.layouts import pacmap, pca_umap, tsne, umap
from embedkit.analysis.maps.principal import pca
from embedkit.errors import unknown

__all__ = [
    "METHODS",
    "PAIRS",
    "TITLES",
    "Axis",
    "Projection",
    "axes",
    "fingerprint",
    "options_of",
    "pacmap",
    "pca",
    "pca_umap",
    "tsne",
    "umap",
    "with_hit",
]

METHODS: Mapping[str, Callable[..., Projection]] = {
    "umap": umap,
    "pca": pca,
    "pca-umap": pca_umap,
    "tsne": tsne,
    "pacmap": pacmap,
    "axes": axes,
}
"""Each is called with a space and its own options, and `measured=False` where the fidelity is not asked for."""

TITLES: Mapping[str, str] = {
    "umap": "UMAP",
    "pca": "PCA",
    "pca-umap": "PCA then UMAP",
    "tsne": "t-SNE",
    "pacmap": "PaCMAP",
    "axes": "Own axes",
}
"""What a person calls them."""


def options_of(method: str) -> tuple[str, ...]:
    """The names of a method's own options, such as ("solver", "seed") for PCA, beside `dimensions`.

    Raises:
        UsageError: no such method.
    """
    if method not in METHODS:
        raise unknown("method", method, METHODS)
    common = ("space", "dimensions", "measured", "vocabulary")
    return tuple(name for name in signature(METHODS[method]).parameters if name not in common)
