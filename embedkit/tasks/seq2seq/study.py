"""Studies of a seq2seq run: its scores on held-out text, and the space of its bottleneck vectors.

What is stored with the run already is not computed again.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from embedkit.config import SCORED
from embedkit.errors import CorpusError, UsageError
from embedkit.progress import Steps
from embedkit.runs.folder import Run
from embedkit.runs.options import corpus_of
from embedkit.studies.clusters import study_clusters
from embedkit.studies.spaces import MAP_METHODS, MAP_POINTS, map_space, study_space

if TYPE_CHECKING:
    from embedkit.analysis.clusters.clustering import Clustering
    from embedkit.analysis.generation import GenerationScore
    from embedkit.corpora import ParallelCorpus
    from embedkit.spaces.space import EmbeddingSpace
    from embedkit.tasks.seq2seq.examples import InterpolationTable, TranslationTrace
    from embedkit.tasks.seq2seq.score import PuritySheet
    from embedkit.tasks.seq2seq.translator import Translator

LANDMARKS = 40
"""Phrases that a report goes between."""
STEPS = 9
"""Points on the line from one phrase to another, the ends included."""
TRACED = 3
"""Translations whose beam search and attention a report draws."""
BEAMS = 5
NEIGHBORS = 10
"""Nearest neighbours over which purity is measured."""
OWN_VECTORS = "mean of the model's word embeddings"


def study(run: Run, map_points: int | None, steps: Steps) -> None:
    """Compute and store what a report needs; `map_points` are the points of each map, None for as many as usual."""
    from embedkit.spaces.sampling import choose

    space = study_space(run, "phrases", steps)
    for method in MAP_METHODS:
        map_space(run, "phrases", space, method, map_points, steps)
    clusters = study_clusters(run, "phrases", space, most=MAP_POINTS, points=map_points, steps=steps)
    rows, _ = choose(space, MAP_POINTS if map_points is None else map_points)
    study_phrases(run, space.take(rows), clusters, steps=steps)


def study_phrases(run: Run, mapped: "EmbeddingSpace", clusters: "Clustering", *, steps: Steps) -> None:
    """Compute and store what a report of a seq2seq run shows besides its maps and clusters.

    Args:
        mapped: the part of the run's phrases that its maps show.
        clusters: of those phrases; the one nearest to the centre of each is a landmark of the interpolations.
    """
    from embedkit.tasks.seq2seq.examples import INTERPOLATIONS
    from embedkit.tasks.seq2seq.score import PURITY
    from embedkit.tasks.seq2seq.translator import Translator

    translator = Translator(run)
    if INTERPOLATIONS.load_or_none(run) is None and not translator.attends:
        middles = [near[0] for near in clusters.nearest if near and near[0] in mapped]
        phrases = landmarks(mapped, middles)
        with steps(f"{run.name}: decode the points between {len(phrases)} phrases"):
            INTERPOLATIONS.save(run, interpolations(translator, phrases))
    if PURITY.load_or_none(run) is None and speaks_english(translator):
        with steps(f"{run.name}: measure whether phrases of a kind lie together"):
            PURITY.save(run, purity_sheet(translator, {}))
    _score(run, translator, steps)


def speaks_english(translator: "Translator") -> bool:
    """Whether the templated phrases, which are English words, can be read: most of their words are known."""
    from embedkit.tasks.seq2seq.templates import templated_phrases

    if translator.source.level != "word":
        return False
    words = [word for phrase in templated_phrases() for word in translator.source.split(phrase.text)]
    in_vocabulary = sum(translator.source.index_of(word) is not None for word in words)
    return in_vocabulary > len(words) / 2


def landmarks(space: "EmbeddingSpace", first: Sequence[str], most: int = LANDMARKS) -> tuple[str, ...]:
    """At most `most` phrases to interpolate between: `first`, then others at even distances down the space's order."""
    others = [space.labels[i] for i in np.linspace(0, len(space) - 1, most).astype(int)] if len(space) else []
    return tuple(list(dict.fromkeys([*first, *others]))[:most])


def interpolations(translator: "Translator", phrases: Sequence[str], steps: int = STEPS) -> "InterpolationTable":
    """Decode the points between all pairs of phrases, their ends included."""
    from embedkit.tasks.seq2seq.examples import InterpolationTable

    codes = translator.codes(phrases)
    pairs = [(i, j) for i in range(len(phrases)) for j in range(i + 1, len(phrases))]
    shares = np.linspace(0, 1, steps, dtype=np.float32)[None, :, None]
    ends = [np.array(side) for side in zip(*pairs, strict=True)] if pairs else [np.zeros(0, int), np.zeros(0, int)]
    points = (1 - shares) * codes[ends[0]][:, None] + shares * codes[ends[1]][:, None]
    texts = translator.decode_codes(points.reshape(-1, codes.shape[1]), longest=40)
    rows = {pair: tuple(texts[at * steps : (at + 1) * steps]) for at, pair in enumerate(pairs)}
    return InterpolationTable(tuple(phrases), steps, rows)


def purity_sheet(translator: "Translator", word_vectors: "dict[str, EmbeddingSpace]") -> "PuritySheet":
    """Whether templated phrases of a kind lie together in the bottleneck, beside a bag of words and means of vectors.

    Neighbours that share the template or the filler do not count, so that a shared word is not taken for a meaning.
    Intervals are by bootstrap over templates.

    Args:
        word_vectors: spaces of words to take means of, by the name the baseline gets; the model's own embeddings are
            one in any case.
    """
    from embedkit.analysis.purity import bag_of_words, knn_purity, mean_of_word_vectors
    from embedkit.spaces.space import EmbeddingSpace
    from embedkit.tasks.seq2seq.score import PuritySheet
    from embedkit.tasks.seq2seq.templates import templated_phrases

    phrases = templated_phrases()
    texts, kinds = [phrase.text for phrase in phrases], [phrase.kind for phrase in phrases]
    own = EmbeddingSpace(
        OWN_VECTORS, translator.source.tokens, translator.model.source_embedding.weight.detach().numpy()
    )
    vectors = {"the bottleneck": translator.codes(texts), "bag of words": bag_of_words(texts)}
    coverage = {}
    for name, space in {OWN_VECTORS: own, **word_vectors}.items():
        vectors[name], coverage[name] = mean_of_word_vectors(texts, space)
    groups = [(phrase.template, phrase.filler) for phrase in phrases]
    templates = [phrase.template for phrase in phrases]
    spaces = {
        name: knn_purity(rows, kinds, groups=groups, clusters=templates, k=NEIGHBORS) for name, rows in vectors.items()
    }
    return PuritySheet(spaces, coverage)


def _score(run: Run, translator: "Translator", steps: Steps) -> None:
    """Score the held-out pairs and trace a few translations, unless there are no pairs or the corpus is gone."""
    from embedkit.tasks.seq2seq.examples import TRANSLATION_TRACES, TranslationTraces
    from embedkit.tasks.seq2seq.score import GENERATION_SCORES

    if run.config["training"]["stream"] != "none" or GENERATION_SCORES.load_or_none(run, "valid") is not None:
        return
    try:
        with steps(f"{run.name}: score held-out pairs by beam search"):
            GENERATION_SCORES.save(run, evaluate_run(run, translator=translator), "valid")
        with steps(f"{run.name}: look at a few translations"):
            TRANSLATION_TRACES.save(
                run, TranslationTraces(tuple(translation_trace(translator, *pair) for pair in some_pairs(run)))
            )
    except CorpusError:
        return


def evaluate_run(
    run: Run,
    *,
    split: str = "valid",
    beams: int = BEAMS,
    length_penalty: float = 1.0,
    most: int | None = SCORED,
    translator: "Translator | None" = None,
) -> "GenerationScore":
    """Score a run on the pairs of a split that it was not trained on.

    Several references of one source all count; outputs that equal a training target word for word are counted, and
    sources are told apart by how near they are to a training source.
    References are compared as the target's vocabulary prints them: "Va !" is "va!" where it has no other form.

    Args:
        most: at most so many sources, spread evenly over the split; None for all.

    Raises:
        UsageError: the run learned from a running text, or its corpus has no such split.
        CorpusError: its corpus is no longer at hand.
    """
    from embedkit.analysis.generation import score_generation
    from embedkit.tasks.seq2seq.translator import Translator

    translator = translator or Translator(run)
    corpus = _corpus(run)
    if split not in corpus.splits:
        raise UsageError(f"--split {split}: {run.config['training']['corpus']} has {', '.join(corpus.splits)}")
    references = _references(corpus, split, translator)
    # Spread evenly: some corpora stand in the order of their length.
    distinct = list(references)
    chosen_rows = np.linspace(0, len(distinct) - 1, min(most or len(distinct), len(distinct))).astype(int)
    sources = [distinct[i] for i in chosen_rows]
    hypotheses = [
        ranked[0].text if ranked else ""
        for ranked in translator.translate(sources, beams=beams, length_penalty=length_penalty)
    ]
    score = score_generation(
        sources,
        [tuple(references[source]) for source in sources],
        hypotheses,
        name=f"{run.name}/{split}",
        memorised_from={translator.target.printed(target) for target in corpus.target.lines("train")},
        trained_sources=corpus.source.lines("train"),
        split=translator.source.split,
        lowercase=translator.target.lowercase,
    )
    return replace(score, beams=beams, length_penalty=length_penalty)


def _references(corpus: "ParallelCorpus", split: str, translator: "Translator") -> dict[str, list[str]]:
    """The references of each distinct source of a split, as the target's vocabulary prints them."""
    references: dict[str, list[str]] = {}
    for source, target in corpus.pairs(split):
        references.setdefault(source, []).append(translator.target.printed(target))
    return references


def _corpus(run: Run) -> "ParallelCorpus":
    """The pairs that a run was trained on.

    Raises:
        UsageError: the run learned from a running text.
        CorpusError: the pairs are not at hand, or have changed.
    """
    from embedkit.corpora import Corpus
    from embedkit.tasks.seq2seq.data import open_task

    corpus = corpus_of(run, lambda _model, training: open_task(training))
    if isinstance(corpus, Corpus):
        raise UsageError(f"run {run.name} learned from a running text; there are no pairs to score")
    return corpus


def some_pairs(run: Run) -> list[tuple[str, str]]:
    """The first held-out pairs of middling length."""
    pairs = list({source: (source, target) for source, target in islice(_corpus(run).pairs("valid"), 500)}.values())
    middle = float(np.median([len(source) for source, _ in pairs]))
    return sorted(pairs, key=lambda pair: abs(len(pair[0]) - middle))[:TRACED]


def translation_trace(translator: "Translator", source: str, reference: str) -> "TranslationTrace":
    from embedkit.tasks.seq2seq.examples import TranslationTrace

    result = translator.search(source)
    best = result.hypotheses[0]
    tokens = translator.target.tokens
    nodes = tuple(
        {**vars(node), "token": "⏎" if node.token == translator.target.line_end else tokens[node.token]}
        for node in result.nodes
    )
    # Hypotheses are ranked with their lengths made comparable: the likeliest need not be the best.
    ends = [i for i, node in enumerate(result.nodes) if node.final and node.log_probability == best.log_probability]
    attention = translator.attention(source, best) if translator.attends else None
    return TranslationTrace(
        source=source,
        reference=reference,
        hypothesis=translator.target.decode(best.ids),
        nodes=nodes,
        source_tokens=attention.source if attention else (),
        target_tokens=attention.target if attention else (),
        weights=attention.weights if attention else None,
        winner=ends[0] if ends else None,
    )
