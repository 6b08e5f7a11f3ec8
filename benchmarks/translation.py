"""Multi30k, German into English: BLEU on the whole of `val`, with and without attention, and beam search in batches.

    python -m benchmarks.translation --corpus ../shared/corpora/multi30k --attention none dot --minutes 20 20
    python -m benchmarks.translation --corpus ../shared/corpora/multi30k --attention none --minutes 30 --long

The second has what is better where the passes are many: more dropout, smoothed labels, and the weights that translate
best kept instead of those with the least loss (LONG). Runs that are finished in --keep are taken as they are.

Text is lower-cased; BLEU is sacrebleu's over the plain lower-cased captions, its signature printed. The peers are
published: on the same data and language pair a GRU encoder-decoder of Cho's kind 20.61, a two-layer LSTM 13.76, and
28.3 with attention.

Beam search is timed on the first 1,000 sentences, in batches and one at a time, in the same run.
"""

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.machine import matrix_product_gflops, peak_gibibytes
from embedkit.analysis.generation import bleu_interval
from embedkit.config.architecture import Attention
from embedkit.config.optimisation import Precision
from embedkit.corpora import open_pairs
from embedkit.runs.folder import Run
from embedkit.tasks.seq2seq.config import SEQ2SEQ_PRESETS
from embedkit.tasks.seq2seq.translator import Translator
from embedkit.text.bleu import bleu
from embedkit.training.driver import train

PUBLISHED = {"none": 20.6, "dot": 28.3, "additive": 28.3}
LONG: tuple[dict[str, Any], dict[str, Any]] = (
    {"dropout": 0.4},
    {"label_smoothing": 0.1, "best": "bleu", "patience": 20},
)
"""Of the model and of its training."""
BEAMS = 5
SENTENCES = 1_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True, help="the folder with train.de, train.en, val.de, val.en")
    parser.add_argument("--attention", nargs="+", choices=sorted(PUBLISHED), default=["none", "dot"])
    parser.add_argument("--minutes", type=float, nargs="+", default=[20.0], help="a training budget for each")
    parser.add_argument("--precision", default="auto", choices=["auto", "fp32", "bf16"])
    parser.add_argument("--sentences", type=int, default=SENTENCES, help="beam search is timed on; 0 leaves it out")
    parser.add_argument("--long", action="store_true", help="with LONG")
    parser.add_argument("--keep", type=Path, help="train into this folder, or take the runs that are there")
    options = parser.parse_args()

    print(f"matrix-product peak: {matrix_product_gflops():.0f} GFLOP/s (fp32, all cores)")
    budgets = options.minutes * (len(options.attention) if len(options.minutes) == 1 else 1)
    pairs = open_pairs(options.corpus, source_language="de", target_language="en")
    texts = [(source, target.lower()) for source, target in pairs.pairs("valid")]
    with tempfile.TemporaryDirectory() as scratch:
        for attention, minutes in zip(options.attention, budgets, strict=True):
            path = (options.keep or Path(scratch)) / (f"{attention}-long" if options.long else attention)
            run = _train(
                options.corpus, attention, minutes, options.precision, path, LONG if options.long else ({}, {})
            )
            translator = Translator(run)
            for beams in (1, BEAMS):
                hypotheses = [ranked[0].text for ranked in translator.translate([s for s, _ in texts], beams=beams)]
                _print_bleu(
                    hypotheses, [t for _, t in texts], f"attention {attention}, beam {beams}", PUBLISHED[attention]
                )
            print(f"  {peak_gibibytes():.2f} GiB at its peak so far")
            if options.sentences:
                _time_beams(translator, [s for s, _ in texts][: options.sentences])


def _train(
    corpus: Path,
    attention: Attention,
    minutes: float,
    precision: Precision,
    path: Path,
    changes: tuple[dict[str, Any], dict[str, Any]],
) -> Run:
    model, training = SEQ2SEQ_PRESETS["pairs"]
    of_model, of_training = changes
    budget = replace(
        replace(training, **of_training),
        corpus=str(corpus),
        source_language="de",
        target_language="en",
        minutes=minutes,
        precision=precision,
    )
    run = Run(path)
    if not run.finished:
        run = train(replace(model, attention=attention, **of_model), budget, path)
    metrics = run.metrics
    print(
        f"attention {attention}: {metrics['parameters']:,} parameters, {metrics['seconds'] / 60:.1f} min, "
        f"{metrics['epochs']:.1f} epochs, {metrics['tokens_per_second']:,.0f} tokens/s, "
        f"validation perplexity {metrics['valid_perplexity']:.2f}"
    )
    return run


def _print_bleu(hypotheses: list[str], references: list[str], what: str, published: float) -> None:
    score, interval = bleu(hypotheses, references), bleu_interval(hypotheses, references)
    assert interval is not None
    print(
        f"{what}: BLEU {score.score:.2f} (95 % {interval.low:.2f} – {interval.high:.2f}) on "
        f"{len(hypotheses):,} sentences; published {published}\n  {score.signature}"
    )


def _time_beams(translator: Translator, sentences: list[str]) -> None:
    """Seconds in batches and one at a time; both must say the same."""
    seconds, translations = [], []
    for batch in (len(sentences) // 8, 1):
        started = time.perf_counter()
        ranked_texts = translator.translate(sentences, beams=BEAMS, batch=batch)
        seconds.append(time.perf_counter() - started)
        translations.append([ranked[0].text for ranked in ranked_texts])
    same = sum(a == b for a, b in zip(*translations, strict=True))
    print(
        f"  beam {BEAMS}, {len(sentences):,} sentences: {seconds[0]:.1f} s in batches, {seconds[1]:.1f} s one at a "
        f"time, {seconds[1] / seconds[0]:.1f} times as fast; {same:,} of the translations are the same"
    )


if __name__ == "__main__":
    main()
