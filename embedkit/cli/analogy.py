"""`embedkit analogy`."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embedkit.analysis.postprocessing import postprocessed
from embedkit.cli.choices import Postprocess, Seed
from embedkit.cli.opening import HowRead, home, of_words, opened
from embedkit.cli.output import Json, note, print_json, print_table
from embedkit.cli.progress import Steps, progress
from embedkit.cli.unused import refuse_unused
from embedkit.cli.words import Count, Several, Words, refuse_options
from embedkit.config import RESTRICT
from embedkit.errors import UsageError
from embedkit.numerals import MISSING, TOO_FEW, difference, difference_ends, ends, percent
from embedkit.pipeline import REPORTS, default_run
from embedkit.spaces.reading import AS_IT_IS, Reading
from embedkit.studies.words import QUESTIONS

if TYPE_CHECKING:
    from embedkit.analysis.analogies.answer_sheet import AnswerSheet
    from embedkit.analysis.analogies.questions import AnalogySet
    from embedkit.analysis.analogies.score_sheet import AnalogyScore, CategoryScore, ScoreDifference
    from embedkit.analysis.intervals import Estimate
    from embedkit.runs.folder import Run
    from embedkit.spaces.space import EmbeddingSpace


def analogy(
    *expression: Words,
    space: Several | None = None,
    questions: str | None = None,
    method: Several | None = None,
    restrict: int = RESTRICT,
    lowercase: bool | None = None,
    seed: Seed | None = None,
    k: Count | None = None,
    postprocess: Postprocess | None = None,
    reading: HowRead = AS_IT_IS,
    json: Json = False,
) -> None:
    """Solve an analogy.

    Args:
        expression: king - man + woman, or the three words man king woman; without one, a question set is scored.
        space: A run, RUN/output, or an embedding file; by default the newest run of words. Repeat to compare several.
        questions: A question set's name (google, bats), or a file or folder of questions; by default google-analogies.
        method: For a question set: only these methods, such as 3CosAdd; by default all.
        restrict: Search for answers only among the first N words (the most frequent, if the space is sorted by
            frequency); 0 for all.
        lowercase: For a question set: lower-case the questions first; by default if the words of the space are lower
            case.
        seed: For a question set: seeds LRCos's random draws; by default 0.
        k: How many answers to show for an expression; by default 10.
        postprocess: Subtract the mean vector (centred), or also remove the top components (all-but-the-top, Mu &
            Viswanath 2018). Scores of postprocessed spaces are printed but not saved.
    """
    refuse_options(expression, "analogy")
    if restrict < 0:
        raise UsageError(f"--restrict {restrict}: must be at least 1, or 0 for all words")
    if expression and questions:
        raise UsageError("give an expression or --questions, not both")
    sources = list(dict.fromkeys(space or []))
    if expression:
        refuse_unused("a question set, and words are given", method=method, lowercase=lowercase, seed=seed)
        if len(sources) > 1:
            raise UsageError("an expression is solved in one space; give one --space")
        space_named = postprocessed(opened(sources[0] if sources else None, reading), postprocess)
        _solve(" ".join(expression), space_named, restrict or None, 10 if k is None else k, json)
        return
    refuse_unused("an expression, and a question set is run", k=k)
    options: dict[str, Any] = {"restrict": restrict or None, "lowercase": lowercase, "seed": seed or 0}
    if method:
        from embedkit.analysis.analogies.scoring import chosen

        options["methods"] = chosen(method)
    _score(sources, questions or QUESTIONS, options, postprocess, reading, json)


def _solve(expression: str, space: "EmbeddingSpace", restrict: int | None, k: int, json: bool) -> None:
    from embedkit.analysis.analogies.expressions import parse_expression, solve

    positive, negative = parse_expression(expression)
    answer = solve(space, positive, negative, k=k, restrict=restrict)
    if json:
        print_json({"space": space.name, **asdict(answer)})
        return
    rows = [
        (str(i), best.word, f"{best.cosine:.3f}", honest.word, f"{honest.cosine:.3f}")
        for i, (best, honest) in enumerate(zip(answer.answers, answer.honest, strict=False), 1)
    ]
    columns = (">", "answer", ">cosine", "with nothing excluded", ">cosine")
    print_table(columns, rows, title=f"{expression}, in {space.name}")
    print(f"The query words are excluded on the left. {_among(answer.vocabulary, restrict)}")


def _score(
    sources: list[str], questions: str, options: dict[str, Any], postprocess: str | None, reading: Reading, json: bool
) -> None:
    from embedkit.analysis.analogies.scoring import difference, sheet

    question_set = _questions(questions)
    sources = sources or [str(default_run(steps=Steps()).path)]
    spaces = [postprocessed(of_words(opened(source, reading), "question sets"), postprocess) for source in sources]
    answers = [_answer(space, question_set, options) for space in spaces]
    sheets = [sheet(each) for each in answers]
    differences = [difference(answers[0], other) for other in answers[1:]]
    page = None if postprocess else _report([home(source, reading) for source in sources], sheets, differences)
    if json:
        print_json(
            {
                "scores": [asdict(score) for score in sheets],
                "differences": [asdict(less) for less in differences],
                "report": None if page is None else str(page),
            }
        )
        return
    for score in sheets:
        _print_sheet(score)
    for less in differences:
        _print_difference(less)
    if page is not None:
        note(f"report: {page}")


def _questions(source: str) -> "AnalogySet":
    """A question set by its name, or from a file or folder, after which it is called then."""
    from embedkit.analysis.analogies.questions import AnalogySet
    from embedkit.corpora import questions_file, set_name

    path = questions_file(source)
    return AnalogySet.read(path, name=set_name(path))


def _answer(space: "EmbeddingSpace", questions: "AnalogySet", options: dict[str, Any]) -> "AnswerSheet":
    from embedkit.analysis.analogies.scoring import answer

    with progress(f"{space.name}: {len(questions):,} questions") as show:
        return answer(space, questions, **options, progress=show)


def _report(
    homes: "list[tuple[Run, str]]",
    sheets: "list[AnalogyScore]",
    differences: "list[ScoreDifference]",
) -> Path:
    """Keep the scores with the runs they belong to and render reports/html/analogy.html."""
    from embedkit.analysis.analogies.score_sheet import DIFFERENCES, SCORE_SHEETS
    from embedkit.report.compose import analogy_report
    from embedkit.report.rendering import render

    for (run, _), score in zip(homes, sheets, strict=True):
        SCORE_SHEETS.save(run, score)
    for less in differences:
        DIFFERENCES.save(homes[0][0], less)
    keys = [f"{run.name}/{which}" for run, which in homes]
    report = analogy_report(*dict.fromkeys(run for run, _ in homes), keys=keys, questions=sheets[0].questions)
    return render(report, REPORTS / "analogy.html")


def _print_sheet(score: "AnalogyScore") -> None:
    from embedkit.analysis.analogies.score_sheet import HEADLINE, draws_in_words, in_words

    macro = {row.method: row for row in score.macro}
    covered = score.micro.covered
    rows = [
        (
            row.method,
            percent(row.accuracy.value),
            _interval(row.accuracy),
            *_gain(row.gain),
            percent(macro[row.method].accuracy.value),
            percent(row.strict.value),
            percent(row.honest_correct / covered),
            " ".join(f"{100 * count / covered:.0f}" for count in row.honest_query),
            f"{row.median_rank:,.0f}",
        )
        for row in score.micro.methods
    ]
    print_table(
        (
            "method",
            ">accuracy",
            ">95 % interval",
            ">gain",
            ">95 % interval",
            ">macro",
            ">strict",
            ">honest",
            ">a a′ b",
            ">rank",
        ),
        rows,
        title=f"{score.questions} on {score.space}",
    )
    categories = [_category_row(category) for category in (*score.categories, score.micro)]
    print_table(
        (
            "category",
            ">accuracy",
            ">95 % interval",
            ">gain",
            ">correct",
            ">covered",
            ">questions",
            ">coverage",
            ">pairs",
        ),
        categories,
        title=f"{score.questions} on {score.space} ({HEADLINE})",
    )
    print(in_words(score))
    chance = "" if score.micro.chance is None else f" Chance is {percent(score.micro.chance, 3)}."
    print(
        f"a, a′ and b are excluded; honest is with nothing excluded. {_among(score.vocabulary, score.restrict)} The "
        f"gain, in points, is over the nearest word to b. Intervals are over word pairs.{chance}"
    )
    if draws := draws_in_words(score):
        print(draws)


def _category_row(category: "CategoryScore") -> tuple[str, ...]:
    from embedkit.analysis.analogies.score_sheet import HEADLINE

    row = category.by(HEADLINE)
    return (
        category.name,
        percent(None if row is None else row.accuracy.value),
        _interval(None if row is None else row.accuracy),
        _gain(None if row is None else row.gain)[0],
        MISSING if row is None else f"{row.correct:,.0f}",
        f"{category.covered:,}",
        f"{category.total:,}",
        percent(category.coverage),
        f"{category.covered_pairs:,}",
    )


def _print_difference(less: "ScoreDifference") -> None:
    rows = [
        (
            method,
            *_gain(gain),
            *_gain(less.macro[method]),
        )
        for method, gain in less.micro.items()
    ]
    print_table(
        ("method", ">difference", ">95 % interval", ">macro", ">95 % interval"),
        rows,
        title=f"{less.one} minus {less.other}, in points, on the {less.covered:,} of {less.total:,} questions that "
        "both cover",
    )
    if less.no_headline:
        print(less.no_headline)


def _interval(estimate: "Estimate | None") -> str:
    if estimate is None:
        return MISSING
    return TOO_FEW if estimate.interval is None else ends(estimate.interval, 1, scale=100)


def _gain(estimate: "Estimate | None") -> tuple[str, str]:
    """A difference of accuracies in points, and its interval."""
    if estimate is None:
        return MISSING, MISSING
    within = TOO_FEW if estimate.interval is None else difference_ends(estimate.interval, 1, scale=100)
    return difference(estimate.value, 1, scale=100), within


def _among(vocabulary: int, restrict: int | None) -> str:
    if restrict is None:
        return f"All {vocabulary:,} words may answer."
    return f"The first {vocabulary:,} words may answer (--restrict {restrict})."
