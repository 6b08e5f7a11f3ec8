"""The surprisal of words: against probabilities that are written down, and against the loss of the same text."""

import csv
import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from embedkit import surprisal
from embedkit.runs.folder import Run
from embedkit.tasks.language_model import surprisal as reading
from embedkit.tasks.language_model.network import load_language_model
from embedkit.tasks.language_model.objective import evaluate
from embedkit.tasks.language_model.regions import Regions
from embedkit.tasks.language_model.surprisal import LineSurprisal, Reader, Totals, WordSurprisal
from embedkit.text.vocabulary import EOS, Vocabulary
from tests.command_line import Call
from tests.tasks.writing.bigrams import LEAST, bigrams, characters, words

LINES = ["the cat sat, on a mat.", "", "“Naïve”  =cats+1 don't -- sit", "日本 語 ok", " led by space ", "x"]


def measured(lines: Sequence[LineSurprisal]) -> list[WordSurprisal]:
    return [word for line in lines for word in line.words]


def test_words_have_the_probabilities_that_are_written_down() -> None:
    vocabulary = words("the", "cat", "sat", ",")
    table = {
        EOS: {"the": 0.5, "cat": 0.25, EOS: 0.25},
        "the": {"cat": 0.75, "sat": 0.25},
        "cat": {"sat": 0.125, ",": 0.5, EOS: 0.375},
        ",": {EOS: 1.0},
        "sat": {EOS: 1.0},
    }
    model = bigrams(vocabulary, table)
    lines = list(Reader.of(model, vocabulary, ["the cat,", "", "cat dog"]).read())
    the, comma, cat, dog = measured(lines)
    assert (the.word, comma.word, cat.word, dog.word) == ("the", "cat,", "cat", "dog")
    assert (the.sentence, the.position, comma.position, cat.sentence, dog.position) == (1, 1, 2, 3, 2)
    assert (the.first, comma.first, cat.first) == (True, False, True)
    # “cat,” is two tokens: 3/4 and 1/2.
    assert [word.nats for word in (the, comma, cat)] == pytest.approx([math.log(2), math.log(8 / 3), math.log(4)])
    assert (the.bits, comma.tokens, the.tokens) == (pytest.approx(1.0), 2, 1)
    assert (dog.unknown, cat.unknown) == (True, False)
    assert dog.nats == pytest.approx(-math.log(LEAST))
    # Before “the” and “cat” stands ½, ¼, ¼: 1.5 bits; before “dog” 1/8, 1/2, 3/8.
    assert the.entropy / math.log(2) == pytest.approx(1.5, abs=1e-4)
    assert dog.entropy == pytest.approx(-sum(p * math.log(p) for p in (0.125, 0.5, 0.375)), abs=1e-4)
    assert [line.end_tokens for line in lines] == [1, 0, 1]
    assert lines[0].end_nats == pytest.approx(0, abs=1e-6)


def test_the_end_of_a_word_belongs_to_the_word() -> None:
    vocabulary = characters("ab \n")
    table = {
        "\n": {"a": 0.5, "b": 0.5},
        "a": {"b": 0.5, " ": 0.375, "\n": 0.125},
        "b": {"a": 0.5, " ": 0.25, "\n": 0.25},
        " ": {"a": 0.75, "b": 0.25},
    }
    model = bigrams(vocabulary, table)
    (line,) = Reader.of(model, vocabulary, ["ab  a"]).read()
    assert [word.word for word in line.words] == ["ab", "a"]
    # “ab”: a ½, b ½, and that it ends 1/4 + 1/4. After it a space and not the end of the line is ½, the second space
    # is not in the table, “a” after space 3/4, and that it ends 3/8 + 1/8.
    assert line.words[0].nats == pytest.approx(math.log(8), abs=1e-4)
    assert line.words[1].nats == pytest.approx(-math.log(0.5 * LEAST * 0.75 * 0.5), abs=1e-4)
    assert line.end_nats == pytest.approx(-math.log(0.125 / 0.5), abs=1e-4)
    # Before “a” stands the prediction after the space, not the one of the space.
    assert line.words[1].entropy == pytest.approx(-0.75 * math.log(0.75) - 0.25 * math.log(0.25), abs=1e-3)
    assert line.words[1].tokens == 3


def test_carried_state_knows_the_line_before() -> None:
    vocabulary = words("a", "b")
    model = bigrams(vocabulary, {EOS: {"a": 0.5, "b": 0.5}, "a": {EOS: 1.0}, "b": {EOS: 0.5}})
    apart = list(Reader.of(model, vocabulary, ["a", "", "b"]).read())
    carried = list(Reader.of(model, vocabulary, ["a", "", "b"]).read(carried=True))
    assert [word.nats for word in measured(apart)] == pytest.approx([word.nats for word in measured(carried)])
    # An empty line is no sentence, but a token of the text.
    assert [line.end_tokens for line in apart] == [1, 0, 1]
    assert [line.end_tokens for line in carried] == [1, 1, 1]
    assert carried[1].end_nats == pytest.approx(-math.log(LEAST))


@pytest.fixture(scope="module")
def levels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """A barely trained run of each level."""
    from embedkit.tasks.language_model.config import LanguageModel, LanguageModelTraining
    from embedkit.training.driver import train

    folder = tmp_path_factory.mktemp("levels")
    (folder / "text.txt").write_text("\n".join(LINES * 60) + "\n", encoding="utf-8")
    training = LanguageModelTraining(
        corpus=str(folder / "text.txt"), batch_size=4, bptt=10, steps=6, evaluations=1, device="cpu"
    )
    sizes = {"word": 14, "char": None, "bpe": 280}
    return {
        level: train(
            LanguageModel(level=level, vocabulary_size=size, embedding_size=8, hidden_size=8),  # type: ignore[arg-type]
            training,
            folder / level,
        )
        for level, size in sizes.items()
    }


@pytest.mark.parametrize("level", ["word", "char", "bpe"])
def test_all_words_and_line_ends_add_up_to_the_loss_of_the_text(
    levels: dict[str, Run], level: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_BLOCK", 40)
    monkeypatch.setattr(reading, "_WINDOW", 7)
    model, vocabulary = load_language_model(levels[level])
    totals = Totals()
    list(totals.counted(surprisal(levels[level], LINES * 3, carried=True)))
    ids = np.concatenate([[vocabulary.line_end], *vocabulary.encode_lines(LINES * 3)])
    assert totals.tokens == len(ids) - 1
    assert totals.nats_per_token == pytest.approx(evaluate(model, ids[:, None], 11), rel=1e-5)


@pytest.mark.parametrize("level", ["word", "char", "bpe"])
def test_a_sentence_is_the_same_alone_and_among_others(levels: dict[str, Run], level: str) -> None:
    together = list(surprisal(levels[level], LINES))
    for line, number in zip(LINES, range(len(LINES)), strict=True):
        (alone,) = surprisal(levels[level], [line])
        assert [word.word for word in alone.words] == line.split()
        assert [word.nats for word in alone.words] == pytest.approx(
            [word.nats for word in together[number].words], rel=1e-4
        )
        assert alone.end_nats == pytest.approx(together[number].end_nats, rel=1e-3, abs=1e-4)


@pytest.mark.parametrize("level", ["word", "char", "bpe"])
def test_tokens_are_those_of_the_training(levels: dict[str, Run], level: str) -> None:
    vocabulary = Vocabulary.load(levels[level].path / "tokenizer.json")
    for line in [*LINES, "a\u00a0b\u2028c İstanbul Σας \u200b x", "\u3000日本", " ", "🙂🙂 é e\u0301"]:
        read = Regions(vocabulary).read(line)
        assert list(read.ids) == np.concatenate(list(vocabulary.encode_lines([line]))).tolist()
        edges = [0, *(region.stop for region in read.regions)]
        assert [region.start for region in read.regions] == edges[:-1]


@pytest.mark.parametrize(
    ("level", "rows"),
    [
        ("char", ["日", "本", "語", "を", "ok。"]),
        ("bpe", ["日本", "語", "を", "ok。"]),
        ("word", ["日本語をok", "。"]),
    ],
)
def test_a_script_without_spaces_is_read_by_character(level: str, rows: list[str]) -> None:
    counts = np.ones(4, dtype=np.int64)
    if level == "bpe":
        from tokenizers import pre_tokenizers

        # 日 is E6 97 A5, 本 is E6 9C AC; a piece that ends inside 本 makes one row of the two.
        letters = sorted(pre_tokenizers.ByteLevel.alphabet())
        one = [pre_tokenizers.ByteLevel(add_prefix_space=False).pre_tokenize_str(c)[0][0] for c in "日本"]
        merges = ((one[0][0], one[0][1]), (one[0][:2], one[0][2]), (one[0], one[1][0]))
        tokens = (*letters, *("".join(pair) for pair in merges))
        vocabulary = Vocabulary("bpe", tokens, np.ones(len(tokens), dtype=np.int64), merges=merges)
    elif level == "char":
        vocabulary = characters("日本語をok。\n")
    else:
        vocabulary = Vocabulary("word", ("<unk>", EOS, "日本語をok", "。"), counts)
    regions = Regions.of(vocabulary, "日本語をok。")
    assert regions.script == "Chinese or Japanese"
    assert [region.text for region in regions.read("日本語をok。").regions] == rows


def test_a_file_becomes_a_table_that_a_spreadsheet_takes_for_text(call: Call, tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("the king =HYPERLINK(1)\n\nwas - xyzzy\n", encoding="utf-8")
    done = call("surprisal", "in.txt", "--run", "small", "--out", "out.csv")
    assert (done.code, done.out) == (0, "out.csv\n"), done.err
    assert "6 words of 2 sentences, each by itself, by small" in done.err
    rows = list(csv.DictReader((tmp_path / "out.csv").open(newline="")))
    assert [row["word"] for row in rows] == ["the", "king", "'=HYPERLINK(1)", "was", "-", "xyzzy"]
    assert [row["sentence"] for row in rows] == ["1", "1", "1", "3", "3", "3"]
    assert [row["first"] for row in rows] == ["1", "0", "0", "1", "0", "0"]
    assert [row["unknown"] for row in rows] == ["0", "0", "1", "0", "1", "1"]
    said = json.loads(call("surprisal", "in.txt", "--run", "small", "--json").out)
    assert [word["surprisal_nats"] for word in said["rows"]] == [float(row["surprisal_nats"]) for row in rows]
    assert said["perplexity"] == pytest.approx(math.exp(said["nats_per_token"]))
    assert said["nats"] == pytest.approx(sum(float(row["surprisal_nats"]) for row in rows))
    assert "rows" not in json.loads(call("surprisal", "in.txt", "--run", "small", "--json", "--out", "b.csv").out)
    assert (tmp_path / "b.csv").read_text() == (tmp_path / "out.csv").read_text()
    piped = call("surprisal", "in.txt", "--run", "small")
    assert piped.out.splitlines() == (tmp_path / "out.csv").read_text().splitlines()


@pytest.mark.parametrize(
    ("arguments", "message", "code"),
    [
        ((), "give a text file with a sentence a line", 2),
        (("nothing.txt",), "nothing.txt: no such file", 2),
        (("in.txt", "in.txt"), "in.txt: one file at a time", 2),
        (("in.txt", "--run", "phrases"), "is a seq2seq run; this needs language-model", 2),
        (("the king", " ", "--run", "small"), "' ' has no word; leave it out", 2),
        (("blank.txt", "--out", "table.csv", "--run", "small"), "blank.txt: no word in it", 1),
        (("blank.txt", "--run", "small"), "blank.txt: no word in it", 1),
        (("none.txt", "--run", "small"), "none.txt: ", 1),
        (("in.bin", "--out", "table.csv", "--run", "small"), "in.bin", 1),
        (("in.bin", "--run", "small"), "in.bin", 1),
    ],
)
def test_a_wrong_call_is_one_line(
    call: Call, tmp_path: Path, arguments: tuple[str, ...], message: str, code: int
) -> None:
    (tmp_path / "in.txt").write_text("the king\n")
    (tmp_path / "blank.txt").write_text("\n \n")
    (tmp_path / "none.txt").write_text("")
    (tmp_path / "in.bin").write_bytes(b"the king\n\xff\xfe\x00\x80 king\n")
    done = call("surprisal", *arguments)
    assert done.code == code
    assert done.out == ""
    assert message in done.err.strip().splitlines()[-1]
    assert not (tmp_path / "table.csv").exists()
