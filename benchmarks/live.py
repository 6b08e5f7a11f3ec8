"""The network in a page beside the library's own: do they say the same, and how long does a token take?

    python -m benchmarks.live                       # small networks of every kind, trained for 20 seconds each
    python -m benchmarks.live --run demo --run dates
    python -m benchmarks.live --seconds 0           # the timings alone

The reference is the library's network in single precision with the run's own weights, so that what is lost to 16 bits a
weight counts. Each input is a line of the validation text that the training never saw, read in a real Chromium from a
page that was rendered and opened from the disk. Printed are, over all inputs, the largest difference of a probability
and of a hidden state or gate, how often the ten likeliest tokens are the same ones, and in the same order, and whether
the page cuts the text into the same tokens; then the milliseconds of a token, its distribution over the whole
vocabulary with it, at two sizes, on one core without a GPU.
"""

import argparse
import base64
import statistics
import tempfile
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.machine import chromium, matrix_product_gflops
from embedkit.corpora import ParallelCorpus, open_corpus
from embedkit.report import render
from embedkit.report.embedded_network import EmbeddedNetwork, embedded_vocabulary
from embedkit.report.page import Report, Section
from embedkit.report.parts import NetworkBox, Part, PhraseBox
from embedkit.runs.folder import Run, open_run
from embedkit.runs.options import configurations
from embedkit.tasks.language_model.config import LANGUAGE_MODEL_PRESETS, LanguageModel
from embedkit.tasks.language_model.network import LanguageModelNetwork, load_language_model
from embedkit.tasks.seq2seq.data import open_task
from embedkit.tasks.seq2seq.translator import Translator
from embedkit.text.pairs import line_ids
from embedkit.text.typed import typed_ids
from embedkit.text.vocabulary import Vocabulary
from embedkit.training.driver import train

INPUTS, LONGEST, TOP = 200, 30, 10
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "word LSTM, adaptive, tied": ("word", {"cell": "lstm", "min_count": 3, "embedding_size": 96, "hidden_size": 128}),
    "word GRU, full, two layers": (
        "word",
        {"cell": "gru", "min_count": 8, "layers": 2, "embedding_size": 64, "hidden_size": 96, "tied": False}
        | {"softmax": "full"},
    ),
    "bpe LSTM": ("bpe", {"embedding_size": 64, "hidden_size": 128, "vocabulary_size": 2000}),
    "char GRU": ("char", {"cell": "gru", "hidden_size": 128}),
    "char plain, tanh": ("char", {"cell": "rnn-tanh", "hidden_size": 96}),
    "char plain, ReLU": ("char", {"cell": "rnn-relu", "hidden_size": 96}),
}
SIZES = ((256, 128, 12_000, (409, 3722)), (512, 256, 33_000, (600, 6000)), (512, 512, 33_000, ()))
"""Units, length of an embedding, words, and where the blocks of the softmax end."""

READ = """([id, text]) => {
    const packed = values => {
        const bytes = new Uint8Array(Float32Array.from(values).buffer);
        let binary = "";
        for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
        return btoa(binary);
    };
    const { box } = document.getElementById(id);
    box.open();
    const { network } = box;
    const ids = network.vocabulary.read(text).map(token => token.id).slice(0, LONGEST);
    let state = network.initial();
    const hidden = [];
    for (const each of ids) {
        state = network.step(each, state);
        hidden.push(...state[state.length - 1].hidden);
    }
    return { ids, hidden: packed(hidden), scores: packed(network.logProbabilities(state)) };
}""".replace("LONGEST", str(LONGEST))
WRITE = """([id, text]) => {
    const { box } = document.getElementById(id);
    box.open();
    const { network } = box;
    const ids = network.read(text).map(token => token.id);
    const encoded = network.encode(ids);
    const first = network.write(encoded, network.target.lineEnd, network.start(encoded.code));
    const [best] = network.search(encoded, ids.length).hypotheses;
    const states = encoded.steps.flatMap(step => [...step[step.length - 1].hidden]);
    const scores = Array.from(first.scores, score => Math.max(score, -1e30));
    return { ids, code: [...encoded.code], states, scores, written: best.ids, text: network.text(best.ids) };
}"""
TIME = """() => {
    const { box } = document.getElementById("network-1");
    const started = performance.now();
    box.open();
    const opened = performance.now() - started;
    const { network } = box;
    let state = network.initial();
    const times = [];
    for (let id = 0; id < 100; id++) {
        const before = performance.now();
        state = network.step(id, state);
        network.logProbabilities(state);
        times.push(performance.now() - before);
    }
    return { opened, times };
}"""


@dataclass(frozen=True)
class Equality:
    """How far a page is off over all inputs: largest differences, and how many inputs agree."""

    inputs: int
    probability: float
    state: float
    same_tokens: int
    same_ten: int
    same_order: int

    def line(self) -> str:
        return (
            f"probabilities off by {self.probability:.1e} at most, states by {self.state:.1e}; the same ten likeliest "
            f"{self.same_ten} of {self.inputs}, in the same order {self.same_order}; the same tokens {self.same_tokens}"
        )


def page_of(network: EmbeddedNetwork, path: Path) -> Path:
    box = box_of(network)
    return render(Report("live", "", (Section("network", "Network", "", (box,)),)), path)


def box_of(network: EmbeddedNetwork) -> Part:
    return NetworkBox(network, "", "token") if network.kind == "language-model" else PhraseBox(network, "", False)


def opened(browser: Any, page: Path) -> Any:
    tab = browser.new_page()
    tab.goto(page.as_uri())
    tab.wait_for_selector("html[data-ready=yes]", timeout=300_000)
    return tab


@torch.no_grad()
def compare(tab: Any, run: Run, texts: list[str], box: str = "network-1") -> Equality:
    """What a box of a page answers beside what the run's network does."""
    network, vocabulary = load_language_model(run)
    off = {"probability": 0.0, "state": 0.0}
    same_tokens = same_ten = same_order = 0
    for text in texts:
        ids = typed_ids(vocabulary, text)[:LONGEST]
        hidden, _ = network.hidden(torch.tensor(ids)[:, None], network.initial_state(1))
        scores = network.log_probabilities(hidden[-1])[0].numpy()
        answer = tab.evaluate(READ, [box, text])
        live, states = (np.frombuffer(base64.b64decode(answer[key]), "<f4") for key in ("scores", "hidden"))
        same_tokens += answer["ids"] == ids
        if answer["ids"] != ids:
            continue
        off["probability"] = max(off["probability"], float(np.abs(np.exp(live) - np.exp(scores)).max()))
        off["state"] = max(off["state"], float(np.abs(states - hidden[:, 0].numpy().ravel()).max()))
        ten, live_ten = (np.argsort(-each, kind="stable")[:TOP].tolist() for each in (scores, live))
        same_ten += set(ten) == set(live_ten)
        same_order += ten == live_ten
    return Equality(len(texts), off["probability"], off["state"], same_tokens, same_ten, same_order)


@dataclass(frozen=True)
class Written(Equality):
    """The same of an encoder-decoder: codes and encoder states, the first token's distribution, and the texts that a
    beam search of five writes, how many of them the same."""

    texts: int

    def line(self) -> str:
        return f"{super().line()}; the same text by beam search {self.texts}"


@torch.no_grad()
def compare_writing(tab: Any, run: Run, texts: list[str], box: str = "network-1") -> Written:
    """As `compare`, of an encoder-decoder."""
    translator = Translator(run)
    model, end = translator.model, translator.target.line_end
    off = {"probability": 0.0, "state": 0.0}
    same_tokens = same_ten = same_order = same_texts = 0
    for text in texts:
        answer = tab.evaluate(WRITE, [box, text])
        ids = line_ids(translator.source, text).tolist()
        same_tokens += answer["ids"] == ids
        encoded = translator.encode([text])
        decoded = model.decode(encoded, torch.tensor([[end]]), model.start(encoded.code))
        scores = model.log_probabilities(decoded.vectors[0])[0].numpy()
        scores[translator.banned] = -np.inf
        read, _ = model.reader(model.source_embedding(torch.tensor(ids)[:, None]), model.reader.initial_state(1))
        pairs = ((answer["code"], encoded.code[0].numpy()), (answer["states"], read[:, 0].numpy().ravel()))
        off["state"] = max(off["state"], *(float(np.abs(np.array(live) - own).max()) for live, own in pairs))
        live = np.array(answer["scores"])
        off["probability"] = max(off["probability"], float(np.abs(np.exp(live) - np.exp(scores)).max()))
        ten, live_ten = (np.argsort(-each, kind="stable")[:TOP].tolist() for each in (scores, live))
        same_ten += set(ten) == set(live_ten)
        same_order += ten == live_ten
        best = translator.search(text).hypotheses[0]
        same_texts += answer["written"] == list(best.ids) and answer["text"] == translator.target.decode(best.ids)
    return Written(len(texts), off["probability"], off["state"], same_tokens, same_ten, same_order, same_texts)


def held_out(run: Run) -> list[str]:
    """The first lines of the validation text that are long enough; of an encoder-decoder the sources of its pairs."""
    if run.kind != "language-model":
        pairs = open_task(configurations(run)[1])
        assert isinstance(pairs, ParallelCorpus)
        return [source for source, _ in islice(pairs.pairs("valid"), INPUTS)]
    vocabulary = Vocabulary.load(run.path / "tokenizer.json")
    lines = open_corpus(run.config["training"]["corpus"]).lines("valid")
    return list(islice((line for line in lines if len(vocabulary.encode(line)) >= TOP), INPUTS))


def trained(name: str, folder: Path, seconds: float) -> Run:
    level, shape = KINDS[name]
    model, training = LANGUAGE_MODEL_PRESETS[level]
    training = replace(training, minutes=seconds / 60, batch_size=16, device="cpu")
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
    parser.add_argument("--seconds", type=float, default=20, help="training of each small network; 0 for none")
    options = parser.parse_args()
    program = chromium()
    if program is None:
        parser.error("needs Chromium")
    from playwright.sync_api import sync_playwright

    print(f"matrix-product peak: {matrix_product_gflops():.0f} GFLOP/s (fp32)")
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        names = [] if options.run or not options.seconds else list(KINDS)
        runs = [(name, open_run(name)) for name in options.run]
        runs += [(kind, trained(kind, folder, options.seconds)) for kind in names]
        for called, run in runs:
            embedded = run.task.load("network")(run)
            tab = opened(browser, page_of(embedded, folder / "live.html"))
            print(f"{called} ({embedded.parameters:,} weights, {embedded.bytes / 1e6:.1f} MB): ", end="")
            measured = compare if embedded.kind == "language-model" else compare_writing
            print(measured(tab, run, held_out(run)).line(), flush=True)
            tab.close()
        for hidden, width, words, cutoffs in SIZES:
            embedded = untrained(hidden, width, words, cutoffs)
            tab = opened(browser, page_of(embedded, folder / "live.html"))
            measured = tab.evaluate(TIME)
            times = measured["times"][10:]
            print(
                f"{hidden} units, {words:,} words of {width}: {statistics.median(times):.1f} ms a token (median of "
                f"{len(times)}, least {min(times):.1f}), decoded in {measured['opened']:.0f} ms, "
                f"{embedded.bytes / 1e6:.1f} MB in the page",
                flush=True,
            )
            tab.close()
        browser.close()


if __name__ == "__main__":
    main()
