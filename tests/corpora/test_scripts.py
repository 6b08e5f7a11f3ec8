"""Which texts part their words by spaces."""

import warnings
from dataclasses import replace
from pathlib import Path

import pytest

from embedkit.cli.edge import run
from embedkit.corpora.opening import open_corpus
from embedkit.corpora.opening_pairs import open_pairs
from embedkit.corpora.scripts import unspaced_script
from embedkit.errors import EmbedkitWarning
from embedkit.runs.folder import open_run
from embedkit.runs.provenance import corpus_record
from embedkit.text.phrases import phrase_pairs
from embedkit.text.vocabulary import Vocabulary
from tests.text.memory_corpus import corpus_of

UNSPACED = {
    "我们都是中国人，北京很大。\n他昨天从上海来。": "Chinese or Japanese",
    "吾輩は猫である。名前はまだ無い。": "Chinese or Japanese",
    "ภาษาไทยง่ายมาก วันนี้อากาศดีจังเลย": "Thai",
    "ພາສາລາວເປັນພາສາທາງການ": "Lao",
    "ភាសាខ្មែរជាភាសាផ្លូវការរបស់កម្ពុជា": "Khmer",
    "မြန်မာဘာသာစကားသည်တရားဝင်ဘာသာစကားဖြစ်သည်": "Burmese",
}
SPACED = {
    "english": "The cat sat on the mat, internationalization notwithstanding.",
    "german": "Donaudampfschifffahrtsgesellschaftskapitän fährt übermorgen.",
    "hindi": "हिन्दी विकिपीडिया एक मुक्त ज्ञानकोश है।",
    "korean": "한국어는 띄어쓰기를 한다.",
    "arabic": "العَرَبِيَّةُ لُغَةٌ سَامِيَّة",
    "chinese, segmented": "我们 都 是 中国 人 ， 北京 很 大 。",
    "thai, segmented by spaces of no width": "ภาษา\u200bไทย\u200bง่าย\u200bมาก วัน\u200bนี้\u200bอากาศ\u200bดี",
    "english that quotes": "The city of Beijing (北京市朝阳区人民政府) is the capital and has many inhabitants.",
    "nothing": "",
    "numbers": "1 2 3 – 4",
}


@pytest.mark.parametrize("text", UNSPACED)
def test_a_text_whose_words_are_not_parted_is_told_by_its_script(text: str) -> None:
    assert unspaced_script(text) == UNSPACED[text]


@pytest.mark.parametrize("name", SPACED)
def test_a_text_whose_words_are_parted_is_not(name: str) -> None:
    assert unspaced_script(SPACED[name]) is None


def test_only_the_word_level_says_so() -> None:
    corpus = replace(corpus_of(["我们都是中国人"]), unspaced="Chinese or Japanese")
    message = "lines.txt: Chinese or Japanese, not parted by spaces, so a word is a whole clause; use --level char"
    with pytest.warns(EmbedkitWarning, match=message):
        Vocabulary.build(corpus, level="word")
    with pytest.warns(EmbedkitWarning, match=message), pytest.raises(Exception, match="take a longer text"):
        phrase_pairs(corpus)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Vocabulary.build(corpus, level="char")
        Vocabulary.build(corpus, level="bpe")
        Vocabulary.build(corpus_of(["a b"]), level="word")


def test_each_side_of_pairs_is_told_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_text("".join(f"a cat {i}\t我们都是中国人 {i}\n" for i in range(200)), encoding="utf-8")
    pairs = open_pairs(path)
    assert (pairs.source.unspaced, pairs.target.unspaced) == ("", "Chinese or Japanese")
    assert corpus_record(pairs)["words_without_spaces"] == "Chinese or Japanese"


def test_the_command_line_says_it_once_and_the_run_keeps_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "zh.txt"
    path.write_text("我们都是中国人，北京很大。\n" * 60, encoding="utf-8")
    assert open_corpus(path).unspaced == "Chinese or Japanese"
    train = f"train lm --corpus {path} --batch-size 2 --bptt 4 --steps 1 --hidden-size 4 --embedding-size 4"
    assert run([*train.split(), "--name", "words"]) == 0
    notes = [line for line in capsys.readouterr().err.splitlines() if line.startswith("note: ")]
    assert len(notes) == 1
    assert "zh.txt: Chinese or Japanese, not parted by spaces" in notes[0]
    assert open_run("words").provenance["corpus"]["words_without_spaces"] == "Chinese or Japanese"
    assert run([*train.split(), "--name", "characters", "--level", "char"]) == 0
    assert "note: " not in capsys.readouterr().err
    assert run(f"train word2vec --corpus {path} --epochs 1 --dimensions 2 --workers 1 --name v".split()) == 0
    assert "not parted by spaces" in capsys.readouterr().err
    assert run(["corpora", "show", str(path)]) == 0
    assert "not parted by spaces" in capsys.readouterr().err
