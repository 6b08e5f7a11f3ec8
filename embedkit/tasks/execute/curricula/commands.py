"""What `embedkit lab curricula` prints."""

from embedkit.cli.output import print_table
from embedkit.config import from_table
from embedkit.numerals import ends, percent
from embedkit.runs.folder import Run
from embedkit.tasks.execute.config import CurriculaOptions


def print_tables(run: Run) -> None:
    from embedkit.tasks.execute.curricula.score import score_curricula

    options = from_table(CurriculaOptions, run.config["options"])

    rows = [
        (
            score.name,
            f"{score.exact.n:,}",
            percent(score.exact.share),
            ends(score.exact.interval, 1, scale=100),
            ", ".join(percent(trial.exact.share) for trial in score.trials),
            f"{score.seconds:.0f}",
        )
        for score in score_curricula(run.trials)
    ]
    length, nesting = options.training("none", 1).target
    what = f"sums of {length} digits" if options.task == "addition" else f"length {length}, nesting {nesting}"
    columns = ("curriculum", ">programs", ">exact", ">95 % interval", ">by seed", ">seconds")
    print_table(columns, rows, title=f"{run.name}: held-out {what} after {options.steps:,} steps")
