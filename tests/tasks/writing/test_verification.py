"""The words of the keypad are counted again, and the writer is asked again."""

import json

import pytest

from embedkit.progress import no_steps
from embedkit.runs.folder import Run
from embedkit.studies.verdicts import DIFFERS, MATCH
from embedkit.tasks.language_model.config import LanguageModel, LanguageModelTraining
from embedkit.tasks.writing.study import evaluate_keypad
from embedkit.tasks.writing.verification import _keypad, _words
from embedkit.training.driver import train
from tests.command_line import write_corpus


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A small model of characters, which keeps the words of its text."""
    folder = tmp_path_factory.mktemp("writing")
    write_corpus(folder / "small.txt")
    model = LanguageModel(level="char", embedding_size=4, hidden_size=8)
    training = LanguageModelTraining(corpus=str(folder / "small.txt"), steps=3, evaluations=1, device="cpu")
    trained = train(model, training, folder / "runs" / "chars")
    evaluate_keypad(trained, words=30, steps=no_steps)
    return trained


def test_an_honest_keypad_is_made_again(run: Run) -> None:
    assert _words(run, "words")[0] == MATCH
    assert _keypad(run, "valid")[0] == MATCH
    assert _keypad(run, "offers")[0] == MATCH
    assert _keypad(run, "other")[0] == DIFFERS


def test_words_that_are_not_those_of_the_text_are_found_and_do_not_make_their_own_score(run: Run) -> None:
    """Without its rivals every word is the first of its keys."""
    words, sheet = (run.path / "keypad" / name for name in ("words.tsv", "valid.json"))
    before = {path: path.read_text(encoding="utf-8") for path in (words, sheet)}
    try:
        words.write_text("".join(before[words].splitlines(keepends=True)[:5]), encoding="utf-8")
        assert _words(run, "words")[0] == DIFFERS
        evaluate_keypad(run, words=30, steps=no_steps)
        assert _keypad(run, "valid")[0] == DIFFERS
    finally:
        for path, text in before.items():
            path.write_text(text, encoding="utf-8")


def test_offers_that_the_writer_does_not_make_are_found(run: Run) -> None:
    path = run.path / "keypad" / "offers.json"
    before = path.read_text(encoding="utf-8")
    values = json.loads(before)
    assert values["offers"]
    values["offers"][0]["offered"] = ["is the best model", *values["offers"][0]["offered"]]
    path.write_text(json.dumps(values), encoding="utf-8")
    assert _keypad(run, "offers")[0] == DIFFERS
    path.write_text(before, encoding="utf-8")
