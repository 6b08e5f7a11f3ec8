"""What is found out about a recogniser of speech: how many words are wrong and whose, and what its layers know."""

from collections.abc import Iterable

from embedkit.analysis.proportion import Proportion
from embedkit.numerals import counted, listed, percent, percent_ends, shortened
from embedkit.report.findings import Finding, Measure, share_measure
from embedkit.runs.folder import Run
from embedkit.tasks.speech.material import stored_layers, stored_score
from embedkit.tasks.speech.score import LEFT_OUT, PUT_IN, ErrorRate, SpeechScore

LONGEST_NAME = 40
"""Characters of a speaker or a word in a sentence."""


def errors_findings(run: Run) -> tuple[Finding, ...]:
    """How many words are wrong, and of whom most, beside the best that can be had without hearing; how many utterances
    are right as a whole; the speaker who fares worst; and what the figures rest on."""
    score = stored_score(run)
    if score is None:
        return ()
    overall = score.overall
    deaf = deaf_error(score)
    measure = _error_measure(overall, deaf)
    known = percent(overall.rate)
    beside = "" if deaf is None else f"; the most frequent word every time would have {percent(deaf)} wrong"
    plain = (
        f"Of the words in recordings that it was not trained on {known} come out wrong{beside}."
        if measure.skill > 0
        else f"Whether it recognises anything: {known} of the words come out wrong{beside}."
    )
    whole = Proportion.of(score.exact, score.utterances)
    exact = f"{percent(whole.share)} of {score.utterances:,} utterances come out without a single wrong word."
    speakers = f" by {counted(len(score.speakers), 'speaker')}" if score.speakers else ""
    recordings = (
        f"Counted over {overall.words:,} words of {overall.recordings:,} held-out recordings{speakers} (95 % "
        f"{percent_ends(overall.interval)} over recordings), of one training."
    )
    return (
        Finding(_errors_in_words(score), measure, plain=plain),
        Finding("", share_measure(whole.share, 0.0, "none right", whole.interval), plain=exact),
        *_worst_speaker(score, deaf),
        Finding("", standing="trust", plain=recordings),
    )


def deaf_error(score: SpeechScore) -> float | None:
    """The least word error of whoever says the same word every time, and as many of them as were said; None where
    there are too many different words for their counts to be kept."""
    words = sum(rate.words for rate in score.sayings)
    return 1 - max(rate.words for rate in score.sayings) / words if words else None


def _error_measure(rate: ErrorRate, deaf: float | None) -> Measure:
    baseline = 1.0 if deaf is None else deaf
    written = (percent(rate.rate), percent(baseline), "0 %")
    against = "every word wrong" if deaf is None else "the most frequent word every time"
    return Measure(rate.rate, baseline, 0.0, against, written, rate.interval, best_is="no word wrong")


def _worst_speaker(score: SpeechScore, deaf: float | None) -> Iterable[Finding]:
    """The speaker of whom most words are wrong, where that is clearly more than of another."""
    if len(score.speakers) < 2:
        return
    hard, easy = max(score.speakers, key=lambda rate: rate.rate), min(score.speakers, key=lambda rate: rate.rate)
    if hard.interval.low > easy.interval.high:
        plain = (
            f"It depends on who speaks: {percent(hard.rate)} of the words of {_called(hard)} are wrong, and "
            f"{percent(easy.rate)} of those of {_called(easy)}."
        )
        yield Finding("", _error_measure(hard, deaf), plain=plain)


def _errors_in_words(score: SpeechScore) -> str:
    overall = score.overall
    text = (
        f"{overall.errors:,} of {overall.words:,} words are wrong, {percent(overall.rate)} "
        f"(95 % {percent_ends(overall.interval)} over {overall.recordings:,} recordings)"
    )
    if len(score.speakers) > 1 and overall.errors:
        hard, easy = max(score.speakers, key=lambda rate: rate.rate), min(score.speakers, key=lambda rate: rate.rate)
        text += (
            f"; the same share of each of {counted(len(score.speakers), 'speaker')}"
            if hard.rate == easy.rate
            else f"; most of {_called(hard)} ({percent(hard.rate)}), fewest of {_called(easy)} ({percent(easy.rate)})"
        )
    return text + "."


def _called(rate: ErrorRate) -> str:
    """A speaker in a sentence: some corpora name them by 128 digits."""
    return shortened(rate.name, LONGEST_NAME)


def confusions_finding(run: Run) -> Finding | None:
    """The most frequent mistake."""
    score = stored_score(run)
    if score is None or not score.sayings:
        return None
    wrong = [each for each in score.confusions if each.reference != each.hypothesis]
    if not wrong:
        return Finding(f"None of {score.overall.words:,} words is taken for another.")
    most = max(wrong, key=lambda each: each.n)
    reference, hypothesis = shortened(most.reference, LONGEST_NAME), shortened(most.hypothesis, LONGEST_NAME)
    text = (
        f"The most frequent mistake of {score.overall.errors:,}: {reference} recognised as {hypothesis}, "
        f"{counted(most.n, 'time')}."
    )
    how = f"to take “{reference}” for “{hypothesis}”"
    if most.hypothesis == LEFT_OUT:
        how = f"to leave out “{reference}”"
    elif most.reference == PUT_IN:
        how = f"to put in “{hypothesis}” where nobody said it"
    return Finding(text, plain=f"Its most frequent mistake is {how}: {most.n:,} of {score.overall.errors:,}.")


def layers_findings(run: Run) -> tuple[Finding, ...]:
    """What the first and the last layer know of the word and of the speaker; of the word, beside chance."""
    text, sheet = layers_in_words(run), stored_layers(run)
    if text is None or sheet is None:
        return ()
    findings = [Finding(text, standing="detail")]
    first, last = sheet.layers[0], sheet.layers[-1]
    for called, one, other in (("word", first.words, last.words), ("speaker", first.speakers, last.speakers)):
        if one is None or other is None:
            continue
        measure = share_measure(other.value, other.chance, "states at random", other.interval)
        shares = f"{percent(one.value)} of a word's neighbours are of the same {called} in the sound as it comes in"
        whether = "Its last layer knows" if measure.skill > 0 else "Whether its last layer knows"
        plain = f"{whether} the {called}: {shares}, and {percent(other.value)} there."
        findings.append(Finding("", measure, plain=plain))
    return tuple(findings)


def layers_in_words(run: Run) -> str | None:
    sheet = stored_layers(run)
    if sheet is None:
        return None
    first, last = sheet.layers[0], sheet.layers[-1]
    parts = [
        f"of the same {name} from {percent(one.value)} to {percent(other.value)}"
        for name, one, other in (("word", first.words, last.words), ("speaker", first.speakers, last.speakers))
        if one is not None and other is not None
    ]
    return f"From frames to the last layer, a word's neighbours are {listed(parts)}." if parts else None
