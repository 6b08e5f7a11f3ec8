"""Analogy score sheets: what each method makes of the questions, by category, and where it does well."""

from collections.abc import Mapping, Sequence

from embedkit.analysis.bootstrap import Estimate
from embedkit.analysis.landings import METHODS
from embedkit.analysis.scores import (
    BASELINE,
    HEADLINE,
    AnalogyScore,
    CategoryScore,
    MacroScore,
    MethodScore,
    PartScore,
    ScoreDifference,
    in_words,
)
from embedkit.report.bars import Bar, between, interval_bars, percent
from embedkit.report.page import Facts, Figure, Paragraph, Part, Table

ALL = "all"
NOT_COVERED = "No question has all its words in the vocabulary, so there is nothing to score."

Sheet = tuple[str, AnalogyScore]
"""What a reader calls the space, and its score sheet."""


def score_parts(sheets: Sequence[Sheet], differences: Sequence[ScoreDifference] = ()) -> list[Part]:
    """The findings in words, the methods, the categories, and where answers are found.

    Args:
        differences: of two of these spaces each, on the questions that both cover.
    """
    parts: list[Part] = [Paragraph(f"{name}: {in_words(sheet)}") for name, sheet in sheets]
    if all(sheet.micro.covered == 0 for _, sheet in sheets):
        return [Paragraph(NOT_COVERED), category_table(sheets)]
    parts += [methods_table(sheets), Facts("What each method asks for", _methods(), folded=True)]
    parts += [difference_table(difference) for difference in differences]
    parts += [category_bars(sheets), Paragraph(_made(sheets), quiet=True), category_table(sheets)]
    parts += [part_bars(sheets, by) for by in dict.fromkeys(part.by for _, sheet in sheets for part in sheet.parts)]
    return parts


def methods_table(sheets: Sequence[Sheet]) -> Table:
    """All questions together, a row a method and space; 3CosAdd is set off."""
    rows: list[tuple[str, ...]] = []
    strong = []
    for method in METHODS:
        first = True
        for name, sheet in sheets:
            row = sheet.micro.by(method)
            macro = next((each for each in sheet.macro if each.method == method), None)
            if row is None or macro is None:
                continue
            if method == HEADLINE:
                strong.append(len(rows))
            rows.append((method if first else "", name, *_method_cells(row, macro, sheet.micro.covered)))
            first = False
    chances = [f"{name} {100 * sheet.micro.chance:.3f} %" for name, sheet in sheets if sheet.micro.chance is not None]
    return Table(
        columns=(
            "Method",
            "Space",
            "Accuracy",
            "95 % interval",
            "Gain over only-b",
            "95 % interval",
            "Mean of categories",
            "Strict",
            "Honest",
            "a · a′ · b first, %",
            "Median rank",
        ),
        rows=tuple(rows),
        caption="Every method answers the same covered questions, with a, a′ and b excluded. The gain is in points, "
        "question by question. Strict counts an uncovered question as wrong. Honest is what is right with nothing "
        "excluded; beside it, how often the best word is then a, a′ or b itself, and the median rank of the right "
        f"answer. A word drawn at random is right by chance: {', '.join(chances)}.",
        numbers_from=2,
        strong=frozenset(strong),
    )


def _method_cells(row: MethodScore, macro: MacroScore, covered: int) -> tuple[str, ...]:
    return (
        percent(row.accuracy.value),
        _interval(row.accuracy),
        _points(row.gain),
        _points_interval(row.gain),
        percent(macro.accuracy.value),
        percent(row.strict.value),
        percent(row.honest_correct / covered),
        " · ".join(f"{100 * count / covered:.0f}" for count in row.honest_query),
        f"{row.median_rank:,.0f}",
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
    return interval_bars(series, categories, axis=f"accuracy of {HEADLINE}", description=description)


def bars_of(name: str, sheet: AnalogyScore, method: str) -> list[Bar]:
    return [
        Bar(
            label_of(row, sheet),
            found.accuracy.value,
            _pair(found.accuracy),
            tip(name, label_of(row, sheet), row, method),
        )
        for row in rows_of(sheet)
        if (found := row.by(method)) is not None
    ]


def part_bars(sheets: Sequence[Sheet], by: str) -> Figure:
    """Accuracy of 3CosAdd by a property of the questions, such as the frequency of the answer."""
    labelled = [(name, sheet, [part for part in sheet.parts if part.by == by]) for name, sheet in sheets]
    series = [
        (
            name if len(sheets) > 1 else "",
            [
                Bar(_range(part), part.accuracy[HEADLINE].value, _pair(part.accuracy[HEADLINE]), _part_tip(name, part))
                for part in parts
                if HEADLINE in part.accuracy
            ],
        )
        for name, _, parts in labelled
    ]
    categories = list(dict.fromkeys(_range(part) for _, _, parts in labelled for part in parts))
    description = f"Accuracy of {HEADLINE} by {by}"
    return interval_bars(series, categories, axis=f"accuracy of {HEADLINE}, by {by}", description=description)


def category_table(sheets: Sequence[Sheet]) -> Table:
    """Every category with its denominators."""
    rows: list[tuple[str, ...]] = []
    strong = []
    for category in categories_of(sheets):
        first = True
        for name, sheet in sheets:
            row = next((row for row in rows_of(sheet) if label_of(row, sheet) == category), None)
            if row is None:
                continue
            if row is sheet.micro:
                strong.append(len(rows))
            rows.append((category if first else "", name, *cells(row)))
            first = False
    return Table(
        columns=(
            "Category",
            "Space",
            HEADLINE,
            "95 % interval",
            "Gain over only-b",
            "95 % interval",
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
        numbers_from=2,
        strong=frozenset(strong),
    )


def cells(row: CategoryScore) -> tuple[str, ...]:
    found = row.by(HEADLINE)
    gain = None if found is None else found.gain
    return (
        percent(None if found is None else found.accuracy.value),
        "–" if found is None else _interval(found.accuracy),
        _points(gain),
        _points_interval(gain),
        "–" if found is None else f"{found.correct:,}",
        f"{row.covered:,}",
        f"{row.total:,}",
        percent(row.coverage),
        f"{row.covered_pairs:,}",
        "–" if row.consistency is None else f"{row.consistency.pcs:.2f}",
    )


def difference_table(difference: ScoreDifference) -> Table:
    """One space less the other by method, on the questions that both cover."""
    rows = [
        (method, _points(micro), _points_interval(micro), _points(macro), _points_interval(macro))
        for method, micro in difference.micro.items()
        if (macro := difference.macro.get(method)) is not None
    ]
    refused = f" {difference.no_headline}" if difference.no_headline else ""
    return Table(
        columns=("Method", "Difference", "95 % interval", "Mean of categories", "95 % interval"),
        rows=tuple(rows),
        caption=f"Accuracy of {difference.one} less that of {difference.other}, in points, question by question on the "
        f"{difference.covered:,} of {difference.total:,} questions that both cover. Where an interval holds 0, the "
        f"questions do not tell the two apart.{refused}",
    )


def tip(name: str, label: str, row: CategoryScore, method: str) -> str:
    found = row.by(method)
    if found is None:
        return label
    return (
        f"{label} · {name} · {method}\n{percent(found.accuracy.value)} ({_interval(found.accuracy)})\n"
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


def _range(part: PartScore) -> str:
    if part.by.startswith("rank"):
        return f"{part.by} {part.low:,.0f} – {part.high:,.0f}"
    return f"{part.by} {part.low:.2f} – {part.high:.2f}"


def _part_tip(name: str, part: PartScore) -> str:
    return f"{_range(part)} · {name}\n{part.covered:,} covered questions\n" + "\n".join(
        f"{method} {percent(found.value)} ({_interval(found)})" for method, found in _chosen(part.accuracy).items()
    )


def _chosen(accuracy: Mapping[str, Estimate]) -> dict[str, Estimate]:
    return {method: accuracy[method] for method in (HEADLINE, BASELINE) if method in accuracy}


def _pair(found: Estimate) -> tuple[float, float] | None:
    return None if found.interval is None else (found.interval.low, found.interval.high)


def _interval(found: Estimate) -> str:
    return between(_pair(found))


def _points(found: Estimate | None) -> str:
    return "–" if found is None else f"{100 * found.value:+.1f}"


def _points_interval(found: Estimate | None) -> str:
    if found is None or found.interval is None:
        return "–"
    return f"{100 * found.interval.low:+.1f} to {100 * found.interval.high:+.1f}"
