"""Analogy score sheets: what each method makes of the questions, by category, and where it does well."""

from collections.abc import Iterable, Sequence

from embedkit.analysis.analogies.methods import METHODS
from embedkit.analysis.analogies.score_sheet import (
    COVERAGE_FLOOR,
    HEADLINE,
    AnalogyScore,
    CategoryScore,
    MethodScore,
    ScoreDifference,
    draws_in_words,
    in_words,
    share,
)
from embedkit.analysis.intervals import Interval
from embedkit.numerals import MISSING, listed, percent, percent_ends, points_estimate, upper_first
from embedkit.report import summaries
from embedkit.report.figures.analogies import Sheet, categories_of, category_bars, label_of, part_bars, rows_of
from embedkit.report.findings import Finding, Measure, share_measure
from embedkit.report.material import Material
from embedkit.report.parts import Facts, Headline, Paragraph, Part, Table
from embedkit.report.sections.spec import SectionSpec
from embedkit.studies.words import QUESTIONS

NOT_COVERED = "No question has all its words in the vocabulary, so there is nothing to score."

MORE_TEXT = (
    " With 15.9 million words of Wikipedia it is 40 % of 13,062 covered ones: embedkit train word2vec --corpus TEXT "
    "--epochs 5."
)
"""What more text gives, as measured: the table of docs/benchmarks.md has it, beside gensim in the same run."""

COLUMNS = (
    "The gain is accuracy minus that of only-b, question by question: what a method adds to taking the word nearest to "
    "b. Strict counts an uncovered question as wrong. Honest is the accuracy with nothing excluded; then, how often "
    "the best word is then a, a′ or b itself, and the median rank of the right answer. If the interval of a gain or "
    "difference contains 0, the questions do not decide which is better."
)


def section(material: Material) -> Sequence[Part]:
    """All score sheets of the report, and how their spaces differ; nothing of what has no words."""
    if not material.sheets:
        if material.spaces and not material.has_words and summaries.token_level(material.run) != "char":
            return ()
        if summaries.token_level(material.run) == "char":
            return (Paragraph("Analogies ask for words, and this model's tokens are characters."),)
        command = f"embedkit analogy --space {material.run.name}"
        return (Paragraph(f"No score sheet is stored with this run; make one with `{command}`."),)
    return score_parts(material.sheets, material.differences)


def findings(material: Material) -> tuple[Finding, ...]:
    """Of several spaces the best, if any may be quoted: all questions, the category that it answers best, and what the
    figures leave out."""
    sheets = material.sheets
    if not sheets:
        return ()
    if all(sheet.micro.covered == 0 for _, sheet in sheets):
        return (Finding(NOT_COVERED, standing="open"),)
    quotable = _by_accuracy(sheets)
    if not quotable:
        text = f"None of the {len(sheets)} score sheets covers enough of its questions to be quoted."
        text = in_words(sheets[0][1]) if len(sheets) == 1 else text
        return (Finding(text, standing="open", plain=_too_few(sheets)),)
    name, sheet = quotable[0]
    text = in_words(sheet) if len(sheets) == 1 else f"Of {len(sheets)} score sheets that of the {name} is best: "
    text += "" if len(sheets) == 1 else in_words(sheet)
    lead = Finding(text, _measure(sheet.headline), plain=_plain(name, sheet))
    return (lead, *_best_category(sheet), Finding("", standing="trust", plain=_trust(name, sheet)))


def _best_category(sheet: AnalogyScore) -> Iterable[Finding]:
    """The category whose answers are for certain farthest beyond the word nearest to b; nothing of a single one."""
    measured = [
        (measure, category)
        for category in sheet.categories
        if (measure := _measure(category.by(HEADLINE))) is not None and measure.interval is not None
    ]
    if len(measured) < 2:
        return
    measure, category = max(measured, key=lambda each: each[0].skill)
    if measure.skill > 0:
        plain = (
            f"It is best at “{category.name}”: {percent(measure.value)} of {category.covered:,} such questions are "
            f"answered right."
        )
        yield Finding("", measure, plain=plain)


def _trust(name: str, sheet: AnalogyScore) -> str:
    """What the accuracy of all questions leaves out."""
    best, micro = sheet.headline, sheet.micro
    assert best is not None
    return (
        f"Of the analogies {percent(micro.coverage)} have all their words among those of the {name} and are counted. "
        f"The three words of the question may not be the answer; were they allowed, "
        f"{percent(best.honest_correct / micro.covered)} would be right."
    )


def _too_few(sheets: Iterable[Sheet]) -> str:
    sheets = list(sheets)
    counts = listed([f"{percent(sheet.micro.coverage)} by the {name}" for name, sheet in sheets])
    more = MORE_TEXT if all(sheet.questions == QUESTIONS for _, sheet in sheets) else ""
    return (
        f"How well analogies are answered: of the questions too few have all their words, {counts}, where "
        f"{percent(COVERAGE_FLOOR, 0)} are needed.{more}"
    )


def _measure(best: MethodScore | None) -> Measure | None:
    """The accuracy beside that of the word nearest to b."""
    if best is None or best.gain is None:
        return None
    baseline = best.accuracy.value - best.gain.value
    gain = best.gain.interval
    interval = None if gain is None else Interval(baseline + gain.low, baseline + gain.high)
    return share_measure(best.accuracy.value, baseline, "the word nearest to b alone", interval)


def _plain(name: str, sheet: AnalogyScore) -> str:
    best = sheet.headline
    assert best is not None
    return (
        f"Asked for the fourth word of an analogy, as in man : king = woman : ?, the {name} answer "
        f"{share(best.accuracy)} of {sheet.micro.covered:,} questions right."
    )


def headlines(sheets: Iterable[Sheet]) -> Iterable[Headline]:
    """A score a sheet, the best first; nothing where too few questions are covered by all."""
    for name, sheet in _by_accuracy(sheets):
        best, micro = sheet.headline, sheet.micro
        if best is not None:
            covered = f"{micro.covered:,} covered questions ({percent(micro.coverage)} of {micro.total:,})"
            detail = f"95 % {percent_ends(best.accuracy.interval)}, of {covered}; {name}"
            yield Headline(percent(best.accuracy.value), "analogies right", detail)


def _by_accuracy(sheets: Iterable[Sheet]) -> list[Sheet]:
    """The score sheets that cover enough questions to be quoted, the most accurate first."""
    quotable = [(best.accuracy.value, name, sheet) for name, sheet in sheets if (best := sheet.headline) is not None]
    return [(name, sheet) for _, name, sheet in sorted(quotable, key=lambda each: -each[0])]


def score_parts(sheets: Sequence[Sheet], differences: Sequence[ScoreDifference] = ()) -> list[Part]:
    """The findings in words, the methods, the categories, and where answers are found.

    Args:
        differences: of two of these spaces each, on the questions that both cover.
    """
    if all(sheet.micro.covered == 0 for _, sheet in sheets):
        return [Paragraph(_why_not_covered(sheets), quiet=True)]
    prefixes = {name: f"{name}: " if len(sheets) > 1 else "" for name, _ in sheets}
    parts: list[Part] = [Paragraph(f"{prefixes[name]}{in_words(sheet)}") for name, sheet in sheets if len(sheets) > 1]
    parts += [methods_table(name, sheet) for name, sheet in sheets if sheet.micro.covered]
    parts += [Paragraph(COLUMNS, quiet=True), Facts("What each method asks for", _methods(), folded=True)]
    parts += [difference_table(difference) for difference in differences]
    parts += [category_bars(sheets), Paragraph(_method_note(sheets), quiet=True), category_table(sheets)]
    parts += [part_bars(sheets, by) for by in dict.fromkeys(part.by for _, sheet in sheets for part in sheet.parts)]
    return parts


def _why_not_covered(sheets: Sequence[Sheet]) -> str:
    """How many questions were asked of which space, where none is covered."""
    questions = listed([f"{sheet.micro.total:,} of {sheet.questions} were put to the {name}" for name, sheet in sheets])
    return f"{upper_first(questions)}; a question is covered when all its words are among those that may answer."


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
            rows.append((category if first else "", *((name,) if several else ()), *category_cells(row)))
            first = False
    return Table(
        columns=(
            "Category",
            *(("Space",) if several else ()),
            f"{HEADLINE}, 95 %",
            "Gain over only-b, points",
            "Correct",
            "Covered",
            "Questions",
            "Coverage",
            "Pairs",
            "Consistency",
        ),
        rows=tuple(rows),
        caption="Accuracy is correct / covered. Pairs are the covered ones; intervals are over them. Consistency is "
        "the pairwise consistency score of Fournier et al. (2020): how well true pairs can be distinguished from "
        "shuffled ones by their offsets alone; 0.5 is chance.",
        numbers_from=2 if several else 1,
        strong=frozenset(strong),
    )


def category_cells(row: CategoryScore) -> tuple[str, ...]:
    """A category's row of the table, from its accuracy to its consistency."""
    score = row.by(HEADLINE)
    return (
        MISSING if score is None else share(score.accuracy),
        points_estimate(None if score is None else score.gain),
        MISSING if score is None else f"{score.correct:,.0f}",
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
        heading=f"{difference.one} minus {difference.other}",
    )


def _methods() -> tuple[tuple[str, str], ...]:
    return tuple((name, f"{method.description} ({method.source})") for name, method in METHODS.items())


def _method_note(sheets: Sequence[Sheet]) -> str:
    """Which questions were put to which space, and how the intervals were made."""
    questions = [
        f"{name}: {sheet.questions}, among the first {sheet.vocabulary:,} words"
        + (", questions in lower case" if sheet.lowercase else ", case as it stands")
        for name, sheet in sheets
    ]
    _, first = sheets[0]
    return (
        f"{'; '.join(questions)}. With equal scores the earlier word wins. Intervals are 95 %, over "
        f"word pairs: questions that share one are not independent. {draws_in_words(first)}"
    )


def _small(share: float) -> str:
    return percent(share, 3)


SECTIONS = (
    SectionSpec(
        "analogies",
        section,
        findings,
        ("analogies/*", "differences/*"),
        lambda material: headlines(material.sheets),
        heading="Analogies",
        caption=(
            "a is to a′ as b is to what? A question is covered if all its words are among the candidate "
            "answers. Intervals are 95 %, over word pairs."
        ),
    ),
)
