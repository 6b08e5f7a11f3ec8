"""What all configurations share: checks, choices of architecture, optimisation. Those of a task stand in its folder."""

from embedkit.config.architecture import Attention, Cell, Feed, Level, Softmax
from embedkit.config.checked import Checked, from_table
from embedkit.config.evaluation import COVERAGE_FLOOR, RESTRICT, SCORED
from embedkit.config.optimisation import Optimisation, Optimiser, Precision, Schedule

__all__ = [
    "COVERAGE_FLOOR",
    "RESTRICT",
    "SCORED",
    "Attention",
    "Cell",
    "Checked",
    "Feed",
    "Level",
    "Optimisation",
    "Optimiser",
    "Precision",
    "Schedule",
    "Softmax",
    "from_table",
]
