"""Sections about a recogniser: how many words are wrong, examples to hear and see, which word is taken for which, and
what its layers know."""

from collections.abc import Iterable, Sequence

import numpy as np

from embedkit.analysis.purity import Purity
from embedkit.numerals import duration, listed, percent, percent_ends, short_names, shortened
from embedkit.report import metrics
from embedkit.report.figures.bars import Bar, interval_bars
from embedkit.report.figures.colorings import Coloring
from embedkit.report.figures.maps import word_map
from embedkit.report.material import Material
from embedkit.report.parts import Figure, Gallery, Headline, Paragraph, Part, Picture, Table
from embedkit.report.sections.maps import own_maps_finding
from embedkit.report.sections.spec import SectionSpec, of_own, of_run
from embedkit.report.summaries import cell_name, corpus_name, shape
from embedkit.runs.folder import Run
from embedkit.tasks.speech.audio import wav
from embedkit.tasks.speech.findings import (
    LONGEST_NAME,
    confusions_finding,
    errors_findings,
    layers_findings,
    layers_in_words,
)
from embedkit.tasks.speech.hearing import HEARINGS
from embedkit.tasks.speech.hearing_figure import hearing_figure
from embedkit.tasks.speech.material import SpeechMaterial, stored_layers, stored_score
from embedkit.tasks.speech.score import LEFT_OUT, PUT_IN, ErrorRate, SpeechExample

COLOURED = 12
"""A map is coloured by a column of at most so many values."""


def summary(run: Run) -> str:
    """One sentence: what it reads and writes, its network and its corpus."""
    model = run.config["model"]
    both = "read both ways" if model["bidirectional"] else "read forwards"
    level = {"word": "words", "char": "characters"}[model["level"]]
    return (
        f"A recogniser of speech, sound to {level}: {model['mels']} mel bands, {shape(model)} "
        f"({cell_name(model['cell'])}) {both} in steps of {model['reduction'] * 10} ms, trained on "
        f"{corpus_name(run)}."
    )


def headlines(material: Material) -> Iterable[Headline]:
    """Word errors and whole utterances right of the held-out ones, and the effort."""
    score = stored_score(material.run)
    if score is not None:
        overall = score.overall
        detail = f"95 % {percent_ends(overall.interval)} over {overall.recordings:,} recordings"
        yield Headline(percent(overall.rate), "word error", f"{detail}, {overall.words:,} words of {score.split}")
        share = score.exact / score.utterances
        yield Headline(percent(share), "utterances right", f"{score.exact:,} of {score.utterances:,} of {score.split}")
    yield from metrics.effort(material.run)


def errors(run: Run) -> Sequence[Part]:
    """Word error by speaker, by length and by pause."""
    score = stored_score(run)
    if score is None:
        return ()
    groups = [("speaker", score.speakers), ("length", score.lengths), ("pause", score.pauses)]
    parts: list[Part] = [_rates(f"Word error by {name}", name, rates) for name, rates in groups if len(rates) > 1]
    rows = [
        (
            f"{group} {name}".strip(),
            f"{rate.words:,}",
            f"{rate.errors:,}",
            percent(rate.rate),
            percent_ends(rate.interval),
            f"{rate.recordings:,}",
        )
        for group, rates in [("", (score.overall,)), *groups]
        for name, rate in zip(short_names([rate.name for rate in rates], LONGEST_NAME), rates, strict=True)
    ]
    parts.append(Table(("Of", "Words", "Wrong", "Word error", "95 % interval", "Recordings"), tuple(rows)))
    note = (
        f"{score.utterances:,} utterances of {score.split}, {duration(score.seconds)} of sound, decoded by "
        f"{score.search}: {score.substitutions:,} words substituted, {score.deletions:,} deleted, "
        f"{score.insertions:,} inserted. The intervals are from resamples of the recordings that the words come from "
        "(percentiles of 2,000 draws), since a recording occurs in several strings."
    )
    parts.append(Paragraph(note, quiet=True))
    return parts


def examples(run: Run) -> Sequence[Part]:
    """The sound of some utterances, and their spectrograms with what was heard when."""
    score = stored_score(run)
    if score is None or not score.examples:
        return ()
    pictures, figures = [], []
    names = set(HEARINGS.names(run))
    for example in score.examples:
        name = f"{score.split}-{example.row}"
        if name not in names:
            continue
        hearing = HEARINGS.load(run, name)
        pictures.append(_picture(example, wav(hearing.samples.astype(np.float32) / 32_767, hearing.rate)))
        figures.append(
            hearing_figure(hearing, f"Reference: {example.reference}. Hypothesis: {example.hypothesis or 'nothing'}.")
        )
    return (Gallery("Listen", tuple(pictures)), *figures) if pictures else ()


def confusions(run: Run) -> Sequence[Part]:
    """How often each word is not recognised, and what it is taken for."""
    score = stored_score(run)
    if score is None or not score.sayings:
        return ()
    names = [rate.name for rate in score.sayings]
    times = {(each.reference, each.hypothesis): each.n for each in score.confusions}
    hypotheses = [*names, *sorted({each.hypothesis for each in score.confusions} - {*names, LEFT_OUT}), LEFT_OUT]
    short = dict(zip([*hypotheses, PUT_IN], short_names([*hypotheses, PUT_IN], LONGEST_NAME), strict=True))
    rows = tuple(
        (
            short[reference],
            *(f"{times[reference, other]:,}" if (reference, other) in times else "" for other in hypotheses),
        )
        for reference in [*names, PUT_IN]
        if any((reference, other) in times for other in hypotheses)
    )
    return (
        _rates("How often each word is not recognised", "word", score.sayings),
        Table(
            ("Reference", *map(short.__getitem__, hypotheses)),
            rows,
            heading="Words of the reference by words of the hypothesis",
        ),
    )


def layers(run: Run) -> Sequence[Part]:
    """Purity by word and by speaker, from what the first layer reads to the last."""
    sheet = stored_layers(run)
    if sheet is None or not any(each.words or each.speakers for each in sheet.layers):
        return ()
    series = [
        (name, [_purity_bar(each.layer, purity) for each in sheet.layers if (purity := getattr(each, key)) is not None])
        for name, key in (("by word", "words"), ("by speaker", "speakers"))
    ]
    figure = interval_bars(
        [each for each in series if each[1]],
        [each.layer for each in sheet.layers],
        axis="of the nearest neighbours of a word",
        each="layer",
        description=layers_in_words(run) or "Purity by layer",
        heading="Neighbours of the same word, and of the same speaker",
    )
    first = next(purity for each in sheet.layers if (purity := each.words or each.speakers) is not None)
    chance = [
        f"{percent(purity.chance)} {name}"
        for name, purity in (("by word", sheet.layers[0].words), ("by speaker", sheet.layers[0].speakers))
        if purity is not None
    ]
    note = (
        f"{sheet.n:,} words of {sheet.split}, each at the mean of its steps; the {first.k} nearest by cosine, without "
        "the same recording and without words of the same string, which would give the speaker away. "
        f'"Frames" is what the first layer reads. Random vectors have {listed(chance)}. Intervals are over recordings.'
    )
    return (figure, Paragraph(note, quiet=True))


def states(material: SpeechMaterial) -> Sequence[Part]:
    """The maps of the last layer's states, coloured by word and by speaker."""
    if not material.embedded or material.space is None:
        return ()
    colorings = []
    for name in ("word", "speaker"):
        values = material.space.columns.get(name)
        if values is not None and 1 < len(set(values.tolist())) <= COLOURED:
            names, codes = np.unique(values, return_inverse=True)
            colorings.append(Coloring(name, codes.astype(np.int32), dict(enumerate(names.tolist()))))
    return (word_map(material.embedded, {material.key: material.maps}, "spoken word", {material.key: colorings}),)


def _rates(heading: str, each: str, rates: Sequence[ErrorRate]) -> Figure:
    bars = [
        Bar(
            rate.name,
            rate.rate,
            rate.interval,
            f"{rate.name}\n{percent(rate.rate)} ({percent_ends(rate.interval)})\n{rate.errors:,} of {rate.words:,}",
        )
        for rate in rates
    ]
    description = f"{heading}: {', '.join(f'{rate.name} {percent(rate.rate)}' for rate in rates)}"
    return interval_bars(
        [("", bars)],
        [bar.category for bar in bars],
        axis="of its words are wrong",
        each=each,
        description=description,
        heading=heading,
    )


def _purity_bar(layer: str, purity: Purity) -> Bar:
    tip = f"{layer}\n{percent(purity.value)} ({percent_ends(purity.interval)})"
    return Bar(layer, purity.value, purity.interval, tip)


def _picture(example: SpeechExample, sound: bytes) -> Picture:
    wrong = f"{example.errors} wrong" if example.errors else "right"
    return Picture(
        png=None,
        alt=f"{example.name}: {example.reference}",
        answer=example.hypothesis or "(nothing)",
        verdict=wrong,
        meant=example.reference if example.errors else "",
        note=", ".join(
            part for part in (shortened(example.speaker, LONGEST_NAME), f"utterance {example.row:,}") if part
        ),
        wav=sound,
    )


SECTIONS = (
    SectionSpec("speech-errors", of_run(errors), of_run(errors_findings), ("scores/*",)),
    SectionSpec("speech-examples", of_run(examples), None, ("scores/*", "hearings/*")),
    SectionSpec("speech-confusions", of_run(confusions), of_run(confusions_finding), ("scores/*",)),
    SectionSpec("speech-layers", of_run(layers), of_run(layers_findings), ("layers/*",)),
    SectionSpec(
        "speech-states",
        of_own(SpeechMaterial, states, ()),
        of_own(SpeechMaterial, own_maps_finding, None),
        ("spaces/*", "maps/*"),
    ),
)
