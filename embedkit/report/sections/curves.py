"""The section about how a network learned: its loss over training."""

from collections.abc import Sequence

import numpy as np

from embedkit.report import summaries
from embedkit.report.figures.curves import learning_curves, points
from embedkit.report.findings import Finding, Measure
from embedkit.report.material import Material
from embedkit.report.parts import Paragraph, Part
from embedkit.report.sections.spec import SectionSpec
from embedkit.runs.folder import Run
from embedkit.text.perplexity import written_perplexity
from embedkit.text.vocabulary import Vocabulary


def curves(material: Material) -> Sequence[Part]:
    """Train and validation loss by the tokens seen."""
    history = material.run.history
    if not points(history, "valid_nats_per_token"):
        return ()
    last = history[-1]
    over = f" on {last['valid_tokens']:,} tokens" if last.get("valid_tokens") else ""
    note = f"{len(history)} evaluations. Validation is measured{over} each time; train is the mean since the one before"
    dropped = material.run.config.get("model", {}).get("dropout", 0) > 0
    note += ", with dropout on, which is why it can be higher." if dropped else "."
    return (learning_curves(history, summaries.token_noun(material.run)), Paragraph(note, quiet=True))


def finding(material: Material) -> Finding | None:
    """How the validation loss of the report's run went, in a sentence, and how the loss on text that was held out
    compares with guessing by frequency alone."""
    run = material.run
    text = loss_finding(points(run.history, "valid_nats_per_token"), summaries.unit_of(run))
    if text is None:
        return None
    held_out = [run.metrics.get(f"{split}_nats_per_token") for split in ("test", "valid")]
    nats = next((value for value in held_out if value is not None), None)
    by_frequency = frequency_nats(run)
    unit = summaries.unit_of(run)
    if nats is None or by_frequency is None:
        return Finding(text, plain=_in_plain_words(points(run.history, "valid_nats_per_token"), unit))
    written = tuple(written_perplexity(value) for value in (nats, by_frequency, 0.0))
    measure = Measure(nats, by_frequency, 0.0, "by frequency alone", written, best_is=f"every {unit} predicted")
    subject = "Its perplexity on new text" if measure.skill > 0 else "Whether it predicts more than frequency does"
    plain = (
        f"{subject}: the next {unit} is as hard for it to predict as one of {written_perplexity(nats)} equally likely "
        f"ones; from the frequencies in the training text alone it would be one of {written_perplexity(by_frequency)}."
    )
    return Finding(text, measure, plain=plain)


def _in_plain_words(course: Sequence[tuple[float, float]], unit: str) -> str:
    """From what to what the validation loss went, for whoever has two minutes; "" of a single evaluation.

    Args:
        course: (tokens seen, nats) of the evaluations.
    """
    if len(course) < 2:
        return ""
    losses = [nats for _, nats in course]
    (first, *_, last), lowest = losses, min(losses)
    if lowest >= first:
        return f"On held-out data it got no better: its loss went from {first:.2f} to {last:.2f} nats."
    later = f", and rose to {last:.2f} afterwards" if last > lowest else ""
    return (
        f"On held-out data its loss fell from {first:.2f} to {lowest:.2f} nats per {unit}{later}; 0 would mean never "
        "surprised."
    )


def frequency_nats(run: Run) -> float | None:
    """The entropy of the tokens of the training text, in nats: what guessing by their frequencies alone costs there.
    None of a run without one vocabulary that was counted."""
    file = run.path / "tokenizer.json"
    if not file.is_file() or not run.task.reader:
        return None
    counts = Vocabulary.load(file).counts
    shares = counts[counts > 0] / max(1, counts.sum())
    return float(-(shares * np.log(shares)).sum()) if len(shares) > 1 else None


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


SECTIONS = (
    SectionSpec(
        "curves",
        curves,
        finding,
        ("history.jsonl", "metrics.json", "tokenizer.json"),
        heading="Learning curves",
    ),
)
