"""Files of sound of every kind that people have: read right, or refused in a line."""

import io
import struct
import wave
from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

from embedkit.errors import CorpusError
from embedkit.tasks.speech import audio
from embedkit.tasks.speech.audio import decoded, open_sound, quietest, read_sound, resample, wav

TONE = (0.5 * np.sin(2 * np.pi * 440 * np.arange(4_000) / 8_000)).astype(np.float32)


@pytest.fixture(params=["soundfile", "scipy"])
def reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each test runs with soundfile, and as if it were not installed."""
    if request.param == "scipy":
        monkeypatch.setattr(audio, "find_spec", lambda name: None)
    else:
        pytest.importorskip("soundfile")
    return str(request.param)


def written(path: Path, data: np.ndarray, rate: int = 8_000) -> Path:
    wavfile.write(path, rate, data)
    return path


@pytest.mark.parametrize(
    ("data", "tolerance"),
    [
        (((TONE + 1) * 127.5).round().astype(np.uint8), 0.01),
        ((TONE * 32_767).astype(np.int16), 1e-4),
        ((TONE * 2_147_483_000).astype(np.int32), 1e-6),
        (TONE, 1e-7),
        (np.stack([TONE, np.zeros_like(TONE), TONE / 2], axis=1) * 2, 1e-6),  # three channels whose mean is the tone
    ],
    ids=["8 bits", "16 bits", "32 bits", "float", "channels"],
)
def test_every_kind_of_sample_is_read(reader: str, tmp_path: Path, data: np.ndarray, tolerance: float) -> None:
    sound = read_sound(written(tmp_path / "a.wav", data), 8_000)
    np.testing.assert_allclose(sound.samples, TONE, atol=tolerance)
    assert sound.samples.dtype == np.float32


def test_24_bits_are_read(reader: str, tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setparams((1, 3, 8_000, 0, "NONE", ""))
        file.writeframes(b"".join(struct.pack("<i", int(value * 8_388_607) << 8)[1:] for value in TONE))
    np.testing.assert_allclose(read_sound(tmp_path / "a.wav", 8_000).samples, TONE, atol=1e-5)


@pytest.mark.parametrize("rate", [48_000, 44_100, 16_000, 6_000])
def test_another_rate_is_resampled(reader: str, tmp_path: Path, rate: int) -> None:
    tone = (0.5 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate)).astype(np.float32)
    sound = read_sound(written(tmp_path / "a.wav", tone, rate), 8_000)
    assert len(sound.samples) == 8_000
    expected = 0.5 * np.sin(2 * np.pi * 440 * np.arange(8_000) / 8_000)
    np.testing.assert_allclose(sound.samples[200:-200], expected[200:-200], atol=0.01)
    # What the new rate cannot hold is gone, not folded back.
    high = (0.5 * np.sin(2 * np.pi * 7_000 * np.arange(48_000) / 48_000)).astype(np.float32)
    assert np.abs(resample(high, 48_000, 8_000)[200:-200]).max() < 0.01


def broken(tmp_path: Path) -> dict[str, bytes]:
    whole = wav(TONE, 8_000)
    nan = io.BytesIO()
    wavfile.write(nan, 8_000, np.where(np.arange(4_000) == 800, np.nan, TONE).astype(np.float32))
    loud = io.BytesIO()
    wavfile.write(loud, 8_000, np.full(4_000, 3e38, dtype=np.float32))
    return {
        "loud": loud.getvalue(),
        "empty": b"",
        "cut header": whole[:20],
        "no samples": whole[:44],
        "text": b"file,text\na.wav,hello\n",
        "not a number": nan.getvalue(),
        "noise": bytes(range(256)) * 8,
        "rate": whole[:24] + struct.pack("<I", 50) + whole[28:],
    }


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("empty", "an empty file, no sound"),
        ("cut header", "no sound that can be read, or damaged"),
        ("no samples", "no samples in it|no sound that can be read"),
        ("text", "text, not sound"),
        ("not a number", r"the sample at 0\.100 s is not a number"),
        ("loud", r"a sample of 3e\+38, where all are due from -1 to 1"),
        ("noise", "no sound that can be read, or damaged"),
        ("rate", "50 samples a second in 1 channels is no rate of speech|no sound that can be read"),
    ],
)
def test_what_is_no_sound_is_one_line(reader: str, tmp_path: Path, kind: str, message: str) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(broken(tmp_path)[kind])
    with pytest.raises(CorpusError, match=message) as caught:
        read_sound(path, 8_000)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_missing_files_folders_and_what_takes_too_long(reader: str, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no such file"), open_sound(tmp_path / "none.wav"):
        pass
    with pytest.raises(CorpusError, match="is a folder"), open_sound(tmp_path):
        pass
    with pytest.raises(CorpusError, match="0 s of sound, more than 0"):
        read_sound(written(tmp_path / "a.wav", TONE), 8_000, longest=0.2)


def test_a_cut_file_gives_what_is_there(reader: str, tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(wav(TONE, 8_000)[:-2_001])
    np.testing.assert_allclose(read_sound(path, 8_000).samples[:2_999], TONE[:2_999], atol=1e-4)


def test_without_soundfile_flac_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audio, "find_spec", lambda name: None)
    (tmp_path / "a.flac").write_bytes(b"fLaC\0\0\0\x22" + bytes(100))
    with pytest.raises(CorpusError, match=r"pip install 'embedkit\[speech\]'"):
        read_sound(tmp_path / "a.flac", 8_000)


def test_flac_is_read_where_soundfile_is_installed(tmp_path: Path) -> None:
    soundfile = pytest.importorskip("soundfile")
    soundfile.write(tmp_path / "a.flac", TONE, 8_000)
    np.testing.assert_allclose(read_sound(tmp_path / "a.flac", 8_000).samples, TONE, atol=1e-4)


def test_long_files_come_in_blocks_cut_where_it_is_quiet(reader: str, tmp_path: Path) -> None:
    loud = np.full(45 * 1_000, 0.5, dtype=np.float32)
    loud[17_000:17_400] = 0  # the only pause of the first block
    with open_sound(written(tmp_path / "a.wav", loud, 1_000)) as sound:
        blocks = list(sound.blocks())
    (start, first), (second, _) = blocks[:2]
    assert (start, len(first)) == (0, second)
    assert 17_100 <= second <= 17_300
    assert sum(len(block) for _, block in blocks) == 45_000
    assert max(len(block) for _, block in blocks) <= 20_000
    assert quietest(np.ones(10, dtype=np.float32), 1_000) == 10


def test_wav_bytes_come_back(tmp_path: Path) -> None:
    np.testing.assert_allclose(decoded(wav(TONE, 8_000), "a").samples, TONE, atol=1e-4)
    with pytest.raises(CorpusError, match="b: no sound that can be read"):
        decoded(b"RIFF", "b")
