"""How far a map can be trusted."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fidelity:
    """Agreement of a map with the full space, each in [0, 1] but the rank correlation, which is in [-1, 1].

    `neighbors_kept` is the mean share of the k nearest neighbours in the full space that are also among
    the k nearest on the map; `chance` is what a shuffled map would keep, k / (sample - 1).
    """

    trustworthiness: float
    continuity: float
    neighbors_kept: float
    distance_rank_correlation: float
    k: int
    metric: str
    sample: int
    points: int
    seed: int

    @property
    def chance(self) -> float:
        return self.k / (self.sample - 1)
