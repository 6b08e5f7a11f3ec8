"""The network itself: a reader types, and the page answers from the weights that it carries."""

from collections.abc import Callable, Mapping, Sequence

from embedkit.analysis.maps.principal import PrincipalAxes, axes_of
from embedkit.numerals import counted
from embedkit.report.embedded_network import SOURCES, EmbeddedNetwork
from embedkit.report.material import Material, OwnMaterial
from embedkit.report.parts import NetworkBox, Paragraph, Part, PhraseBox, SymbolBox
from embedkit.report.sections.spec import SectionSpec
from embedkit.report.summaries import unit_of
from embedkit.runs.folder import Run

Box = NetworkBox | PhraseBox | SymbolBox
_OTHER = 40  # the place, among those of the map, of the phrase that stands in the second box at first


def network(material: Material) -> Sequence[Part]:
    """The network of the run that the report is about."""
    return _box(material.run, material, material.network_megabytes)


def encoder_network(material: Material) -> Sequence[Part]:
    """The network of the encoder whose phrases stand beside the run's own words, in the room that the run's leaves."""
    encoder = material.encoder
    if encoder is None or encoder == material.run:
        return ()
    taken = sum(part.bytes / 1e6 for part in network(material) if isinstance(part, Box))
    return _box(encoder, material, material.network_megabytes - taken)


def _box(run: Run, material: Material, room: float) -> Sequence[Part]:
    """Where a reader types to a network that takes at most `room` megabytes, or why there is none."""
    if not run.task.network or material.network_megabytes <= 0:
        return ()
    embedded: EmbeddedNetwork | None = run.task.load("network")(run)
    if embedded is None:
        return ()
    box = _BOXES[embedded.kind](run, embedded, material)
    if box.bytes > room * 1e6:
        return (Paragraph(too_large(run, box, material, room)),)
    return (box,)


def too_large(run: Run, box: Box, material: Material, room: float) -> str:
    """Why a page goes without the network, and how to ask it all the same."""
    megabytes, most = box.bytes / 1e6, material.network_megabytes
    weights = counted(box.network.parameters, "weight")
    left = f"it may take {most:g}" if room == most else f"networks may take {most:g} and {room:.1f} are left"
    enough = int(megabytes + most - room) + 1
    return (
        f"The network of {run.name}, {weights}, would take {megabytes:.1f} MB of this page, where {left}. `embedkit "
        f"serve` answers from it, and `embedkit report … --network-megabytes {enough}` puts it into the page."
    )


def _reading(run: Run, embedded: EmbeddedNetwork, material: Material) -> NetworkBox:
    example = next((str(sample["prompt"]) for sample in run.samples), "")
    return NetworkBox(embedded, example, unit_of(run))


def _writing(run: Run, embedded: EmbeddedNetwork, material: Material) -> PhraseBox:
    """A vector alone can be decoded where the decoder looks at nothing else."""
    gives_back = embedded.settings["givesBack"] and embedded.settings["attention"] == "none"
    if embedded.example:
        return PhraseBox(embedded, embedded.example, gives_back)
    own = material.own(OwnMaterial)
    if own is None or own.run != run or own.space is None:
        return PhraseBox(embedded, "", gives_back)
    labels = own.space.labels
    if not gives_back or not own.embedded:
        return PhraseBox(embedded, labels[0], gives_back, labels[-1] if gives_back else "")
    (space,) = own.embedded
    # The first of its words in the page are those of the maps; after them come neighbours that no map shows.
    codes = own.space.vectors[space.rows[: len(space.neighbors)]]
    return PhraseBox(embedded, labels[0], True, labels[min(_OTHER, len(labels) - 1)], own.key, codes, _axes(own))


def _deciding(run: Run, embedded: EmbeddedNetwork, material: Material) -> SymbolBox:
    return SymbolBox(embedded)


def _axes(own: OwnMaterial) -> Mapping[str, PrincipalAxes]:
    """Of the maps in two dimensions that a new point can be placed on exactly."""
    assert own.space is not None
    flat = (projection for projection in own.maps if projection.points.shape[1] == 2)
    axes = {projection.method: axes_of(projection, own.space) for projection in flat}
    return {method: each for method, each in axes.items() if each is not None}


_BOXES: Mapping[str, Callable[[Run, EmbeddedNetwork, Material], Box]] = {
    "language-model": _reading,
    "encoder-decoder": _writing,
    "symbol-reader": _deciding,
}
"""By the kind of network, where a reader types to it."""

SECTIONS = (
    SectionSpec("network", network, None, (*SOURCES, "samples.json", "spaces/*", "maps/*")),
    SectionSpec("encoder-network", encoder_network, None, (*SOURCES, "spaces/*", "maps/*")),
)
