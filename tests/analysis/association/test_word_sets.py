"""Sets of words for association tests."""

from pathlib import Path

import pytest

from embedkit.analysis.association.word_sets import WordSet, association_tests
from embedkit.errors import UsageError

OWN = """
source = "mine"
[[tests]]
name = "own"
X = ["a", "b"]
Y = {name = "why", words = ["c", " d "]}
A = ["e", "f"]
B = ["g", "h"]
"""


def test_the_ten_tests_of_the_paper_come_along() -> None:
    tests = association_tests("caliskan2017")
    assert [test.published for test in tests] == [1.5, 1.53, 1.41, 1.5, 1.28, 1.81, 1.06, 1.24, 1.38, 1.21]
    sizes = [tuple(len(each.words) for each in test.sets) for test in tests]
    assert sizes == [
        *[(25, 25, 25, 25)] * 2,
        *[(32, 32, 25, 25), (16, 16, 25, 25), (16, 16, 8, 8)],
        *[(8, 8, 8, 8)] * 3,
        *[(6, 6, 7, 7), (8, 8, 8, 8)],
    ]
    (one,) = association_tests("career-family")
    assert (one.x.name, one.x.words[0], one.b.words[0]) == ("male names", "John", "home")
    assert "Caliskan" in one.source


def test_a_file_of_ones_own_is_read(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(OWN)
    (test,) = association_tests(str(tmp_path / "own.toml"))
    assert (test.x.name, test.y.name, test.y.words, test.source, test.published) == (
        "X",
        "why",
        ("c", "d"),
        "mine",
        None,
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "there are no [[tests]] in it"),
        ("[tests]\n", "there are no [[tests]] in it"),
        ("= 3", "not TOML"),
        (OWN.replace('name = "own"', "name = 3"), "test 1 has no name"),
        (OWN.replace('A = ["e", "f"]', ""), "own: A must be a list of words"),
        (OWN.replace('"e", "f"', "1, 2"), "own: A must be a list of words"),
        (OWN.replace('"e", "f"', '"e"'), "own: A: it takes two words or more"),
        (OWN.replace('"e", "f"', '"e", "e"'), "own: A: 'e' stands twice"),
        (OWN.replace('name = "own"', 'name = "own"\npublished = "x"'), "published is 'x'; it must be a number"),
        (OWN.replace('name = "own"', 'name = "own"\npublished = nan'), "published is nan; it must be a number"),
        (OWN.replace('name = "own"', f'name = "own"\npublished = 1{"0" * 400}'), "000; it must be a number"),
    ],
)
def test_a_malformed_file_is_named(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(text)
    with pytest.raises(UsageError) as error:
        association_tests(str(tmp_path / "own.toml"))
    assert message in str(error.value)
    assert "own.toml" in str(error.value)


def test_many_words_are_not_each_held_against_all_others() -> None:
    comparisons = 0

    class Word(str):
        __hash__ = str.__hash__

        def __eq__(self, other: object) -> bool:
            nonlocal comparisons
            comparisons += 1
            return str.__eq__(self, other)

    WordSet("many", tuple(Word(f"w{number}") for number in range(500)))
    assert comparisons < 5_000


def test_an_unknown_name_is_told() -> None:
    with pytest.raises(UsageError, match="did you mean career-family"):
        association_tests("carreer-family")
    with pytest.raises(UsageError, match=r"nothing\.toml: no such file"):
        association_tests("nothing.toml")
