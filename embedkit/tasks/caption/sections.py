"""Sections about a captioner: how often it is right, what its mistakes are, and a gallery."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from embedkit.numerals import counted, ends, percent, percent_ends, signed
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
from embedkit.tasks.caption.findings import captions_findings, mistakes_finding
from embedkit.tasks.caption.images import load_picture
from embedkit.tasks.caption.material import CaptionMaterial, interval_in_words, stored_score
from embedkit.tasks.caption.score import CaptionExample, CaptionScore
from embedkit.tasks.caption.sentences import MOST


def summary(run: Run) -> str:
    """One sentence: what a captioner reads, the size of its code, its network and its corpus."""
    model = run.config["model"]
    inputs = (
        "vectors" if run.provenance["corpus"].get("vector_size") else f"images of {model['image_size']} pixels a side"
    )
    return (
        f"A captioner of {inputs}: one vector of {model['code_size']:,} numbers, unrolled into words by "
        f"{shape(model)} ({cell_name(model['cell'])}), trained on {corpus_name(run)}."
    )


def headlines(material: Material) -> Iterable[Headline]:
    """Exact match, BLEU and miscounts of the held-out images, with their intervals, and the effort."""
    run = material.run
    yield from (*_score_headlines(run), *metrics.headlines(run).items)[:3]
    yield from metrics.trained(run)


def _score_headlines(run: Run) -> list[Headline]:
    scored = stored_score(run)
    if scored is None:
        return []
    _, score = scored
    over = f"of {score.n:,} held-out images"
    items = [
        Headline(percent(score.exact_share), "exact match", f"{interval_in_words(score)}, {over}"),
        Headline(
            percent(score.miscounted / score.counting if score.counting else None),
            "miscounted",
            f"95 % {percent_ends(score.miscounted_interval)}, of {score.counting:,} captions that count",
        ),
    ]
    if score.bleu is not None:
        items.insert(1, Headline(f"{score.bleu.score:.1f}", "BLEU", f"95 % {ends(score.bleu_interval, 1)}, {over}"))
    return items


def scores(run: Run) -> Sequence[Part]:
    """Exact matches, by how many digits there are or whether a reference counts."""
    scored = stored_score(run)
    if scored is None:
        return ()
    _, score = scored
    return (_group_figure(score), _group_table(score), *(Paragraph(note, quiet=True) for note in _score_notes(score)))


def _group_figure(score: CaptionScore) -> Figure:
    bars = [
        Bar(
            group.label,
            group.exact_share,
            group.exact_interval,
            f"{group.label}\n{percent(group.exact_share)} ({percent_ends(group.exact_interval)})\nof {group.n:,}",
        )
        for group in score.groups
    ]
    shares = ", ".join(f"{bar.category} {percent(bar.share)}" for bar in bars)
    return interval_bars(
        [("", bars)],
        [group.label for group in score.groups],
        axis="captioned exactly",
        description=f"Captioned exactly: {shares}",
        heading="Captioned exactly, by what is in the image",
    )


def _group_table(score: CaptionScore) -> Table:
    return Table(
        columns=("Images with", "Captioned", "Right", "Share", "95 % interval"),
        rows=tuple(
            (
                group.label,
                f"{group.n:,}",
                f"{group.exact:,}",
                percent(group.exact_share),
                percent_ends(group.exact_interval),
            )
            for group in score.groups
        ),
    )


def _score_notes(score: CaptionScore) -> Iterator[str]:
    """On the interval over originals, copies of training images, and BLEU, where there are any."""
    if score.originals_interval is not None:
        yield (
            f"The images share {score.originals} handwritten originals, none of which is in a training scene, and one "
            "that is misread spoils every scene it is in: the interval for all is over originals (pigeonhole "
            "bootstrap, Owen 2007). If scenes shared none, it would be "
            f"{percent_ends(score.exact_interval)} (Wilson), as it is by group."
        )
    if score.copies:
        yield (
            f"{score.copies:,} of the {score.n:,} images are among the training images too, pixel by pixel: the corpus "
            "has them in both splits. Right captions of those may be memorised."
        )
    if score.bleu is not None:
        yield f"BLEU {score.bleu.score:.1f} ({ends(score.bleu_interval, 1)}): {score.bleu.signature}."


def mistakes(run: Run) -> Sequence[Part]:
    """The kinds of mistakes, and of scenes a table of the digits in the scene by the digits in the caption."""
    scored = stored_score(run)
    if scored is None:
        return ()
    _, score = scored
    wrong = score.n - score.exact
    kinds = Table(
        columns=("Mistake", "Captions", "Of mistakes", "Of all"),
        rows=tuple(
            (kind, f"{n:,}", percent(n / wrong if wrong else None), percent(n / score.n))
            for kind, n in score.errors.items()
        ),
        caption=_KINDS_OF_SCENES if score.counted else _KINDS_OF_TEXT,
    )
    parts: list[Part] = [kinds]
    if score.counted:
        columns = sorted({cell.said for cell in score.counted}, key=lambda count: (count is None, count))
        rows = sorted({cell.meant for cell in score.counted})
        cells = {(cell.meant, cell.said): cell.n for cell in score.counted}
        parts.append(
            Table(
                columns=("Digits", *("no sentence" if count is None else f"{count} reported" for count in columns)),
                rows=tuple((str(row), *(f"{cells.get((row, count), 0):,}" for count in columns)) for row in rows),
                heading="How many digits there were, and how many were reported",
            )
        )
    return parts


_KINDS_OF_SCENES = (
    "Each mistaken caption once, under the first that fits: wrong count (how many digits, or how many of each), wrong "
    "digit, wrong size, wrong relation; other is no sentence of the grammar, or the right things in another order."
)
_KINDS_OF_TEXT = (
    "Each caption that equals no reference, once: wrong count if its number words (two to twelve, a pair, a couple, "
    "both) are those of no reference, and other for everything else, including fair captions in other words."
)


def gallery(run: Run) -> Sequence[Part]:
    """The pictures of the best, the typical and the most wrong captions."""
    scored = stored_score(run)
    if scored is None:
        return ()
    split, score = scored
    groups = (
        ("The best: right, the longest first", score.best),
        ("Typical: of middle probability", score.typical),
        ("The most wrong: by words to change, the surest first", score.worst),
    )
    return [
        Gallery(heading, tuple(_picture(run, split, example) for example in examples))
        for heading, examples in groups
        if examples
    ]


def codes(material: CaptionMaterial) -> Sequence[Part]:
    """The maps of the vectors, coloured by how many digits there are, or by the length of the caption."""
    if not material.embedded or material.space is None:
        return ()
    columns = material.space.columns
    if "digits" in columns:
        names = {number: counted(number, "digit") for number in range(1, MOST + 1)}
        coloring = Coloring("digits in the scene", columns["digits"].astype(np.int32), names)
    else:
        coloring = Coloring("length in words", columns["length"].astype(np.float32))
    return (word_map(material.embedded, {material.key: material.maps}, "caption", {material.key: [coloring]}),)


def _picture(run: Run, split: str, example: CaptionExample) -> Picture:
    edits = f", {counted(example.edits, 'word')} to change" if example.edits else ""
    more = len(example.references) - 1
    return Picture(
        png=load_picture(run, split, example.row),
        alt=f"{example.name}: {example.references[0]}",
        answer=example.said or "(nothing)",
        verdict=_verdict(example),
        meant=(example.references[0] + (f" (and {more} more)" if more else "")) if example.error else "",
        note=f"{example.name}, {signed(example.log_probability, 2)} nats{edits}",
    )


def _verdict(example: CaptionExample) -> str:
    if not example.error:
        return "right"
    return example.error if example.error.startswith("wrong") else "other words"


SECTIONS = (
    SectionSpec(
        "captions",
        of_run(scores),
        of_run(captions_findings),
        ("scores/*",),
        heading="How often the caption is right",
        caption=(
            "Captions of held-out images, written by beam search. A caption is right if it equals a "
            "reference word for word."
        ),
    ),
    SectionSpec("mistakes", of_run(mistakes), of_run(mistakes_finding), ("scores/*",)),
    SectionSpec("gallery", of_run(gallery), None, ("scores/*", "pictures/*")),
    SectionSpec(
        "codes",
        of_own(CaptionMaterial, codes, ()),
        of_own(CaptionMaterial, own_maps_finding, None),
        ("spaces/*", "maps/*"),
    ),
)
