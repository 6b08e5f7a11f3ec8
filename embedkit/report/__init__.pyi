# Each name with its home: `__init__.py` loads a name from there when it is first used.
from .compose import analogy_report as analogy_report
from .compose import comparison_report as comparison_report
from .compose import over_training_report as over_training_report
from .compose import run_report as run_report
from .page import Report as Report
from .page import Section as Section
from .rendering import render as render
