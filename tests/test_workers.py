"""Trials and maps on a dask cluster: what they are on this machine, also where a worker dies; and what is refused."""

import os
import signal
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import dask
import numpy as np
import pytest
from distributed import LocalCluster

from embedkit import workers
from embedkit.analysis.maps.stability import stability
from embedkit.cli.edge import run
from embedkit.errors import EmbedkitWarning
from embedkit.runs.folder import Run
from embedkit.spaces.space import EmbeddingSpace
from embedkit.tasks.echo.capacity.trials import echo_capacity
from embedkit.tasks.echo.config import EchoCapacityOptions
from embedkit.workers import on_cluster, spread
from tests.fresh import FORKS

LAB = "lab echo-capacity --cells gru --hidden-sizes 4 --delays 2 3 --seeds 2 --steps 4 --batch-size 4 --name there"
OPTIONS = EchoCapacityOptions(cells=("gru",), hidden_sizes=(4,), delays=(2, 3), seeds=2, steps=4, batch_size=4)


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """The address of a cluster of two workers with a thread each, forked from a process that has loaded torch."""
    with (
        dask.config.set({"distributed.worker.multiprocessing-method": FORKS.get_start_method()}),
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as local,
    ):
        yield local.scheduler_address


def trials(run: Run) -> list[tuple[str, str]]:
    """(settings, result) of each, in order."""
    return sorted((str(record["settings"]), str(record["result"])) for record in run.trials)


def test_trials_of_a_lab_are_those_of_this_machine(
    scheduler: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    here = trials(echo_capacity(OPTIONS, tmp_path / "here", workers=1))
    assert run([*LAB.split(), "--scheduler", scheduler]) == 0
    there = trials(Run(tmp_path / "runs" / "there"))
    assert len(here) == 4
    assert here == there
    assert os.getpid() not in processes_of(scheduler)


def processes_of(scheduler: str) -> set[int]:
    with on_cluster(scheduler):
        return set(spread(process_of, range(8)))


def process_of(_: int) -> int:
    return os.getpid()


def test_a_map_is_as_stable_as_on_this_machine(scheduler: str) -> None:
    space = EmbeddingSpace("s", [str(i) for i in range(30)], np.random.default_rng(0).normal(size=(30, 5)).astype("f4"))
    here = stability(space, "tsne", seeds=2, perplexity=5.0)
    with on_cluster(scheduler):
        there = stability(space, "tsne", seeds=2, perplexity=5.0)
    assert here.summary() == there.summary()
    assert np.array_equal(here.seeds.points, there.seeds.points)


def die_once(marker: Path, number: int) -> int:
    if number == 2 and not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number**2


def test_the_work_of_a_worker_that_dies_is_done_again(scheduler: str, tmp_path: Path) -> None:
    told = r"worker tcp://\S+ has died; \d of its pieces of work are done again"
    with pytest.warns(EmbedkitWarning, match=told), on_cluster(scheduler):
        squares = list(spread(partial(die_once, tmp_path / "died"), range(5)))
    assert (tmp_path / "died").exists()
    assert squares == [0, 1, 4, 9, 16]


def test_without_a_cluster_work_is_done_here_in_order() -> None:
    assert list(spread(process_of, range(2))) == [os.getpid()] * 2


@pytest.mark.parametrize(
    ("words", "code", "line"),
    [
        (
            "lab echo-capacity --scheduler here",
            2,
            "--scheduler here: give the address of a dask scheduler, such as",
        ),
        ("lab echo-capacity --scheduler tcp://127.0.0.1:9", 1, "--scheduler tcp://127.0.0.1:9: cannot be reached"),
        ("map --method pca --scheduler tcp://127.0.0.1:9", 2, "--scheduler is for the maps of --stability"),
    ],
)
def test_what_is_no_cluster_is_one_line(
    words: str, code: int, line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(workers, "_SECONDS_TO_ANSWER", 1)
    assert run(words.split()) == code
    err = capsys.readouterr().err
    assert err.startswith(f"error: {line}")
    assert err.count("\n") == 1


def test_without_dask_a_line_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert run(["lab", "echo-capacity", "--scheduler", "tcp://host:8786"]) == 2
    assert capsys.readouterr().err == "error: --scheduler needs dask: pip install 'embedkit[cluster]'\n"
