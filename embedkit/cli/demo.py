"""`embedkit demo`."""

from pathlib import Path

from embedkit.cli.output import Json, note, print_json, print_table
from embedkit.cli.progress import Steps
from embedkit.numerals import duration, listed
from embedkit.pipeline import DEMO_RUNS
from embedkit.pipeline import demo as run_demo
from embedkit.runs.folder import Run, run_path

NEXT = (
    'embedkit complete "The city was founded" --run demo',
    "embedkit neighbors river --space demo-word2vec",
    "embedkit analogy --space demo-word2vec",
    'embedkit interpolate "the end of the war" "the city of new york" --run demo-phrases',
)


def demo(*, minutes: float | None = None, fresh: bool = False, json: Json = False) -> None:
    """Run the whole flow.

    Args:
        minutes: Training time of the language model; the phrases get half of it. By default the preset's.
        fresh: Train again, even if the runs of an earlier demo exist.
    """
    reused = [name for name in DEMO_RUNS if Run(run_path(name)).finished and not fresh]
    if reused:
        note(f"using the finished {listed(reused)}; --fresh trains again")
    steps = Steps()
    try:
        path = run_demo(Path(), minutes=minutes, fresh=fresh, steps=steps)
    except KeyboardInterrupt:
        raise KeyboardInterrupt("finished steps are kept; `embedkit demo` continues from there") from None
    if json:
        print_json({"report": str(path), "reused": reused, "seconds": steps.seconds})
        return
    total = sum(steps.seconds.values())
    rows = [(title, duration(seconds)) for title, seconds in steps.seconds.items()]
    print_table(("step", ">time"), [*rows, ("all", duration(total))])
    print(f"The report: {path}\n  open it in a browser: {path.resolve().as_uri()}\nTry next:")
    print("\n".join(f"  {command}" for command in NEXT))
