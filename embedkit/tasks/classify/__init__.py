"""Sequences told apart at their end: temporal order, and how far a gradient reaches."""
