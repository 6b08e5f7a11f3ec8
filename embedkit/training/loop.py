"""Truncated back-propagation through time over a batchified stream, resumable at any step."""

import json
import math
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from embedkit.config import TrainingConfig
from embedkit.errors import TrainingError, unknown
from embedkit.files import write_text
from embedkit.models.language_model import LanguageModel
from embedkit.models.recurrent import detach
from embedkit.runs import Run
from embedkit.text.batching import StreamBatch, window_count, windows
from embedkit.training.checkpoint import STATE_FILE, WEIGHTS_FILE, load_state, save_state, save_weights
from embedkit.training.schedule import Budget, learning_rate

CHECKPOINT_SECONDS = 60.0
PLATEAU_CUT = 0.25


@dataclass(frozen=True)
class Position:
    """Where training stands: everything but the tensors that a resumed run needs to go on as if never stopped."""

    step: int = 0
    row: int = 0
    epoch: int = 0
    tokens_seen: int = 0
    seconds: float = 0.0  # of steps and evaluations
    step_seconds: float = 0.0  # of steps alone
    train_nats: float = 0.0  # summed since the last evaluation
    train_tokens: int = 0  # since the last evaluation
    evaluations: int = 0
    evaluated_share: float = 0.0  # of the budget, at the last evaluation
    best_valid: float | None = None
    stalled: int = 0
    rate_scale: float = 1.0


@dataclass(frozen=True)
class Progress:
    """What there is to show while a model trains."""

    step: int
    share: float
    tokens_seen: int
    tokens_per_second: float
    train_nats_per_token: float
    valid_nats_per_token: float | None
    seconds_left: float | None


OnProgress = Callable[[Progress], None]


def make_optimiser(model: LanguageModel, config: TrainingConfig) -> torch.optim.Optimizer:
    """AdamW, with decay on matrices but not on biases and a rate of their own for the embeddings; or plain SGD.

    Each group of parameters has a "scale", its multiple of the learning rate.
    """
    tables = list({id(p): p for p in (model.embedding.weight, model.softmax.table)}.values())
    rest = [p for p in model.parameters() if all(p is not table for table in tables)]
    groups = [
        {"params": [p for p in rest if p.ndim > 1], "weight_decay": config.weight_decay, "scale": 1.0},
        {"params": [p for p in rest if p.ndim <= 1], "weight_decay": 0.0, "scale": 1.0},
        {"params": tables, "weight_decay": config.weight_decay, "scale": config.embedding_rate_scale},
    ]
    if config.optimiser == "sgd":
        return torch.optim.SGD(
            [{**group, "weight_decay": 0.0, "scale": 1.0} for group in groups], lr=config.learning_rate
        )
    if config.optimiser == "adamw":
        fused = tables[0].device.type in ("cpu", "cuda")
        return torch.optim.AdamW(groups, lr=config.learning_rate, fused=fused)
    raise unknown("optimiser", config.optimiser, ["adamw", "sgd"])


def on_device(batch: StreamBatch, device: torch.device) -> tuple[Tensor, Tensor]:
    """The (T, B) inputs and targets of a window as int64 tensors."""
    inputs = torch.from_numpy(batch.inputs.astype(np.int64))
    targets = torch.from_numpy(batch.targets.astype(np.int64))
    return inputs.to(device), targets.to(device)


@torch.no_grad()
def evaluate(model: LanguageModel, columns: np.ndarray, bptt: int) -> float:
    """(L, B) columns → mean nats per token, averaged over tokens; the state is carried from window to window."""
    device = next(model.parameters()).device
    training = model.training
    model.eval()
    state, total, tokens = model.initial_state(columns.shape[1]), 0.0, 0
    for batch in windows(columns, bptt):
        inputs, targets = on_device(batch, device)
        loss, state = model(inputs, targets, state)
        total += loss.item() * targets.numel()
        tokens += targets.numel()
    model.train(training)
    return total / tokens


@contextmanager
def _interrupt_between_steps() -> Iterator[Callable[[], bool]]:
    """Yield a function that says whether Ctrl-C was pressed, so that no step is left half done.

    A second Ctrl-C ends at once. Outside the main thread signals are left alone.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    pressed = False
    before = signal.getsignal(signal.SIGINT)

    def note(_signal: int, _frame: Any) -> None:
        nonlocal pressed
        pressed = True
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, note)
    try:
        yield lambda: pressed
    finally:
        signal.signal(signal.SIGINT, before)


class Trainer:
    """Trains a language model on (L, B) columns and keeps what a later process needs to go on.

    Args:
        run: the folder that gets the best weights, the state and the history.
        train: (L, B) columns of the training text.
        valid: (L', B') columns of the part of the validation text that is measured each time.
    """

    def __init__(
        self, model: LanguageModel, config: TrainingConfig, run: Run, train: np.ndarray, valid: np.ndarray
    ) -> None:
        self.model, self.config, self.run = model, config, run
        self.train_columns, self.valid_columns = train, valid
        self.budget = Budget.of(config, window_count(train, config.bptt))
        self.optimiser = make_optimiser(model, config)
        self.device = next(model.parameters()).device
        self.position = Position()
        self.state = model.initial_state(train.shape[1])
        self._step = torch.compile(model) if config.compile else model

    def resume(self) -> None:
        """Go back to the last saved state. Evaluations after it are taken off the history: they come again."""
        self.state, position = load_state(self.run, self.model, self.optimiser)
        self.position = Position(**position)
        kept = self.run.history[: self.position.evaluations]
        write_text(self.run.path / "history.jsonl", "".join(json.dumps(line) + "\n" for line in kept))

    def fit(self, on_progress: OnProgress | None = None) -> Position:
        """Train until the budget is spent or validation has stalled; the best weights are in the run folder.

        Raises:
            KeyboardInterrupt: Ctrl-C was pressed; the state is saved and `resume` goes on from it.
            TrainingError: the loss is no longer a number.
        """
        self.model.train()
        saved = time.monotonic()
        with _interrupt_between_steps() as interrupted:
            while not self.finished:
                for batch in windows(self.train_columns, self.config.bptt, self.position.row):
                    self._advance(batch)
                    if self._evaluation_due():
                        self._evaluate()
                        self._save()
                        saved = time.monotonic()
                    if on_progress:
                        on_progress(self._progress())
                    if interrupted():
                        self._save()
                        raise KeyboardInterrupt
                    if time.monotonic() - saved > CHECKPOINT_SECONDS:
                        self._save()
                        saved = time.monotonic()
                    if self.finished:
                        break
                else:
                    self._next_epoch()
        return self.position

    @property
    def share(self) -> float:
        return self.budget.share(self.position.step, self.position.seconds)

    @property
    def finished(self) -> bool:
        return self.share >= 1 or self.position.stalled >= self.config.patience

    def _advance(self, batch: StreamBatch) -> None:
        """One window: forward, backward, clip, step."""
        started, here = time.monotonic(), self.position
        inputs, targets = on_device(batch, self.device)
        self._set_learning_rate()
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.config.bf16):
            loss, self.state = self._step(inputs, targets, detach(self.state))
        self.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.config.clip)
        self.optimiser.step()
        nats = loss.item()
        if not math.isfinite(nats):
            raise TrainingError(f"{self.run.path}: the loss is {nats} at step {here.step + 1}; lower --learning-rate")
        self.position = replace(
            here,
            step=here.step + 1,
            row=here.row + len(inputs),
            tokens_seen=here.tokens_seen + targets.numel(),
            seconds=here.seconds + (spent := time.monotonic() - started),
            step_seconds=here.step_seconds + spent,
            train_nats=here.train_nats + nats * targets.numel(),
            train_tokens=here.train_tokens + targets.numel(),
        )

    def _set_learning_rate(self) -> None:
        config, here = self.config, self.position
        # The step being taken counts, so that the first one is not wasted at a rate of zero.
        share = self.budget.share(here.step + 1, here.seconds)
        peak = config.learning_rate * here.rate_scale
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate(config.schedule, peak * group["scale"], config.warmup, share)

    def _next_epoch(self) -> None:
        """Start over at the top of the columns, with no memory of their ends."""
        self.position = replace(self.position, row=0, epoch=self.position.epoch + 1)
        self.state = self.model.initial_state(self.train_columns.shape[1])

    def _evaluation_due(self) -> bool:
        due, done = (math.floor(s * self.config.evaluations) for s in (self.share, self.position.evaluated_share))
        return self.finished or due > done

    def _evaluate(self) -> None:
        """Measure validation, keep the weights if they are the best so far, and write a line of history."""
        here, started = self.position, time.monotonic()
        valid = evaluate(self.model, self.valid_columns, self.config.bptt)
        better = here.best_valid is None or valid < here.best_valid
        if better:
            save_weights(self.run, self.model)
        line = {
            "step": here.step,
            "epoch": here.tokens_seen / (self.train_columns.size - self.train_columns.shape[1]),
            "tokens_seen": here.tokens_seen,
            "train_nats_per_token": here.train_nats / max(here.train_tokens, 1),
            "valid_nats_per_token": valid,
            "valid_tokens": self.valid_columns.size - self.valid_columns.shape[1],
            "learning_rate": self.optimiser.param_groups[0]["lr"],
            "seconds": here.seconds,
        }
        with open(self.run.path / "history.jsonl", "a", encoding="utf-8") as history:
            history.write(json.dumps(line) + "\n")
        cut = PLATEAU_CUT if self.config.schedule == "plateau" and not better else 1.0
        self.position = replace(
            here,
            seconds=here.seconds + time.monotonic() - started,
            evaluations=here.evaluations + 1,
            evaluated_share=self.share,
            train_nats=0.0,
            train_tokens=0,
            best_valid=valid if better else here.best_valid,
            stalled=0 if better else here.stalled + 1,
            rate_scale=here.rate_scale * cut,
        )

    def _save(self) -> None:
        save_state(self.run, self.model, self.optimiser, self.state, asdict(self.position))
        if not (self.run.path / WEIGHTS_FILE).exists():
            save_weights(self.run, self.model)

    def _progress(self) -> Progress:
        here = self.position
        left = here.seconds * (1 - self.share) / self.share if self.share > 0 else None
        return Progress(
            step=here.step,
            share=self.share,
            tokens_seen=here.tokens_seen,
            tokens_per_second=here.tokens_seen / max(here.step_seconds, 1e-9),
            train_nats_per_token=here.train_nats / here.train_tokens if here.train_tokens else math.nan,
            valid_nats_per_token=here.best_valid,
            seconds_left=left,
        )


def discard_state(run: Run) -> None:
    """A finished run keeps its weights; the state that only a resume needs goes."""
    (run.path / STATE_FILE).unlink(missing_ok=True)
