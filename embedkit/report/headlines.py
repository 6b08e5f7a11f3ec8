"""The headline box: at most five figures that matter for a kind of run, from what is stored with it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import islice
from typing import TypeVar

from embedkit.numerals import plural
from embedkit.report import metrics
from embedkit.report.material import Material
from embedkit.report.parts import Headline, Headlines
from embedkit.report.sections import analogies, clusters, maps, organisation
from embedkit.report.sections.spec import section_specs
from embedkit.tasks import run_kinds

MOST = 5

T = TypeVar("T")


def headline_box(material: Material, recipe: str = "", leading: str = "") -> Headlines | None:
    """The figures of a report by the section that leads it, by its recipe, or else by the kind of its run; None where
    nothing is known.

    Of several runs it has the first figure of each, and says whose it is.

    Args:
        recipe, leading: the name of a recipe that comes with the kit or with a task, and that of its first section.
    """
    if material.others or material.named:
        runs = dict.fromkeys((*(material.others or (material.run,)), *(run for _, run in material.named)))
        boxes = [(run, headline_box(replace(material, run=run, others=(), named=()))) for run in runs]
        firsts = [(run, box.items[0]) for run, box in boxes if box is not None][:MOST]
        return Headlines(tuple(replace(item, detail=f"{run.name}: {item.detail}") for run, item in firsts))
    items = tuple(islice(_chosen(material, recipe, leading), MOST))
    return Headlines(items) if items else None


def _chosen(material: Material, recipe: str, leading: str) -> Iterable[Headline]:
    spec = section_specs().get(leading)
    if spec is not None and spec.headlines is not None:
        return spec.headlines(material)
    of_recipe = (each for each in run_kinds() if recipe and each.recipe == recipe and each.headlines)
    description = next(of_recipe, None) or material.run.task
    if description.headlines:
        headlines: Iterable[Headline] = description.load("headlines")(material)
        return headlines
    return metrics.trained(material.run)


def vectors(material: Material) -> Iterable[Headline]:
    """Of a run that is vectors: how many of what, of how many dimensions, and what is known of them."""
    for key, space in _own(material, material.spaces).items():
        yield Headline(
            f"{len(space):,} × {space.dimensions:,}",
            f"{plural(material.noun_of(key), 2)} × dimensions",
            material.called(key),
        )
    yield from organisation.headlines(material)
    yield from words(material)
    yield from metrics.effort(material.run)


def words(material: Material) -> Iterable[Headline]:
    """What is known of a run's spaces of words: the best score that may be quoted, the best map, and its clusters."""
    yield from islice(analogies.headlines(material.sheets_of(material.run)), 1)
    names = {key: material.called(key) for key in material.spaces}
    own_maps = {names[key]: projections for key, projections in _own(material, material.maps).items()}
    yield from maps.trust_headline(own_maps, f"{material.noun} map")
    own = {names[key] for key in _own(material, material.clusterings)}
    yield from clusters.evidence(material.clustered, own)


def _own(material: Material, by_key: Mapping[str, T]) -> dict[str, T]:
    """The values of the run that the report is about, without those of runs beside it, by "RUN/SPACE"."""
    return {key: value for key, value in by_key.items() if key.rpartition("/")[0] == material.run.name}
