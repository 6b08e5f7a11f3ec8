"""Question sets: numbered pairs with all their right answers, and the files that they are published in."""

from itertools import permutations
from pathlib import Path

import pytest

from embedkit.analysis.analogies.categories import Category, Pair
from embedkit.analysis.analogies.questions import AnalogySet
from embedkit.corpora import questions_file, similarity_file
from embedkit.errors import CorpusError


def written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_pairs_are_asked_both_ways_and_never_about_themselves() -> None:
    pairs = [Pair("cat", ("cats",)), Pair("dog", ("dogs", "hounds")), Pair("ox", ("oxen",))]
    plurals = Category.from_pairs("plurals", [*pairs, pairs[0]])
    assert plurals.pairs == tuple(pairs)
    assert plurals.questions == ((0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1))
    assert plurals.quadruples()[:3] == (
        ("cat", "cats", "dog", "dogs"),
        ("cat", "cats", "ox", "oxen"),
        ("dog", "dogs", "cat", "cats"),
    )


def test_the_pairs_of_questions_are_numbered_as_they_appear() -> None:
    quadruples = [("man", "king", "woman", "queen"), ("boy", "girl", "man", "king"), ("man", "king", "woman", "queen")]
    found = Category.from_quadruples("royal", quadruples)
    assert found.pairs == (Pair("man", ("king",)), Pair("woman", ("queen",)), Pair("boy", ("girl",)))
    assert found.questions == ((0, 1), (2, 0), (0, 1))
    assert found.quadruples() == tuple(quadruples)


def test_what_does_not_fit_together_is_refused() -> None:
    man, woman = Pair("man", ("king",)), Pair("woman", ("queen",))
    for build, said in (
        (lambda: Pair("man", ()), "lacks a word"),
        (lambda: Pair("man", ("king", "")), "lacks a word"),
        (lambda: Category("royal", (man, man), ()), "'royal': a pair stands twice"),
        (lambda: Category("royal", (man, woman), ((0, 2),)), "a pair that is not there"),
        (lambda: Category("royal", (man, woman), ((-1, 0),)), "a pair that is not there"),
        (lambda: Category("royal", (man, woman), ((0, 1), (1, 1))), "about 'woman' gives its answer"),
        (lambda: AnalogySet("none", ()), "none: there are no questions"),
        (lambda: AnalogySet("none", (Category.from_pairs("royal", [man]),)), "none: there are no questions"),
        (lambda: AnalogySet("two", (Category.from_pairs("royal", [man, woman]),) * 2), "two categories are called"),
    ):
        with pytest.raises(CorpusError, match=said):
            build()


def test_googles_format(tmp_path: Path) -> None:
    path = written(
        tmp_path / "few.txt", ": royal\nman king woman queen\n\n: fruit\na b c d\n: royal\nking man queen x\n"
    )
    found = AnalogySet.read(path)
    assert (found.name, len(found)) == ("few", 3)
    assert [category.name for category in found.categories] == ["royal", "fruit"]
    assert found.categories[0].quadruples() == (("man", "king", "woman", "queen"), ("king", "man", "queen", "x"))


def test_without_a_category_line_the_file_is_the_category(tmp_path: Path) -> None:
    found = AnalogySet.read(
        written(tmp_path / "msr.txt", "\ufeffgood better rough rougher\r\nbad worse big bigger\r\n")
    )
    (category,) = found.categories
    assert (found.name, category.name) == ("msr", "msr")
    assert category.quadruples()[1] == ("bad", "worse", "big", "bigger")


def test_googles_own_questions() -> None:
    found = AnalogySet.read(questions_file("google-analogies"))
    assert (found.name, len(found), len(found.categories)) == ("google-analogies", 19_544, 14)
    # From the distribution: 8,869 semantic and 10,675 syntactic questions (the latter begin with "gram").
    assert sum(len(c.questions) for c in found.categories if c.name.startswith("gram")) == 10_675
    (family,) = (category for category in found.categories if category.name == "family")
    assert (len(family.pairs), len(family.questions)) == (23, 23 * 22)


def test_pairs_with_several_answers(tmp_path: Path) -> None:
    path = written(
        tmp_path / "own.txt",
        ": plural\ncat\tcats\ndog   dogs/hounds/dogs\ncat\tcats\n: city\nNew York\tUnited States / USA\nRome\tItaly\n"
        ": royal\nman king woman queen\n",
    )
    plural, city, royal = AnalogySet.read(path, name="mine").categories
    assert plural.pairs == (Pair("cat", ("cats",)), Pair("dog", ("dogs", "hounds")))
    assert city.pairs == (Pair("New York", ("United States", "USA")), Pair("Rome", ("Italy",)))
    assert plural.questions == city.questions == tuple(permutations(range(2), 2))
    assert royal.quadruples() == (("man", "king", "woman", "queen"),)


def test_a_word_that_stands_twice_has_the_answers_of_both_lines(tmp_path: Path) -> None:
    path = written(
        tmp_path / "languages.txt", "switzerland german/french\naustria german\nswitzerland italian/german\n"
    )
    (category,) = AnalogySet.read(path).categories
    assert category.name == "languages"
    assert category.pairs == (Pair("switzerland", ("german", "french", "italian")), Pair("austria", ("german",)))
    assert len(category.questions) == 2


def test_a_folder_of_files_of_pairs(tmp_path: Path) -> None:
    folder = tmp_path / "BATS_3.0"
    written(folder / "1_Inflectional_morphology" / "I01 [noun - plural_reg].txt", "cat\tcats\ndog\tdogs\nox\toxen\n")
    written(
        folder / "4_Lexicographic_semantics" / "L01 [hypernyms - animals].txt", "cat\tfelid/animal\nox bovid/animal\n"
    )
    written(folder / "1_Inflectional_morphology" / "._I01 [noun - plural_reg].txt", "\0\0\n")
    written(folder / "metadata.json", "{}")
    found = AnalogySet.read(folder)
    assert (found.name, len(found)) == ("BATS_3.0", 6 + 2)
    assert [category.name for category in found.categories] == ["I01 [noun - plural_reg]", "L01 [hypernyms - animals]"]
    assert found.categories[1].pairs[1] == Pair("ox", ("bovid", "animal"))
    again = AnalogySet.read(folder / "4_Lexicographic_semantics")
    assert again.categories == found.categories[1:]


def test_a_set_prepared_from_bats_is_read_as_its_folder(tmp_path: Path) -> None:
    from embedkit.corpora import load_card
    from embedkit.corpora.readers import READERS

    folder = tmp_path / "BATS"
    files = {
        "I01": written(folder / "I01.txt", "cat\tcats\ndog\tdogs/hounds\n"),
        "L01": written(folder / "L01.txt", "cat\tfelid/animal\n\nox bovid/animal\n"),
    }
    lines = READERS["bats"](load_card("bats"), files)["questions"]
    prepared = written(tmp_path / "questions.txt", "".join(f"{line}\n" for line in lines()))
    assert AnalogySet.read(prepared).categories == AnalogySet.read(folder).categories


@pytest.mark.parametrize("ending", ["questions", "answers"])
def test_msr_in_two_files(tmp_path: Path, ending: str) -> None:
    written(tmp_path / "msr.questions", "good better rough\nbig bigger bad\ncat cats dog\n\n")
    written(tmp_path / "msr.answers", "JJ_JJR rougher\nJJ_JJR worse\nNN_NNS dogs\n")
    found = AnalogySet.read(tmp_path / f"msr.{ending}")
    adjectives, nouns = found.categories
    assert (found.name, adjectives.name, nouns.name) == ("msr", "JJ_JJR", "NN_NNS")
    assert adjectives.quadruples() == (("good", "better", "rough", "rougher"), ("big", "bigger", "bad", "worse"))
    assert nouns.quadruples() == (("cat", "cats", "dog", "dogs"),)


@pytest.mark.parametrize(
    ("files", "read", "said"),
    [
        (
            {"msr.questions": "a b c\n"},
            "msr.questions",
            r"msr\.questions:1: 3 words .*; put the answers .* msr\.answers",
        ),
        ({"msr.answers": "X d\n"}, "msr.answers", r"msr\.answers: answers to msr\.questions, which is not beside it"),
        ({"msr.questions": "a b c\n", "msr.answers": "X d\nX e\n"}, "msr.answers", r"1 questions, but 2 answers"),
        ({"msr.questions": "a b c\na b\n", "msr.answers": "X d\nX e\n"}, "msr.answers", r"msr\.questions:2: 2 words"),
        (
            {"msr.questions": "a b c\n", "msr.answers": "d\n"},
            "msr.answers",
            r"msr\.answers:1: one word where a category",
        ),
        ({"msr.questions": "a b a\n", "msr.answers": "X b\n"}, "msr.answers", r"msr\.questions:1: 'a' is given and"),
        ({"msr.questions": "\n", "msr.answers": "\n"}, "msr.answers", r"msr\.questions: there are no questions"),
        ({"a/x.txt": "a b\nc d\n", "b/x.txt": "a b\nc d\n"}, ".", r"b/x\.txt: 'x' is a category of .*a/x\.txt too"),
        ({"a/x.txt": "a b\nc d\n", "README.txt": "This is BATS.\n"}, ".", r"README\.txt:1: 3 words"),
        ({"a/x.csv": "a b\nc d\n"}, ".", "no .txt files in it"),
    ],
)
def test_files_that_do_not_belong_together(tmp_path: Path, files: dict[str, str], read: str, said: str) -> None:
    for name, text in files.items():
        written(tmp_path / name, text)
    with pytest.raises(CorpusError, match=said):
        AnalogySet.read(tmp_path / read)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("man king woman queen\n: royal\na b c d\n", r":1: a question before the first ': category' line"),
        (": royal\nman king woman\n", r":2: 3 words where a question has four and a pair two: 'man king woman'"),
        (": royal\nman\n", r":2: one word where"),
        (": royal\nman king woman queen\nboy girl\n", r":3: a pair among the questions of 'royal'; put it under"),
        (": royal\nman king\nboy girl man woman\n", r":3: a question among the pairs of 'royal'"),
        (": royal\na b c d\na b a b\n", r":3: 'a' is given and asked"),
        (": royal\nman\t/\n", r":2: no answer beside 'man'"),
        (": royal\nman king\n", r":1: one pair in 'royal' makes no question; add another"),
        (": royal\n: fruit\na b c d\n", r":1: no questions under 'royal'"),
        (":\nman king woman queen\n", r":1: a category without a name"),
        ("", "bad.txt: there are no questions"),
        ("\n  \n", "bad.txt: there are no questions"),
        ("love\tsex\t6.77\ntiger\tcat\t7.35\n", r":1: 3 words .*; .* try `embedkit similarity .*bad\.txt`"),
    ],
)
def test_a_malformed_set_names_its_line(text: str, said: str, tmp_path: Path) -> None:
    path = written(tmp_path / "bad.txt", text)
    with pytest.raises(CorpusError, match=said):
        AnalogySet.read(path)


def test_a_scored_set_is_told_by_its_end(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="try `embedkit similarity"):
        AnalogySet.read(similarity_file("simlex999"))
    header = "# Word 1\tWord 2\tHuman (mean)\nlove,sex,6.77\n"
    with pytest.raises(CorpusError, match=r":1: 7 words .*try `embedkit similarity"):
        AnalogySet.read(written(tmp_path / "scored.csv", header))


def test_a_set_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_bytes(b": royal\nman king woman \xff\n")
    with pytest.raises(CorpusError, match=r"bad\.txt:2: not UTF-8"):
        AnalogySet.read(tmp_path / "bad.txt")
    with pytest.raises(CorpusError, match=r"nowhere\.txt: no such file or folder"):
        AnalogySet.read(tmp_path / "nowhere.txt")
