"""What the writer offered in some held-out lines."""

from dataclasses import dataclass

from embedkit.runs.artefacts import Artefact


@dataclass(frozen=True)
class Offer:
    """What was offered at a place of a held-out line, and how the line went on there."""

    before: str
    offered: tuple[str, ...]
    went_on: str


@dataclass(frozen=True)
class OfferSheet:
    """Offers in lines of a split, which the seed drew."""

    split: str
    seed: int
    offers: tuple[Offer, ...]


OFFERS = Artefact("keypad", OfferSheet, "offers", only="offers")
