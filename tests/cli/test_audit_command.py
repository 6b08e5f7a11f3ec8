"""`embedkit audit`."""

import json
from pathlib import Path

import pytest

from tests.command_line import Call

OWN = """
[[tests]]
name = "crowns"
X = {name = "men", words = ["king", "man", "boy", "brother"]}
Y = {name = "women", words = ["queen", "woman", "girl", "sister"]}
A = {name = "he", words = ["he", "his"]}
B = {name = "she", words = ["she", "her"]}
"""


def test_a_test_of_ones_own_is_printed_and_given_as_json(call: Call, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(OWN)
    done = call("audit", "vectors", "--weat", "own.toml", "--resamples", "100")
    assert done.code == 0, done.err
    assert "Association tests on vectors/vectors" in done.out
    assert "12 of 12" in done.out
    assert "published" not in done.out.splitlines()[1]
    said = json.loads(call("audit", "vectors", "--weat", "own.toml", "--resamples", "100", "--json").out)
    (test,) = said["tests"]
    assert (test["divisions"], test["exact"], test["no_headline"]) == (70, True, "")
    assert -2 < test["effect"] < 2


def test_what_is_not_known_is_said(call: Call) -> None:
    done = call("audit", "vectors", "--weat", "career-family")
    assert done.code == 0
    assert "career-family: not to be quoted; fewer than half of the words are known: 0 of 8 of male names" in done.out
    assert "+1.81" in done.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--weat", "nonsense"), "unknown set of words 'nonsense'"),
        (("--resamples", "3"), "--resamples 3: an interval of 95 % needs 100 or more"),
        (("phrases/phrases",), "association tests are about words"),
    ],
)
def test_a_wrong_call_is_one_line(call: Call, arguments: tuple[str, ...], message: str) -> None:
    done = call("audit", *arguments)
    assert done.code == 2
    assert message in done.err.strip().splitlines()[-1]
