"""`embedkit train classify`, and what `embedkit evaluate` says of such a run."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from embedkit.cli.evaluate import Asked
from embedkit.cli.output import Json, ends, percent, print_json, print_table
from embedkit.cli.training import MODEL, TRAINING, train_or_resume
from embedkit.runs.folder import Run
from embedkit.tasks.classify.config import ClassifierModel, ClassifierTraining


def train(
    *,
    name: str | None = None,
    resume: str | None = None,
    config: Path | None = None,
    json: Json = False,
    model: Annotated[ClassifierModel, Parameter(name="*", group=MODEL)] = ClassifierModel(),  # noqa: B008
    training: Annotated[ClassifierTraining, Parameter(name="*", group=TRAINING)] = ClassifierTraining(),  # noqa: B008
) -> None:
    """Train a sequence classifier.

    Args:
        name: The run's name; by default made of the task, the level and the cell.
        resume: Go on with this run, which was stopped; the options it was started with hold.
        config: Options from a TOML file, such as a run's config.toml; the command line goes first.
    """
    from embedkit.tasks.classify.objective import resume_classifier, train_classifier

    train_or_resume(
        lambda path, told, stage: train_classifier(model, training, path, on_progress=told, on_stage=stage),
        lambda run, told, stage: resume_classifier(run, on_progress=told, on_stage=stage),
        name=name,
        default=f"temporal-order-{training.level}-{model.cell}",
        resume=resume,
        json=json,
    )


def evaluate(run: Run, asked: Asked) -> None:
    """Accuracy with its interval, and which class was told for which."""
    from embedkit.tasks.classify.data import CLASSES
    from embedkit.tasks.classify.objective import held_out, load_classifier, measure
    from embedkit.tasks.classify.score import Confusion

    training = run.config["training"]
    measured = measure(
        load_classifier(run), held_out(training["level"], asked.split, asked.most or training["held_out"])
    )
    found = Confusion(tuple(CLASSES), measured.counts)
    if asked.json:
        interval = found.accuracy.interval
        print_json(
            {
                "run": run.name,
                "split": asked.split,
                "level": training["level"],
                "sequences": found.n,
                "right": found.right,
                "accuracy": found.accuracy.share,
                "accuracy_low": interval.low,
                "accuracy_high": interval.high,
                "nats_per_sequence": measured.nats,
                "classes": list(found.classes),
                "confusion": [list(row) for row in found.counts],
            }
        )
        return
    rows = []
    for i, name in enumerate(found.classes):
        right, n = found.of_class(i)
        share = f"{percent(right / n)} of {n:,}" if n else "–"
        rows.append((name, *(f"{count:,}" for count in found.counts[i]), share))
    told = tuple(f">told {name}" for name in found.classes)
    print_table(("class", *told, "right"), rows, title=f"{run.name}/{asked.split}: {found.n:,} sequences")
    accuracy = found.accuracy
    within = f"95 % {ends(accuracy.interval, '.1f', scale=100)} %"
    print(f"{accuracy.right:,} of {accuracy.n:,} right: {percent(accuracy.share)} ({within}); chance is 25 %.")
