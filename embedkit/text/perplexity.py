"""Perplexity, and when a model has diverged."""

import math
from collections.abc import Mapping
from typing import Any

from embedkit.numerals import INFINITE

SUFFIX = "nats_per_token"


def perplexity(nats: float) -> float:
    """The exponential of a loss in nats per token; infinite where that is no float any more (above 709.78 nats)."""
    try:
        return math.exp(nats)
    except OverflowError:
        return math.inf


def written_perplexity(nats: float) -> str:
    """The perplexity of a loss as a person reads it: 132.4, or 1.2e+304, or ∞."""
    value = perplexity(nats)
    if math.isinf(value):
        return INFINITE
    return f"{value:,.1f}" if value < 1e9 else f"{value:.1e}"


def diverged(metrics: Mapping[str, Any]) -> str | None:
    """The name of the first loss of a run's figures whose perplexity is infinite; None where none is."""
    losses = (key for key, value in metrics.items() if key.endswith(SUFFIX) and perplexity(value) == math.inf)
    return next(losses, None)
