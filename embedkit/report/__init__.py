"""Reports: figures, page and theme. Draws what was calculated elsewhere; fits nothing, imports no torch."""
