"""Which units of a language model follow which feature of held-out text, and how fast that is found.

    python -m benchmarks.probe --run NAME
    python -m benchmarks.probe --corpus ../shared/corpora/tiny-shakespeare --minutes 10

A character LSTM is trained on the corpus, or --run is taken. Its states over 100,000 held-out characters are probed for
every feature, the cell states and the hidden states each; beside it a network of the same shape that has learned
nothing. The control is the best of all units for the feature moved round the text (see analysis/cells/probes.py).
Timings are processor time, of random states, 512 units over 100,000 tokens, a feature each, the linear probe left out
and with it.
"""

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.machine import matrix_product_gflops
from embedkit.analysis.cells.gates import SIGNALS
from embedkit.analysis.cells.probes import ProbeSheet, probe
from embedkit.analysis.cells.unit_scores import Halves
from embedkit.runs.folder import Run, open_run
from embedkit.studies.probes import probe_run
from embedkit.tasks.language_model.config import LANGUAGE_MODEL_PRESETS
from embedkit.training.driver import train

UNITS, TOKENS = 512, 100_000


def timings() -> None:
    """How long it takes to prepare states and to probe them."""
    rng = np.random.default_rng(0)
    states = rng.normal(size=(TOKENS, UNITS)).astype(np.float32)
    flag = (np.cumsum(rng.random(TOKENS) < 0.02) % 2).astype(np.float32)
    started = time.process_time()
    halves = Halves.of(states)
    print(f"{UNITS} units over {TOKENS:,} tokens: ranked in {time.process_time() - started:.1f} s of processor time")
    for feature, binary, name in ((flag, True, "there or not"), (np.arange(TOKENS) % 41, False, "with a size")):
        for linear in (False, True):
            started = time.process_time()
            probe(halves, feature, binary=binary, name=name, description=name, linear=linear)
            more = " with the linear probe" if linear else ""
            print(f"  a feature {name}, 99 controls{more}: {time.process_time() - started:.1f} s")


def show(sheet: ProbeSheet, title: str) -> None:
    print(f"\n{title}: the {sheet.signal} of {sheet.units} units, {sheet.tokens:,} tokens, seed {sheet.seed}")
    for each in sheet.probes:
        low, high = (0.0, 0.0) if each.interval is None else (each.interval.low, each.interval.high)
        linear = "" if each.linear is None else f", all units {each.linear.score:.3f} ({each.linear.control:.3f})"
        print(
            f"  {each.told:<46} unit {each.unit:>4} {each.measure:<17} {each.score:6.3f} ({low:.3f} – {high:.3f}), "
            f"control {each.control.mean:6.3f}, 95 % below {each.control.upper:.3f}, p {each.control.p:.2f}{linear}"
        )
    for unscored in sheet.unscored:
        print(f"  {unscored.told:<46} not scored: {unscored.why}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", help="a finished language model in place of training one")
    parser.add_argument("--corpus", help="what to train on")
    parser.add_argument("--minutes", type=float, default=10.0, help="training budget")
    options = parser.parse_args()
    if not (options.run or options.corpus):
        parser.error("give --run or --corpus")

    print(f"matrix-product peak: {matrix_product_gflops():.0f} GFLOP/s (fp32, all cores)")
    timings()
    with tempfile.TemporaryDirectory() as scratch:
        model, training = LANGUAGE_MODEL_PRESETS["char"]
        if options.run:
            run = open_run(options.run, kinds=["language-model"])
        else:
            budget = replace(training, corpus=options.corpus, minutes=options.minutes)
            run = train(model, budget, Path(scratch) / "char")
        print(f"\n{run.name}: {run.metrics['valid_nats_per_token']:.3f} nats per token on validation text")
        signals = [name for name in ("cell", "hidden") if name in SIGNALS[run.config["model"]["cell"]]]
        for signal in signals:
            show(probe_run(run, signal=signal), run.name)
        show(probe_run(untrained(run, Path(scratch) / "untrained"), signal=signals[0]), "the same without training")


def untrained(run: Run, path: Path) -> Run:
    """A run with another's configuration and vocabulary, and the weights that training would have started from."""
    import shutil

    import torch

    from embedkit.config import from_table
    from embedkit.tasks.language_model.config import LanguageModel
    from embedkit.tasks.language_model.network import LanguageModelNetwork
    from embedkit.text.vocabulary import Vocabulary
    from embedkit.training.checkpoint import save_weights

    shutil.copytree(run.path, path)
    copy = Run(path)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(run.config["training"]["seed"]))
        counts = Vocabulary.load(path / "tokenizer.json").counts
        save_weights(copy, LanguageModelNetwork(from_table(LanguageModel, run.config["model"]), counts))
    return copy


if __name__ == "__main__":
    main()
