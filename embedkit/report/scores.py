"""Analogy scores: bars by category, and the same in a table."""

from collections.abc import Sequence

from bokeh.models import BasicTicker, FactorRange, NumeralTickFormatter

from embedkit.analysis.analogies import AnalogyScore, CategoryScore
from embedkit.report import figures
from embedkit.report.page import Figure, Table

ALL = "all"
GROUP = 0.8  # of a category's height is bars

Sheet = tuple[str, AnalogyScore]
"""What a reader calls the space, and its score sheet."""


def score_bars(sheets: Sequence[Sheet]) -> Figure:
    """Accuracy of each space by category, with 95 % intervals. Categories that no space covers are left out."""
    categories = [name for name in categories_of(sheets) if any(accuracy_of(s, name) is not None for _, s in sheets)]
    factors = [*reversed(categories)]
    highest = max([0.05, *(high_of(row) for _, sheet in sheets for row in rows_of(sheet))])
    end = min(1.0, 1.08 * highest)
    height = 70 + len(factors) * (14 + 11 * len(sheets))
    plot = figures.blank(height=height, y_range=FactorRange(factors=factors), x_range=figures.extent(0, end))
    plot.xaxis.formatter = NumeralTickFormatter(format="0%")
    plot.xaxis.axis_label = "accuracy"
    plot.xaxis.ticker = BasicTicker(desired_num_ticks=5)
    plot.ygrid.visible = False
    plot.xgrid.visible = True
    plot.yaxis.major_tick_line_color = None
    thickness = GROUP / len(sheets)
    bars = []
    for number, (name, sheet) in enumerate(sheets):
        offset = GROUP / 2 - (number + 0.5) * thickness
        bars.append(_bars(plot, name, sheet, categories, number, offset, thickness))
    figures.hover(plot, *bars)
    legend = tuple((name, colour_of(number)) for number, (name, _) in enumerate(sheets))
    said = [f"{name} {percent(sheet.overall.accuracy)}" for name, sheet in sheets]
    description = "Analogy accuracy by category. All questions together: " + ", ".join(said)
    return Figure(plot, description, height=height, legend=legend)


def _bars(
    plot: figures.figure,
    name: str,
    sheet: AnalogyScore,
    categories: list[str],
    number: int,
    offset: float,
    thickness: float,
) -> object:
    rows = [row for row in rows_of(sheet) if label_of(row, sheet) in categories and row.accuracy is not None]
    labels = [label_of(row, sheet) for row in rows]
    data = figures.source(
        {
            "y": [(label, offset) for label in labels],
            "accuracy": [row.accuracy for row in rows],
            "tip": [tip(name, label, row) for label, row in zip(labels, rows, strict=True)],
        },
        tip=True,
    )
    drawn = plot.hbar(y="y", right="accuracy", height=thickness * 0.86, source=data, line_width=2)
    # A line around it, so that an accuracy of nothing can be seen.
    figures.tinted(drawn, fill_color=colour_of(number), line_color=colour_of(number))
    whiskers = [(label, row.interval) for label, row in zip(labels, rows, strict=True) if row.interval is not None]
    if whiskers:
        lines = figures.source(
            {
                "y": [(label, offset) for label, _ in whiskers],
                "low": [interval.low for _, interval in whiskers],
                "high": [interval.high for _, interval in whiskers],
            }
        )
        figures.tinted(plot.segment("low", "y", "high", "y", source=lines, line_width=1.5), line_color="ink")
    return drawn


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
    interval = "–" if row.interval is None else f"{row.interval.low * 100:.1f}–{row.interval.high * 100:.1f} %"
    return (
        percent(row.accuracy),
        interval,
        f"{row.correct:,}",
        f"{row.covered:,}",
        f"{row.total:,}",
        percent(row.coverage),
        f"{row.honest_correct:,}",
        f"{row.honest_query_words:,}",
    )


def tip(name: str, label: str, row: CategoryScore) -> str:
    interval = "" if row.interval is None else f" ({row.interval.low * 100:.1f}–{row.interval.high * 100:.1f} %)"
    return (
        f"{label} · {name}\n{percent(row.accuracy)}{interval}\n{row.correct:,} correct of {row.covered:,} covered "
        f"of {row.total:,}\nwith nothing excluded: {row.honest_correct:,} correct"
    )


def rows_of(sheet: AnalogyScore) -> list[CategoryScore]:
    return [sheet.overall, *sheet.categories]


def colour_of(number: int) -> str:
    return f"series-{number % 3 + 1}"


def label_of(row: CategoryScore, sheet: AnalogyScore) -> str:
    return ALL if row is sheet.overall else row.name


def categories_of(sheets: Sequence[Sheet]) -> list[str]:
    return list(dict.fromkeys(label_of(row, sheet) for _, sheet in sheets for row in rows_of(sheet)))


def accuracy_of(sheet: AnalogyScore, category: str) -> float | None:
    return next((row.accuracy for row in rows_of(sheet) if label_of(row, sheet) == category), None)


def high_of(row: CategoryScore) -> float:
    return max(row.accuracy or 0.0, row.interval.high if row.interval else 0.0)


def percent(share: float | None) -> str:
    return "–" if share is None else f"{share * 100:.1f} %"
