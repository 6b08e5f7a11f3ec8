"""How well a value tells two sets apart, whatever the threshold."""

import numpy as np


def area_under_curve(higher: np.ndarray, lower: np.ndarray) -> float:
    """The area under the ROC curve: how often one of `higher` is above one of `lower`, an equal one counting half."""
    lower = np.sort(lower)
    below = np.searchsorted(lower, higher, side="left") + np.searchsorted(lower, higher, side="right")
    return float(below.mean() / (2 * len(lower)))
