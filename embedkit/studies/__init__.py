"""What there is to find out about a run, made once and kept with it: a module for each kind of thing.

A study fits, measures and saves; a report then draws what is kept. Nothing that is there already for the same inputs is
made again.
"""
