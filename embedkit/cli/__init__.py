"""The command line: one file per command group; it parses, calls and prints, and nothing else in the package prints.

`main` is the console script. Every command is loaded when it is called, so that `--help` stays fast.
"""

from embedkit.cli.edge import main

__all__ = ["main"]
