"""Writing with a language model on WikiText-2: words told from keypad digits, and what a keystroke costs.

    python -m benchmarks.keypad --corpus ../shared/corpora/wikitext-2 --levels word char --minutes 8
    python -m benchmarks.keypad --runs runs/word runs/char

Trains the default model of each level for so many minutes, or takes runs that are there. Prints top-1 accuracy and
keystrokes per character on held-out text, in context and by frequency, and the milliseconds that the writer takes for a
keystroke while held-out text is typed, beside those of reading the text anew.
"""

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.machine import matrix_product_gflops, peak_gibibytes
from embedkit.analysis.intervals import Interval
from embedkit.corpora import open_corpus
from embedkit.runs.folder import Run
from embedkit.tasks.language_model.config import LANGUAGE_MODEL_PRESETS
from embedkit.tasks.writing.continuations import Writer
from embedkit.tasks.writing.score import KeypadScore
from embedkit.tasks.writing.study import held_out_passages, held_out_score
from embedkit.training.driver import train

T9_KSPC, MULTITAP_KSPC = 1.0072, 2.0342
"""MacKenzie 2002, of English."""


def print_score(score: KeypadScore) -> None:
    """Print what was measured."""
    print(
        f"{score.run}: {score.n:,} of {score.words:,} words of the {score.split} text scored "
        f"({score.coverage:.1%} covered), {score.passages} passages, seed {score.seed}"
    )
    for name, typing in (("by frequency", score.by_frequency), ("in context", score.in_context)):
        print(
            f"  {name}: first {typing.first:,} ({typing.first / score.n:.2%}{_ends(typing.first_interval, '.2%')}), "
            f"KSPC {typing.kspc:.4f}{_ends(typing.kspc_interval, '.4f')}"
        )
    gain = score.difference
    print(
        f"  difference: {gain.first_share:+.2%}{_ends(gain.first_interval, '+.2%')}, +{gain.only_in_context} "
        f"-{gain.only_by_frequency} words; KSPC {gain.kspc:+.4f}{_ends(gain.kspc_interval, '+.4f')}"
    )
    print(f"  multi-tap {score.multitap_kspc:.4f} (MacKenzie 2002: {MULTITAP_KSPC}; T9 by frequency: {T9_KSPC})")


def _ends(interval: Interval | None, form: str) -> str:
    return "" if interval is None else f" [{interval.low:{form}} – {interval.high:{form}}]"


def keystrokes(run: Run, text: str, keys: int) -> None:
    """Type the last `keys` characters of a text, and print what each costs."""
    for name, anew in (("text kept", False), ("read anew", True)):
        writer = Writer.open(run)
        writer.offers(text[:-keys])
        walls, cpus = [], []
        for end in range(len(text) - keys, len(text)):
            if anew:
                writer.reader.forget()
            wall, cpu = time.perf_counter(), time.process_time()
            writer.offers(text[: end + 1])
            walls.append(time.perf_counter() - wall)
            cpus.append(time.process_time() - cpu)
        spent = f"{_milliseconds(walls)} ms; {_milliseconds(cpus)} ms of CPU"
        print(f"  a keystroke after {len(text):,} characters, {name}: {spent}")


def _milliseconds(seconds: list[float]) -> str:
    return f"median {1000 * np.median(seconds):.1f}, 95th percentile {1000 * np.percentile(seconds, 95):.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", default="wikitext-2")
    parser.add_argument("--levels", nargs="*", default=["word", "char"], choices=["word", "char", "bpe"])
    parser.add_argument("--minutes", type=float, default=8.0, help="training budget of each")
    parser.add_argument("--runs", type=Path, nargs="*", default=[], help="runs that are there, instead")
    parser.add_argument("--split", default="valid")
    parser.add_argument("--words", type=int, default=4_000, help="held-out words")
    parser.add_argument("--keys", type=int, default=120, help="keystrokes that are timed")
    options = parser.parse_args()

    print(f"matrix-product peak: {matrix_product_gflops():.0f} GFLOP/s (fp32, all cores)")
    with tempfile.TemporaryDirectory() as scratch:
        runs = [Run(path) for path in options.runs]
        for level in [] if runs else options.levels:
            model, training = LANGUAGE_MODEL_PRESETS[level]
            budget = replace(training, corpus=options.corpus, minutes=options.minutes)
            runs.append(train(model, budget, Path(scratch) / level))
        for run in runs:
            unit = {key: value for key, value in run.metrics.items() if key.startswith("valid_")}
            print(", ".join(f"{key} {value:,.3f}" for key, value in unit.items()))
            started = time.process_time()
            print_score(held_out_score(run, split=options.split, words=options.words, seed=0))
            print(f"  {time.process_time() - started:.1f} s of CPU for the evaluation")
            passages = held_out_passages(open_corpus(run.config["training"]["corpus"]), options.split, seed=0)
            keystrokes(run, "".join(passage.text for passage in passages[:8]), options.keys)
    print(f"{peak_gibibytes():.2f} GiB at its peak")


if __name__ == "__main__":
    main()
