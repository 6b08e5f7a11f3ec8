"""The network in a page beside the library's own: do they say the same, and how long does a token take?

    python -m benchmarks.live                       # small networks of every kind, trained for 20 seconds each
    python -m benchmarks.live --run demo --run dates
    python -m benchmarks.live --kinds sums GRU      # those of them
    python -m benchmarks.live --seconds 0           # the timings alone

The reference is the library's network in single precision with the run's own weights, so that what is lost to 16 bits a
weight counts. Each of 200 inputs is one that the training never saw, read in a real Chromium from a page that was
rendered and opened from the disk. Printed are, over all inputs, the largest difference of a probability and of a hidden
state, how often the ten likeliest tokens are the same ones, and in the same order, and whether the page cuts the text
into the same tokens; of what writes, how often it writes the same text; of the lab's readers of symbols, how often they
end alike. Then the milliseconds of a token, its distribution over the whole vocabulary with it, at three sizes, on one
core without a GPU.
"""

import argparse
import statistics
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from benchmarks.in_page import TOP, Decided, Equality, compare, compare_deciding, compare_writing
from benchmarks.machine import chromium, matrix_product_gflops
from embedkit.corpora import ParallelCorpus, open_corpus
from embedkit.report import render
from embedkit.report.embedded_network import EmbeddedNetwork, embedded_vocabulary
from embedkit.report.page import Report, Section
from embedkit.report.parts import NetworkBox, Part, PhraseBox, SymbolBox
from embedkit.runs.folder import Run, open_run
from embedkit.runs.options import configurations
from embedkit.tasks.classify.config import CLASSIFIER_PRESETS
from embedkit.tasks.classify.data import draw, texts
from embedkit.tasks.echo.config import EchoModel, EchoTraining
from embedkit.tasks.echo.data import series_of
from embedkit.tasks.execute.config import EXECUTE_PRESETS
from embedkit.tasks.execute.data import distinct
from embedkit.tasks.language_model.config import LANGUAGE_MODEL_PRESETS, LanguageModel
from embedkit.tasks.language_model.network import LanguageModelNetwork
from embedkit.tasks.seq2seq.config import SEQ2SEQ_PRESETS
from embedkit.tasks.seq2seq.data import open_task
from embedkit.text.vocabulary import Vocabulary
from embedkit.training.driver import train

INPUTS = 200
BITS = 40
"""Of an input of an echo."""
SMALL = {"embedding_size": 32, "hidden_size": 48, "bottleneck_size": 40}
KINDS: dict[str, tuple[dict[str, Any], str, dict[str, Any], dict[str, Any]]] = {
    "word LSTM, adaptive, tied": (
        LANGUAGE_MODEL_PRESETS,
        "word",
        {"cell": "lstm", "min_count": 3, "embedding_size": 96, "hidden_size": 128},
        {},
    ),
    "word GRU, full, two layers": (
        LANGUAGE_MODEL_PRESETS,
        "word",
        {"cell": "gru", "min_count": 8, "layers": 2, "embedding_size": 64, "hidden_size": 96, "tied": False}
        | {"softmax": "full"},
        {},
    ),
    "bpe LSTM": (
        LANGUAGE_MODEL_PRESETS,
        "bpe",
        {"embedding_size": 64, "hidden_size": 128, "vocabulary_size": 2000},
        {},
    ),
    "char GRU": (LANGUAGE_MODEL_PRESETS, "char", {"cell": "gru", "hidden_size": 128}, {}),
    "char plain, tanh": (LANGUAGE_MODEL_PRESETS, "char", {"cell": "rnn-tanh", "hidden_size": 96}, {}),
    "char plain, ReLU": (LANGUAGE_MODEL_PRESETS, "char", {"cell": "rnn-relu", "hidden_size": 96}, {}),
    "dates LSTM, one vector": (SEQ2SEQ_PRESETS, "dates", SMALL, {}),
    "dates GRU, attention by products, two layers": (
        SEQ2SEQ_PRESETS,
        "dates",
        SMALL | {"cell": "gru", "layers": 2, "attention": "dot"},
        {},
    ),
    "strings plain, additive attention": (
        SEQ2SEQ_PRESETS,
        "strings",
        SMALL | {"cell": "rnn-tanh", "bidirectional": False, "attention": "additive"},
        {"corpus": "reverse"},
    ),
    "strings LSTM, code at every step": (
        SEQ2SEQ_PRESETS,
        "strings",
        SMALL | {"feed": "every-step", "softmax": "full", "tied": False},
        {"corpus": "copy"},
    ),
    "classifier LSTM": (CLASSIFIER_PRESETS, "normal", {}, {}),
    "classifier plain": (CLASSIFIER_PRESETS, "easy", {"cell": "rnn-tanh"}, {}),
    "echo GRU": ({"echo": (EchoModel(), EchoTraining())}, "echo", {"cell": "gru"}, {}),
    "sums": (EXECUTE_PRESETS, "addition", SMALL, {}),
    "programs, attention": (EXECUTE_PRESETS, "programs", SMALL | {"attention": "dot"}, {}),
}
"""By what a kind is called: presets, the one of them, and what of its network and of its training is another."""
COMPARISONS: dict[str, Callable[..., Equality | Decided]] = {
    "language-model": compare,
    "encoder-decoder": compare_writing,
    "symbol-reader": compare_deciding,
}
"""By the kind of network, what holds a page against the library."""
SIZES = ((256, 128, 12_000, (409, 3722)), (512, 256, 33_000, (600, 6000)), (512, 512, 33_000, ()))
"""Units, length of an embedding, words, and where the blocks of the softmax end."""

TIME = """() => {
    const { box } = document.getElementById("network-1");
    box.open();
    const { network, decoding } = box;
    let state = network.initial();
    const times = [];
    for (let id = 0; id < 100; id++) {
        const before = performance.now();
        state = network.step(id, state);
        network.logProbabilities(state);
        times.push(performance.now() - before);
    }
    return { decoding, times };
}"""


def page_of(network: EmbeddedNetwork, path: Path) -> Path:
    return render(Report("live", "", (Section("network", "Network", "", (box_of(network),)),)), path)


def box_of(network: EmbeddedNetwork) -> Part:
    boxes: dict[str, Callable[[EmbeddedNetwork], Part]] = {
        "language-model": lambda each: NetworkBox(each, "", "token"),
        "encoder-decoder": lambda each: PhraseBox(each, "", False),
        "symbol-reader": SymbolBox,
    }
    return boxes[network.kind](network)


def opened(browser: Any, page: Path) -> Any:
    tab = browser.new_page()
    tab.goto(page.as_uri())
    tab.wait_for_selector("html[data-ready=yes]", timeout=300_000)
    return tab


def held_out(run: Run) -> list[str]:
    """The first inputs that the training never saw: lines that are long enough, sources of pairs, or what is made."""
    return list(islice(_held_out(run), INPUTS))


def _held_out(run: Run) -> Iterator[str]:
    _, training = configurations(run)
    if run.kind == "classifier":
        sequences = draw(training.level, INPUTS, 1, "valid")
        yield from texts(sequences.ids)
    elif run.kind == "echo":
        bits = series_of(training)["valid"].inputs
        pieces = (bits[start : start + BITS] for start in range(0, len(bits), BITS))
        yield from ("".join(map(str, column)) for piece in pieces for column in piece.T)
    elif run.kind == "execute":
        length, nesting = training.target
        programs = distinct(training.task, Random(1), length, nesting, "valid", INPUTS)
        yield from (program.text for program in programs)
    elif run.kind == "seq2seq":
        pairs = open_task(training)
        assert isinstance(pairs, ParallelCorpus)
        yield from (source for source, _ in pairs.pairs("valid"))
    else:
        vocabulary = Vocabulary.load(run.path / "tokenizer.json")
        lines = open_corpus(training.corpus).lines("valid")
        yield from (line for line in lines if len(vocabulary.encode(line)) >= TOP)


def trained(name: str, folder: Path, seconds: float) -> Run:
    presets, preset, shape, options = KINDS[name]
    model, training = presets[preset]
    budget = {"minutes": seconds / 60, "epochs": None, "steps": None, "device": "cpu"}
    training = replace(training, **budget, **options)
    return train(replace(model, **shape), training, folder / name.replace(" ", "-").replace(",", ""))


def untrained(hidden: int, width: int, words: int, cutoffs: tuple[int, ...]) -> EmbeddedNetwork:
    """A word LSTM of a size, as it is before it is trained."""
    model = LanguageModel(embedding_size=width, hidden_size=hidden, cutoffs=cutoffs)
    counts = (1e7 / np.arange(10, words + 10)).astype(np.int64)
    network = LanguageModelNetwork(model, counts)
    vocabulary = Vocabulary("word", ("<unk>", "<eos>", *(f"w{i}" for i in range(words - 2))), counts)
    settings = {"cell": "lstm", "edges": [*cutoffs, words], "vocabulary": embedded_vocabulary(vocabulary)}
    weights = {name: parameter.detach().numpy() for name, parameter in network.named_parameters()}
    return EmbeddedNetwork("language-model", settings, weights)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", action="append", default=[], help="a finished run of yours, in place of small ones")
    parser.add_argument(
        "--kinds", nargs="+", default=[], help="those of the small networks whose names hold one of these"
    )
    parser.add_argument("--seconds", type=float, default=20, help="training of each small network; 0 for none")
    options = parser.parse_args()
    program = chromium()
    if program is None:
        parser.error("needs Chromium")
    if unknown := [part for part in options.kinds if not any(part in name for name in KINDS)]:
        parser.error(f"--kinds {unknown[0]}: no kind's name holds that; they are {'; '.join(KINDS)}")
    from playwright.sync_api import sync_playwright

    print(f"matrix-product peak: {matrix_product_gflops():.0f} GFLOP/s (fp32)")
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        names = [name for name in KINDS if not options.kinds or any(part in name for part in options.kinds)]
        names = [] if options.run or not options.seconds else names
        of_yours = ((name, open_run(name)) for name in options.run)
        small = ((kind, trained(kind, folder, options.seconds)) for kind in names)
        for called, run in chain(of_yours, small):
            embedded = run.task.load("network")(run)
            tab = opened(browser, page_of(embedded, folder / "live.html"))
            print(f"{called} ({embedded.parameters:,} weights, {embedded.bytes / 1e6:.1f} MB): ", end="")
            print(COMPARISONS[embedded.kind](tab, run, held_out(run)).line(), flush=True)
            tab.close()
        for hidden, width, words, cutoffs in SIZES:
            embedded = untrained(hidden, width, words, cutoffs)
            tab = opened(browser, page_of(embedded, folder / "live.html"))
            measured = tab.evaluate(TIME)
            times = measured["times"][10:]
            print(
                f"{hidden} units, {words:,} words of {width}: {statistics.median(times):.1f} ms a token (median of "
                f"{len(times)}, least {min(times):.1f}), decoded in {measured['decoding']:.0f} ms, "
                f"{embedded.bytes / 1e6:.1f} MB in the page",
                flush=True,
            )
            tab.close()
        browser.close()


if __name__ == "__main__":
    main()
