"""A series of spaces: which words left the band of their own seeds, and the path of each."""

from collections.abc import Iterable, Sequence

from bokeh.models import FixedTicker

from embedkit.analysis.comparison.series import Series, WordPath
from embedkit.analysis.comparison.stored import SERIES
from embedkit.numerals import MISSING, counted
from embedkit.report import metrics
from embedkit.report.figures import style as figures
from embedkit.report.figures.lines import Line, draw_lines, rule
from embedkit.report.material import Material
from embedkit.report.parts import Figure, Headline, Paragraph, Part, Table
from embedkit.report.sections.comparison import visible_word
from embedkit.report.sections.spec import SectionSpec

DRAWN = 6
"""Words that moved most whose paths are drawn."""
HEIGHT = 190
MOST = "Words that moved most"


def _series(material: Material) -> Series | None:
    return SERIES.load_or_none(material.run, material.series[0]) if material.series else None


def finding(series: Series) -> str:
    """How many words left their band, and how many would by chance."""
    over = f"{counted(series.considered, 'word')} through {counted(len(series.periods), 'period')}"
    most = visible_word(series.paths[0].word) if series.paths else None
    if series.left is None:
        moved = f"; “{most}” moved most" if most is not None else ""
        return (
            f"Of {over} none has a band to leave: each period has one space, so that real movement cannot be told "
            f"from that between two seeds{moved}."
        )
    chance = (
        ""
        if series.left_by_chance is None
        else f"; with the spaces reassigned to the periods at random it is {series.left_by_chance:,.1f} on average"
    )
    first = f" “{most}” is farthest above its band." if most is not None and series.left else ""
    return f"Of {over} {series.left:,} left the band of their own seeds{chance}.{first}"


def headlines(material: Material) -> Iterable[Headline]:
    """How many words left their band, beside chance."""
    series = _series(material)
    if series is not None and series.left is not None:
        chance = MISSING if series.left_by_chance is None else f"{series.left_by_chance:,.1f}"
        detail = f"of {series.considered:,}; {chance} with the spaces reassigned at random"
        yield Headline(f"{series.left:,}", "words left their seeds' band", detail)
    yield from metrics.trained(material.run)


def parts(material: Material) -> Sequence[Part]:
    """The periods, the words that moved most, and their paths."""
    series = _series(material)
    if series is None:
        return ()
    asked = [path for path in series.asked if path not in series.paths[:DRAWN]]
    body: list[Part] = [_periods(series), _words(series, series.paths, MOST)]
    if series.asked:
        body.append(_words(series, series.asked, "Requested words"))
    body += [_path(series, path) for path in (*series.paths[:DRAWN], *asked)]
    return (*body, Paragraph(_note(series), quiet=True))


def _periods(series: Series) -> Table:
    return Table(
        ("Period", "Spaces", "Median distance from the first", "Cosine with the mean of all"),
        tuple(
            (
                period.name,
                ", ".join(period.spaces),
                MISSING if period.typical is None else f"{period.typical:.3f}",
                f"{period.agreement:.3f}",
            )
            for period in series.periods
        ),
        "Of the first period the distance is that between its own spaces.",
        heading="The periods",
        numbers_from=2,
    )


def _words(series: Series, paths: Sequence[WordPath], heading: str) -> Table:
    first, *later = [period.name for period in series.periods]
    rows = [
        (
            visible_word(path.word),
            MISSING if path.count is None else f"{path.count:,}",
            *(f"{distance:.3f}" for distance in path.distances[1:]),
            MISSING if path.band is None else f"{path.band:.3f}",
            MISSING if path.left is None else series.periods[path.left].name,
            ", ".join(map(visible_word, path.nearest[0])),
            ", ".join(map(visible_word, path.nearest[-1])),
        )
        for path in paths
    ]
    columns = ("Word", "Count", *(f"To {name}" for name in later), "Band", "Left it at", f"Nearest, {first}")
    ranked = {
        MOST: "In the order of the largest distance. "
        if series.left is None
        else "In the order of how far the closest pair of spaces lies above the band at most. "
    }
    return Table(
        (*columns, f"Nearest, {later[-1]}"),
        tuple(rows),
        "Distance from the first period: 1 − the cosine of the word's vectors, the mean over all pairs of spaces. "
        f"{ranked.get(heading, '')}The count is the lowest of its counts in the texts.",
        heading=heading,
        prose=frozenset({len(columns) - 1, len(columns)}),
    )


def _path(series: Series, path: WordPath) -> Figure:
    names, word = [period.name for period in series.periods], visible_word(path.word)
    values = [*path.distances, path.band or 0.0]
    plot = figures.blank(
        height=HEIGHT,
        x_range=figures.extent(-0.2, len(names) - 0.8),
        y_range=figures.extent(0, 1.12 * max(values) or 1.0),
    )
    plot.yaxis.axis_label = "distance"
    plot.xaxis.axis_label = "period"
    plot.xaxis.ticker = FixedTicker(ticks=list(range(len(names))))
    plot.xaxis.major_label_overrides = {number: figures.plain(name) for number, name in enumerate(names)}
    tips = [
        f"{word}, {name}: {distance:.3f} from {names[0]}\n{', '.join(map(visible_word, near))}"
        for name, distance, near in zip(names, path.distances, path.nearest, strict=True)
    ]
    draw_lines(plot, [Line(path.word, "series-1", list(range(len(names))), path.distances, tips)])
    if path.band is not None:
        rule(plot, path.band, "width")
    ends = "" if path.band is None else f"; its seeds alone are up to {path.band:.3f} apart, the dashed line"
    steps = ", ".join(f"{name} {distance:.3f}" for name, distance in zip(names, path.distances, strict=True))
    return Figure(
        plot,
        f"Distance of “{word}” from {names[0]}: {steps}{ends}.",
        height=HEIGHT,
        heading=f"The path of “{word}”",
    )


def _note(series: Series) -> str:
    floor = f" of those that occur {series.floor:,} times or more in every known text" if series.floor else ""
    which = f"{series.considered:,}{floor}" if series.counted else f"the first {series.considered:,}"
    band = (
        ""
        if series.left is None
        else " A word's band reaches up to the largest distance between two spaces of one period, the dashed line. It "
        "has left its band where every pair of a space of the first period and one of a later period is farther apart. "
        f"By chance: the same count with the spaces assigned to the periods in {series.regroupings} other ways. There "
        "a word that moved hardly leaves its band, and one that did not does so as often as before."
    )
    return (
        f"All spaces are turned onto their mean (generalised Procrustes, Gower 1975) over the {series.words:,} words "
        f"that all have; the figures are for {which}.{band}"
    )


SECTIONS = (
    SectionSpec(
        "series",
        parts,
        lambda material: None if (series := _series(material)) is None else finding(series),
        ("series/*",),
        headlines,
    ),
)
