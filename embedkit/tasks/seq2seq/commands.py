"""`embedkit translate`, `interpolate` and `phrase-analogy`, and `evaluate` of a seq2seq run."""

from dataclasses import asdict
from typing import TYPE_CHECKING

from embedkit.cli.choices import Seed
from embedkit.cli.encode import TextLines, gather
from embedkit.cli.evaluate import Evaluation
from embedkit.cli.output import Json, note, print_json, print_table
from embedkit.cli.progress import progress
from embedkit.cli.typed import refuse_file_names
from embedkit.cli.unused import refuse_unused
from embedkit.cli.words import Count
from embedkit.errors import UsageError
from embedkit.numerals import MISSING, ends, nats, percent
from embedkit.runs.folder import Run, open_run
from embedkit.tasks.seq2seq.study import STEPS

if TYPE_CHECKING:
    from embedkit.analysis.generation import GenerationScore
    from embedkit.tasks.seq2seq.translator import Translator

KINDS = ("seq2seq",)


def _translator(run: str | None) -> "Translator":
    seq2seq_run = open_run(run, kinds=KINDS)
    from embedkit.tasks.seq2seq.translator import Translator

    return Translator(seq2seq_run)


def translate(
    *texts: str,
    file: TextLines = None,
    run: str | None = None,
    beams: int | None = None,
    best: int | None = None,
    length_penalty: float | None = None,
    temperature: float | None = None,
    seed: Seed | None = None,
    json: Json = False,
) -> None:
    """Translate texts.

    Args:
        texts: The texts, each in quotes.
        file: Read texts from a file, one per line; - reads standard input.
        run: A seq2seq run, by name or path; by default the newest.
        beams: Beam width; 1 is greedy. By default 5, or as many as --best shows.
        best: Show N translations of each text; by default 1.
        length_penalty: 0 ranks by probability alone, which favours short texts; by default 1.
        temperature: Sample a text at this temperature instead of searching for the likeliest.
        seed: With --temperature: makes the sample reproducible; by default 0.
    """
    from embedkit.decoding.beam import beams_for

    sources = gather(texts, file)
    if not sources:
        raise UsageError('give a text in quotes, or --file; such as `embedkit translate "March 4, 1999"`')
    if temperature is None:
        refuse_unused("--temperature, by which a text is drawn", seed=seed)
    else:
        search = {"beams": beams, "best": best, "length_penalty": length_penalty}
        refuse_unused("a search, and --temperature draws one text", **search)
    most = 1 if best is None else best
    width = beams_for(most, beams, length_penalty)
    translator = _translator(run)
    for text in sources:
        if unknown := translator.unknown_words(text):
            note(f"{text!r}: {unknown} of its tokens are unknown to run {translator.run.name}")
    if temperature is not None:
        translations = [[each] for each in translator.sample(sources, temperature=temperature, seed=seed or 0)]
    else:
        with progress("translating"):
            penalty = 1.0 if length_penalty is None else length_penalty
            translations = translator.translate(sources, beams=width, length_penalty=penalty)
    if json:
        records = [
            {"source": text, "translations": [asdict(each) for each in ranked[:most]]}
            for text, ranked in zip(sources, translations, strict=True)
        ]
        print_json({"run": translator.run.name, "rows": records})
        return
    for text, ranked in zip(sources, translations, strict=True):
        if most == 1:
            print(ranked[0].text if ranked else "")
        else:
            rows = [(nats(each.log_probability), each.text) for each in ranked[:most]]
            print_table((">nats", "translation"), rows, title=text)


def interpolate(first: str, second: str, /, *, run: str | None = None, steps: int = STEPS, json: Json = False) -> None:
    """Interpolate.

    Args:
        first: A phrase in quotes.
        second: Another.
        run: A seq2seq run without attention, by name or path; by default the newest.
        steps: How many points on the line, both ends included.
    """
    refuse_file_names(first, second)
    translator = _translator(run)
    path = translator.interpolate(first, second, steps=steps)
    if json:
        print_json({"run": translator.run.name, "first": first, "second": second, "steps": [asdict(s) for s in path]})
        return
    print_table((">way", "decoded"), [(percent(step.share), step.text) for step in path])
    if not translator.gives_back:
        return
    for end, phrase in ((path[0], first), (path[-1], second)):
        if end.text.split() != translator.target.printed(phrase).split():
            note(f"the vector of {phrase!r} decodes to {end.text!r}")


def phrase_analogy(a: str, b: str, c: str, /, *, run: str | None = None, k: Count = 10, json: Json = False) -> None:
    """Solve an analogy between phrases.

    Args:
        a: A phrase in quotes.
        b: The phrase that a leads to.
        c: The phrase to complete: a is to b as c is to what?
        run: A seq2seq run without attention, by name or path; by default the newest.
        k: How many training phrases to show.
    """
    from embedkit.analysis.neighbors import nearest_to
    from embedkit.spaces.open import open_run_space

    refuse_file_names(a, b, c)
    translator = _translator(run)
    vector, text = translator.analogy(a, b, c)
    space = open_run_space(translator.run, "phrases")
    answers = nearest_to(space, vector, k=k, excluded=(a, b, c))
    honest = nearest_to(space, vector, k=k)
    if json:
        ranked = {"answers": [asdict(each) for each in answers], "honest": [asdict(each) for each in honest]}
        print_json({"run": translator.run.name, "a": a, "b": b, "c": c, "decoded": text, **ranked})
        return
    print(f"decoded: {text}")
    rows = [
        (str(i), best.word, f"{best.cosine:.3f}", other.word, f"{other.cosine:.3f}")
        for i, (best, other) in enumerate(zip(answers, honest, strict=False), 1)
    ]
    print_table((">", "nearest training phrase", ">cosine", "with nothing excluded", ">cosine"), rows)
    print(f"Among {len(space):,} training phrases of {translator.run.name}; on the left without a, b and c.")


def evaluate_pairs(run: Run, evaluation: Evaluation) -> None:
    """Score a seq2seq run on held-out pairs."""
    from embedkit.decoding.beam import check_beams
    from embedkit.tasks.seq2seq.score import GENERATION_SCORES
    from embedkit.tasks.seq2seq.study import evaluate_run

    check_beams(evaluation.beams, evaluation.length_penalty)
    with progress(f"scoring {run.name}"):
        score = evaluate_run(
            run,
            split=evaluation.split,
            beams=evaluation.beams,
            length_penalty=evaluation.length_penalty,
            most=evaluation.most,
        )
    GENERATION_SCORES.save(run, score, evaluation.split)
    if evaluation.json:
        print_json(asdict(score))
        return
    _print_score(run, score, evaluation.beams)


def _print_score(run: Run, score: "GenerationScore", beams: int) -> None:
    from embedkit.analysis.novelty import IN_WORDS

    kinds = [(IN_WORDS[row.novelty], row.n, row.exact_share, row.exact_interval) for row in score.by_novelty]
    print_table(
        ("sources that are", ">sources", ">exact", ">95 % interval"),
        [
            (name, f"{n:,}", percent(share), ends(interval, 1, scale=100))
            for name, n, share, interval in (*kinds, ("all", score.n, score.exact_share, score.exact_interval))
        ],
        title=f"{score.name}: {score.n:,} sources, beam {beams}",
    )
    rows = [("chrF", f"{score.chrf.score:.2f}", "")]
    if score.bleu is not None:
        rows.insert(0, ("BLEU", f"{score.bleu.score:.2f}", ends(score.bleu_interval, 1)))
    print_table(("figure", ">value", ">95 % interval"), rows, title="of all")
    print_table(
        (">length", ">sources", ">exact", ">95 % interval", ">BLEU", ">chrF"),
        [
            (
                f"{row.shortest}–{row.longest}" if row.shortest < row.longest else str(row.shortest),
                f"{row.n:,}",
                percent(row.exact_share),
                ends(row.exact_interval, 1, scale=100),
                MISSING if row.bleu is None else f"{row.bleu:.1f}",
                f"{row.chrf:.1f}",
            )
            for row in score.by_length
        ],
        title="by length of the source, in tokens",
    )
    memory = score.memory
    if memory is not None:
        print(
            f"{memory.count:,} outputs occur word for word in the training targets, {memory.right:,} of them right; "
            f"{memory.due:,} sources have a reference that occurs there. Empty outputs: {score.empty:,}."
        )
    if score.bleu is not None:
        note(f"BLEU {score.bleu.signature}")
    note(f"chrF {score.chrf.signature}")
    if run.config["model"]["attention"] != "none":
        note("with attention: the bottleneck is not all the decoder had to go on")
