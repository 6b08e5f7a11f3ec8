"""`train speech`, `transcribe`, `evaluate` and the report, by the command line itself."""

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

from embedkit.analysis.cells.traces import TRACES
from embedkit.runs.folder import Run
from embedkit.studies.verdicts import DIFFERS, MATCH, UNCHECKED
from embedkit.tasks.speech import study as speech_study
from embedkit.tasks.speech.study import retrace
from embedkit.tasks.speech.verification import REMADE
from embedkit.verification.recomputation import _trace
from tests.command_line import Call
from tests.made import made_once
from tests.tasks.speech.recordings import write_recordings

TRAIN = (
    "train speech --corpus recordings --name {name} --mels 20 --hidden-size 24 --layers 1 --dropout 0 --longest 2 "
    "--pause 0.3 --speed 0 --level-range 6 --noise 0 --masked-bands 0 --strings 64 --batch-size 8 --held-out 12 "
    "--steps {steps} --evaluations 1 --learning-rate 2e-2"
)
TRAIN_TEXT = (
    "train lm --corpus {name}.txt --level {level} --name {name} --embedding-size 8 --hidden-size 8 --no-tied "
    "--steps 30 --evaluations 1 --learning-rate 5e-2"
)


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of recordings, with a run that has learned them, one that reads forwards alone, and language models: one
    of words, by which every line is "nine nine nine", and one of characters."""
    from tests.command_line import run

    def make(folder: Path) -> None:
        write_recordings(folder / "recordings")
        before = Path.cwd()
        os.chdir(folder)
        try:
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("EMBEDKIT_RUNS", str(folder / "runs"))
                assert run(TRAIN.format(name="both", steps=120).split()) == 0
                assert run([*TRAIN.format(name="ahead", steps=120).split(), "--no-bidirectional"]) == 0
                for name, level in (("nines", "word"), ("letters", "char")):
                    (folder / f"{name}.txt").write_text("nine nine nine\n" * 60 + "two six\n", encoding="utf-8")
                    assert run(TRAIN_TEXT.format(name=name, level=level).split()) == 0
        finally:
            os.chdir(before)

    return made_once(tmp_path_factory, "speech", make)


@pytest.fixture
def own(call: Call, heard: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """The command line in a folder with these runs and recordings."""
    shutil.copytree(heard, tmp_path, dirs_exist_ok=True)
    monkeypatch.setenv("EMBEDKIT_RUNS", str(tmp_path / "runs"))
    monkeypatch.chdir(tmp_path)
    return call


def string_of(tmp_path: Path, *names: str) -> Path:
    """Recordings one after the other, with a quarter of a second of silence around each."""
    parts = [np.zeros(2_000, dtype=np.int16)]
    for name in names:
        parts += [wavfile.read(tmp_path / "recordings" / f"{name}.wav")[1], parts[0]]
    wavfile.write(tmp_path / "string.wav", 8_000, np.concatenate(parts))
    return tmp_path / "string.wav"


def test_words_are_written_down_with_their_times(own: Call, tmp_path: Path) -> None:
    string_of(tmp_path, "2_adam_0", "6_adam_1", "9_adam_0")
    done = own("transcribe", "string.wav", "--run", "both")
    assert (done.code, done.out) == (0, "two six nine\n"), done.err
    (row,) = json.loads(own("transcribe", "string.wav", "--run", "both", "--json", "--beams", "4").out)["rows"]
    assert row["text"] == "two six nine"
    times = [(word["start"], word["stop"]) for word in row["words"]]
    assert times == sorted(times)
    assert 0.2 < times[0][0] < times[-1][1] < row["seconds"]
    assert "from" in own("transcribe", "string.wav", "--run", "both", "--times").out
    captions = own("transcribe", "string.wav", "--run", "both", "--captions", "srt", "--out", "a.srt")
    assert captions.code == 0, captions.err
    assert " --> " in (tmp_path / "a.srt").read_text(encoding="utf-8")
    assert own("transcribe", "string.wav", "--run", "both", "--captions", "vtt").out.startswith("WEBVTT\n")


def test_text_grows_as_sound_comes_and_is_that_of_the_whole(own: Call, tmp_path: Path) -> None:
    string_of(tmp_path, "2_bea_0", "6_bea_1", "9_bea_0")
    whole = own("transcribe", "string.wav", "--run", "ahead").out.split()
    lines = own("transcribe", "string.wav", "--run", "ahead", "--stream").out.splitlines()
    assert [line.split()[1] for line in lines] == whole
    refused = own("transcribe", "string.wav", "--run", "both", "--stream")
    assert (refused.code, len(refused.err.strip().splitlines())) == (2, 1)
    assert "train one with --no-bidirectional" in refused.err


def test_a_language_model_takes_part_in_the_search(own: Call, tmp_path: Path) -> None:
    string_of(tmp_path, "2_adam_0", "6_adam_1")
    words = ("transcribe", "string.wav", "--run", "both", "--language-model", "nines")
    assert own(*words, "--language-weight", "0").out == "two six\n"
    assert set(own(*words, "--language-weight", "60").out.split()) <= {"nine"}
    many = own(*words, "--language-weight", "0", "--word-bonus", "40").out.split()
    assert len(many) > 2
    table = own("evaluate", "both", "--split", "test", "--language-model", "nines", "--language-weight", "0.2")
    assert table.code == 0, table.err
    assert "a prefix beam search of 5 with nines, weight 0.2, 0 a word" in table.out
    scores = next(remade for remade in REMADE if remade.folder == "scores")
    run = Run(tmp_path / "runs" / "both")
    assert scores.make(run, "test")[0] == MATCH
    shutil.copy(tmp_path / "runs" / "letters" / "weights.safetensors", tmp_path / "runs" / "nines")
    assert scores.make(run, "test") == (UNCHECKED, "the language model that took part, nines, has other weights now")
    shutil.rmtree(tmp_path / "runs" / "nines")
    assert scores.make(run, "test") == (UNCHECKED, "the language model that took part, nines, is not beside the run")


def test_a_file_and_a_held_out_string_are_traced(own: Call, tmp_path: Path) -> None:
    string_of(tmp_path, "2_adam_0", "6_adam_1")
    done = own("trace", "string.wav", "--name", "said")  # the newest run that takes files
    assert done.code == 0, done.err
    assert done.out.startswith("ahead: 24 units over ")
    done = own("trace", "string.wav", "--run", "both", "--name", "said")
    assert " steps (two six)" in done.out.splitlines()[0]
    assert done.out.startswith("both: 48 units over ")  # both ways side by side
    page = (tmp_path / "reports" / "html" / "both-cell.html").read_text(encoding="utf-8")
    assert "with the borders of two six" in page
    assert "embedkit trace FILE --run both --name said" in page
    trace = TRACES.load(Run(tmp_path / "runs" / "both"), "said")
    assert trace.borders is not None
    assert trace.words == ("two", "six")
    assert (trace.borders[:, 0] < trace.borders[:, 1]).all()
    as_json = json.loads(own("trace", "string.wav", "--run", "both", "--json").out)
    assert len(as_json["steps"]) == len(trace.tokens)


def test_a_trace_of_a_held_out_string_is_one_under_any_name(own: Call, tmp_path: Path) -> None:
    run = Run(tmp_path / "runs" / "both")
    trace = retrace(run, "valid-0", -1)
    assert trace is not None
    TRACES.save(run, trace, "president")
    assert _trace(run, "president")[0] == MATCH
    TRACES.save(run, replace(trace, values=trace.values * 0), "president")
    assert _trace(run, "president")[0] == DIFFERS
    string_of(tmp_path, "2_adam_0", "6_adam_1")
    own("trace", "string.wav", "--run", "both", "--name", "said")
    assert _trace(run, "said") == (UNCHECKED, "it is of a file, which is not kept")


def test_a_held_out_utterance_is_played_and_written(own: Call, tmp_path: Path) -> None:
    done = own("transcribe", "--run", "both", "--utterance", "3", "--out", "three.wav")
    assert done.code == 0, done.err
    hypothesis, reference = done.out.splitlines()
    assert reference == f"reference: {hypothesis}"
    assert own("transcribe", "--run", "both", "three.wav").out == f"{hypothesis}\n"
    row = json.loads(own("transcribe", "--run", "both", "--utterance", "3", "--json").out)["rows"][0]
    assert (row["text"], row["reference"], row["speaker"] in ("adam", "bea")) == (hypothesis, hypothesis, True)
    refused = own("transcribe", "--run", "both", "--utterance", "12")
    assert (refused.code, refused.err) == (2, "error: --utterance 12: test has 0 to 11\n")


@pytest.mark.parametrize(("rate", "kind"), [(48_000, "stereo"), (8_000, "8 bits"), (8_000, "silence")])
def test_other_files_are_read_right(own: Call, tmp_path: Path, rate: int, kind: str) -> None:
    samples = wavfile.read(string_of(tmp_path, "2_adam_0", "6_adam_1"))[1]
    if kind == "stereo":
        up = np.repeat(samples, 6)
        samples = np.stack([up, up], axis=1)
    elif kind == "8 bits":
        samples = (samples // 256 + 128).astype(np.uint8)
    else:
        samples = np.zeros_like(samples)
    wavfile.write(tmp_path / "other.wav", rate, samples)
    done = own("transcribe", "other.wav", "--run", "both")
    assert done.code == 0, done.err
    if kind == "silence":
        assert done.out == "\n"
        assert "no word was recognised" in done.err
    elif kind == "stereo":
        assert done.out == "two six\n"


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ("transcribe", 2, "give files of sound"),
        ("transcribe none.wav", 2, "none.wav: no such file"),
        ("transcribe text.wav", 1, "text.wav: text, not sound"),
        ("transcribe a.wav b.wav --captions srt", 2, "--captions srt is of one file; 2 are named"),
        ("transcribe a.wav --out a.srt", 2, "--out writes captions, or the utterance"),
        ("transcribe a.wav --utterance 1", 2, "give files of sound, or --utterance"),
        ("transcribe --utterance 1 --stream", 2, "leave out --captions and --stream"),
        ("transcribe a.wav --beams 0", 2, "--beams 0: must be at least 1"),
        ("transcribe a.wav --stream --json", 2, "leave out --json"),
        ("transcribe a.wav --stream --language-model nines", 2, "and --language-model"),
        ("transcribe a.wav --language-model nines --beams 1", 2, "a language model needs at least 2"),
        ("transcribe a.wav --language-model nines --language-weight=-1", 2, "--language-weight -1: must be at least 0"),
        ("transcribe a.wav --run both --language-model letters", 2, "train one with `embedkit train lm --level word`"),
        ("transcribe a.wav --language-model both", 2, "run 'both' is a recogniser run; this needs language-model"),
        ("evaluate letters --language-model nines", 2, "--pairs blimp"),
        ("trace text.wav --run both", 1, "text.wav: text, not sound"),
        ("trace none.wav --run both", 2, "none.wav: no such file"),
        ("trace recordings/2_adam_0.wav --run both --layer 1", 2, "--layer 1: the run has 1 layer, 0 to 0"),
        ("train speech --corpus recordings --held-out-speaker carl", 2, "there are adam, bea"),
        ("train speech --sample-rate 100", 2, "--sample-rate 100: must be from 2,000"),
        ("train speech --noise=-1", 2, "--noise -1.0: must be at least 0"),
    ],
)
def test_what_makes_no_sense_is_one_line(own: Call, tmp_path: Path, words: str, code: int, message: str) -> None:
    (tmp_path / "text.wav").write_text("hello\n", encoding="utf-8")
    done = own(*words.split())
    assert (done.code, done.out) == (code, "")
    assert message in done.err
    assert len(done.err.strip().splitlines()) == 1


def test_it_is_scored_and_its_report_can_be_verified(
    own: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speech_study, "MAP_METHODS", ("pca",))
    table = own("evaluate", "both", "--split", "test", "--beams", "1")
    assert table.code == 0, table.err
    assert "both/test: 12 utterances" in table.out
    assert "speaker adam" in table.out
    score = json.loads(own("evaluate", "both", "--split", "valid", "--pairs", "0", "--json").out)
    assert score["overall"]["words"] == sum(rate["words"] for rate in score["lengths"])
    done = own("report", "both")
    assert done.code == 0, done.err
    page = tmp_path / "reports" / "html" / "both.html"
    html = page.read_text(encoding="utf-8")
    assert html.count("data:audio/wav;base64,") == len(score["examples"]) or "data:audio/wav;base64," in html
    for heading in ("How many words are wrong", "What was heard, and when", "What each layer knows", "The states"):
        assert heading in html
    assert "What the units do while words are spoken" in html
    verified = own("report", "--verify", str(page))
    assert verified.code == 0, verified.err
    assert "0 differ" in verified.out
