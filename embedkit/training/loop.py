"""The training loop: budget, schedule, clipping, the best weights, and going on as if never stopped; in one process, or
in several that take every step together."""

import json
import math
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from embedkit.config import Optimisation
from embedkit.errors import TrainingError, unknown
from embedkit.files import append_line, write_text
from embedkit.progress import Progress, no_progress
from embedkit.runs.folder import Run
from embedkit.training.checkpoint import (
    STATE_FILE,
    WEIGHTS_FILE,
    generator_states,
    load_state,
    save_state,
    save_weights,
)
from embedkit.training.distributed import ALONE, Processes
from embedkit.training.objective import Objective, Step
from embedkit.training.schedule import Budget, learning_rate, parts_done
from embedkit.training.snapshots import Snapshots

CHECKPOINT_SECONDS = 60.0
PLATEAU_CUT = 0.25


@dataclass(frozen=True)
class Position:
    """Where training stands: everything but the tensors that a resumed run needs to go on as if never stopped."""

    step: int = 0
    batch: int = 0  # of the epoch
    epoch: int = 0
    tokens_seen: int = 0
    seconds: float = 0.0  # of steps and evaluations
    step_seconds: float = 0.0  # of steps alone
    train_nats: float = 0.0  # summed since the last evaluation
    train_tokens: int = 0  # since the last evaluation
    evaluations: int = 0
    evaluated_share: float = 0.0  # of the budget, at the last evaluation
    snapshot_share: float = 0.0  # of the budget, at the last snapshot
    best_valid: float | None = None  # nats per token of the best weights
    best_criterion: float | None = None
    stalled: int = 0
    rate_scale: float = 1.0


def make_optimiser(model: nn.Module, embeddings: Sequence[Tensor], config: Optimisation) -> torch.optim.Optimizer:
    """AdamW, with decay on matrices but not on biases and a rate of their own for the embeddings; RMSprop or plain SGD.

    Each group of parameters has a "scale", its multiple of the learning rate.
    """
    tables = list({id(p): p for p in embeddings}.values())
    rest = [p for p in model.parameters() if p.requires_grad and all(p is not table for table in tables)]
    groups = [
        {"params": [p for p in rest if p.ndim > 1], "weight_decay": config.weight_decay, "scale": 1.0},
        {"params": [p for p in rest if p.ndim <= 1], "weight_decay": 0.0, "scale": 1.0},
        {"params": tables, "weight_decay": config.weight_decay, "scale": config.embedding_rate_scale},
    ]
    plain = [{**group, "weight_decay": 0.0, "scale": 1.0} for group in groups]
    if config.optimiser == "sgd":
        return torch.optim.SGD(plain, lr=config.learning_rate)
    if config.optimiser == "rmsprop":
        return torch.optim.RMSprop(plain, lr=config.learning_rate)
    if config.optimiser == "adamw":
        fused = next(model.parameters()).device.type in ("cpu", "cuda")
        return torch.optim.AdamW(groups, lr=config.learning_rate, fused=fused)
    raise unknown("optimiser", config.optimiser, ["adamw", "rmsprop", "sgd"])


@contextmanager
def _interrupt_between_steps(*, several: bool) -> Iterator[Callable[[], bool]]:
    """Yield a function that says whether Ctrl-C was pressed, so that no step is left half done.

    A second Ctrl-C ends at once, but not of `several` processes: torchrun sends each the one that it got itself.
    Outside the main thread signals are left alone.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    pressed = False
    before = signal.getsignal(signal.SIGINT)

    def note(_signal: int, _frame: Any) -> None:
        nonlocal pressed
        pressed = True
        signal.signal(signal.SIGINT, signal.SIG_IGN if several else before)

    signal.signal(signal.SIGINT, note)
    try:
        yield lambda: pressed
    finally:
        if signal.getsignal(signal.SIGINT) is note:
            signal.signal(signal.SIGINT, before)


def _end_unhurried() -> None:
    """Ignore torchrun, which ends the other processes as soon as the first of them has ended: all are about to, and one
    has still to write the state and to say how to go on. It waits half a minute before it kills.
    """
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)


class TrainingLoop:
    """Trains the model of an objective and keeps what a later process needs to go on.

    Args:
        run: the folder that gets the best weights, the state and the history.
        snapshots: keeps embeddings on the way; training goes the same way with and without.
        counted: what the objective's tokens are, as progress tells them.
        processes: those that train together; each has a loop, and all loops go the same way.
    """

    def __init__(
        self,
        objective: Objective,
        config: Optimisation,
        run: Run,
        snapshots: Snapshots | None = None,
        counted: str = "tokens",
        processes: Processes = ALONE,
    ) -> None:
        self.objective, self.config, self.run, self.snapshots = objective, config, run, snapshots
        self.counted, self.processes = counted, processes
        self.model = objective.model
        self.budget = Budget.of(config, objective.batches_per_epoch)
        self.optimiser = make_optimiser(self.model, objective.tables(), config)
        # All that has gradients, so also blocks of tables, which are no parameters of the model. Each once, and the
        # model's own in its order: a sum of squares in another order has other last bits.
        self._trained = list({id(p): p for p in (*self.model.parameters(), *objective.tables())}.values())
        self.position = Position()
        self.state = processes.cut(objective.initial_state())

    def _start(self) -> None:
        """Go back to the last saved state, or start with no trace of an earlier try."""
        if (self.run.path / STATE_FILE).exists():
            self._resume()
        elif self.processes.writes:
            (self.run.path / "history.jsonl").unlink(missing_ok=True)
            (self.run.path / WEIGHTS_FILE).unlink(missing_ok=True)
        if self.snapshots and self.processes.writes:
            self.snapshots.forget(after=self.position.step)
        self.processes.share_weights(self.model)

    def _resume(self) -> None:
        """Evaluations after the last saved state are taken off the history: they come again."""
        state, position = load_state(self.run, self.model, self.optimiser, self.processes.here.rank)
        self.state = self.processes.cut(state)
        if self.config.precision == "fp32":  # begun in bfloat16, the state is in it too
            self.state = tuple(tuple(part.float() for part in layer) for layer in self.state)
        self.position = Position(**position)
        if self.processes.writes:
            history = self.run.history[: self.position.evaluations]
            write_text(self.run.path / "history.jsonl", "".join(json.dumps(line) + "\n" for line in history))

    def fit(self, progress: Progress = no_progress) -> Position:
        """Train until the budget is spent or validation has stalled; the best weights are in the run folder.

        A run with a saved state goes on from it.

        Args:
            progress: told the share of the budget that is spent after each step, with the pace and the loss.

        Raises:
            KeyboardInterrupt: Ctrl-C was pressed; the state is saved and `resume` goes on from it.
            TrainingError: the loss is no longer a number.
        """
        self._start()
        self.model.train()
        saved_at = time.monotonic()
        with _interrupt_between_steps(several=self.processes.count > 1) as interrupted:
            while not self.finished:
                for batch in self.objective.batches(self.position.epoch, self.position.batch):
                    self._advance(batch)
                    evaluated = self._evaluation_due()
                    if evaluated:
                        self._evaluate()
                    self._keep_snapshot()
                    if evaluated:
                        self._save()
                        saved_at = time.monotonic()
                    progress(self.share, self._pace())
                    late = self.processes.writes and time.monotonic() - saved_at > CHECKPOINT_SECONDS
                    stops, saves = self.processes.total(interrupted(), late)
                    if stops:
                        if self.processes.count > 1:
                            _end_unhurried()
                        self._save()
                        self.processes.wait()  # none leaves while the writer still writes
                        raise KeyboardInterrupt
                    if saves:
                        self._save()
                        saved_at = time.monotonic()
                    if self.finished:
                        break
                else:
                    self._next_epoch()
        return self.position

    @property
    def share(self) -> float:
        """How much of the budget is spent, from 0 to 1."""
        return self.budget.share(self.position.step, self.position.seconds)

    @property
    def finished(self) -> bool:
        """Whether the budget is spent, or validation has stalled for as many evaluations as `patience`."""
        return self.share >= 1 or self.position.stalled >= self.config.patience

    def _advance(self, batch: Any) -> None:
        """One batch: forward, backward, clip, step."""
        started, here = time.monotonic(), self.position
        self._set_learning_rate()
        self.optimiser.zero_grad()
        step = self.processes.average_gradients(self._trained, self._step(batch))
        self.state = step.state
        torch.nn.utils.clip_grad_norm_(self._trained, self.config.clip)
        self.optimiser.step()
        if self.processes.writes and not math.isfinite(step.nats):
            raise TrainingError(
                f"{self.run.path}: the loss is {step.nats} at step {here.step + 1}; lower --learning-rate"
            )
        (spent,) = self.processes.total((time.monotonic() - started) * self.processes.writes)  # by the writer's clock
        self.position = replace(
            here,
            step=here.step + 1,
            batch=here.batch + 1,
            tokens_seen=here.tokens_seen + step.tokens,
            seconds=here.seconds + spent,
            step_seconds=here.step_seconds + spent,
            train_nats=here.train_nats + step.nats * step.tokens,
            train_tokens=here.train_tokens + step.tokens,
        )

    def _step(self, batch: Any) -> Step:
        """The gradients of this process's part of a batch."""
        if self.processes.count > 1:
            batch = batch.take(self.processes.rows)
            if batch is None:
                return Step(0.0, 0, self.state)
        return self.objective.step(batch, self.state, self.share)

    def _set_learning_rate(self) -> None:
        config, here = self.config, self.position
        # The step being taken counts, so that the first one is not wasted at a rate of zero.
        share = self.budget.share(here.step + 1, here.seconds)
        peak = config.learning_rate * here.rate_scale
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate(config.schedule, peak * group["scale"], config.warmup, share)

    def _next_epoch(self) -> None:
        """Start over with no memory of the last batch."""
        self.position = replace(self.position, batch=0, epoch=self.position.epoch + 1)
        self.state = self.processes.cut(self.objective.initial_state())

    def _evaluation_due(self) -> bool:
        due, last = (parts_done(s, self.config.evaluations) for s in (self.share, self.position.evaluated_share))
        return self.finished or due > last

    def _evaluate(self) -> None:
        """Have the writer measure validation; what follows from it holds for all."""
        self.position = Position(**self.processes.from_writer(lambda: asdict(self._evaluated())))

    def _evaluated(self) -> Position:
        """Measure validation, keep the weights if they are the best so far, and write a line of history → where
        training stands after it."""
        here, started = self.position, time.monotonic()
        evaluation = self.objective.evaluate(self.share)
        if not math.isfinite(evaluation.nats):
            raise TrainingError(
                f"{self.run.path}: the loss on held-out text is {evaluation.nats} at step {here.step}; "
                "lower --learning-rate"
            )
        better = here.best_criterion is None or evaluation.criterion < here.best_criterion
        if better:
            save_weights(self.run, self.model)
        line = {
            "step": here.step,
            "epoch": here.tokens_seen / self.objective.tokens_per_epoch,
            "tokens_seen": here.tokens_seen,
            "train_nats_per_token": here.train_nats / max(here.train_tokens, 1),
            "valid_nats_per_token": evaluation.nats,
            "valid_tokens": evaluation.tokens,
            **evaluation.figures,
            "learning_rate": self.optimiser.param_groups[0]["lr"],
            "seconds": here.seconds,
        }
        append_line(self.run.path / "history.jsonl", json.dumps(line))
        cut = PLATEAU_CUT if self.config.schedule == "plateau" and not better else 1.0
        return replace(
            here,
            seconds=here.seconds + time.monotonic() - started,
            evaluations=here.evaluations + 1,
            evaluated_share=self.share,
            train_nats=0.0,
            train_tokens=0,
            best_valid=evaluation.nats if better else here.best_valid,
            best_criterion=evaluation.criterion if better else here.best_criterion,
            stalled=0 if better else here.stalled + 1,
            rate_scale=here.rate_scale * cut,
        )

    def _keep_snapshot(self) -> None:
        """Keep the embeddings where that is due, before the state is saved, which then knows of them."""
        here, share = self.position, self.share
        if self.snapshots and self.snapshots.due(share, here.snapshot_share, finished=self.finished):
            if self.processes.writes:
                self.snapshots.keep(here.step, here.tokens_seen, share)
            self.position = replace(here, snapshot_share=share)

    def _save(self) -> None:
        state = self.processes.joined_state(self.state, self.objective.initial_state())
        generators = {name: self.processes.stacked(numbers) for name, numbers in generator_states().items()}
        if not self.processes.writes:
            return
        save_state(self.run, self.model, self.optimiser, state, generators, asdict(self.position))
        if not (self.run.path / WEIGHTS_FILE).exists():
            save_weights(self.run, self.model)

    def _pace(self) -> str:
        """Tokens a second, the precision, how many processes train, the loss since the last evaluation, and the best
        validation so far."""
        here = self.position
        parts = [f"{here.tokens_seen / max(here.step_seconds, 1e-9):,.0f} {self.counted}/s", self.config.precision]
        if self.processes.count > 1:
            parts.append(f"{self.processes.count} processes")
        if here.train_tokens:
            parts.append(f"loss {here.train_nats / here.train_tokens:.3f}")
        if here.best_valid is not None:
            parts.append(f"valid {here.best_valid:.3f}")
        return " · ".join(parts)


def discard_state(run: Run) -> None:
    """A finished run keeps its weights; the state that only a resume needs goes."""
    (run.path / STATE_FILE).unlink(missing_ok=True)
