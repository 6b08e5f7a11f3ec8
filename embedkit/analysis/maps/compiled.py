"""What umap-learn compiles anew in every process for some seconds, kept on disk."""

import contextlib
from types import FunctionType


def keep_compiled() -> None:
    """Keep it from one process to the next; where no folder can be written it is compiled each time as before."""
    from numba import njit
    from umap import layouts, umap_

    reproducible = layouts._nb_optimize_layout_euclidean_single_epoch
    for kernel in (umap_.smooth_knn_dist, umap_.compute_membership_strengths, reproducible):
        with contextlib.suppress(RuntimeError):
            kernel.enable_caching()
    parallel = layouts._nb_optimize_layout_euclidean_single_epoch_parallel
    name = f"{reproducible.py_func.__qualname__}_parallel"
    if parallel.py_func.__qualname__ == name:
        return
    # It is compiled from the same function as the reproducible one, and numba would take what it kept for the same.
    source = parallel.py_func
    copied = FunctionType(source.__code__, source.__globals__, name, source.__defaults__, source.__closure__)
    copied.__qualname__ = name
    with contextlib.suppress(RuntimeError):
        layouts._nb_optimize_layout_euclidean_single_epoch_parallel = njit(
            copied, fastmath=True, parallel=True, cache=True
        )
