"""What is found out about writing with a language model: what knowing the words before is worth."""

from collections.abc import Iterable

from embedkit.analysis.intervals import Interval
from embedkit.numerals import percent
from embedkit.report.findings import Finding, Measure, share_measure
from embedkit.runs.folder import Run
from embedkit.tasks.writing.offers import OFFERS
from embedkit.tasks.writing.score import KEYPAD_SCORES, KeypadScore


def keypad_findings(run: Run) -> tuple[Finding, ...]:
    """Does context help on the test text, or where there is no sheet of it, on the validation text? Then what it saves
    of keys, and what the figures leave out."""
    scores = [score for split in ("test", "valid") if (score := KEYPAD_SCORES.load_or_none(run, split)) is not None]
    if not scores:
        return ()
    score = scores[0]
    return (
        _first_words(score),
        _keystrokes(score),
        *_many_words(score),
        Finding("", standing="trust", plain=_trust(score)),
    )


def _first_words(score: KeypadScore) -> Finding:
    """The words that come first in context, beside those that come first by frequency."""
    frequent, right = score.by_frequency.first / score.n, score.in_context.first / score.n
    gain = score.difference.first_interval
    interval = None if gain is None else Interval(frequent + gain.low, frequent + gain.high)
    measure = share_measure(right, frequent, "the most frequent word", interval)
    shares = f"{percent(right)} of the words are then right at once, and {percent(frequent)} without"
    plain = (
        f"To know what stands before helps to tell which word is meant by its keys: {shares}."
        if measure.skill > 0 and gain is not None
        else f"Whether it helps to know what stands before a word: {shares}."
    )
    return Finding(finding(score), measure, plain=plain)


def _keystrokes(score: KeypadScore) -> Finding:
    """The keys that a character takes in context, beside those that it takes by frequency; one is a key a letter."""
    ranking, frequent = score.in_context, score.by_frequency.kspc
    change = score.difference.kspc_interval
    interval = None if change is None else Interval(frequent + change.low, frequent + change.high)
    written = (f"{ranking.kspc:.3f}", f"{frequent:.3f}", "1")
    measure = Measure(ranking.kspc, frequent, 1.0, "by frequency", written, interval, best_is="a key a letter")
    alone = f"{frequent:.3f} without it, and {score.multitap_kspc:.3f} letter by letter"
    keys = f"{ranking.kspc:.3f} keys a character, {alone}"
    plain = f"It saves keys: {keys}." if measure.skill > 0 else f"Whether it saves keys: {keys}."
    return Finding("", measure, plain=plain)


def _many_words(score: KeypadScore) -> Iterable[Finding]:
    """The words whose keys fit most other words, where what stands before has most to tell."""
    row = max(score.by_fitting, key=lambda row: row.fewest)
    if row.fewest < 2:
        return
    right, frequent = row.in_context / row.n, row.by_frequency / row.n
    measure = share_measure(right, row.by_frequency_interval.high, "by frequency, at most", row.in_context_interval)
    shares = f"{percent(right)} of {row.n:,} are right in context, {percent(frequent)} by frequency"
    words = f"{row.fewest} or more" if row.most is None else f"{row.fewest} to {row.most}"
    plain = (
        f"It helps most where the keys leave most open: of words whose keys fit {words}, {shares}."
        if measure.skill > 0
        else f"Whether it helps where the keys leave most open: of words whose keys fit {words}, {shares}."
    )
    yield Finding("", measure, plain=plain)


def _trust(score: KeypadScore) -> str:
    return (
        f"Counted over {score.n:,} words of {score.passages:,} passages that the model was not trained on; "
        f"{percent(1 - score.coverage)} of the words that were drawn are not in its vocabulary and in no figure."
    )


def finding(score: KeypadScore) -> str:
    """One sentence: does context help, and is that sure?"""
    gain = score.difference
    sentence = (
        f"In context the first word is right for {percent(score.in_context.first / score.n)} of {score.n:,} held-out "
        f"words, by frequency for {percent(score.by_frequency.first / score.n)}"
    )
    interval = gain.first_interval
    if interval is None or interval.low <= 0 <= interval.high:
        return f"{sentence}; that is no difference to speak of on so many words."
    more = "more" if gain.first_share > 0 else "fewer"
    return (
        f"{sentence}: {more}, and more than chance would give. Context alone has {gain.only_in_context:,} words right, "
        f"frequency alone {gain.only_by_frequency:,}."
    )


def offers_finding(run: Run) -> Finding | None:
    """In how many places one of the offers is what came next."""
    sheet = OFFERS.load_or_none(run)
    if sheet is None or not sheet.offers:
        return None
    met = sum(any(is_met(text, each.went_on) for text in each.offered) for each in sheet.offers)
    places = len(sheet.offers)
    plain = (
        f"Of {places} places in held-out lines it offered what came next in {met}; that illustrates, and is no measure."
    )
    return Finding(f"In {met} of {places} places one of the offers is what came next.", plain=plain)


def is_met(offered: str, went_on: str) -> bool:
    """Whether the line went on so: to the end of the offer, and of a word."""
    text, offer = went_on.strip(), offered.strip()
    return bool(offer) and text.startswith(offer) and not text[len(offer) : len(offer) + 1].isalnum()
