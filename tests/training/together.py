"""Functions run by torchrun's launcher in several processes, each forked from one that has loaded torch already."""

import os
import signal
import sys
import time
from collections.abc import Callable
from ctypes import CDLL
from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import nn
from torch.distributed.launcher.api import LaunchConfig, elastic_launch

from embedkit.cli import train as cli_train
from embedkit.cli.edge import run
from embedkit.tasks.caption.config import CaptionModel, CaptionTraining
from embedkit.tasks.classify.config import ClassifierModel, ClassifierTraining
from embedkit.tasks.language_model.config import LanguageModel, LanguageModelTraining
from embedkit.tasks.seq2seq.config import Seq2SeqModel, Seq2SeqTraining
from embedkit.tasks.speech.config import SpeechModel, SpeechTraining
from embedkit.training.driver import train
from embedkit.training.loop import TrainingLoop
from tests.fresh import FORKS

LM = (
    "train lm --corpus {corpus} --embedding-size 8 --hidden-size 12 --layers 2 --dropout 0 --batch-size 5 --bptt 7 "
    "--steps 40 --evaluations 8 --precision fp32 --learning-rate 0.02"
)
"""Five columns: of two processes one has three of them."""
_SEQ2SEQ = Seq2SeqModel(
    source_level="char",
    target_level="char",
    embedding_size=6,
    hidden_size=8,
    bottleneck_size=6,
    dropout=0.0,
    min_count=1,
)
_FEW = {"steps": 9, "evaluations": 3, "device": "cpu", "precision": "fp32", "learning_rate": 3e-2}
PAIRS = (_SEQ2SEQ, Seq2SeqTraining(corpus="reverse", pairs=120, longest=6, batch_tokens=40, bptt=3, **_FEW))
TASKS = {
    "blocks": (
        LanguageModel(embedding_size=6, hidden_size=8, dropout=0.0, cutoffs=(5, 9, 12, 15)),
        LanguageModelTraining(corpus="{corpus}", batch_size=5, bptt=3, **{**_FEW, "steps": 18, "learning_rate": 0.1}),
    ),
    "pairs": PAIRS,
    "stream": (
        replace(_SEQ2SEQ, shared_vocabulary=True, bidirectional=False),
        Seq2SeqTraining(corpus="{corpus}", stream="next", batch_size=3, bptt=5, **_FEW),
    ),
    "classify": (ClassifierModel(hidden_size=6), ClassifierTraining(epoch_sequences=99, held_out=50, **_FEW)),
    "caption": (
        CaptionModel(channels=2, code_size=6, embedding_size=4, hidden_size=6),
        CaptionTraining(batch_size=5, held_out=10, scenes=40, **_FEW),
    ),
    "speech": (
        SpeechModel(mels=8, hidden_size=6, layers=1, dropout=0.0),
        SpeechTraining(longest=2, held_out=6, batch_size=5, strings=40, **_FEW),
    ),
}
"""Of each task that several processes can train a small network, with nothing in it that is drawn while it trains."""


def train_all(folder: Path) -> None:
    """Train one of each of TASKS in `folder`."""
    for name, (model, training) in TASKS.items():
        if getattr(training, "corpus", "") == "{corpus}":
            training = replace(training, corpus=str(folder / "small.txt"))
        train(model, training, folder / name)


def launched(work: Callable[..., Any], *arguments: Any, **options: Any) -> dict[int, Any]:
    """What `work` returns in each of two processes of this machine, by rank; `options` are torchrun's."""
    alone = {"min_nodes": 1, "max_nodes": 1, "nproc_per_node": 2, "rdzv_endpoint": "localhost:0", "run_id": "none"}
    start = {"rdzv_backend": "c10d", "start_method": FORKS.get_start_method()}
    config = LaunchConfig(**{**alone, **start, **options})
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        return elastic_launch(config, work)(*arguments)
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def interrupted_and_killed(folder: Path) -> tuple[float, ...]:
    """Train a language model by the command line. At first Ctrl-C is pressed in the second process, then that one is
    killed. Then train the other tasks.

    Returns:
        The mean of a gradient of 4 over one token and of 8 over three: 7, with tokens and nats of both.
    """
    os.environ["EMBEDKIT_RUNS"] = str(folder / "runs")
    rank, attempt = int(os.environ["RANK"]), int(os.environ["TORCHELASTIC_RESTART_COUNT"])
    sys.stderr = open(folder / f"stderr-{attempt}-{rank}", "w", buffering=1)  # noqa: SIM115  for as long as the process lives
    advance, how_to_resume = TrainingLoop._advance, cli_train.how_to_resume

    def advance_or_end(loop: TrainingLoop, batch: Any) -> None:
        if rank == 1 and (attempt, loop.position.step) in ((0, 13), (1, 28)):
            os.kill(os.getpid(), (signal.SIGINT, signal.SIGKILL)[attempt])
        advance(loop, batch)

    def slowly(path: Path) -> str:
        if (attempt, rank) == (0, 0):
            time.sleep(1)  # the other process has ended by then, and torchrun has seen it
        return how_to_resume(path)

    TrainingLoop._advance = advance_or_end
    cli_train.how_to_resume = slowly
    code = run(LM.format(corpus=folder / "small.txt").split())
    if code:
        sys.exit(code)
    train_all(folder)
    return _averaged(rank)


def _averaged(rank: int) -> tuple[float, ...]:
    import torch

    from embedkit.training.distributed import joined
    from embedkit.training.objective import Step

    model = nn.Linear(1, 1)
    model.weight.grad = torch.full((1, 1), (4.0, 8.0)[rank])
    with joined("cpu") as processes:
        step = processes.average_gradients(list(model.parameters()), Step((1.0, 2.0)[rank], (1, 3)[rank], ()))
    assert model.bias.grad is None
    return float(model.weight.grad), step.tokens, step.nats


ENDPOINT = "10.77.0.1:29477"


def on_host(name: str, number: int, folder: Path) -> None:
    """One of two hosts, each a network namespace: it launches one process, and again where one is killed."""
    enter(name)
    launched(
        killed_on_a_host,
        name,
        number,
        folder,
        min_nodes=2,
        max_nodes=2,
        nproc_per_node=1,
        rdzv_endpoint=ENDPOINT,
        rdzv_configs={"is_host": number == 1},
        run_id="two-hosts",
        local_addr=f"10.77.0.{number}",
        max_restarts=1,
    )


def enter(name: str) -> None:
    """Have only the network of a host, from here on and in threads that start from here on."""
    with open(f"/run/netns/{name}") as file:
        if CDLL(None).setns(file.fileno(), 0):
            raise OSError("setns failed")
    os.environ["GLOO_SOCKET_IFNAME"] = name


def killed_on_a_host(name: str, number: int, folder: Path) -> None:
    """Train a language model; the first time the process of the second host is killed on the way."""
    enter(name)
    os.environ["EMBEDKIT_RUNS"] = str(folder / "runs")
    advance = TrainingLoop._advance
    killed = folder / "killed"

    def advance_or_end(loop: TrainingLoop, batch: Any) -> None:
        if number == 2 and loop.position.step == 23 and not killed.exists():
            killed.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        advance(loop, batch)

    TrainingLoop._advance = advance_or_end
    if code := run(LM.format(corpus=folder / "small.txt").split()):
        sys.exit(code)
