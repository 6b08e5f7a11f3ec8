"""Analogy score sheets: what each method makes of the questions, by category, and where it does well."""

from collections.abc import Iterable, Sequence

from embedkit.analysis.analogies.methods import METHODS
from embedkit.analysis.analogies.score_sheet import (
    BASELINE,
    COSINE,
    HEADLINE,
    AnalogyScore,
    CategoryScore,
    PartScore,
    ScoreDifference,
    in_words,
    share,
)
from embedkit.numerals import MISSING, percent, percent_ends, points_estimate
from embedkit.report import summaries
from embedkit.report.figures.bars import Bar, interval_bars
from embedkit.report.material import Material
from embedkit.report.parts import Facts, Figure, Headline, Paragraph, Part, Table
from embedkit.report.sections.spec import SectionSpec

ALL = "all"
NOT_COVERED = "No question has all its words in the vocabulary, so there is nothing to score."

COLUMNS = (
    "The gain is accuracy less that of only-b, question by question: what is added to taking the word nearest to b. "
    "Strict counts an uncovered question as wrong. Honest is what is right with nothing excluded; beside it, how often "
    "the best word is then a, a′ or b itself, and the median rank of the right answer. Where an interval of a gain or "
    "of a difference holds 0, the questions leave open which is better."
)

Sheet = tuple[str, AnalogyScore]
"""What a reader calls the space, and its score sheet."""


def section(material: Material) -> Sequence[Part]:
    """All score sheets of the report, and how their spaces differ."""
    if not material.sheets:
        if summaries.token_level(material.run) == "char":
            return (Paragraph("Analogies ask for words, and this model's tokens are characters."),)
        command = f"embedkit analogy --space {material.run.name}"
        return (Paragraph(f"No score sheet is stored with this run; make one with `{command}`."),)
    return score_parts(material.sheets, material.differences)


def finding(material: Material) -> str | None:
    """Of several spaces the best, if any may be quoted."""
    sheets = material.sheets
    if not sheets:
        return None
    if all(sheet.micro.covered == 0 for _, sheet in sheets):
        return NOT_COVERED
    if len(sheets) == 1:
        return in_words(sheets[0][1])
    quotable = _by_accuracy(sheets)
    if not quotable:
        return f"None of the {len(sheets)} score sheets covers enough of its questions to be quoted."
    name, sheet = quotable[0]
    return f"Of {len(sheets)} score sheets that of the {name} is best: {in_words(sheet)}"


def headlines(sheets: Iterable[Sheet]) -> Iterable[Headline]:
    """A score a sheet, the best first; nothing where too few questions are covered by all."""
    for name, sheet in _by_accuracy(sheets):
        best, micro = sheet.headline, sheet.micro
        if best is not None:
            covered = f"{micro.covered:,} covered questions ({percent(micro.coverage)} of {micro.total:,})"
            detail = f"95 % {percent_ends(best.accuracy.interval)}, of {covered}; {name}"
            yield Headline(percent(best.accuracy.value), "analogies right", detail)


def _by_accuracy(sheets: Iterable[Sheet]) -> list[Sheet]:
    """Those that may be quoted, the best first."""
    quotable = [(best.accuracy.value, name, sheet) for name, sheet in sheets if (best := sheet.headline) is not None]
    return [(name, sheet) for _, name, sheet in sorted(quotable, key=lambda each: -each[0])]


def score_parts(sheets: Sequence[Sheet], differences: Sequence[ScoreDifference] = ()) -> list[Part]:
    """The findings in words, the methods, the categories, and where answers are found.

    Args:
        differences: of two of these spaces each, on the questions that both cover.
    """
    if all(sheet.micro.covered == 0 for _, sheet in sheets):
        return [category_table(sheets)]
    named = {name: f"{name}: " if len(sheets) > 1 else "" for name, _ in sheets}
    parts: list[Part] = [Paragraph(f"{named[name]}{in_words(sheet)}") for name, sheet in sheets if len(sheets) > 1]
    parts += [methods_table(name, sheet) for name, sheet in sheets if sheet.micro.covered]
    parts += [Paragraph(COLUMNS, quiet=True), Facts("What each method asks for", _methods(), folded=True)]
    parts += [difference_table(difference) for difference in differences]
    parts += [category_bars(sheets), Paragraph(_made(sheets), quiet=True), category_table(sheets)]
    parts += [part_bars(sheets, by) for by in dict.fromkeys(part.by for _, sheet in sheets for part in sheet.parts)]
    return parts


def methods_table(name: str, sheet: AnalogyScore) -> Table:
    """All questions together, a row a method; 3CosAdd is set off."""
    macro = {each.method: each for each in sheet.macro}
    rows = [
        (
            row.method,
            share(row.accuracy),
            points_estimate(row.gain),
            percent(macro[row.method].accuracy.value),
            percent(row.strict.value),
            percent(row.honest_correct / sheet.micro.covered),
            " · ".join(f"{100 * count / sheet.micro.covered:.0f}" for count in row.honest_query),
            f"{row.median_rank:,.0f}",
        )
        for row in sheet.micro.methods
    ]
    chance = "" if sheet.micro.chance is None else f" A word drawn at random is right in {_small(sheet.micro.chance)}."
    return Table(
        columns=(
            "Method",
            "Accuracy, 95 %",
            "Gain over only-b, points",
            "Mean of categories",
            "Strict",
            "Honest",
            "a · a′ · b first, %",
            "Median rank",
        ),
        rows=tuple(rows),
        caption=f"All {sheet.micro.covered:,} covered questions of {sheet.micro.total:,}, with a, a′ and b "
        f"excluded.{chance}",
        strong=frozenset(i for i, row in enumerate(sheet.micro.methods) if row.method == HEADLINE),
        heading=f"{name}, by method",
    )


def category_bars(sheets: Sequence[Sheet]) -> Figure:
    """Accuracy by category: of 3CosAdd for each space, and of the baseline too where there is one space."""
    methods = (HEADLINE, BASELINE) if len(sheets) == 1 else (HEADLINE,)
    series = [
        (method if len(sheets) == 1 else name, bars_of(name, sheet, method))
        for name, sheet in sheets
        for method in methods
    ]
    covered = {bar.category for _, bars in series for bar in bars}
    categories = [category for category in categories_of(sheets) if category in covered]
    said = ", ".join(
        f"{name} {percent(row.accuracy.value)}"
        for name, sheet in sheets
        if (row := sheet.micro.by(HEADLINE)) is not None
    )
    description = f"Analogy accuracy of {HEADLINE} by category. All questions together: {said}"
    heading = f"Accuracy of {HEADLINE} by category"
    return interval_bars(series, categories, axis=f"accuracy of {HEADLINE}", description=description, heading=heading)


def bars_of(name: str, sheet: AnalogyScore, method: str) -> list[Bar]:
    return [
        Bar(
            label_of(row, sheet),
            found.accuracy.value,
            found.accuracy.interval,
            tip(name, label_of(row, sheet), row, method),
        )
        for row in rows_of(sheet)
        if (found := row.by(method)) is not None
    ]


def part_bars(sheets: Sequence[Sheet], by: str) -> Figure:
    """Accuracy of 3CosAdd by a property of the questions, such as the frequency of the answer."""
    labels: dict[str, None] = {}
    series = []
    for name, sheet in sheets:
        parts = [part for part in sheet.parts if part.by == by and HEADLINE in part.accuracy]
        bars = []
        digits = _digits(parts)
        for number, part in enumerate(parts, 1):
            # The parts of equally many questions lie elsewhere in every space.
            label = f"quarter {number}" if len(sheets) > 1 and by == COSINE else _range(part, digits)
            labels[label] = None
            found = part.accuracy[HEADLINE]
            bars.append(Bar(label, found.value, found.interval, _part_tip(name, part)))
        series.append((name if len(sheets) > 1 else "", bars))
    description = f"Accuracy of {HEADLINE} by {by}"
    axis = f"accuracy of {HEADLINE}"
    return interval_bars(series, list(labels), axis=axis, description=description, heading=description)


def category_table(sheets: Sequence[Sheet]) -> Table:
    """Every category with its denominators."""
    rows: list[tuple[str, ...]] = []
    strong = []
    several = len(sheets) > 1
    for category in categories_of(sheets):
        first = True
        for name, sheet in sheets:
            row = next((row for row in rows_of(sheet) if label_of(row, sheet) == category), None)
            if row is None:
                continue
            if row is sheet.micro:
                strong.append(len(rows))
            rows.append((category if first else "", *((name,) if several else ()), *cells(row)))
            first = False
    return Table(
        columns=(
            "Category",
            *(("Space",) if several else ()),
            f"{HEADLINE}, 95 %",
            "Gain over only-b, points",
            "Correct",
            "Covered",
            "Asked",
            "Coverage",
            "Pairs",
            "Consistency",
        ),
        rows=tuple(rows),
        caption="Accuracy is correct / covered. Pairs are the covered ones; intervals are over them. Consistency is "
        "the pairwise consistency score of Fournier et al. (2020): how well true pairs are told from shuffled ones by "
        "their offsets alone, 0.5 being chance.",
        numbers_from=2 if several else 1,
        strong=frozenset(strong),
    )


def cells(row: CategoryScore) -> tuple[str, ...]:
    found = row.by(HEADLINE)
    return (
        MISSING if found is None else share(found.accuracy),
        points_estimate(None if found is None else found.gain),
        MISSING if found is None else f"{found.correct:,}",
        f"{row.covered:,}",
        f"{row.total:,}",
        percent(row.coverage),
        f"{row.covered_pairs:,}",
        MISSING if row.consistency is None else f"{row.consistency.pcs:.2f}",
    )


def difference_table(difference: ScoreDifference) -> Table:
    """One space less the other by method, on the questions that both cover."""
    rows = [
        (method, points_estimate(micro), points_estimate(macro))
        for method, micro in difference.micro.items()
        if (macro := difference.macro.get(method)) is not None
    ]
    refused = f" {difference.no_headline}" if difference.no_headline else ""
    return Table(
        columns=("Method", "Difference, points", "Mean of categories, points"),
        rows=tuple(rows),
        caption=f"Question by question on the {difference.covered:,} of {difference.total:,} questions that both "
        f"cover.{refused}",
        heading=f"{difference.one} less {difference.other}",
    )


def tip(name: str, label: str, row: CategoryScore, method: str) -> str:
    found = row.by(method)
    if found is None:
        return label
    return (
        f"{label} · {name} · {method}\n{share(found.accuracy)}\n"
        f"{found.correct:,} correct of {row.covered:,} covered of {row.total:,}\n"
        f"with nothing excluded: {found.honest_correct:,} correct"
    )


def rows_of(sheet: AnalogyScore) -> list[CategoryScore]:
    return [sheet.micro, *sheet.categories]


def label_of(row: CategoryScore, sheet: AnalogyScore) -> str:
    return ALL if row is sheet.micro else row.name


def categories_of(sheets: Sequence[Sheet]) -> list[str]:
    return list(dict.fromkeys(label_of(row, sheet) for _, sheet in sheets for row in rows_of(sheet)))


def _methods() -> tuple[tuple[str, str], ...]:
    return tuple((name, f"{method.description} ({method.source})") for name, method in METHODS.items())


def _made(sheets: Sequence[Sheet]) -> str:
    """What was asked of what, and how the intervals were made."""
    asked = [
        f"{name}: {sheet.questions}, among the {sheet.vocabulary:,} most frequent words"
        + (", questions in lower case" if sheet.lowercase else ", case as it stands")
        for name, sheet in sheets
    ]
    _, first = sheets[0]
    return (
        f"{'; '.join(asked)}. Of equal scores the more frequent word wins. Intervals are 95 %, over "
        f"word pairs: questions that share one are not independent. LRCos draws its negatives with seed {first.seed}."
    )


def _range(part: PartScore, digits: int = 2) -> str:
    written = f".{digits}f" if part.by == COSINE else ",.0f"
    return f"{part.low:{written}} – {part.high:{written}}"


def _digits(parts: Sequence[PartScore]) -> int:
    """As many as tell the ends apart: where all words point one way, two do not, and bars of one label would lie over
    each other."""
    ends = {end for part in parts for end in (part.low, part.high)}
    return next((digits for digits in range(2, 8) if len({f"{end:.{digits}f}" for end in ends}) == len(ends)), 8)


def _part_tip(name: str, part: PartScore) -> str:
    found = [(method, part.accuracy[method]) for method in (HEADLINE, BASELINE) if method in part.accuracy]
    return f"{part.by} {_range(part, _digits([part]))} · {name}\n{part.covered:,} covered questions\n" + "\n".join(
        f"{method} {share(estimate)}" for method, estimate in found
    )


def _small(share: float) -> str:
    return percent(share, 3)


SECTIONS = (
    SectionSpec(
        "analogies",
        section,
        finding,
        ("analogies/*", "differences/*"),
        lambda material: headlines(material.sheets),
    ),
)
