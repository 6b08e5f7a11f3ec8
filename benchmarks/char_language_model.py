"""Character language model on tiny-shakespeare, against nanoGPT's CPU recipe.

    python -m benchmarks.char_language_model --corpus ../shared/corpora/tiny-shakespeare --precision fp32 bf16

Both train on the first 90 % of the text. The peer is measured as nanoGPT does, on random windows of the last 10 %;
embedkit on the validation split of its own reader, every character once.
"""

import argparse
import itertools
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.machine import matrix_product_gflops
from benchmarks.peers import char_transformer
from embedkit.tasks.language_model.config import LANGUAGE_MODEL_PRESETS
from embedkit.training import driver


def nanogpt_split(folder: Path) -> tuple[np.ndarray, np.ndarray, int]:
    """The ids of the first 90 % of the text and of the rest, and how many characters there are."""
    text = (folder / "input.txt" if folder.is_dir() else folder).read_text(encoding="utf-8")
    characters = {c: i for i, c in enumerate(sorted(set(text)))}
    ids = np.array([characters[c] for c in text], dtype=np.uint16)
    return ids[: int(len(ids) * 0.9)], ids[int(len(ids) * 0.9) :], len(characters)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True, help="the folder with input.txt")
    parser.add_argument("--seconds", type=float, nargs="*", default=[68.0, 300.0], help="training budgets")
    parser.add_argument("--precision", nargs="*", default=["auto"], choices=["auto", "fp32", "bf16"])
    parser.add_argument("--peer-steps", type=int, default=2000, help="0 leaves the peer out")
    options = parser.parse_args()

    peaks = [matrix_product_gflops(precision=precision) for precision in ("fp32", "bf16")]
    print("matrix-product peak: {:.0f} GFLOP/s in fp32, {:.0f} in bf16 (all cores)".format(*peaks))
    train, valid, size = nanogpt_split(options.corpus)
    if options.peer_steps:
        *times, loss = char_transformer(train, valid, size, options.peer_steps)
        print(f"nanoGPT's CPU recipe: {loss:.3f} nats per character after {times[-1]:.0f} s")
    with tempfile.TemporaryDirectory() as scratch:
        # nanoGPT's split, so that the two figures are about the same text.
        text = (options.corpus / "input.txt").read_text(encoding="utf-8")
        (Path(scratch) / "train.txt").write_text(text[: len(train)], encoding="utf-8")
        (Path(scratch) / "valid.txt").write_text(text[len(train) :], encoding="utf-8")
        model, training = LANGUAGE_MODEL_PRESETS["char"]
        for seconds, precision in itertools.product(options.seconds, options.precision):
            budget = replace(training, corpus=scratch, minutes=seconds / 60, precision=precision)
            run = driver.train(model, budget, Path(scratch) / f"{seconds:.0f}-seconds-{precision}")
            metrics = run.metrics
            print(
                f"embedkit in {run.config['training']['precision']}, {seconds:.0f} s: "
                f"{metrics['valid_nats_per_token']:.4f} nats per character on all "
                f"{metrics['valid_tokens']:,}, {metrics['epochs']:.1f} epochs, {metrics['tokens_per_second']:,.0f}/s"
            )


if __name__ == "__main__":
    main()
