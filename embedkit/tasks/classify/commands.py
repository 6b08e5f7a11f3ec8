"""`embedkit evaluate` of a sequence classifier."""

from embedkit.cli.evaluate import Evaluation
from embedkit.cli.output import print_json, print_table
from embedkit.numerals import MISSING, percent, percent_ends
from embedkit.runs.folder import Run


def evaluate(run: Run, evaluation: Evaluation) -> None:
    """Print accuracy with its interval, and the confusion table."""
    from embedkit.tasks.classify.objective import held_out, load_classifier, measure

    training = run.config["training"]
    measurement = measure(
        load_classifier(run), held_out(training["level"], evaluation.split, evaluation.most or training["held_out"])
    )
    confusion = measurement.confusion
    if evaluation.json:
        interval = confusion.accuracy.interval
        print_json(
            {
                "run": run.name,
                "split": evaluation.split,
                "level": training["level"],
                "sequences": confusion.n,
                "right": confusion.right,
                "accuracy": confusion.accuracy.share,
                "accuracy_low": interval.low,
                "accuracy_high": interval.high,
                "nats_per_sequence": measurement.nats,
                "classes": list(confusion.classes),
                "confusion": [list(row) for row in confusion.counts],
            }
        )
        return
    rows = []
    for i, name in enumerate(confusion.classes):
        right, n = confusion.of_class(i)
        share = f"{percent(right / n)} of {n:,}" if n else MISSING
        rows.append((name, *(f"{count:,}" for count in confusion.counts[i]), share))
    class_columns = tuple(f">predicted {name}" for name in confusion.classes)
    print_table(
        ("class", *class_columns, "right"), rows, title=f"{run.name}/{evaluation.split}: {confusion.n:,} sequences"
    )
    accuracy = confusion.accuracy
    within = f"95 % {percent_ends(accuracy.interval)}"
    print(f"{accuracy.right:,} of {accuracy.n:,} right: {percent(accuracy.share)} ({within}); chance is 25 %.")
