"""`embedkit neighbors` and `embedkit analogy`."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from embedkit.cli.output import Json, note, percent, print_json, print_table
from embedkit.cli.progress import Steps, progress
from embedkit.config import RESTRICT
from embedkit.errors import UsageError, unknown
from embedkit.pipeline import QUESTIONS, REPORTS, default_run

if TYPE_CHECKING:
    import numpy as np

    from embedkit.analysis.analogies import AnalogyScore, CategoryScore

Words = Annotated[str, Parameter(allow_leading_hyphen=True)]
"""Words may be "-" and "+"; `_refuse_options` catches an option that was mistyped among them."""
Count = Annotated[int, Parameter(name="-k")]


def neighbors(
    *words: Words, space: str | None = None, k: Count = 10, restrict: int | None = None, json: Json = False
) -> None:
    """Show the nearest words.

    Args:
        words: One or more words of the space; of a seq2seq run phrases in quotes, also ones it has not seen.
        space: A run, RUN/output, or an embedding file; by default the newest run of words.
        k: How many neighbours.
        restrict: Only the first so many words, the most frequent, may answer; by default all.
    """
    from embedkit.analysis.neighbors import nearest, nearest_to
    from embedkit.spaces.open import open_space

    _refuse_options(words, "neighbors")
    if not words:
        raise UsageError("name a word, such as `embedkit neighbors river`")
    opened = open_space(space)
    unseen = _encoded(space, [word for word in words if word not in opened])
    found = {
        word: nearest_to(opened, unseen[word], k=k, restrict=restrict)
        if word in unseen
        else nearest(opened, word, k=k, restrict=restrict)
        for word in words
    }
    if json:
        answers = {word: [asdict(answer) for answer in found[word]] for word in found}
        print_json({"space": opened.name, "restrict": restrict, "neighbors": answers})
        return
    for word, near in found.items():
        rows = [(str(i), answer.word, f"{answer.cosine:.3f}") for i, answer in enumerate(near, 1)]
        print_table((">", "word", ">cosine"), rows, title=f"{word}: nearest in {opened.name}")


def _encoded(source: str | None, texts: list[str]) -> "dict[str, np.ndarray]":
    """The bottleneck vectors of texts that the training phrases of a seq2seq run do not have; none for other spaces."""
    from embedkit.spaces.open import find_run

    if not texts or (source is not None and Path(source).is_file()):
        return {}
    run, which = find_run(source)
    if run.kind != "seq2seq" or which not in ("phrases", "encoded"):
        return {}
    from embedkit.decoding.translation import Translator

    return dict(zip(texts, Translator(run).codes(texts), strict=True))


def analogy(
    *expression: Words,
    space: str | None = None,
    questions: str | None = None,
    restrict: int = RESTRICT,
    k: Count = 10,
    json: Json = False,
) -> None:
    """Solve an analogy.

    Args:
        expression: king - man + woman, or the three words man king woman; with none, a question set is run.
        space: A run, RUN/output, or an embedding file; by default the newest run of words.
        questions: A question set's name or a file of questions; by default google-analogies.
        restrict: Only the first so many words, the most frequent, may answer; 0 for all.
        k: How many answers.
    """
    _refuse_options(expression, "analogy")
    if restrict < 0:
        raise UsageError(f"--restrict {restrict}: must be at least 1, or 0 for all words")
    if expression and questions:
        raise UsageError("give an expression or --questions, not both")
    if expression:
        _solve(" ".join(expression), space, restrict or None, k, json)
    else:
        _score(space, questions or QUESTIONS, restrict or None, json)


def _solve(expression: str, source: str | None, restrict: int | None, k: int, json: bool) -> None:
    from embedkit.analysis.analogies import parse_expression, solve
    from embedkit.spaces.open import open_space

    positive, negative = parse_expression(expression)
    space = open_space(source)
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


def _score(source: str | None, questions: str, restrict: int | None, json: bool) -> None:
    from embedkit.analysis.analogies import score
    from embedkit.analysis.questions import AnalogySet
    from embedkit.corpora import questions_file
    from embedkit.spaces.open import open_space

    asked = AnalogySet.read(questions_file(questions), name=Path(questions).stem)
    if source is None:
        source = str(default_run(on_step=Steps()).path)
    space = open_space(source)
    done = 0
    with progress(f"scoring {len(asked):,} questions") as show:

        def answered(more: int) -> None:
            nonlocal done
            done += more
            show(done / len(asked))

        found = score(space, asked, restrict=restrict, on_questions=answered)
    page = _render_score(source, found)
    if json:
        print_json({**asdict(found), "report": None if page is None else str(page)})
        return
    rows = [_score_row(category) for category in (*found.categories, found.overall)]
    print_table(
        ("category", ">accuracy", ">95 % interval", ">correct", ">covered", ">questions", ">coverage"),
        rows,
        title=f"{found.questions} on {found.space} ({found.method})",
    )
    print(
        f"The query words are excluded. {_among(found.vocabulary, restrict)} Intervals: bootstrap over word pairs, "
        f"{found.resamples:,} resamples. With nothing excluded {found.overall.honest_correct:,} are right."
    )
    if page is not None:
        note(f"report: {page}")


def _score_row(category: "CategoryScore") -> tuple[str, ...]:
    interval = category.interval
    return (
        category.name,
        percent(category.accuracy),
        "–" if interval is None else f"{100 * interval.low:.1f} – {100 * interval.high:.1f}",
        f"{category.correct:,}",
        f"{category.covered:,}",
        f"{category.total:,}",
        percent(category.coverage),
    )


def _among(vocabulary: int, restrict: int | None) -> str:
    if restrict is None:
        return f"All {vocabulary:,} words may answer."
    return f"The {vocabulary:,} most frequent words may answer (--restrict {restrict})."


def _render_score(source: str, score: "AnalogyScore") -> Path | None:
    """Keep a score with the run it belongs to and render reports/html/analogy.html; a file's score is only printed."""
    if Path(source).is_file():
        return None
    from embedkit.report.compose import analogy_report
    from embedkit.report.rendering import render
    from embedkit.spaces.open import find_run
    from embedkit.spaces.store import save_score

    run, _ = find_run(source)
    save_score(run, score)
    return render(analogy_report(run), REPORTS / "analogy.html")


def _refuse_options(words: tuple[str, ...], command: str) -> None:
    """Where "-" may be a word, a mistyped option lands among the words: find it and name the nearest.

    Raises:
        UsageError: a word of two or more characters starts with a dash.
    """
    from embedkit.cli.app import app

    for word in words:
        if word.startswith("-") and word != "-":
            arguments = app[command].assemble_argument_collection()
            options = [name for argument in arguments for name in argument.names if name.startswith("-")]
            raise unknown("option", word, options, hint="(put spaces around a minus: king - man + woman)")
