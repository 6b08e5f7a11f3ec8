"""How well captions are written: exact matches, BLEU, what kind of mistakes there are, and mistakes in counting."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from embedkit.analysis.edits import edits
from embedkit.analysis.generation import ExactMatches, bleu_interval
from embedkit.analysis.intervals import Interval, percentiles
from embedkit.analysis.proportion import Proportion
from embedkit.errors import UsageError
from embedkit.runs.artefacts import FROM_COUNTS, RUN_NAME, Artefact
from embedkit.tasks.caption.sentences import Mention, parse
from embedkit.text.bleu import ORDER, TextScore, bleu, paired

COUNT, DIGIT, SIZE, RELATION, OTHER = "wrong count", "wrong digit", "wrong size", "wrong relation", "other"
NUMBERS = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
NUMBER_WORDS = {
    **{word: number for number, word in enumerate(NUMBERS, 2)},
    **{str(number): number for number in range(2, 13)},
    **dict.fromkeys(("couple", "pair", "both"), 2),
}
"""Words that count, in free text. "One" and "a" are left out: they seldom do."""


@dataclass(frozen=True)
class Group(ExactMatches):
    """The `n` images of a kind, of which `exact` were captioned exactly, with Wilson's 95 % interval."""

    label: str
    n: int
    exact: int
    exact_interval: Interval = field(metadata=FROM_COUNTS)


@dataclass(frozen=True)
class CountCell:
    """`n` scenes of `meant` digits whose captions name `said` digits; None where the caption cannot be parsed."""

    meant: int
    said: int | None
    n: int


@dataclass(frozen=True)
class CaptionExample:
    """Image `row` of the split, called `name`.

    Attributes:
        said: the caption that was written.
        log_probability: of that caption, in nats.
        edits: words to change, put in or take out until it is the nearest reference.
        error: the kind of mistake; "" where it is right.
    """

    row: int
    name: str
    references: tuple[str, ...]
    said: str
    log_probability: float
    edits: int
    error: str


@dataclass(frozen=True)
class CaptionScore(ExactMatches):
    """Captions against their references.

    Attributes:
        name: what a person calls it, such as "scenes/test".
        exact: captions that equal a reference word for word, of `n`; the interval is Wilson's, over images.
        originals_interval: of scenes, an interval over the `originals` handwritten digits that they are made of, since
            one original that is misread spoils every scene it is in; None where all are right, or none.
        bleu: None where no reference has four words.
        groups: by the digits in a scene; by whether a reference counts, in free text.
        errors: the mistaken captions by kind, each once, under the first kind that fits.
        miscounted: captions that count otherwise than every reference, of the `counting` in which a reference or the
            caption counts at all; of scenes, of those that can be read as a sentence.
        counted: of scenes, how many have so many digits and a caption that names so many.
        best, typical, worst: examples: right ones, the longest and likeliest first; those of middling probability; and
            those with the most edits, the surest first.
        copies: how many of the images are among the training images too; None where an earlier version scored.
        beams, length_penalty: of the search that wrote the captions; None where an earlier version scored.
    """

    name: str = field(metadata=RUN_NAME)
    n: int
    exact: int
    exact_interval: Interval = field(metadata=FROM_COUNTS)
    originals: int
    originals_interval: Interval | None = field(metadata=FROM_COUNTS)
    bleu: TextScore | None
    bleu_interval: Interval | None
    groups: tuple[Group, ...]
    errors: dict[str, int]
    counting: int
    miscounted: int
    miscounted_interval: Interval | None = field(metadata=FROM_COUNTS)
    counted: tuple[CountCell, ...]
    best: tuple[CaptionExample, ...]
    typical: tuple[CaptionExample, ...]
    worst: tuple[CaptionExample, ...]
    copies: int | None = field(default=None, metadata={"since": "0.3.0"})
    beams: int | None = field(default=None, metadata={"since": "0.3.0"})
    length_penalty: float | None = field(default=None, metadata={"since": "0.3.0"})


CAPTION_SCORES = Artefact("scores", CaptionScore, "score sheet")
"""A sheet a split."""


def score_captions(
    references: Sequence[Sequence[str]],
    captions: Sequence[str],
    log_probabilities: Sequence[float],
    names: Sequence[str],
    *,
    name: str = "captions",
    scenes: bool = False,
    originals: Sequence[Sequence[int]] = (),
    lowercase: bool = False,
    copies: int | None = None,
    examples: int = 6,
) -> CaptionScore:
    """N images' references (one or several each), captions and log-probabilities in nats → their score sheet.

    Args:
        scenes: the captions are sentences about scenes, which `parse` reads; otherwise they are free text.
        originals: of scenes, the numbers of the originals in each.
        copies: how many of the images are among the training images.

    Raises:
        UsageError: there are no captions, or the four differ in number.
    """
    rows = paired(captions, references)
    n = len(captions)
    if not n == len(log_probabilities) == len(names):
        raise UsageError(f"{n} captions, {len(log_probabilities)} probabilities and {len(names)} names")
    kinds = [error_kind(caption, row, scenes=scenes) for caption, row in zip(captions, rows, strict=True)]
    right = np.array([not kind for kind in kinds])
    measurable = any(len(text.split()) >= ORDER for row in rows for text in row)
    counts = [_compare_counts(caption, row, scenes) for caption, row in zip(captions, rows, strict=True)]
    counting, miscounted = sum(any_counts for any_counts, _ in counts), sum(wrong for _, wrong in counts)
    scored = [
        CaptionExample(
            i, names[i], rows[i], captions[i], log_probabilities[i], edits_to_nearest(captions[i], rows[i]), kinds[i]
        )
        for i in range(n)
    ]
    best, typical, worst = _examples(scored, examples)
    return CaptionScore(
        name=name,
        n=n,
        exact=int(right.sum()),
        exact_interval=Proportion.among(right.tolist()).interval,
        originals=len({number for row in originals for number in row}),
        originals_interval=over_originals(right, originals) if originals and 0 < right.sum() < len(right) else None,
        bleu=bleu(captions, rows, lowercase=lowercase) if measurable else None,
        bleu_interval=bleu_interval(captions, rows, lowercase=lowercase) if measurable else None,
        groups=_groups([_group(row, scenes) for row in rows], right),
        errors={kind: kinds.count(kind) for kind in (_SCENE_KINDS if scenes else _TEXT_KINDS)},
        counting=counting,
        miscounted=miscounted,
        miscounted_interval=Proportion.of(miscounted, counting).interval if counting else None,
        counted=_count_cells(captions, rows) if scenes else (),
        best=best,
        typical=typical,
        worst=worst,
        copies=copies,
    )


_SCENE_KINDS, _TEXT_KINDS = (COUNT, DIGIT, SIZE, RELATION, OTHER), (COUNT, OTHER)


def error_kind(caption: str, references: Sequence[str], *, scenes: bool) -> str:
    """What is wrong with a caption; "" where it equals a reference.

    Of a scene, the first that fits: how many digits there are, or how many of each; which they are; their sizes; how
    they lie to each other; "other" where it is no sentence of the grammar, or names them in another order. Of free text
    that it counts otherwise than every reference, or anything else.
    """
    if " ".join(caption.split()) in {" ".join(text.split()) for text in references}:
        return ""
    if not scenes:
        return COUNT if _compare_counts(caption, references, scenes)[1] else OTHER
    mention, reference = parse(caption), parse(references[0])
    if mention is None or reference is None:
        return OTHER
    digits, reference_digits = _digits(mention), _digits(reference)
    if mention.digits != reference.digits or (digits.keys() == reference_digits.keys() and digits != reference_digits):
        return COUNT
    if digits != reference_digits:
        return DIGIT
    if sorted(mention.items) != sorted(reference.items):
        return SIZE
    return RELATION if mention.relations != reference.relations else OTHER


def number_words(text: str) -> tuple[int, ...]:
    """The numbers that a text counts with, in rising order: "Two dogs and three cats." gives (2, 3)."""
    words = (word.strip(".,;:!?\"'()") for word in text.lower().split())
    return tuple(sorted(NUMBER_WORDS[word] for word in words if word in NUMBER_WORDS))


def edits_to_nearest(caption: str, references: Iterable[str]) -> int:
    """Words to change, put in or take out until a caption is the nearest of its references."""
    return min(edits(caption.split(), text.split()) for text in references)


def over_originals(
    right: np.ndarray, originals: Sequence[Sequence[int]], *, resamples: int = 1000, seed: int = 0
) -> Interval | None:
    """A 95 % interval of a share of scenes that have originals in common; None where every draw leaves all scenes out.

    Originals are drawn again with replacement, and a scene counts as often as all its originals together were drawn:
    the product of their counts, as for crossed data in Owen 2007 (the pigeonhole bootstrap).
    """
    numbers = sorted({number for row in originals for number in row})
    place = {number: i for i, number in enumerate(numbers)}
    width = max(len(set(row)) for row in originals)
    rows = [[place[number] for number in sorted(set(row))] for row in originals]
    table = np.array([row + [len(numbers)] * (width - len(row)) for row in rows])
    rng, shares = np.random.default_rng(seed), []
    for _ in range(resamples):
        counts = np.bincount(rng.integers(len(numbers), size=len(numbers)), minlength=len(numbers) + 1)
        counts[-1] = 1
        weights = counts[table].prod(axis=1)
        if weights.sum():
            shares.append(float(weights[right].sum() / weights.sum()))
    return percentiles(np.array(shares))


def _digits(mention: Mention) -> Counter[int]:
    """How many there are of each digit."""
    counts: Counter[int] = Counter()
    for count, _, value in mention.items:
        counts[value] += count
    return counts


def _compare_counts(caption: str, references: Sequence[str], scenes: bool) -> tuple[bool, bool]:
    """Whether a caption's counts can be compared with the references', and whether they differ from those of each."""
    if scenes:
        return parse(caption) is not None, error_kind(caption, references, scenes=True) == COUNT
    numbers, reference_numbers = number_words(caption), {number_words(text) for text in references}
    return bool(numbers or reference_numbers - {()}), numbers not in reference_numbers


def _group(references: Sequence[str], scenes: bool) -> str:
    """The label of the group that an image is counted in."""
    if scenes:
        reference = parse(references[0])
        return "" if reference is None else ("one digit", "two digits", "three digits")[reference.digits - 1]
    return "a reference counts" if any(number_words(text) for text in references) else "no reference counts"


def _groups(labels: Sequence[str], right: np.ndarray) -> tuple[Group, ...]:
    order = ("one digit", "two digits", "three digits", "a reference counts", "no reference counts")
    groups = []
    for label in order:
        inside = np.array([other == label for other in labels])
        if inside.any():
            n, exact = int(inside.sum()), int(right[inside].sum())
            groups.append(Group(label, n, exact, Proportion.of(exact, n).interval))
    return tuple(groups)


def _count_cells(captions: Sequence[str], references: Sequence[Sequence[str]]) -> tuple[CountCell, ...]:
    """How many scenes there are of each number of digits in the scene and in the caption."""
    cells: Counter[tuple[int, int | None]] = Counter()
    for caption, row in zip(captions, references, strict=True):
        reference, mention = parse(row[0]), parse(caption)
        if reference is not None:
            cells[reference.digits, None if mention is None else mention.digits] += 1
    order = sorted(cells, key=lambda pair: (pair[0], pair[1] is None, pair[1]))
    return tuple(CountCell(*counts, cells[counts]) for counts in order)


def _examples(rows: Sequence[CaptionExample], most: int) -> list[tuple[CaptionExample, ...]]:
    """The best, the typical and the worst examples."""
    exact = [row for row in rows if not row.error]
    best = sorted(exact, key=lambda row: (-len(row.said.split()), -row.log_probability))
    likely = sorted(rows, key=lambda row: -row.log_probability)
    middle = max(0, (len(likely) - most) // 2)
    wrong = sorted((row for row in rows if row.error), key=lambda row: (-row.edits, -row.log_probability))
    return [tuple(best[:most]), tuple(likely[middle : middle + most]), tuple(wrong[:most])]
