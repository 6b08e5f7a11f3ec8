"""The box in which a reader asks analogies of the page's own spaces."""

from collections.abc import Sequence

from embedkit.report.material import Material
from embedkit.report.parts import AnalogyBox, Part
from embedkit.report.sections.spec import SectionSpec

EXAMPLES = (
    "king - man + woman",
    "paris - france + italy",
    "Paris - France + Italy",
    "he - she + her",
    "was - is + are",
    "He - he + she",
)
"""Questions for a page to start with: the first of which it has all words."""


def ask(material: Material) -> Sequence[Part]:
    """A box to ask analogies of the report's spaces of words, where they have words."""
    keys = tuple(space.key for space in material.embedded if len(space.vectors))
    if not keys:
        return ()
    first = next(space for space in material.embedded if space.key == keys[0])
    vocabulary = set(first.words[: len(first.vectors)])
    fitting = (text for text in EXAMPLES if {word for word in text.split() if word not in "+-"} <= vocabulary)
    return (AnalogyBox(keys, next(fitting, "")),)


SECTIONS = (
    SectionSpec(
        "ask",
        ask,
        None,
        ("spaces/*",),
        heading="Ask an analogy",
        caption="The page computes the answer itself, from the vectors it contains.",
    ),
)
