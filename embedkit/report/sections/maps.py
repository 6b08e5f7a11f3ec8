"""The section that shows the maps of words, and how far the maps of any space can be trusted."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from embedkit.analysis.maps.fidelity import AtK, Fidelity
from embedkit.analysis.maps.projection import Projection, title_of
from embedkit.numerals import counted, percent
from embedkit.report.figures.maps import word_map
from embedkit.report.findings import Finding, trust_in
from embedkit.report.material import Material, OwnMaterial
from embedkit.report.parts import Headline, Paragraph, Part
from embedkit.report.sections.clusters import coloring
from embedkit.report.sections.spec import SectionSpec
from embedkit.report.summaries import corpus_name
from embedkit.runs.folder import Run
from embedkit.spaces.formats.repairs import mended_faults, repair_notes


def maps(material: Material) -> Sequence[Part]:
    """The maps of the report's spaces of words, coloured by cluster where there are clusters."""
    if not material.maps:
        return (Paragraph(f"No map is stored with this run; make one with `embedkit map {material.run.name}`."),)
    colorings = {key: [coloring(each, material.spaces[key])] for key, each in material.clusterings.items()}
    noun = next((space.noun for space in material.spaces.values()), "word")
    return (word_map(material.embedded, material.maps, noun, colorings), *mended(material.all_runs))


def mended(runs: Iterable[Run]) -> Iterator[Paragraph]:
    """What is not on a map as it stands in the file that it was read from."""
    for run in runs:
        repairs = run.provenance.get("repairs")
        if faults := mended_faults(repairs):
            verb = "was" if faults == 1 else "were"
            notes = "; ".join(repair_notes(repairs))
            text = f"{counted(faults, 'fault')} in {corpus_name(run)} {verb} mended when it was read: {notes}."
            yield Paragraph(text, quiet=True)


def finding(material: Material) -> Finding | None:
    """How far the run's own maps can be trusted; those beside it where it has none."""
    own = f"{material.run.name}/"
    mapped = {key: maps for key, maps in material.maps.items() if key.startswith(own)} or material.maps
    by_name = {material.called(key): maps for key, maps in mapped.items()}
    return trust_in(trust_finding(by_name), in_short(by_name)) if by_name else None


def own_maps_finding(material: OwnMaterial) -> Finding | None:
    """How far the maps of a task's own space can be trusted."""
    maps = {material.called: material.maps}
    return trust_in(trust_finding(maps), in_short(maps))


def trust_finding(maps: Mapping[str, Sequence[Projection]]) -> str | None:
    """How much of the full space the most trustworthy map keeps, in a sentence; None where there is no map.

    Args:
        maps: by what a reader calls their space.
    """
    if not any(maps.values()):
        return None
    best = most_trusted(maps)
    if best is None:
        return "How far these maps can be trusted was not measured."
    name, projection, fidelity, at = best
    title = title_of(projection.method)
    return (
        f"The most trustworthy flat map is {title} of the {name}: it keeps {percent(at.neighbors_kept)} of a point's "
        f"{at.k} nearest (a shuffled one {percent(at.chance)}), with a trustworthiness of {at.trustworthiness:.2f}, "
        f"where 1 is all and 0.5 chance; measured at {fidelity.judged}."
    )


def in_short(maps: Mapping[str, Sequence[Projection]]) -> str:
    """`trust_finding` for whoever has two minutes; "" where nothing was measured."""
    best = most_trusted(maps)
    if best is None:
        return ""
    name, projection, _, at = best
    return (
        f"The best flat map of the {name}, {title_of(projection.method)}, keeps {percent(at.neighbors_kept)} of "
        f"the {at.k} nearest of a point; a shuffled one {percent(at.chance)}."
    )


def trust_headline(maps: Mapping[str, Iterable[Projection]], noun: str) -> Iterable[Headline]:
    """The most trustworthy flat map, by what a reader calls its space."""
    best = most_trusted(maps)
    if best is not None:
        name, projection, fidelity, at = best
        title = title_of(projection.method)
        detail = f"{title} of the {name}, {at.k} nearest of {fidelity.judged}; 1 is all"
        yield Headline(f"{at.trustworthiness:.2f}", f"trustworthiness of the {noun}", f"{detail}, 0.5 is chance")


def most_trusted(maps: Mapping[str, Iterable[Projection]]) -> tuple[str, Projection, Fidelity, AtK] | None:
    """The flat map of the highest trustworthiness: what a reader calls its space, the map, its fidelity, and that at
    the number of neighbours by which it was chosen; None where no flat map was measured.

    Args:
        maps: by what a reader calls their space.
    """
    measured = [
        (name, projection, projection.fidelity, projection.fidelity.near())
        for name, projections in maps.items()
        for projection in projections
        if projection.fidelity is not None and projection.dimensions == 2
    ]
    return max(measured, key=lambda row: row[3].trustworthiness, default=None)


SECTIONS = (
    SectionSpec(
        "map",
        maps,
        finding,
        ("spaces/*", "maps/*", "clusters/*", "provenance.json"),
        heading="{Noun} map",
        caption=(
            "Points near each other have vectors that point in similar directions, as far as two dimensions "
            "can show. The lists of neighbours come from the full space, not from the picture."
        ),
    ),
)
