"""The parts that sections are made of, one in a file with its template of the same name in templates/parts/.

To add one is a class, a template, and its line here.
"""

from embedkit.report.parts.analogy_box import AnalogyBox
from embedkit.report.parts.brief import Brief
from embedkit.report.parts.command import Command
from embedkit.report.parts.facts import Facts
from embedkit.report.parts.figure import Figure
from embedkit.report.parts.gallery import Gallery, Picture
from embedkit.report.parts.headlines import Headline, Headlines
from embedkit.report.parts.interpolations import Interpolations
from embedkit.report.parts.linked_maps import LinkedMaps
from embedkit.report.parts.network_box import NetworkBox
from embedkit.report.parts.paragraph import Paragraph
from embedkit.report.parts.part import Part
from embedkit.report.parts.phrase_box import PhraseBox
from embedkit.report.parts.sample import Sample
from embedkit.report.parts.strip import Strip
from embedkit.report.parts.symbol_box import SymbolBox
from embedkit.report.parts.table import Table
from embedkit.report.parts.word_map import WordMap

__all__ = [
    "AnalogyBox",
    "Brief",
    "Command",
    "Facts",
    "Figure",
    "Gallery",
    "Headline",
    "Headlines",
    "Interpolations",
    "LinkedMaps",
    "NetworkBox",
    "Paragraph",
    "Part",
    "PhraseBox",
    "Picture",
    "Sample",
    "Strip",
    "SymbolBox",
    "Table",
    "WordMap",
]
