"""Word language model on WikiText-2, against PyTorch's own word_language_model example.

    python -m benchmarks.language_model --corpus ../shared/corpora/wikitext-2 --seconds 70 600 900 --precision fp32 bf16
    python -m benchmarks.language_model --corpus ../shared/corpora/wikitext-2 --seconds 1800 --preset gpu --compile

Prints the machine's matrix-product peak, both training speeds, and the perplexity that the default word preset reaches
in each budget and precision. A budget is also given as a share of the time the example needs for its first epoch on
this machine (where it stands at perplexity 264), which is what can be compared between machines. The preset for a GPU
is meant to come to AWD-LSTM's test perplexity of 65.6 (Merity et al. 2018); --device and --compile are those of `train
lm`.
"""

import argparse
import itertools
import math
import tempfile
from dataclasses import replace
from pathlib import Path

from benchmarks.machine import matrix_product_gflops
from benchmarks.peers import word_language_model_speed
from embedkit.corpora import open_corpus
from embedkit.runs.folder import Run
from embedkit.tasks.language_model.config import LANGUAGE_MODEL_PRESETS
from embedkit.text.encoding import encode_split
from embedkit.text.vocabulary import Vocabulary
from embedkit.training.driver import train
from embedkit.training.setup import choose_device

PEER_PERPLEXITY = 264


def operations_per_token(run: Run) -> float:
    """Floating-point operations of the matrix products, forward and backward, for a token of WikiText-2."""
    model = run.config["model"]
    embedding, hidden = model["embedding_size"], model["hidden_size"]
    recurrent = 4 * hidden * (embedding + hidden) + 4 * hidden * 2 * hidden * (model["layers"] - 1)
    width = embedding if model["tied"] else hidden
    counts = Vocabulary.load(run.path / "tokenizer.json").counts
    edges = [*model.get("cutoffs", ()), len(counts)]  # a full softmax has none
    head = edges[0] * width + (hidden * width if width != hidden else 0)
    tails = sum(counts[a:b].sum() / counts.sum() * (b - a) * width for a, b in itertools.pairwise(edges))
    return 6 * float(recurrent + head + tails)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", default="wikitext-2")
    parser.add_argument("--seconds", type=float, nargs="*", default=[70.0, 600.0, 900.0], help="training budgets")
    parser.add_argument("--precision", nargs="*", default=["auto"], choices=["auto", "fp32", "bf16"])
    parser.add_argument("--peer-steps", type=int, default=30)
    parser.add_argument("--preset", default="word", choices=["word", "gpu"])
    parser.add_argument("--device", default="auto", help="of embedkit; the example runs on the processor")
    parser.add_argument("--compile", action="store_true")
    options = parser.parse_args()

    device = choose_device(options.device).type
    size = 2048 if device == "cpu" else 8192
    peaks = {each: matrix_product_gflops(size, precision=each, device=device) for each in ("fp32", "bf16")}
    print(f"matrix-product peak: {peaks['fp32']:.0f} GFLOP/s in fp32, {peaks['bf16']:.0f} in bf16 ({device})")
    with tempfile.TemporaryDirectory() as scratch:
        corpus = open_corpus(options.corpus)
        vocabulary = Vocabulary.build(corpus, level="word", size=None, min_count=1)
        ids = encode_split(corpus, "train", vocabulary, Path(scratch) / "train.ids")
        peer = word_language_model_speed(ids, len(vocabulary), options.peer_steps)
        epoch = len(ids) / peer
        print(f"PyTorch's example: {peer:,.0f} tokens/s, so {epoch:,.0f} s for the epoch after which it is at 264")

        model, training = LANGUAGE_MODEL_PRESETS[options.preset]
        training = replace(training, device=options.device, compile=options.compile)
        for seconds, precision in itertools.product(options.seconds, options.precision):
            budget = replace(training, corpus=options.corpus, minutes=seconds / 60, precision=precision)
            run = train(model, budget, Path(scratch) / f"{seconds:.0f}-seconds-{precision}")
            used = run.config["training"]["precision"]
            metrics = run.metrics
            speed = metrics["tokens_per_second"]
            share = speed * operations_per_token(run) / 1e9 / peaks[used]
            reached = next(
                (line["seconds"] for line in run.history if math.exp(line["valid_nats_per_token"]) <= PEER_PERPLEXITY),
                None,
            )
            print(
                f"embedkit in {used}, {seconds:,.0f} s ({seconds / epoch:.3f} of the peer's epoch): "
                f"perplexity {metrics['valid_perplexity']:.1f} (valid) and {metrics['test_perplexity']:.1f} (test), "
                f"{metrics['epochs']:.2f} epochs, "
                f"{speed:,.0f} tokens/s ({speed / peer:.1f} × the peer, {share:.0%} of its peak)"
                + (f", at {PEER_PERPLEXITY} after {reached:.0f} s" if reached is not None else "")
            )


if __name__ == "__main__":
    main()
