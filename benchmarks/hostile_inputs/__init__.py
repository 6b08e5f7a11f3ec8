"""Files that were damaged on a seed, read as a person would: what becomes of each.

    python -m benchmarks.hostile_inputs --count 50000

`formats.py` lists the formats, whose sound files and readers lie in modules called after them; `damage.py` damages a
file, `trial.py` reads it in a process of its own and judges what comes of it.
"""
