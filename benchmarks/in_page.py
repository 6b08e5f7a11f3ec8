"""What the network in a page answers beside the library's own, text by text, in a real browser.

The reference is the library's network in single precision with the run's own weights, so that what is lost to 16 bits a
weight counts.
"""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from embedkit.config import from_table
from embedkit.runs.folder import Run
from embedkit.tasks.classify.data import encode, level_of
from embedkit.tasks.classify.objective import load_classifier
from embedkit.tasks.echo.objective import load_echo
from embedkit.tasks.execute.config import ExecuteTraining
from embedkit.tasks.execute.objective import SOURCE, TARGET, as_read, execute, load_executor
from embedkit.tasks.language_model.network import load_language_model
from embedkit.tasks.seq2seq.network import EncoderDecoder
from embedkit.tasks.seq2seq.translator import Translator
from embedkit.text.pairs import line_ids
from embedkit.text.typed import typed_ids

LONGEST, TOP = 30, 10

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
WRITE = """([id, text, greedy]) => {
    const { box } = document.getElementById(id);
    box.open();
    const { network } = box;
    const ids = network.read(text).map(token => token.id);
    const encoded = network.encode(ids);
    const first = network.write(encoded, network.target.lineEnd, network.start(encoded.code));
    const best = greedy
        ? network.unroll(encoded, network.longest[0])
        : network.search(encoded, ids.length).hypotheses[0].ids;
    const states = encoded.steps.flatMap(step => [...step[step.length - 1].hidden]);
    const scores = Array.from(first.scores, score => Math.max(score, -1e30));
    return { ids, code: [...encoded.code], states, scores, text: network.text(best) };
}"""
DECIDE = """([id, text]) => {
    const { box } = document.getElementById(id);
    box.open();
    const steps = box.network.read(Array.from(text));
    return {
        states: steps.flatMap(({ signals }) => [...signals[signals.length - 1].hidden]),
        shares: steps.map(({ shares }) => shares),
    };
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


@torch.no_grad()
def compare(tab: Any, run: Run, texts: Sequence[str], box: str = "network-1") -> Equality:
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
    """The same of an encoder-decoder: codes and encoder states, the first token's distribution, and the texts that it
    writes, how many of them the same."""

    texts: int

    def line(self) -> str:
        return f"{super().line()}; the same text written {self.texts}"


@dataclass(frozen=True)
class Writer:
    """An encoder-decoder of the library.

    Attributes:
        read: a text as ids.
        write: what it makes of a text.
        greedy: it takes the likeliest token at every step; otherwise it searches with five beams.
    """

    model: EncoderDecoder
    read: Callable[[str], list[int]]
    write: Callable[[str], str]
    end: int
    banned: list[int]
    greedy: bool = False


def writer_of(run: Run) -> Writer:
    """A translator, or an executor of programs."""
    if run.kind == "execute":
        model, training = load_executor(run), from_table(ExecuteTraining, run.config["training"])
        return Writer(
            model,
            lambda text: line_ids(SOURCE, as_read(text, training.reading)).tolist(),
            lambda text: execute(model, [text], training)[0],
            TARGET.line_end,
            [] if TARGET.unk is None else [TARGET.unk],
            greedy=True,
        )
    translator = Translator(run)
    return Writer(
        translator.model,
        lambda text: line_ids(translator.source, text).tolist(),
        lambda text: translator.target.decode(translator.search(text).hypotheses[0].ids),
        translator.target.line_end,
        translator.banned,
    )


@torch.no_grad()
def compare_writing(tab: Any, run: Run, texts: Sequence[str], box: str = "network-1") -> Written:
    """As `compare`, of an encoder-decoder."""
    writer = writer_of(run)
    model = writer.model
    off = {"probability": 0.0, "state": 0.0}
    same_tokens = same_ten = same_order = same_texts = 0
    for text in texts:
        answer = tab.evaluate(WRITE, [box, text, writer.greedy])
        ids = writer.read(text)
        same_tokens += answer["ids"] == ids
        source = torch.tensor([ids])
        encoded = model.encode(source, torch.tensor([len(ids)]))
        decoded = model.decode(encoded, torch.tensor([[writer.end]]), model.start(encoded.code))
        scores = model.log_probabilities(decoded.vectors[0])[0].numpy()
        scores[writer.banned] = -np.inf
        states, _ = model.reader(model.source_embedding(source.T), model.reader.initial_state(1))
        pairs = ((answer["code"], encoded.code[0].numpy()), (answer["states"], states[:, 0].numpy().ravel()))
        off["state"] = max(off["state"], *(float(np.abs(np.array(live) - own).max()) for live, own in pairs))
        live = np.array(answer["scores"])
        off["probability"] = max(off["probability"], float(np.abs(np.exp(live) - np.exp(scores)).max()))
        ten, live_ten = (np.argsort(-each, kind="stable")[:TOP].tolist() for each in (scores, live))
        same_ten += set(ten) == set(live_ten)
        same_order += ten == live_ten
        same_texts += answer["text"] == writer.write(text)
    return Written(len(texts), off["probability"], off["state"], same_tokens, same_ten, same_order, same_texts)


@dataclass(frozen=True)
class Decided:
    """How far a page is off in reading symbols: over all steps of all inputs, and how many inputs end alike."""

    inputs: int
    probability: float
    state: float
    same: int

    def line(self) -> str:
        return (
            f"probabilities off by {self.probability:.1e} at most, states by {self.state:.1e}; the same in the end "
            f"{self.same} of {self.inputs}"
        )


@torch.no_grad()
def compare_deciding(tab: Any, run: Run, texts: Sequence[str], box: str = "network-1") -> Decided:
    """As `compare`, of a classifier of sequences or an echo of bits, at every symbol."""
    decide = _classifier(run) if run.kind == "classifier" else _echo(run)
    probability = state = 0.0
    same = 0
    for text in texts:
        answer = tab.evaluate(DECIDE, [box, text])
        states, shares = (each[-len(text) :].numpy() for each in decide(text))
        live = np.array(answer["shares"])
        probability = max(probability, float(np.abs(live - shares).max()))
        state = max(state, float(np.abs(np.array(answer["states"]) - states.ravel()).max()))
        one, other = (np.append(each[-1], 1 - each[-1].sum()).argmax() for each in (live, shares))
        same += int(one == other)
    return Decided(len(texts), probability, state, same)


def _classifier(run: Run) -> Callable[[str], tuple[torch.Tensor, torch.Tensor]]:
    """A text → (T, H) states and (T, C) probabilities, the padding's steps before the others."""
    model, width = load_classifier(run), level_of(run.config["training"]["level"]).width

    def decide(text: str) -> tuple[torch.Tensor, torch.Tensor]:
        hidden = model.hidden(torch.from_numpy(encode([text], width)).T)[:, 0]
        return hidden, model.head(hidden).softmax(1)

    return decide


def _echo(run: Run) -> Callable[[str], tuple[torch.Tensor, torch.Tensor]]:
    """Bits → (T, H) states and (T, 1) probabilities of a 1."""
    model = load_echo(run)

    def decide(text: str) -> tuple[torch.Tensor, torch.Tensor]:
        bits = torch.tensor([1.0 if each == "1" else -1.0 for each in text])[:, None, None]
        hidden, _ = model.core(bits, model.initial_state(1))
        return hidden[:, 0], model.readout(hidden[:, 0]).sigmoid()

    return decide
