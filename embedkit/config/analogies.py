"""How analogies are asked."""

RESTRICT = 30_000
"""Analogies are answered among this many words, the most frequent."""

COVERAGE_FLOOR = 0.5
"""Below this share of covered questions there is no headline."""
