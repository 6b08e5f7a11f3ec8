"""Two spaces side by side over the words that both have, and one run over its training.

two_spaces                   all of it together
pairing                      which points are the same
alignment, cka, distances    how alike the two are: rotation, kernel alignment, rank correlation
wordwise, displacement       who moved relative to its neighbours
shifts                       the shift by frequency
churn                        snapshots of a run: neighbours that change as it learns
"""
