"""Sounds that visitors send to the explorer: listened to, or refused in a line; nothing is kept, nothing unpickled."""

import io
import json
import pickle
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import numpy as np
import pytest
from scipy.io import wavfile

from embedkit.config.serve import LARGEST_SOUND, ServeOptions
from embedkit.tasks.speech.audio import wav
from embedkit.tasks.speech.config import SpeechModel, SpeechTraining
from tests.report.opening import open_page
from tests.serve.served import Served, serving
from tests.tasks.speech.recordings import write_recordings


@pytest.fixture(scope="module")
def listening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An explorer of a recogniser that has hardly been trained."""
    from embedkit.training.driver import train

    folder = tmp_path_factory.mktemp("sounds")
    training = SpeechTraining(
        corpus=str(write_recordings(folder / "recordings")), longest=1, held_out=2, batch_size=4, strings=8, steps=2
    )
    train(SpeechModel(mels=12, hidden_size=4, layers=1), training, folder / "runs" / "ears")
    with serving(ServeOptions(port=0), folder / "runs") as address:
        yield Served(address.split("?")[0].rstrip("/"), folder / "runs")


def send(served: Served, content: bytes, run: str = "ears", **headers: str) -> dict[str, Any]:
    sent = {"X-Embedkit": "1", **headers}
    request = Request(f"{served.address}/api/sound?run={run}", data=content, method="POST", headers=sent)
    try:
        with urlopen(request, timeout=60) as response:
            return {"status": response.status, **json.loads(response.read())}
    except HTTPError as error:
        return {"status": error.code, **json.loads(error.read())}


def tone(seconds: float, rate: int = 8_000) -> np.ndarray:
    return (0.4 * np.sin(np.arange(int(seconds * rate)) * 0.3)).astype(np.float32)


def as_wav(data: np.ndarray, rate: int) -> bytes:
    held = io.BytesIO()
    wavfile.write(held, rate, data)
    return held.getvalue()


class Hostile:
    def __reduce__(self) -> tuple[Any, ...]:
        return (Path("/tmp/embedkit-was-here").touch, ())


@pytest.mark.parametrize(
    ("content", "seconds"),
    [(wav(tone(0.7), 8_000), 0.7), (as_wav(np.stack([tone(0.5, 48_000)] * 2, axis=1), 48_000), 0.5)],
    ids=["8 kHz", "stereo at 48 kHz"],
)
def test_a_sound_is_written_down_with_its_figure(listening: Served, content: bytes, seconds: float) -> None:
    answer = send(listening, content)
    assert (answer["status"], answer["seconds"]) == (200, pytest.approx(seconds, abs=1e-3))
    assert answer["text"] == " ".join(word for word, _, _ in answer["words"])
    assert answer["figure"]["description"].startswith(f"Spectrogram of {seconds:.1f} s")
    assert answer["figure"]["block"]["item"]["doc"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "this file: an empty file, no sound"),
        (b"one two three\n", "this file: text, not sound"),
        (pickle.dumps(Hostile()), "no sound that can be read"),
        (wav(tone(0.7), 8_000)[:30], "no sound that can be read"),
        (wav(tone(20.5), 8_000), "20 s of sound, more than 20"),
        (as_wav(np.full(800, np.nan, dtype=np.float32), 8_000), "the sample at 0.000 s is not a number"),
        (as_wav(np.zeros((130_000, 64), dtype=np.uint8), 8_000), "is more than 8,000,000 samples"),
    ],
    ids=["empty", "text", "a pickle", "a cut header", "too long", "no number", "many channels"],
)
def test_what_is_no_sound_is_one_line(
    listening: Served, content: bytes, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if message.startswith("is more"):
        monkeypatch.setattr("embedkit.config.serve.LARGEST_SOUND", 1 << 30)
        monkeypatch.setattr("embedkit.serve.handlers.LARGEST_SOUND", 1 << 30)
    answer = send(listening, content)
    assert answer["status"] == 400
    assert message in answer["error"]
    assert "\n" not in answer["error"]
    assert not Path("/tmp/embedkit-was-here").exists()


def test_who_may_not_send_is_refused(listening: Served) -> None:
    sound = wav(tone(0.2), 8_000)
    assert send(listening, sound, run="none")["status"] == 400
    assert send(listening, sound, **{"Origin": "http://elsewhere.example"})["status"] == 403
    connection = HTTPConnection(listening.address.removeprefix("http://"), timeout=20)
    connection.putrequest("POST", "/api/sound?run=ears")
    connection.putheader("X-Embedkit", "1")
    connection.putheader("Content-Length", str(LARGEST_SOUND + 1))
    connection.endheaders()  # and not a byte of the body
    response = connection.getresponse()
    assert (response.status, json.loads(response.read())["error"]) == (
        413,
        "the file is larger than 4 MB; send a shorter one",
    )
    assert response.headers["Permissions-Policy"] == "microphone=(self), camera=(), geolocation=()"


def test_too_many_at_a_time_wait(listening: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("embedkit.serve.handlers.SOUNDS_AT_ONCE", 0)
    assert send(listening, wav(tone(0.2), 8_000))["status"] == 429
    monkeypatch.undo()
    assert [send(listening, wav(tone(0.2), 8_000))["status"] for _ in range(10)] == [200] * 10


@pytest.mark.browser
def test_a_file_and_the_microphone_are_heard_in_a_browser(listening: Served, browser: Any, tmp_path: Path) -> None:
    opened = open_page(browser)
    page = opened.page
    page.goto(f"{listening.address}/?run=ears")
    page.wait_for_selector("html[data-live=yes]")
    (tmp_path / "tone.wav").write_bytes(wav(tone(0.7), 8_000))
    (tmp_path / "text.wav").write_text("hello\n", encoding="utf-8")
    page.set_input_files("#live-sound", tmp_path / "tone.wav")
    page.click("[data-form=transcribe] [type=submit]")
    page.wait_for_selector("[data-answers=transcribe] .plot[data-drawn=yes]")
    page.set_input_files("#live-sound", tmp_path / "text.wav")
    page.click("[data-form=transcribe] [type=submit]")
    page.locator("[data-status=transcribe]", has_text="this file: text, not sound").wait_for()
    assert page.locator("[data-answers=transcribe] .plot").count() == 0
    page.click("#live-microphone")
    page.locator("[data-status=transcribe]", has_text="Listening").wait_for()
    page.wait_for_timeout(600)
    page.click("#live-microphone")
    page.wait_for_selector("[data-answers=transcribe] .plot[data-drawn=yes]")
    assert page.locator("[data-answers=transcribe] [role=img]").get_attribute("aria-label").startswith("Spectrogram of")
    assert page.locator("#live-microphone").inner_text() == "Record"
    assert [complaint for complaint in opened.complaints if "status of 400" not in complaint] == []
    page.close()
