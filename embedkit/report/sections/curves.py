"""The section about how a network learned: its loss over training."""

from collections.abc import Sequence

from embedkit.report import summaries
from embedkit.report.figures.curves import learning_curves, points
from embedkit.report.material import Material
from embedkit.report.parts import Paragraph, Part
from embedkit.report.sections.spec import SectionSpec


def curves(material: Material) -> Sequence[Part]:
    """Train and validation loss by the tokens seen."""
    history = material.run.history
    if not points(history, "valid_nats_per_token"):
        return ()
    last = history[-1]
    over = f" on {last['valid_tokens']:,} tokens" if last.get("valid_tokens") else ""
    note = f"{len(history)} evaluations. Validation is measured{over} each time; train is the mean since the one before"
    dropped = material.run.config.get("model", {}).get("dropout", 0) > 0
    note += ", with dropout on, which is why it can lie above." if dropped else "."
    return (learning_curves(history, summaries.token_noun(material.run)), Paragraph(note, quiet=True))


def finding(material: Material) -> str | None:
    """How the validation loss of the report's run went, in a sentence."""
    return loss_finding(points(material.run.history, "valid_nats_per_token"), summaries.unit_of(material.run))


def loss_finding(course: Sequence[tuple[float, float]], unit: str) -> str | None:
    """From what to what the validation loss went, and whether it rose after its lowest.

    Args:
        course: (tokens seen, nats) of the evaluations.
    """
    if not course:
        return None
    (_, first), (seen, last) = course[0], course[-1]
    noun = "bits" if unit == "bit" else "tokens"
    if len(course) == 1:
        return f"One evaluation was made: {first:.2f} nats per {unit} after {seen:,.0f} {noun}."
    at, lowest = min(course, key=lambda point: point[1])
    went = f"from {first:.2f} to {last:.2f} nats per {unit} over {seen:,.0f} {noun}"
    if lowest >= first:
        return f"The validation loss never fell below its first value; it went {went}."
    if last <= lowest:
        return f"The validation loss went {went}, and the last evaluation is the lowest."
    after = f"it was lowest after {at:,.0f} {noun}, {lowest:.2f}, and {last - lowest:.2g} above that at the end"
    return f"The validation loss went {went}; {after}."


SECTIONS = (SectionSpec("curves", curves, finding, ("history.jsonl",)),)
