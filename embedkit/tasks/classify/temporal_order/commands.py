"""What `embedkit lab temporal-order` prints."""

from embedkit.cli.output import print_table
from embedkit.numerals import percent, percent_ends
from embedkit.runs.folder import Run


def print_tables(run: Run) -> None:
    from embedkit.tasks.classify.temporal_order.sections import NAMES, SOLVED, SOLVED_IN_WORDS, results

    rows = []
    for result in results(run):
        seeds = result.seeds
        spread = f"{percent(seeds.worst)} – {percent(seeds.best)}"
        worst = percent_ends(seeds.worst_interval)
        solved = f"{seeds.reached(SOLVED)} of {len(seeds.right)}"
        rows.append((result.level, NAMES[result.network], percent(seeds.middle), spread, worst, f"{seeds.n:,}", solved))
    columns = (
        "level",
        "network",
        ">median",
        ">worst – best",
        ">95 % of the worst",
        ">of",
        f">seeds at {SOLVED_IN_WORDS}",
    )
    print_table(columns, rows, title=f"{run.path}: accuracy on held-out sequences; chance is 25 %")
