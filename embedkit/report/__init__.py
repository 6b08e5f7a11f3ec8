"""Reports: figures, page and theme. Draws what was calculated elsewhere; fits nothing, imports no torch.

    run → compose (recipes, one builder a section) → Report (page) → render → one HTML file

parts/      what sections are made of, one class a file; templates/ holds the HTML of each, and of the page
figures/    what is drawn, in modules named after it; scripts/ what the page itself does
writer      writes sections; the ledger numbers parts and keeps their data; outline and digests read a page again

bokeh and Jinja2 are loaded when a report is composed or rendered, not before.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)  # the names stand in __init__.pyi
