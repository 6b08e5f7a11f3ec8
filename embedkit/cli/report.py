"""`embedkit report`."""

from embedkit.cli.output import Json, note, print_json
from embedkit.cli.progress import Steps
from embedkit.pipeline import MAP_POINTS, REPORTS, study
from embedkit.runs import open_run


def report(
    run: str | None = None, /, *, baseline: str | None = None, points: int = MAP_POINTS, json: Json = False
) -> None:
    """Render a run.

    Args:
        run: A language model's run, by name or path; by default the newest.
        baseline: A word2vec run to compare it with.
        points: Maps show so many points, the most frequent.
    """
    from embedkit.report.compose import language_model_report
    from embedkit.report.rendering import render

    model = open_run(run, kinds=["language-model"])
    compared = None if baseline is None else open_run(baseline, kinds=["word2vec"])
    steps = Steps()
    try:
        for each in (model, compared):
            if each is not None:
                study(each, map_points=points, on_step=steps)
        with steps("render"):
            path = render(language_model_report(model, baseline=compared), REPORTS / f"{model.name}.html")
    except KeyboardInterrupt:
        raise KeyboardInterrupt("what was made is kept; the same command goes on from there") from None
    if json:
        print_json({"run": model.name, "report": str(path), "bytes": path.stat().st_size, "seconds": steps.seconds})
    else:
        note(f"open it in a browser: {path.resolve().as_uri()}")
        print(path)
