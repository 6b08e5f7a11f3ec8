"""Analogy scores: bars by category, and the same in a table."""

from collections.abc import Sequence

from embedkit.analysis.analogies import AnalogyScore, CategoryScore
from embedkit.report.bars import Bar, between, interval_bars, percent
from embedkit.report.page import Figure, Table

ALL = "all"

Sheet = tuple[str, AnalogyScore]
"""What a reader calls the space, and its score sheet."""


def score_bars(sheets: Sequence[Sheet]) -> Figure:
    """Accuracy of each space by category, with 95 % intervals. Categories that no space covers are left out."""
    series = [(name, bars_of(name, sheet)) for name, sheet in sheets]
    covered = {bar.category for _, bars in series for bar in bars}
    categories = [category for category in categories_of(sheets) if category in covered]
    said = ", ".join(f"{name} {percent(sheet.overall.accuracy)}" for name, sheet in sheets)
    description = f"Analogy accuracy by category. All questions together: {said}"
    return interval_bars(series, categories, axis="accuracy", description=description)


def bars_of(name: str, sheet: AnalogyScore) -> list[Bar]:
    return [
        Bar(label_of(row, sheet), row.accuracy, interval_of(row), tip(name, label_of(row, sheet), row))
        for row in rows_of(sheet)
        if row.accuracy is not None
    ]


def interval_of(row: CategoryScore) -> tuple[float, float] | None:
    return None if row.interval is None else (row.interval.low, row.interval.high)


def score_table(sheets: Sequence[Sheet]) -> Table:
    rows: list[tuple[str, ...]] = []
    strong = []
    for category in categories_of(sheets):
        first = True
        for name, sheet in sheets:
            row = next((row for row in rows_of(sheet) if label_of(row, sheet) == category), None)
            if row is None:
                continue
            if row is sheet.overall:
                strong.append(len(rows))
            rows.append((category if first else "", name, *cells(row)))
            first = False
    return Table(
        columns=(
            "Category",
            "Space",
            "Accuracy",
            "95 % interval",
            "Correct",
            "Covered",
            "Asked",
            "Coverage",
            "Honest: correct",
            "Honest: a query word first",
        ),
        rows=tuple(rows),
        caption="Accuracy is correct / covered. Honest counts are of the same covered questions with nothing excluded "
        "from the ranking, where the best word is often one of the three in the question.",
        numbers_from=2,
        strong=frozenset(strong),
    )


def cells(row: CategoryScore) -> tuple[str, ...]:
    return (
        percent(row.accuracy),
        between(interval_of(row)),
        f"{row.correct:,}",
        f"{row.covered:,}",
        f"{row.total:,}",
        percent(row.coverage),
        f"{row.honest_correct:,}",
        f"{row.honest_query_words:,}",
    )


def tip(name: str, label: str, row: CategoryScore) -> str:
    interval = "" if row.interval is None else f" ({between(interval_of(row))})"
    return (
        f"{label} · {name}\n{percent(row.accuracy)}{interval}\n{row.correct:,} correct of {row.covered:,} covered "
        f"of {row.total:,}\nwith nothing excluded: {row.honest_correct:,} correct"
    )


def rows_of(sheet: AnalogyScore) -> list[CategoryScore]:
    return [sheet.overall, *sheet.categories]


def label_of(row: CategoryScore, sheet: AnalogyScore) -> str:
    return ALL if row is sheet.overall else row.name


def categories_of(sheets: Sequence[Sheet]) -> list[str]:
    return list(dict.fromkeys(label_of(row, sheet) for _, sheet in sheets for row in rows_of(sheet)))
