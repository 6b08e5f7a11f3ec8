"""Dates in many spellings: known ones by hand, one target for each source, and held-out dates that are nowhere else."""

import re
from datetime import date

import pytest

from embedkit.corpora import ParallelCorpus
from embedkit.errors import UsageError
from embedkit.tasks.seq2seq.dates import DAYS, FIRST, LAST, date_pairs, shows_weekday, spell, spelled_out, spellings

DAY = date(1999, 3, 4)  # a Thursday
ITALIAN_MONTHS = ["gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre"]
ITALIAN_MONTHS += ["ottobre", "novembre", "dicembre"]


@pytest.fixture(scope="module")
def italian() -> ParallelCorpus:
    return date_pairs(size=6_000)


def all_pairs(corpus: ParallelCorpus) -> list[tuple[str, str]]:
    return [pair for split in corpus.splits for pair in corpus.pairs(split)]


def the_day(italian: str) -> date:
    """The date of "4 marzo 1999" or "giovedì 4 marzo 1999", read without Babel."""
    *_, day, month, year = italian.split()
    return date(int(year), ITALIAN_MONTHS.index(month) + 1, int(day))


@pytest.mark.parametrize(
    "text",
    [
        "4 March 1999",
        "March 4, 1999",
        "Mar 4, 1999",
        "04-Mar-1999",
        "Thursday, March 4, 1999",
        "Thu, 4 Mar 1999",
        "March 4th, 1999",
        "the 4th of March 1999",
        "1999-03-04",
        "1999/03/04",
    ],
)
def test_english_has_these_spellings(text: str) -> None:
    assert text in {spell(DAY, pattern, "en") for pattern in spellings("en")}


def test_a_spelling_that_can_be_read_in_two_ways_is_not_among_them() -> None:
    for language in ("en", "de", "fr", "it", "ja", "pt_BR"):
        texts = [spell(DAY, pattern, language) for pattern in spellings(language)]
        assert len(texts) >= 4
        assert all("1999" in text for text in texts)
        # The month is in letters, or the year stands first.
        assert all(re.search(r"[^\W\d]{3}", text) or text.startswith("1999") for text in texts)
    assert "04.03.1999" not in [spell(DAY, pattern, "de") for pattern in spellings("de")]


@pytest.mark.parametrize(
    ("day", "text"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (23, "23rd")]
)
def test_a_day_has_its_english_ending(day: int, text: str) -> None:
    assert spell(date(2001, 5, day), "MMMM '{th}', y", "en") == f"May {text}, 2001"


@pytest.mark.parametrize(
    ("language", "long", "full"),
    [
        ("it", "4 marzo 1999", "giovedì 4 marzo 1999"),
        ("fr", "4 mars 1999", "jeudi 4 mars 1999"),
        ("de", "4. März 1999", "Donnerstag, 4. März 1999"),
        ("pt_BR", "4 de março de 1999", "quinta-feira, 4 de março de 1999"),
        ("ja", "1999年3月4日", "1999年3月4日木曜日"),
    ],
)
def test_a_date_is_spelled_out_as_the_language_does(language: str, long: str, full: str) -> None:
    assert spelled_out(DAY, language, weekday=False) == long
    assert spelled_out(DAY, language, weekday=True) == full


def test_the_target_is_a_function_of_the_source_over_every_spelling_of_many_days() -> None:
    patterns = spellings("en")
    meant: dict[str, tuple[date, bool]] = {}
    for number in range(0, DAYS, 61):
        day = date.fromordinal(FIRST.toordinal() + number)
        for pattern in patterns:
            for text in (spell(day, pattern, "en"), spell(day, pattern, "en").lower()):
                assert meant.setdefault(text, (day, shows_weekday(pattern))) == (day, shows_weekday(pattern))
    assert len(meant) > 20 * DAYS / 61


def test_every_pair_means_the_same_day(italian: ParallelCorpus) -> None:
    pairs = all_pairs(italian)
    assert len(pairs) == len({source for source, _ in pairs}) == 6_000
    weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    for source, target in pairs:
        day = the_day(target)
        assert FIRST <= day <= LAST
        assert str(day.year) in source
        assert re.search(rf"(?<!\d)0?{day.day}(?!\d)", source.replace(str(day.year), ""))
        named = [i for i, name in enumerate(weekdays) if re.search(rf"\b{name[:3]}", source.lower())]
        assert named == ([day.weekday()] if len(target.split()) == 4 else [])


def test_there_are_many_spellings_and_some_in_lower_case(italian: ParallelCorpus) -> None:
    shapes = {re.sub(r"\d+", "0", re.sub(r"[^\W\d]+", "a", source)) for source, _ in all_pairs(italian)}
    assert len(shapes) >= 15
    lettered = [source for source, _ in all_pairs(italian) if re.search(r"[a-z]", source)]
    lower = sum(source == source.lower() for source in lettered) / len(lettered)
    assert 0.15 < lower < 0.35


def test_no_held_out_date_is_trained_on_in_any_spelling(italian: ParallelCorpus) -> None:
    days = {split: {the_day(target) for target in italian.target.lines(split)} for split in italian.splits}
    assert set(days) == {"train", "valid", "test"}
    assert days["train"].isdisjoint(days["valid"] | days["test"])
    assert days["valid"].isdisjoint(days["test"])
    assert 0.85 < italian.source.counts["train_lines"] / 6_000 < 0.95


def test_the_same_seed_gives_the_same_pairs_and_the_held_out_dates_are_those_of_every_seed() -> None:
    first, again, other = date_pairs(size=400), date_pairs(size=400), date_pairs(size=400, seed=2)
    assert first.checksum == again.checksum
    assert first.checksum != other.checksum
    train = {the_day(target) for target in other.target.lines("train")}
    assert train.isdisjoint({the_day(target) for target in first.target.lines("valid")})


def test_with_several_languages_the_source_says_which() -> None:
    corpus = date_pairs(("fr", "de"), size=2_000)
    assert corpus.name == "dates-en-fr-de"
    assert corpus.target_language == ""
    for source, target in all_pairs(corpus):
        code, _, text = source.partition(": ")
        assert code in {"fr", "de"}
        assert text
        assert bool(re.search(r"\d\. ", target)) == (code == "de")


def test_a_corpus_of_dates_says_what_it_is(italian: ParallelCorpus) -> None:
    assert (italian.name, italian.source_language, italian.target_language) == ("dates-en-it", "en", "it")
    assert "Unicode" in italian.licence
    assert "cldr.unicode.org" in italian.citation
    assert not italian.mirrored


def test_dates_go_from_another_language_too() -> None:
    corpus = date_pairs(("en",), source_language="it", size=300)
    assert corpus.name == "dates-it-en"
    assert {"March", "May", "June"} & {word for _, target in all_pairs(corpus) for word in target.split()}


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ({"languages": ("itt",)}, "unknown language 'itt'; did you mean .*it"),
        ({"languages": ("italian",)}, r"unknown language 'italian'; .*\(italian is it\)"),
        ({"source_language": "en_XX"}, "unknown language 'en_XX'"),
        ({"languages": ()}, "give at least one"),
        ({"languages": ("it", "it")}, "each once"),
        ({"size": 0}, "must be at least 1"),
        ({"size": 10_000_000}, "and at most"),
    ],
)
def test_a_wrong_call_is_said(call: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        date_pairs(**call)  # type: ignore[arg-type]
