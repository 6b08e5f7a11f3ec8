"""`embedkit compare`."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embedkit.analysis.comparison.churn import FREQUENT
from embedkit.analysis.comparison.shifts import FLOOR
from embedkit.analysis.neighbors import rows_of
from embedkit.cli.choices import Seed
from embedkit.cli.opening import HowRead
from embedkit.cli.output import Json, note, print_json, print_table
from embedkit.cli.progress import Steps
from embedkit.cli.unused import refuse_unused
from embedkit.cli.words import Count
from embedkit.config import RESTRICT
from embedkit.errors import UsageError
from embedkit.numerals import MISSING, ends, percent
from embedkit.pipeline import REPORTS
from embedkit.runs.folder import open_run
from embedkit.spaces.reading import AS_IT_IS, Reading
from embedkit.studies.comparison import (
    Subject,
    beside,
    study_comparison,
    study_differences,
    study_maps,
    study_over_training,
    subject,
)
from embedkit.tasks import kinds

if TYPE_CHECKING:
    from embedkit.analysis.analogies.score_sheet import ScoreDifference
    from embedkit.analysis.comparison.churn import OverTraining
    from embedkit.analysis.comparison.shifts import WordShifts
    from embedkit.analysis.comparison.two_spaces import Comparison
    from embedkit.analysis.intervals import Interval

MOVED = 10
NEAR = 5


def compare(
    a: str | None = None,
    b: str | None = None,
    /,
    *more: str,
    over_training: bool = False,
    series: bool = False,
    restrict: int | None = None,
    k: Count | None = None,
    words: list[str] | None = None,
    floor: int | None = None,
    resamples: int | None = None,
    seed: Seed | None = None,
    reading: HowRead = AS_IT_IS,
    json: Json = False,
) -> None:
    """Compare two spaces.

    Args:
        a: A run, RUN/output, or an embedding file; by default the newest run of words.
        b: Another; by default the newest other run of words. Not used with --over-training.
        more: With --series, the spaces of later periods.
        over_training: Compare a language model with itself, from snapshot to snapshot of its training.
        series: Follow words through the spaces of several periods, in order, on one alignment. Separate several
            trainings of one period with commas: a word's band shows how far apart they are. With a single run, or
            several separated by commas, its snapshots are the periods.
        restrict: Compare only the first N words of each space (the most frequent, if it is sorted by frequency); 0 for
            all. By default 30,000, over training 5,000.
        k: How many neighbours of a word to compare; by default 10.
        words: Also show these words, as in --words river,bank.
        floor: Leave words that occur less often than this in a training text out of the lists of moved words; 0 for
            none. By default 50.
        resamples: Bootstrap draws for the intervals; by default 1,000.
        seed: Seeds the random draws; by default 0.
    """
    if more and not series:
        raise UsageError(f"{2 + len(more)} spaces are not compared two by two; follow words through them with --series")
    if series and over_training:
        raise UsageError("--series follows words through spaces, --over-training compares snapshots: one at a time")
    if b is not None and over_training:
        raise UsageError(f"--over-training compares {a} with itself; leave {b} out")
    if restrict is not None and restrict < 0:
        raise UsageError(f"--restrict {restrict}: must be at least 1, or 0 for all words")
    if floor is not None and floor < 0:
        raise UsageError(f"--floor {floor}: must be at least 0, which leaves nothing out")
    if series:
        refuse_unused("two spaces, not with --series", k=k, resamples=resamples, seed=seed)
    if over_training:
        of_files = dict.fromkeys(reading.to_json(), True)
        refuse_unused("two spaces or --series, not with --over-training", words=words, floor=floor, **of_files)
    least = FLOOR if floor is None else floor
    options = {"k": 10 if k is None else k, "resamples": 1000 if resamples is None else resamples, "seed": seed or 0}
    chosen_words = [word for each in words or [] for word in each.split(",") if word]
    if series:
        from embedkit.cli.series import follow

        among = RESTRICT if restrict is None else restrict or None
        follow([each for each in (a, b, *more) if each is not None], chosen_words, least, among, reading, json)
        return
    if over_training:
        _over_training(a, FREQUENT if restrict is None else restrict, options, json)
    else:
        among = RESTRICT if restrict is None else restrict or None
        _compare_two(a, b, options | {"restrict": among}, chosen_words, least, reading, json)


def _compare_two(
    a: str | None,
    b: str | None,
    options: dict[str, Any],
    chosen_words: list[str],
    floor: int,
    reading: Reading,
    json: bool,
) -> None:
    steps = Steps()
    one = subject(a, reading, steps=steps)
    other = beside(one) if b is None else subject(b, reading, steps=steps)
    for side in (one, other):
        rows_of(side.space, chosen_words)
    comparison = study_comparison(one, other, steps=steps, **options)
    chosen_rows = [_row(comparison.words, word) for word in chosen_words]
    difference = study_differences(one, other, steps=steps)
    study_maps(one, other, steps=steps)
    with steps("render"):
        page = _report(one, other, floor)
    if json:
        moved = {
            "most": [_about(comparison, row) for row in comparison.words.moved_most(MOVED, floor=floor)],
            "least": [_about(comparison, row) for row in comparison.words.moved_least(MOVED, floor=floor)],
        }
        record = {
            **asdict(comparison.figures),
            "analogies": None if difference is None else asdict(difference),
            "floor": floor,
            "moved": moved,
            "words": [_about(comparison, row) for row in chosen_rows],
            "report": str(page),
        }
        print_json(record)
        return
    _print_figures(comparison, difference)
    for title, rows in (
        ("moved most", comparison.words.moved_most(MOVED, floor=floor)),
        ("moved least", comparison.words.moved_least(MOVED, floor=floor)),
    ):
        if len(rows):
            _print_words(
                comparison, rows.tolist(), f"Words that {title}, by second-order shift ({_above(comparison, floor)})"
            )
    if chosen_rows:
        _print_words(comparison, chosen_rows, "Requested words")
    note(f"report: {page}")


def _report(one: Subject, other: Subject, floor: int) -> Path:
    from embedkit.report.compose import comparison_report
    from embedkit.report.rendering import render

    report = comparison_report(one.run, one.which, other.run, other.which, floor=floor)
    return render(report, REPORTS / f"compare-{_file(one)}-{_file(other)}.html")


def _file(subject: Subject) -> str:
    """A space in the name of a file: the run, and its space where that is not the one that is meant without a name."""
    from embedkit.spaces.open import default_space

    return subject.run.name if subject.which == default_space(subject.run) else subject.key.replace("/", "-")


def _row(words: "WordShifts", word: str) -> int:
    """Raises:
    UsageError: the word is too rare to have been looked at.
    """
    row = words.index_of(word)
    if row is None:
        raise UsageError(f"{word!r} is not among the first words of both spaces; raise --restrict, or 0 for all")
    return row


def _print_figures(comparison: "Comparison", difference: "ScoreDifference | None") -> None:
    figures = comparison.figures
    held_out, cka, distances = figures.alignment.held_out, figures.cka, figures.distances
    alignment, overlap = figures.alignment, figures.neighbors
    rows = [
        ("neighbourhood overlap", *_mean(overlap.value, overlap.interval), f"{figures.neighbors_chance:.4f}"),
        (
            "cosine after alignment, held out",
            *_mean(held_out.value, held_out.interval),
            f"{alignment.shuffled_held_out:.3f}",
        ),
        ("cosine after alignment, fitted", f"{alignment.fitted:.3f}", MISSING, f"{alignment.shuffled_fitted:.3f}"),
        ("CKA, debiased", *_mean(cka.debiased, cka.interval), "0"),
        ("CKA, plain", f"{cka.plain:.3f}", MISSING, f"{cka.shuffled:.3f}"),
        ("rank correlation of distances", *_mean(distances.correlation, distances.interval), "0"),
    ]
    print_table(
        ("over the shared words", ">value", ">95 % interval", ">shuffled labels"),
        rows,
        title=f"{figures.a.name} and {figures.b.name} compared",
    )
    sides = " and ".join(
        f"{percent(figures.shared / side.considered)} of {side.considered:,} of {side.name}"
        for side in (figures.a, figures.b)
    )
    pairs = f"{'all' if distances.all_pairs else 'random'} {distances.pairs:,} pairs"
    print(
        f"{figures.shared:,} words are shared ({sides}). {figures.k} neighbours a word, among the shared words; "
        f"distances over {pairs}; intervals over words, {figures.resamples:,} resamples, seed {figures.seed}."
    )
    if difference is not None:
        from embedkit.analysis.analogies.score_sheet import HEADLINE, share

        gap = difference.micro.get(HEADLINE)
        if gap is not None:
            print(
                f"{difference.questions}, {HEADLINE}: {difference.one} minus {difference.other} is {share(gap)}, "
                f"on the {difference.covered:,} of {difference.total:,} questions that both cover."
            )


def _print_words(comparison: "Comparison", rows: list[int], title: str) -> None:
    from embedkit.report.sections.comparison import visible_word

    words, k = comparison.words, comparison.figures.k
    table = []
    for row in rows:
        near_a, near_b = words.nearest(row, NEAR)
        table.append(
            (
                visible_word(words.labels[row]),
                " / ".join(f"{rank:,}" for rank in words.ranks[row]),
                " / ".join(MISSING if count != count else f"{count:,.0f}" for count in words.counts[row]),
                f"{words.common[row]} of {k}",
                f"{words.shift[row]:.2f}",
                f"{words.second_order[row]:.4f}",
                " | ".join(", ".join(map(visible_word, near)) for near in (near_a, near_b)),
            )
        )
    columns = ("word", ">rank", ">count", ">kept", ">shift", ">second order", "nearest in the one | in the other")
    print_table(columns, table, title=title)


def _about(comparison: "Comparison", row: int) -> dict[str, Any]:
    words = comparison.words
    near_a, near_b = words.nearest(row)
    return {
        "word": words.labels[row],
        "ranks": [int(rank) for rank in words.ranks[row]],
        "counts": [None if count != count else int(count) for count in words.counts[row]],
        "jaccard": float(words.jaccard[row]),
        "shift": float(words.shift[row]),
        "second_order_shift": float(words.second_order[row]),
        "nearest": [list(near_a), list(near_b)],
    }


def _above(comparison: "Comparison", floor: int) -> str:
    eligible = int(comparison.words.eligible(floor).sum())
    if not floor:
        return f"of all {eligible:,}"
    counted = (comparison.words.counts == comparison.words.counts).any()
    return f"of {eligible:,} that occur {floor:,} times or more" if counted else f"of the {eligible:,} first"


def _over_training(source: str | None, restrict: int, options: dict[str, Any], json: bool) -> None:
    from embedkit.report.compose import over_training_report
    from embedkit.report.rendering import render
    from embedkit.spaces.open import find_run

    run = open_run(kinds=kinds("snapshots")) if source is None else find_run(source)[0]
    steps = Steps()
    course = study_over_training(run, steps=steps, frequent=restrict or None, **options)
    with steps("render"):
        page = render(over_training_report(run), REPORTS / f"over-training-{run.name}.html")
    if json:
        print_json({**asdict(course), "report": str(page)})
        return
    _print_course(course)
    note(f"report: {page}")


def _print_course(course: "OverTraining") -> None:
    rows = []
    for snapshot in course.snapshots:
        to_next, to_last, cka, analogies = snapshot.to_next, snapshot.to_last, snapshot.cka_to_last, snapshot.analogies
        rows.append(
            (
                f"{snapshot.step:,}",
                f"{snapshot.tokens_seen:,}",
                *((MISSING, MISSING) if to_next is None else _mean(to_next.value, to_next.interval)),
                *((MISSING, MISSING) if to_last is None else _mean(to_last.value, to_last.interval)),
                *((MISSING, MISSING) if cka is None else _mean(cka.debiased, cka.interval)),
                *(
                    (MISSING, MISSING)
                    if analogies is None
                    else (percent(analogies.accuracy), ends(analogies.interval, 1, scale=100))
                ),
            )
        )
    interval = ">95 % interval"
    columns = (">step", ">tokens", ">churn to next", interval, ">to last", interval, ">CKA to last", interval)
    print_table((*columns, ">analogies", interval), rows, title=f"{course.space} over its training")
    print(
        f"Churn is 1 − the mean Jaccard index of the {course.k} nearest of the {course.words:,} most frequent words; "
        f"with shuffled labels it would be {course.churn_chance:.4f}. Intervals over words, {course.resamples:,} "
        f"resamples, seed {course.seed}."
    )
    last = course.snapshots[-1].analogies
    if last is not None:
        covered = f"{last.covered:,} of {last.total:,} questions covered, the same at each step"
        print(f"Analogies: {course.questions}, {covered}.")


def _mean(value: float | None, interval: "Interval | None") -> tuple[str, str]:
    return MISSING if value is None else f"{value:.3f}", ends(interval)
