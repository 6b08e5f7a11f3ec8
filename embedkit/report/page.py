"""What a report is made of: ordered sections with a heading, a caption and parts. No HTML yet, and no run any more.

Every string here is text, not markup: it is escaped where the page is written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from embedkit.errors import ReportError
from embedkit.notebook import Displayed
from embedkit.report.embedded import EmbeddedSpace
from embedkit.report.lineage import Lineage


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; a `quiet` one is set as a note."""

    text: str
    quiet: bool = False


@dataclass(frozen=True)
class Headline:
    """A figure a reader takes away: "132.4", "validation perplexity", "over 217,646 tokens"."""

    value: str
    name: str
    detail: str = ""


@dataclass(frozen=True)
class Headlines:
    items: tuple[Headline, ...]


@dataclass(frozen=True)
class Facts:
    """Names and values, such as a provenance; folded away under its heading where `folded`."""

    heading: str
    items: tuple[tuple[str, str], ...]
    folded: bool = False


@dataclass(frozen=True)
class Table:
    """Rows of cells; one whose first cell is empty belongs to the row above.

    Columns from `numbers_from` on are set as numbers, those in `prose` as text that runs over several lines. A `strong`
    row, by its number, is set in bold: a total. The `heading` stands above, the caption below.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""
    numbers_from: int = 1
    strong: frozenset[int] = frozenset()
    prose: frozenset[int] = frozenset()
    heading: str = ""


@dataclass(frozen=True)
class Command:
    """A command line to copy."""

    text: str


@dataclass(frozen=True)
class Sample:
    """Text drawn from a model, set off from the prompt it continues."""

    prompt: str
    text: str
    temperature: float
    seed: int


@dataclass(frozen=True)
class Picture:
    """A small picture with what was said of it.

    Attributes:
        png: the file's bytes; None where there is no picture, as of a vector.
        alt: what is in it, for those who do not see it.
        verdict: "right", or what kind of mistake was made.
        meant: what should have been said; empty where that was said.
    """

    png: bytes | None
    alt: str
    said: str
    verdict: str
    meant: str = ""
    note: str = ""


@dataclass(frozen=True)
class Gallery:
    heading: str
    pictures: tuple[Picture, ...]


@dataclass(frozen=True, eq=False)
class Figure:
    """A Bokeh model with a description for those who do not see it.

    Attributes:
        height: pixels.
        min_width: pixels under which the figure scrolls rather than shrinks.
        legend: what is drawn and the CSS variable of its colour, such as ("train", "series-1").
        heading: what stands above it.
        behaviour: the name of the page's own script that attends to it, and `data`, JSON-ready, what that needs.
    """

    model: Any
    description: str
    height: int
    min_width: int = 0
    legend: tuple[tuple[str, str], ...] = ()
    behaviour: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    heading: str = ""


@dataclass(frozen=True)
class Strip:
    """Text with a colour behind each token, such as what a unit did after it.

    Attributes:
        texts: the tokens as they stand in the text; `glue` goes between them.
        levels: from −1 to 1, blue to red.
        marked: which tokens are underlined.

    Raises:
        ReportError: they differ in length.
    """

    heading: str
    texts: tuple[str, ...]
    glue: str
    levels: tuple[float, ...]
    marked: tuple[bool, ...]
    caption: str = ""

    def __post_init__(self) -> None:
        if not len(self.texts) == len(self.levels) == len(self.marked):
            raise ReportError(f"strip: {len(self.texts)} texts, {len(self.levels)} levels, {len(self.marked)} marks")


@dataclass(frozen=True, eq=False)
class WordMap:
    """The maps of some of the report's spaces, with search, selection and fidelity.

    Attributes:
        maps: JSON-ready.
        noun: what a point is called.
        colorings: JSON-ready, by the key of a space: columns to colour by, beside frequency where there are counts.
    """

    figure: Figure
    maps: tuple[Mapping[str, Any], ...]
    noun: str = "word"
    colorings: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class LinkedMaps:
    """Two maps of the same words side by side: what is selected, sought or pointed at in one shows in the other.

    Attributes:
        names: what a reader calls the two.
    """

    names: tuple[str, str]
    maps: tuple[WordMap, WordMap]


@dataclass(frozen=True)
class AnalogyBox:
    """Where a reader types `king - man + woman`. `spaces` are keys of the report's spaces, `example` is answered
    first; empty where none fits."""

    spaces: tuple[str, ...]
    example: str


@dataclass(frozen=True)
class Interpolations:
    """What a decoder writes on the way between two phrases, for pairs of a few landmarks.

    Attributes:
        phrases: the landmarks, each once.
        steps: points on the way, both ends with them.
        texts: by the numbers (i, j) of two phrases, i < j: the `steps` texts from phrase i to phrase j.
        space: the key of the space of these phrases, whose map rings them; empty where the page shows none.
        given_back: the decoder is meant to write each phrase again at its end, and a note says where it does not.

    Raises:
        ReportError: there is no pair, a phrase stands twice, or a pair is not i < j with `steps` texts.
    """

    phrases: tuple[str, ...]
    steps: int
    texts: Mapping[tuple[int, int], tuple[str, ...]]
    space: str = ""
    given_back: bool = True

    def __post_init__(self) -> None:
        if self.steps < 2 or not self.texts:
            raise ReportError("interpolations need a pair of phrases and two steps: its ends")
        if len(set(self.phrases)) != len(self.phrases):
            raise ReportError("interpolations: a phrase stands twice")
        for (i, j), texts in self.texts.items():
            if not 0 <= i < j < len(self.phrases):
                raise ReportError(f"interpolations: ({i}, {j}) is no pair i < j of {len(self.phrases)} phrases")
            if len(texts) != self.steps:
                raise ReportError(f"interpolations: {len(texts)} texts for ({i}, {j}), where {self.steps} are needed")


Part = (
    Paragraph
    | Headlines
    | Facts
    | Table
    | Command
    | Sample
    | Gallery
    | Figure
    | Strip
    | WordMap
    | LinkedMaps
    | AnalogyBox
    | Interpolations
)


@dataclass(frozen=True, eq=False)
class Section:
    """`name` is its anchor in the page, `finding` one sentence of what its data say, `caption` how it is read."""

    name: str
    heading: str
    caption: str
    parts: tuple[Part, ...]
    finding: str = ""


@dataclass(frozen=True, eq=False)
class Report(Displayed):
    """An ordered page, the spaces that its maps and its analogy box share, and what it was made from.

    Attributes:
        headlines: the few figures that matter, which stand above all else.
    """

    title: str
    summary: str
    sections: tuple[Section, ...]
    spaces: tuple[EmbeddedSpace, ...] = ()
    footer: tuple[Part, ...] = ()
    lineage: Lineage | None = None
    headlines: Headlines | None = None

    def __repr__(self) -> str:
        return f"Report({self.title!r}, {len(self.sections)} sections)"
