"""Watching a piece of work: what it told of its progress, and Ctrl-C at a step of a training."""

import os
import signal
from dataclasses import dataclass, field

from embedkit.progress import Progress


@dataclass
class Recorder:
    """A progress that keeps what it is told."""

    shares: list[float | None] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def __call__(self, share: float | None, text: str = "") -> None:
        self.shares.append(share)
        self.texts.append(text)


def stop_at(step: int) -> Progress:
    """Presses Ctrl-C after this step of a training, which tells a share once a step."""
    steps = 0

    def progress(share: float | None, text: str = "") -> None:
        nonlocal steps
        steps += share is not None
        if share is not None and steps == step:
            os.kill(os.getpid(), signal.SIGINT)

    return progress
