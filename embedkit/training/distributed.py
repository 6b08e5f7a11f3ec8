"""One training in several processes: each takes its rows of every batch, and all of them take the same step.

torchrun starts the processes, one a GPU or one a core, on one machine or several. The first of them, the writer, alone
writes files, measures held-out text and shows progress; what it decides, such as when the minutes are over, all do.
"""

import json
import os
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import torch
import torch.distributed as dist
from torch import Tensor, nn

from embedkit.errors import TrainingError, UsageError
from embedkit.models.recurrent import State
from embedkit.processes import Launch, launch
from embedkit.training.objective import Step
from embedkit.training.setup import choose_device

PATIENCE = timedelta(hours=12)
"""How long a process waits for another, which may be measuring a large text."""
_SECONDS_TO_BE_STOPPED = 10.0
_SECONDS_BETWEEN_ANSWERS = 0.02


class LostProcessError(TrainingError):
    """Another process of the training has ended, or cannot be reached any more."""


class Processes:
    """The processes of one training and what they do together. Of one alone, all of it gives back what it is given.

    Every method is called by all of them, in the same order.
    """

    def __init__(self, here: Launch | None = None, device: torch.device | None = None) -> None:
        self.here, self._device = here or Launch(), device

    @property
    def count(self) -> int:
        return self.here.count

    @property
    def writes(self) -> bool:
        return self.here.writes

    @property
    def rows(self) -> slice:
        """Which rows of a batch are this one's: every `count`-th, so that long and short ones are spread evenly."""
        return slice(self.here.rank, None, self.count)

    def total(self, *numbers: float) -> list[float]:
        """Each number summed over the processes, the same to the last bit in all of them."""
        if self.count == 1:
            return list(numbers)
        return self._sum(torch.tensor(numbers, dtype=torch.float64, device=self._device)).tolist()

    def average_gradients(self, parameters: Sequence[Tensor], step: Step) -> Step:
        """Give each parameter the gradient of the mean over the tokens of all processes, in the place of its own.

        Args:
            parameters: all that is trained, in the same order in every process.
            step: what this one's rows gave.

        Returns:
            What all rows gave, with the state of this one's.
        """
        if self.count == 1:
            return step
        tokens, nats, *holders = self.total(
            step.tokens, step.tokens * step.nats, *(float(each.grad is not None) for each in parameters)
        )
        pending = []
        for parameter, held in zip(parameters, holders, strict=True):
            if held:  # by any of them: all must ask for the same sums
                if parameter.grad is None:
                    parameter.grad = torch.zeros_like(parameter)
                total = parameter.grad.contiguous().mul_(step.tokens / tokens if tokens else 0.0)
                pending.append((parameter.grad, total, self._sum_later(total)))
        for gradient, total, work in pending:
            with _together():
                work.wait()
            if total is not gradient:  # which is laid out as its parameter, and the optimiser counts on that
                gradient.copy_(total)
        return Step(nats / tokens if tokens else 0.0, int(tokens), step.state)

    def share_weights(self, model: nn.Module) -> None:
        """Start from the writer's weights, to the last bit."""
        if self.count > 1:
            for parameter in model.parameters():
                weights = parameter.detach().contiguous()
                with _together():
                    dist.broadcast(weights, 0)
                parameter.data.copy_(weights)

    def cut(self, state: State) -> State:
        """A state of all columns → that of this one's."""
        if self.count == 1:
            return state
        return tuple(tuple(part[:, self.rows].contiguous() for part in layer) for layer in state)

    def joined_state(self, state: State, whole: State) -> State:
        """The state of this one's columns → that of all; `whole` has its shape."""
        if self.count == 1:
            return state
        return tuple(
            tuple(self._placed(part, like) for part, like in zip(layer, layer_like, strict=True))
            for layer, layer_like in zip(state, whole, strict=True)
        )

    def _placed(self, part: Tensor, like: Tensor) -> Tensor:
        everything = torch.zeros_like(like, dtype=torch.float32)
        everything[:, self.rows] = part.detach().float()
        return self._sum(everything).to(part.dtype)

    def stacked(self, numbers: Tensor) -> Tensor:
        """(N,) bytes of each process → (count, N); as they are where there is one."""
        if self.count == 1:
            return numbers
        rows = torch.zeros(self.count, len(numbers), dtype=numbers.dtype, device=self._device)
        rows[self.here.rank] = numbers.to(rows.device)
        return self._sum(rows).cpu()

    def from_writer(self, make: Callable[[], Any]) -> Any:
        """What the writer makes, JSON-ready, in all of them; they wait until it is there."""
        if self.count == 1:
            return make()
        text = json.dumps(make()).encode() if self.writes else b""
        (length,) = self.total(len(text))
        content = torch.zeros(int(length), dtype=torch.uint8, device=self._device)
        if self.writes:
            content[:] = torch.frombuffer(bytearray(text), dtype=torch.uint8)
        with _together():
            dist.broadcast(content, 0)
        return json.loads(bytes(content.cpu().numpy()))

    @contextmanager
    def writer_first(self) -> Iterator[None]:
        """The writer does what follows, and then the others do."""
        if not self.writes:
            self.wait()
        yield
        if self.writes:
            self.wait()

    def wait(self) -> None:
        """Until all have come here."""
        self.total(0.0)

    def draw_apart(self, seed: int) -> None:
        """Let each process draw dropout of its own; the weights have been drawn alike. The writer's draws stay as those
        of one process alone."""
        if not self.writes:
            torch.manual_seed(seed + 1_000_003 * self.here.rank)

    def _sum(self, tensor: Tensor) -> Tensor:
        with _together():
            dist.all_reduce(tensor)
        return tensor

    def _sum_later(self, tensor: Tensor) -> Any:
        with _together():
            return dist.all_reduce(tensor, async_op=True)


ALONE = Processes()


@contextmanager
def joined(device: str) -> Iterator[Processes]:
    """The processes that torchrun started this one with, met for as long as the context lasts; ALONE without torchrun.
    They meet once: inside it gives those that are together already.

    Args:
        device: as `choose_device`; NVIDIA's GPUs talk through nccl, processors through gloo.

    Raises:
        TrainingError: there is no such device for this process.
        LostProcessError: they could not meet.
    """
    here = launch()
    if here.count == 1:
        yield ALONE
        return
    try:
        chosen = choose_device(device)
    except UsageError as error:  # another process may well have one
        raise TrainingError(f"{socket.gethostname()}: {error}") from None
    if dist.is_initialized():
        yield Processes(here, chosen)
        return
    if chosen.type == "cuda":
        torch.cuda.set_device(chosen)
    backend = "nccl" if chosen.type == "cuda" else "gloo"
    with _together():
        store = _store_of_this_start(here)
        dist.init_process_group(backend, store=store, rank=here.rank, world_size=here.count, timeout=PATIENCE)
    yield Processes(here, chosen)
    dist.destroy_process_group()  # after an error it might wait for a process that has ended


def _store_of_this_start(here: Launch) -> dist.Store:
    """Where processes tell each other their addresses: torchrun's store, under a prefix that is new at every start.

    Processes that torchrun starts again find what the killed ones left there, with which they never meet (torch 2.13),
    and on several machines they do not agree on how many starts there were. So the writer draws the prefix, and gives
    it to each that asks with a ticket of its own, until all have it.
    """
    store, _, _ = next(iter(dist.rendezvous("env://", timeout=PATIENCE)))
    if not here.writes:
        ticket = uuid4().hex
        store.set(f"asks/{here.rank}", ticket)
        prefix = store.get(f"answers/{ticket}").decode()
        store.add(f"{prefix}/answered", 1)
        return dist.PrefixStore(prefix, store)
    prefix = uuid4().hex
    while store.add(f"{prefix}/answered", 0) < here.count - 1:
        for asks in (f"asks/{rank}" for rank in range(1, here.count)):
            if store.check([asks]):  # perhaps of one that was killed; then the new one overwrites it
                store.set(f"answers/{store.get(asks).decode()}", prefix)
        time.sleep(_SECONDS_BETWEEN_ANSWERS)
    return dist.PrefixStore(prefix, store)


@contextmanager
def _together() -> Iterator[None]:
    """Another process has ended: torchrun sees it too and stops this one, which therefore says nothing for a while."""
    try:
        yield
    except RuntimeError as error:
        if "TORCHELASTIC_RUN_ID" in os.environ:
            time.sleep(_SECONDS_TO_BE_STOPPED)
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise LostProcessError(
            f"another process of this training has ended or cannot be reached ({reason[0]}); see what it says itself"
        ) from error
