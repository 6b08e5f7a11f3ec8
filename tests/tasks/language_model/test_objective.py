"""Training a language model from a text to a finished run."""

import math
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from embedkit.errors import RunError, TrainingError, UsageError
from embedkit.runs.folder import Run
from embedkit.runs.options import configurations
from embedkit.tasks.language_model.config import LanguageModel, LanguageModelTraining
from embedkit.tasks.language_model.network import LanguageModelNetwork, load_language_model
from embedkit.tasks.language_model.objective import LanguageModelObjective, evaluate
from embedkit.text.batching import batchify
from embedkit.training.checkpoint import STATE_FILE
from embedkit.training.driver import resume, train
from embedkit.training.loop import make_optimiser
from embedkit.training.setup import choose_device
from tests.progress import stop_at

SMALL = LanguageModel(level="char", embedding_size=8, hidden_size=32, dropout=0.1, softmax="full")


@pytest.fixture
def text(tmp_path: Path) -> Path:
    """A text whose next character can be known: the digits in order, then a letter drawn from three."""
    rng = np.random.default_rng(0)
    lines = ["0123456789" + rng.choice(list("abc")) for _ in range(900)]
    path = tmp_path / "digits.txt"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def training(text: Path, **options: object) -> LanguageModelTraining:
    return replace(LanguageModelTraining(corpus=str(text), batch_size=8, bptt=10, steps=40, evaluations=4), **options)


def same_weights(a: Run, b: Run) -> bool:
    return (a.path / "weights.safetensors").read_bytes() == (b.path / "weights.safetensors").read_bytes()


def test_a_predictable_text_is_learned(text: Path, tmp_path: Path) -> None:
    options = training(text, steps=200, evaluations=20, patience=20, learning_rate=2e-2)
    run = train(SMALL, options, tmp_path / "run")
    first, last = run.history[0], run.history[-1]
    assert first["valid_nats_per_token"] > 0.5
    # Only the drawn letter is uncertain: ln 3 nats in 12 characters.
    assert run.metrics["valid_nats_per_token"] < 1.5 * math.log(3) / 12
    assert last["step"] == 200
    assert run.metrics["valid_bits_per_character"] == pytest.approx(run.metrics["valid_nats_per_token"] / math.log(2))
    assert not (run.path / STATE_FILE).exists()


def test_loaded_weights_give_the_reported_loss(text: Path, tmp_path: Path) -> None:
    run = train(SMALL, training(text), tmp_path / "run")
    model, vocabulary = load_language_model(run)
    from embedkit.corpora import open_corpus

    ids = np.array(vocabulary.encode("\n".join(open_corpus(str(text)).lines("valid")) + "\n"))
    found = evaluate(model, batchify(ids, 8), 10)
    assert found == pytest.approx(run.metrics["valid_nats_per_token"], rel=1e-5)


def test_dropout_sets_in_when_the_text_comes_again_and_grows_when_the_passes_double() -> None:
    columns = batchify(np.zeros(24, dtype=np.int64), 4)  # 5 predictions a column: 3 windows of 2, 2 and 1 steps

    def shares(after: float, epoch: int, start: int = 0) -> list[float]:
        network = LanguageModelNetwork(replace(SMALL, dropout=0.4), np.ones(12))
        config = LanguageModelTraining(batch_size=4, bptt=2, dropout_after=after)
        objective = LanguageModelObjective(network, config, columns, columns)
        return [network.core.dropout for _ in objective.batches(epoch, start)]

    grown = [0.0, 0.1, 0.2, 0.2, 0.3, 0.3, 0.3, 0.3, 0.4, 0.4, 0.4]
    assert [shares(1, epoch) for epoch in range(11)] == [[pytest.approx(share)] * 3 for share in grown]
    assert shares(1, 20) == shares(0, 0) == shares(0, 3) == [0.4] * 3
    assert shares(0.5, 0) == [0.0, 0.0, 0.1]
    assert shares(0.7, 1, start=1) == [0.1, 0.2]  # 1⅓ and 1⅔ passes, as a resumed run goes on


def test_one_long_window_and_many_short_ones_give_the_same_evaluation() -> None:
    torch.manual_seed(0)
    model = LanguageModelNetwork(replace(SMALL, layers=2), np.ones(12)).eval()
    columns = batchify(np.random.default_rng(0).integers(0, 12, 400), 4)
    whole = evaluate(model, columns, 1000)
    assert evaluate(model, columns, 3) == pytest.approx(whole, rel=1e-5)


def test_the_same_seed_gives_the_same_weights_and_another_does_not(text: Path, tmp_path: Path) -> None:
    one, two, other = (
        train(SMALL, training(text, seed=seed), tmp_path / name)
        for name, seed in [("one", 1), ("two", 1), ("other", 2)]
    )
    assert same_weights(one, two)
    assert not same_weights(one, other)


def test_training_leaves_the_callers_generator_alone(text: Path, tmp_path: Path) -> None:
    torch.manual_seed(7)
    before = torch.get_rng_state()
    train(SMALL, training(text, steps=3), tmp_path / "run")
    assert torch.equal(torch.get_rng_state(), before)


CHILD = """
import sys
from pathlib import Path
from dataclasses import replace
from embedkit.tasks.language_model.config import LanguageModelTraining
from embedkit.training import loop
from embedkit.training.driver import train
from tests.tasks.language_model.test_objective import SMALL, training
loop.CHECKPOINT_SECONDS = 0.0
train(SMALL, training(Path(sys.argv[1]), steps=400), Path(sys.argv[2]))
"""


def test_killed_at_a_random_step_it_resumes_to_the_same_weights(text: Path, tmp_path: Path) -> None:
    config = training(text, steps=400)
    whole = train(SMALL, config, tmp_path / "whole")
    killed = Run(tmp_path / "killed")
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(text), str(killed.path)], env=environment)
    deadline = time.monotonic() + 60
    while not (killed.path / STATE_FILE).exists() and child.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(float(np.random.default_rng().uniform(0, 0.6)))
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert (killed.path / STATE_FILE).exists(), "the child was to be killed while it trained"
    resume(killed)
    assert same_weights(killed, whole)
    keep = ("step", "tokens_seen", "train_nats_per_token", "valid_nats_per_token")
    assert [[line[k] for k in keep] for line in killed.history] == [[line[k] for k in keep] for line in whole.history]


def test_ctrl_c_keeps_the_weights_and_the_state(text: Path, tmp_path: Path) -> None:
    run = Run(tmp_path / "run")

    with pytest.raises(KeyboardInterrupt):
        train(SMALL, training(text), run.path, progress=stop_at(15))
    assert (run.path / "weights.safetensors").exists()
    assert not run.finished
    resume(run)
    whole = train(SMALL, training(text), tmp_path / "whole")
    assert same_weights(run, whole)


def test_what_was_found_out_about_it_on_the_way_goes_when_it_has_finished(text: Path, tmp_path: Path) -> None:
    run = Run(tmp_path / "run")
    with pytest.raises(KeyboardInterrupt):
        train(SMALL, training(text), run.path, progress=stop_at(15))
    (run.path / "analogies").mkdir()
    (run.path / "analogies" / "input-google-analogies.json").write_text("of other weights")
    resume(run)
    assert not (run.path / "analogies").exists()


def test_one_that_was_killed_when_it_had_finished_is_tidied(text: Path, tmp_path: Path) -> None:
    run = train(SMALL, training(text, steps=2), tmp_path / "run")
    (run.path / STATE_FILE).write_text("")
    with pytest.raises(RunError, match="has finished"):
        resume(run)
    assert not (run.path / STATE_FILE).exists()


def test_a_stalled_run_stops_early(text: Path, tmp_path: Path) -> None:
    config = training(text, steps=200, evaluations=100, patience=3, learning_rate=1e-12, schedule="constant")
    run = train(replace(SMALL, dropout=0.0), config, tmp_path / "run")
    assert run.metrics["steps"] < 200


def test_words_with_an_adaptive_tied_softmax_train(text: Path, tmp_path: Path) -> None:
    words = tmp_path / "words.txt"
    rng = np.random.default_rng(0)
    words.write_text("\n".join(" ".join(f"w{i}" for i in rng.zipf(1.3, 12) % 3000) for _ in range(800)))
    model = LanguageModel(embedding_size=8, hidden_size=12, tied=True)
    run = train(model, training(words, minutes=0.03, steps=None), tmp_path / "run")
    assert run.config["model"]["cutoffs"]
    assert run.metrics["vocabulary_size"] > 500


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"softmax": "full", "cutoffs": (3,)}, "--cutoffs are of --softmax adaptive"),
        ({"cutoffs": (5, 3)}, "--cutoffs 5 3: they must be above 0 and rise"),
        ({"cutoffs": (0, 3)}, "--cutoffs 0 3: they must be above 0 and rise"),
        ({"rare_block": 2}, "--rare-block 2: it cuts what is after the last of --cutoffs; give those"),
    ],
)
def test_cutoffs_that_cut_nothing_are_refused(options: dict, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        LanguageModel(**options)


def test_a_cutoff_beyond_the_vocabulary_is_refused_and_nothing_is_left(text: Path, tmp_path: Path) -> None:
    model = replace(SMALL, softmax="adaptive", cutoffs=(3, 15))
    with pytest.raises(UsageError, match="--cutoffs 3 15: the vocabulary has 15 tokens; each must be below that"):
        train(model, training(text), tmp_path / "run")
    assert not (tmp_path / "run").exists()
    model = replace(SMALL, softmax="adaptive", cutoffs=(3, 6), rare_block=10)
    with pytest.raises(UsageError, match="--rare-block 10: after the last of --cutoffs there are 9 tokens"):
        train(model, training(text), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_what_earlier_versions_took_opens(text: Path, tmp_path: Path) -> None:
    """They left cut-offs of a full softmax out of account, and took fractions of any size."""
    run = train(replace(SMALL, softmax="full"), training(text, steps=3), tmp_path / "run")
    config = tmp_path / "run" / "config.toml"
    lines = config.read_text().replace('softmax = "full"', 'softmax = "full"\ncutoffs = [50, 400]')
    config.write_text(re.sub("(?m)^weight_decay.*$", "weight_decay = -0.1\nminutes = inf", lines))
    model, options = configurations(Run(run.path))
    assert (model.cutoffs, options.minutes, options.weight_decay) == ((50, 400), float("inf"), -0.1)
    assert not model.in_blocks
    load_language_model(Run(run.path))


def test_clear_refusals(text: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="lower --batch-size"):
        train(SMALL, training(text, batch_size=9000), tmp_path / "wide")
    run = train(SMALL, training(text, steps=2), tmp_path / "run")
    with pytest.raises(UsageError, match="holds a run already"):
        train(SMALL, training(text, steps=2), run.path)
    with pytest.raises(RunError, match="has finished"):
        resume(run)
    with pytest.raises(UsageError, match="unknown device 'cud'; did you mean cuda"):
        choose_device("cud")


def test_a_changed_corpus_is_not_resumed(text: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(SMALL, training(text), tmp_path / "run", progress=stop_at(1))
    text.write_text(text.read_text() + "more\n")
    with pytest.raises(
        RunError, match=r"has changed since .* or train on .* `embedkit train lm --start-from run --corpus "
    ):
        resume(Run(tmp_path / "run"))


def test_damaged_weights_are_named(text: Path, tmp_path: Path) -> None:
    run = train(SMALL, training(text, steps=2), tmp_path / "run")
    (run.path / "weights.safetensors").write_bytes(b"not tensors")
    with pytest.raises(RunError, match=r"weights\.safetensors: damaged"):
        load_language_model(run)


@pytest.mark.parametrize("rare_block", [0, 2])
def test_a_table_in_blocks_trains_what_is_met_and_resumes_to_the_same_weights(
    rare_block: int, text: Path, tmp_path: Path
) -> None:
    model = replace(SMALL, softmax="adaptive", cutoffs=(3, 6, 9), rare_block=rare_block, tied=True, dropout=0.0)
    options = training(text, steps=30)
    whole = train(model, options, tmp_path / "whole")
    assert whole.metrics["valid_nats_per_token"] < whole.history[0]["valid_nats_per_token"]
    with pytest.raises(KeyboardInterrupt):
        train(model, options, tmp_path / "stopped", progress=stop_at(7))
    assert same_weights(resume(Run(tmp_path / "stopped")), whole)


@pytest.mark.parametrize("tied", [True, False])
def test_blocks_that_no_token_was_in_stay_as_they_are(tied: bool) -> None:
    torch.manual_seed(0)
    network = LanguageModelNetwork(replace(SMALL, softmax="adaptive", cutoffs=(2, 4, 6), tied=tied), np.ones(8))
    network.train_in_blocks()
    columns = batchify(np.tile([0, 1, 4, 5], 20), 2)
    objective = LanguageModelObjective(network, LanguageModelTraining(bptt=8), columns, columns)
    optimiser = make_optimiser(network, objective.tables(), LanguageModelTraining())
    before = {name: parameter.detach().clone() for name, parameter in network.named_parameters()}
    objective.step(next(iter(objective.batches(0, 0))), objective.initial_state(), 0.0)
    optimiser.step()
    for name in ("embedding.weight", "softmax.table"):
        moved = (network.get_parameter(name) != before.get(name, before["embedding.weight"])).any(1)
        assert moved.tolist() == [True, True, False, False, True, True, False, False]
    assert [leaf in optimiser.state for leaf in objective.tables()] == [True, False, True, False] * 2
