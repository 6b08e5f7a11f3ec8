"""The flow from a corpus to a report in a few calls: `study` makes what a report of a run needs, `demo` does it all.

Nothing that is there already for the same inputs is made again, so either can be stopped and called again.
"""

import math
import shutil
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from embedkit.config import (
    RESTRICT,
    SEQ2SEQ_PRESETS,
    LanguageModelConfig,
    Seq2SeqConfig,
    Seq2SeqTrainingConfig,
    TrainingConfig,
    Word2VecConfig,
)
from embedkit.errors import CorpusError, RunError, UsageError
from embedkit.files import write_json
from embedkit.runs import Run, list_runs, resume_command, run_path

if TYPE_CHECKING:
    from embedkit.analysis.analogies.scores import AnalogyScore
    from embedkit.spaces.space import EmbeddingSpace
    from embedkit.training.loop import Progress
    from embedkit.training.word2vec import Word2VecProgress

REPORTS = Path("reports") / "html"
"""Where reports are rendered, in the current folder."""
MAP_POINTS = 5_000
"""Maps show this many points, the most frequent."""
MAP_METHODS = ("pca", "umap")
QUESTIONS = "google-analogies"
TEMPERATURES = (0.5, 0.8, 1.1)
SAMPLE_TOKENS = {"word": 60, "bpe": 90, "char": 300}
PROMPT_TOKENS = {"word": 4, "bpe": 6, "char": 20}
TRACE_TOKENS = {"word": (12, 40), "bpe": (16, 60), "char": (40, 160)}
"""A trace is taken over the first validation line of at least and cut at most so many tokens."""


class Show(Protocol):
    """How far a step has come: a share from 0 to 1 (None where it is not known) and a few words."""

    def __call__(self, share: float | None, text: str = "") -> None: ...


OnStep = Callable[[str], AbstractContextManager[Show]]
"""Called with what is done next; the context lasts as long as the step."""


def silent(_step: str) -> AbstractContextManager[Show]:
    return nullcontext(lambda share, text="": None)


def show_training(show: Show) -> "Callable[[Progress], None]":
    """Tell a language model's progress in words."""

    def told(progress: "Progress") -> None:
        parts = [f"{progress.tokens_per_second:,.0f} tokens/s"]
        if math.isfinite(progress.train_nats_per_token):
            parts.append(f"loss {progress.train_nats_per_token:.3f}")
        if progress.valid_nats_per_token is not None:
            parts.append(f"valid {progress.valid_nats_per_token:.3f}")
        show(progress.share, " · ".join(parts))

    return told


def show_word2vec(show: Show) -> "Callable[[Word2VecProgress], None]":
    """Tell a word2vec model's progress in words."""
    return lambda progress: show(progress.share, f"{progress.words_per_second:,.0f} words/s")


def study(run: Run, *, map_points: int | None = None, on_step: OnStep = silent) -> None:
    """Make every artefact that a report of this run needs and that it does not have yet.

    Spaces (input and output embeddings, or word2vec's vectors), a PCA and a UMAP map of each, its clusters and what
    speaks for them, its scores on Google's analogies, and for a language model samples at several temperatures and the
    hidden states over a sentence of the validation text.

    A map that is stored is kept, whatever it was made with, unless its points changed in the space since.

    Args:
        map_points: maps show so many points, the most frequent, and a stored PCA or UMAP map of another number is made
            again; by default `MAP_POINTS`, or whatever number a stored map has.

    Raises:
        RunError: training has not finished.
        UsageError: map_points is below 1.
    """
    if map_points is not None and map_points < 1:
        raise UsageError(f"{map_points} points are no map; show at least one, or leave the number out")
    if not run.finished:
        raise RunError(f"{run.path} has not finished; go on with `{resume_command(run)}`")
    if run.kind in _STUDIES:
        _STUDIES[run.kind](run, map_points, on_step)


def _study_words(run: Run, map_points: int | None, on_step: OnStep) -> None:
    from embedkit.cluster_study import study_clusters

    for which in spaces_of(run):
        space = _space(run, which, on_step)
        for method in MAP_METHODS:
            map_space(run, which, space, method, map_points, on_step)
        study_clusters(run, which, space, most=MAP_POINTS, points=map_points, on_step=on_step)
        if level_of(run) != "char":
            analogies(run, which, space, on_step=on_step)
    if run.kind == "language-model":
        sample_texts(run, on_step)
        _trace(run, on_step)


def _study_seq2seq(run: Run, map_points: int | None, on_step: OnStep) -> None:
    from embedkit.cluster_study import study_clusters
    from embedkit.phrase_study import study_phrases

    space = _space(run, "phrases", on_step)
    for method in MAP_METHODS:
        map_space(run, "phrases", space, method, map_points, on_step)
    clusters = study_clusters(run, "phrases", space, most=MAP_POINTS, points=map_points, on_step=on_step)
    study_phrases(run, space.head(map_points or MAP_POINTS), clusters, on_step=on_step)


def _study_classifier(run: Run, map_points: int | None, on_step: OnStep) -> None:
    map_space(run, "final", _space(run, "final", on_step), "pca", map_points, on_step)


def _study_echo(run: Run, map_points: int | None, on_step: OnStep) -> None:
    if not (run.path / "scores" / "test.json").exists():
        from embedkit.lab.echo import evaluate_echo

        with on_step(f"{run.name}: score the test series, the state carried and reset"):
            evaluate_echo(run)


def _study_execution(run: Run, _map_points: int | None, on_step: OnStep) -> None:
    from embedkit.execution_study import evaluate_execution
    from embedkit.spaces.store_execution import load_execution, save_execution

    if load_execution(run, "test") is None:
        with on_step(f"{run.name}: execute held-out programs"):
            save_execution(run, "test", evaluate_execution(run))


def _study_captioner(run: Run, map_points: int | None, on_step: OnStep) -> None:
    from embedkit.caption_study import study_captions

    study_captions(run, on_step=on_step)
    try:
        space = _space(run, "codes", on_step)
    except CorpusError:  # the images are gone: the report does without their map
        return
    for method in MAP_METHODS:
        map_space(run, "codes", space, method, map_points, on_step)


_STUDIES: Mapping[str, Callable[[Run, int | None, OnStep], None]] = {
    "language-model": _study_words,
    "word2vec": _study_words,
    "embeddings": _study_words,
    "seq2seq": _study_seq2seq,
    "classifier": _study_classifier,
    "echo": _study_echo,
    "execute": _study_execution,
    "captioner": _study_captioner,
}
"""By kind of run, what makes the artefacts of its report; where there is nothing here, training made them."""


def spaces_of(run: Run) -> tuple[str, ...]:
    """The names of a run's distinct spaces: tied embeddings are one."""
    from embedkit.spaces.open import SPACES

    tied = run.kind == "language-model" and run.config["model"]["tied"]
    return SPACES[run.kind][:1] if tied else SPACES[run.kind]


def level_of(run: Run) -> str:
    """What the points of a run's spaces are: "word", "bpe" or "char"."""
    return str(run.config["model"]["level"]) if run.kind == "language-model" else "word"


def _space(run: Run, which: str, on_step: OnStep) -> "EmbeddingSpace":
    from embedkit.spaces.open import open_run_space

    if which in run.artefacts("spaces", ".npz"):
        return open_run_space(run, which)
    with on_step(f"{run.name}: extract the {which} embeddings"):
        return open_run_space(run, which)


def map_space(run: Run, which: str, space: "EmbeddingSpace", method: str, points: int | None, on_step: OnStep) -> None:
    """Make a map where none is stored of this number of points, or where they changed since it was made."""
    from embedkit.analysis.maps.projection import METHODS, TITLES
    from embedkit.cluster_study import hit_by_clusters
    from embedkit.spaces.store_maps import map_is_current, map_name, save_projection

    if map_is_current(run, map_name(which, method), space, points):
        return
    shown = space.head(points or MAP_POINTS)
    with on_step(f"{run.name}: map {len(shown):,} {which} points by {TITLES[method]}"):
        save_projection(run, hit_by_clusters(run, which, space, METHODS[method](shown)))


def analogies(run: Run, which: str, space: "EmbeddingSpace", *, on_step: OnStep = silent) -> "AnalogyScore":
    """The score of a run's space on Google's questions, computed and saved the first time."""
    from embedkit.analysis.analogies.questions import AnalogySet
    from embedkit.analysis.analogies.scoring import score
    from embedkit.corpora import questions_file
    from embedkit.spaces.store_scores import load_score, save_score

    name = f"{which}-{QUESTIONS}"
    if name in run.artefacts("analogies", ".json"):
        saved = load_score(run, name)
        if saved.restrict == RESTRICT:
            return saved
    with on_step(f"{run.name}: score the {which} space on {QUESTIONS}") as show:
        questions = AnalogySet.read(questions_file(QUESTIONS), name=QUESTIONS)
        found = score(space, questions, restrict=RESTRICT, on_progress=show)
        save_score(run, found)
    return found


def sample_texts(run: Run, on_step: OnStep) -> None:
    """Keep text from the start of a validation line, at several temperatures, where none is kept yet."""
    if run.samples:
        return
    from embedkit.decoding.sampling import continue_text
    from embedkit.training.checkpoint import load_language_model

    with on_step(f"{run.name}: sample text at temperatures {', '.join(f'{t:g}' for t in TEMPERATURES)}"):
        model, vocabulary = load_language_model(run)
        level, seed = vocabulary.level, 0
        ids = vocabulary.encode(_validation_line(run))[: PROMPT_TOKENS[level]]
        prompt = vocabulary.decode(ids)
        samples = []
        for temperature in TEMPERATURES:
            pieces = continue_text(
                model, vocabulary, prompt, tokens=SAMPLE_TOKENS[level], temperature=temperature, seed=seed
            )
            samples.append({"prompt": prompt, "temperature": temperature, "seed": seed, "text": "".join(pieces)})
        write_json(run.path / "samples.json", samples)


def _trace(run: Run, on_step: OnStep) -> None:
    """The hidden states over a sentence of the validation text; where that is gone, over a sampled text."""
    if run.artefacts("traces", ".npz"):
        return
    from embedkit.spaces.extract import trace
    from embedkit.spaces.store import save_trace

    with on_step(f"{run.name}: trace the hidden states over a sentence"):
        text = _validation_line(run) or run.samples[0]["text"]
        save_trace(run, "sentence", trace(run, text))


def _validation_line(run: Run) -> str:
    """The first line of the validation text that is long enough for a trace, cut where it would be too long.

    Empty where the corpus cannot be read again: it came through standard input, or its file is gone.
    """
    from embedkit.corpora import open_corpus
    from embedkit.text.vocabulary import Vocabulary

    source = run.config["training"]["corpus"]
    vocabulary = Vocabulary.load(run.path / "tokenizer.json")
    shortest, longest = TRACE_TOKENS[vocabulary.level]
    if source == "-":
        return ""
    try:
        for line in open_corpus(source).lines("valid"):
            ids = vocabulary.encode(line)
            if len(ids) >= shortest:
                return vocabulary.decode(ids[:longest])
    except CorpusError:
        pass
    return ""


@dataclass(frozen=True)
class DemoConfig:
    """What the demo trains on one corpus: a small word language model, word vectors to compare with, and an autoencoder
    of the corpus's phrases, which starts from those vectors."""

    model: LanguageModelConfig
    training: TrainingConfig
    word2vec: Word2VecConfig
    phrases: Seq2SeqConfig
    phrases_training: Seq2SeqTrainingConfig


DEMO_RUNS = ("demo", "demo-word2vec", "demo-phrases")
DEMO = DemoConfig(
    model=LanguageModelConfig(embedding_size=128, hidden_size=256, min_count=3, dropout=0.25),
    training=TrainingConfig(batch_size=16, bptt=20, minutes=1.25),
    word2vec=Word2VecConfig(epochs=10),
    phrases=replace(SEQ2SEQ_PRESETS["phrases"][0], embedding_size=Word2VecConfig.dimensions),
    phrases_training=replace(SEQ2SEQ_PRESETS["phrases"][1], corpus="wikipedia-sample", phrases=True, epochs=10.0),
)


def demo(folder: Path, *, minutes: float | None = None, fresh: bool = False, on_step: OnStep = silent) -> Path:
    """The whole flow on the corpus that comes with the package; no network.

    The runs are those of `DEMO_RUNS`. A finished one is used again; a stopped one goes on.

    Args:
        folder: gets reports/html/demo.html.
        minutes: training time of the language model, and half of it for the phrases; by default DEMO's.
        fresh: remove the runs first.

    Returns:
        The report.
    """
    from embedkit.report.compose import language_model_report
    from embedkit.report.rendering import render

    training, phrases_training = DEMO.training, DEMO.phrases_training
    if minutes is not None:
        training, phrases_training = (
            replace(training, minutes=minutes),
            replace(phrases_training, epochs=None, minutes=minutes / 2),
        )
    model_path, baseline_path, phrases_path = (run_path(name) for name in DEMO_RUNS)
    if fresh:
        for path in (model_path, baseline_path, phrases_path):
            _remove(path)
    run = _language_model(model_path, DEMO.model, training, on_step)
    baseline = _word2vec(baseline_path, DEMO.word2vec, on_step)
    encoder = _seq2seq(phrases_path, DEMO.phrases, replace(phrases_training, vectors=str(baseline_path)), on_step)
    for each in (run, baseline, encoder):
        study(each, on_step=on_step)
    with on_step("render the report"):
        made = language_model_report(run, baseline=baseline, encoder=encoder)
        return render(made, folder / REPORTS / "demo.html")


def default_run(*, on_step: OnStep = silent) -> Run:
    """The newest finished run with a space of words; where there is none, the demo's language model, trained first."""
    finished = [run for run in list_runs(kinds=("language-model", "word2vec")) if run.finished]
    return finished[-1] if finished else _language_model(run_path("demo"), DEMO.model, DEMO.training, on_step)


def _language_model(path: Path, model: LanguageModelConfig, training: TrainingConfig, on_step: OnStep) -> Run:
    """The run at `path`: as it is where it has finished, gone on with where it was stopped, else trained."""
    run = Run(path)
    if run.finished:
        return run
    from embedkit.training.language_model import resume_language_model, train_language_model

    with on_step(f"{path.name}: train a {model.level} language model on {training.corpus}") as show:
        if (path / "config.toml").exists():
            return resume_language_model(run, on_progress=show_training(show), on_stage=partial(show, None))
        return train_language_model(
            model, training, path, on_progress=show_training(show), on_stage=partial(show, None)
        )


def _seq2seq(path: Path, model: Seq2SeqConfig, training: Seq2SeqTrainingConfig, on_step: OnStep) -> Run:
    """As `_language_model`, for an encoder-decoder."""
    run = Run(path)
    if run.finished:
        return run
    from embedkit.training.seq2seq import resume_seq2seq, train_seq2seq

    with on_step(f"{path.name}: train an autoencoder of the phrases of {training.corpus}") as show:
        told, stage = show_training(show), partial(show, None)
        if (path / "config.toml").exists():
            return resume_seq2seq(run, on_progress=told, on_stage=stage)
        return train_seq2seq(model, training, path, on_progress=told, on_stage=stage)


def _word2vec(path: Path, config: Word2VecConfig, on_step: OnStep) -> Run:
    """As `_language_model`; word vectors are kept whole or not at all, so there is nothing to go on with."""
    if Run(path).finished:
        return Run(path)
    from embedkit.training.word2vec import train_word2vec

    with on_step(f"{path.name}: train {config.method} word vectors on {config.corpus}") as show:
        return train_word2vec(config, path, on_progress=show_word2vec(show))


def _remove(path: Path) -> None:
    """Remove a run, and nothing that is not one."""
    if (path / "config.toml").exists():
        shutil.rmtree(path)
