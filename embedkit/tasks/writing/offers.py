"""The offers of the writer in some held-out lines."""

from dataclasses import dataclass

from embedkit.runs.artefacts import Artefact


@dataclass(frozen=True)
class Offer:
    """The offers at a place of a held-out line: the text before it, the offers, and how the line went on."""

    before: str
    offered: tuple[str, ...]
    went_on: str


@dataclass(frozen=True)
class OfferSheet:
    """Offers in lines of a split; `seed` drew the lines."""

    split: str
    seed: int
    offers: tuple[Offer, ...]


OFFERS = Artefact("keypad", OfferSheet, "offers", only="offers")
