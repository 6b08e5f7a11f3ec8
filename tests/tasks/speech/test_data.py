"""Splits share no recording; strings are of one speaker and the same for the same seed; tables are read or refused."""

import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from embedkit.corpora import load_card
from embedkit.corpora.prepare import card_folder
from embedkit.errors import CorpusError, EmbedkitError, UsageError
from embedkit.tasks.speech import espeak
from embedkit.tasks.speech.config import SPEECH_PRESETS, SpeechModel, SpeechTraining, preset
from embedkit.tasks.speech.corpus import SpeechCorpus, Utterance
from embedkit.tasks.speech.data import open_speech
from embedkit.tasks.speech.digits import TEST
from embedkit.tasks.speech.formants import DIGITS, VOICES, spoken
from embedkit.tasks.speech.strings import Strings, held_out_utterances
from tests.tasks.speech.recordings import INDICES, WORDS, write_recordings


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_recordings(tmp_path_factory.mktemp("digits") / "recordings")


def opened(corpus: object, **options: object) -> SpeechCorpus:
    return open_speech(SpeechModel(), SpeechTraining(corpus=str(corpus), **options))  # type: ignore[arg-type]


def names(corpus: SpeechCorpus) -> dict[str, set[str]]:
    return {split: {recording.name for recording in corpus.splits[split]} for split in ("train", "valid", "test")}


def test_the_publishers_split_is_by_index(folder: Path) -> None:
    splits = names(opened(folder))
    assert {name.rpartition("_")[2] for name in splits["test"]} == {"0", "1"}
    assert {name.rpartition("_")[2] for name in splits["valid"]} == {"5"}
    assert sum(map(len, splits.values())) == len(set.union(*splits.values())) == len(WORDS) * 2 * len(INDICES)


def test_a_held_out_speaker_is_in_no_other_split(folder: Path) -> None:
    corpus = opened(folder, held_out_speaker="bea")
    assert {recording.speaker for recording in corpus.splits["test"]} == {"bea"}
    assert {each.speaker for split in ("train", "valid") for each in corpus.splits[split]} == {"adam"}
    splits = names(corpus)
    assert sum(map(len, splits.values())) == len(set.union(*splits.values()))
    with pytest.raises(UsageError, match="--held-out-speaker carl: there are adam, bea"):
        opened(folder, held_out_speaker="carl")


def test_an_archive_holds_what_the_folder_holds_and_the_card_finds_it(folder: Path) -> None:
    archive = card_folder(load_card("free-spoken-digits")) / "free-spoken-digit-dataset.tar.gz"
    with pytest.raises(CorpusError, match="run `embedkit corpora fetch free-spoken-digits`"):
        opened("free-spoken-digits")
    archive.parent.mkdir(parents=True)
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(folder, "dataset-1.0/recordings")
        tar.add(folder / "2_adam_0.wav", "../../2_adam_99.wav")  # nothing is written where a member would lie
    one, other = opened(folder), opened("free-spoken-digits")
    assert other.licence == "CC BY-SA 4.0"
    assert names(other)["test"] == names(one)["test"]
    assert names(other)["train"] == {*names(one)["train"], "2_adam_99"}
    assert opened(archive.parent).checksum == other.checksum != one.checksum


def test_the_card_says_what_the_publishers_readme_says(shared_corpora: Path) -> None:
    archive = shared_corpora / "free-spoken-digits" / "free-spoken-digit-dataset.tar.gz"
    if not archive.is_file():
        pytest.skip(f"needs {archive}")
    with tarfile.open(archive) as tar:
        member = next(each for each in tar if each.name.endswith("README.md"))
        content = tar.extractfile(member)
        assert content is not None
        readme = content.read().decode("utf-8")
    card = load_card("free-spoken-digits")
    assert "6 speakers" in readme
    assert "six speakers" in card.title
    assert "3,000 recordings" in readme
    assert "3,000 recordings" in card.title
    assert "creativecommons.org/licenses/by-sa/4.0" in readme
    assert card.licence == "CC BY-SA 4.0"
    assert "Recordings numbered `0-4` (inclusive) are in the test" in readme
    assert list(TEST) == [0, 1, 2, 3, 4]


def test_strings_are_of_one_speaker_and_drawn_by_the_seed(folder: Path) -> None:
    corpus = opened(folder)
    training = SpeechTraining(corpus=str(folder), held_out=30)
    strings = Strings(corpus.splits["train"], corpus.rate, training)
    for number in range(10):
        one = strings.string(7, number)
        own = [strings.recordings[source] for source in one.sources]
        assert {recording.speaker for recording in own} == {one.speaker}
        assert one.text.split() == [recording.text for recording in own]
        assert 1 <= len(own) <= 7
        assert (one.borders[:, 0] < one.borders[:, 1]).all()
        assert (one.borders[1:, 0] >= one.borders[:-1, 1]).all()
        assert one.borders[-1, 1] <= len(one.samples) / corpus.rate
        assert np.array_equal(strings.string(7, number).samples, one.samples)
    assert len({len(each.sources) for each in strings.batch(5, 7, 1)}) == 1
    counts = {
        len(each.sources) for each in held_out_utterances(corpus.splits["test"], 8_000, training, "test", words=True)
    }
    assert counts == set(range(1, 8))


def test_a_string_stays_within_its_level_and_speed(folder: Path) -> None:
    corpus = opened(folder)
    plain = SpeechTraining(corpus=str(folder), speed=0.0, level_range=0.0, longest=1, noise=0.0)
    strings = Strings(corpus.splits["train"], corpus.rate, plain)
    one = strings.string(1)
    start, stop = (one.borders[0] * corpus.rate).round().astype(int)
    own = strings.recordings[one.sources[0]].samples
    assert stop - start == len(own)
    np.testing.assert_allclose(one.samples[start:stop], own, atol=0.04)  # the noise of the room is on it
    fast = Strings(corpus.splits["train"], corpus.rate, SpeechTraining(corpus=str(folder), longest=1, speed=0.15))
    lengths = set()
    for number in range(30):
        each = fast.string(1, number)
        lengths.add(round(len(fast.recordings[each.sources[0]].samples) / np.ptp(each.borders * corpus.rate), 2))
    assert 0.84 <= min(lengths) < 0.9
    assert 1.1 < max(lengths) <= 1.16


def test_words_of_a_string_have_levels_of_their_own_in_training_alone(folder: Path) -> None:
    """Within 6 dB of what they are, or as they are; a held-out string is the same with both options."""
    corpus = opened(folder)
    options = {"corpus": str(folder), "speed": 0.0, "level_range": 0.0, "noise": 0.0}
    even, uneven = (
        Strings(corpus.splits["train"], corpus.rate, SpeechTraining(**options, word_level_range=decibels))  # type: ignore[arg-type]
        for decibels in (0.0, 6.0)
    )

    def levels(strings: Strings, utterance: Utterance) -> list[float]:
        """Decibels of each word above its recording, by the factor that brings it nearest to it."""
        found = []
        for (start, stop), source in zip((utterance.borders * corpus.rate).round(), utterance.sources, strict=True):
            word, own = utterance.samples[int(start) : int(stop)], strings.recordings[source].samples
            found.append(20 * np.log10(word @ own / (own @ own)))
        return found

    batch = [level for each in uneven.batch(40, 3) for level in levels(uneven, each)]
    assert -6.5 < min(batch) < -4
    assert 4 < max(batch) < 6.5
    assert max(np.ptp(levels(uneven, each)) for each in uneven.batch(40, 3)) > 3, "words of one string"
    for strings, utterances in ((even, even.batch(40, 3)), (uneven, [uneven.string(3, n) for n in range(40)])):
        assert np.abs([level for each in utterances for level in levels(strings, each)]).max() < 0.5
    held_out = [
        held_out_utterances(corpus.splits["test"], 8_000, each._training, "test", words=True) for each in (even, uneven)
    ]
    assert all(np.array_equal(one.samples, other.samples) for one, other in zip(*held_out, strict=True))


def test_digits_that_are_made_here_are_the_same_for_a_seed_and_differ() -> None:
    def take(word: str, voice: int, seed: int) -> np.ndarray:
        return spoken(word, voice, np.random.default_rng(seed))

    assert len(VOICES) == 6
    for word in DIGITS:
        samples = take(word, 0, 1)
        assert 0.15 < len(samples) / 8_000 < 0.8
        assert 0.3 < np.abs(samples).max() <= 0.51
    assert np.array_equal(take("six", 1, 1), take("six", 1, 1))
    assert not np.array_equal(take("six", 1, 1), take("six", 1, 2))


def test_defaults_are_those_of_what_is_spoken(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(espeak, "installed", lambda: None)
    for corpus, name in (
        (None, "formant-digits"),
        ("espeak-digits", "espeak-digits"),
        ("free-spoken-digits", "digits"),
        (str(folder), "digits"),
        ("own", "recordings"),
    ):
        assert preset(lambda option, corpus=corpus: corpus) == (name, SPEECH_PRESETS[name])


Table = Callable[[str], Path]


@pytest.fixture
def table(folder: Path, tmp_path: Path) -> Table:
    """Writes transcripts.csv into a folder of three recordings."""

    def write(text: str, name: str = "transcripts.csv") -> Path:
        own = tmp_path / "own"
        own.mkdir(exist_ok=True)
        for number, file in enumerate(sorted(folder.glob("*.wav"))[:3]):
            (own / f"{number}.wav").write_bytes(file.read_bytes())
        (own / name).write_text(text, encoding="utf-8")
        return own

    return write


def test_a_table_of_texts_with_its_own_splits(table: Table) -> None:
    own = table('path;sentence;split;client_id\n0.wav;"one; two";train;x\n1.wav;three;dev;y\n2.wav;four;test;y\n')
    corpus = opened(own)
    assert {split: [each.text for each in corpus.splits[split]] for split in corpus.splits} == {
        "train": ["one; two"],
        "valid": ["three"],
        "test": ["four"],
    }
    assert (corpus.words, corpus.splits["test"][0].speaker) == (False, "y")


def test_a_text_of_two_lines_and_one_with_a_line_separator(table: Table) -> None:
    own = table('file,text,split\n0.wav,"three\nfour",train\n1.wav,"one\u2028two",valid\r\n2.wav,nine,test')
    splits = opened(own).splits
    assert [splits[split][0].text for split in ("train", "valid", "test")] == ["three four", "one two", "nine"]


def test_a_recording_under_two_names_is_in_one_split(folder: Path, tmp_path: Path) -> None:
    recordings = sorted(folder.glob("*.wav"))[:10]
    rows = ["file,text"]
    for number, file in enumerate(recordings):
        for copy in "ab":
            (tmp_path / f"{number}{copy}.wav").write_bytes(file.read_bytes())
            rows.append(f"{number}{copy}.wav,one")
    (tmp_path / "transcripts.csv").write_text("\n".join(rows), encoding="utf-8")
    corpus = opened(tmp_path)
    names = {split: sorted(each.name[0] for each in part) for split, part in corpus.splits.items()}
    assert {split: len(part) for split, part in names.items()} == {"train": 16, "valid": 2, "test": 2}
    assert all(part == sorted(2 * list(set(part))) for part in names.values())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("file,text\n0.wav,one\n9.wav,two\n", r"transcripts.csv:3: there is no 9.wav"),
        ("file,text\n0.wav,one\n../x.wav,two\n", r"transcripts.csv:3: '../x.wav' leads out of"),
        ("file,text\n0.wav,one\nx\0.wav,two\n", r"transcripts.csv:3: there is no"),
        ("file,text\n0.wav,\n", "transcripts.csv:2: no file or no text in this row"),
        ("name,text\n0.wav,one\n", "transcripts.csv:1: no column 'file' among name, text"),
        ("file,text\n", "transcripts.csv: no rows below the heading"),
        ("file,text,split\n0.wav,one,holdout\n", "transcripts.csv:2: the split 'holdout' is none of train"),
        ("file,text\n0.wav,one\n", "nothing in it is for"),
    ],
)
def test_a_bad_table_is_named_by_its_line(table: Table, text: str, message: str) -> None:
    with pytest.raises(EmbedkitError, match=message):
        opened(table(text))


def test_a_folder_without_a_table_says_what_to_add(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no table of texts; add transcripts.tsv"):
        opened(tmp_path)
    with pytest.raises(UsageError, match=r"no such folder; give formant-digits"):
        opened(tmp_path / "none")
