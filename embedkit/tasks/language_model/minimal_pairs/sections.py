"""What a report shows of minimal pairs: by phenomenon and field, beside what others have on BLiMP."""

from collections.abc import Iterator, Sequence

from embedkit.numerals import MISSING, percent, percent_ends
from embedkit.report.figures.bars import Bar, interval_bars
from embedkit.report.findings import Finding, share_measure
from embedkit.report.parts import Paragraph, Part, Table
from embedkit.report.sections.spec import SectionSpec, of_run
from embedkit.runs.folder import Run
from embedkit.tasks.language_model.minimal_pairs import published
from embedkit.tasks.language_model.minimal_pairs.score import CHANCE, SCORES, GroupScore, MinimalPairScore


def beside(score: MinimalPairScore) -> bool:
    """Whether what others have can stand beside it."""
    return (score.pairs, score.all.right.n) == (published.BLIMP, published.PAIRS)


def called(name: str) -> str:
    """A phenomenon as a reader calls it: "subject verb agreement"."""
    return name.replace("_", " ")


def finding(score: MinimalPairScore) -> str:
    """How often it is right, against chance and against others."""
    whole = score.all.right
    # Pairs of one template are alike: where there are several, they say what can be told from chance.
    interval = score.over_paradigms or whole.interval
    if interval.low > CHANCE:
        against = "more than chance"
    elif interval.high < CHANCE:
        against = "less than chance"
    else:
        against = "not told from chance"
    over = f", {percent_ends(interval)} over {len(score.paradigms)} templates" if score.over_paradigms else ""
    sentence = (
        f"The good sentence of {whole.n:,} minimal pairs ({score.pairs}) is the likelier one in {percent(whole.share)} "
        f"(95 % {percent_ends(whole.interval)} over pairs{over}), {against}, 50 %"
    )
    if beside(score):
        ngram, lstm, gpt2 = published.OVERALL
        sentence += (
            f"; a 5-gram model has {percent(ngram)}, an LSTM {percent(lstm)}, GPT-2 {percent(gpt2)}, and people agree "
            f"in {percent(published.PEOPLE)} (Warstadt et al. 2020)"
        )
    return f"{sentence}.{_without_unknown(score.all)}"


def _without_unknown(group: GroupScore) -> str:
    if not group.unknown:
        return ""
    share = percent(group.unknown / group.right.n)
    known = "" if group.known is None else f", and without those it is right in {percent(group.known.share)}"
    return f" {share} of the pairs have a word that it does not know{known}."


def minimal_pairs(run: Run) -> Sequence[Part]:
    """Every score that is kept."""
    scores = SCORES.load_all(run)
    parts: list[Part] = []
    for number, score in enumerate(scores):
        parts += [*([Paragraph(finding(score))] if number else []), *_score(score)]
    return parts


def _score(score: MinimalPairScore) -> Iterator[Part]:
    groups = score.phenomena or score.fields
    if groups:
        yield _bars(score, groups)
    yield table(score)
    yield Paragraph(_measured(score), quiet=True)


def _bars(score: MinimalPairScore, groups: Sequence[GroupScore]) -> Part:
    ordered = sorted(groups, key=lambda group: -group.right.share)
    categories = [called(group.name) for group in ordered]
    own = [
        Bar(
            called(group.name),
            group.right.share,
            group.right.interval,
            f"{called(group.name)}: {group.right.right:,} of {group.right.n:,} ({percent(group.right.share)}, 95 % "
            f"{percent_ends(group.right.interval)}); for instance “{group.example[0]}” and not “{group.example[1]}”",
        )
        for group in ordered
    ]
    series = [(score.run, own)]
    if beside(score) and score.phenomena:
        series += [
            (
                f"{model} of the paper",
                [
                    Bar(called(group.name), figures[at], None, f"{called(group.name)}: {model} {percent(figures[at])}")
                    for group in ordered
                    if (figures := published.PHENOMENA.get(group.name)) is not None
                ],
            )
            for at, model in ((0, published.MODELS[0]), (1, published.MODELS[1]))
        ]
    return interval_bars(
        series,
        categories,
        axis="the good sentence is likelier; chance is 50 %",
        each="phenomenon",
        heading=f"Minimal pairs by phenomenon: {score.pairs}",
        description="Share of minimal pairs whose good sentence is the likelier one, by phenomenon, with Wilson's 95 % "
        "intervals; chance is 50 %.",
    )


def table(score: MinimalPairScore) -> Table:
    """Fields, phenomena and all, with denominators, and what others have."""
    others = beside(score)
    columns = ("Pairs of", "Pairs", "Right", "95 %", "Ties", "With unknown words", "Right without them")
    rows = [
        (
            ("all" if group is score.all else called(group.name)),
            *cells(group),
            *((percent(figure) for figure in figures_of(score, group)) if others else ()),
        )
        for group in (*score.phenomena, *score.fields, score.all)
    ]
    return Table(
        columns=(*columns, *(published.MODELS if others else ())),
        rows=tuple(rows),
        caption="A pair is right if its good sentence has the higher probability. Sentences that are equal to the "
        "model are a tie, which is not right.",
        strong=frozenset({len(rows) - 1}),
        heading=f"By phenomenon and field: {score.pairs}",
    )


def cells(group: GroupScore) -> tuple[str, ...]:
    """A group's row, from its pairs to what is right without unknown words."""
    known = MISSING if group.known is None else f"{percent(group.known.share)} of {group.known.n:,}"
    return (
        f"{group.right.n:,}",
        percent(group.right.share),
        percent_ends(group.right.interval),
        f"{group.ties:,}",
        percent(group.unknown / group.right.n),
        known,
    )


def figures_of(score: MinimalPairScore, group: GroupScore) -> tuple[float | None, ...]:
    """What others have on the same pairs; None where that is not published."""
    if group is score.all:
        return published.OVERALL
    return (
        published.PHENOMENA.get(group.name, (None,) * len(published.MODELS))
        if group in score.phenomena
        else ((None,) * len(published.MODELS))
    )


def _measured(score: MinimalPairScore) -> str:
    over = "" if score.over_paradigms is None else (
        f" Over the {len(score.paradigms)} templates that the pairs are made from, as if others might have been "
        f"written, the interval for all pairs is {percent_ends(score.over_paradigms)}."
    )  # fmt: skip
    whole = (
        "A sentence's probability is that of all its tokens after a line break; the end of the sentence is not part of "
        f"it. Intervals are Wilson's over pairs, as if they were independent.{over}"
    )
    if beside(score):
        whole += (
            " For comparison, what the authors of BLiMP measured: a 5-gram model of Gigaword, an LSTM trained on 83 "
            "million tokens of Wikipedia, and GPT-2 large. They have other vocabularies, some of them of subwords. "
            f"People agree with the labels in {percent(published.PEOPLE)}, by majority of 20."
        )
    return whole


def run_finding(run: Run) -> Finding | None:
    """Of the first score that is kept, beside chance."""
    scores = SCORES.load_all(run)
    if not scores:
        return None
    score = scores[0]
    right, interval = score.all.right, score.over_paradigms or score.all.right.interval
    measure = share_measure(right.share, CHANCE, "chance", interval)
    pairs = f"{percent(right.share)} of {right.n:,} pairs"
    plain = (
        f"It knows something of grammar: of two sentences, of which one is wrong, it finds the right one likelier in "
        f"{pairs}."
        if measure.skill > 0
        else f"Whether it knows anything of grammar: of two sentences it finds the right one likelier in {pairs}."
    )
    return Finding(finding(score), measure, plain=plain)


SECTIONS = (SectionSpec("minimal-pairs", of_run(minimal_pairs), of_run(run_finding), ("minimal-pairs/*",)),)
