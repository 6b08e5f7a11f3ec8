"""`embedkit completion`."""

from typing import Literal


def completion(shell: Literal["bash", "zsh", "fish"], /) -> None:
    """Print a shell's completion script.

    Args:
        shell: The shell that will read the script.
    """
    from embedkit.cli.app import app

    print(app.generate_completion(shell=shell), end="")
