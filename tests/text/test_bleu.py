"""BLEU and chrF: by hand, and as sacrebleu's own command line prints them."""

import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from embedkit.errors import UsageError
from embedkit.text.bleu import bleu, bleu_of, bleu_statistics, chrf, sentence_chrf

HYPOTHESES = ["the cat sat on the mat", "A dog barks loudly at night .", "", "it rains, again", "two weeks ago"]
REFERENCES = ["the cat sat on a mat", "a dog barks at the moon.", "nothing is left", "It rains, again!", "a week ago"]
OTHERS = ["a cat sat on the mat", "the dog barks in the night.", "nothing", "it is raining again", "two weeks back"]


def command_line(folder: Path, hypotheses: list[str], *references: list[str], options: tuple[str, ...] = ()) -> list:
    """What sacrebleu's own command prints, a dictionary a metric."""
    names = [f"reference{i}" for i in range(len(references))]
    for name, lines in zip(["hypothesis", *names], [hypotheses, *references], strict=True):
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    call = [sys.executable, "-m", "sacrebleu", *names, "-i", "hypothesis", "-m", "bleu", "chrf", *options]
    made = subprocess.run(call, cwd=folder, capture_output=True, text=True, check=True, timeout=60)
    return json.loads(made.stdout)


@pytest.mark.parametrize("lowercase", [False, True])
def test_as_the_command_line_prints(tmp_path: Path, lowercase: bool) -> None:
    options = ("--lowercase", "--chrf-lowercase") if lowercase else ()
    printed = command_line(tmp_path, HYPOTHESES, REFERENCES, options=("-w", "10", *options))
    for found, expected in zip([bleu, chrf], printed, strict=True):
        score = found(HYPOTHESES, REFERENCES, lowercase=lowercase)
        assert score.score == pytest.approx(expected["score"], abs=1e-9)
        assert score.signature == expected["signature"]
        assert 0 < score.score < 100


def test_several_references_as_the_command_line_prints(tmp_path: Path) -> None:
    printed = command_line(tmp_path, HYPOTHESES, REFERENCES, OTHERS, options=("-w", "10"))
    several = list(zip(REFERENCES, OTHERS, strict=True))
    for found, expected in zip([bleu, chrf], printed, strict=True):
        score = found(HYPOTHESES, several)
        assert (score.score, score.signature) == (pytest.approx(expected["score"], abs=1e-9), expected["signature"])
        assert score.score > found(HYPOTHESES, REFERENCES).score


def test_references_may_differ_in_number() -> None:
    found = bleu(HYPOTHESES, [[r] if i else [r, OTHERS[0]] for i, r in enumerate(REFERENCES)])
    assert "nrefs:var" in found.signature
    assert found.score > bleu(HYPOTHESES, REFERENCES).score


def test_bleu_by_hand() -> None:
    # Five of five words stand in the reference, three of four pairs, one of three triples, none of two fours (halved
    # once: 1 / (2 * 2)); as many words as the reference has, so no penalty.
    hypothesis, reference = "a b c e d", "a b c d e"
    expected = 100 * (5 / 5 * 2 / 4 * 1 / 3 * 1 / 4) ** 0.25
    assert bleu([hypothesis], [reference]).score == pytest.approx(expected)
    # One word less than the reference: exp(1 - 5/4).
    assert bleu(["a b c d"], [reference]).score == pytest.approx(100 * math.exp(-0.25))
    assert bleu_statistics([hypothesis], [reference]).tolist() == [[5, 5, 5, 2, 1, 0, 5, 4, 3, 2]]


def test_the_same_text_has_100_and_another_has_none() -> None:
    assert bleu(["a b c d"], ["a b c d"]).score == pytest.approx(100)
    assert chrf(["a b c d"], ["a b c d"]).score == pytest.approx(100)
    assert bleu(["x y z w"], ["a b c d"]).score == 0
    assert chrf(["x y z w"], ["a b c d"]).score == 0
    assert bleu([""], ["a b c d"]).score == 0


def test_statistics_sum_to_the_score() -> None:
    statistics = bleu_statistics(HYPOTHESES, REFERENCES)
    assert bleu_of(statistics.sum(axis=0)) == pytest.approx(bleu(HYPOTHESES, REFERENCES).score)
    rows = [0, 0, 4]
    chosen = bleu([HYPOTHESES[i] for i in rows], [REFERENCES[i] for i in rows]).score
    assert bleu_of(statistics[rows].sum(axis=0)) == pytest.approx(chosen)


def test_sentences_by_themselves() -> None:
    found = sentence_chrf(["ab", "ab", ""], [["ab"], ["cd", "ab"], ["x"]])
    assert found == pytest.approx([100, 100, 0])
    assert found.dtype == np.float64
    # One of two letters found, no pair: precision and recall are the means of 1/2 and 0.
    assert sentence_chrf(["ab"], ["ac"]) == pytest.approx([25])


def test_letter_case_counts_by_default() -> None:
    assert sentence_chrf(["AB"], ["ab"]) == pytest.approx([0])
    assert sentence_chrf(["AB"], ["ab"], lowercase=True) == pytest.approx([100])
    assert chrf(["AB"], ["ab"]).score == 0
    assert bleu(["A B C D"], ["a b c d"]).score == 0
    assert bleu(["A B C D"], ["a b c d"], lowercase=True).score == pytest.approx(100)


def test_wrong_calls_are_said() -> None:
    with pytest.raises(UsageError, match="no hypotheses"):
        bleu([], [])
    with pytest.raises(UsageError, match="1 hypotheses cannot be compared with 2"):
        chrf(["a"], ["a", "b"])
    with pytest.raises(UsageError, match=r"hypothesis 1 \('b'\) has no reference"):
        bleu(["a", "b"], [["a"], []])
    with pytest.raises(UsageError, match="single one into a list"):
        bleu("a", "a")
    with pytest.raises(UsageError, match="single one into a list"):
        sentence_chrf(["a"], "a")


def test_a_tokenised_corpus_makes_no_noise(caplog: pytest.LogCaptureFixture) -> None:
    bleu(["it rains ."] * 200, ["it rains ."] * 200)
    bleu_statistics(["it rains ."] * 200, ["it rains ."] * 200)
    assert caplog.records == []
