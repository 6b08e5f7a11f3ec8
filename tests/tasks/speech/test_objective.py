"""CTC's loss on paper; training learns, and stopped at any step it goes on as if it never had been."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from embedkit.analysis.edits import edits
from embedkit.errors import UsageError
from embedkit.runs.folder import Run
from embedkit.tasks.speech.config import SpeechModel, SpeechTraining
from embedkit.tasks.speech.data import open_speech
from embedkit.tasks.speech.labels import collapse
from embedkit.tasks.speech.network import Heard
from embedkit.tasks.speech.objective import (
    Alphabet,
    SpeechObjective,
    ctc_nats,
    load_recogniser,
    new_recogniser,
    padded,
)
from embedkit.tasks.speech.strings import Strings
from embedkit.text.vocabulary import Vocabulary
from embedkit.training.driver import resume, train
from tests.progress import stop_at
from tests.tasks.speech.recordings import write_recordings

SMALL = SpeechModel(mels=20, hidden_size=24, layers=1, dropout=0.1)


def heard(probabilities: list[list[float]]) -> Heard:
    scores = torch.tensor(probabilities).log()[:, None]
    return Heard(scores, torch.tensor([len(probabilities)]), (), scores)


def test_the_loss_of_two_frames_on_paper() -> None:
    frames = heard([[0.5, 0.3, 0.2], [0.1, 0.6, 0.3]])  # blank, a, b
    # "a": a-blank 0.3·0.1, blank-a 0.5·0.6, a-a 0.3·0.6
    assert float(ctc_nats(frames, [[0]])) == pytest.approx(-np.log(0.03 + 0.30 + 0.18))
    # "ab" has one path, a-b
    assert float(ctc_nats(frames, [[0, 1]])) == pytest.approx(-np.log(0.3 * 0.3))
    # nothing is blank-blank
    assert float(ctc_nats(frames, [[]])) == pytest.approx(-np.log(0.5 * 0.1))


def test_what_does_not_fit_into_the_steps_has_no_part_in_the_loss() -> None:
    # "aa" needs a blank between, so three steps
    assert float(ctc_nats(heard([[0.5, 0.3, 0.2], [0.1, 0.6, 0.3]]), [[0, 0]])) == 0


def test_words_are_spelled_one_after_the_other() -> None:
    vocabulary = Vocabulary("word", ("<unk>", "<eos>", "one", "two"), np.ones(4, dtype=np.int64))
    alphabet = Alphabet(vocabulary)
    assert len(alphabet) == 5  # e n o t w
    assert alphabet.spell("two one") == [3, 4, 2, 2, 1, 0]
    assert alphabet.spell("tower") == [3, 2, 4, 0]  # no word has an r


@pytest.fixture(scope="module")
def training(tmp_path_factory: pytest.TempPathFactory) -> SpeechTraining:
    folder = write_recordings(tmp_path_factory.mktemp("digits") / "recordings")
    return SpeechTraining(
        corpus=str(folder),
        longest=2,
        pause=0.2,
        speed=0.0,
        level_range=0.0,
        noise=0.0,
        masked_bands=2,
        held_out=12,
        batch_size=8,
        strings=64,
        learning_rate=2e-2,
        steps=80,
        evaluations=4,
        device="cpu",
    )


def same_weights(a: Run, b: Run) -> bool:
    return (a.path / "weights.safetensors").read_bytes() == (b.path / "weights.safetensors").read_bytes()


def test_words_are_learned(training: SpeechTraining, tmp_path: Path) -> None:
    run = train(SMALL, training, tmp_path / "run")
    few = train(SMALL, replace(training, steps=2, evaluations=1), tmp_path / "few")
    assert few.metrics["test_word_error_rate"] > 0.6
    assert run.metrics["test_word_error_rate"] < 0.15
    assert run.metrics["test_word_errors"] == pytest.approx(
        run.metrics["test_word_error_rate"] * run.metrics["test_words"]
    )


def test_the_first_layer_learns_to_spell(training: SpeechTraining, tmp_path: Path) -> None:
    model = replace(SMALL, layers=2, spelling=1.0)
    run = train(model, replace(training, steps=120), tmp_path / "run")
    network, vocabulary = load_recogniser(run)
    alphabet = Alphabet(vocabulary)
    strings = Strings(open_speech(model, training).splits["test"], model.sample_rate, training)
    utterances = [strings.string(number) for number in range(20)]
    errors = letters = 0
    with torch.no_grad():
        spelled = network.spelled(network(*padded(utterances, torch.device("cpu"))))
    for row, utterance in enumerate(utterances):
        path = spelled.scores[: int(spelled.steps[row]), row].argmax(dim=1).tolist()
        target = alphabet.spell(utterance.text)
        errors, letters = errors + edits(target, collapse(path)), letters + len(target)
    assert errors / letters < 0.4
    assert run.metrics["test_word_error_rate"] < 0.15


def test_the_loss_of_the_letters_is_weighed_and_not_reported(training: SpeechTraining) -> None:
    corpus = open_speech(SMALL, training)
    vocabulary = Vocabulary.build(corpus.text, level="word")
    reported, gradients = [], []
    for weight in (0.0, 1e-9, 0.5, 1.0):
        torch.manual_seed(0)
        network = new_recogniser(replace(SMALL, layers=2, dropout=0.0, spelling=weight), vocabulary)
        objective = SpeechObjective(network, training, corpus, vocabulary)
        reported.append(objective.step(next(objective.batches(0, 0)), (), 0.0).nats)
        gradient = network.layers[0].get_parameter("ahead.layers.0.weight_hh_l0").grad
        assert gradient is not None
        gradients.append(gradient)
    assert reported == pytest.approx([reported[0]] * 4)
    assert torch.allclose(gradients[1], gradients[0], atol=1e-6)
    assert torch.allclose(gradients[3] - gradients[0], 2 * (gradients[2] - gradients[0]), atol=1e-6)
    assert not torch.allclose(gradients[3], gradients[0], atol=1e-3)


def test_letters_are_spelled_below_words_alone() -> None:
    with pytest.raises(UsageError, match=r"--spelling 0\.5: letters are what --level char writes"):
        SpeechModel(level="char", spelling=0.5)


def test_stopped_at_any_step_it_resumes_to_the_same_weights(training: SpeechTraining, tmp_path: Path) -> None:
    model = replace(SMALL, layers=2, spelling=0.5)
    few = replace(training, steps=8, strings=24, noise=20.0, stretch=0.1, tempo=0.2, response=3.0, masked_frames=4)
    whole = train(model, few, tmp_path / "whole")
    stopped = Run(tmp_path / "stopped")
    with pytest.raises(KeyboardInterrupt):
        train(model, few, stopped.path, progress=stop_at(5))
    assert not stopped.finished
    assert same_weights(resume(stopped), whole)
    assert not same_weights(whole, train(model, replace(few, seed=2), tmp_path / "other"))


def test_a_network_that_reads_forwards_trains_on_sentences_of_characters(tmp_path: Path) -> None:
    folder = write_recordings(tmp_path / "own")
    files = sorted(folder.glob("*.wav"))
    for number, file in enumerate(files):
        file.rename(folder / f"take-{number}.wav")
    rows = [f"take-{number}.wav\tit is {'two' if number % 2 else 'six'}" for number in range(len(files))]
    (folder / "transcripts.tsv").write_text("\n".join(["file\ttext", *rows]), encoding="utf-8")
    model = replace(SMALL, level="char", bidirectional=False, reduction=2)
    run = train(model, SpeechTraining(corpus=str(folder), steps=3, evaluations=1, device="cpu"), tmp_path / "run")
    assert run.metrics["test_utterances"] == 3
    assert run.metrics["test_words"] == 9
    assert "t" in (run.path / "tokenizer.json").read_text(encoding="utf-8")
