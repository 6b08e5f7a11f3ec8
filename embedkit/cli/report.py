"""`embedkit report`."""

from embedkit.cli.output import Json, note, print_json
from embedkit.cli.progress import Steps
from embedkit.errors import UsageError
from embedkit.pipeline import MAP_POINTS, REPORTS, study
from embedkit.runs import open_run


def report(
    run: str | None = None,
    /,
    *,
    baseline: str | None = None,
    phrases: str | None = None,
    points: int = MAP_POINTS,
    json: Json = False,
) -> None:
    """Render a run.

    Args:
        run: A language-model or seq2seq run, by name or path; by default the newest.
        baseline: A word2vec run to compare a language model with.
        phrases: A seq2seq run whose phrases are shown with a language model.
        points: Maps show so many points, the most frequent.
    """
    from embedkit.report.compose import language_model_report, seq2seq_report
    from embedkit.report.rendering import render

    model = open_run(run, kinds=["language-model", "seq2seq"])
    compared = None if baseline is None else open_run(baseline, kinds=["word2vec"])
    encoder = None if phrases is None else open_run(phrases, kinds=["seq2seq"])
    if model.kind == "seq2seq" and (compared or encoder):
        raise UsageError(f"run {model.name} is a seq2seq run; --baseline and --phrases go with a language model")
    steps = Steps()
    try:
        for each in (model, compared, encoder):
            if each is not None:
                study(each, map_points=points, on_step=steps)
        with steps("render"):
            if model.kind == "seq2seq":
                made = seq2seq_report(model)
            else:
                made = language_model_report(model, baseline=compared, encoder=encoder)
            path = render(made, REPORTS / f"{model.name}.html")
    except KeyboardInterrupt:
        raise KeyboardInterrupt("what was made is kept; the same command goes on from there") from None
    if json:
        print_json({"run": model.name, "report": str(path), "bytes": path.stat().st_size, "seconds": steps.seconds})
    else:
        note(f"open it in a browser: {path.resolve().as_uri()}")
        print(path)
