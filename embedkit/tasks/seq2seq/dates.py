"""Dates in many spellings and what they are in another language, from the Unicode CLDR: pairs without end or network.

Babel is imported where it is used: only those who ask for dates should wait for it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING

from embedkit.corpora.parallel import Origin, ParallelCorpus, generated, held_out_split
from embedkit.errors import UsageError, unknown

if TYPE_CHECKING:
    from babel import Locale

FIRST, LAST = date(1900, 1, 1), date(2099, 12, 31)
DAYS = (LAST - FIRST).days + 1

_ORDINAL = "'{th}'"
_ENGLISH = (
    "d MMMM y",
    "d MMM y",
    "dd MMM y",
    "dd-MMM-y",
    "MMMM d y",
    "MMM d y",
    "y MMMM d",
    "y/MM/dd",
    "EEEE, d MMMM y",
    "EEEE d MMMM y",
    "EEE, d MMM y",
    "EEE, MMM d, y",
    "EEE MMM d y",
    f"{_ORDINAL} MMMM y",
    f"MMMM {_ORDINAL}, y",
    f"'the' {_ORDINAL} 'of' MMMM y",
    f"EEEE, MMMM {_ORDINAL}, y",
    f"EEEE 'the' {_ORDINAL} 'of' MMMM, y",
)
_SKELETONS = ("yMMMd", "yMMMMd", "yMMMEd", "yMMMMEEEEd")
_ISO = "y-MM-dd"
_LOWERCASED = 0.25


def date_pairs(
    languages: Sequence[str] = ("it",), *, source_language: str = "en", size: int = 30_000, seed: int = 1
) -> ParallelCorpus:
    """Dates from 1900 to 2099 in one of many spellings of the source language, and spelled out in a target language.

    "Mar 4, 1999" becomes "4 marzo 1999": CLDR's long format. Where the source shows the day of the week, so does the
    target, in CLDR's full format: "Thu, 4 Mar 1999" becomes "giovedì 4 marzo 1999". The target is a function of the
    source: a spelling with two digits for the year, or with the month as a number unless the year stands first, is not
    among them. With several target languages the source begins with the code of the one meant: "fr: 4 May 1999".

    Sources are distinct. Dates are split by a hash, 90, 5 and 5 %: none of valid or test is in train in any spelling.

    Args:
        languages: the target languages, as CLDR calls them: "it", "pt_BR", "zh_Hans".
        size: how many pairs, in all splits together.
        seed: which dates, spellings and target languages are drawn. The held-out dates are the same for every seed.

    Raises:
        UsageError: CLDR has no such language, it is there twice, or there are not that many pairs.
    """
    languages = [languages] if isinstance(languages, str) else list(languages)
    if not languages or len(set(languages)) < len(languages):
        raise UsageError(f"target languages {', '.join(languages) or '(none)'}: give at least one, and each once")
    source = _locale(source_language)
    targets = {language: _locale(language) for language in languages}
    patterns = spellings(source_language)
    most = _most(patterns, source) * len(languages)
    if not 1 <= size <= most:
        raise UsageError(f"{size:,} dates: must be at least 1 and at most {most:,}")
    splits: dict[str, list[tuple[str, str]]] = {"train": [], "valid": [], "test": []}
    for day, pair in _draw(patterns, source, targets, size, Random(seed)):
        splits[held_out_split(day.isoformat())].append(pair)
    name = f"dates-{source_language}-{'-'.join(languages)}"
    origin = Origin(
        name,
        licence="Unicode License v3 (CLDR)",
        citation="Unicode Common Locale Data Repository (cldr.unicode.org), through Babel (babel.pocoo.org)",
        source_language=source_language,
        target_language=languages[0] if len(languages) == 1 else "",
        pretokenized=False,
    )
    return generated(name, splits, origin)


def spellings(language: str) -> tuple[str, ...]:
    """The patterns, in CLDR's notation, by which a date is written in a source language.

    These are the locale's own, and for English some that people write besides. All have the whole year, and the month
    in letters unless the year stands first. "{th}" in an English pattern stands for the day with its ending: 1st, 22nd.

    Raises:
        UsageError: CLDR has no such language.
    """
    locale = _locale(language)
    own = [locale.date_formats[name].pattern for name in ("full", "long", "medium", "short")]
    own += [locale.datetime_skeletons[name].pattern for name in _SKELETONS if name in locale.datetime_skeletons]
    more = _ENGLISH if locale.language == "en" else ()
    return tuple(pattern for pattern in dict.fromkeys((*own, *more, _ISO)) if _is_plain(pattern))


def spell(day: date, pattern: str, locale: "Locale | str") -> str:
    """A date by one of the patterns of `spellings`.

    >>> spell(date(1999, 3, 4), "EEE, d MMM y", "en")
    'Thu, 4 Mar 1999'
    """
    from babel.dates import format_date

    return format_date(day, pattern, locale=locale).replace("{th}", _ordinal(day.day))


def spelled_out(day: date, locale: "Locale | str", *, weekday: bool) -> str:
    """The date in CLDR's long format, or with the day of the week in its full format.

    >>> spelled_out(date(1999, 3, 4), "it", weekday=True)
    'giovedì 4 marzo 1999'
    """
    from babel.dates import format_date

    return format_date(day, "full" if weekday else "long", locale=locale)


def shows_weekday(pattern: str) -> bool:
    """Whether a pattern in CLDR's notation has the day of the week in it."""
    return re.search("[Ec]", _unquoted(pattern)) is not None


def _most(patterns: Sequence[str], locale: "Locale") -> int:
    """How many pairs may be asked for: half of all, as drawing goes on until enough are distinct."""
    # Some are the same in some months: "4 May 1999" by two patterns.
    days = [date(1999, month, 4) for month in range(1, 13)]
    return DAYS * min(len({spell(day, pattern, locale) for pattern in patterns}) for day in days) // 2


def _draw(
    patterns: Sequence[str], source: "Locale", targets: Mapping[str, "Locale"], size: int, random: Random
) -> Iterator[tuple[date, tuple[str, str]]]:
    """`size` pairs with distinct sources, each with its date."""
    seen: set[str] = set()
    languages = list(targets)
    while len(seen) < size:
        day = FIRST + timedelta(days=random.randrange(DAYS))
        pattern, language = random.choice(patterns), random.choice(languages)
        text = spell(day, pattern, source)
        if random.random() < _LOWERCASED:
            text = text.lower()
        if len(languages) > 1:
            text = f"{language}: {text}"
        if text not in seen:
            seen.add(text)
            yield day, (text, spelled_out(day, targets[language], weekday=shows_weekday(pattern)))


def _ordinal(number: int) -> str:
    """A number up to 31 with its English ending: 1st, 2nd, 3rd, 4th, 11th, 21st."""
    ending = "th" if number in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _is_plain(pattern: str) -> bool:
    """Whether a date cannot be read in two ways: the whole year and the day, and no order of day and month to guess."""
    fields = re.findall(r"((.)\2*)", re.sub("[^A-Za-z]", "", _unquoted(pattern.replace(_ORDINAL, "d"))))
    length = {letter: len(field) for field, letter in fields}
    month = max(length.get("M", 0), length.get("L", 0))
    return length.get("y") in (1, 4) and "d" in length and (month in (3, 4) or (month > 0 and fields[0][1] == "y"))


def _unquoted(pattern: str) -> str:
    return re.sub("'[^']*'", "", pattern)


def _locale(language: str) -> "Locale":
    from babel import Locale, UnknownLocaleError
    from babel.localedata import locale_identifiers

    try:
        return Locale.parse(language.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        named = [code for code, name in Locale("en").languages.items() if name.lower() == language.lower()]
        hint = f"({language} is {named[0]})" if named else "(such as it, fr, de or pt_BR)"
        raise unknown(
            "language", language, sorted(locale_identifiers(), key=lambda c: (len(c), c)), hint=hint
        ) from None
