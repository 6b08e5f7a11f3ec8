"""Accuracy of analogies as bars with intervals: by category, and by a property of the questions."""

from collections.abc import Sequence

from embedkit.analysis.analogies.score_sheet import (
    BASELINE,
    COSINE,
    HEADLINE,
    AnalogyScore,
    CategoryScore,
    PartScore,
    share,
)
from embedkit.numerals import percent
from embedkit.report.figures.bars import Bar, interval_bars
from embedkit.report.parts import Figure

ALL = "all"
"""What the row of all questions together is called."""

Sheet = tuple[str, AnalogyScore]
"""What a reader calls the space, and its score sheet."""


def category_bars(sheets: Sequence[Sheet]) -> Figure:
    """Accuracy by category: of 3CosAdd for each space, and of the baseline too where there is one space."""
    methods = (HEADLINE, BASELINE) if len(sheets) == 1 else (HEADLINE,)
    series = [
        (method if len(sheets) == 1 else name, category_bars_of(name, sheet, method))
        for name, sheet in sheets
        for method in methods
    ]
    covered = {bar.category for _, bars in series for bar in bars}
    categories = [category for category in categories_of(sheets) if category in covered]
    overall = ", ".join(
        f"{name} {percent(row.accuracy.value)}"
        for name, sheet in sheets
        if (row := sheet.micro.by(HEADLINE)) is not None
    )
    description = f"Analogy accuracy of {HEADLINE} by category. All questions together: {overall}"
    heading = f"Accuracy of {HEADLINE} by category"
    return interval_bars(series, categories, axis=f"accuracy of {HEADLINE}", description=description, heading=heading)


def category_bars_of(name: str, sheet: AnalogyScore, method: str) -> list[Bar]:
    """A bar for each category that the method was scored on, with that of all questions first."""
    return [
        Bar(
            label_of(row, sheet),
            score.accuracy.value,
            score.accuracy.interval,
            bar_tip(name, label_of(row, sheet), row, method),
        )
        for row in rows_of(sheet)
        if (score := row.by(method)) is not None
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
            accuracy = part.accuracy[HEADLINE]
            bars.append(Bar(label, accuracy.value, accuracy.interval, _part_tip(name, part)))
        series.append((name if len(sheets) > 1 else "", bars))
    description = f"Accuracy of {HEADLINE} by {by}"
    axis = f"accuracy of {HEADLINE}"
    return interval_bars(series, list(labels), axis=axis, description=description, heading=description, each=by)


def bar_tip(name: str, label: str, row: CategoryScore, method: str) -> str:
    """The text at a bar: its accuracy with its denominators, and how many are right with nothing excluded."""
    score = row.by(method)
    if score is None:
        return label
    return (
        f"{label} · {name} · {method}\n{share(score.accuracy)}\n"
        f"{score.correct:,.0f} correct of {row.covered:,} covered of {row.total:,}\n"
        f"with nothing excluded: {score.honest_correct:,.0f} correct"
    )


def rows_of(sheet: AnalogyScore) -> list[CategoryScore]:
    """All questions together, then each category."""
    return [sheet.micro, *sheet.categories]


def label_of(row: CategoryScore, sheet: AnalogyScore) -> str:
    """What a reader calls a row of a score sheet: its category, or "all"."""
    return ALL if row is sheet.micro else row.name


def categories_of(sheets: Sequence[Sheet]) -> list[str]:
    """The labels of all rows of the sheets, each once, "all" first."""
    return list(dict.fromkeys(label_of(row, sheet) for _, sheet in sheets for row in rows_of(sheet)))


def _range(part: PartScore, digits: int = 2) -> str:
    number_format = f".{digits}f" if part.by == COSINE else ",.0f"
    return f"{part.low:{number_format}} – {part.high:{number_format}}"


def _digits(parts: Sequence[PartScore]) -> int:
    """Decimals of a cosine that a part's label needs, 2 to 8, so that no two ends are written alike: bars of one label
    would lie over each other."""
    ends = {end for part in parts for end in (part.low, part.high)}
    return next((digits for digits in range(2, 8) if len({f"{end:.{digits}f}" for end in ends}) == len(ends)), 8)


def _part_tip(name: str, part: PartScore) -> str:
    estimates = [(method, part.accuracy[method]) for method in (HEADLINE, BASELINE) if method in part.accuracy]
    return f"{part.by} {_range(part, _digits([part]))} · {name}\n{part.covered:,} covered questions\n" + "\n".join(
        f"{method} {share(estimate)}" for method, estimate in estimates
    )
