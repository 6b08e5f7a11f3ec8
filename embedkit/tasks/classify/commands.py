"""`embedkit train classify`, and what `embedkit evaluate` says of such a run."""

from embedkit.cli.evaluate import Evaluation
from embedkit.cli.output import print_json, print_table
from embedkit.numerals import MISSING, percent, percent_ends
from embedkit.runs.folder import Run


def evaluate(run: Run, evaluation: Evaluation) -> None:
    """Accuracy with its interval, and which class was told for which."""
    from embedkit.tasks.classify.data import CLASSES
    from embedkit.tasks.classify.objective import held_out, load_classifier, measure
    from embedkit.tasks.classify.score import Confusion

    training = run.config["training"]
    measured = measure(
        load_classifier(run), held_out(training["level"], evaluation.split, evaluation.most or training["held_out"])
    )
    found = Confusion(tuple(CLASSES), measured.counts)
    if evaluation.json:
        interval = found.accuracy.interval
        print_json(
            {
                "run": run.name,
                "split": evaluation.split,
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
        share = f"{percent(right / n)} of {n:,}" if n else MISSING
        rows.append((name, *(f"{count:,}" for count in found.counts[i]), share))
    told = tuple(f">told {name}" for name in found.classes)
    print_table(("class", *told, "right"), rows, title=f"{run.name}/{evaluation.split}: {found.n:,} sequences")
    accuracy = found.accuracy
    within = f"95 % {percent_ends(accuracy.interval)}"
    print(f"{accuracy.right:,} of {accuracy.n:,} right: {percent(accuracy.share)} ({within}); chance is 25 %.")
