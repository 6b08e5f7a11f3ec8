"""Synthetic voices beside recordings, by a program called espeak-ng that writes the same sound for every word."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from embedkit.errors import CorpusError, RunError, UsageError
from embedkit.progress import Progress, no_progress
from embedkit.report.parts import Facts
from embedkit.report.provenance import provenance
from embedkit.runs.folder import Run
from embedkit.tasks.speech import espeak, voices
from embedkit.tasks.speech.audio import wav
from embedkit.tasks.speech.config import ESPEAK, SpeechModel, SpeechTraining
from embedkit.tasks.speech.corpus import Recording
from embedkit.tasks.speech.formants import DIGITS, spoken
from embedkit.tasks.speech.objective import SpeechTrainer
from embedkit.tasks.speech.strings import Strings
from embedkit.tasks.speech.voices import RESPELLED, spoken_by_voices
from embedkit.training.driver import measure, resume, train
from tests.progress import Recorder, stop_at
from tests.tasks.speech.recordings import write_recordings

TABLE = """\
Pty Language       Age/Gender VoiceName          File                 Other Languages
 5  en              --/M      german-en-mbrola-1 mb/mb-de1-en
 7  de              --/M      german-mbrola-1    mb/mb-de1
 7  nl              --/M      dutch-mbrola-1     mb/mb-nl1
 7  it              --/M      italian-mbrola-1   mb/mb-it1
 7  zh              --/M      chinese-mbrola-1   mb/mb-cn1
"""
SCRIPT = """\
echo "$@" >> "${0%/*}/calls"
[ "$1" = --voices=mb ] && exec cat "${0%/*}/table"
[ "$2" = mb-nl1 ] && { echo no such voice >&2; exit 1; }
[ "$2" = mb-it1 ] && echo "mbrola: Warning: z-i unknown, replaced with _-_" >&2
while [ $# -gt 1 ]; do [ "$1" = -w ] && out="$2"; shift; done
cp "${0%/*}/word.wav" "$out"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the program lies, alone on the path but for the system's own."""
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.setattr(voices, "TAKES", 2)
    monkeypatch.setattr(voices, "ENGLISH", ("en", "en-us"))
    monkeypatch.setattr(voices, "RESPELLED", {key: RESPELLED[key] for key in ("de", "it", "nl")})
    (programs / "word.wav").write_bytes(wav(spoken("six", 0, np.random.default_rng(0)), 8_000))
    (programs / "table").write_text(TABLE, encoding="utf-8")
    program = programs / espeak.PROGRAM
    program.write_text(f"#!/bin/sh\n{SCRIPT}", encoding="utf-8")
    program.chmod(0o755)
    return programs


def calls(folder: Path) -> list[str]:
    return (folder / "calls").read_text(encoding="utf-8").splitlines()


def test_every_voice_that_speaks_says_every_word(folder: Path) -> None:
    progress = Recorder()
    made = spoken_by_voices(1, 8_000, progress)
    assert progress.shares[:2] == [0, 1 / 260]  # 13 voices, ten words, two takes
    assert progress.shares[-1] == 1
    counts = Counter(each.speaker for each in made.recordings)
    # Of MBROLA nl1 is not installed, it1 lacks a sound of every word, and of Chinese no words are known.
    assert {name: n for name, n in counts.items() if name.startswith("mb-")} == {"mb-de1-en": 20, "mb-de1": 20}
    own = {f"{each}+{variant}" for each in (*voices.ENGLISH, *voices.RESPELLED) for variant in voices.VARIANTS}
    assert {name for name in counts if not name.startswith("mb-")} == own
    assert set(counts.values()) == {20}
    assert Counter(each.text for each in made.recordings) == dict.fromkeys(DIGITS, 2 * len(counts))
    assert made.about == {"count": 20 * len(counts), "voices": len(counts), "checksum": made.checksum}
    read = {line.partition(" -w ")[2].partition(" ")[2] for line in calls(folder) if line.startswith("-v mb-de1 ")}
    assert read == set(RESPELLED["de"].split())
    read = {line.partition(" -w ")[2].partition(" ")[2] for line in calls(folder) if line.startswith("-v mb-de1-en ")}
    assert read == set(DIGITS)
    faster = spoken_by_voices(1, 16_000, no_progress)
    assert faster.checksum == made.checksum
    assert len(faster.recordings[0].samples) == 2 * len(made.recordings[0].samples)


@pytest.mark.parametrize("language", RESPELLED)
def test_every_language_has_ten_words(language: str) -> None:
    assert len(RESPELLED[language].split()) == len(DIGITS)


def test_who_speaks_in_the_corpus_is_no_voice_beside_it(folder: Path) -> None:
    corpus = ("en-us+m3", "mb-de1", "anna")
    speakers = {each.speaker for each in spoken_by_voices(1, 8_000, no_progress, corpus).recordings}
    assert not speakers & set(corpus)
    assert {"en-us+f2", "en+m3", "mb-de1-en"} <= speakers


def test_a_held_out_voice_of_espeak_is_not_heard_in_training(folder: Path, tmp_path: Path) -> None:
    training = SpeechTraining(corpus=ESPEAK, held_out_speaker="en-us+m3", voices=0.5, device="cpu")
    trainer, run = SpeechTrainer(SMALL, training), Run(tmp_path / "run")
    run.path.mkdir()
    material = trainer.open(no_progress)
    trainer.keep(run, material, no_progress)
    run.write_provenance({"corpus": dict(trainer.about(material))})
    beside = {each.speaker for each in trainer._spoken(run, material, no_progress)}
    assert {each.speaker for each in material.splits["test"]} == {"en-us+m3"}
    assert "en-us+m3" not in beside | {each.speaker for each in material.splits["train"]}
    assert "en+m3" in beside


def test_a_program_that_is_not_there_or_does_not_speak_is_one_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = folder / espeak.PROGRAM
    program.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    with pytest.raises(CorpusError, match=r"no voice of .*espeak-ng speaks; leave --voices out"):
        spoken_by_voices(1, 8_000, no_progress)
    program.unlink()
    monkeypatch.setenv("PATH", str(folder))
    with pytest.raises(UsageError, match="--voices: espeak-ng is not installed; install it, or leave --voices out"):
        spoken_by_voices(1, 8_000, no_progress)


def test_a_share_of_the_strings_is_said_by_voices() -> None:
    def recordings(speaker: str) -> list[Recording]:
        sound = np.full(800, 0.1, dtype=np.float32)
        return [Recording(f"{digit}_{speaker}", digit, speaker, sound) for digit in DIGITS]

    people = [*recordings("anna"), *recordings("ben")]
    synthetic = [*recordings("mb-de1"), *recordings("mb-us1"), *recordings("mb-us2")]
    strings = Strings(people, 8_000, SpeechTraining(voices=0.25), synthetic)
    made = [strings.string(0, number) for number in range(800)]
    share = np.mean([each.speaker.startswith("mb-") for each in made])
    assert share == pytest.approx(0.25, abs=0.05)  # three standard errors are 0.046
    for each in made:
        assert {strings.recordings[source].speaker for source in each.sources} == {each.speaker}
    # Without voices the strings are those that they have always been.
    plain, none = Strings(people, 8_000, SpeechTraining()), Strings(people, 8_000, SpeechTraining(voices=0.25))
    assert np.array_equal(plain.string(0, 3).samples, none.string(0, 3).samples)


@pytest.fixture
def training(folder: Path, tmp_path: Path) -> SpeechTraining:
    corpus = write_recordings(tmp_path / "recordings")
    return SpeechTraining(
        corpus=str(corpus), longest=2, held_out=12, batch_size=8, strings=24, steps=6, device="cpu", voices=0.5
    )


SMALL = SpeechModel(mels=12, hidden_size=8, layers=1)


def stop_in_training(step: int) -> Progress:
    """As `stop_at`; what the voices say is no step."""
    stop = stop_at(step)
    return lambda share, text="": None if text.startswith("voices") else stop(share, text)


def test_a_run_keeps_what_they_were_and_goes_on_with_the_same(
    folder: Path, training: SpeechTraining, tmp_path: Path
) -> None:
    whole = train(SMALL, training, tmp_path / "whole")
    record = whole.provenance["corpus"]["voices"]
    assert record["voices"] == 12  # two of MBROLA, and two of each of five languages
    corpus = provenance(whole)[0]
    assert isinstance(corpus, Facts)
    assert ("Synthetic voices beside it", f"240 words by 12 of them, {record['checksum']}") in corpus.items
    plain = train(SMALL, replace(training, voices=0.0), tmp_path / "plain")
    assert "voices" not in plain.provenance["corpus"]
    assert "Synthetic" not in str(provenance(plain))
    assert plain.provenance["corpus"]["checksum"] == whole.provenance["corpus"]["checksum"]
    stopped = Run(tmp_path / "stopped")
    with pytest.raises(KeyboardInterrupt):
        train(SMALL, training, stopped.path, progress=stop_in_training(4))
    weights = [(each.path / "weights.safetensors").read_bytes() for each in (whole, resume(stopped), plain)]
    assert weights[0] == weights[1] != weights[2]


def test_it_does_not_go_on_with_others_but_is_measured_without_any(
    folder: Path, training: SpeechTraining, tmp_path: Path
) -> None:
    stopped = Run(tmp_path / "stopped")
    with pytest.raises(KeyboardInterrupt):
        train(SMALL, training, stopped.path, progress=stop_in_training(4))
    (folder / "table").write_text(TABLE.replace("mb/mb-de1-en", "mb/mb-nl1"), encoding="utf-8")
    with pytest.raises(
        RunError, match=r"begun with 240 words by 12 synthetic voices; here there are 220 by 11, or they"
    ):
        resume(stopped)
    (folder / espeak.PROGRAM).unlink()
    finished = train(SMALL, replace(training, voices=0.0), tmp_path / "finished")
    finished.write_config({**finished.config, "training": {**finished.config["training"], "voices": 0.5}})
    assert measure(finished)["test_word_errors"] == finished.metrics["test_word_errors"]


def test_texts_are_not_said_by_voices(folder: Path, tmp_path: Path) -> None:
    own = write_recordings(tmp_path / "own")
    for number, file in enumerate(sorted(own.glob("*.wav"))):
        file.rename(own / f"take-{number}.wav")
    rows = [f"{file.name}\tit is two" for file in own.glob("*.wav")]
    (own / "transcripts.tsv").write_text("\n".join(["file\ttext", *rows]), encoding="utf-8")
    with pytest.raises(UsageError, match=r"--voices 0\.5: they say single digits, and .*own has other texts"):
        train(SMALL, SpeechTraining(corpus=str(own), voices=0.5), tmp_path / "run")
    assert not (tmp_path / "run").exists() or not any((tmp_path / "run").iterdir())
