"""The section about where every run of a report comes from."""

from collections.abc import Sequence

from embedkit.numerals import lower_first
from embedkit.report import metrics, summaries
from embedkit.report.material import Material
from embedkit.report.parts import Headlines, Paragraph, Part
from embedkit.report.provenance import provenance
from embedkit.report.sections.spec import SectionSpec


def section(material: Material) -> Sequence[Part]:
    """Every run of the report: what it came to, where it comes from, and all its settings."""
    roles = dict.fromkeys(material.beside, "Beside it")
    if material.encoder is not None:
        roles[material.encoder] = "The model of the phrases"
    parts: list[Part] = []
    for run in material.all_runs:
        if run != material.run:
            summary = lower_first(summaries.summary_line(run))
            parts.append(Paragraph(f"{roles.get(run, 'Also shown')}, {run.name}: {summary}"))
        if figures := metrics.headlines(run).items:
            parts.append(Headlines(figures))
        parts += provenance(run)
    return parts


SECTIONS = (
    SectionSpec(
        "provenance",
        section,
        None,
        ("metrics.json", "provenance.json", "config.toml"),
        heading="What was trained on what",
        caption="Corpus, code and machine, and every setting and figure.",
    ),
)
