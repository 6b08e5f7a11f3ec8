"""How a longer piece of work tells how far it is."""

import math
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from embedkit.tasks.word2vec.training import Word2VecProgress
    from embedkit.training.loop import Progress


class Show(Protocol):
    """How far a step has come: a share from 0 to 1 (None where it is not known) and a few words."""

    def __call__(self, share: float | None, text: str = "") -> None: ...


OnStep = Callable[[str], AbstractContextManager[Show]]
"""Called with what is done next; the context lasts as long as the step."""


def silent(_step: str) -> AbstractContextManager[Show]:
    return nullcontext(lambda share, text="": None)


def show_training(show: Show) -> "Callable[[Progress], None]":
    """Tell a training's progress in words."""

    def told(progress: "Progress") -> None:
        parts = [f"{progress.tokens_per_second:,.0f} {progress.counted}/s"]
        if math.isfinite(progress.train_nats_per_token):
            parts.append(f"loss {progress.train_nats_per_token:.3f}")
        if progress.valid_nats_per_token is not None:
            parts.append(f"valid {progress.valid_nats_per_token:.3f}")
        show(progress.share, " · ".join(parts))

    return told


def show_word2vec(show: Show) -> "Callable[[Word2VecProgress], None]":
    """Tell a word2vec model's progress in words."""
    return lambda progress: show(progress.share, f"{progress.words_per_second:,.0f} words/s")
