"""The temporal-order lab: what is trained, in which order, and that a stopped experiment goes on."""

from pathlib import Path

import pytest

from embedkit.errors import UsageError
from embedkit.runs.folder import Run
from embedkit.tasks.classify.temporal_order.config import TemporalOrderOptions
from embedkit.tasks.classify.temporal_order.trials import temporal_order, trials

SMALL = TemporalOrderOptions(levels=("easy",), networks=("rnn", "lstm"), seeds=2, epochs=1)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return temporal_order(SMALL, tmp_path_factory.mktemp("runs") / "small", workers=1)


def test_networks_differ_in_their_cell_alone_and_the_recipe_in_more() -> None:
    options = TemporalOrderOptions()
    (plain, training), (gated, same) = (options.set_up(network, "hard", 3) for network in ("rnn", "lstm"))
    assert training == same
    assert (plain.cell, gated.cell, training.seed, training.level) == ("rnn-tanh", "lstm", 3, "hard")
    assert plain.hidden_size == gated.hidden_size
    assert training.evaluations == training.epochs  # validation is measured once an epoch
    recipe, other = options.set_up("rnn-recipe", "hard", 3)
    assert recipe.cell == "rnn-tanh"
    assert (recipe, other) != (plain, training)


def test_a_level_has_all_networks_of_a_seed_before_the_next(done: Run) -> None:
    settings = trials(SMALL)
    assert [(each["seed"], each["network"]) for each in settings] == [(1, "rnn"), (1, "lstm"), (2, "rnn"), (2, "lstm")]
    assert [record["settings"]["network"] for record in done.trials] == ["rnn", "lstm", "rnn", "lstm"]


def test_a_trial_keeps_its_course_and_its_test(done: Run) -> None:
    result = done.trials[0]["result"]
    assert result["epochs"] == [1.0]
    assert (result["valid_sequences"], result["test_sequences"]) == (261, 282)
    assert 0 <= result["valid_right"][0] <= 261
    assert done.metrics["trials"] == 4
    assert done.provenance["corpus"]["name"] == "temporal-order-easy"


def test_a_stopped_experiment_goes_on_to_the_same_results(done: Run, tmp_path: Path) -> None:
    whole = [(record["settings"], record["result"]) for record in done.trials]
    temporal_order(SMALL, tmp_path / "again", workers=1)
    file = tmp_path / "again" / "trials.jsonl"
    file.write_text("".join(file.read_text().splitlines(keepends=True)[:3]))
    messages: list[str] = []
    again = temporal_order(SMALL, tmp_path / "again", workers=1, progress=lambda _, text: messages.append(text))
    assert messages == ["4 of 4 trials"]
    assert [(record["settings"], record["result"]) for record in again.trials] == whole


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"levels": ("easy", "nightmear")}, "unknown level 'nightmear'; did you mean nightmare"),
        ({"networks": ("lstm", "lstm")}, "--networks lstm lstm: give at least one, and each once"),
        ({"levels": ()}, r"--levels \(none\): give at least one"),
        ({"seeds": 0}, "--seeds 0: must be at least 1"),
        ({"epochs": 0.0}, "--epochs 0.0: must be above zero"),
    ],
)
def test_what_cannot_be_meant_is_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        TemporalOrderOptions(**options)
