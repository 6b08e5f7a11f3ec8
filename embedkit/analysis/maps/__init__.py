"""Maps of a space in two or three dimensions, and how far they can be trusted.

projection                   the table of methods: principal (PCA), layouts (UMAP and its like), axes (one's own)
coordinates                  the map itself: points, parameters, fidelity
fidelity, pointwise          agreement with the full space, as a whole and at every point
stability, agreement         whether the map comes out again: made anew, and how alike several are
"""
