"""`embedkit report`."""

from dataclasses import asdict
from pathlib import Path

from embedkit.cli.output import Json, note, print_json, print_table
from embedkit.cli.progress import Steps
from embedkit.errors import ReportError, UsageError
from embedkit.pipeline import REPORTS, study
from embedkit.runs import Run, open_run


def report(
    run: str | None = None,
    /,
    *,
    baseline: str | None = None,
    phrases: str | None = None,
    points: int | None = None,
    verify: Path | None = None,
    json: Json = False,
) -> None:
    """Render a run, or check a rendered report against what it was made from.

    Args:
        run: A run, by name or path, or an embedding file; by default the newest.
        baseline: A word2vec run to compare a language model with.
        phrases: A seq2seq run whose phrases are shown with a language model.
        points: Maps show so many points, the most frequent; by default those that are stored, or 5,000.
        verify: A report to check instead of rendering one: are its artefacts unaltered, do they give its figures, and
            can they be made again? Ends with exit code 1 where something differs.
    """
    if verify is not None:
        _verify(verify, asks_more=not (run is baseline is phrases is points is None), json=json)
        return
    from embedkit.report.compose import language_model_report, run_report
    from embedkit.report.rendering import render

    model = _subject(run)
    compared = None if baseline is None else open_run(baseline, kinds=["word2vec"])
    encoder = None if phrases is None else open_run(phrases, kinds=["seq2seq"])
    if model.kind != "language-model" and (compared or encoder):
        raise UsageError(f"run {model.name} is a {model.kind} run; --baseline and --phrases go with a language model")
    steps = Steps()
    try:
        for each in (model, compared, encoder):
            if each is not None:
                study(each, map_points=points, on_step=steps)
        with steps("render"):
            if compared or encoder:
                made = language_model_report(model, baseline=compared, encoder=encoder)
            else:
                made = run_report(model)
            path = render(made, REPORTS / f"{model.name}.html")
    except KeyboardInterrupt:
        raise KeyboardInterrupt("what was made is kept; the same command goes on from there") from None
    if json:
        print_json({"run": model.name, "report": str(path), "bytes": path.stat().st_size, "seconds": steps.seconds})
    else:
        note(f"open it in a browser: {path.resolve().as_uri()}")
        print(path)


def _verify(path: Path, *, asks_more: bool, json: bool) -> None:
    from embedkit.recomputation import DIFFERS, MATCH, UNCHECKED
    from embedkit.verification import verify

    if asks_more:
        raise UsageError("--verify checks a report as it was made; leave the run and the other options out")
    found = verify(path, on_step=Steps())
    if json:
        print_json(
            {"report": found.report, "passed": found.passed, "checks": [asdict(check) for check in found.checks]}
        )
    else:
        rows = [(check.step, check.verdict, check.what, check.why) for check in found.checks]
        print_table(("check", "verdict", "what", "why"), rows, title=f"{path} and what it was made from")
        counts = f"{found.count(MATCH)} match, {found.count(DIFFERS)} differ, {found.count(UNCHECKED)} were not checked"
        print(f"{counts}.")
    if not found.passed:
        first = next(check for check in found.checks if check.verdict == DIFFERS)
        raise ReportError(f"{path}: {found.count(DIFFERS)} differ, first {first.what}: {first.why}")


def _subject(source: str | None) -> Run:
    """What the report is about; an embedding file is read into a run of its own."""
    if source is None:
        return open_run()
    if Path(source).is_file():
        from embedkit.spaces.open import home_of, open_space

        return home_of(source, open_space(source))[0]
    return open_run(source)
