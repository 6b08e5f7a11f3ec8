"""Sections about an encoder-decoder: the atlas of its phrases, what lies between them, and its scores."""

from collections.abc import Iterable, Sequence
from typing import cast

import numpy as np

from embedkit.analysis.generation import GenerationExample, GenerationScore
from embedkit.analysis.novelty import IN_WORDS
from embedkit.numerals import MISSING, ends, percent, percent_ends, upper_first
from embedkit.report import metrics
from embedkit.report.figures.colorings import Coloring
from embedkit.report.figures.maps import phrase_atlas
from embedkit.report.material import Material
from embedkit.report.parts import Headline, Interpolations, Paragraph, Part, Table
from embedkit.report.sections.clusters import coloring, finding
from embedkit.report.sections.maps import own_maps_finding, trust_headline
from embedkit.report.sections.spec import SectionSpec, of_own
from embedkit.report.summaries import LEVELS, cell_name, corpus_name
from embedkit.runs.folder import Run
from embedkit.tasks.seq2seq.attention_figure import attention_map
from embedkit.tasks.seq2seq.beam_figure import BeamNode, beam_table, beam_tree
from embedkit.tasks.seq2seq.config import gives_back
from embedkit.tasks.seq2seq.examples import INTERPOLATIONS, load_translation_traces
from embedkit.tasks.seq2seq.findings import looks_finding, phrases_finding, scores_findings
from embedkit.tasks.seq2seq.length_figure import length_bars
from embedkit.tasks.seq2seq.material import PhraseMaterial


def summary(run: Run) -> str:
    """What network reads and writes what, through how many numbers."""
    model, training = run.config["model"], run.config["training"]
    attention = "" if model["attention"] == "none" else f" and {model['attention']} attention"
    codes = "a variational bottleneck" if model["variational"] else "a bottleneck"
    units = {LEVELS.get(model[side], model[side]) for side in ("source_level", "target_level")}
    streams = {"self": ", each window of the text reproduced", "next": ", each window of the text predicting the next"}
    return (
        f"A {' and '.join(sorted(units))}-level {cell_name(model['cell'])} "
        f"encoder-decoder around {codes} of {model['bottleneck_size']:,} numbers{attention}, "
        f"trained on {corpus_name(run)}{streams.get(training['stream'], '')}."
    )


def headlines(material: Material) -> Iterable[Headline]:
    """Exact match and BLEU of the held-out pairs, the purity of the phrases, the best map, and the effort."""
    own = material.own(PhraseMaterial)
    if own is not None:
        yield from _of_score(own.score)
        if own.purity is not None:
            purity = next(iter(own.purity.spaces.values()))
            over = f"chance {percent(purity.chance)}, of {purity.n:,} templated phrases"
            detail = f"95 % {percent_ends(purity.interval)}, {over}"
            yield Headline(percent(purity.value), "of the nearest are of a phrase's kind", detail)
        yield from trust_headline({own.called: own.maps}, "phrase atlas")
    yield from metrics.trained(material.run)


def _of_score(score: GenerationScore | None) -> Iterable[Headline]:
    if score is None:
        return
    over = f"of {score.n:,} held-out sources"
    new = score.new
    if new is not None and new.n:
        scored = f"95 % {percent_ends(new.exact_interval)}, of {new.n:,} held-out sources"
        overall = f"{percent(score.exact_share)} of all {score.n:,}"
        yield Headline(percent(new.exact_share), "exact match of new sources", f"{scored}; {overall}")
    else:
        yield Headline(percent(score.exact_share), "exact match", f"95 % {percent_ends(score.exact_interval)}, {over}")
    if score.bleu is not None:
        yield Headline(f"{score.bleu.score:.1f}", "BLEU", f"95 % {ends(score.bleu_interval, 1)}, {over}")


def atlas(material: PhraseMaterial) -> Sequence[Part]:
    """The maps, coloured by cluster and by length."""
    if not material.embedded or material.space is None:
        return ()
    space, clustering = material.space, material.clustering
    colorings = []
    clusters = ""
    if clustering is not None:
        colorings.append(coloring(clustering, space))
        clusters = f"Clusters: {finding(clustering, 'phrase')}"
    if "length" in space.columns:
        colorings.append(Coloring("length in words", space.columns["length"].astype(np.float32)))
    parts: list[Part] = [phrase_atlas(material.embedded, {material.key: material.maps}, {material.key: colorings})]
    return [*parts, Paragraph(clusters, quiet=True)] if clusters else parts


def between(material: PhraseMaterial) -> Sequence[Part]:
    """The decoded points on the way from one phrase to another."""
    table = INTERPOLATIONS.load_or_none(material.run)
    if table is None or not table.texts:
        return ()
    key = material.key if material.embedded else ""
    return (Interpolations(table.phrases, table.steps, table.texts, key, gives_back(material.run)),)


def purity(material: PhraseMaterial) -> Sequence[Part]:
    """Whether phrases of a kind lie together, beside the baselines."""
    sheet = material.purity
    if sheet is None:
        return ()
    rows, names = list(sheet.spaces.items()), list(sheet.spaces)
    own = rows[0][1]
    table = Table(
        columns=("Space", "Purity", "95 % interval", "Chance"),
        rows=tuple(
            (name, percent(score.value), percent_ends(score.interval), percent(score.chance)) for name, score in rows
        ),
        strong=frozenset({0}),
    )
    kinds = Table(
        columns=("Kind", "Phrases", *(upper_first(name) for name in names)),
        rows=tuple(
            (kind.kind, str(kind.n), *(percent(score.per_kind[i].value) for _, score in rows))
            for i, kind in enumerate(own.per_kind)
        ),
    )
    covered = "; ".join(
        f"{name}: {cover.known:,} of {cover.words:,} words known" for name, cover in sheet.coverage.items()
    )
    note = (
        f"{own.n} templated phrases, {own.k} nearest neighbours by {own.metric} distance, those with the same template "
        f"or filler left out. Intervals: bootstrap over {own.clusters} templates, {own.resamples:,} resamples, seed "
        f"{own.seed}. {covered}."
    )
    return (table, Paragraph(note, quiet=True), kinds)


def scores(material: PhraseMaterial) -> Sequence[Part]:
    """Held-out pairs: scores by length, and examples."""
    score = material.score
    if score is None:
        return ()
    rows = [
        (
            f"{row.shortest}–{row.longest}" if row.shortest < row.longest else str(row.shortest),
            row.n,
            row.exact_share,
            row.exact_interval,
        )
        for row in score.by_length
    ]
    table = Table(
        columns=("Tokens of the source", "Scored", "Exact", "95 % interval", "BLEU", "chrF"),
        rows=tuple(
            (
                label,
                f"{n:,}",
                percent(share),
                percent_ends(row.exact_interval),
                MISSING if row.bleu is None else f"{row.bleu:.1f}",
                f"{row.chrf:.1f}",
            )
            for (label, n, share, _), row in zip(rows, score.by_length, strict=True)
        ),
    )
    parts: list[Part] = [*_by_novelty(score), length_bars(rows, "exact match"), table]
    if score.bleu is not None:
        signed = f"BLEU: {score.bleu.signature}; interval by bootstrap over sentences, {score.resamples:,} resamples."
        parts.append(Paragraph(f"{signed} chrF: {score.chrf.signature}.", quiet=True))
    return [*parts, _examples(score)]


def _by_novelty(score: GenerationScore) -> Iterable[Part]:
    """How sources come out by how near they are to a training source, the newest first."""
    if not score.by_novelty:
        yield Paragraph(NOT_TOLD_APART, quiet=True)
        return
    yield Table(
        columns=("Sources that are", "Scored", "Exact", "95 % interval", "BLEU", "chrF"),
        rows=tuple(
            (
                upper_first(IN_WORDS[row.novelty]),
                f"{row.n:,}",
                percent(row.exact_share),
                percent_ends(row.exact_interval),
                MISSING if row.bleu is None else f"{row.bleu:.1f}",
                MISSING if row.chrf is None else f"{row.chrf:.1f}",
            )
            for row in score.by_novelty
        ),
        strong=frozenset({0}),
        heading="How new they are",
    )
    yield Paragraph(NEW, quiet=True)


NEW = (
    "A source is new if it is not a training source, not contained in one, and more than one token away from each: "
    "inserting, deleting or replacing one token makes none of them. Tokens are those of the source's vocabulary, words "
    "or characters. For the others, a right output may be owed to the near training source."
)
NOT_TOLD_APART = (
    "How near these sources are to training sources was not measured by the version that scored them: some may be part "
    "of one, or one word away. `embedkit evaluate` measures it."
)


def _examples(score: GenerationScore) -> Table:
    groups = (("best", score.best), ("typical", score.typical), ("worst", score.worst))
    return Table(
        columns=("", "Source", "Reference", "Output", "chrF"),
        rows=tuple(_example(name, each) for name, examples in groups for each in examples[:3]),
        caption="Examples by their own chrF.",
        numbers_from=4,
    )


def _example(name: str, example: GenerationExample) -> tuple[str, ...]:
    return name, example.source, example.references[0], example.hypothesis or "(nothing)", f"{example.chrf:.0f}"


def looks(material: PhraseMaterial) -> Sequence[Part]:
    """The beam search and the attention of a few translations."""
    parts: list[Part] = []
    for trace in load_translation_traces(material.run):
        parts.append(Paragraph(f"“{trace.source}” → “{trace.hypothesis}” (reference: “{trace.reference}”)"))
        if trace.weights is not None:
            parts.append(attention_map(trace.source_tokens, trace.target_tokens, trace.weights, "Attention"))
        nodes = [cast(BeamNode, dict(node)) for node in trace.nodes]
        if nodes:
            joiner = "" if _characters(material.run) else " "
            parts += [beam_tree(nodes, "Beam search", winner=trace.winner, joiner=joiner), beam_table(nodes, 5, joiner)]
    return parts


def _characters(run: Run) -> bool:
    return bool(run.config["model"]["target_level"] != "word")


SECTIONS = (
    SectionSpec(
        "atlas",
        of_own(PhraseMaterial, atlas, ()),
        of_own(PhraseMaterial, own_maps_finding, None),
        ("spaces/*", "maps/*", "clusters/*"),
        heading="Phrase atlas",
        caption=(
            "Every point is a training phrase, at the vector that the encoder condenses it into. Points near "
            "each other have vectors that point in similar directions, as far as two dimensions can show; "
            "the lists of neighbours come from the full space."
        ),
    ),
    SectionSpec(
        "between",
        of_own(PhraseMaterial, between, ()),
        None,
        ("phrases/interpolations.json",),
        heading="From one phrase to another",
        caption="Pick two phrases: the decoder decodes points on the straight line between their vectors.",
    ),
    SectionSpec(
        "purity",
        of_own(PhraseMaterial, purity, ()),
        of_own(PhraseMaterial, phrases_finding, None),
        ("phrases/purity.json",),
        heading="Do phrases of one kind lie together?",
        caption=(
            "Phrases of known kinds, each kind in several wordings: months, weekdays, years, past and future "
            "times, durations, quantities, places."
        ),
    ),
    SectionSpec(
        "scores", of_own(PhraseMaterial, scores, ()), of_own(PhraseMaterial, scores_findings, None), ("scores/*",)
    ),
    SectionSpec(
        "looks", of_own(PhraseMaterial, looks, ()), of_own(PhraseMaterial, looks_finding, None), ("phrases/looks.json",)
    ),
)
