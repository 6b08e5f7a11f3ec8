"""What a space is organised by: how well the neighbours of a point tell each of the columns that are known of it.

`columns.organised_by` is the whole of it; what is kept of it with a run is `stored.ORGANISATIONS`.
"""
