"""`embedkit compare … --series`."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from embedkit.cli.output import note, print_json, print_table
from embedkit.cli.progress import Steps
from embedkit.errors import UsageError
from embedkit.numerals import MISSING
from embedkit.pipeline import REPORTS
from embedkit.spaces.reading import Reading

if TYPE_CHECKING:
    from embedkit.analysis.comparison.series import Series, WordPath


def follow(
    sources: Sequence[str], words: Sequence[str], floor: int, restrict: int | None, reading: Reading, json: bool
) -> None:
    """Follow words through spaces of several periods, print who left the band of its seeds, and render a report."""
    from embedkit.report.compose import series_report
    from embedkit.report.rendering import render
    from embedkit.studies.series import series_subject, study_series

    if not sources:
        raise UsageError("name the spaces of a series in their order, or a run that has snapshots")
    steps = Steps()
    subject = series_subject(sources, reading, steps=steps)
    series, name = study_series(subject, words=words, floor=floor, restrict=restrict, steps=steps)
    with steps("render"):
        page = render(series_report(subject.runs, name), REPORTS / f"series-{name}.html")
    if json:
        print_json({**asdict(series), "report": str(page)})
        return
    _print(series)
    note(f"report: {page}")


def _print(series: "Series") -> None:
    from embedkit.report.sections.series import finding

    print_table(
        ("period", "spaces", ">median distance from the first", ">cosine with the mean"),
        [
            (
                period.name,
                ", ".join(period.spaces),
                MISSING if period.typical is None else f"{period.typical:.3f}",
                f"{period.agreement:.3f}",
            )
            for period in series.periods
        ],
        title=f"{series.words:,} words that all have, on one alignment",
    )
    order = "by the largest distance" if series.left is None else "by how far the closest pair is above the band"
    for title, paths in ((f"Words that moved most, {order}", series.paths), ("Requested words", series.asked)):
        if paths:
            _print_words(series, paths, title)
    print(finding(series))


def _print_words(series: "Series", paths: "Sequence[WordPath]", title: str) -> None:
    from embedkit.report.sections.comparison import visible_word

    later = [period.name for period in series.periods[1:]]
    print_table(
        ("word", ">count", *(f">to {name}" for name in later), ">band", "left it at", "nearest at first | at last"),
        [
            (
                visible_word(path.word),
                MISSING if path.count is None else f"{path.count:,}",
                *(f"{distance:.3f}" for distance in path.distances[1:]),
                MISSING if path.band is None else f"{path.band:.3f}",
                MISSING if path.left is None else series.periods[path.left].name,
                " | ".join(", ".join(map(visible_word, near)) for near in (path.nearest[0], path.nearest[-1])),
            )
            for path in paths
        ],
        title=title,
    )
