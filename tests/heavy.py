"""The heavy libraries, loaded and compiled: what `fresh.py` forks its processes from. Nothing of the kit is loaded, and
no pool of threads has started, which a fork would not survive."""

import importlib

import numpy as np
from umap import layouts

for name in (
    "torch",
    "torch._dynamo",
    "bokeh.plotting",
    "scipy.stats",
    "sklearn.linear_model",
    "pyarrow",
    "tokenizers",
):
    importlib.import_module(name)

# For maps without a seed umap-learn compiles its layout a second time, for all cores, for longer than small maps take.
layouts._nb_optimize_layout_euclidean_single_epoch_parallel = layouts._nb_optimize_layout_euclidean_single_epoch
points, ends = np.zeros((4, 2), np.float32), np.arange(4, dtype=np.int32)
state = np.ones(3, np.int64)
layouts.optimize_layout_euclidean(points, points, ends, ends, 1, 4, np.ones(4), 1.5, 0.9, state, move_other=True)
