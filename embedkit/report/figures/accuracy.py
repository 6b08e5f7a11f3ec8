"""How a share of right answers rises as training goes on: a line a training, with a band of its 95 % intervals."""

from collections.abc import Sequence
from dataclasses import dataclass

from bokeh.models import BasicTicker, NumeralTickFormatter

from embedkit.analysis.proportion import Proportion
from embedkit.errors import ReportError
from embedkit.numerals import percent, percent_ends
from embedkit.report.figures import lines
from embedkit.report.figures import style as figures
from embedkit.report.parts import Figure

HEIGHT = 340


@dataclass(frozen=True)
class Measured:
    """How many answers are right at a place of the training."""

    at: float
    accuracy: Proportion


@dataclass(frozen=True)
class Course:
    """One training. `colour` is a CSS variable; courses of one name share a colour and a place in the legend."""

    name: str
    colour: str
    points: Sequence[Measured]


def accuracy_courses(courses: Sequence[Course], *, across: str, axis: str, heading: str = "") -> Figure:
    """Shares by how far training was, 0 to 100 %.

    Args:
        across: what the x axis counts, such as "programs seen".
        axis: what is right, such as "exact outputs".

    Raises:
        ReportError: there is no course, or one without a point.
    """
    if not courses or not all(course.points for course in courses):
        raise ReportError("courses of an accuracy need points")
    most = max(point.at for course in courses for point in course.points)
    plot = figures.blank(height=HEIGHT, x_range=figures.extent(0, 1.04 * most), y_range=figures.extent(0, 1.02))
    plot.xaxis.axis_label = across
    plot.xaxis.ticker = BasicTicker(desired_num_ticks=4)
    plot.xaxis.formatter = NumeralTickFormatter(format="0,0")
    plot.yaxis.axis_label = axis
    plot.yaxis.formatter = NumeralTickFormatter(format="0%")
    for course in courses:
        _draw(plot, course, across)
    ends = "; ".join(
        f"{course.name} from {percent(course.points[0].accuracy.share)} to {percent(course.points[-1].accuracy.share)}"
        for course in courses
    )
    legend = tuple(dict.fromkeys((course.name, course.colour) for course in courses if course.name))
    return Figure(plot, f"{axis} by {across}: {ends}", height=HEIGHT, legend=legend, heading=heading)


def _draw(plot: figures.figure, course: Course, across: str) -> None:
    at = [point.at for point in course.points]
    share = [point.accuracy.share for point in course.points]
    band = figures.source(
        {
            "x": at,
            "low": [point.accuracy.interval.low for point in course.points],
            "high": [point.accuracy.interval.high for point in course.points],
        }
    )
    lines.band(plot, band, course.colour, alpha=0.15)
    data = figures.source({"x": at, "y": share})
    figures.tinted(plot.line("x", "y", source=data, line_width=2.5), line_color=course.colour)
    figures.tinted(plot.scatter("x", "y", source=data, size=6), line_color=course.colour, fill_color=course.colour)
    prefix = f"{course.name}\n" if course.name else ""
    tips = [
        f"{prefix}{point.at:,.0f} {across}\n"
        f"{percent(point.accuracy.share)} (95 %: {percent_ends(point.accuracy.interval)})"
        for point in course.points
    ]
    around = figures.source({"x": at, "y": share, "tip": tips}, tip=True)
    figures.hover(plot, plot.scatter("x", "y", source=around, size=30, line_alpha=0, fill_alpha=0))
