"""Two processes train as one: the same curve, nothing of it lost or twice when they are stopped, one that writes."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from embedkit.cli.edge import run
from embedkit.errors import UsageError
from embedkit.processes import Launch, launch
from embedkit.runs.folder import Run
from embedkit.tasks.language_model.config import LanguageModel, LanguageModelTraining
from embedkit.training.checkpoint import load_state, save_state
from embedkit.training.driver import train
from embedkit.training.setup import choose_device
from tests.command_line import write_corpus
from tests.fresh import FORKS
from tests.training.together import LM, TASKS, interrupted_and_killed, launched, on_host, train_all

TORCHRUN = {"RANK": "1", "WORLD_SIZE": "2", "MASTER_ADDR": "localhost", "TORCHELASTIC_RUN_ID": "none"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What one process trains lies in alone/, what two do in both/."""
    folder = tmp_path_factory.mktemp("processes")
    for name in ("alone", "both"):
        (folder / name).mkdir()
        write_corpus(folder / name / "small.txt")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EMBEDKIT_RUNS", str(folder / "alone" / "runs"))
        patch.setenv("EMBEDKIT_DATA", str(folder / "data"))
        assert run(LM.format(corpus=folder / "alone" / "small.txt").split()) == 0
        train_all(folder / "alone")
    return folder


@pytest.fixture(scope="module")
def averages(folder: Path) -> dict[int, tuple[float, ...]]:
    return launched(interrupted_and_killed, folder / "both", max_restarts=2)


def curve(run: Run) -> np.ndarray:
    """(evaluations, 4) steps, tokens, and nats of training and validation."""
    keys = ("step", "tokens_seen", "train_nats_per_token", "valid_nats_per_token")
    return np.array([[line[key] for key in keys] for line in run.history])


def test_gradients_are_averaged_over_tokens(averages: dict[int, tuple[float, ...]]) -> None:
    # (1 · 4 + 3 · 8) / 4, and (1 · 1 + 3 · 2) / 4 nats over four tokens
    assert averages == {0: (7.0, 4, 1.75), 1: (7.0, 4, 1.75)}


@pytest.mark.parametrize("name", ["runs/small-word", *TASKS])
def test_two_processes_have_the_curve_of_one(name: str, folder: Path, averages: object) -> None:
    """That of the language model after Ctrl-C in one process and a kill of one, each in the middle of a training."""
    alone, both = (curve(Run(folder / which / name)) for which in ("alone", "both"))
    assert len(alone) >= 3
    assert abs(alone[0, 3] / alone[-1, 3] - 1) > 1e-3  # it has gone further than they may differ
    np.testing.assert_allclose(both, alone, rtol=1e-4)


def test_one_process_writes_and_says_so(folder: Path, averages: object) -> None:
    run = Run(folder / "both" / "runs" / "small-word")
    assert sorted(path.name for path in run.path.parent.iterdir()) == ["small-word"]  # not a second one each time
    assert not (run.path / "state.safetensors").exists()
    assert not (run.path / "encoded").exists()
    assert run.provenance["processes"]["count"] == 2
    assert run.provenance["command"].startswith("torchrun --nproc-per-node 2 -m embedkit")
    assert run.metrics["tokens_seen"] == 40 * 5 * 7
    stopped = (folder / "both" / "stderr-0-0").read_text()
    assert "embedkit train lm --resume small-word" in stopped
    assert (folder / "both" / "stderr-0-1").read_text() == ""


@pytest.fixture
def hosts() -> Iterator[list[str]]:
    """Two network namespaces, 10.77.0.1 and 10.77.0.2, with a cable between them; a namespace and its end of the cable
    have the same name."""
    if not shutil.which("ip") or os.geteuid():
        pytest.skip("needs root and `ip`, for network namespaces")
    names = [f"ek{os.getpid()}-{number}" for number in (1, 2)]  # names of network devices have 15 letters at most

    def ip(words: str) -> bool:
        return subprocess.run(["ip", *words.split()], capture_output=True).returncode == 0

    try:
        if not all(ip(f"netns add {name}") for name in names):
            pytest.skip("this machine lets nobody make network namespaces")
        if not ip(f"link add {names[0]} netns {names[0]} type veth peer name {names[1]} netns {names[1]}"):
            pytest.skip("this machine lets nobody make a pair of network devices")
        for number, name in enumerate(names, 1):
            assert ip(f"-n {name} addr add 10.77.0.{number}/24 dev {name}")
            assert ip(f"-n {name} link set {name} up")
            assert ip(f"-n {name} link set lo up")
        yield names
    finally:
        for name in names:
            ip(f"netns del {name}")


def test_two_hosts_train_as_one(hosts: list[str], folder: Path, tmp_path: Path) -> None:
    write_corpus(tmp_path / "small.txt")
    agents = [FORKS.Process(target=on_host, args=(name, number, tmp_path)) for number, name in enumerate(hosts, 1)]
    for agent in agents:
        agent.start()
    for agent in agents:
        agent.join(300)
        agent.kill()
    assert [agent.exitcode for agent in agents] == [0, 0]
    assert (tmp_path / "killed").exists()
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["small-word"]
    alone, both = (curve(Run(path / "runs" / "small-word")) for path in (folder / "alone", tmp_path))
    np.testing.assert_allclose(both, alone, rtol=1e-4)


@pytest.mark.parametrize(
    "words", ["train echo", "train execute", "train word2vec --corpus x.txt", "lab echo-capacity", "report", "runs"]
)
@pytest.mark.parametrize("rank", [0, 1])
def test_what_one_process_does_says_so(
    words: str, rank: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {**TORCHRUN, "RANK": str(rank)}.items():
        monkeypatch.setenv(name, value)
    assert run(words.split()) == 2
    out, err = capsys.readouterr()
    assert out == ""
    command = " ".join(words.split()[: 2 if words.startswith(("train", "lab")) else 1])
    line = f"error: `embedkit {command}` is done in one process, not in 2; start it without torchrun\n"
    assert err == (line if rank == 0 else "")  # once, however many there are


def test_standard_input_goes_to_one_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in TORCHRUN.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(UsageError, match="standard input goes to one process"):
        train(LanguageModel(), LanguageModelTraining(corpus="-"), tmp_path / "run")


def test_a_process_knows_its_place_from_its_environment() -> None:
    assert launch({}) == Launch()
    assert launch({"WORLD_SIZE": "4"}) == Launch()  # of something else
    assert launch({**TORCHRUN, "RANK": "first"}) == Launch()
    here = launch({**TORCHRUN, "TORCHELASTIC_RUN_ID": "42", "TORCHELASTIC_RESTART_COUNT": "3"})
    assert (here.rank, here.count, here.restarts, here.job, here.writes) == (1, 2, 3, "42", False)
    assert str(here) == "process 2 of 2"
    assert str(os.getppid()) in launch(TORCHRUN).job  # torchrun's own id is no name


def test_each_process_has_a_gpu_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**TORCHRUN, "LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "2"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert choose_device("auto") == torch.device("cuda", 1)
    assert choose_device("cpu") == torch.device("cpu")
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with pytest.raises(UsageError, match="2 processes on this machine and 1 GPUs; lower torchrun's --nproc-per-node"):
        choose_device("auto")
    with pytest.raises(UsageError, match="--device mps: this machine has none that torch can use by several processes"):
        choose_device("mps")


def test_what_two_processes_left_one_goes_on_with(tmp_path: Path) -> None:
    with torch.random.fork_rng(devices=[]):
        run, model = Run(tmp_path), nn.Linear(2, 2)
        optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
        torch.manual_seed(7)
        second = torch.get_rng_state()
        torch.manual_seed(3)
        first = torch.get_rng_state()
        states = {"cpu": torch.stack([first, second])}
        save_state(run, model, optimiser, ((torch.ones(1, 4, 2),),), states, {"step": 5})
        for rank, its_own in ((0, first), (1, second), (2, second)):  # a third process keeps what it has
            state, position = load_state(run, model, optimiser, rank)
            assert torch.equal(torch.get_rng_state(), its_own)
        assert (state[0][0].shape, position) == ((1, 4, 2), {"step": 5})
