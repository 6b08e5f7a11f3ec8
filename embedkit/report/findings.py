"""What a page says first: the few findings that are strongest beside their own baseline, and what could not be said.

Findings of different measures are put in order by how far on the way from its baseline to the best there can be the
lower end of a finding's interval lies: the skill of a forecast (Murphy 1988, Monthly Weather Review 116), of which
Cohen's kappa is a case. A finding without a baseline comes after those with one, in the order of the page.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from embedkit.analysis.intervals import Interval
from embedkit.numerals import percent

MOST, FEWEST = 5, 3

Standing = Literal["result", "trust", "open", "detail"]
"""What a sentence is: a result; how far something can be trusted; what could not be said, with its reason; or a detail,
which leads its section and says nothing to whoever has two minutes."""


@dataclass(frozen=True)
class Measure:
    """A figure on the scale from what a baseline gives to the best there can be.

    Attributes:
        value: the figure; of 0 to `best`, or of any scale that runs from `baseline` to `best`.
        interval: 95 %, or of several trainings from the worst to the best; None where there is none, and the value
            stands for both ends.
        against: what gives the baseline: "a shuffled map".
        written: the value, the baseline and the best as a reader sees them.
        best_is: what the best would be.
    """

    value: float
    baseline: float
    best: float
    against: str
    written: tuple[str, ...]
    interval: Interval | None = None
    best_is: str = "the best possible"

    @property
    def skill(self) -> float:
        """The share of the way from the baseline to the best that the figure has gone for certain; 1 is all of it."""
        low, high = (self.value, self.value) if self.interval is None else (self.interval.low, self.interval.high)
        certain = low if self.best > self.baseline else high
        return self._share(certain)

    @property
    def places(self) -> tuple[float, float, float]:
        """Where the low end, the value and the high end lie, from 0 at the baseline to 1 at the best, cut at both."""
        ends = (self.value, self.value) if self.interval is None else (self.interval.low, self.interval.high)
        low, high = sorted(min(1.0, max(0.0, self._share(end))) for end in ends)
        return low, min(1.0, max(0.0, self._share(self.value))), high

    def _share(self, value: float) -> float:
        way = self.best - self.baseline
        return (value - self.baseline) / way if way else 0.0


@dataclass(frozen=True)
class Finding:
    """What a section's data say.

    Attributes:
        text: one sentence or a few, for the section. Of several findings of a section the first leads it.
        plain: the same for whoever has two minutes; `text` where it is empty.
        anchor, heading: the section that it stands in.
    """

    text: str
    measure: Measure | None = None
    standing: Standing = "result"
    plain: str = ""
    anchor: str = ""
    heading: str = ""

    @property
    def in_plain_words(self) -> str:
        return self.plain or self.text


Statements = str | Finding | Sequence[Finding] | None
"""What a section's `finding` gives: a sentence, a finding or several, or nothing."""


def share_measure(
    value: float, baseline: float, against: str, interval: Interval | None = None, *, digits: int = 1
) -> Measure:
    """Of a share from 0 to 1, of which 1 is the best there can be."""
    written = (percent(value, digits), percent(baseline, digits), percent(1, 0))
    return Measure(value, baseline, 1.0, against, written, interval)


def trust_in(text: str | None, plain: str = "") -> Finding | None:
    """What says how far a map can be trusted, and is no finding about what is on it."""
    return Finding(text, standing="trust", plain=plain) if text else None


def findings_of(statements: "Statements", anchor: str, heading: str) -> tuple[Finding, ...]:
    """What a section's `finding` gave, each with where it stands; none where it had nothing to say."""
    if not statements:
        return ()
    several = (statements,) if isinstance(statements, str | Finding) else statements
    findings = (Finding(each) if isinstance(each, str) else each for each in several)
    return tuple(replace(finding, anchor=anchor, heading=heading) for finding in findings)


def strongest(findings: Iterable[Finding], *, one_each: bool = False) -> tuple[Finding, ...]:
    """At most five results: those beyond their baseline, the strongest first; where these are fewer than three, others
    as they come.

    Args:
        one_each: no more than one of a section, for a report of several runs.
    """
    results = of_standing(findings, "result")
    beyond = [finding for finding in results if finding.measure is not None and finding.measure.skill > 0]
    # Of those that are about as strong the first of the page comes first.
    beyond.sort(key=lambda finding: -round(finding.measure.skill if finding.measure else 0.0, 2))
    others = [finding for finding in results if finding.measure is None]
    if one_each:
        first_of = {finding.anchor: finding for finding in reversed(beyond)}
        beyond = [finding for finding in beyond if first_of[finding.anchor] is finding]
        others = [finding for finding in others if all(finding.anchor != other.anchor for other in beyond)]
    return tuple((beyond + others[: max(0, FEWEST - len(beyond))])[:MOST])


def of_standing(findings: Iterable[Finding], standing: Standing) -> tuple[Finding, ...]:
    return tuple(finding for finding in findings if finding.standing == standing)


def not_beyond(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """What was measured and lies no higher than its baseline for certain."""
    results = of_standing(findings, "result")
    return tuple(finding for finding in results if finding.measure is not None and finding.measure.skill <= 0)
