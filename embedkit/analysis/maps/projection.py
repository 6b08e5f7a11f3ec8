"""The table of ways to make a map: each is one entry, which says all that the rest of the kit asks about it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from inspect import Parameter, signature
from typing import Any

from embedkit.analysis.maps.axes import Axis, axes
from embedkit.analysis.maps.coordinates import PAIRS, Projection, fingerprint, rows_in, with_hit, with_sample
from embedkit.analysis.maps.layouts import pacmap, pca_umap, tsne, umap
from embedkit.analysis.maps.principal import draws, fitted_axes, pca
from embedkit.errors import unknown
from embedkit.registry import Registry
from embedkit.spaces.space import EmbeddingSpace

__all__ = [
    "METHODS",
    "PAIRS",
    "Axis",
    "Projection",
    "ProjectionMethod",
    "axes",
    "fingerprint",
    "options_of",
    "pacmap",
    "pca",
    "pca_umap",
    "register_projection",
    "rows_in",
    "title_of",
    "tsne",
    "umap",
    "with_hit",
    "with_sample",
]

_COMMON = ("space", "dimensions", "measured", "vocabulary")


@dataclass(frozen=True)
class ProjectionMethod:
    """A way to lay a space out in two or three dimensions.

    Attributes:
        name: what it is called on the command line and in the files of maps.
        title: what a person calls it.
        project: (space, *, dimensions, measured, and options of its own) → Projection, whose parameters hold the
            options; without `measured` it has no fidelity. `measurement.projected` makes one of points. One that also
            takes `vocabulary` places points by words, which it looks up there, and each point by itself.
        exact: whether the same vectors give the same points on every machine, to rounding: a page's map is then held
            against one that is laid out anew, point by point.
        random: (space, options) → whether it draws anything with these options; by default wherever it has a seed.
        fit: (space, *, dimensions, and options) → what places new points: `place((N, D))` gives (N, dimensions). None
            where it lays out the points that it is given and no others.
        needs: options that it cannot do without, and what to say where one is missing.
        live: whether the explorer offers it.
    """

    name: str
    title: str
    project: Callable[..., Projection]
    exact: bool = False
    random: Callable[[EmbeddingSpace, Mapping[str, Any]], bool] | None = None
    fit: Callable[..., Any] | None = None
    needs: Mapping[str, str] = field(default_factory=dict)
    live: bool = True

    @cached_property
    def _parameters(self) -> Mapping[str, Parameter]:
        return signature(self.project).parameters

    @property
    def options(self) -> tuple[str, ...]:
        """The names of its own options, such as ("solver", "seed") for PCA, beside `dimensions`."""
        return tuple(name for name in self._parameters if name not in _COMMON)

    @property
    def by_words(self) -> bool:
        """Whether it places each point by itself, by words of a vocabulary."""
        return "vocabulary" in self._parameters

    def draws(self, space: EmbeddingSpace, options: Mapping[str, Any]) -> bool:
        """Whether a map of this space with these options depends on a seed."""
        return "seed" in self.options and (self.random is None or self.random(space, options))


METHODS: Registry[ProjectionMethod] = Registry("projection method", "embedkit.projections")
"""Every method by name, in the order in which they are offered."""
register_projection = METHODS.add
"""Another method is one line: `register_projection(ProjectionMethod("name", "Title", function))`."""

register_projection(ProjectionMethod("umap", "UMAP", umap))
register_projection(ProjectionMethod("pca", "PCA", pca, exact=True, random=draws, fit=fitted_axes))
register_projection(ProjectionMethod("pca-umap", "PCA then UMAP", pca_umap))
register_projection(ProjectionMethod("tsne", "t-SNE", tsne))
register_projection(ProjectionMethod("pacmap", "PaCMAP", pacmap, live=False))
register_projection(
    ProjectionMethod(
        "axes",
        "Own axes",
        axes,
        exact=True,
        needs={"axes": "two or three axes, such as --axis man:woman --axis poor:rich"},
        live=False,
    )
)


def title_of(method: str) -> str:
    """What a person calls a method; one that is not registered here, as in a stored map, goes by its name."""
    return METHODS[method].title if method in METHODS else method


def options_of(method: str) -> tuple[str, ...]:
    """The names of a method's own options.

    Raises:
        UsageError: no such method.
    """
    if method not in METHODS:
        raise unknown("method", method, METHODS)
    return METHODS[method].options
