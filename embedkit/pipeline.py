"""The flow from a corpus to a report in a few calls: `study` makes what a report of a run needs, `demo` does it all.

Nothing that is there already for the same inputs is made again, so either can be stopped and called again.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from inspect import signature
from pathlib import Path
from typing import Any, Unpack

from embedkit.config.checked import Checked
from embedkit.config.optimisation import Optimisation
from embedkit.errors import RunError, UsageError, refuse_single_text
from embedkit.numerals import with_article
from embedkit.progress import Progress, Steps, no_steps
from embedkit.runs.folder import Run, resume_command, run_path
from embedkit.runs.lock import writing
from embedkit.spaces.open import word_runs
from embedkit.spaces.reading import ReadingOptions
from embedkit.tasks.language_model.config import LanguageModel, LanguageModelTraining
from embedkit.tasks.seq2seq.config import SEQ2SEQ_PRESETS, Seq2SeqModel, Seq2SeqTraining
from embedkit.tasks.word2vec.config import Word2VecTraining

REPORTS = Path("reports") / "html"
"""Where reports are rendered, in the current folder."""


def study(run: Run, *, map_points: int | None = None, stratify: str | None = None, steps: Steps = no_steps) -> Run:
    """Make every artefact that a report of this run needs and that it does not have yet.

    Spaces (input and output embeddings, or word2vec's vectors), a PCA and a UMAP map of each, its clusters and what
    speaks for them, its scores on Google's analogies, and for a language model samples at several temperatures and the
    hidden states over a sentence of the validation text.

    A map that is stored is kept, whatever it was made with, unless its points changed in the space since.

    Args:
        map_points: maps show so many points, or all where it is 0, and a stored PCA or UMAP map of another number is
            made again; by default `MAP_POINTS`, or whatever number a stored map has. They are the most frequent where
            frequencies are known, else a random sample: see `embedkit.spaces.sampling.choose`. Clusters are looked for
            among the same points, but at most `embedkit.studies.clusters.CLUSTERED` of them.
        stratify: of an embedding file, the column whose every category is in the sample; "" for none. By default what a
            stored map has.

    Returns:
        The run itself, so that `run_report(study(run))` is its report.

    Raises:
        RunError: training has not finished.
        UsageError: map_points is below 0, or there is no such column of categories.
    """
    if map_points is not None and map_points < 0:
        raise UsageError(f"{map_points} points are no map; show at least one, 0 for all, or leave the number out")
    if not run.finished:
        raise RunError(f"{run.path} has not finished; go on with `{resume_command(run)}`")
    if run.task.study:  # where there is nothing here, training made all of it
        make = run.task.load("study")
        if stratify and "stratify" not in signature(make).parameters:
            raise UsageError(
                f"{run.name} is {with_article(run.kind)} run; the points of an embedding file alone can be stratified"
            )
        with writing(run.path, wait=True, progress=_announced(steps)):
            make(run, map_points, steps, **({} if stratify is None else {"stratify": stratify}))
    return run


def write_report(
    source: Any,
    *,
    to: str | Path,
    name: str = "",
    points: int | None = None,
    tooltip: Sequence[str] = (),
    network_megabytes: float | None = None,
    steps: Steps = no_steps,
    **options: Unpack[ReadingOptions],
) -> Path:
    """One page about an embedding space, with all that it needs made first.

    What is found out is kept with the runs, so that the page can be checked against it and the next one is quicker.

    Args:
        source: (N, D) vectors; a table (pandas, polars, pyarrow, a dict of columns); an `EmbeddingSpace`; an embedding
            file or folder; or a run, itself or by name.
        to: the page to write, such as "report.html".
        name: what the space is called; by default after its file, or after the page.
        points: maps show so many points, 0 for all.
        tooltip: the columns that stand with a point of a map at once; by default the first short ones.
        network_megabytes: what a run's network may take in the page, by default 8; 0 leaves it out.
        options: what the columns of a table or file mean, and how its faults are taken: the attributes of `Reading`.
            For an array `labels` are N strings, and `columns` a table or a dict of what else is known of each.

    Returns:
        The page's path.

    Raises:
        UsageError, SpaceError: as `open_space`.
    """
    from embedkit.report.compose import run_report
    from embedkit.report.rendering import render

    refuse_single_text(tooltip)
    run = _run_of(source, name or Path(to).stem, steps, options)
    study(run, map_points=points, steps=steps)
    with steps(f"write {to}"):
        return render(run_report(run, tooltip=tooltip, network_megabytes=network_megabytes), to)


def _run_of(source: Any, name: str, steps: Steps, options: ReadingOptions) -> Run:
    """The run that a source is, or is kept as."""
    from embedkit.spaces.imported import keep_space
    from embedkit.spaces.open import home_of, open_space

    if isinstance(source, Run):
        return source
    if isinstance(source, str | Path):
        return home_of(source, steps=steps, **options)[0]
    return keep_space(open_space(source, **options), name)


def _announced(steps: Steps) -> Progress:
    """What is told first as a step of its own, and no more."""
    announced = False

    def show(share: float | None, text: str = "") -> None:
        nonlocal announced
        if not announced:
            announced = True
            with steps(text):
                pass

    return show


@dataclass(frozen=True)
class DemoOptions:
    """What the demo trains on one corpus: a small word language model, word vectors to compare with, and an autoencoder
    of the corpus's phrases, which starts from those vectors."""

    model: LanguageModel
    training: LanguageModelTraining
    word2vec: Word2VecTraining
    phrases: Seq2SeqModel
    phrases_training: Seq2SeqTraining


DEMO_RUNS = ("demo", "demo-word2vec", "demo-phrases")
DEMO = DemoOptions(
    model=LanguageModel(embedding_size=128, hidden_size=256, min_count=3, dropout=0.25),
    training=LanguageModelTraining(batch_size=16, bptt=20, minutes=1.25),
    word2vec=Word2VecTraining(epochs=10),
    phrases=replace(SEQ2SEQ_PRESETS["phrases"][0], embedding_size=Word2VecTraining.dimensions),
    phrases_training=replace(SEQ2SEQ_PRESETS["phrases"][1], corpus="wikipedia-sample", phrases=True, epochs=10.0),
)


def demo(folder: Path, *, minutes: float | None = None, fresh: bool = False, steps: Steps = no_steps) -> Path:
    """The whole flow on the corpus that comes with the package; no network.

    The runs are those of `DEMO_RUNS`. A finished one is used again; a stopped one goes on.

    Args:
        folder: gets reports/html/demo.html.
        minutes: training time of the language model, and half of it for the phrases; by default DEMO's.
        fresh: remove the runs first.

    Returns:
        The report.
    """
    from embedkit.report.compose import run_report
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
    run = _language_model(model_path, training, steps)
    baseline = _word2vec(baseline_path, DEMO.word2vec, steps)
    title = f"train an autoencoder of the phrases of {phrases_training.corpus}"
    phrases_training = replace(phrases_training, vectors=str(baseline_path))
    encoder = _trained(phrases_path, DEMO.phrases, phrases_training, title, steps)
    for demo_run in (run, baseline, encoder):
        study(demo_run, steps=steps)
    with steps("render the report"):
        report = run_report(run, baseline=baseline, encoder=encoder)
        return render(report, folder / REPORTS / "demo.html")


def default_run(*, steps: Steps = no_steps) -> Run:
    """The newest finished run with a space of words; where there is none, the demo's language model, trained first."""
    runs = word_runs()
    return runs[-1] if runs else _language_model(run_path(DEMO_RUNS[0]), DEMO.training, steps)


def _trained(path: Path, model: Checked, training: Optimisation, title: str, steps: Steps) -> Run:
    """The run at `path`: as it is where it has finished, gone on with where it was stopped, else trained."""
    run = Run(path)
    if run.finished:
        return run
    from embedkit.training import driver

    with steps(f"{path.name}: {title}") as show:
        if (path / "config.toml").exists():
            return driver.resume(run, progress=show)
        return driver.train(model, training, path, progress=show)


def _language_model(path: Path, training: LanguageModelTraining, steps: Steps) -> Run:
    title = f"train a {DEMO.model.level} language model on {training.corpus}"
    return _trained(path, DEMO.model, training, title, steps)


def _word2vec(path: Path, config: Word2VecTraining, steps: Steps) -> Run:
    """As `_trained`; word vectors are kept whole or not at all, so there is nothing to go on with."""
    if Run(path).finished:
        return Run(path)
    from embedkit.tasks.word2vec.training import train_word2vec

    with steps(f"{path.name}: train {config.method} word vectors on {config.corpus}") as show:
        return train_word2vec(config, path, progress=show)


def _remove(path: Path) -> None:
    """Remove a run, and nothing that is not one."""
    if (path / "config.toml").exists():
        shutil.rmtree(path)
