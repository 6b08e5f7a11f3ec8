"""How far a map can be trusted, in a reader's words: the figures beside it and the note below them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from embedkit.analysis.maps.agreement import Agreement, Spread, Stability
from embedkit.analysis.maps.fidelity import NEIGHBORS, Fidelity
from embedkit.analysis.maps.projection import Projection, title_of
from embedkit.numerals import MISSING, listed, percent, plural
from embedkit.spaces.sampling import Sample


@dataclass(frozen=True)
class Fact:
    """A figure of a map's card.

    Attributes:
        values: what it is, and of how many nearest, or "".
        meaning: a sentence without its full stop.
    """

    name: str
    values: tuple[tuple[str, str], ...]
    meaning: str

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "values": [list(value) for value in self.values], "meaning": self.meaning}


def fidelity_facts(projection: Projection) -> list[Fact]:
    """Everything that says how far a map can be trusted."""
    facts = [*_spots(projection), *([] if projection.fidelity is None else _card(projection.fidelity))]
    if projection.explained_variance is not None:
        shares = projection.explained_variance
        by_axis = " + ".join(f"{share * 100:.1f}" for share in shares)
        facts.append(Fact("Explained variance", ((percent(sum(shares)), ""),), f"{by_axis} % by axis"))
    if projection.stability is not None:
        facts += _stability(projection.stability)
    return facts


def fidelity_note(projection: Projection, *, whole: Projection | None = None) -> str:
    """Which points are shown, what the figures were measured on, and what made the map.

    Args:
        whole: the map in three dimensions of which the picture shows two.
    """
    fidelity = projection.fidelity
    if fidelity is None:
        measured = "No fidelity is kept with this map."
    else:
        measured = (
            f"Measured at {fidelity.judged}{_seed(fidelity)}, against {fidelity.metric} distances in the full space."
        )
        largest = fidelity.at[-1].k
        if largest < NEIGHBORS[-1]:
            measured += f" {NEIGHBORS[-1]} nearest are too many for {fidelity.among} points; {largest} is the most."
    if whole is not None and whole.fidelity is not None:
        shares = listed([f"{100 * at.neighbors_kept:.1f}" for at in whole.fidelity.at])
        measured += f" The figures are of this picture; all three axes together keep {shares} % of the neighbours."
    parameters = projection.parameters
    settings = [
        f"{name.replace('_', ' ')} {_setting(value)}"
        for name, value in parameters.items()
        if name not in ("versions", "machine", "axes", "sample", "distinct_vectors", "most_at_one_spot")
    ]
    versions = [f"{name} {version}" for name, version in parameters.get("versions", {}).items()]
    on = f", on {parameters['machine']}" if "machine" in parameters else ""
    title = title_of(projection.method)
    return f"{_chosen(parameters)}{measured} {title} with " + ", ".join([*settings, *versions]) + f"{on}."


def _seed(fidelity: Fidelity) -> str:
    """What drew the sample, where one was drawn."""
    return "" if fidelity.sample == fidelity.points else f" (seed {fidelity.seed})"


def _chosen(parameters: Mapping[str, Any]) -> str:
    """Which points a map shows, in a sentence; nothing where that is not kept, as before 0.3, or where it shows all."""
    sample = parameters.get("sample")
    if not isinstance(sample, Mapping) or sample["method"] == "all":
        return ""
    return f"Shown are {Sample(**sample)}. "


def spots_in_words(projection: Projection) -> str:
    """How many points lie at one spot since they share a vector; "" where none do, or that is not kept."""
    distinct, most = (projection.parameters.get(name) for name in ("distinct_vectors", "most_at_one_spot"))
    if not distinct or not most:
        return ""
    return f"{most:,} points are at one spot: {distinct:,} distinct vectors of {len(projection.labels):,}"


def _spots(projection: Projection) -> list[Fact]:
    words = spots_in_words(projection)
    number = f"{projection.parameters.get('distinct_vectors', 0):,}"
    return [Fact("Distinct vectors", ((number, ""),), f"{words}; the figures below count each once")] if words else []


def _card(fidelity: Fidelity) -> list[Fact]:
    at = fidelity.at
    sizes = [f"{each.k} nearest" if i == len(at) - 1 else str(each.k) for i, each in enumerate(at)]
    chances = listed([f"{100 * each.chance:.1f}" for each in at])

    def by_size(values: list[str]) -> tuple[tuple[str, str], ...]:
        return tuple(zip(values, sizes, strict=True))

    facts = [
        Fact(
            "Trustworthiness",
            by_size([f"{each.trustworthiness:.3f}" for each in at]),
            "1 if all that is near on the map is near in the space; about 0.5 on a shuffled map",
        ),
        Fact(
            "Continuity",
            by_size([f"{each.continuity:.3f}" for each in at]),
            "1 if all that is near in the space stays near on the map; about 0.5 on a shuffled map",
        ),
        Fact(
            "Neighbours kept",
            by_size([percent(each.neighbors_kept) for each in at]),
            f"a shuffled map keeps {chances} %",
        ),
    ]
    hit = fidelity.neighborhood_hit
    if hit is not None:
        meaning = f"of the {hit.k} nearest have the same {hit.labels}; {percent(hit.in_space)} in the full space"
        most = "" if hit.most is None else f", and at most {percent(hit.most)}, since some kinds have few points"
        by_chance = f"{percent(hit.chance)} by chance{most}; {hit.judged}"
        facts.append(Fact("Neighbourhood hit", ((percent(hit.on_map), ""),), f"{meaning}, {by_chance}"))
    distances = fidelity.distance_rank_correlation
    correlation = MISSING if distances is None else f"{distances:.3f}"
    pairs = "all pairs" if fidelity.sample == fidelity.points else f"all pairs of the {fidelity.sample:,} drawn points"
    meaning = f"over {pairs}; 1 if near and far are in the same order"
    facts.append(Fact("Rank correlation of distances", ((correlation, ""),), meaning))
    return facts


def _stability(stability: Stability) -> list[Fact]:
    def fact(name: str, agreement: Agreement, what: str) -> Fact:
        turned = "" if agreement.procrustes is None else f"; Procrustes distance {_spread(agreement.procrustes)}"
        meaning = (
            f"mean Jaccard of the {stability.k} nearest on two maps {what}: 1 if they are the same, "
            f"{agreement.chance:.3f} by chance; {_range(agreement.jaccard)} over "
            f"{agreement.pairs} {plural('pair', agreement.pairs)}{turned}"
        )
        return Fact(name, ((f"{agreement.jaccard.mean:.3f}", ""),), meaning)

    return [
        fact("Stable over seeds", stability.seeds, "that differ only in their seed"),
        fact("Stable over points", stability.subsamples, f"of random {stability.share:.0%} of the points each"),
    ]


def _setting(value: Any) -> str:
    if isinstance(value, Mapping):
        return listed([f"{name} {part:.2f}" for name, part in value.items()])
    return "none" if value is None else str(value)


def _range(spread: Spread) -> str:
    return f"{spread.lowest:.3f} to {spread.highest:.3f}"


def _spread(spread: Spread) -> str:
    return f"{spread.mean:.3f} ({_range(spread)})"
