"""What is found out about a captioner: how often it is right, where it is hardest, and how it counts."""

from collections.abc import Iterator

from embedkit.numerals import percent, percent_ends
from embedkit.report.findings import Finding, Measure, share_measure
from embedkit.runs.folder import Run
from embedkit.tasks.caption.material import interval_in_words, stored_score
from embedkit.tasks.caption.score import CaptionScore


def captions_findings(run: Run) -> tuple[Finding, ...]:
    """`exact_finding` of the score that the report shows, beside none of them exact; where it is hardest; and what the
    figures rest on."""
    scored = stored_score(run)
    if scored is None:
        return ()
    split, score = scored
    measure = share_measure(score.exact_share, 0.0, "nothing exact", score.originals_interval or score.exact_interval)
    plain = (
        f"It describes {percent(score.exact_share)} of images that it was not trained on rightly, word for word."
        if score.exact
        else f"Whether it describes anything rightly: of {score.n:,} images none, word for word."
    )
    return (
        Finding(exact_finding(score, split), measure, plain=plain),
        *_hardest(score),
        Finding("", standing="trust", plain=_trust(score)),
    )


def _hardest(score: CaptionScore) -> Iterator[Finding]:
    """The group of images that comes out worst, where it is clearly worse than another."""
    if len(score.groups) < 2:
        return
    hard, easy = (pick(score.groups, key=lambda group: group.exact_share) for pick in (min, max))
    if hard.exact_interval.high >= easy.exact_interval.low:
        return
    plain = (
        f"Hardest are images in which there is {hard.label}, {percent(hard.exact_share)} right, and easiest those with "
        f"{easy.label}, {percent(easy.exact_share)}."
    )
    measure = share_measure(hard.exact_share, 0.0, "nothing exact", hard.exact_interval)
    yield Finding("", measure, plain=plain)


def _trust(score: CaptionScore) -> str:
    text = f"Counted over {score.n:,} held-out images ({interval_in_words(score)}), of one training"
    if score.copies:
        return f"{text}; {score.copies:,} of them are among the training images too, and may be remembered."
    return f"{text}; a caption in other words counts as wrong, however fair."


def exact_finding(score: CaptionScore, split: str) -> str:
    """One sentence: how many captions are right, and where it is hardest."""
    name = {"test": "test", "valid": "validation"}[split]
    text = f"{score.exact:,} of {score.n:,} {name} images are captioned exactly: {percent(score.exact_share)}"
    text += f" ({interval_in_words(score)})."
    if len(score.groups) > 1:
        hard, easy = (pick(score.groups, key=lambda group: group.exact_share) for pick in (min, max))
        text += f" Hardest: {hard.label}, {percent(hard.exact_share)}; "
        text += f"easiest: {easy.label}, {percent(easy.exact_share)}."
    return text


def mistakes_finding(run: Run) -> Finding | None:
    """`counting_finding` of the score that the report shows, beside every caption counting wrongly."""
    scored = stored_score(run)
    if scored is None:
        return None
    score = scored[1]
    text = counting_finding(score)
    if not score.counting or score.miscounted_interval is None:
        return Finding(text, standing="open", plain=f"How well it counts. {text}")
    wrong, interval = score.miscounted / score.counting, score.miscounted_interval
    written = (percent(wrong), "100 %", "0 %")
    measure = Measure(wrong, 1.0, 0.0, "every count wrong", written, interval, best_is="every count right")
    plain = f"It counts wrongly in {percent(wrong)} of the captions in which there is something to count."
    return Finding(text, measure, plain=plain)


def counting_finding(score: CaptionScore) -> str:
    """One sentence: how often the count is wrong."""
    if not score.counting:
        return "No caption counts anything, so nothing could be miscounted."
    share = percent(score.miscounted / score.counting)
    among = "captions that are sentences" if score.counted else "images of which a reference or the caption counts"
    text = (
        f"{score.miscounted:,} of {score.counting:,} {among} count wrongly: {share} "
        f"(95 % {percent_ends(score.miscounted_interval)})"
    )
    wrong = score.n - score.exact
    if not wrong:
        return text + "; no caption is wrong."
    kind, most = max(score.errors.items(), key=lambda item: item[1])
    return f"{text}; the most frequent mistake is {'another' if kind == 'other' else kind}, {most:,} of {wrong:,}."
