"""Minimal pairs: read, scored by probabilities that are written down, kept, shown and verified."""

import json
import math
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
import torch

from embedkit.corpora import prepare
from embedkit.corpora.card import load_card
from embedkit.corpora.readers import READERS
from embedkit.errors import CorpusError
from embedkit.report import run_report
from embedkit.report.rendering import to_html
from embedkit.runs.folder import Run
from embedkit.studies.verdicts import DIFFERS, MATCH, UNCHECKED
from embedkit.tasks.language_model.minimal_pairs import likelihood, published
from embedkit.tasks.language_model.minimal_pairs.likelihood import sentence_nats
from embedkit.tasks.language_model.minimal_pairs.pairs import MinimalPair, MinimalPairSet
from embedkit.tasks.language_model.minimal_pairs.score import SCORES, MinimalPairScore, minimal_pair_score
from embedkit.tasks.language_model.minimal_pairs.sections import finding, table
from embedkit.tasks.language_model.minimal_pairs.verification import REMADE, compared
from embedkit.text.vocabulary import EOS
from tests.command_line import Call
from tests.report.synthetic import HOSTILE
from tests.tasks.writing.bigrams import bigrams, small, words

PAIRS = (
    MinimalPair("the cats sleep", "the cats sleeps", "agreement", "morphology", "plain"),
    MinimalPair("a cat sleeps", "a cat sleep", "agreement", "morphology", "plain"),
    MinimalPair("the dog sleeps", "the dog sleep", "agreement", "morphology", "plain"),
    MinimalPair("the xyz", "the zyx", "order", "syntax", "words"),
)


def scored(good: list[float], bad: list[float], unknown: list[bool], name: str = "mine") -> MinimalPairScore:
    pairs = MinimalPairSet(name, PAIRS[: len(good)], "sha256:0")
    return minimal_pair_score(pairs, np.array(good), np.array(bad), np.array(unknown), run="model", source="mine.tsv")


def test_sentences_have_the_probabilities_that_are_written_down(monkeypatch: pytest.MonkeyPatch) -> None:
    vocabulary = words("a", "b")
    table = {EOS: {"a": 0.5, "b": 0.25}, "a": {"b": 0.125, "a": 0.5}, "b": {EOS: 1.0, "a": 0.25}}
    model = cast(Any, bigrams(vocabulary, table))

    def each(hidden: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        assert len(targets) <= 2
        return -model.log_probabilities(hidden).gather(1, targets[:, None])[:, 0]

    model.softmax = SimpleNamespace(nats=each)
    monkeypatch.setattr(likelihood, "_AT_ONCE", 2)  # fewer than the longest sentence has
    a, b = 2, 3
    nats = sentence_nats(model, [(a, b), (b,), (), (a, b, a), (b,)], vocabulary.line_end)
    # The end of a line after it is no part of a sentence.
    assert nats == pytest.approx([math.log(16), math.log(4), 0, math.log(64), math.log(4)], abs=1e-4)
    assert nats[1] == nats[4]


def test_the_loss_of_each_target_is_that_of_the_whole_distribution() -> None:
    model = small(words(*"abcdefghijklmnop"))
    hidden, targets = torch.randn(40, 8), torch.randint(0, 18, (40,))
    with torch.no_grad():
        nats = model.softmax.nats(hidden, targets)
        assert nats.tolist() == pytest.approx(
            (-model.softmax.log_probabilities(hidden).gather(1, targets[:, None])[:, 0]).tolist(), abs=1e-5
        )
        assert float(nats.sum()) == pytest.approx(float(model.softmax(hidden, targets)), rel=1e-5)


def test_accuracy_is_by_phenomenon_and_a_tie_is_not_right() -> None:
    score = scored([1.0, 2.0, 3.0, 5.0], [2.0, 3.0, 2.0, 5.0], [False, True, False, True])
    assert (score.all.right.right, score.all.right.n, score.all.ties, score.all.unknown) == (2, 4, 1, 2)
    assert score.all.known is not None
    assert (score.all.known.right, score.all.known.n) == (1, 2)
    agreement, order = score.phenomena
    assert (agreement.name, agreement.right.right, agreement.right.n, agreement.ties) == ("agreement", 2, 3, 0)
    assert (order.right.right, order.ties, order.known) == (0, 1, None)
    assert [group.name for group in score.fields] == ["morphology", "syntax"]
    assert order.example == ("the xyz", "the zyx")
    # Wilson's of 2 of 3.
    assert agreement.right.interval.low == pytest.approx(0.2077, abs=1e-4)
    assert score.over_paradigms is None


def test_a_name_of_any_length_takes_no_room_of_other_pairs() -> None:
    long = "x" * 20_000_000
    pairs = tuple(MinimalPair("a", "b", paradigm=long if number else f"{number}") for number in range(200))
    zeros = np.zeros(len(pairs))
    score = minimal_pair_score(MinimalPairSet("m", pairs, ""), zeros, zeros + 1, zeros > 0, run="r", source="s")
    assert [each.right.n for each in score.paradigms] == [1, 199]


def test_the_interval_over_paradigms_is_of_their_mean() -> None:
    count = 20
    pairs = tuple(MinimalPair("a b", "b a", paradigm=f"p{number % count}") for number in range(2 * count))
    # Half of the paradigms are right throughout: 0.5, with an error of √(¼ / 20).
    right = np.array([number % count < count // 2 for number in range(2 * count)])
    score = minimal_pair_score(
        MinimalPairSet("mine", pairs, ""), np.zeros(2 * count), right * 1.0, right & False, run="r", source="s"
    )
    assert score.over_paradigms is not None
    assert score.over_paradigms.high - score.over_paradigms.low == pytest.approx(
        2 * 1.96 * math.sqrt(0.25 / 20), abs=0.06
    )
    assert score.all.ties == 20
    # Forty pairs would tell 50 % from chance no better; the twenty templates they are made of are said.
    assert "over pairs, " in finding(score)
    assert "over 20 templates), not told from chance" in finding(score)


def test_what_is_found_says_chance_ties_and_others() -> None:
    score = scored([1.0, 2.0, 3.0, 5.0], [2.0, 3.0, 2.0, 5.0], [False, True, False, True])
    assert finding(score) == (
        "The good sentence of 4 minimal pairs (mine) is the likelier one in 50.0 % (95 % 15.0 – 85.0 % over "
        "pairs), not told from chance, 50 %. 50.0 % of the pairs have a word that it does not know, and without "
        "those it is right in 50.0 %."
    )
    assert "GPT-2" not in table(score).columns
    whole = replace(score.all, right=replace(score.all.right, n=published.PAIRS))
    blimp = replace(score, pairs="blimp", all=whole)
    said = finding(blimp)
    assert "a 5-gram model has 61.2 %, an LSTM 69.8 %, GPT-2 83.0 %, and people agree in 96.4 %" in said
    assert table(blimp).columns[-3:] == published.MODELS
    assert table(blimp).rows[-1][-3:] == ("61.2 %", "69.8 %", "83.0 %")
    assert table(blimp).rows[0][-3:] == ("–",) * 3


def test_what_is_published_are_the_authors_own_figures(shared_corpora: Path) -> None:
    rows = map(json.loads, (shared_corpora / "blimp" / "models_summary.jsonl").read_text().splitlines())
    averages = {row["linguistics_term"]: row for row in rows if row["UID"] == "overall"}
    for name, figures in {**published.PHENOMENA, "overall": published.OVERALL}.items():
        assert figures == pytest.approx([averages[name][model] for model in ("ngram", "lstm", "gpt2")], abs=6e-4)
    assert set(averages) == {*published.PHENOMENA, "overall"}


FILES = {
    "plain.tsv": "a b\tb a\n\nc d\td c\torder\tsyntax\n",
    "headed.tsv": "field\tsentence_bad\tnote\tsentence_good\tUID\n\tb a\tx\ta b\t\nsyntax\td c\ty\tc d\t\n",
    "lines.jsonl": (
        '{"good": "a b", "bad": "b a"}\n{"sentence_good": "c d", "sentence_bad": "d c", "field": "syntax", "n": 3}\n'
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_a_set_is_read_as_people_have_it(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(FILES[name], encoding="utf-8")
    pairs = MinimalPairSet.read(tmp_path / name)
    assert [(pair.good, pair.bad, pair.field) for pair in pairs.pairs] == [("a b", "b a", ""), ("c d", "d c", "syntax")]
    assert (pairs.name, len(pairs)) == (name.split(".")[0], 2)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "there are no pairs"),
        ("a b\tb a\nonly one\n", ":2: no minimal pair (a sentence is empty)"),
        ('{"good": "a", "bad": 3}\n', ":1: no minimal pair (bad is no text)"),
        ('{"good": "a", "bad"\n', ":1: no minimal pair ("),
        ("\n\tb a\n", ":2: no minimal pair"),
        ('{"a": ' * 5000 + "\n", "nested too deeply"),
    ],
)
def test_a_malformed_set_is_named_with_its_line(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "pairs.tsv").write_text(text)
    with pytest.raises(CorpusError) as error:
        MinimalPairSet.read(tmp_path / "pairs.tsv")
    assert message in str(error.value)


def test_the_card_reads_what_the_publisher_has(tmp_path: Path) -> None:
    row = {"sentence_good": "A b.", "sentence_bad": "B  a.", "linguistics_term": "s-selection", "UID": "u"}
    (tmp_path / "u.jsonl").write_text(json.dumps({**row, "field": "syntax_semantics"}) + "\n")
    (lines,) = READERS["blimp"](load_card("blimp"), {"u": tmp_path / "u.jsonl"}).values()
    assert list(lines()) == ["A b.\tB a.\targument_structure\tsyntax/semantics\tu"]
    (tmp_path / "u.jsonl").write_text('{"sentence_good": "A"}\n')
    with pytest.raises(CorpusError, match=r"u.jsonl:1: not a pair of BLiMP's"):
        list(lines())


def test_the_card_holds_against_the_publishers_file(shared_corpora: Path, tmp_path: Path) -> None:
    (tmp_path / "data" / "blimp").mkdir(parents=True)
    (tmp_path / "data" / "blimp" / "BLiMP.zip").symlink_to(shared_corpora / "blimp" / "BLiMP.zip")
    pairs = MinimalPairSet.read(prepare(load_card("blimp")) / "pairs.txt")
    assert (pairs.name, len(pairs)) == (published.BLIMP, published.PAIRS)
    assert {pair.phenomenon for pair in pairs.pairs} == set(published.PHENOMENA)
    assert {pair.field for pair in pairs.pairs} == {"morphology", "syntax", "semantics", "syntax/semantics"}
    assert len({pair.paradigm for pair in pairs.pairs}) == 67


OWN = "the king was\tking the was\torder\tsyntax\nthe river\triver the\torder\tsyntax\nxyzzy\tyzzyx\tnoise\t\n"


def test_a_score_is_kept_shown_and_verified(call: Call, trained: Path, tmp_path: Path) -> None:
    (tmp_path / "my own.tsv").write_text(OWN)
    done = call("evaluate", "small", "--pairs", "my own.tsv")
    assert done.code == 0, done.err
    assert "3 minimal pairs (my own)" in done.out
    run = Run(trained / "runs" / "small")
    stored = SCORES.load(run, "my-own")
    assert (stored.all.right.n, stored.all.ties, stored.all.unknown) == (3, 1, 1)
    said = json.loads(call("evaluate", "--pairs", "my own.tsv", "--json").out)
    assert (said["run"], said["chance"], said["published"]) == ("small", 0.5, None)
    assert said["all"]["ties"] == 1
    (remade,) = REMADE
    assert remade.make(run, "my-own") == (MATCH, "3 pairs read again: the same")
    (tmp_path / "my own.tsv").write_text(OWN + "one\ttwo\n")
    assert remade.make(run, "my-own") == (UNCHECKED, "my own is not what it was when the run was scored")
    (tmp_path / "my own.tsv").unlink()
    assert remade.make(run, "my-own")[0] == UNCHECKED
    SCORES.path(run, "my-own").unlink()


def test_the_report_of_the_run_shows_it(run: Run, tmp_path: Path) -> None:
    copied = Run(Path(shutil.copytree(run.path, tmp_path / "model")))
    assert "minimal-pairs" not in [section.name for section in run_report(copied).sections]
    pairs = tuple(
        MinimalPair(hostile, f"{hostile} {hostile}", f"p{number}", "syntax") for number, hostile in enumerate(HOSTILE)
    )
    nats = np.arange(len(pairs)) * 1.0
    score = minimal_pair_score(
        MinimalPairSet("<b>mine", pairs, ""), nats, nats[::-1], nats > 2, run="model", source="mine.tsv"
    )
    SCORES.save(copied, score, "mine")
    assert SCORES.load(copied, "mine") == score
    page = to_html(run_report(copied))
    assert "What does it know about grammar?" in page
    assert "The good sentence of 12 minimal pairs (&lt;b&gt;mine) is the likelier one in 50.0 %" in page
    assert not any(hostile in page for hostile in HOSTILE[:2])


def test_a_forged_score_is_told() -> None:
    score = scored([1.0, 2.0, 3.0, 5.0], [2.0, 3.0, 2.0, 5.0], [False, True, False, True])
    other = scored([1.0, 2.0, 3.0, 5.0], [0.0, 1.0, 2.0, 6.0], [False, True, False, True])
    assert compared(score, score)[0] == MATCH
    assert compared(other, score)[0] == DIFFERS
    wide = replace(score.all.right, interval=replace(score.all.right.interval, low=0.49))
    assert compared(replace(score, all=replace(score.all, right=wide)), score)[0] == DIFFERS
    assert compared(replace(score, all=replace(score.all, ties=0)), score)[0] == DIFFERS
    assert compared(replace(score, fields=score.fields[:1]), score)[0] == DIFFERS


@pytest.mark.parametrize(
    ("arguments", "message", "code"),
    [
        (("small", "--pairs", "nothing.tsv"), "nothing.tsv: no such file", 2),
        (("small", "--pairs", "blimp"), "blimp is not at hand", 1),
        (("small", "--pairs", "wordsim353"), "is not a set of minimal pairs", 2),
        (("small", "--pairs", "blimpp"), "did you mean blimp?", 2),
        (("small",), "is scored on minimal pairs: use --pairs blimp", 2),
        (("phrases", "--pairs", "blimp"), "is a seq2seq run; this needs language-model", 2),
        (("phrases", "--pairs", "-3"), "--pairs -3: must be at least 1", 2),
    ],
)
def test_a_wrong_call_is_one_line(call: Call, arguments: tuple[str, ...], message: str, code: int) -> None:
    done = call("evaluate", *arguments)
    assert done.code == code
    assert message in done.err.strip().splitlines()[-1]
