"""What a word model knows of grammar: trained on Wikipedia for a budget, then put to BLiMP's 67,000 minimal pairs.

    python -m benchmarks.minimal_pairs --corpus ../shared/corpora/wikipedia-100m --pairs blimp --minutes 60

Prints the accuracies by phenomenon and field with their intervals, beside what the authors of BLiMP measured, and the
seconds that the pairs took. The vocabulary is of the words that stand ten times or more.
"""

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from embedkit.corpora import minimal_pairs_file
from embedkit.runs.folder import Run
from embedkit.tasks.language_model.config import LANGUAGE_MODEL_PRESETS
from embedkit.tasks.language_model.minimal_pairs.commands import print_score
from embedkit.tasks.language_model.minimal_pairs.pairs import MinimalPairSet
from embedkit.tasks.language_model.minimal_pairs.study import score_pairs
from embedkit.training.driver import train


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", default="../shared/corpora/wikipedia-100m")
    parser.add_argument("--pairs", default="blimp", help="a card, or a file")
    parser.add_argument("--minutes", type=float, default=60.0, help="of training")
    parser.add_argument("--min-count", type=int, default=10)
    parser.add_argument("--keep", type=Path, help="train into this folder, or take the run that is there")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as scratch:
        path = options.keep or Path(scratch) / "words"
        run = Run(path)
        if not run.finished:
            model, training = LANGUAGE_MODEL_PRESETS["word"]
            model = replace(model, min_count=options.min_count)
            run = train(model, replace(training, corpus=options.corpus, minutes=options.minutes), path)
        metrics = run.metrics
        print(
            f"{metrics['seconds'] / 60:.1f} min on {run.config['training']['corpus']}: {metrics['epochs']:.2f} epochs, "
            f"{metrics['vocabulary_size']:,} words, {metrics['tokens_per_second']:,.0f} tokens/s, test perplexity "
            f"{metrics['test_perplexity']:.1f} with {metrics['test_unknown_share']:.1%} unknown"
        )
        pairs = MinimalPairSet.read(minimal_pairs_file(options.pairs))
        started = time.perf_counter()
        score = score_pairs(run, pairs, source=options.pairs)
        print(f"{2 * len(pairs):,} sentences in {time.perf_counter() - started:.0f} s")
        print_score(score)


if __name__ == "__main__":
    main()
