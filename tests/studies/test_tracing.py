"""Spaces and traces of a tiny run, against the weights they come from."""

import copy
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from embedkit.errors import UsageError
from embedkit.runs.folder import Run
from embedkit.spaces.open import extract_space
from embedkit.studies import tracing
from embedkit.studies.tracing import read_text, states_over, trace, trace_reading
from embedkit.tasks.language_model.config import LanguageModel, LanguageModelTraining
from embedkit.tasks.language_model.network import load_language_model
from embedkit.tasks.language_model.spaces import hidden_space
from embedkit.training import driver
from embedkit.training.checkpoint import save_weights

SMALL = LanguageModel(embedding_size=4, hidden_size=6, layers=2, dropout=0.5, tied=False)


def trained(folder: Path, name: str, config: LanguageModel, tokens: str = "abcdefgh") -> Run:
    rng = np.random.default_rng(0)
    text = folder / "words.txt"
    text.write_text("\n".join(" ".join(rng.choice(list(tokens), 12)) for _ in range(200)))
    training = LanguageModelTraining(corpus=str(text), batch_size=4, bptt=8, steps=4, evaluations=1, device="cpu")
    return driver.train(config, training, folder / name)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return trained(tmp_path_factory.mktemp("runs"), "try", SMALL)


def test_input_and_output_embeddings_are_the_weights(run: Run) -> None:
    model, vocabulary = load_language_model(run)
    for which, table, width in (("input", model.embedding.weight, 4), ("output", model.softmax.table, 6)):
        space = extract_space(run, which)
        assert space.name == f"try/{which}"
        assert space.labels == vocabulary.tokens
        assert space.labels[:2] == ("<unk>", "<eos>")
        assert space.vectors.shape == (len(vocabulary), width)
        assert (space.vectors == table.detach().numpy()).all()
        assert space.columns["count"].tolist() == vocabulary.counts.tolist()
        assert (space.provenance["which"], space.provenance["tied"]) == (which, False)
        assert space.provenance["corpus"]["checksum"].startswith("sha256:")


def test_tied_embeddings_say_so(tmp_path: Path) -> None:
    tied = trained(tmp_path, "tied", replace(SMALL, tied=True))
    given, taken = extract_space(tied, "input"), extract_space(tied, "output")
    assert given.provenance["tied"] is taken.provenance["tied"] is True
    assert (given.vectors == taken.vectors).all()
    assert taken.dimensions == 4


def test_an_unknown_space_names_the_nearest(run: Run) -> None:
    with pytest.raises(UsageError, match="unknown space 'outputs'; did you mean output"):
        extract_space(run, "outputs")


def test_surprisal_is_the_log_probability_of_the_tokens_read(run: Run) -> None:
    made = trace(run, "a b c a")
    model, vocabulary = load_language_model(run)
    ids = torch.tensor(vocabulary.encode("a b c a"))
    with torch.no_grad():
        hidden, _ = model.hidden(ids[:, None], model.initial_state(1))
        scores = model.log_probabilities(hidden[:, 0])
    assert made.tokens == ("a", "b", "c", "a")
    assert math.isnan(made.surprisal[0])
    assert made.surprisal[1:] == pytest.approx([-float(scores[t, ids[t + 1]]) for t in range(3)], rel=1e-5)
    assert made.values == pytest.approx(hidden[:, 0].numpy(), abs=1e-6)


def test_surprisal_by_hand_where_only_the_biases_speak(tmp_path: Path) -> None:
    run = trained(tmp_path, "biases", replace(SMALL, softmax="full"))
    model, vocabulary = load_language_model(run)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        # b has half of all the probability, each of the others its share of the other half.
        model.softmax.bias[vocabulary.encode("b")[0]] = math.log(len(vocabulary) - 1)
    save_weights(run, model)
    made = trace(run, "a b a")
    assert made.surprisal[1:] == pytest.approx([math.log(2), math.log(2 * (len(vocabulary) - 1))], rel=1e-5)
    assert (made.values == 0).all()


def test_each_layer_has_its_states(run: Run) -> None:
    first, last, named = (trace(run, "a b c", layer=layer) for layer in (0, -1, 1))
    assert first.values.shape == (3, 6)
    assert (first.values != last.values).any()
    assert (named.values == last.values).all()
    for layer in (2, -3):
        with pytest.raises(UsageError, match=f"--layer {layer}: the run has 2 layers, 0 to 1"):
            trace(run, "a", layer=layer)
    with pytest.raises(UsageError, match="at least one token"):
        trace(run, " ")


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn-tanh", "rnn-relu"])
def test_gates_of_a_trained_run_give_torchs_own_states(tmp_path: Path, cell: str) -> None:
    run = trained(tmp_path, cell, replace(SMALL, cell=cell))
    model, _ = load_language_model(run)
    reading = read_text(run, "a b c d a b h g")
    for layer in (0, 1):
        made = trace_reading(reading, layer=layer)
        state = model.initial_state(1)
        core, inputs = copy.deepcopy(model.core).double(), reading.inputs.detach().double()
        with torch.no_grad():
            double, _ = core(inputs, core.initial_state(1))
        if layer == 1:
            assert made.values == pytest.approx(double[:, 0].numpy(), abs=1e-7)
        for t, token in enumerate(reading.ids.tolist()):
            with torch.no_grad():
                _, state = model.hidden(torch.tensor([[token]]), state)
            assert made.values[t] == pytest.approx(state[layer][0][0, 0].numpy(), abs=1e-6)
            if cell == "lstm":
                assert made.gates["cell"][t] == pytest.approx(state[layer][1][0, 0].numpy(), abs=1e-6)
        if cell == "gru":
            before = np.vstack([np.zeros_like(made.values[:1]), made.values[:-1]])
            z, n = made.gates["update"], made.gates["candidate"]
            assert made.values == pytest.approx((1 - z) * n + z * before, abs=1e-6)
        assert bool(made.events) == (cell in ("lstm", "gru"))
        assert made.features["tokens since the line began"].tolist() == list(range(8))


def test_a_long_text_is_read_in_pieces_that_know_what_came_before(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "COLUMNS", 4)
    monkeypatch.setattr(tracing, "WARM_UP", 290)
    monkeypatch.setattr(tracing, "WINDOW", 7)
    reading = read_text(run, " ".join("abcdefgh"[i * i // 3 % 8] for i in range(1201)))
    whole = trace_reading(reading)
    for signal in ("hidden", "cell", "forget"):
        assert states_over(reading, signal) == pytest.approx(whole.signals[signal], abs=1e-5)
    monkeypatch.setattr(tracing, "WARM_UP", 0)
    assert np.abs(states_over(reading, "cell") - whole.signals["cell"]).max() > 1e-3
    with pytest.raises(UsageError, match="unknown signal 'reset'"):
        states_over(reading, "reset")


def test_hidden_states_of_chosen_texts(run: Run) -> None:
    space = hidden_space(run, ["a b", "c", "a b"])
    assert space.labels == ("a b", "c")
    assert space.vectors[0] == pytest.approx(trace(run, "a b").values[-1], abs=1e-6)
    assert space.vectors[1] == pytest.approx(trace(run, "c").values[-1], abs=1e-6)
    with pytest.raises(UsageError, match="'' has no token"):
        hidden_space(run, ["a", ""])
    with pytest.raises(UsageError, match="give at least one"):
        hidden_space(run, [])


def test_a_typed_text_is_split_where_the_corpus_was(tmp_path: Path) -> None:
    # A corpus whose tokens stand between spaces has "b ," where a person types "b,".
    run = trained(tmp_path, "split", SMALL, tokens="abc,.")
    assert list(trace(run, "a b, z").tokens) == ["a", "b", ",", "<unk>"]
    states = hidden_space(run, ["a b,", "a b ,"]).vectors
    assert states[0] == pytest.approx(states[1])


def test_the_callers_generator_is_left_alone(run: Run) -> None:
    torch.manual_seed(7)
    before = torch.get_rng_state()
    extract_space(run, "input")
    assert torch.equal(torch.get_rng_state(), before)
