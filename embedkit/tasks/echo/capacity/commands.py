"""What `embedkit lab echo-capacity` prints."""

from embedkit.cli.output import print_table
from embedkit.runs.folder import Run
from embedkit.tasks.echo.capacity.score import capacities
from embedkit.tasks.echo.score import LEARNED


def print_tables(run: Run) -> None:
    networks = capacities(run.trials)
    delays = sorted({delay for each in networks for delay in each.accuracies})
    rows = [
        (
            each.cell,
            str(each.hidden_size),
            f"{each.typical:g}",
            ", ".join(map(str, each.longest)),
            *(" ".join(f"{100 * share:.0f}" for share in each.accuracies.get(delay, ())) for delay in delays),
        )
        for each in networks
    ]
    columns = ("cell", ">units", ">longest", ">by seed", *(f">delay {delay}" for delay in delays))
    print_table(columns, rows, title=f"the longest delay with {LEARNED:.0%} right, and % of bits right by seed")
