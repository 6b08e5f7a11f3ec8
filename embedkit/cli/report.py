"""`embedkit report`."""

import math
from dataclasses import asdict
from pathlib import Path
from typing import Literal

from embedkit.cli.opening import HowRead
from embedkit.cli.output import Json, note, print_json, print_table
from embedkit.cli.progress import Steps
from embedkit.errors import ReportError, UsageError
from embedkit.files import require_file
from embedkit.pipeline import REPORTS, study
from embedkit.report.recipes import Style
from embedkit.spaces.reading import AS_IT_IS


def report(
    first: str | None = None,
    second: str | None = None,
    /,
    *,
    baseline: str | None = None,
    phrases: str | None = None,
    points: int | None = None,
    stratify: str | None = None,
    tooltip: str | None = None,
    network_megabytes: float | None = None,
    style: Style = "full",
    format: Literal["html", "pdf"] = "html",
    reading: HowRead = AS_IT_IS,
    verify: Path | None = None,
    quick: bool = False,
    json: Json = False,
) -> None:
    """Render a run, or check a rendered report against what it was made from.

    `report RUN` shows everything about a run, `report RECIPE RUN` what a recipe lists; with two words the first is the
    recipe. A single word is a recipe if it ends in .toml, otherwise a run or a file if there is one of that name,
    otherwise a recipe, rendered for the runs it names or the newest run that fits. The recipes are in reports/.

    Args:
        first: A run by name or path, an embedding file, or a recipe by name or path; by default the newest run.
        second: The run or file to apply the recipe to.
        baseline: A word2vec run to compare a language model with.
        phrases: A seq2seq run whose phrases are shown with a language model.
        points: Map N points: the most frequent if frequencies are known, otherwise a random sample; 0 for all. By
            default the stored maps' points, or 5,000. At most 10,000 of them are clustered.
        stratify: A categorical column of an embedding file: the sample is random within each category, in proportion.
        tooltip: The columns shown in a point's tip and in the table of selected points, by name, separated by commas;
            by default the first short ones. The card and the CSV have all.
        network_megabytes: Largest size of the run's network in the page, where a reader can type and it answers; by
            default 8. A larger one is left out, and the page says so; 0 always leaves it out.
        style: brief renders the first page only: the question, the findings, how far they can be trusted, and what
            could not be answered.
        format: pdf prints the page, fully unfolded, with the installed Chromium or Chrome.
        verify: Check this report instead of rendering one: checks that artefacts are unaltered, that re-rendering gives
            the same bytes, and that re-measuring gives the same figures. Exit code 1 if anything differs.
        quick: With --verify: skip what is re-measured from weights, vectors and corpus, such as perplexities, scores,
            fidelity and the evidence for clusters.
    """
    if verify is not None:
        others = (first, second, baseline, phrases, points, stratify, tooltip, network_megabytes)
        asks_more = any(other is not None for other in others) or style != "full" or format != "html"
        _verify(verify, quick=quick, asks_more=asks_more, json=json)
        return
    if quick:
        raise UsageError("--quick goes with --verify")
    from embedkit.cli.recipe import report_request
    from embedkit.report.embedded_network import MEGABYTES
    from embedkit.report.paper import browser, print_pdf
    from embedkit.report.rendering import render, to_html

    if format == "pdf":
        browser()  # before anything is made
    steps = Steps()
    most = MEGABYTES if network_megabytes is None else network_megabytes
    if not 0 <= most < math.inf:
        raise UsageError(f"--network-megabytes {most:g}: must be at least 0 (0 leaves the network out)")
    columns = tuple(name.strip() for name in (tooltip or "").split(",") if name.strip())
    request = report_request(first, second, baseline, phrases, reading, columns, most, style)
    try:
        for run in request.material.all_runs:
            study(run, map_points=points, stratify=stratify if run == request.material.run else None, steps=steps)
        with steps("render"):
            name = request.name if style == "full" else f"{request.name}-{style}"
            if format == "pdf":
                path = print_pdf(to_html(request.report()), REPORTS / f"{name}.pdf")
            else:
                path = render(request.report(), REPORTS / f"{name}.html")
    except KeyboardInterrupt:
        raise KeyboardInterrupt("finished steps are kept; the same command continues from there") from None
    if json:
        print_json(
            {
                "run": request.material.run.name,
                "report": str(path),
                "bytes": path.stat().st_size,
                "seconds": steps.seconds,
            }
        )
    else:
        note(f"open it{' in a browser' if format == 'html' else ''}: {path.resolve().as_uri()}")
        print(path)


def _verify(path: Path, *, quick: bool, asks_more: bool, json: bool) -> None:
    from embedkit.studies.verdicts import DIFFERS, MATCH, UNCHECKED
    from embedkit.verification.pages import verify

    if asks_more:
        raise UsageError("--verify checks a report as it was made; leave the run and the other options out")
    require_file(path)
    verdict = verify(path, quick=quick, steps=Steps())
    if json:
        print_json(
            {"report": verdict.report, "passed": verdict.passed, "checks": [asdict(check) for check in verdict.checks]}
        )
    else:
        checks = [check for check in verdict.checks if check.verdict != UNCHECKED]
        rows = [(check.step, check.verdict, check.what, check.why) for check in (*checks, *verdict.unchecked)]
        print_table(("check", "verdict", "what", "why"), rows, title=f"{path} and what it was made from")
        counts = f"{verdict.count(MATCH)} match, {verdict.count(DIFFERS)} differ"
        away = f", for want of {' and '.join(verdict.away)} among others" if verdict.away else ""
        print(f"{counts}, {verdict.count(UNCHECKED)} could not be checked{away}.")
    if not verdict.passed:
        first = verdict.failures[0]
        if first.verdict == DIFFERS:
            raise ReportError(f"{path}: {verdict.count(DIFFERS)} differ, first {first.what}: {first.why}")
        raise ReportError(f"{path} is not proven: {first.why}")
