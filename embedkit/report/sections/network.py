"""The network itself: a reader types, and the page answers from the weights that it carries."""

from collections.abc import Sequence

from embedkit.numerals import counted
from embedkit.report.embedded_network import SOURCES, EmbeddedNetwork
from embedkit.report.material import Material
from embedkit.report.parts import NetworkBox, Paragraph, Part
from embedkit.report.sections.spec import SectionSpec
from embedkit.report.summaries import unit_of
from embedkit.runs.folder import Run


def network(material: Material) -> Sequence[Part]:
    """The network of the run that the report is about."""
    run = material.run
    if not run.task.network or material.network_megabytes <= 0:
        return ()
    embedded: EmbeddedNetwork | None = run.task.load("network")(run)
    if embedded is None:
        return ()
    if embedded.bytes > material.network_megabytes * 1e6:
        return (Paragraph(too_large(run, embedded, material)),)
    example = next((str(sample["prompt"]) for sample in run.samples), "")
    return (NetworkBox(embedded, example, unit_of(run)),)


def too_large(run: Run, embedded: EmbeddedNetwork, material: Material) -> str:
    """Why a page goes without the network, and how to ask it all the same."""
    megabytes = embedded.bytes / 1e6
    return (
        f"The network of {run.name}, {counted(embedded.parameters, 'weight')}, would take {megabytes:.1f} MB of this "
        f"page, where it may take {material.network_megabytes:g}. `embedkit serve` answers from it, and "
        f"`embedkit report … --network-megabytes {int(megabytes) + 1}` puts it into the page."
    )


SECTIONS = (SectionSpec("network", network, None, (*SOURCES, "samples.json")),)
