"""Figures: each is built from what was calculated elsewhere, and fits nothing."""
