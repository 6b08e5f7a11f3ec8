"""espeak-ng, as a program of that name on the path that gives back what lies beside it."""

from pathlib import Path

import numpy as np
import pytest

from embedkit.errors import CorpusError, UsageError
from embedkit.progress import no_progress
from embedkit.tasks.speech import espeak
from embedkit.tasks.speech.audio import wav
from embedkit.tasks.speech.config import ESPEAK, FORMANTS, SpeechModel, SpeechTraining, preset
from embedkit.tasks.speech.data import open_speech
from embedkit.tasks.speech.formants import DIGITS, spoken

COPY = 'while [ $# -gt 1 ]; do [ "$1" = -w ] && out="$2"; shift; done\ncp "${0%/*}/$1.wav" "$out"\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the program lies, alone on the path but for the system's own."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(espeak, "VOICES", espeak.VOICES[:1])
    monkeypatch.setattr(espeak, "TAKES", 5)
    espeak._spoken.cache_clear()
    for digit in DIGITS:
        silence = np.zeros(800, dtype=np.float32)
        sound = np.concatenate([silence, spoken(digit, 0, np.random.default_rng(0)), silence])
        (tmp_path / f"{digit}.wav").write_bytes(wav(sound, 8_000))
    return tmp_path


def install(folder: Path, script: str) -> None:
    program = folder / espeak.PROGRAM
    program.write_text(f"#!/bin/sh\n{script}", encoding="utf-8")
    program.chmod(0o755)


def test_its_digits_are_a_corpus_with_takes_in_each_split(folder: Path) -> None:
    install(folder, f'echo "$@" >> "${{0%/*}}/calls"\n{COPY}')
    assert preset(lambda _option: None)[0] == ESPEAK
    corpus = open_speech(SpeechModel(), SpeechTraining(corpus=ESPEAK))
    assert {split: len(part) for split, part in corpus.splits.items()} == {"train": 10, "valid": 20, "test": 20}
    assert {recording.text for recording in corpus.splits["train"]} == set(DIGITS)
    calls = (folder / "calls").read_text(encoding="utf-8").splitlines()
    assert len(calls) == 50
    assert all(call.startswith("-v en-us+m1 -s 1") for call in calls)
    # Silence at both ends is cut off.
    assert all(len(each.samples) < 0.6 * 8_000 for each in corpus.splits["test"])
    again = open_speech(SpeechModel(), SpeechTraining(corpus=ESPEAK))
    assert again.checksum == corpus.checksum
    assert len((folder / "calls").read_text(encoding="utf-8").splitlines()) == 50  # spoken once a process


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo no such voice >&2; exit 1", r"speaks no \w+ \(no such voice\); take --corpus formant-digits"),
        ("exit 0", "it ended with 0"),
        ("sleep 20", "timed out after 0.3"),
        (COPY.replace("$1.wav", "silence.wav"), "only silence"),
    ],
    ids=["fails", "writes nothing", "hangs", "is silent"],
)
def test_a_program_that_does_not_speak_is_one_line(
    folder: Path, script: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(espeak, "PATIENCE", 0.3 if "sleep" in script else 20.0)
    (folder / "silence.wav").write_bytes(wav(np.zeros(800, dtype=np.float32), 8_000))
    install(folder, script)
    with pytest.raises(CorpusError, match=message) as caught:
        espeak.espeak_digits(1, no_progress)
    assert "\n" not in str(caught.value)


def test_without_it_digits_are_made_by_formants(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(folder))
    assert preset(lambda _option: None)[0] == FORMANTS
    with pytest.raises(UsageError, match="espeak-ng is not installed; install it, or take --corpus formant-digits"):
        espeak.espeak_digits(1, no_progress)
