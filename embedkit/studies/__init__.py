"""Studies of a run: maps, clusters, scores on analogies, comparisons, probes and traces, a module for each.

A study fits, measures and saves its result with the run; a report then draws what is stored. A result that is stored
already for the same inputs is not computed again. Verdicts on a result that verification computes again stand here too.
"""
