"""Each figure, table and text of a page, as it states them, as it shows them, and as the artefacts give them now."""

import json
from collections.abc import Iterator

from embedkit.report.digests import PieceDigest, blocks, page_digests
from embedkit.report.lineage import Lineage
from embedkit.report.outline import read_outline
from embedkit.studies.verdicts import DIFFERS, MATCH, UNCHECKED
from embedkit.verification.checks import UNPROVEN, Check
from embedkit.verification.rounding import nearly


def pieces(page: str, lineage: Lineage, again: str | None, other_renderer: str) -> Iterator[Check]:
    """A check of each piece.

    What the lineage states is compared by the rule of its version, and the two pages by the rule of today: so a page
    of an older version holds although its markup would be written in another way now.

    Args:
        again: the page as the artefacts give it now; None where they give none.
        other_renderer: why this version cannot render the page as it was; "" where it can.
    """
    outline = read_outline(page)
    in_page = {each.name: each for each in page_digests(outline, lineage.version)}
    today = {each.name: each.sha256 for each in page_digests(outline)}
    remade = {} if again is None else {each.name: each.sha256 for each in page_digests(again)}
    differs, by_whom = (UNPROVEN, ", or this version draws it otherwise") if other_renderer else (DIFFERS, "")
    for stated in lineage.digests:
        what = _called(stated)
        if in_page.get(stated.name) != stated:
            yield Check("figure", what, DIFFERS, "the page does not show what was rendered: it has been altered")
        elif again is None:
            yield Check("figure", what, UNCHECKED, "the report cannot be rendered from the artefacts")
        elif stated.name not in remade:
            yield Check("figure", what, differs, f"the artefacts no longer give it{by_whom}")
        elif remade[stated.name] == today.get(stated.name):
            yield Check("figure", what, MATCH, f"sha256 {stated.sha256[:12]}…")
        elif _nearly(stated.name, page, again):
            why = "another processor computed its cosines" if stated.section == "page" else "its last digits"
            yield Check("figure", what, MATCH, f"to rounding: {why}")
        else:
            yield Check("figure", what, differs, f"the artefacts give another one{by_whom}")
    stated_names = {each.name for each in lineage.digests}
    for name, extra in in_page.items():
        if name not in stated_names:
            yield Check("figure", _called(extra), DIFFERS, "it was not rendered: it has been put into the page")


def _called(each: PieceDigest) -> str:
    return f"{each.name}: {each.heading}" if each.section == "page" else f"{each.section}, {each.name}: {each.heading}"


def _nearly(name: str, page: str, again: str) -> bool:
    one, other = (blocks(text).get(name, "null") for text in (page, again))
    try:
        return nearly(name, one, other)
    except json.JSONDecodeError:
        return False
