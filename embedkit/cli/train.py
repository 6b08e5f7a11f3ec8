"""`embedkit train`: language models, encoder-decoders and word vectors; other kinds have files of their own."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from embedkit.cli.app import Command, register
from embedkit.cli.options import from_file, from_preset
from embedkit.cli.output import Json, note
from embedkit.cli.progress import progress
from embedkit.cli.training import MODEL, TRAINING, announce, called, new_path, train_or_resume
from embedkit.progress import show_word2vec
from embedkit.tasks.language_model.config import LanguageModel, LanguageModelTraining
from embedkit.tasks.seq2seq.config import Seq2SeqModel, Seq2SeqTraining
from embedkit.tasks.word2vec.config import Word2VecTraining

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
        "execute",
        "embedkit.tasks.execute.commands:train",
        "Train a network to execute small Python programs: characters in, through one vector, digits out.\n\n"
        "Programs are made here, without end, after Zaremba & Sutskever 2014; with --task addition they are sums of "
        "two numbers. Held-out programs are in no batch. Ctrl-C keeps the best weights; --resume goes on.",
        "embedkit train execute --length 1 --nesting 1 --minutes 0.2",
    ),
    Command(
        "caption",
        "embedkit.tasks.caption.commands:train",
        "Train a captioner: an image or a vector in, words out.\n\n"
        "By default on scenes of handwritten digits, which are made here; or on your own images (--corpus). The "
        "defaults shown are those of scenes; images and vectors have others. Ctrl-C keeps the best weights; --resume "
        "goes on.",
        "embedkit train caption --minutes 0.2",
    ),
    Command(
        "word2vec",
        "embedkit.cli.train:word2vec",
        "Train word vectors on a corpus with gensim.",
        "embedkit train word2vec --corpus wikipedia-sample --epochs 2",
    ),
    Command(
        "classify",
        "embedkit.tasks.classify.commands:train",
        "Train a sequence classifier on temporal order: which of X and Y stood where, told at the sequence's end.\n\n"
        "The defaults shown are those of the easy level; every --level has its own. Ctrl-C keeps the best weights; "
        "--resume goes on.",
        "embedkit train classify --level easy --cell gru --epochs 5",
    ),
    Command(
        "echo",
        "embedkit.tasks.echo.commands:train",
        "Train a network to give a binary signal back, some steps later.\n\n"
        "Long series of coin tosses are cut into chunks and the state is handed on from chunk to chunk: an output at "
        "every step, and an answer that is known. Ctrl-C keeps the best weights; --resume goes on.",
        "embedkit train echo --delay 3 --chunk 10 --steps 300",
    ),
)

app = App(name="train", config=[from_file, from_preset])
for _command in COMMANDS:
    register(app, _command)


@dataclass(frozen=True)
class _Training(LanguageModelTraining):
    corpus: Annotated[str, Parameter(allow_leading_hyphen=True)] = LanguageModelTraining.corpus  # "-" is a value


@dataclass(frozen=True)
class _Seq2SeqTraining(Seq2SeqTraining):
    corpus: Annotated[str, Parameter(allow_leading_hyphen=True)] = Seq2SeqTraining.corpus


@dataclass(frozen=True)
class _Word2Vec(Word2VecTraining):
    corpus: Annotated[str, Parameter(allow_leading_hyphen=True)] = Word2VecTraining.corpus


def lm(
    *,
    name: str | None = None,
    resume: str | None = None,
    config: Path | None = None,
    json: Json = False,
    model: Annotated[LanguageModel, Parameter(name="*", group=MODEL)] = LanguageModel(),  # noqa: B008
    training: Annotated[_Training, Parameter(name="*", group=TRAINING)] = _Training(),
) -> None:
    """Train a recurrent language model.

    Args:
        name: The run's name; by default made of the corpus and the level.
        resume: Go on with this run, which was stopped; the options it was started with hold.
        config: Options from a TOML file, such as a run's config.toml; the command line goes first.
    """
    from embedkit.tasks.language_model.training import resume_language_model, train_language_model

    plain = LanguageModelTraining(**asdict(training))
    train_or_resume(
        lambda path, told, stage: train_language_model(model, plain, path, on_progress=told, on_stage=stage),
        lambda run, told, stage: resume_language_model(run, on_progress=told, on_stage=stage),
        name=name,
        default=f"{called(plain.corpus)}-{model.level}",
        resume=resume,
        json=json,
    )


def seq2seq(
    *,
    name: str | None = None,
    resume: str | None = None,
    config: Path | None = None,
    json: Json = False,
    model: Annotated[Seq2SeqModel, Parameter(name="*", group=MODEL)] = Seq2SeqModel(),  # noqa: B008
    training: Annotated[_Seq2SeqTraining, Parameter(name="*", group=TRAINING)] = _Seq2SeqTraining(),
) -> None:
    """Train an encoder-decoder.

    Args:
        name: The run's name; by default made of the corpus and the task.
        resume: Go on with this run, which was stopped; the options it was started with hold.
        config: Options from a TOML file, such as a run's config.toml; the command line goes first.
    """
    from embedkit.tasks.seq2seq.training import resume_seq2seq, train_seq2seq

    plain = Seq2SeqTraining(**asdict(training))
    train_or_resume(
        lambda path, told, stage: train_seq2seq(model, plain, path, on_progress=told, on_stage=stage),
        lambda run, told, stage: resume_seq2seq(run, on_progress=told, on_stage=stage),
        name=name,
        default=_task_name(plain),
        resume=resume,
        json=json,
    )


def _task_name(training: Seq2SeqTraining) -> str:
    """What a run is called: the corpus, and the task or the languages."""
    if training.corpus in ("copy", "reverse"):
        return training.corpus
    languages = [language for language in (training.source_language, training.target_language) if language]
    if training.corpus == "dates":
        languages = [training.source_language or "en", training.target_language or "it"]
    task = [training.stream] if training.stream != "none" else ["phrases"] if training.phrases else languages
    return "-".join([called(training.corpus), *task])


def word2vec(
    *,
    name: str | None = None,
    config: Path | None = None,
    json: Json = False,
    options: Annotated[_Word2Vec, Parameter(name="*", group=TRAINING)] = _Word2Vec(),
) -> None:
    """Train word vectors.

    Args:
        name: The run's name; by default made of the corpus and the method.
        config: Options from a TOML file, such as a run's config.toml; the command line goes first.
    """
    from embedkit.tasks.word2vec.training import train_word2vec

    path = new_path(name, f"{called(options.corpus)}-{options.method}")
    note(f"training on {options.corpus}: {path}")
    with progress("word vectors") as show:
        run = train_word2vec(Word2VecTraining(**asdict(options)), path, on_progress=show_word2vec(show))
    announce(run, json, f"embedkit analogy --space {run.name}")
