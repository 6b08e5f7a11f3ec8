"""A finished run without training: clustered vectors with planted analogies, hostile tokens, and all a report needs."""

import math
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from embedkit.analysis.analogies.categories import Category, Pair
from embedkit.analysis.analogies.questions import AnalogySet
from embedkit.analysis.analogies.score_sheet import SCORE_SHEETS
from embedkit.analysis.analogies.scoring import score
from embedkit.analysis.cells.traces import TRACES, HiddenTrace
from embedkit.analysis.clusters.clustering import FINE, cluster
from embedkit.analysis.clusters.stored import CLUSTERINGS
from embedkit.analysis.intervals import Interval
from embedkit.analysis.maps.fidelity import measure
from embedkit.analysis.maps.projection import Projection, pca
from embedkit.analysis.maps.stored import MAPS
from embedkit.files import write_json, write_text
from embedkit.report import Report, Section
from embedkit.report.embedded import EmbeddedSpace, embed_space
from embedkit.report.figures.colorings import Coloring
from embedkit.report.figures.maps import phrase_atlas, word_map
from embedkit.report.parts import Interpolations, WordMap
from embedkit.runs.folder import Run
from embedkit.spaces import EmbeddingSpace
from embedkit.spaces.stored import save_run_space
from embedkit.tasks.seq2seq.attention_figure import attention_map
from embedkit.tasks.seq2seq.beam_figure import BeamNode, beam_table, beam_tree
from embedkit.tasks.seq2seq.length_figure import length_bars
from embedkit.text.vocabulary import SPECIALS, Vocabulary

HOSTILE = (
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"'&amp;quot",
    "]]>",
    "-->",
    "\u2028",
    "\u202egnol",
    "$$\\frac{1}{2}$$",
    "=cmd|' /C calc'!A0",
    'comma, "quoted"',
    "@{tip}{safe}",
    "日本語",
)
PLANTED = ("the", "of", "king", "queen", "man", "woman", "he", "she", "prince", "princess", "boy", "girl")
PAIRS = (("man", "woman"), ("king", "queen"), ("he", "she"), ("prince", "princess"), ("boy", "girl"))


def labels_of(size: int) -> tuple[str, ...]:
    """Planted words, hostile tokens, then made-up words."""
    syllables = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u")]
    made = [a + b for a in syllables for b in syllables]
    return tuple(dict.fromkeys([*PLANTED, *HOSTILE, *made]))[:size]


def space_of(name: str, labels: tuple[str, ...], dimensions: int, seed: int) -> EmbeddingSpace:
    """Clusters of words; each planted pair differs by about the same vector."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(12, dimensions))
    vectors = centres[rng.integers(12, size=len(labels))] + 0.6 * rng.normal(size=(len(labels), dimensions))
    across = 1.2 * rng.normal(size=dimensions)
    index = {label: i for i, label in enumerate(labels)}
    for male, female in PAIRS:
        if male in index and female in index:
            vectors[index[female]] = vectors[index[male]] + across + 0.15 * rng.normal(size=dimensions)
    counts = np.maximum(1, (200_000 / np.arange(1, len(labels) + 1) ** 1.05)).astype(np.int64)
    return EmbeddingSpace(name, labels, vectors.astype(np.float32), {"count": counts}, {"run": name})


def pretend_umap(space: EmbeddingSpace) -> Projection:
    """A map as UMAP's would be kept, without fitting one: two random directions, squashed."""
    rng = np.random.default_rng(4)
    points = np.tanh(space.vectors @ rng.normal(size=(space.dimensions, 2)) / math.sqrt(space.dimensions)) * 10
    parameters = {"dimensions": 2, "neighbors": 15, "min_distance": 0.1, "metric": "cosine", "seed": None}
    return Projection(
        space.name, "umap", space.labels, points, parameters | {"versions": {"umap-learn": "0.5"}},
        fidelity=measure(space.vectors, points, sample=300),
    )  # fmt: skip


def phrases_of(size: int) -> tuple[str, ...]:
    """Hostile phrases, then made-up ones of one to four words."""
    rng = np.random.default_rng(9)
    words = labels_of(400)[len(PLANTED) + len(HOSTILE) :]
    made = [" ".join(rng.choice(words, size=rng.integers(1, 5))) for _ in range(2 * size)]
    return tuple(dict.fromkeys([*HOSTILE[:3], *made]))[:size]


def phrase_space(size: int = 300) -> EmbeddingSpace:
    """Clusters of phrases, without counts."""
    space = space_of("squeeze/phrases", phrases_of(size), 16, seed=11)
    return EmbeddingSpace(space.name, space.labels, space.vectors, {}, space.provenance)


CLUSTERS = {-1: "noise", 0: "animals & <b>plants</b>", 1: "verbs", 2: "</script><script>alert(3)</script>"}


def clusters_of(size: int) -> np.ndarray:
    """(size,) integer categories: noise, the three that have a name, and twelve that have none."""
    return np.arange(size) % 16 - 1


def atlas() -> tuple[WordMap, EmbeddedSpace]:
    """An atlas of the phrases with clusters and lengths, of which one is not known."""
    space = phrase_space()
    embedded = embed_space(space, key="phrases", name="phrase vectors", answering=0, map_labels=[space.labels])
    length = np.array([len(label.split()) for label in space.labels])
    colorings = [
        Coloring("cluster", clusters_of(len(space)), CLUSTERS),
        Coloring("length in words", np.where(np.arange(len(space)) == 5, np.nan, length)),
    ]
    maps = {"phrases": [pca(space), pretend_umap(space)]}
    return phrase_atlas([embedded], maps, {"phrases": colorings}), embedded


LANDMARKS = 12
STEPS = 9


def interpolations(space: EmbeddingSpace) -> Interpolations:
    """Texts between the first phrases; the last of them comes back wrong."""
    phrases = space.labels[:LANDMARKS]
    wrong = (*phrases[:-1], "something else")

    def way(i: int, j: int) -> tuple[str, ...]:
        middle = f"{phrases[i].split()[0]} or {phrases[j].split()[-1]}"
        return (*[wrong[i]] * 3, middle, middle, f"{middle} <b>?</b>", *[wrong[j]] * 3)

    # One pair was not computed.
    pairs = [(i, j) for i in range(LANDMARKS) for j in range(i + 1, LANDMARKS) if (i, j) != (1, 2)]
    return Interpolations(phrases, STEPS, {(i, j): way(i, j) for i, j in pairs}, space="phrases")


READ = ("the", "committee", "the", "<b>", "</script><script>alert(4)</script>", "voted", "against", "it", ".", "<eos>")
WRITTEN = ("die", "Kommission", "stimmte", "die", "$$x$$", "dagegen", ".", "<eos>")


def attention_weights() -> np.ndarray:
    """(len(WRITTEN), len(READ)) rows that sum to one, most of each near the diagonal."""
    rng = np.random.default_rng(3)
    along = np.linspace(0, len(READ) - 1, len(WRITTEN))[:, None] - np.arange(len(READ))[None]
    weights = np.exp(-0.7 * along**2) + 0.05 * rng.random((len(WRITTEN), len(READ)))
    return weights / weights.sum(axis=1, keepdims=True)


def beam_nodes(steps: int = 8, beams: int = 4) -> list[BeamNode]:
    """A search that keeps `beams` of the `beams` + 2 best at each step and ends one hypothesis at every third."""
    rng = np.random.default_rng(5)
    words = ("the", "man", "saw", "a", "dog", "in", "<img src=x onerror=alert(5)>", "it", "park", "yesterday")
    nodes: list[BeamNode] = []
    kept: list[int] = []
    for step in range(steps):
        last = step == steps - 1
        options = []
        for parent in kept or [None]:
            before = 0.0 if parent is None else nodes[parent]["log_probability"]
            chosen = rng.choice(words, size=3 if kept else beams + 2, replace=False)
            options += [(before - rng.gamma(1.5, 0.5), parent, str(word)) for word in chosen]
        options.sort(key=lambda option: -option[0])
        now = []
        for rank, (total, parent, word) in enumerate(options[: beams + 2], start=1):
            final = rank <= beams and (last or (step % 3 == 2 and rank == 2))
            if rank <= beams and not final:
                now.append(len(nodes))
            nodes.append(
                BeamNode(
                    parent=parent,
                    token="<eos>" if final else word,
                    log_probability=float(total),
                    rank=rank,
                    kept=rank <= beams,
                    final=final,
                    step=step,
                )
            )
        kept = now
    return nodes


LENGTHS = (
    ("1–3 words", 420, 0.981, Interval(0.964, 0.990)),
    ("4–6 words", 610, 0.874, Interval(0.846, 0.898)),
    ("7–9 words", 388, 0.521, Interval(0.471, 0.570)),
    ("10–12 words", 91, 0.132, Interval(0.077, 0.216)),
    ("13 words and more", 12, 0.0, Interval(0.0, 0.265)),
    ("<b>none</b>", 0, None, None),
)


def gallery() -> Report:
    """A page with every part that a report of an encoder and a decoder is made of, beside a word map."""
    words = space_of("model/input", labels_of(300), 16, seed=1)
    embedded = embed_space(words, key="words", name="input embeddings", answering=0, map_labels=[words.labels])
    phrases, of_phrases = atlas()
    nodes = beam_nodes()
    sections = (
        Section("map", "Word map", "", (word_map([embedded], {"words": [pca(words)]}),)),
        Section("atlas", "Phrase atlas", "Phrases whose vectors point the same way.", (phrases,)),
        Section("way", "Between two phrases", "", (interpolations(phrase_space()),)),
        Section(
            "attention",
            "Attention",
            "",
            (
                attention_map(READ, WRITTEN, attention_weights(), "A sentence & its translation"),
                attention_map(("a", "b", "a"), ("b", "a"), np.array([[0, 1, 0], [0.5, 0, 0.5]]), "A short one"),
            ),
        ),
        Section("beams", "Beam search", "", (beam_tree(nodes, "Four beams"), beam_table(nodes))),
        Section("lengths", "By length", "", (length_bars(LENGTHS),)),
    )
    return Report("every part", "Synthetic data.", sections, spaces=(embedded, of_phrases))


def questions() -> AnalogySet:
    opposite = [("boy", "girl", "king", "queen"), ("x", "y", "z", "w")]
    return AnalogySet(
        "google-analogies",
        (
            Category.from_pairs("family", (Pair(a, (b,)) for a, b in PAIRS)),
            Category.from_quadruples("<b>opposite</b>", opposite),
        ),
    )


def lineage(command: str) -> dict[str, Any]:
    return {
        "corpus": {
            "name": "a corpus <script>alert(2)</script>",
            "source": "https://example.org/corpus.txt",
            "checksum": "sha256:" + "0123456789abcdef" * 4,
            "licence": "CC BY-SA 4.0",
            "citation": "Somebody & Somebody Else (2020), “A Text”",
        },
        "embedkit": "0.1.0",
        "commit": "0123456789ab",
        "packages": {"torch": "2.13.0", "numpy": "2.3.0", "gensim": "4.4.0"},
        "python": "3.12.0",
        "machine": "Linux x86_64, 2 cores",
        "seed": 1,
        "command": command,
        "started": "2025-01-02T03:04:05+00:00",
    }


def language_model_run(
    path: Path, *, labels: tuple[str, ...] | None = None, dimensions: int = 32, level: str = "word"
) -> Run:
    """A language model's run folder with everything `embedkit.pipeline.study` makes."""
    run = Run(path)
    labels = labels or labels_of(400)
    model = {
        "level": level,
        "cell": "lstm",
        "layers": 1,
        "embedding_size": dimensions,
        "hidden_size": 64,
        "tied": False,
        "softmax": "full",
    }
    run.write_config(
        {"kind": "language-model", "model": model, "training": {"corpus": "a corpus", "bptt": 35, "minutes": 7.0}}
    )
    nats = 4.912
    run.write_metrics(
        {
            "valid_nats_per_token": nats,
            "valid_perplexity": math.exp(nats),
            "valid_tokens": 217_646,
            "valid_unknown_share": 0.048,
            "steps": 2000,
            "tokens_seen": 4_480_000,
            "epochs": 2.1,
            "seconds": 431.2,
            "tokens_per_second": 10_400.0,
            "parameters": 8_912_344,
            "vocabulary_size": len(labels),
        }
    )
    run.write_provenance(lineage("embedkit train lm --corpus 'a corpus' --minutes 7"))
    write_text(run.path / "history.jsonl", "".join(history()))
    for number, which in enumerate(("input", "output")):
        space = space_of(f"{run.name}/{which}", labels, dimensions, seed=number)
        _keep(run, which, space, with_scores=level != "char")
    prompt = "The <b>king</b> of"
    texts = {0.5: " the </blockquote> city was the first", 0.8: " a woman , and then", 1.1: " & strange\nlines"}
    write_json(
        run.path / "samples.json",
        [{"prompt": prompt, "temperature": t, "seed": 0, "text": text * 8} for t, text in texts.items()],
    )
    keep_network(run, labels, dimensions, level)
    tokens = (*PLANTED[:8], *HOSTILE[:8], "\n")
    rng = np.random.default_rng(1)
    values = np.tanh(np.cumsum(rng.normal(size=(len(tokens), 64)), axis=0) * 0.5).astype(np.float32)
    surprisal = np.concatenate([[np.nan], rng.gamma(2.0, 2.2, size=len(tokens) - 1)]).astype(np.float32)
    TRACES.save(run, HiddenTrace(tokens, values, surprisal, layer=-1), "sentence")
    return run


def keep_network(run: Run, labels: tuple[str, ...], dimensions: int, level: str) -> None:
    """Weights that nobody trained, of an LSTM of 64 units, and the vocabulary of the labels after the specials."""
    rng = np.random.default_rng(2)
    tokens = (*SPECIALS[level], *labels)
    vocabulary = Vocabulary(level, tokens, np.arange(len(tokens), 0, -1), pretokenized=level == "word")
    vocabulary.save(run.path / "tokenizer.json")
    shapes = {
        "embedding.weight": (len(tokens), dimensions),
        "core.layers.0.weight_ih_l0": (256, dimensions),
        "core.layers.0.weight_hh_l0": (256, 64),
        "core.layers.0.bias_ih_l0": (256,),
        "core.layers.0.bias_hh_l0": (256,),
        "softmax.table": (len(tokens), 64),
        "softmax.bias": (len(tokens),),
    }
    weights = {name: rng.normal(scale=0.4, size=shape).astype(np.float32) for name, shape in shapes.items()}
    save_file(weights, run.path / "weights.safetensors")


def word2vec_run(path: Path, *, labels: tuple[str, ...] | None = None, dimensions: int = 24) -> Run:
    run = Run(path)
    labels = labels or labels_of(320)
    run.write_config({"kind": "word2vec", "word2vec": {"corpus": "a corpus", "method": "skip-gram", "epochs": 5}})
    run.write_metrics(
        {
            "words": 2_000_000,
            "sentences": 80_000,
            "distinct_words": 60_000,
            "vocabulary_size": len(labels),
            "vocabulary_share_of_words": 0.953,
            "words_seen": 10_000_000,
            "words_per_second": 250_000.0,
            "training_seconds": 40.0,
            "seconds": 43.0,
        }
    )
    run.write_provenance(lineage("embedkit train word2vec --corpus 'a corpus'"))
    _keep(run, "vectors", space_of(f"{run.name}/vectors", labels, dimensions, seed=7), with_scores=True)
    return run


def _keep(run: Run, which: str, space: EmbeddingSpace, *, with_scores: bool) -> None:
    save_run_space(run, which, space)
    head = space.head(len(space) - 20)
    MAPS.save(run, pca(head))
    MAPS.save(run, pretend_umap(head))
    CLUSTERINGS.save(run, cluster(head, **FINE), which)
    if with_scores:
        SCORE_SHEETS.save(run, score(space, questions()))


def history() -> list[str]:
    import json

    lines = []
    for number in range(1, 11):
        share = number / 10
        record = {
            "step": number * 200,
            "epoch": 2.1 * share,
            "tokens_seen": int(4_480_000 * share),
            "train_nats_per_token": 4.75 + 2.1 * math.exp(-4 * share),
            "valid_nats_per_token": 4.89 + 1.6 * math.exp(-4 * share),
            "valid_tokens": 65_536,
            "learning_rate": 3e-3 * (1 - share),
            "seconds": 43.0 * number,
        }
        lines.append(json.dumps(record) + "\n")
    return lines
