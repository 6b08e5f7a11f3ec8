"""The live explorer: a page over the runs folder and the answers that it asks for. Nothing below imports this.

`server.py` listens, with `connections.py` for those who only wait; `requests.py` is what every request goes through,
with `guard.py`, and `handlers.py` reads them. `answers.py` is about words, `models.py` about networks, in the threads
of a `desk.py`; what takes longer is a job in a process of its own (`jobs.py`, `work.py`). `turns.py` says who is next.
`page.py`, its panels/ and live.js are what a visitor sees.
"""
