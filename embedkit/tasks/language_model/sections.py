"""What a report shows of a language model alone: the text it writes; and what it is in a sentence and in figures."""

from collections.abc import Iterable, Sequence

from embedkit.report import metrics
from embedkit.report.headlines import words
from embedkit.report.material import Material
from embedkit.report.parts import Headline, Part, Sample
from embedkit.report.sections.spec import SectionSpec, of_run
from embedkit.report.summaries import cell_name, corpus_name, shape, unit_of
from embedkit.runs.folder import Run
from embedkit.tasks.language_model.minimal_pairs import sections as minimal_pairs


def summary(run: Run) -> str:
    """What network of what size, and its corpus."""
    model = run.config.get("model", {})
    cell = cell_name(model.get("cell", "recurrent"))
    return f"A {unit_of(run)}-level {cell} language model with {shape(model)}, trained on {corpus_name(run)}."


def headlines(material: Material) -> Iterable[Headline]:
    """How good it is, what is known of its embeddings, and the effort."""
    yield from metrics.held_out(material.run)
    yield from words(material)
    yield from metrics.effort(material.run)


def samples(run: Run) -> Sequence[Part]:
    """Text that was sampled, with the prompt it continues."""
    return [Sample(sample["prompt"], sample["text"], sample["temperature"], sample["seed"]) for sample in run.samples]


SECTIONS = (
    SectionSpec(
        "samples",
        of_run(samples),
        None,
        ("samples.json",),
        heading="Sample text",
        caption=(
            "The model continues a prompt from the validation text. A low temperature keeps to likely words; "
            "a high one takes risks."
        ),
    ),
    *minimal_pairs.SECTIONS,
)
