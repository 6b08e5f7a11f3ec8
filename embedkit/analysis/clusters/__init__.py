"""Clusters of a space, and what speaks for them.

clustering, partition        HDBSCAN in the space, names, sizes; noise stays noise
density                      density-based validity (DBCV)
clusterability               a test against Gaussian noise of the same covariance
agreement                    whether the map shows the same clusters
evidence                     all of it together
"""
