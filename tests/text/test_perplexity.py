"""Perplexity, also of a model that has diverged."""

import math

from embedkit.text.perplexity import diverged, perplexity, written_perplexity


def test_a_loss_too_large_for_a_float_is_infinitely_perplexing() -> None:
    assert perplexity(0.0) == 1.0
    assert math.isclose(perplexity(math.log(132.4)), 132.4)
    assert math.isfinite(perplexity(709.7))
    assert perplexity(709.8) == perplexity(1e9) == math.inf


def test_perplexity_is_written_so_that_it_fits() -> None:
    assert written_perplexity(math.log(1234.56)) == "1,234.6"
    assert written_perplexity(700.0) == "1.0e+304"
    assert written_perplexity(800.0) == "∞"


def test_the_loss_that_diverged_is_named() -> None:
    figures = {"valid_nats_per_token": 12.0, "test_nats_per_token": 1230.4, "test_perplexity": math.inf, "steps": 4_000}
    assert diverged(figures) == "test_nats_per_token"
    assert diverged({"valid_nats_per_token": 12.0, "steps": 4_000}) is None
