"""Sections about writing with a language model: words told from their keys on a keypad, and what the writer offers."""

from collections.abc import Iterable, Sequence
from shlex import quote

from embedkit.numerals import ends, percent, percent_ends, signed, signed_ends
from embedkit.report import metrics
from embedkit.report.compose import compose
from embedkit.report.figures.bars import Bar, interval_bars
from embedkit.report.material import Material
from embedkit.report.page import Report
from embedkit.report.parts import Headline, Paragraph, Part, Table
from embedkit.report.sections.spec import SectionSpec, of_run
from embedkit.runs.folder import Run
from embedkit.tasks.writing.findings import finding, keypad_findings, offers_finding
from embedkit.tasks.writing.keypad import KeyedWord
from embedkit.tasks.writing.offers import OFFERS, Offer
from embedkit.tasks.writing.score import KEYPAD_SCORES, SPLITS, ByFitting, KeypadScore, Ranking

RANKINGS = ("by frequency", "in context")
SPLIT_NAMES = {"valid": "validation", "test": "test"}


def headlines(material: Material) -> Iterable[Headline]:
    """How often each ranking is right first, what context saves, and how good the language model is."""
    run = material.run
    scores = {split: score for split in SPLITS if (score := KEYPAD_SCORES.load_or_none(run, split)) is not None}
    score = scores.get("test") or scores.get("valid")
    if score is not None:
        for name, ranking in (("in context", score.in_context), ("by frequency", score.by_frequency)):
            over = f"95 % {percent_ends(ranking.first_interval)}, of {score.n:,} words of the {score.split} text"
            yield Headline(percent(ranking.first / score.n), f"right first {name}", over)
        beside = f"in context, 95 % {ends(score.in_context.kspc_interval)}; {score.by_frequency.kspc:.3f} by frequency"
        yield Headline(f"{score.in_context.kspc:.3f}", "keystrokes per character", beside)
        out = f"{score.unknown:,} of {score.words:,} words are out of vocabulary and in no figure"
        yield Headline(percent(score.coverage), "of the words covered", out)
    yield from metrics.held_out(run)


def keypad(run: Run) -> Sequence[Part]:
    """Every score sheet that is kept: its figures, by how many words share the keys, and examples."""
    parts: list[Part] = []
    scores = [score for split in SPLITS if (score := KEYPAD_SCORES.load_or_none(run, split)) is not None]
    for score in scores:
        leads = score.split == "test" or len(scores) == 1  # its finding leads the section
        parts += [*(() if leads else (Paragraph(finding(score)),)), *_sheet(score)]
    return parts


def _sheet(score: KeypadScore) -> list[Part]:
    rankings = (score.by_frequency, score.in_context)
    figures = Table(
        columns=("Ranking", "First", "Top-1", "95 % interval", "KSPC", "95 % interval"),
        rows=(
            *(_ranking_row(name, ranking, score.n) for name, ranking in zip(RANKINGS, rankings, strict=True)),
            _difference_row(score),
        ),
        heading=f"{SPLIT_NAMES[score.split].capitalize()} text",
        caption=(
            f"{score.n:,} words scored, the same for both. KSPC: keystrokes per character, (keys + presses of next "
            f"+ space) / (characters + space); 1 is one key per letter, and without a dictionary (multi-tap) these "
            f"words take {score.multitap_kspc:.3f}."
        ),
    )
    return [
        figures,
        _bars(score),
        _confusions(score),
        _examples(score.helped, "Where context helped", "Frequency ranks another word first."),
        _examples(score.hurt, "Where context misled", "Frequency ranks the right word first."),
        Paragraph(_measured(score), quiet=True),
    ]


def _ranking_row(name: str, ranking: Ranking, n: int) -> tuple[str, ...]:
    return (
        name,
        f"{ranking.first:,}",
        percent(ranking.first / n),
        percent_ends(ranking.first_interval),
        f"{ranking.kspc:.4f}",
        ends(ranking.kspc_interval, 4),
    )


def _difference_row(score: KeypadScore) -> tuple[str, ...]:
    gain = score.difference
    return (
        "difference",
        f"+{gain.only_in_context:,} \N{MINUS SIGN}{gain.only_by_frequency:,}",
        signed(100 * gain.first_share, 1),
        signed_ends(gain.first_interval, 1, scale=100),
        signed(gain.kspc, 4),
        signed_ends(gain.kspc_interval, 4),
    )


def _bars(score: KeypadScore) -> Part:
    categories = [_category(row) for row in score.by_fitting]
    series = [
        (
            name,
            [
                Bar(
                    _category(row),
                    right / row.n,
                    interval,
                    f"{name}: {right:,} of {row.n:,} first ({percent(right / row.n)}, 95 % {percent_ends(interval)})",
                )
                for row, right, interval in rows
            ],
        )
        for name, rows in (
            ("by frequency", [(row, row.by_frequency, row.by_frequency_interval) for row in score.by_fitting]),
            ("in context", [(row, row.in_context, row.in_context_interval) for row in score.by_fitting]),
        )
    ]
    return interval_bars(
        series,
        categories,
        axis="ranked first",
        heading="Words ranked first, by how many words share their keys",
        description=(
            "Share of the held-out words that are ranked first, by how many words have the same keys, for both "
            "rankings, with Wilson's 95 % intervals."
        ),
    )


def _category(row: ByFitting) -> str:
    if row.most is None:
        return f"{row.fewest} or more words"
    if row.fewest == row.most:
        return "only that word" if row.most == 1 else f"{row.most} words"
    return f"{row.fewest} to {row.most} words"


def _confusions(score: KeypadScore) -> Table:
    return Table(
        columns=("Keys", "Words by frequency", "Times", "Right by frequency", "Right in context"),
        rows=tuple(
            (each.digits, ", ".join(each.words), f"{each.n:,}", f"{each.by_frequency:,}", f"{each.in_context:,}")
            for each in score.confusions
        ),
        heading="Keys over which the two differ most",
        caption=(
            "The first three words of the keys, how often one of them was meant in the held-out text, and for how many "
            "of those each ranking had it first."
        ),
        numbers_from=2,
    )


def _examples(words: Sequence[KeyedWord], heading: str, caption: str) -> Table:
    return Table(
        columns=("Before it", "Keys", "Meant", "In context", "By frequency"),
        rows=tuple(
            (
                f"…{each.context.rstrip()}",
                each.digits,
                each.word,
                ", ".join(each.first_in_context),
                ", ".join(each.first_by_frequency),
            )
            for each in words
        ),
        heading=heading,
        caption=caption,
        numbers_from=5,
        prose=frozenset({0}),
    )


def _measured(score: KeypadScore) -> str:
    return (
        f"{score.words:,} running words that can be typed, in {score.passages:,} passages of the {score.split} text, "
        f"drawn with seed {score.seed}; each is ranked after the true words of its line before it. {score.unknown:,} "
        f"are not among the {score.vocabulary:,} words that both rankings know, so they would have to be spelled "
        f"letter by letter; they are in no figure. {score.ambiguous:,} of the scored words share their keys with "
        f"another word. Case, accents, and apostrophes and hyphens inside a word are not typed; words that differ only "
        f"in case are one. Intervals in the table: bootstrap over passages, {score.resamples:,} resamples; of the "
        f"bars: Wilson's, as if words were independent. KSPC: MacKenzie (2002)."
    )


def offers(run: Run) -> Sequence[Part]:
    """What the writer offers in held-out lines."""
    sheet = OFFERS.load_or_none(run)
    if sheet is None or not sheet.offers:
        return ()
    table = Table(
        columns=("Written so far", "Offers", "How it continued"),
        rows=tuple(row for each in sheet.offers for row in _offer_rows(each)),
        numbers_from=3,
        prose=frozenset({0, 1, 2}),
    )
    note = f"Lines of the {sheet.split} text, drawn with seed {sheet.seed}: in turn cut before a word and inside one."
    return (table, Paragraph(note, quiet=True))


def _offer_rows(place: Offer) -> list[tuple[str, str, str]]:
    """A row an offer; the first also says where it was and how the line went on."""
    first, *others = place.offered or ("(none)",)
    return [(place.before, first, place.went_on), *(("", other, "") for other in others)]


SECTIONS = (
    SectionSpec("keypad", of_run(keypad), of_run(keypad_findings), ("keypad/valid.json", "keypad/test.json")),
    SectionSpec("offers", of_run(offers), of_run(offers_finding), ("keypad/offers.json",)),
)


def writing_report(run: Run) -> Report:
    """Writing with a language model, from what its evaluation on a keypad kept with the run.

    Raises:
        ReportError: the run has nothing that the report shows, has not finished, or the recipe is wrong.
        RunError: what is kept is damaged.
    """
    return compose("writing", Material(run), f"embedkit t9 --evaluate --run {quote(run.name)}")
