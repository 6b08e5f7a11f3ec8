"""What a run came to, and what a report holds."""

from typing import TYPE_CHECKING

from embedkit.display.markup import figures, frame, note, table
from embedkit.errors import EmbedkitError
from embedkit.report.parts import Headlines

if TYPE_CHECKING:
    from embedkit.report.page import Report
    from embedkit.runs.folder import Run


def run_html(run: "Run") -> str:
    """A run's headline figures; of one that has not finished, or cannot be read, what to do about it."""
    from embedkit.runs.folder import resume_command

    try:
        if not run.finished:
            return frame(run.name, note(f"Not finished; go on with: {resume_command(run)}"))
        summary, items = _headlines(run)
    except (EmbedkitError, KeyError) as error:
        return frame(run.name, note(f"This run cannot be read: {error}"))
    return frame(run.name, note(summary), figures(items), note(f"In {run.path}."))


def _headlines(run: "Run") -> tuple[str, list[tuple[str, str, str]]]:
    """What a finished run is, and its headlines."""
    from embedkit.report.headlines import headline_box
    from embedkit.report.material import Material
    from embedkit.report.summaries import summary_line

    headlines = headline_box(Material(run)) or Headlines(())
    return summary_line(run), [(item.value, item.name, item.detail) for item in headlines.items]


def report_html(report: "Report") -> str:
    """What a report is about, its first figures and its sections.

    The page itself is megabytes, which a notebook would keep with every run of the cell: it is left to `render`.
    """
    first = report.headlines or Headlines(())
    sections = [(section.heading, section.finding or section.caption) for section in report.sections]
    return frame(
        report.title,
        note(report.summary),
        figures((item.value, item.name, item.detail) for item in first.items),
        table(("section", ""), sections, words=(0, 1)),
        note(
            'The page: render(report, "report.html"). To see it here: IPython.display.IFrame("report.html", 960, 640).'
        ),
    )
