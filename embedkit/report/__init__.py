"""Reports: figures, page and theme. Draws what was calculated elsewhere; fits nothing, imports no torch.

    run → compose (recipes, one builder a section) → Report (page) → render → one HTML file

What is drawn lives in modules named after it (curves, maps, scores, lengths, traces, attention, beams); what the page
itself does is in the .js files beside them. bokeh is loaded when a report is composed, not before.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)  # the names stand in __init__.pyi
