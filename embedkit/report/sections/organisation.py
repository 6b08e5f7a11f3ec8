"""What a space is organised by, in a reader's words: the columns that neighbours tell, and how pure categories lie."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from embedkit.analysis.intervals import Interval
from embedkit.analysis.organisation.columns import ColumnScore, Organisation
from embedkit.numerals import MISSING, counted, listed, percent, percent_ends, signed, signed_ends, upper_first
from embedkit.report.figures.organisation import MOST, score_bars
from embedkit.report.findings import Finding, share_measure
from embedkit.report.material import Material
from embedkit.report.parts import Headline, Paragraph, Part, Table
from embedkit.report.sections.spec import SectionSpec

COLUMNS = 3
"""So many columns have a finding of their own."""
LARGEST = 20
"""So many categories of a column are shown."""
TABLES = 5
"""The categories of so many columns are shown."""


@dataclass(frozen=True)
class OrganisedSpace:
    """What is stored of a space, what a reader calls the space, and a point of it."""

    organisation: Organisation
    called: str
    noun: str


def organised_spaces(material: Material) -> list[OrganisedSpace]:
    """Those of the report's runs of which more is known than how often a point stands in a text, as they are now."""
    return [
        OrganisedSpace(organisation, material.called(key), noun)
        for key, (organisation, noun) in material.organisations.items()
    ]


def section(material: Material) -> Sequence[Part]:
    """The columns of each space by how well neighbours tell them, and the categories of those that they tell best."""
    spaces = organised_spaces(material)
    parts: list[Part] = []
    for each in spaces:
        if len(spaces) > 1:
            parts.append(Paragraph(_of_space(each)))
        parts += _parts(each, of_space=f" of the {each.called}" if len(spaces) > 1 else "")
    notes = dict.fromkeys(method_note(each.organisation, each.noun) for each in spaces)
    return (*parts, *(Paragraph(note, quiet=True) for note in notes))


def section_findings(material: Material) -> tuple[Finding, ...]:
    """What the space is organised by, the best columns one by one; of several spaces, what the first is. Columns that
    neighbours do not tell are open."""
    spaces = organised_spaces(material)
    if not spaces:
        return ()
    text, organisation, called = _of_space(spaces[0]), spaces[0].organisation, spaces[0].called
    if not organisation.organising:
        return (Finding(text, standing="open", plain=f"What the {called} are organised by. {text}"),)
    best, *others = map(_of_column, organisation.organising[:COLUMNS])
    lead = replace(best, text=text, plain=f"The {called} are organised most by {best.plain}")
    also = (replace(other, plain=f"The {called} are organised by {other.plain}") for other in others)
    return (lead, *also, *_untold(organisation, called))


def _of_column(column: ColumnScore) -> Finding:
    """Categories by how many neighbours share them, numbers and dates by what neighbours tell of them."""
    assert column.score is not None
    name, interval = _quoted(column.name), column.interval
    if column.kind == "category" and column.value is not None and column.chance is not None:
        value, chance = column.value, column.chance
        over = None if interval is None else Interval(_raised(interval.low, chance), _raised(interval.high, chance))
        small = any(each.n <= column.k for each in column.categories)
        nearest = f"of a point's {column.k} nearest"
        if small:
            nearest = f"of the points nearest to one (at most {column.k}, and no more than its category has others)"
        plain = (
            f"{name}: {percent(value)} {nearest} are in the same category, where chance is {percent(chance)}; all "
            "categories count equally."
        )
        return Finding("", share_measure(value, chance, "shuffled values, on average", over), plain=plain)
    measure = share_measure(column.score, 0.0, "shuffled values, on average", interval)
    plain = f"{name}: a point's {column.k} nearest predict {percent(column.score)} of how points differ in it."
    return Finding("", measure, plain=plain)


def _raised(score: float, chance: float) -> float:
    """What is told beyond chance, as a share of all."""
    return chance + score * (1 - chance)


def _untold(organisation: Organisation, called: str) -> Iterable[Finding]:
    """The columns that neighbours tell no better than shuffled values are told."""
    untold = [_quoted(column.name) for column in organisation.scored if not column.organises]
    if untold:
        more = f" and {counted(len(untold) - 3, 'more column')}" if len(untold) > 3 else ""
        names = f"{', '.join(untold[:3])}{more}" if more else listed(untold)
        plain = f"Whether the {called} are organised by {names}: neighbours predict no more of it than chance."
        yield Finding("", standing="open", plain=plain)


def headlines(material: Material) -> Iterable[Headline]:
    """The column that the run's own space is organised by most."""
    for each in organised_spaces(material)[:1]:
        organisation = each.organisation
        scored = organisation.scored
        if not scored:
            return
        if not organisation.organising:
            detail = f"neighbours predict none of {counted(len(scored), 'column')} better than shuffled values"
            yield Headline("none", "column that it is organised by", detail)
            return
        best = organisation.organising[0]
        control = "" if best.control is None else f"; shuffled values at most {percent(best.control.high)}"
        yield Headline(
            percent(best.score),
            f"organised by {_quoted(best.name)}",
            f"predicted by {best.k} neighbours, of what is possible beyond chance; 95 % {percent_ends(best.interval)}"
            f"{control}; the first of {counted(len(scored), 'column')}",
        )


def finding(organisation: Organisation) -> str:
    """Which columns neighbours tell, or that they tell none, as what follows a colon."""
    scored, organising = organisation.scored, organisation.organising
    if not scored:
        reasons = listed([f"{_quoted(column.name)} ({column.reason})" for column in organisation.columns[:3]])
        return f"what it is organised by cannot be measured: {reasons}."
    if not organising:
        which = f"{_quoted(scored[0].name)} is not" if len(scored) == 1 else f"none of {len(scored)} columns is"
        return f"{which} predicted by neighbours better than shuffled values are."
    best, others = organising[0], organising[1:4]
    sentence = (
        f"organised most by {_quoted(best.name)}: {measured(best)}, {percent(best.score)} of what is possible beyond "
        f"chance (95 % {percent_ends(best.interval)})"
    )
    if others:
        sentence += "; then " + listed([f"{_quoted(other.name)} {percent(other.score)}" for other in others])
    untold = len(scored) - len(organising)
    if untold:
        verb = "is" if untold == 1 else "are"
        sentence += f". {upper_first(counted(untold, 'column'))} {verb} not predicted better than shuffled values"
    return f"{sentence}."


def _of_space(each: OrganisedSpace) -> str:
    return f"{upper_first(each.called)}: {finding(each.organisation)}"


def measured(column: ColumnScore) -> str:
    """What neighbours tell of a column, in its own measure: "a purity of 71.2 %, 14.3 % by chance"."""
    if column.kind == "category":
        return f"a purity of {percent(column.value)}, {percent(column.chance)} by chance"
    return f"an R² of {signed(column.value, 2)} over ranks"


def cells(column: ColumnScore) -> tuple[str, ...]:
    """A column as a row of a table; see `HEADS`."""
    with_value = f"{column.points - column.missing:,} of {column.points:,}"
    if column.score is None:
        return (column.name, column.kind, *[MISSING] * 5, with_value, column.reason)
    category = column.kind == "category"
    figure = f"purity {percent(column.value)}" if category else f"R² {signed(column.value, 2)}"
    chance = percent(column.chance) if category else signed(column.chance, 2)
    shuffled = signed_ends(column.control, 1, scale=100)
    verdict = "predicted" if column.organises else "not beyond shuffled values"
    return (
        column.name,
        column.kind,
        signed(100 * column.score, 1),
        signed_ends(column.interval, 1, scale=100),
        shuffled,
        figure,
        chance,
        with_value,
        verdict,
    )


HEADS = ("Column", "Kind", "Predicted, %", "95 %", "Shuffled", "Neighbours", "Chance", "With a value", "Verdict")


def method_note(organisation: Organisation, noun: str) -> str:
    """What was predicted from what, and what the figures are over."""
    copies, zeros = organisation.copies, organisation.zeros
    same = [f"{copies:,} that share the vector of another count as one with it"] if copies else []
    zero = [f"{zeros:,} with a zero vector are left out"] if zeros else []
    few = ""
    if any(column.k < organisation.k for column in organisation.scored):
        few = " (for a column with few values, at most half of the others)"
    about = f" Of {counted(organisation.points, noun)}, {listed([*same, *zero])}." if same or zero else ""
    return (
        f"Values were predicted for {counted(organisation.queries, 'different vector')} (seed {organisation.seed}), "
        f"each from its {organisation.k} nearest others{few} by cosine, exactly, in the full space.{about} Purity: the "
        f"share of them in the point's own category, among no more than that has others; macro over categories. R²: "
        f"the share of the variance of ranks that the mean of the nearest predicts. Predicted: (figure − chance) / "
        f"(1 − chance). Intervals are from a jackknife over points, and too wide rather than too narrow. Shuffled: the "
        f"lowest and the highest of {counted(organisation.shuffles, 'shuffle')} of the values. Points without a value "
        f"are left out."
    )


def _parts(each: OrganisedSpace, of_space: str) -> Iterable[Part]:
    organisation = each.organisation
    yield Table(columns=HEADS, rows=tuple(map(cells, organisation.columns)), numbers_from=2, prose=frozenset({8}))
    if organisation.scored:
        more = len(organisation.scored) - MOST
        cut = f", the first {MOST}" if more > 0 else ""
        yield score_bars(organisation.scored, heading=f"What neighbours predict{of_space}{cut}")
    with_categories = [column for column in organisation.scored if column.categories]
    for column in with_categories[:TABLES]:
        yield _categories(column, each.noun, of_space)
    if len(with_categories) > TABLES:
        columns = counted(len(with_categories) - TABLES, "more column")
        yield Paragraph(f"The categories of {columns} are not shown.", quiet=True)


def _categories(column: ColumnScore, noun: str, of_space: str) -> Table:
    """How pure each category lies, the largest first."""
    many = len(column.categories)
    return Table(
        heading=f"Purity by {_quoted(column.name)}{of_space}",
        columns=("Category", f"Different {noun}s", "Predicted", "Purity", "95 %", "Chance"),
        rows=tuple(
            (
                share.name,
                f"{share.n:,}",
                f"{share.queries:,}",
                percent(share.value),
                percent_ends(share.interval),
                percent(share.chance),
            )
            for share in column.categories[:LARGEST]
        ),
        caption=f"The {LARGEST} largest of {many} categories." if many > LARGEST else "",
    )


def _quoted(name: str) -> str:
    """A column's name in a sentence."""
    return f"“{name}”"


SECTIONS = (
    SectionSpec(
        "organised-by",
        section,
        section_findings,
        ("spaces/*", "columns/*"),
        heading="What is it organised by?",
        caption=(
            "How well the nearest points predict each column: the share of neighbours in a point's own "
            "category, and how much of a number or date they predict. Each is compared with the same figure "
            "for shuffled values."
        ),
    ),
)
