"""scikit-learn estimators: vectors onto a map, and texts into vectors.

They go wherever scikit-learn's own do: pipelines, cross-validation, grid search, clones, pickles. What a fit found ends
in an underscore, as there.
"""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted, validate_data

from embedkit.analysis.maps.projection import METHODS
from embedkit.errors import UsageError, refuse_single_text, unknown
from embedkit.runs.folder import Run, open_run
from embedkit.spaces.open import open_space
from embedkit.spaces.space import EmbeddingSpace
from embedkit.spaces.text_vectors import mean_vectors
from embedkit.tasks import kinds
from embedkit.text.words import mostly_lowercase

PROJECTORS = tuple(name for name, method in METHODS.items() if not method.by_words)
"""The methods of `SpaceProjector`. Own axes lead from words to words, and rows of an array have none."""


def _takes_new_points(projector: "SpaceProjector") -> bool:
    return projector.method in METHODS and METHODS[projector.method].fit is not None


class SpaceProjector(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """A map of vectors by one of the kit's methods, with its fidelity.

    `transform` is there for "pca" alone. The other methods lay out the points that they are given and no others, so
    that a picture of new points is a new map: they have `fit_transform`, and stand last in a pipeline that is fitted
    and shown.

    Args:
        method: a name in `PROJECTORS`, such as "pca" or "umap": the methods of the table that need no words.
        dimensions: 2 or 3.
        neighbors: an option of the methods that have it, as all that follow; None for the method's own default.
        min_distance: of UMAP, how close points may lie.
        perplexity: of t-SNE.
        components: of "pca-umap", how many principal components are laid out.
        metric: "cosine" or "euclidean".
        solver: of PCA, "exact" or "randomised".
        seed: of what is drawn.
        measured: whether to measure how far the map can be trusted, which takes about a second.

    Attributes:
        projection_: the map as a `Projection`, its points called "0", "1" and so on; it shows itself in a notebook.
        n_features_in_: D.

    Raises, when fitted:
        UsageError: no such method, an option that it does not have, or one out of range.
    """

    def __init__(
        self,
        method: str = "pca",
        *,
        dimensions: int = 2,
        neighbors: int | None = None,
        min_distance: float | None = None,
        perplexity: float | None = None,
        components: int | None = None,
        metric: str | None = None,
        solver: str | None = None,
        seed: int | None = None,
        measured: bool = False,
    ) -> None:
        self.method = method
        self.dimensions = dimensions
        self.neighbors = neighbors
        self.min_distance = min_distance
        self.perplexity = perplexity
        self.components = components
        self.metric = metric
        self.solver = solver
        self.seed = seed
        self.measured = measured

    def fit(self, X: Any, y: Any = None) -> Self:
        """Lay out (N, D) vectors."""
        X = validate_data(self, X, dtype=np.float64)
        space = EmbeddingSpace("vectors", tuple(map(str, range(len(X)))), X)
        options = self._options()
        method = METHODS[self.method]
        self.projection_ = method.project(space, dimensions=self.dimensions, measured=self.measured, **options)
        if method.fit is not None:
            # As the map has them, and besides what places new points.
            self.axes_ = method.fit(space, dimensions=self.dimensions, **options)
        self._n_features_out = self.dimensions
        return self

    def fit_transform(self, X: Any, y: Any = None) -> np.ndarray:
        """(N, D) vectors → (N, dimensions) float64 places on their map."""
        return self.fit(X, y).projection_.points.astype(np.float64)

    def transform(self, X: Any) -> np.ndarray:
        """(N, D) vectors, new ones too → (N, dimensions) float64 coordinates on the fitted axes."""
        check_is_fitted(self)
        return self.axes_.place(validate_data(self, X, dtype=np.float64, reset=False))

    def _options(self) -> dict[str, Any]:
        if self.method not in PROJECTORS:
            raise unknown("method", self.method, PROJECTORS)
        names = ("neighbors", "min_distance", "perplexity", "components", "metric", "solver", "seed")
        options = {name: value for name in names if (value := getattr(self, name)) is not None}
        accepted = METHODS[self.method].options
        for name in options:
            if name not in accepted:
                raise UsageError(f"{self.method} has no option {name}; leave it None")
        return options


# After the class: scikit-learn wraps a class's `transform` when it is made, and would be there where it is not to be.
SpaceProjector.transform = available_if(_takes_new_points)(SpaceProjector.transform)  # type: ignore[method-assign]


class _TextTransformer(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """What takes a sequence of texts rather than an array of numbers."""

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        return tags

    def __sklearn_clone__(self) -> Self:
        # A space is frozen and large: clones share it. What a fit found stays behind.
        return type(self)(**self.get_params(deep=False))


def _texts(X: Any) -> list[str]:
    """Raises:
    ValueError: these are no texts.
    """
    refuse_single_text(X)
    if np.ndim(X) > 1:
        raise ValueError(f"a sequence of texts is expected, and this has {np.ndim(X)} dimensions")
    texts = list(X)
    for text in texts:
        if not isinstance(text, str):
            raise ValueError(f"a sequence of texts is expected, and {text!r} is none")
    return texts


class MeanEmbedder(_TextTransformer):
    """Texts into the means of their words' vectors. A word without a vector does not count; a text without any word
    that has one is the zero vector.

    Args:
        space: an `EmbeddingSpace` of words, a run, or what `open_space` reads.
        lowercase: lower-case the texts first; None where fewer than one label in a hundred holds a capital.

    Attributes:
        space_: the space.
        coverage_: share of the running words of the fitted texts that have a vector; NaN of texts without words.
    """

    def __init__(self, space: EmbeddingSpace | Run | str | None = None, *, lowercase: bool | None = None) -> None:
        self.space = space
        self.lowercase = lowercase

    def fit(self, X: Sequence[str], y: Any = None) -> Self:
        """Open the space, and count how many words of the texts have a vector."""
        texts = _texts(X)
        self.space_ = self.space if isinstance(self.space, EmbeddingSpace) else open_space(self.space)
        self.lowercase_ = mostly_lowercase(self.space_.labels) if self.lowercase is None else self.lowercase
        self._n_features_out = self.space_.dimensions
        covered, words = self._counts(texts).sum(axis=0)
        self.coverage_ = float(covered / words) if words else float("nan")
        return self

    def transform(self, X: Sequence[str]) -> np.ndarray:
        """N texts → (N, D) float32."""
        check_is_fitted(self)
        return mean_vectors(self.space_, _texts(X), lowercase=self.lowercase_)[0]

    def coverage(self, X: Sequence[str]) -> np.ndarray:
        """N texts → (N,) share of the words of each that have a vector; NaN of a text without words."""
        check_is_fitted(self)
        counts = self._counts(_texts(X)).astype(np.float64)
        return np.divide(counts[:, 0], counts[:, 1], out=np.full(len(counts), np.nan), where=counts[:, 1] > 0)

    def _counts(self, texts: Sequence[str]) -> np.ndarray:
        """(N, 2): words that have a vector, and words."""
        return mean_vectors(self.space_, texts, lowercase=self.lowercase_)[1]


class PhraseEncoder(_TextTransformer):
    """Texts into the bottleneck vectors of an encoder-decoder. Nothing is fitted but the run that is opened.

    Args:
        run: a finished seq2seq run, itself or by name or path; None for the newest.

    Attributes:
        run_: the run.

    Raises, when fitted:
        UsageError: the run is of another kind.
        RunError: there is none.
    """

    def __init__(self, run: Run | str | None = None) -> None:
        self.run = run

    def fit(self, X: Sequence[str], y: Any = None) -> Self:
        """Open the run."""
        _texts(X)
        name = str(self.run.path) if isinstance(self.run, Run) else self.run
        self.run_ = open_run(name, kinds=kinds("encoder"))
        self._encoder: Any = None
        self._n_features_out = self._opened().dimensions
        return self

    def transform(self, X: Sequence[str]) -> np.ndarray:
        """N texts → (N, D) float32.

        Raises:
            UsageError: a text has too many tokens.
        """
        check_is_fitted(self)
        return self._opened().codes(_texts(X))

    def _opened(self) -> Any:
        if self._encoder is None:
            self._encoder = self.run_.task.load("encoder")(self.run_)
        return self._encoder

    def __getstate__(self) -> dict[str, Any]:
        # The weights stay in the run's folder, from which a pickle opens them again.
        state = super().__getstate__()
        return {**state, "_encoder": None} if "_encoder" in state else state
