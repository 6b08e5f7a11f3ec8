"""Clusters of a space, and what speaks for them.

clustering, partition        HDBSCAN in the space, names, sizes; noise stays noise
density                      density-based validity (DBCV)
groups                       whether there are any: valleys on every way from some points to the others
agreement                    whether the map shows the same clusters
evidence                     all of it together
"""
