"""Which one of several processes this is: torchrun starts a command several times, and says to each in its environment
how many there are and which of them it is."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from embedkit.leftovers import machine

_NEEDED = ("RANK", "WORLD_SIZE", "MASTER_ADDR")
_NO_JOB = ("", "none")  # torchrun's --rdzv-id where none is given


@dataclass(frozen=True)
class Launch:
    """This process among those that were started together; alone where it was started by itself.

    Attributes:
        rank: its number from 0, and `count` how many there are.
        local_rank: its number on this machine, and `local_count` how many there are here.
        restarts: how often torchrun has started them again.
        job: what is the same for all of them, also when they are started again; empty where it is alone.
    """

    rank: int = 0
    count: int = 1
    local_rank: int = 0
    local_count: int = 1
    restarts: int = 0
    job: str = ""

    @property
    def writes(self) -> bool:
        """Whether this is the one that writes files, prints and shows progress: the first."""
        return self.rank == 0

    def __str__(self) -> str:
        return f"process {self.rank + 1} of {self.count}"


def launch(environment: Mapping[str, str] = os.environ) -> Launch:
    """This process, as torchrun's variables in its environment have it; alone where they are missing or no numbers."""
    if not all(environment.get(name) for name in _NEEDED):
        return Launch()
    job = environment.get("TORCHELASTIC_RUN_ID", "")
    try:
        return Launch(
            rank=int(environment["RANK"]),
            count=int(environment["WORLD_SIZE"]),
            local_rank=int(environment.get("LOCAL_RANK", "0")),
            local_count=int(environment.get("LOCAL_WORLD_SIZE", "1")),
            restarts=int(environment.get("TORCHELASTIC_RESTART_COUNT", "0")),
            # Without a name the job is known by the process that started it, which starts it again.
            job=job if job not in _NO_JOB else f"{machine()}-{os.getppid()}",
        )
    except ValueError:
        return Launch()
