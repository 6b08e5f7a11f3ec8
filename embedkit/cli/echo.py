"""`embedkit train echo`, how a run of it is evaluated, and `embedkit lab echo-capacity`."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from embedkit.analysis.echo import Accuracy, expected_reset
from embedkit.cli.evaluate import Asked
from embedkit.cli.output import Json, ends, percent, print_json, print_table
from embedkit.cli.training import MODEL, TRAINING, train_or_resume
from embedkit.config import EchoConfig, EchoTrainingConfig
from embedkit.runs import Run


@dataclass(frozen=True)
class _Training(EchoTrainingConfig):
    corpus: Annotated[str, Parameter(show=False)] = EchoTrainingConfig.corpus
    embedding_rate_scale: Annotated[float, Parameter(show=False)] = EchoTrainingConfig.embedding_rate_scale


def train(
    *,
    name: str | None = None,
    resume: str | None = None,
    config: Path | None = None,
    json: Json = False,
    model: Annotated[EchoConfig, Parameter(name="*", group=MODEL)] = EchoConfig(),  # noqa: B008
    training: Annotated[_Training, Parameter(name="*", group=TRAINING)] = _Training(),
) -> None:
    """Train a network to echo a binary signal.

    Args:
        name: The run's name; by default made of the delay and the cell.
        resume: Go on with this run, which was stopped; the options it was started with hold.
        config: Options from a TOML file, such as a run's config.toml; the command line goes first.
    """
    from embedkit.training.echo import resume_echo, train_echo

    plain = EchoTrainingConfig(**asdict(training))
    train_or_resume(
        lambda path, told, stage: train_echo(model, plain, path, on_progress=told, on_stage=stage),
        lambda run, told, stage: resume_echo(run, on_progress=told, on_stage=stage),
        name=name,
        default=f"echo-{plain.delay}-{model.cell}",
        resume=resume,
        json=json,
    )


def evaluate(run: Run, asked: Asked) -> None:
    """Score an echo run on held-out series: over all and by position, the state carried and reset."""
    from embedkit.lab.echo import evaluate_echo

    score = evaluate_echo(run, asked.split)
    if asked.json:
        print_json(asdict(score))
        return
    both = (score.carried, score.reset)
    rows = [("all", *(cell for each in both for cell in _cells(each.overall)))]
    for place, pair in enumerate(zip(score.carried.positions, score.reset.positions, strict=True)):
        rows.append((str(place), *(cell for each in pair for cell in _cells(each))))
    print_table(
        (">position", ">bits", ">state carried", ">95 % interval", ">bits", ">state reset", ">95 % interval"),
        rows,
        title=f"{score.name}: echo after {score.delay} steps, chunks of {score.chunk}",
    )
    print(
        f"Without the state the first {score.unknowable} positions of a chunk cannot be known: half of them right, and "
        f"the others all, is {percent(expected_reset(score))}."
    )


def _cells(found: Accuracy) -> tuple[str, str, str]:
    return f"{found.n:,}", percent(found.share), ends(found.interval, ".1f", scale=100)
