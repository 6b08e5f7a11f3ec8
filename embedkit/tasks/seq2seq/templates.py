"""Templated phrases of known kind, to measure whether phrases with a meaning in common lie together.

A kind has several templates, and a template is filled with several words:

    kind "past":    … ago        the last …     in recent …
    filled with:    two days     seven years    a few weeks

So every phrase has a template and a filler. "a few days ago" beside "five days ago" is a
repeated word; beside "in recent weeks" it is a meaning. Fillers are shared between past, future and durations, and
small words such as "in" and "until" between most kinds: a bag of words is led astray by both.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from embedkit.errors import UsageError


@dataclass(frozen=True)
class LabelledPhrase:
    """A lower-case phrase of a known kind.

    Attributes:
        text: such as "a few days ago".
        kind: such as "past", a key of `KINDS`.
        template: such as "past: … ago". No two templates of a kind share a word that carries its meaning.
        filler: the noun or name it was filled with, such as "days"; how many of them is not part of it.
    """

    text: str
    kind: str
    template: str
    filler: str


_AMOUNTS = ("two", "three", "four", "five", "six", "seven", "ten", "twelve", "a few", "several")
_BARE_AMOUNTS = ("two", "three", "four", "five", "six", "ten", "few", "several")  # after "the"
_NUMBERS = ("three", "five", "ten", "twelve", "20", "30", "50", "100", "200", "500")
_UNITS = ("hours", "days", "weeks", "months", "years", "decades")
_LONG_UNITS = ("days", "weeks", "months", "years", "decades", "centuries")
_MEASURES = ("kilometers", "miles", "meters", "feet", "acres", "tons", "pounds", "dollars", "gallons", "inches")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_YEARS = tuple(str(year) for year in (*range(1850, 1950, 10), *range(1950, 2011, 5)))
_PLACES = (
    *("london", "paris", "rome", "berlin", "vienna", "madrid", "athens"),
    *("moscow", "tokyo", "chicago", "boston", "dublin", "cairo", "toronto"),
)

_Frame = tuple[str, tuple[str, ...], tuple[str, ...]]


def _spans(pattern: str, amounts: tuple[str, ...] = _AMOUNTS, units: tuple[str, ...] = _UNITS) -> _Frame:
    return pattern, amounts, units


def _names(patterns: Iterable[str], names: tuple[str, ...]) -> tuple[_Frame, ...]:
    return tuple((pattern, ("",), names) for pattern in patterns)


KINDS: Mapping[str, tuple[_Frame, ...]] = {
    "months": _names(
        (
            *("in {filler}", "early {filler}", "late {filler}", "the month of {filler}"),
            *("until {filler}", "mid {filler}", "the 12th of {filler}"),
        ),
        _MONTHS,
    ),
    "weekdays": _names(
        (
            *("on {filler}", "every {filler}", "{filler} morning", "{filler} night", "by {filler}"),
            *("until {filler}", "a quiet {filler}", "{filler} at noon", "{filler} afternoon"),
        ),
        _WEEKDAYS,
    ),
    "years": _names(
        (
            *("in {filler}", "since {filler}", "by {filler}", "the year {filler}"),
            *("until {filler}", "around {filler}", "from {filler} onwards", "the summer of {filler}"),
        ),
        _YEARS,
    ),
    "past": (
        _spans("{amount} {filler} ago"),
        _spans("{amount} {filler} back"),
        _spans("{amount} {filler} earlier"),
        _spans("the last {amount} {filler}", _BARE_AMOUNTS),
        _spans("the past {amount} {filler}", _BARE_AMOUNTS),
        _spans("the previous {amount} {filler}", _BARE_AMOUNTS),
        _spans("in recent {filler}", ("",), _LONG_UNITS),
    ),
    "future": (
        _spans("in {amount} {filler}"),
        _spans("within {amount} {filler}"),
        _spans("{amount} {filler} from now"),
        _spans("the next {amount} {filler}", _BARE_AMOUNTS),
        _spans("the coming {filler}", ("",), _LONG_UNITS),
        _spans("the {filler} ahead", ("",), _LONG_UNITS),
        _spans("{amount} {filler} to come", ("many",), _LONG_UNITS),
    ),
    "durations": (
        _spans("for {amount} {filler}"),
        _spans("lasted {amount} {filler}"),
        _spans("took {amount} {filler}"),
        _spans("{amount} {filler} long"),
        _spans("{amount} {filler} in a row"),
        _spans("spent {amount} {filler}"),
    ),
    "quantities": (
        _spans("{amount} {filler}", ("three", "five", "20", "100", "a few", "several"), _MEASURES),
        _spans("about {amount} {filler}", _NUMBERS, _MEASURES),
        _spans("more than {amount} {filler}", _NUMBERS, _MEASURES),
        _spans("at least {amount} {filler}", _NUMBERS, _MEASURES),
        _spans("up to {amount} {filler}", _NUMBERS, _MEASURES),
        _spans("nearly {amount} {filler}", _NUMBERS, _MEASURES),
        _spans("only {amount} {filler}", _NUMBERS, _MEASURES),
    ),
    "places": _names(
        (
            *("in {filler}", "near {filler}", "the city of {filler}", "outside {filler}"),
            *("the road to {filler}", "downtown {filler}", "arrived from {filler}"),
        ),
        _PLACES,
    ),
}
"""Kind → its templates: a pattern, the amounts and the fillers that it takes."""


def templated_phrases(seed: int = 1, per_kind: int = 60) -> list[LabelledPhrase]:
    """At most `per_kind` phrases of each of the eight kinds, in the order of `KINDS`; no text stands twice.

    The phrases of a kind are spread evenly over its templates, and drawn by the seed within each.

    Raises:
        UsageError: per_kind is below 1.
    """
    if per_kind < 1:
        raise UsageError(f"per_kind is {per_kind}; ask for at least one phrase of each kind")
    phrases = []
    for number, kind in enumerate(KINDS):
        # A generator a kind: a template added to one leaves the draws of the others as they are.
        rng = np.random.default_rng([seed, number])
        pools = [_filled(kind, frame) for frame in KINDS[kind]]
        shuffled = [[pool[i] for i in rng.permutation(len(pool))] for pool in pools]
        rounds = range(max(map(len, pools)))
        phrases += [pool[turn] for turn in rounds for pool in shuffled if turn < len(pool)][:per_kind]
    return phrases


def _filled(kind: str, frame: _Frame) -> list[LabelledPhrase]:
    """Every phrase that a template makes."""
    pattern, amounts, fillers = frame
    template = f"{kind}: {pattern.replace('{amount} ', '').replace('{filler}', '…')}"
    return [
        LabelledPhrase(" ".join(pattern.format(amount=amount, filler=filler).split()), kind, template, filler)
        for amount in amounts
        for filler in fillers
    ]
