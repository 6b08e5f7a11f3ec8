"""What is found out about an encoder-decoder: what comes out exactly, and which phrases lie together."""

from embedkit.analysis.generation import GenerationScore
from embedkit.analysis.novelty import IN_WORDS
from embedkit.numerals import listed, percent, percent_ends
from embedkit.report.findings import Finding, share_measure
from embedkit.tasks.seq2seq.examples import load_translation_traces
from embedkit.tasks.seq2seq.material import PhraseMaterial
from embedkit.tasks.seq2seq.score import PuritySheet


def phrases_finding(material: PhraseMaterial) -> Finding | None:
    """Of the purity of the run's own space, beside chance."""
    if material.purity is None:
        return None
    (_, own), *others = material.purity.spaces.items()
    baselines = listed([f"{percent(other.value)} in the {name.removeprefix('the ')}" for name, other in others])
    plain = (
        f"Phrases of a kind, such as months, quantities or places, lie together: of the {own.k} nearest to one, "
        f"{percent(own.value)} are of its own kind{f'; {baselines}' if others else ''}."
    )
    measure = share_measure(own.value, own.chance, "vectors at random", own.interval)
    return Finding(purity_finding(material.purity), measure, plain=plain if measure.skill > 0 else "")


def purity_finding(sheet: PuritySheet) -> str:
    """One sentence: how the run's own space compares with the best baseline."""
    (_, own), *others = sheet.spaces.items()
    name, best = max(others, key=lambda item: item[1].value)
    comparison = (
        f"Of a phrase's {own.k} nearest neighbours {percent(own.value)} are of its kind; in the best baseline, the "
        f"{name.removeprefix('the ')}, {percent(best.value)} are"
    )
    if own.interval is None or best.interval is None:
        return comparison + "."
    if own.interval.low > best.interval.high:
        return comparison + ": more, and the intervals do not touch."
    if own.interval.high < best.interval.low:
        return comparison + ": fewer, and the intervals do not touch."
    return comparison + "; the intervals overlap, so neither is shown to be better."


def scores_findings(material: PhraseMaterial) -> tuple[Finding, ...]:
    """Of the stored score, beside none of them exact: of the newest sources where these were told apart; and what the
    figures rest on."""
    score = material.score
    if score is None:
        return ()
    share, interval, n, called = score.exact_share, score.exact_interval, score.n, "texts that were held out"
    newest = next(iter(score.by_novelty), None)
    if newest is not None and newest.exact_share is not None and newest.exact_interval is not None:
        share, interval, n = newest.exact_share, newest.exact_interval, newest.n
        called = f"texts that were held out and are {IN_WORDS[newest.novelty]}"
    measure = share_measure(share, 0.0, "nothing exact", interval)
    plain = f"Of {n:,} {called} {percent(share)} come out exactly, to the last token."
    if not share:
        plain = f"Whether anything comes out exactly: none of {n:,} {called} does."
    return (Finding(score_finding(score), measure, plain=plain), Finding("", standing="trust", plain=_trust(score)))


def _trust(score: GenerationScore) -> str:
    counts = f"What comes out is counted over {score.n:,} held-out sources, of one training"
    if score.new is None:
        return f"{counts}; how near they are to what was trained on was not measured."
    near = score.n - score.new.n
    return f"{counts}; {near:,} of them are part of a training source or a token off one, and are no proof of much."


def score_finding(score: GenerationScore) -> str:
    """The exact match of new sources and of all, the other scores, and how many outputs are training targets."""
    bleu = "" if score.bleu is None else f", BLEU {score.bleu.score:.1f}"
    rest = f"{bleu}, chrF {score.chrf.score:.1f}."
    new, overall = score.new, f"{percent(score.exact_share)} of {score.n:,} held-out sources come out exactly"
    if new is None:
        sentence = overall + rest
    elif not new.n:
        sentence = (
            f"None of the sources is new: each is a training source, part of one, or a token off one. {overall}{rest}"
        )
    else:
        sentence = (
            f"{percent(new.exact_share)} of {new.n:,} new sources come out exactly (95 %: "
            f"{percent_ends(new.exact_interval)}). Of all {score.n:,} that were held out, {score.n - new.n:,} of which "
            f"are a training source, part of one, or a token off one, {percent(score.exact_share)} do{rest}"
        )
    memory = score.memory
    if memory is not None:
        sentence += (
            f" {memory.count:,} of the outputs stand word for word among the training targets, {memory.right:,} of "
            f"those are right; of the sources {memory.due:,} have a reference that occurs there."
        )
    return sentence


def looks_finding(material: PhraseMaterial) -> Finding | None:
    """How many of the traced translations equal their reference."""
    traces = load_translation_traces(material.run)
    if not traces:
        return None
    right = sum(trace.hypothesis == trace.reference for trace in traces)
    text = f"{right} of these {len(traces)} came out as their reference; they illustrate, and measure nothing."
    return Finding(text, standing="detail")
