"""The scores that an echo's report needs: with the state carried, and with it reset at every chunk."""

from embedkit.errors import UsageError
from embedkit.progress import Steps
from embedkit.runs.folder import Run
from embedkit.runs.options import configurations
from embedkit.tasks.echo.data import series_of
from embedkit.tasks.echo.score import ECHO_SCORES, EchoScore, score_echo


def study(run: Run, _map_points: int | None, steps: Steps) -> None:
    """Score the test series, where that is not done already."""
    if not ECHO_SCORES.path(run, "test").exists():
        with steps(f"{run.name}: score the test series, the state carried and reset"):
            evaluate_echo(run)


def evaluate_echo(run: Run, split: str = "test") -> EchoScore:
    """Score a run on the series of a split that it was not trained on, and keep the scores with it.

    Raises:
        UsageError: there is no such split, or its series are too short to have every position of a chunk.
        RunError: the run has no weights.
    """
    from embedkit.tasks.echo.objective import load_echo, probabilities

    _, training = configurations(run)
    if split not in ("valid", "test"):
        raise UsageError(f"--split {split}: an echo run has valid and test")
    series = series_of(training)[split]
    if training.held_out_length < training.delay + training.chunk:
        raise UsageError(
            f"series of {training.held_out_length:,} bits do not show every position of a chunk of {training.chunk:,} "
            f"after {training.delay:,} steps; train with a longer --held-out-length"
        )
    network = load_echo(run)
    carried = probabilities(network, series, training.chunk, carried=True)
    reset = probabilities(network, series, training.chunk, carried=False)
    score = score_echo(
        f"{run.name}/{split}", series, training.chunk, carried, reset, trained_carried=training.carry_state
    )
    ECHO_SCORES.save(run, score, split)
    return score
