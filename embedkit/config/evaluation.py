"""How runs are measured where nothing else is asked for."""

RESTRICT = 30_000
"""Analogies are answered among this many words, the most frequent."""

COVERAGE_FLOOR = 0.5
"""Below this share of covered questions there is no headline."""

SCORED = 2_000
"""Held-out examples that are scored at the most where nothing is said."""
