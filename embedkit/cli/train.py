"""`embedkit train lm`, `embedkit train seq2seq` and `embedkit train word2vec`."""

from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

from cyclopts import App, Group, Parameter

from embedkit.cli.app import Command, register
from embedkit.cli.options import from_file, from_preset
from embedkit.cli.output import Json, note, print_json, print_table
from embedkit.cli.progress import progress
from embedkit.config import (
    LanguageModelConfig,
    Seq2SeqConfig,
    Seq2SeqTrainingConfig,
    TrainingConfig,
    Word2VecConfig,
)
from embedkit.errors import UsageError
from embedkit.pipeline import show_training, show_word2vec
from embedkit.runs import Run, open_run, run_path, runs_folder

COMMANDS = (
    Command(
        "lm",
        "embedkit.cli.train:lm",
        "Train a recurrent language model on a corpus.\n\n"
        "The defaults shown are those of words; --level char and --level bpe have their own. Without a budget "
        "(--minutes, --epochs or --steps) the level's own is used. Ctrl-C keeps the best weights; --resume goes on.",
        "embedkit train lm --corpus wikipedia-sample --minutes 0.2",
    ),
    Command(
        "seq2seq",
        "embedkit.cli.train:seq2seq",
        "Train an encoder-decoder around one bottleneck vector.\n\n"
        "What it learns: dates between languages (the default), pairs of texts (--corpus), a text's phrases given back "
        "(--phrases), strings copied or reversed (--corpus copy), or a running text in windows (--stream). Defaults "
        "shown are those of pairs; the other tasks have their own. Ctrl-C keeps the best weights; --resume goes on.",
        "embedkit train seq2seq --corpus copy --minutes 0.2",
    ),
    Command(
        "word2vec",
        "embedkit.cli.train:word2vec",
        "Train word vectors on a corpus with gensim.",
        "embedkit train word2vec --corpus wikipedia-sample --epochs 2",
    ),
)

app = App(name="train", config=[from_file, from_preset])
for _command in COMMANDS:
    register(app, _command)

_MODEL, _TRAINING = Group("Model", sort_key=1), Group("Training", sort_key=2)


@dataclass(frozen=True)
class _Training(TrainingConfig):
    corpus: Annotated[str, Parameter(allow_leading_hyphen=True)] = TrainingConfig.corpus  # "-" is a value


@dataclass(frozen=True)
class _Seq2SeqTraining(Seq2SeqTrainingConfig):
    corpus: Annotated[str, Parameter(allow_leading_hyphen=True)] = Seq2SeqTrainingConfig.corpus


@dataclass(frozen=True)
class _Word2Vec(Word2VecConfig):
    corpus: Annotated[str, Parameter(allow_leading_hyphen=True)] = Word2VecConfig.corpus


def lm(
    *,
    name: str | None = None,
    resume: str | None = None,
    config: Path | None = None,
    json: Json = False,
    model: Annotated[LanguageModelConfig, Parameter(name="*", group=_MODEL)] = LanguageModelConfig(),  # noqa: B008
    training: Annotated[_Training, Parameter(name="*", group=_TRAINING)] = _Training(),
) -> None:
    """Train a recurrent language model.

    Args:
        name: The run's name; by default made of the corpus and the level.
        resume: Go on with this run, which was stopped; the options it was started with hold.
        config: Options from a TOML file, such as a run's config.toml; the command line goes first.
    """
    from embedkit.training.language_model import resume_language_model, train_language_model

    plain = TrainingConfig(**asdict(training))
    path = open_run(resume).path if resume else _path(name, f"{_called(plain.corpus)}-{model.level}")
    if resume:
        note(f"going on with {path}")
    try:
        with progress("training") as show:
            if resume:
                run = resume_language_model(Run(path), on_progress=show_training(show), on_stage=partial(show, None))
            else:
                run = train_language_model(
                    model, plain, path, on_progress=show_training(show), on_stage=partial(show, None)
                )
    except KeyboardInterrupt:
        raise KeyboardInterrupt(how_to_resume(path)) from None
    _announce(run, json, f"embedkit report {run.name}")


def seq2seq(
    *,
    name: str | None = None,
    resume: str | None = None,
    config: Path | None = None,
    json: Json = False,
    model: Annotated[Seq2SeqConfig, Parameter(name="*", group=_MODEL)] = Seq2SeqConfig(),  # noqa: B008
    training: Annotated[_Seq2SeqTraining, Parameter(name="*", group=_TRAINING)] = _Seq2SeqTraining(),
) -> None:
    """Train an encoder-decoder.

    Args:
        name: The run's name; by default made of the corpus and the task.
        resume: Go on with this run, which was stopped; the options it was started with hold.
        config: Options from a TOML file, such as a run's config.toml; the command line goes first.
    """
    from embedkit.training.seq2seq import resume_seq2seq, train_seq2seq

    plain = Seq2SeqTrainingConfig(**asdict(training))
    path = open_run(resume).path if resume else _path(name, _task_name(plain))
    if resume:
        note(f"going on with {path}")
    try:
        with progress("training") as show:
            told, stage = show_training(show), partial(show, None)
            if resume:
                run = resume_seq2seq(Run(path), on_progress=told, on_stage=stage)
            else:
                run = train_seq2seq(model, plain, path, on_progress=told, on_stage=stage)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(how_to_resume(path, "seq2seq")) from None
    _announce(run, json, f"embedkit report {run.name}")


def _task_name(training: Seq2SeqTrainingConfig) -> str:
    """What a run is called: the corpus, and the task or the languages."""
    if training.corpus in ("copy", "reverse"):
        return training.corpus
    languages = [language for language in (training.source_language, training.target_language) if language]
    if training.corpus == "dates":
        languages = [training.source_language or "en", training.target_language or "it"]
    task = [training.stream] if training.stream != "none" else ["phrases"] if training.phrases else languages
    return "-".join([_called(training.corpus), *task])


def word2vec(
    *,
    name: str | None = None,
    config: Path | None = None,
    json: Json = False,
    options: Annotated[_Word2Vec, Parameter(name="*", group=_TRAINING)] = _Word2Vec(),
) -> None:
    """Train word vectors.

    Args:
        name: The run's name; by default made of the corpus and the method.
        config: Options from a TOML file, such as a run's config.toml; the command line goes first.
    """
    from embedkit.training.word2vec import train_word2vec

    path = _path(name, f"{_called(options.corpus)}-{options.method}")
    note(f"training on {options.corpus}: {path}")
    with progress("word vectors") as show:
        run = train_word2vec(Word2VecConfig(**asdict(options)), path, on_progress=show_word2vec(show))
    _announce(run, json, f"embedkit analogy --space {run.name}")


def _called(source: str) -> str:
    """What a run on this corpus is called: the card's name, the file's or folder's, or "stdin"."""
    stem = "stdin" if source == "-" else Path(source).resolve().name if Path(source).is_dir() else Path(source).name
    return stem.split(".")[0].replace(" ", "-").lstrip("-._") or "corpus"


def _path(name: str | None, default: str) -> Path:
    """The folder of a new run: of the given name, else the first free one of default, default-2, default-3, …"""
    if name is not None:
        path = run_path(name)
        if (path / "config.toml").exists():
            raise UsageError(f"run {name!r} exists in {runs_folder()}/; choose another --name or remove it")
        return path
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "-" for c in default)
    number = 1
    while (path := run_path(safe if number == 1 else f"{safe}-{number}")).exists():
        number += 1
    return path


def how_to_resume(path: Path, command: str = "lm") -> str:
    """What to do after Ctrl-C: a folder with a config can be resumed, one without has nothing to keep."""
    if not (path / "config.toml").exists():
        return "nothing was trained yet; run the same command to start again"
    return f"the best weights are in {path}; go on with `embedkit train {command} --resume {path.name}`"


def _announce(run: Run, json: bool, next_command: str) -> None:
    """The figures of a run that has just finished."""
    if json:
        print_json({"run": run.name, "path": str(run.path), "metrics": run.metrics})
        return
    rows = [
        (key.replace("_", " "), f"{value:,.4g}" if isinstance(value, float) else f"{value:,}")
        for key, value in run.metrics.items()
        if isinstance(value, int | float)
    ]
    print_table(("figure", ">value"), rows, title=str(run.path))
    note(f"next: {next_command}")
