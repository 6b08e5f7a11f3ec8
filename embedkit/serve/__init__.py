"""The live explorer: a page over the runs folder and the answers that it asks for. Nothing below imports this.

`server.py` listens and `handlers.py` reads requests; `answers.py` is about words, `models.py` about networks; what
takes longer is a job in a process of its own (`jobs.py`, `work.py`). `page.py`, its panels/ and live.js are what a
visitor sees.
"""
