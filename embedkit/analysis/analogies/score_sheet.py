"""The analogy score sheet: what a space makes of a question set, by every method, and what each figure is over.

a is to a′ as b is to what? The headline is the gain over `only-b`, the baseline that looks at nothing but b (Linzen
2016): what the offset a′ − a adds to being near b.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from embedkit.analysis.analogies.consistency import Consistency
from embedkit.analysis.intervals import Estimate
from embedkit.config import COVERAGE_FLOOR
from embedkit.notebook import Displayed
from embedkit.numerals import TOO_FEW, ends, listed, percent
from embedkit.runs.artefacts import Artefact
from embedkit.spaces.space import last_part

HEADLINE, BASELINE = "3CosAdd", "only-b"
COSINE, RANK = "cosine of b and b′", "rank of the answer"
"""What covered questions are parted by."""


@dataclass(frozen=True)
class MethodScore:
    """What one method made of the covered questions of a category.

    Attributes:
        correct: how often the best word, a, a′ and b excluded, is a right answer; this and the other counts are means
            over draws where the method draws something.
        accuracy: of the covered questions.
        gain: accuracy less that of `only-b`, question by question; None for `only-b` itself or where it was not asked.
        strict: accuracy over all questions; an uncovered one counts as wrong.
        honest_correct: how often it is right with nothing excluded.
        honest_query: how often, with nothing excluded, the best word is a, a′ or b.
        median_rank: of the best-placed right answer with nothing excluded.
        by_draw: the accuracy of each draw of a method that draws something; empty of any other.
    """

    method: str
    correct: float
    accuracy: Estimate
    gain: Estimate | None
    strict: Estimate
    honest_correct: float
    honest_query: tuple[float, float, float]
    median_rank: float
    by_draw: tuple[float, ...] = field(default=(), metadata={"since": "0.3.0"})


@dataclass(frozen=True)
class CategoryScore:
    """The methods on one category, or on all questions together; none where no question is covered.

    Attributes:
        chance: accuracy of a word drawn at random, a, a′ and b excluded.
        consistency: whether the offsets of its pairs are alike; None with fewer than three covered pairs.
    """

    name: str
    covered: int
    total: int
    covered_pairs: int
    pairs: int
    chance: float | None
    methods: tuple[MethodScore, ...]
    consistency: Consistency | None = None

    @property
    def coverage(self) -> float:
        """The share of the questions that are covered; 0 of no questions."""
        return self.covered / self.total if self.total else 0.0

    def by(self, method: str) -> MethodScore | None:
        """The score of a method; None where nothing is covered or it was not asked."""
        return next((score for score in self.methods if score.method == method), None)


@dataclass(frozen=True)
class MacroScore:
    """The mean over the categories that have a covered question: each counts the same, however many it asks."""

    method: str
    accuracy: Estimate
    gain: Estimate | None


@dataclass(frozen=True)
class PartScore:
    """Covered questions with a property `by` from `low` to `high`, and the accuracy of each method on them."""

    by: str
    low: float
    high: float
    covered: int
    accuracy: Mapping[str, Estimate]


@dataclass(frozen=True)
class AnalogyScore(Displayed):
    """One space on one question set.

    Attributes:
        restrict: how many of the most frequent words are looked at; None for all.
        vocabulary: words of the space after restriction.
        lowercase: the questions were lower-cased before they were looked up.
        micro: all questions together.
        macro: the mean of the categories.
        parts: by the cosine of b and b′, and by the answer's frequency rank.
        seed: of the words that LRCos takes as negatives, and of the shuffles of consistency.
        source, checksum: of the questions, as `AnalogySet` has them; empty in sheets of before 0.3.
    """

    space: str
    questions: str
    restrict: int | None
    vocabulary: int
    lowercase: bool
    categories: tuple[CategoryScore, ...]
    micro: CategoryScore
    macro: tuple[MacroScore, ...]
    parts: tuple[PartScore, ...]
    seed: int
    source: str = field(default="", metadata={"since": "0.3.0"})
    checksum: str = field(default="", metadata={"since": "0.3.0"})

    def __repr__(self) -> str:
        return f"AnalogyScore({self.questions!r} on {self.space!r}: {in_words(self)})"

    @property
    def headline(self) -> MethodScore | None:
        """3CosAdd on all questions; None where too few are covered, which `no_headline` explains."""
        return None if self.no_headline else self.micro.by(HEADLINE)

    @property
    def no_headline(self) -> str:
        """Why there is no headline; empty where there is one."""
        return no_headline(self.micro.covered, self.micro.total, "questions")


def no_headline(covered: int, total: int, noun: str) -> str:
    """Why a score over `covered` of `total` items is no headline; empty where it may be one."""
    if total and covered / total >= COVERAGE_FLOOR:
        return ""
    return (
        f"No headline: {covered:,} of {total:,} {noun} are covered, {percent(covered / max(1, total))}, and below "
        f"{percent(COVERAGE_FLOOR, 0)} those that are left are not the set that others quote."
    )


@dataclass(frozen=True)
class ScoreDifference:
    """The accuracy of `one` less that of `other` by method, on the `covered` questions that both spaces cover;
    `source` and `checksum` are those of the questions."""

    one: str
    other: str
    questions: str
    covered: int
    total: int
    micro: Mapping[str, Estimate]
    macro: Mapping[str, Estimate]
    categories: Mapping[str, Mapping[str, Estimate]]
    source: str = field(default="", metadata={"since": "0.3.0"})
    checksum: str = field(default="", metadata={"since": "0.3.0"})

    @property
    def no_headline(self) -> str:
        """Why there is no headline; empty where there is one."""
        return no_headline(self.covered, self.total, "questions")


def score_name(score: AnalogyScore) -> str:
    """SPACE-QUESTIONS, SPACE being the last part of the space's name."""
    return f"{last_part(score.space)}-{last_part(score.questions)}"


def difference_name(difference: ScoreDifference) -> str:
    """SPACE-QUESTIONS--RUN-SPACE: a difference is kept with the run of its first space."""
    name = f"{last_part(difference.one)}-{last_part(difference.questions)}"
    return f"{name}--{difference.other.replace('/', '-')}"


SCORE_SHEETS = Artefact("analogies", AnalogyScore, "score sheet", named=score_name)
DIFFERENCES = Artefact("differences", ScoreDifference, "difference", named=difference_name)


def in_words(score: AnalogyScore) -> str:
    """The headline as a sentence, or why there is none."""
    best = score.headline
    if best is None:
        return score.no_headline
    covered = f"{score.micro.covered:,} covered questions ({score.micro.total:,} in all)"
    sentence = f"{HEADLINE} answers {share(best.accuracy)} of {covered}"
    gain = best.gain
    if gain is None or gain.interval is None:
        return f"{sentence}."
    low, high = 100 * gain.interval.low, 100 * gain.interval.high
    if low <= 0 <= high:
        return (
            f"{sentence}; whether that is more than the word nearest to b is open ({low:+.1f} to {high:+.1f} points)."
        )
    more = "more" if low > 0 else "less"
    return (
        f"{sentence}: {100 * abs(gain.value):.1f} points {more} ({low:+.1f} to {high:+.1f}) than the word nearest to b."
    )


def draws_in_words(score: AnalogyScore) -> str:
    """Of each method that draws something how far its draws are apart; "" where none does."""
    apart = [
        f"{row.method} from {100 * min(row.by_draw):.1f} to {percent(max(row.by_draw))}"
        for row in score.micro.methods
        if row.by_draw
    ]
    if not apart:
        return ""
    draws = max(len(row.by_draw) for row in score.micro.methods)
    return (
        f"What draws words to learn from is the mean of {draws} draws by seed {score.seed}, which the intervals allow "
        f"for; by draw {listed(apart)} were right."
    )


def share(estimate: Estimate) -> str:
    """Its value and interval in per cent, or that too few are right, or wrong, to tell one."""
    within = TOO_FEW if estimate.interval is None else ends(estimate.interval, 1, scale=100)
    return f"{percent(estimate.value)} ({within})"
